//! Where and when a docket admits, and what has become of it: what the decision at a door has to
//! know, on the server as in an offline pack.

use crate::ids::{AssessmentId, PointId, SittingId};
use crate::text::fold;
use crate::time::{Span, Timestamp};
use crate::verification::{Record, Rule, Standing, Window};
use std::num::NonZeroU32;

/// How long before its start the rooms of a sitting admit.
pub const EARLY: Span = Span::minutes(60);

/// Where it would be right if it were right anywhere: what is elsewhere is told before any hour is.
const ALWAYS: Window = Window { from: Timestamp(i64::MIN), until: Timestamp(i64::MAX) };

/// A sitting to which a docket admits, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// Which.
    pub sitting: SittingId,
    /// When it is.
    pub window: Window,
    /// In which of its rooms: the one that the student was assigned, or each.
    pub rooms: Vec<String>,
}

impl Admission {
    /// When its rooms admit: from an hour before it begins until it ends.
    pub fn doors(&self) -> Window {
        let Window { from, until } = self.window;
        Window { from: from - EARLY, until }
    }

    fn admits_in(&self, room: &str) -> bool {
        let folded = fold(room);
        self.rooms.iter().any(|own| fold(own) == folded)
    }
}

/// What happened since one issue of a docket.
#[derive(Clone, Copy, Debug)]
pub struct Became {
    /// When another was issued in its place.
    pub superseded_at: Option<Timestamp>,
    /// Whether its student's record leads to another one, or is no longer in use.
    pub gone: bool,
    /// Whether a hold stands on the student.
    pub held: bool,
    /// Whether Finance still clears the student.
    pub cleared: bool,
}

impl Became {
    /// What has become of the docket. Another issue in its place counts for more than a hold: no
    /// lifting would make it admit again. Money that was taken back holds it, and paying again
    /// lets it go on.
    pub const fn standing(self) -> Standing {
        match self {
            Self { superseded_at: Some(at), .. } => Standing::Superseded { at },
            Self { gone: true, .. } => Standing::Revoked,
            Self { held: true, .. } | Self { cleared: false, .. } => Standing::OnHold,
            _ => Standing::Current,
        }
    }
}

/// What the point is at which a docket is presented.
#[derive(Clone, Copy, Debug)]
pub enum Entrance<'a> {
    /// A room of that sitting, whose rooms have these points.
    Sitting(SittingId, &'a [(String, PointId)]),
    /// A hall of an assessment.
    Assessment(AssessmentId),
    /// No place for dockets.
    Elsewhere,
}

/// One issue of a docket, as the decision takes it.
#[derive(Clone, Debug)]
pub struct Entitlement {
    /// For which assessment.
    pub assessment: AssessmentId,
    /// What has become of it.
    pub standing: Standing,
    /// When it is valid at all.
    pub validity: Window,
    /// The sittings to which it admits, once each. Without any it admits once, in the assessment's
    /// halls.
    pub admissions: Vec<Admission>,
}

impl Entitlement {
    /// What is known of the docket and the rule of the place, for deciding about a scan there.
    pub fn at(&self, entrance: Entrance<'_>) -> (Record, Rule) {
        let (points, windows) = match entrance {
            Entrance::Sitting(id, rooms) => match self.admission(id) {
                Some(own) => {
                    let rooms = rooms.iter().filter(|(name, _)| own.admits_in(name));
                    (Some(rooms.map(|(_, point)| *point).collect()), vec![own.doors()])
                }
                None => (Some(Vec::new()), Vec::new()),
            },
            Entrance::Assessment(id) if id == self.assessment && self.admissions.is_empty() => {
                (None, Vec::new())
            }
            Entrance::Assessment(_) | Entrance::Elsewhere => (Some(Vec::new()), Vec::new()),
        };
        let elsewhere = points.as_ref().is_some_and(Vec::is_empty);
        let validity = if elsewhere { ALWAYS } else { self.validity };
        let record = Record { standing: self.standing, validity, admits: NonZeroU32::MIN, points };
        (record, Rule { windows, ..Rule::default() })
    }

