//! What a student reached in an assessment: points, or that they were absent or exempt.

use super::{hundredths, written};
use crate::text::fold;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Points, in hundredths.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Points(pub i64);

impl fmt::Display for Points {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&written(self.0))
    }
}

/// What a student reached in an assessment. To have been absent is not the same as no points, though
/// it brings none; who is exempt is judged by the other assessments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Score {
    /// Took part and got points.
    Points(Points),
    /// Did not take part.
    Absent,
    /// Did not have to take part.
    Exempt,
}

/// Whether there are points, in the database and the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreState {
    /// There are.
    Scored,
    /// Absent.
    Absent,
    /// Exempt.
    Exempt,
}

impl ScoreState {
    /// The name in the database and the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Scored => "scored",
            Self::Absent => "absent",
            Self::Exempt => "exempt",
        }
    }

    /// The one of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Scored, Self::Absent, Self::Exempt].into_iter().find(|state| state.key() == key)
    }
}

/// What is wrong with a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScoreError {
    /// It is nothing known.
    #[error("Write points, such as 14.5, or AB for absent, or EX for exempt.")]
    Unknown,
    /// More than there are.
    #[error("At most {0} points can be reached here.")]
    TooMany(i64),
}

impl Score {
    /// A score as people write it, out of a maximum of whole points; nothing where the text is empty.
    pub fn parse(text: &str, maximum: i64) -> Result<Option<Self>, ScoreError> {
        let text = fold(text);
        match text.as_str() {
            "" | "-" | "–" => return Ok(None),
            "ab" | "abs" | "a" | "absent" => return Ok(Some(Self::Absent)),
            "ex" | "exempt" | "e" => return Ok(Some(Self::Exempt)),
            _ => {}
        }
        let points = hundredths(&text).ok_or(ScoreError::Unknown)?;
        if points > maximum.saturating_mul(100) {
            return Err(ScoreError::TooMany(maximum));
        }
        Ok(Some(Self::Points(Points(points))))
    }

    /// The score of a state and points; absent and exempt have none.
    pub const fn new(state: ScoreState, points: Option<i64>) -> Self {
        match (state, points) {
            (ScoreState::Absent, _) => Self::Absent,
            (ScoreState::Exempt, _) => Self::Exempt,
            (ScoreState::Scored, Some(points)) => Self::Points(Points(points)),
            (ScoreState::Scored, None) => Self::Points(Points(0)),
        }
    }

    /// Whether there are points.
    pub const fn state(self) -> ScoreState {
        match self {
            Self::Points(_) => ScoreState::Scored,
            Self::Absent => ScoreState::Absent,
            Self::Exempt => ScoreState::Exempt,
        }
    }

    /// The points, in hundredths; none of the absent and the exempt.
    pub const fn points(self) -> Option<i64> {
        match self {
            Self::Points(Points(points)) => Some(points),
            Self::Absent | Self::Exempt => None,
        }
    }

    /// The words on screens and paper.
    pub fn words(self) -> String {
        match self {
            Self::Points(points) => points.to_string(),
            Self::Absent => "Absent".to_owned(),
            Self::Exempt => "Exempt".to_owned(),
        }
    }
}

impl fmt::Display for Score {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Points(points) => points.fmt(out),
            Self::Absent => out.write_str("AB"),
            Self::Exempt => out.write_str("EX"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn points(hundredths: i64) -> Score {
        Score::Points(Points(hundredths))
    }

    #[test]
    fn a_score_is_read_as_teachers_write_it() {
        for (text, score) in [
            ("14.5", Some(points(1_450))),
            (" 20 ", Some(points(2_000))),
            ("0", Some(points(0))),
            ("ab", Some(Score::Absent)),
            ("Absent", Some(Score::Absent)),
            ("EX", Some(Score::Exempt)),
            ("", None),
        ] {
            assert_eq!(Score::parse(text, 20), Ok(score), "{text}");
        }
        assert_eq!(Score::parse("20.01", 20), Err(ScoreError::TooMany(20)));
        for text in ["-1", "fifteen", "14/20", "1.005"] {
            assert_eq!(Score::parse(text, 20), Err(ScoreError::Unknown), "{text}");
        }
    }

    #[test]
    fn a_score_is_found_by_what_is_stored_of_it() {
        for score in [points(725), Score::Absent, Score::Exempt] {
            assert_eq!(Score::new(score.state(), score.points()), score);
            assert_eq!(Score::parse(&score.to_string(), 20), Ok(Some(score)));
        }
    }
}
