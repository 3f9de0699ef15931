//! Payments: how each was made, how far it has come, and its receipt.

use crate::text::{TextError, clean_optional, fold};

/// How money came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Notes and coins.
    Cash,
    /// A card.
    Card,
    /// From an account to an account.
    BankTransfer,
    /// A cheque or a draft.
    Cheque,
    /// A payment service: UPI, a wallet, mobile money.
    Online,
    /// Another way: a scholarship, a waiver.
    Other,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 6] =
        [Self::Cash, Self::Card, Self::BankTransfer, Self::Cheque, Self::Online, Self::Other];

    /// The name in the database, the API and tables.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::Card => "card",
            Self::BankTransfer => "bank_transfer",
            Self::Cheque => "cheque",
            Self::Online => "online",
            Self::Other => "other",
        }
    }

    /// The words on screens.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Cash => "Cash",
            Self::Card => "Card",
            Self::BankTransfer => "Bank transfer",
            Self::Cheque => "Cheque",
            Self::Online => "Online",
            Self::Other => "Other",
        }
    }

    /// The method of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.key() == key)
    }

    /// The method that a table means.
    pub fn from_words(text: &str) -> Option<Self> {
        let letters: String =
            fold(text).chars().filter(|letter| letter.is_alphanumeric()).collect();
        match letters.as_str() {
            "cash" => Some(Self::Cash),
            "card" | "creditcard" | "debitcard" | "pos" => Some(Self::Card),
            "banktransfer" | "bank" | "transfer" | "wire" | "neft" | "rtgs" | "imps" | "eft"
            | "deposit" | "bankdeposit" => Some(Self::BankTransfer),
            "cheque" | "check" | "draft" | "demanddraft" | "dd" => Some(Self::Cheque),
            "online" | "upi" | "wallet" | "mobilemoney" | "mpesa" | "netbanking" => {
                Some(Self::Online)
            }
            "other" | "scholarship" | "waiver" | "bursary" => Some(Self::Other),
            _ => None,
        }
    }
}

/// How far a payment has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PaymentState {
    /// Announced, but not here yet: it does not count.
    Pending,
    /// Here.
    Completed,
    /// Taken back; the record stays.
    Reversed,
}

/// Why a payment did not take a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaymentError {
    /// It counts already.
    #[error("This payment is completed already.")]
    Completed,
    /// It was taken back.
    #[error("This payment was reversed.")]
    Reversed,
}

impl PaymentState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Completed, Self::Reversed];

    /// The name in the database and the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Completed => "completed",
            Self::Reversed => "reversed",
        }
    }

    /// The word on screens.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Completed => "Completed",
            Self::Reversed => "Reversed",
        }
    }

    /// The state of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == key)
    }

    /// The state once the money is here.
    pub const fn completed(self) -> Result<Self, PaymentError> {
        match self {
            Self::Pending => Ok(Self::Completed),
            Self::Completed => Err(PaymentError::Completed),
            Self::Reversed => Err(PaymentError::Reversed),
        }
    }

    /// The state once it is taken back.
    pub const fn reversed(self) -> Result<Self, PaymentError> {
        match self {
            Self::Pending | Self::Completed => Ok(Self::Reversed),
            Self::Reversed => Err(PaymentError::Reversed),
        }
    }
}

/// The number of a receipt, as it stands there; two are the same whatever their letter case and
/// blanks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt(String);

impl Receipt {
    /// The number as typed; none where nothing was.
    pub fn parse(text: &str) -> Result<Option<Self>, TextError> {
        Ok(clean_optional(text, 64)?.map(Self))
    }

    /// The number.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What two writings of one number have in common.
    pub fn folded(number: &str) -> String {
        fold(number).split_whitespace().collect()
    }
}

impl From<Receipt> for String {
    fn from(receipt: Receipt) -> Self {
        receipt.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payment_is_completed_once_and_reversed_once() {
        use PaymentState::{Completed, Pending, Reversed};
        assert_eq!(Pending.completed(), Ok(Completed));
        assert_eq!(Completed.completed(), Err(PaymentError::Completed));
        assert_eq!(Reversed.completed(), Err(PaymentError::Reversed));
        assert_eq!([Pending.reversed(), Completed.reversed()], [Ok(Reversed); 2]);
        assert_eq!(Reversed.reversed(), Err(PaymentError::Reversed));
    }

    #[test]
    fn letter_case_and_blanks_make_no_other_receipt() {
        let written = [" R 12/a ", "r12/A", "R\u{a0}12/a"].map(Receipt::folded);
        assert!(written.iter().all(|folded| folded == "r12/a"), "{written:?}");
        assert_eq!(Receipt::parse("  "), Ok(None));
    }

    #[test]
    fn names_are_found_again_and_words_of_tables_are_understood() {
        for method in Method::ALL {
            assert_eq!(Method::from_key(method.key()), Some(method));
            assert_eq!(Method::from_words(method.label()), Some(method));
        }
        for state in PaymentState::ALL {
            assert_eq!(PaymentState::from_key(state.key()), Some(state));
        }
        assert_eq!(Method::from_words("Demand Draft"), Some(Method::Cheque));
        assert_eq!(Method::from_words("barter"), None);
    }
}