    /// What it admits to in that sitting, if anything.
    pub fn admission(&self, sitting: SittingId) -> Option<&Admission> {
        self.admissions.iter().find(|admission| admission.sitting == sitting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verification::{Direction, Presented, Redemption, Scan, Verdict, decide};
    use rstest::rstest;
    use uuid::Uuid;

    const MORNING: SittingId = SittingId(Uuid::from_u128(1));
    const EVENING: SittingId = SittingId(Uuid::from_u128(2));
    const CA1: AssessmentId = AssessmentId(Uuid::from_u128(3));
    const CA2: AssessmentId = AssessmentId(Uuid::from_u128(4));
    const HALL: PointId = PointId(Uuid::from_u128(10));
    const ANNEX: PointId = PointId(Uuid::from_u128(11));

    fn hour(hour: i64) -> Timestamp {
        Timestamp(Span::hours(hour).0)
    }

    fn docket(rooms: &[&str]) -> Entitlement {
        let admission = Admission {
            sitting: MORNING,
            window: Window { from: hour(10), until: hour(12) },
            rooms: rooms.iter().map(|&name| name.to_owned()).collect(),
        };
        Entitlement {
            assessment: CA1,
            standing: Standing::Current,
            validity: Window { from: hour(1), until: hour(100) },
            admissions: if rooms.is_empty() { Vec::new() } else { vec![admission] },
        }
    }

    fn verdict(docket: &Entitlement, entrance: Entrance<'_>, point: PointId, at: i64) -> Verdict {
        let (record, rule) = docket.at(entrance);
        let scan = Scan {
            point,
            direction: Direction::Entry,
            count: NonZeroU32::MIN,
            at: Timestamp(Span::minutes(at).0),
        };
        decide(Presented::Known(&record), &rule, &[], &scan)
    }

    const ADMIT: Verdict = Verdict::Admit { remaining: 0 };

    #[rstest]
    #[case::much_too_early(HALL, 8 * 60, Verdict::NotValidYet { from: hour(9) })]
    #[case::an_hour_before(HALL, 9 * 60, ADMIT)]
    #[case::in_the_last_minute(HALL, 12 * 60 - 1, ADMIT)]
    #[case::as_it_ends(HALL, 12 * 60, Verdict::Expired { since: hour(12) })]
    #[case::in_another_room(ANNEX, 10 * 60, Verdict::WrongPlace)]
    #[case::in_another_room_too_early(ANNEX, 8 * 60, Verdict::WrongPlace)]
    fn an_assigned_room_admits_from_an_hour_before_until_the_end(
        #[case] point: PointId,
        #[case] at: i64,
        #[case] expected: Verdict,
    ) {
        let rooms = [("hall a".to_owned(), HALL), ("Annex".to_owned(), ANNEX)];
        let entrance = Entrance::Sitting(MORNING, &rooms);
        assert_eq!(verdict(&docket(&["Hall A"]), entrance, point, at), expected);
    }

    #[test]
    fn whoever_is_assigned_no_room_sits_in_any_of_them_and_once() {
        let rooms = [("Hall A".to_owned(), HALL), ("Annex".to_owned(), ANNEX)];
        let docket = docket(&["Hall A", "Annex"]);
        let entrance = Entrance::Sitting(MORNING, &rooms);
        assert_eq!(verdict(&docket, entrance, HALL, 600), ADMIT);
        assert_eq!(verdict(&docket, entrance, ANNEX, 600), ADMIT);
        let (record, rule) = docket.at(entrance);
        let (direction, count) = (Direction::Entry, NonZeroU32::MIN);
        let entered = Redemption { at: hour(10), direction, count, admitted: true };
        let scan = Scan { point: ANNEX, direction, count, at: hour(11) };
        let again = decide(Presented::Known(&record), &rule, &[entered], &scan);
        assert_eq!(again, Verdict::AlreadyUsed { remaining: 0, previous: Some(0) });
    }

    #[test]
    fn other_sittings_assessments_and_gates_are_the_wrong_place() {
        let own = docket(&["Hall A"]);
        let rooms = [("Hall A".to_owned(), HALL)];
        for entrance in [
            Entrance::Sitting(EVENING, &rooms),
            Entrance::Assessment(CA1),
            Entrance::Assessment(CA2),
            Entrance::Elsewhere,
        ] {
            assert_eq!(verdict(&own, entrance, HALL, 600), Verdict::WrongPlace, "{entrance:?}");
        }
    }

    #[test]
    fn without_sittings_it_admits_in_the_halls_of_its_assessment_while_it_is_valid() {
        let own = docket(&[]);
        assert_eq!(verdict(&own, Entrance::Assessment(CA1), HALL, 600), ADMIT);
        let late = verdict(&own, Entrance::Assessment(CA1), HALL, 100 * 60);
        assert_eq!(late, Verdict::Expired { since: hour(100) });
        assert_eq!(verdict(&own, Entrance::Assessment(CA2), HALL, 600), Verdict::WrongPlace);
    }

    #[test]
    fn only_the_latest_issue_without_a_hold_of_a_cleared_student_counts() {
        let at = Timestamp(7);
        let good = Became { superseded_at: None, gone: false, held: false, cleared: true };
        let held = Became { held: true, ..good };
        let unpaid = Became { cleared: false, ..good };
        let gone = Became { gone: true, ..held };
        let replaced = Became { superseded_at: Some(at), ..gone };
        let told = [good, held, unpaid, gone, replaced].map(Became::standing);
        let superseded = Standing::Superseded { at };
        let on_hold = Standing::OnHold;
        assert_eq!(told, [Standing::Current, on_hold, on_hold, Standing::Revoked, superseded]);
    }
}
