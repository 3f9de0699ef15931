//! Exact amounts of money: whole numbers of the currency's smallest unit, never fractions.

use super::currency::Currency;

/// The largest amount of one fee or payment, in the smallest unit: sums of millions of them stay
/// exact.
pub const MOST: i64 = 1_000_000_000_000;

/// An amount; below zero it is owed the other way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    /// In the currency's smallest unit.
    pub minor: i64,
    /// Of what.
    pub currency: Currency,
}

/// Why a text is no amount, or two amounts are not counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// No number.
    #[error("Write an amount, for example 1,250.50.")]
    Unreadable,
    /// More decimals than the currency has.
    #[error("{currency} has {most} decimals: write fewer.")]
    Decimals {
        /// Which currency.
        currency: Currency,
        /// How many it has.
        most: u32,
    },
    /// Less than nothing.
    #[error("This can't be less than zero.")]
    Negative,
    /// Beyond [`MOST`].
    #[error("This amount is too large: check it.")]
    TooLarge,
    /// Amounts of two currencies.
    #[error("Amounts here are in {ours}, this one is in {theirs}.")]
    Mixed {
        /// The institution's.
        ours: Currency,
        /// The other one.
        theirs: Currency,
    },
}

impl Money {
    /// An amount in the smallest unit.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// An amount as people write it: `54900`, `54,900.00`, `5.49.000,50`, `INR 549`. What could mean
    /// two amounts is refused.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, AmountError> {
        let text = without_currency(text.trim(), currency)?;
        if text.starts_with(['-', '−', '(']) {
            return Err(AmountError::Negative);
        }
        let (whole, decimals) = split(&text, currency)?;
        let places = currency.decimals();
        let given = u32::try_from(decimals.len()).unwrap_or(u32::MAX);
        if given > places {
            return Err(AmountError::Decimals { currency, most: places });
        }
        let number = |digits: &str| digits.parse::<i64>().map_err(|_| AmountError::TooLarge);
        let whole = if whole.is_empty() { 0 } else { number(&whole)? };
        let part = if decimals.is_empty() { 0 } else { number(&decimals)? };
        let part = part * 10_i64.pow(places - given);
        let minor = whole.checked_mul(10_i64.pow(places)).and_then(|minor| minor.checked_add(part));
        Self::new(minor.ok_or(AmountError::TooLarge)?, currency).checked(currency)
    }

    /// Passes if the amount is one that a fee or payment can have in that currency.
    pub fn checked(self, ours: Currency) -> Result<Self, AmountError> {
        match self.minor {
            _ if self.currency != ours => Err(AmountError::Mixed { ours, theirs: self.currency }),
            ..0 => Err(AmountError::Negative),
            MOST.. if self.minor > MOST => Err(AmountError::TooLarge),
            _ => Ok(self),
        }
    }

    /// The sum of two amounts of one currency.
    pub fn plus(self, other: Self) -> Result<Self, AmountError> {
        if self.currency != other.currency {
            return Err(AmountError::Mixed { ours: self.currency, theirs: other.currency });
        }
        let minor = self.minor.checked_add(other.minor).ok_or(AmountError::TooLarge)?;
        Ok(Self::new(minor, self.currency))
    }

    /// The digits alone, as forms and tables have them: `54900.00`.
    pub fn digits(self) -> String {
        let (negative, whole, part) = self.parts();
        format!("{}{whole}{part}", if negative { "-" } else { "" })
    }

    fn parts(self) -> (bool, u64, String) {
        let places = self.currency.decimals();
        let unit = 10_u64.pow(places);
        let minor = self.minor.unsigned_abs();
        let width = usize::try_from(places).unwrap_or(0);
        let part = match places {
            0 => String::new(),
            _ => format!(".{:0width$}", minor % unit),
        };
        (self.minor < 0, minor / unit, part)
    }
}

/// As people read it: `INR 54,900.00`.
impl std::fmt::Display for Money {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (negative, whole, part) = self.parts();
        let sign = if negative { "−" } else { "" };
        let whole = grouped(&whole.to_string(), self.currency.in_lakhs());
        write!(out, "{} {sign}{whole}{part}", self.currency)
    }
}

