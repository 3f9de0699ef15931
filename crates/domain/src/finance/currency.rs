//! Currencies of ISO 4217, and into how many decimals each divides.

/// Those without decimals.
const WHOLE: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
/// Those with three.
const THOUSANDTHS: &str = "BHD IQD JOD KWD LYD OMR TND";
/// Those with two.
const HUNDREDTHS: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD \
    BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP \
    GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP \
    LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD \
    PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC \
    SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW ZWG";
/// Those whose amounts are grouped in lakhs and crores: 12,34,567.
const LAKHS: &str = "INR PKR BDT NPR LKR";

/// A currency by its code.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency([u8; 3]);

/// No code of a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This is no currency: give its three letters, for example INR, EUR or KES.")]
pub struct CurrencyError;

impl Currency {
    /// The Indian rupee.
    pub const INR: Self = Self(*b"INR");

    /// The currency of that code, in any letter case.
    pub fn parse(text: &str) -> Result<Self, CurrencyError> {
        let upper = text.trim().to_ascii_uppercase();
        let code: [u8; 3] = upper.as_bytes().try_into().map_err(|_| CurrencyError)?;
        let known = [WHOLE, THOUSANDTHS, HUNDREDTHS].iter().any(|list| holds(list, &upper));
        if known { Ok(Self(code)) } else { Err(CurrencyError) }
    }

    /// Its three letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// How many decimals its amounts have.
    pub fn decimals(self) -> u32 {
        match self.code() {
            code if holds(WHOLE, code) => 0,
            code if holds(THOUSANDTHS, code) => 3,
            _ => 2,
        }
    }

    /// Whether its amounts are grouped as 12,34,567 rather than 1,234,567.
    pub fn in_lakhs(self) -> bool {
        holds(LAKHS, self.code())
    }
}

fn holds(list: &str, code: &str) -> bool {
    list.split(' ').any(|known| known == code)
}

impl std::fmt::Debug for Currency {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.code())
    }
}

impl std::fmt::Display for Currency {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_has_its_decimals_and_an_unknown_one_is_refused() {
        for (code, decimals) in [("INR", 2), ("jpy", 0), (" kwd ", 3), ("EUR", 2)] {
            assert_eq!(Currency::parse(code).map(Currency::decimals), Ok(decimals), "{code}");
        }
        for text in ["", "RS", "RUPEE", "XXX", "₹", "IN R"] {
            assert_eq!(Currency::parse(text), Err(CurrencyError), "{text}");
        }
    }
}
