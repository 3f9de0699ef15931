//! What people are told in their inbox.

use serde::{Deserialize, Serialize};

/// The sort of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// Attendance fell below a threshold.
    LowAttendance,
    /// Marked absent.
    Absence,
    /// A teacher or the office writes to attend.
    Reminder,
    /// A student asks for a correction.
    CorrectionAsked,
    /// A correction was approved or refused.
    CorrectionDecided,
    /// Leave was approved, refused or ended.
    LeaveDecided,
    /// The way of signing in changed: a new password, a second factor added or removed.
    SignInChanged,
}

impl NoticeKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::LowAttendance,
        Self::Absence,
        Self::Reminder,
        Self::CorrectionAsked,
        Self::CorrectionDecided,
        Self::LeaveDecided,
        Self::SignInChanged,
    ];

    /// The name in the database and the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::LowAttendance => "low_attendance",
            Self::Absence => "absence",
            Self::Reminder => "reminder",
            Self::CorrectionAsked => "correction_asked",
            Self::CorrectionDecided => "correction_decided",
            Self::LeaveDecided => "leave_decided",
            Self::SignInChanged => "sign_in_changed",
        }
    }

    /// The kind of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_name() {
        let found = NoticeKind::ALL.map(|kind| NoticeKind::from_key(kind.key()));
        assert_eq!(found, NoticeKind::ALL.map(Some));
        assert_eq!(NoticeKind::from_key("rumour"), None);
    }
}
