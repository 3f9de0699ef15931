//! Sessions in a row: how many were attended, and how many missed, one after the other.

use super::mark::Status;

/// Runs among a student's sessions. Excused sessions neither go on nor break a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Streak {
    /// Sessions attended in a row up to now.
    pub attended: i64,
    /// The most ever attended in a row.
    pub longest: i64,
    /// Sessions missed in a row up to now.
    pub missed: i64,
}

impl Streak {
    /// The runs of sessions that ended so, the earliest first.
    pub fn of(statuses: impl IntoIterator<Item = Status>) -> Self {
        statuses.into_iter().fold(Self::default(), Self::then)
    }

    /// The runs after one more session.
    #[must_use]
    pub const fn then(mut self, status: Status) -> Self {
        match status {
            Status::Present | Status::Late => {
                self.attended += 1;
                self.missed = 0;
                if self.attended > self.longest {
                    self.longest = self.attended;
                }
            }
            Status::Absent => {
                self.attended = 0;
                self.missed += 1;
            }
            Status::Excused => {}
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn statuses(letters: &str) -> Vec<Status> {
        let status = |letter| match letter {
            'p' => Status::Present,
            'l' => Status::Late,
            'e' => Status::Excused,
            _ => Status::Absent,
        };
        letters.chars().map(status).collect()
    }

    #[rstest]
    #[case::nothing("", 0, 0, 0)]
    #[case::late_counts("plp", 3, 3, 0)]
    #[case::an_absence_breaks("pppap", 1, 3, 0)]
    #[case::excused_goes_on("pep", 2, 2, 0)]
    #[case::excused_does_not_end_absences("aea", 0, 0, 2)]
    fn runs(
        #[case] letters: &str,
        #[case] attended: i64,
        #[case] longest: i64,
        #[case] missed: i64,
    ) {
        assert_eq!(Streak::of(statuses(letters)), Streak { attended, longest, missed });
    }

    proptest! {
        #[test]
        fn one_run_at_most_goes_on(letters in "[plea]{0,40}") {
            let streak = Streak::of(statuses(&letters));
            prop_assert!(streak.attended == 0 || streak.missed == 0);
            prop_assert!(streak.attended <= streak.longest);
        }

        #[test]
        fn excused_sessions_change_nothing(letters in "[plea]{0,40}") {
            let without: String = letters.chars().filter(|letter| *letter != 'e').collect();
            prop_assert_eq!(Streak::of(statuses(&letters)), Streak::of(statuses(&without)));
        }

        #[test]
        fn the_longest_never_shrinks(letters in "[plea]{0,40}", more in "[plea]{0,10}") {
            let before = Streak::of(statuses(&letters)).longest;
            prop_assert!(Streak::of(statuses(&(letters + &more))).longest >= before);
        }
    }
}
