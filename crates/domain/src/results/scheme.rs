//! Which assessments count in a class: out of how many points each is, and how much it weighs.

use super::{hundredths, written};
use crate::text::{self, fold};
use std::fmt;

/// Most assessments that count in one class.
pub const MOST_PARTS: usize = 8;
/// All of a total, in hundredths of a percent.
const WHOLE: i64 = 10_000;
/// Most points that an assessment can bring.
const MOST_POINTS: i64 = 1_000;

/// How an assessment of some code counts where a class says nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The assessment's code.
    pub code: String,
    /// The points that can be reached.
    pub maximum: i64,
    /// How much of the total it is, in hundredths of a percent.
    pub weight: i64,
}

/// The parts of a total.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheme(Vec<Part>);

/// What is wrong with a scheme.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemeError {
    /// A line that is none.
    #[error("Write a line for each assessment: code, points and percent, for example CA1 20 20.")]
    Line,
    /// The same assessment twice.
    #[error("{0} stands there twice.")]
    Twice(String),
    /// Impossible points.
    #[error("Choose whole points from 1 to {MOST_POINTS}.")]
    Maximum,
    /// Weights that make no whole.
    #[error("The weights make {0} % together: make them 100 %.")]
    Weights(String),
    /// Too many of them.
    #[error("At most {MOST_PARTS} assessments count in a class.")]
    TooMany,
}

/// The points that an assessment can bring, as typed.
pub fn check_maximum(text: &str) -> Result<i64, SchemeError> {
    let points = text.trim().parse().ok().filter(|points| (1..=MOST_POINTS).contains(points));
    points.ok_or(SchemeError::Maximum)
}

/// Passes if weights, in hundredths of a percent, make a whole.
pub fn check_weights(weights: &[i64]) -> Result<(), SchemeError> {
    if weights.iter().filter(|weight| **weight > 0).count() > MOST_PARTS {
        return Err(SchemeError::TooMany);
    }
    let sum: i64 = weights.iter().sum();
    if sum == WHOLE { Ok(()) } else { Err(SchemeError::Weights(written(sum))) }
}

impl Scheme {
    /// A scheme as typed: a line for each assessment.
    pub fn parse(typed: &str) -> Result<Self, SchemeError> {
        let mut parts: Vec<Part> = Vec::new();
        for line in typed.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let mut words = line.rsplitn(3, char::is_whitespace);
            let (Some(weight), Some(maximum), Some(code)) =
                (words.next(), words.next(), words.next())
            else {
                return Err(SchemeError::Line);
            };
            let weight = Self::weight(weight).ok_or(SchemeError::Line)?;
            let maximum = check_maximum(maximum)?;
            let code = text::clean(code, 20).map_err(|_| SchemeError::Line)?;
            if parts.iter().any(|part| fold(&part.code) == fold(&code)) {
                return Err(SchemeError::Twice(code));
            }
            parts.push(Part { code, maximum, weight });
        }
        check_weights(&parts.iter().map(|part| part.weight).collect::<Vec<_>>())?;
        Ok(Self(parts))
    }

    /// A weight as typed, in hundredths of a percent.
    pub fn weight(text: &str) -> Option<i64> {
        let weight = hundredths(text.trim().trim_end_matches('%'))?;
        (weight <= WHOLE).then_some(weight)
    }

    /// A weight as it is typed: `20`, `12.5`.
    pub fn weight_words(weight: i64) -> String {
        written(weight)
    }

    /// How the assessment of that code counts: one that is not named does not.
    pub fn of(&self, code: &str) -> (i64, i64) {
        let part = self.0.iter().find(|part| fold(&part.code) == fold(code));
        part.map_or((100, 0), |part| (part.maximum, part.weight))
    }
}

impl Default for Scheme {
    fn default() -> Self {
        let part = |(code, maximum, percent): (&str, i64, i64)| Part {
            code: code.to_owned(),
            maximum,
            weight: percent * 100,
        };
        Self([("CA1", 20, 20), ("CA2", 20, 20), ("EXAM", 100, 60)].map(part).to_vec())
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, Part { code, maximum, weight }) in self.0.iter().enumerate() {
            let gap = if at > 0 { "\n" } else { "" };
            write!(out, "{gap}{code} {maximum} {}", written(*weight))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_is_read_as_it_is_written() {
        let scheme = Scheme::default();
        assert_eq!(Scheme::parse(&scheme.to_string()), Ok(scheme.clone()));
        assert_eq!(scheme.of("exam"), (100, 6_000));
        assert_eq!(scheme.of("QUIZ"), (100, 0));
        assert!(Scheme::parse("Mid term 40 33.33\nEXAM 100 66.67 %").is_err());
        assert_eq!(
            Scheme::parse("Mid term 40 33.33%\nEXAM 100 66.67").unwrap().of("mid term").0,
            40
        );
    }

    #[test]
    fn a_scheme_whose_weights_make_no_whole_is_refused() {
        let weights = |text: &str| SchemeError::Weights(text.to_owned());
        assert_eq!(Scheme::parse("CA1 20 20"), Err(weights("20")));
        assert_eq!(Scheme::parse(""), Err(weights("0")));
        assert_eq!(Scheme::parse("CA1 20 50\nca1 20 50"), Err(SchemeError::Twice("ca1".into())));
        assert_eq!(Scheme::parse("CA1 0 100"), Err(SchemeError::Maximum));
        assert_eq!(Scheme::parse("CA1 100"), Err(SchemeError::Line));
        let many: Vec<_> = (0..9).map(|_| 1_000).collect();
        assert_eq!(check_weights(&many), Err(SchemeError::TooMany));
    }
}
