//! Whether a student may ask for another mark.

use super::mark::Status;

/// Why a correction was not taken up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CorrectionError {
    /// The mark says what is wanted.
    #[error("Your mark says so already: choose another status.")]
    Same,
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
}
