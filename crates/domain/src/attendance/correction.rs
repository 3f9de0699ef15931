//! Whether a student may ask for another mark.

use super::mark::Status;

/// Why a correction was not taken up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CorrectionError {
    /// The mark says what is wanted.
    #[error("Your mark says so already: choose another status.")]
    Same,
    /// The mark says what would be given.
    #[error("The mark says so already: choose another status, or refuse.")]
    Nothing,
    /// Marks are still being taken.
    #[error("This session is still open: mark yourself, or ask when it has closed.")]
    StillOpen,
}

/// Checks what a student asks for: another status than the mark has, once the session has closed
/// or a mark stands.
pub fn check(
    mark: Option<Status>,
    wanted: Status,
    session_closed: bool,
) -> Result<(), CorrectionError> {
    match mark {
        None if !session_closed => Err(CorrectionError::StillOpen),
        Some(status) if status == wanted => Err(CorrectionError::Same),
        _ => Ok(()),
    }
}

/// The status with which a correction is approved, if it is another than the one wanted: whoever
/// decides may give what they find right, but not leave the mark as it is.
pub fn given(
    mark: Option<Status>,
    wanted: Status,
    chosen: Option<Status>,
) -> Result<Option<Status>, CorrectionError> {
    match chosen.filter(|chosen| *chosen != wanted) {
        Some(chosen) if mark == Some(chosen) => Err(CorrectionError::Nothing),
        given => Ok(given),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(Some(Status::Absent), Status::Present, true, Ok(()))]
    #[case(Some(Status::Late), Status::Present, false, Ok(()))]
    #[case(None, Status::Present, true, Ok(()))]
    #[case(None, Status::Present, false, Err(CorrectionError::StillOpen))]
    #[case(Some(Status::Absent), Status::Absent, true, Err(CorrectionError::Same))]
    fn another_status_may_be_asked_for_once_there_is_something_to_correct(
        #[case] mark: Option<Status>,
        #[case] wanted: Status,
        #[case] closed: bool,
        #[case] expected: Result<(), CorrectionError>,
    ) {
        assert_eq!(check(mark, wanted, closed), expected);
    }

    #[rstest]
    #[case::as_wanted(None, Ok(None))]
    #[case::as_wanted_by_name(Some(Status::Present), Ok(None))]
    #[case::otherwise(Some(Status::Late), Ok(Some(Status::Late)))]
    #[case::as_it_is(Some(Status::Absent), Err(CorrectionError::Nothing))]
    fn an_approval_may_give_another_status_but_not_the_same_as_before(
        #[case] chosen: Option<Status>,
        #[case] expected: Result<Option<Status>, CorrectionError>,
    ) {
        assert_eq!(given(Some(Status::Absent), Status::Present, chosen), expected);
    }
}
