//! What people are told in their inbox.

use crate::auth::Permission;
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
    /// A student asks for leave.
    LeaveAsked,
    /// Leave was approved, refused or ended.
    LeaveDecided,
    /// A payment counts.
    PaymentReceived,
    /// A docket was issued for them, can be issued now, or admits again.
    DocketAvailable,
    /// Their dockets are held, or no longer; or stopped for money.
    DocketHeld,
    /// Results of theirs were published, or one of these changed.
    ResultPublished,
    /// Something odd was scanned at a door.
    Incident,
    /// More passes to an event were sold than there are places.
    Oversold,
    /// A node that had not heard of a merge changed the record that leads to another.
    MergedChanged,
    /// The way of signing in changed: a new password, a second factor added or removed.
    SignInChanged,
}

impl NoticeKind {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::LowAttendance,
        Self::Absence,
        Self::Reminder,
        Self::CorrectionAsked,
        Self::CorrectionDecided,
        Self::LeaveAsked,
        Self::LeaveDecided,
        Self::PaymentReceived,
        Self::DocketAvailable,
        Self::DocketHeld,
        Self::ResultPublished,
        Self::Incident,
        Self::Oversold,
        Self::MergedChanged,
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
            Self::LeaveAsked => "leave_asked",
            Self::LeaveDecided => "leave_decided",
            Self::PaymentReceived => "payment_received",
            Self::DocketAvailable => "docket_available",
            Self::DocketHeld => "docket_held",
            Self::ResultPublished => "result_published",
            Self::Incident => "incident",
            Self::Oversold => "oversold",
            Self::MergedChanged => "merged_changed",
            Self::SignInChanged => "sign_in_changed",
        }
    }

    /// The words on screens.
    pub const fn label(self) -> &'static str {
        match self {
            Self::LowAttendance => "My attendance falls below the limit",
            Self::Absence => "I was marked absent",
            Self::Reminder => "A teacher reminds me",
            Self::CorrectionAsked => "A student of mine asks for a correction",
            Self::CorrectionDecided => "A correction that I asked for is decided",
            Self::LeaveAsked => "A student asks for leave",
            Self::LeaveDecided => "My leave is decided or ends",
            Self::PaymentReceived => "A payment of mine is received",
            Self::DocketAvailable => "A docket of mine is issued, or can be",
            Self::DocketHeld => "My dockets are held, or no longer",
            Self::ResultPublished => "Results of mine are published, or change",
            Self::Incident => "Something odd is scanned at a door",
            Self::Oversold => "An event of mine is oversold",
            Self::MergedChanged => "A merged record was changed on another node",
            Self::SignInChanged => "The way I sign in changed",
        }
    }

    /// What whoever is told such things may do; none if everybody is told.
    pub const fn permission(self) -> Option<Permission> {
        match self {
            Self::LowAttendance
            | Self::Absence
            | Self::Reminder
            | Self::LeaveDecided
            | Self::PaymentReceived
            | Self::DocketAvailable
            | Self::DocketHeld
            | Self::ResultPublished => Some(Permission::MarkSelf),
            Self::CorrectionAsked => Some(Permission::DecideCorrections),
            Self::CorrectionDecided => Some(Permission::AskForCorrection),
            Self::LeaveAsked => Some(Permission::DecideLeave),
            Self::Incident => Some(Permission::OverrideVerdicts),
            Self::Oversold => Some(Permission::ManageEvents),
            Self::MergedChanged => Some(Permission::ManagePeople),
            Self::SignInChanged => None,
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
