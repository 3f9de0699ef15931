//! Badges: people's own cards. For whom there is one, and what has become of one that is shown.

use crate::auth::Role;
use crate::time::Timestamp;
use crate::verification::Window;

/// Longest reason for which a badge is withdrawn.
pub const LONGEST_REASON: usize = 200;
/// Badges on a sheet of A4.
pub const ON_A_SHEET: usize = 10;

/// What a badge calls its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holder {
    /// Somebody who works here, whatever else they do.
    Staff,
    /// Somebody who studies here.
    Student,
}

impl Holder {
    /// What somebody with these roles is called; nobody else has a badge.
    pub fn of(roles: impl IntoIterator<Item = Role>) -> Option<Self> {
        let mut student = false;
        for role in roles {
            if role.is_staff() {
                return Some(Self::Staff);
            }
            student |= role == Role::Student;
        }
        student.then_some(Self::Student)
    }

    /// The name in the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Student => "student",
        }
    }

    /// The word on cards and screens.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Staff => "Staff",
            Self::Student => "Student",
        }
    }
}

/// What is known of a badge that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Whether another one was issued in its place, or its record gave way to another one.
    pub replaced: bool,
    /// Whether it was withdrawn.
    pub withdrawn: bool,
    /// Whether its holder's record is in use.
    pub in_use: bool,
    /// When it is valid.
    pub validity: Window,
}

/// Why a badge that is shown says nothing about anybody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadgeRefusal {
    /// Not as it was signed, or not signed by us.
    #[error("This is no badge from here: its signature is not ours.")]
    Forged,
    /// Nobody's.
    #[error("Nobody has this badge. Check the code against the card.")]
    Unknown,
    /// A docket or a pass.
    #[error("This is not a badge: ask for the card with the photo.")]
    OtherKind,
    /// Another one was issued in its place.
    #[error("This badge of {0} was replaced by a newer one.")]
    Replaced(String),
    /// Withdrawn.
    #[error("This badge of {0} was withdrawn: it was reported lost, or its holder has left.")]
    Withdrawn(String),
    /// Too old, or from the future.
    #[error("This badge of {0} is not valid now: its time is over, or has not come.")]
    NotValid(String),
    /// Their holder is no student of the class.
    #[error("{0} is not enrolled in this class.")]
    NotEnrolled(String),
    /// The session takes no marks any more.
    #[error("This session is closed: open it again, or mark by hand.")]
    SessionClosed,
    /// The session is taken in another way.
    #[error("This session does not take badges: mark by hand, or open it with badges.")]
    NotTaken,
}

impl BadgeRefusal {
    /// The stable reason in the API.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Forged => "badge-forged",
            Self::Unknown | Self::OtherKind => "badge-unknown",
            Self::Replaced(_) => "badge-superseded",
            Self::Withdrawn(_) => "badge-void",
            Self::NotValid(_) => "badge-expired",
            Self::NotEnrolled(_) => "not-enrolled",
            Self::SessionClosed => "session-closed",
            Self::NotTaken => "method-not-allowed",
        }
    }
}

impl Shown {
    /// Passes if the badge stands for its holder now, who has that name.
    pub fn check(self, name: &str, now: Timestamp) -> Result<(), BadgeRefusal> {
        let name = || name.to_owned();
        match () {
            () if self.replaced => Err(BadgeRefusal::Replaced(name())),
            () if self.withdrawn || !self.in_use => Err(BadgeRefusal::Withdrawn(name())),
            () if now < self.validity.from || now >= self.validity.until => {
                Err(BadgeRefusal::NotValid(name()))
            }
            () => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const GOOD: Shown = Shown {
        replaced: false,
        withdrawn: false,
        in_use: true,
        validity: Window { from: Timestamp(10), until: Timestamp(20) },
    };

    #[rstest]
    #[case(GOOD, 10, None)]
    #[case(GOOD, 19, None)]
    #[case(GOOD, 9, Some("badge-expired"))]
    #[case(GOOD, 20, Some("badge-expired"))]
    #[case(Shown { replaced: true, withdrawn: true, ..GOOD }, 25, Some("badge-superseded"))]
    #[case(Shown { withdrawn: true, ..GOOD }, 25, Some("badge-void"))]
    #[case(Shown { in_use: false, ..GOOD }, 15, Some("badge-void"))]
    fn a_badge_stands_for_its_holder_or_says_why_not(
        #[case] shown: Shown,
        #[case] now: i64,
        #[case] expected: Option<&str>,
    ) {
        let refusal = shown.check("Asha", Timestamp(now)).err();
        assert_eq!(refusal.as_ref().map(BadgeRefusal::key), expected);
    }

    #[rstest]
    #[case(&[Role::Student], Some(Holder::Student))]
    #[case(&[Role::Student, Role::Assistant], Some(Holder::Staff))]
    #[case(&[Role::Guardian], None)]
    #[case(&[], None)]
    fn staff_and_students_have_badges(#[case] roles: &[Role], #[case] expected: Option<Holder>) {
        assert_eq!(Holder::of(roles.iter().copied()), expected);
    }
}
