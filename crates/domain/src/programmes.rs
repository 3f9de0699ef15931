//! Programmes: how long they are, and where in one a student or a course stands.

use serde::{Deserialize, Serialize};

/// Most years of a programme.
pub const MOST_YEARS: i64 = 12;
/// Most semesters of a year.
pub const MOST_SEMESTERS: i64 = 6;

/// How long a programme is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Length {
    /// Years.
    pub total_years: i64,
    /// Semesters of each year.
    pub semesters_per_year: i64,
}

/// Why a length, a year or a semester was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StudyError {
    /// No length that a programme has.
    #[error("Choose a number between 1 and {most}.")]
    Length {
        /// The longest.
        most: i64,
    },
    /// A year beyond the last.
    #[error("This programme has {years} {}: choose one of 1 to {years}.", plural(*years, "year"))]
    Year {
        /// Years of the programme.
        years: i64,
    },
    /// A semester beyond the year's last.
    #[error(
        "A year of this programme has {semesters} {}: choose one of 1 to {semesters}.",
        plural(*semesters, "semester")
    )]
    Semester {
        /// Semesters of a year.
        semesters: i64,
    },
}

fn plural(count: i64, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

impl Length {
    /// What a student's year and semester can be while no programme is known.
    pub const LONGEST: Self = Self { total_years: MOST_YEARS, semesters_per_year: MOST_SEMESTERS };

    /// Checks the number of years.
    pub fn check_years(self) -> Result<(), StudyError> {
        within(self.total_years, MOST_YEARS, StudyError::Length { most: MOST_YEARS })
    }

    /// Checks the number of semesters of a year.
    pub fn check_semesters(self) -> Result<(), StudyError> {
        let most = MOST_SEMESTERS;
        within(self.semesters_per_year, most, StudyError::Length { most })
    }

    /// Whether the programme has that year.
    pub fn check_year(self, year: i64) -> Result<(), StudyError> {
        let years = self.total_years;
        within(year, years, StudyError::Year { years })
    }

    /// Whether a year of the programme has that semester.
    pub fn check_semester(self, semester: i64) -> Result<(), StudyError> {
        let semesters = self.semesters_per_year;
        within(semester, semesters, StudyError::Semester { semesters })
    }
}

fn within(number: i64, most: i64, error: StudyError) -> Result<(), StudyError> {
    if (1..=most).contains(&number) { Ok(()) } else { Err(error) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const BACHELOR: Length = Length { total_years: 3, semesters_per_year: 2 };

    #[rstest]
    #[case(1, 1, true)]
    #[case(3, 2, true)]
    #[case(4, 1, false)]
    #[case(0, 1, false)]
    #[case(2, 3, false)]
    #[case(2, -1, false)]
    fn a_year_and_semester_lie_within_the_programme(
        #[case] year: i64,
        #[case] semester: i64,
        #[case] fits: bool,
    ) {
        let checked = BACHELOR.check_year(year).and(BACHELOR.check_semester(semester));
        assert_eq!(checked.is_ok(), fits);
    }

    #[test]
    fn a_programme_has_at_least_a_year_and_not_endlessly_many() {
        let long = |total_years| Length { total_years, ..BACHELOR }.check_years().is_ok();
        assert_eq!([0, 1, 12, 13].map(long), [false, true, true, false]);
        let semesters = |semesters_per_year| {
            Length { semesters_per_year, ..BACHELOR }.check_semesters().is_ok()
        };
        assert_eq!([0, 1, 6, 7].map(semesters), [false, true, true, false]);
    }

    #[test]
    fn a_refusal_says_what_there_is() {
        let one = Length { total_years: 1, ..BACHELOR };
        assert_eq!(
            one.check_year(2).map_err(|error| error.to_string()),
            Err("This programme has 1 year: choose one of 1 to 1.".to_owned())
        );
    }
}
