//! Assessments: what each term has without anybody's doing, and the share of the fee it needs.

use super::clearance::{FULL, Share};
use crate::ids::{AssessmentId, NAMESPACE, TermId};
use crate::text::{self, TextError, fold};
use uuid::Uuid;

/// Code, name and required share of what every term has to begin with.
pub const DEFAULTS: [(&str, &str, Share); 3] = [
    ("CA1", "Continuous assessment 1", Share(2_000)),
    ("CA2", "Continuous assessment 2", Share(7_500)),
    ("EXAM", "Examination", Share(FULL)),
];

/// The short name of an assessment, one in its term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// The code as typed.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        text::clean(text, 20).map(Self)
    }
}

impl From<Code> for String {
    fn from(code: Code) -> Self {
        code.0
    }
}

impl AssessmentId {
    /// The id of a term's assessment of that code: the same on every node.
    pub fn of(term: TermId, code: &str) -> Self {
        let name = [term.0.as_bytes().as_slice(), fold(code).as_bytes()].concat();
        Self(Uuid::new_v5(&NAMESPACE, &name))
    }
}

/// No share of a fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Give a percentage from 0 to 100, with two decimals at most.")]
pub struct ShareError;

/// A percentage as people write it: `75`, `33.33 %`.
pub fn parse_share(text: &str) -> Result<Share, ShareError> {
    let text = text.trim().trim_end_matches('%').trim_end();
    let (whole, part) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let plain = |digits: &str| digits.chars().all(|digit| digit.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(part) || part.len() > 2 {
        return Err(ShareError);
    }
    let percent: i64 = whole.parse().map_err(|_| ShareError)?;
    let hundredths: i64 = format!("{part:0<2}").parse().map_err(|_| ShareError)?;
    let share = percent.checked_mul(100).and_then(|share| share.checked_add(hundredths));
    share.filter(|share| *share <= FULL).map(Share).ok_or(ShareError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_read_as_people_write_it() {
        for (text, share) in [("75", 7_500), ("33.33 %", 3_333), ("0", 0), ("100%", 10_000)] {
            assert_eq!(parse_share(text), Ok(Share(share)), "{text}");
            assert_eq!(parse_share(&Share(share).to_string()), Ok(Share(share)));
        }
        assert_eq!(parse_share("7,5"), Ok(Share(750)));
        for text in ["", "101", "-1", "100.01", "1.234", "half", "1e2", "."] {
            assert_eq!(parse_share(text), Err(ShareError), "{text}");
        }
    }

    #[test]
    fn the_same_code_of_a_term_is_one_assessment() {
        let (term, other) = (TermId(Uuid::from_u128(1)), TermId(Uuid::from_u128(2)));
        assert_eq!(AssessmentId::of(term, "CA1"), AssessmentId::of(term, "ca1"));
        assert_ne!(AssessmentId::of(term, "CA1"), AssessmentId::of(other, "CA1"));
    }
}