/// Separates the last three digits, and those before by threes, or by twos in lakhs.
fn grouped(digits: &str, in_lakhs: bool) -> String {
    let step = if in_lakhs { 2 } else { 3 };
    let count = digits.len();
    let mut text = String::with_capacity(count + count / 2);
    for (place, digit) in digits.chars().enumerate() {
        let behind = count - place;
        if place > 0 && behind >= 3 && (behind - 3).is_multiple_of(step) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn without_currency(text: &str, ours: Currency) -> Result<String, AmountError> {
    let letters: String = text.chars().filter(char::is_ascii_alphabetic).collect();
    let is_code = letters.len() == 3;
    if let Some(theirs) = Currency::parse(&letters).ok().filter(|_| is_code)
        && theirs != ours
    {
        return Err(AmountError::Mixed { ours, theirs });
    }
    let known = letters.is_empty() || letters.eq_ignore_ascii_case(ours.code());
    let rupees = ours == Currency::INR && letters.eq_ignore_ascii_case("rs");
    if !known && !rupees {
        return Err(AmountError::Unreadable);
    }
    let text = text.trim_start_matches(|letter: char| {
        letter.is_ascii_alphabetic() || letter.is_whitespace() || "₹€£$¥".contains(letter)
    });
    // The point of "Rs." is none of the number's.
    let text = if rupees { text.trim_start_matches('.') } else { text };
    let text = text.trim_end_matches(|letter: char| {
        letter.is_ascii_alphabetic() || letter.is_whitespace() || "₹€£$¥".contains(letter)
    });
    Ok(text.trim().to_owned())
}

/// The digits before and after the decimal separator, where it can be told which one it is.
fn split(text: &str, currency: Currency) -> Result<(String, String), AmountError> {
    let plain = |text: &str| text.chars().all(|letter| letter.is_ascii_digit());
    let is_group = |letter: char| letter.is_whitespace() || letter == '\'' || letter == '’';
    let text: String =
        text.chars().map(|letter| if is_group(letter) { ' ' } else { letter }).collect();
    let marks: Vec<(usize, char)> =
        text.char_indices().filter(|(_, letter)| ".,".contains(*letter)).collect();
    let decimal = match marks.as_slice() {
        [] => None,
        [(at, mark)] => {
            let behind = text.len() - at - 1;
            match (mark, behind) {
                (',', 3) => None,
                ('.', 3) if currency.decimals() < 3 => return Err(AmountError::Unreadable),
                _ => Some(*at),
            }
        }
        [.., (_, before), (at, last)] => {
            let once = marks.iter().filter(|(_, mark)| mark == last).count() == 1;
            (before != last && once).then_some(*at)
        }
    };
    let (whole, part) = match decimal {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default()),
        None => (text.as_str(), ""),
    };
    let groups: Vec<&str> = whole.split([' ', '.', ',']).collect();
    let separators: std::collections::BTreeSet<char> =
        whole.chars().filter(|letter| " .,".contains(*letter)).collect();
    let grouped = match groups.as_slice() {
        [_] => true,
        [first, middle @ .., last] => {
            (1..=3).contains(&first.len())
                && middle.iter().all(|group| (2..=3).contains(&group.len()))
                && last.len() == 3
                && separators.len() == 1
        }
        [] => false,
    };
    let digits = groups.concat();
    if !grouped || !plain(&digits) || !plain(part) || (digits.is_empty() && part.is_empty()) {
        return Err(AmountError::Unreadable);
    }
    Ok((digits, part.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn parsed(text: &str) -> Result<i64, AmountError> {
        Money::parse(text, Currency::INR).map(|money| money.minor)
    }

    #[rstest]
    #[case("54900", 5_490_000)]
    #[case("549.5", 54_950)]
    #[case(" 54,900.00 ", 5_490_000)]
    #[case("5,49,000", 54_900_000)]
    #[case("1.234,50", 123_450)]
    #[case("1.234.567", 123_456_700)]
    #[case("1 234,50", 123_450)]
    #[case("1'234.50", 123_450)]
    #[case("INR 549", 54_900)]
    #[case("₹549.00", 54_900)]
    #[case("Rs. 549", 54_900)]
    #[case("549 inr", 54_900)]
    #[case("0", 0)]
    #[case(".50", 50)]
    fn an_amount_is_read_as_it_is_written(#[case] text: &str, #[case] minor: i64) {
        assert_eq!(parsed(text), Ok(minor));
    }

    #[rstest]
    #[case("", AmountError::Unreadable)]
    #[case("ten", AmountError::Unreadable)]
    #[case("1.234", AmountError::Unreadable)]
    #[case("12,34.5,6", AmountError::Unreadable)]
    #[case("1,2345", AmountError::Decimals { currency: Currency::INR, most: 2 })]
    #[case("5.005,5.5", AmountError::Unreadable)]
    #[case("1e5", AmountError::Unreadable)]
    #[case("-5", AmountError::Negative)]
    #[case("99999999999999999999", AmountError::TooLarge)]
    #[case("10000000000.01", AmountError::TooLarge)]
    fn what_may_mean_two_amounts_or_none_is_refused(
        #[case] text: &str,
        #[case] error: AmountError,
    ) {
        assert_eq!(parsed(text), Err(error));
    }

    #[test]
    fn two_currencies_are_never_counted_together() {
        let euro = Currency::parse("EUR").unwrap_or(Currency::INR);
        let mixed = AmountError::Mixed { ours: Currency::INR, theirs: euro };
        let (ours, theirs) = (Money::new(1, Currency::INR), Money::new(1, euro));
        assert_eq!(ours.plus(theirs), Err(mixed));
        assert_eq!(parsed("EUR 5"), Err(mixed));
        assert_eq!(theirs.checked(Currency::INR), Err(mixed));
    }

    #[test]
    fn an_amount_is_written_in_the_groups_of_its_currency() {
        let written = |minor, code| {
            Currency::parse(code).map(|currency| Money::new(minor, currency).to_string())
        };
        assert_eq!(written(1_234_567_890, "INR").as_deref(), Ok("INR 1,23,45,678.90"));
        assert_eq!(written(1_234_567_890, "EUR").as_deref(), Ok("EUR 12,345,678.90"));
        assert_eq!(written(-1_234, "JPY").as_deref(), Ok("JPY −1,234"));
        assert_eq!(written(5, "KWD").as_deref(), Ok("KWD 0.005"));
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_again(minor in 0..=MOST, code in 0_usize..4) {
            let code = ["INR", "EUR", "JPY", "KWD"][code];
            let currency = Currency::parse(code).unwrap_or(Currency::INR);
            let money = Money::new(minor, currency);
            prop_assert_eq!(Money::parse(&money.to_string(), currency), Ok(money));
            prop_assert_eq!(Money::parse(&money.digits(), currency), Ok(money));
        }

        #[test]
        fn no_text_makes_it_fail(text in "\\PC{0,20}") {
            let _ = Money::parse(&text, Currency::INR);
        }
    }
}
