//! Announcements: to whom they are made, and when they show.

use crate::auth::Target;
use crate::ids::{ClassId, ProgrammeId};
use crate::time::Date;

/// Longest title, in characters.
pub const LONGEST_TITLE: usize = 200;
/// Longest text, in characters.
pub const LONGEST_TEXT: usize = 10_000;
/// Most days that an announcement shows.
pub const MOST_DAYS: i64 = 366;

/// To whom an announcement is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everybody.
    Institution,
    /// The students of a programme.
    Programme(ProgrammeId),
    /// The students and staff of a class.
    Class(ClassId),
}

impl Audience {
    /// The audience that a record names; a class is narrower than a programme.
    pub const fn of(programme: Option<ProgrammeId>, class: Option<ClassId>) -> Self {
        match (programme, class) {
            (_, Some(class)) => Self::Class(class),
            (Some(programme), None) => Self::Programme(programme),
            (None, None) => Self::Institution,
        }
    }

    /// The name in the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Institution => "institution",
            Self::Programme(_) => "programme",
            Self::Class(_) => "class",
        }
    }

    /// What an announcement to it touches: a class's own staff may announce to it alone.
    pub const fn target(self) -> Target {
        match self {
            Self::Class(class) => Target::Class(class),
            Self::Institution | Self::Programme(_) => Target::Institution,
        }
    }
}

/// Whether an announcement shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Its first day is to come.
    Planned,
    /// It shows.
    Shown,
    /// Its last day is over.
    Over,
    /// Somebody ended it.
    Ended,
}

impl Stage {
    /// Every stage.
    pub const ALL: [Self; 4] = [Self::Planned, Self::Shown, Self::Over, Self::Ended];

    /// The stage on a day.
    pub fn on(today: Date, first_on: Date, last_on: Date, ended: bool) -> Self {
        if ended {
            Self::Ended
        } else if today < first_on {
            Self::Planned
        } else if today > last_on {
            Self::Over
        } else {
            Self::Shown
        }
    }

    /// The name in the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Shown => "shown",
            Self::Over => "over",
            Self::Ended => "ended",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use uuid::Uuid;

    #[rstest]
    #[case(9, false, Stage::Planned)]
    #[case(10, false, Stage::Shown)]
    #[case(12, false, Stage::Shown)]
    #[case(13, false, Stage::Over)]
    #[case(9, true, Stage::Ended)]
    #[case(11, true, Stage::Ended)]
    fn it_shows_from_its_first_day_through_its_last(
        #[case] today: i64,
        #[case] ended: bool,
        #[case] expected: Stage,
    ) {
        assert_eq!(Stage::on(Date(today), Date(10), Date(12), ended), expected);
    }

    #[test]
    fn a_class_is_reached_by_its_staff_and_anything_wider_by_the_office() {
        let (programme, class) = (ProgrammeId(Uuid::nil()), ClassId(Uuid::max()));
        assert_eq!(Audience::of(None, Some(class)).target(), Target::Class(class));
        assert_eq!(Audience::of(Some(programme), None).target(), Target::Institution);
        assert_eq!(Audience::of(None, None), Audience::Institution);
    }
}
