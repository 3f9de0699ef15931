//! Text that people type: cleaned, bounded, and folded for search.

use serde::{Deserialize, Serialize};

/// Why a text was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but blanks.
    #[error("This can't be empty.")]
    Empty,
    /// More characters than the field takes.
    #[error("This is too long: at most {limit} characters, {found} found.")]
    TooLong {
        /// Characters allowed.
        limit: usize,
        /// Characters given.
        found: usize,
    },
    /// A control character, which no one types on purpose.
    #[error("This contains a control character, which can't be stored.")]
    Control,
}

/// Trims, collapses runs of blanks, refuses control characters and more than `limit` characters.
pub fn clean(text: &str, limit: usize) -> Result<String, TextError> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().any(char::is_control) {
        return Err(TextError::Control);
    }
    let found = text.chars().count();
    match found {
        0 => Err(TextError::Empty),
        found if found > limit => Err(TextError::TooLong { limit, found }),
        _ => Ok(text),
    }
}

/// As [`clean`], but lines stay lines and blanks stay as they were typed.
pub fn clean_lines(text: &str, limit: usize) -> Result<String, TextError> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let text = lines.join("\n").trim_matches('\n').to_owned();
    if text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\t')) {
        return Err(TextError::Control);
    }
    let found = text.chars().count();
    match found {
        0 => Err(TextError::Empty),
        found if found > limit => Err(TextError::TooLong { limit, found }),
        _ => Ok(text),
    }
}

/// As [`clean`], but nothing typed is `None`.
pub fn clean_optional(text: &str, limit: usize) -> Result<Option<String>, TextError> {
    match clean(text, limit) {
        Ok(text) => Ok(Some(text)),
        Err(TextError::Empty) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Lower case, for search and order: databases disagree on letters beyond ASCII.
pub fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// A name, title or topic of 1 to 500 characters in any script.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

impl Name {
    /// Longest name, in characters.
    pub const LIMIT: usize = 500;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Name {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        clean(&text, Self::LIMIT).map(Self)
    }
}

impl std::str::FromStr for Name {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        clean(text, Self::LIMIT).map(Self)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("  Ada   Lovelace ", Ok("Ada Lovelace"))]
    #[case("محمد بن سلمان", Ok("محمد بن سلمان"))]
    #[case("👩‍🎓 Zoë", Ok("👩‍🎓 Zoë"))]
    #[case("   ", Err(TextError::Empty))]
    #[case("a\u{0}b", Err(TextError::Control))]
    fn names_are_cleaned(#[case] typed: &str, #[case] expected: Result<&str, TextError>) {
        let name = typed.parse::<Name>();
        assert_eq!(name.as_ref().map(Name::as_str).map_err(Clone::clone), expected);
    }

    #[rstest]
    #[case("\r\n# One  \r\n\r\n\r\n    two\r\n", Ok("# One\n\n\n    two"))]
    #[case(" \n\t\n", Err(TextError::Empty))]
    #[case("a\u{7}b", Err(TextError::Control))]
    #[case("12345678901", Err(TextError::TooLong { limit: 10, found: 11 }))]
    fn lines_stay_lines(#[case] typed: &str, #[case] expected: Result<&str, TextError>) {
        let limit = if expected.is_ok() { 100 } else { 10 };
        assert_eq!(clean_lines(typed, limit), expected.map(str::to_owned));
    }

    #[test]
    fn a_name_of_500_characters_fits_and_501_do_not() {
        assert!("é".repeat(500).parse::<Name>().is_ok());
        let refused = "é".repeat(501).parse::<Name>();
        assert_eq!(refused, Err(TextError::TooLong { limit: 500, found: 501 }));
    }

    #[test]
    fn folding_ignores_case_beyond_ascii() {
        assert_eq!(fold("ÉCOLE Straße"), fold("école straße"));
    }
}
