//! What identifies a person besides the id.

use crate::text::{self, TextError};
use serde::{Deserialize, Serialize};

/// An institution's number for a person: 1 to 64 characters, unique without regard to case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PersonNumber(String);

impl PersonNumber {
    /// The number as typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PersonNumber {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        text::clean(&text, 64).map(Self)
    }
}

impl From<PersonNumber> for String {
    fn from(number: PersonNumber) -> Self {
        number.0
    }
}

/// An e-mail address, checked only for what would make it undeliverable for certain.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

/// Why an e-mail address was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Empty, too long, or with control characters.
    #[error(transparent)]
    Text(#[from] TextError),
    /// Not of the form `name@host.example`.
    #[error("This is not an e-mail address: it needs the form name@host.example.")]
    Shape,
}

impl Email {
    /// The address as typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Email {
    type Error = EmailError;

    fn try_from(text: String) -> Result<Self, EmailError> {
        let text = text::clean(&text, 254)?;
        let (local, host) = text.rsplit_once('@').ok_or(EmailError::Shape)?;
        let whole = !local.is_empty()
            && host.contains('.')
            && host.split('.').all(|label| !label.is_empty())
            && !text.contains(char::is_whitespace);
        if whole { Ok(Self(text)) } else { Err(EmailError::Shape) }
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("ada@campus.example", true)]
    #[case("ada@campus", false)]
    #[case("@campus.example", false)]
    #[case("ada campus.example", false)]
    #[case("a b@campus.example", false)]
    #[case("ada@campus..example", false)]
    fn only_deliverable_addresses_are_taken(#[case] typed: &str, #[case] taken: bool) {
        assert_eq!(Email::try_from(typed.to_owned()).is_ok(), taken);
    }
}
