//! Verdicts in words, for whoever stands at the door.

use crate::times;
use muster_app::dockets::{Bearer, NOT_CLEARED};
use muster_app::redemptions::{A_BADGE, Redeemed};
use muster_app::settings::Settings;
use muster_domain::time::{Span, Timestamp};
use muster_domain::verification::{Direction, PointKind, VerdictKind};
use muster_storage::points::PointRow;
use muster_storage::redemptions::RedemptionRow;

/// A scan that arrives so much later was not sent at once.
const LATE: Span = Span::minutes(2);

/// What was decided, and why, in a sentence.
pub fn sentence(settings: &Settings, redeemed: &Redeemed) -> String {
    let Redeemed { row, docket, previous, .. } = redeemed;
    let moment = row.moment.map(|at| times::moment(settings, at)).unwrap_or_default();
    let left = row.remaining.unwrap_or_default();
    match row.verdict {
        VerdictKind::Admit if row.overridden.is_some() => {
            let why = row.remark.as_deref().unwrap_or_default().trim_end_matches('.');
            format!("Let through all the same: {why}.")
        }
        VerdictKind::Admit if row.direction == Direction::Exit => match row.people {
            1 => "Goodbye.".to_owned(),
            people => format!("Goodbye, all {people}."),
        },
        VerdictKind::Admit => match (row.people, left) {
            (1, 0) => "Let them in.".to_owned(),
            (people, 0) => format!("Let {people} people in."),
            (1, left) => format!("Let one person in; {left} may still come."),
            (people, left) => format!("Let {people} people in; {left} may still come."),
        },
        VerdictKind::AlreadyUsed if left > 0 => match left {
            1 => "Only one more may enter with this.".to_owned(),
            left => format!("Only {left} more may enter with this."),
        },
        VerdictKind::AlreadyUsed => match previous {
            Some(before) => format!(
                "Entered {}, {}, scanned by {}.",
                times::moment(settings, before.scanned_at),
                before.point_name,
                before.person_name
            ),
            None => "Fewer may enter with this than are here.".to_owned(),
        },
        VerdictKind::NotInside => "Nobody who entered with this is inside.".to_owned(),
        VerdictKind::Superseded if docket.is_some() => {
            format!("Superseded by the docket issued on {moment}: ask for that one.")
        }
        VerdictKind::Superseded => {
            format!("Handed on or issued anew, {moment}: the newer code counts.")
        }
        VerdictKind::Revoked if docket.is_some() => {
            "The student’s record is no longer in use: it admits nobody.".to_owned()
        }
        VerdictKind::Revoked => "It was withdrawn: it admits nobody.".to_owned(),
        VerdictKind::OnHold if row.remark.as_deref() == Some(NOT_CLEARED) => {
            "No longer cleared by Finance: a payment was taken back.".to_owned()
        }
        VerdictKind::OnHold => "A hold was placed on the student’s dockets.".to_owned(),
        VerdictKind::NotValidYet => format!("It admits from {moment}."),
        VerdictKind::Expired => format!("It admitted until {moment}."),
        VerdictKind::WrongPlace => elsewhere(settings, redeemed),
        VerdictKind::Unknown => {
            "Nobody has this code: compare it, or find them by name.".to_owned()
        }
        VerdictKind::Forged => {
            "This was not issued here, or was altered. Find them by name.".to_owned()
        }
    }
}

/// Where it would be right.
fn elsewhere(settings: &Settings, redeemed: &Redeemed) -> String {
    let Redeemed { row, pass, docket, point, .. } = redeemed;
    if let Some(docket) = docket {
        return exam(settings, docket, point, row.scanned_at);
    }
    match pass {
        Some((pass, event, _)) if event.id.0 != row.scope => {
            let when = times::moment(settings, event.starts_at);
            let (name, venue) = (&event.name, &event.venue);
            format!("This is for {name}, {venue}, {when}: {}.", pass.type_name)
        }
        Some((pass, ..)) => format!("“{}” enters by another gate.", pass.type_name),
        None if row.remark.as_deref() == Some(A_BADGE) => {
            let wanted = if point.kind == PointKind::Gate { "pass" } else { "docket" };
            format!("This is a staff or student card: ask for the {wanted}.")
        }
        None => "It is for another place.".to_owned(),
    }
}

/// Where a docket admits: the right room of the same exam, or the exam that comes next.
fn exam(settings: &Settings, docket: &Bearer, point: &PointRow, at: Timestamp) -> String {
    let code = &docket.assessment.code;
    let exams = || {
        let all = docket.papers.iter();
        all.filter_map(|one| one.sitting.as_ref().map(|exam| (one, exam)))
    };
    if point.kind == PointKind::Gate {
        return format!("This is a docket for {code}: it admits to exams, not to events.");
    }
    if let Some((_, own)) = exams().find(|(_, sitting)| sitting.id.0 == point.scope) {
        return format!("Their room is {}.", own.rooms.join(" or "));
    }
    let next = exams().find(|(_, sitting)| sitting.ends_at > at).or_else(|| exams().next_back());
    match next {
        Some((paper, sitting)) => format!(
            "This docket is for {code}: {}, {}, {}.",
            paper.code,
            times::moment(settings, sitting.starts_at),
            sitting.rooms.join(" or ")
        ),
        None => format!("This docket is for {code}, not for this exam."),
    }
}

/// The colour of a verdict: `ok`, `warning` where waiting or another door helps, `error`.
pub const fn tone(row: &RedemptionRow) -> &'static str {
    match row.verdict {
        VerdictKind::Admit => "ok",
        VerdictKind::NotInside | VerdictKind::NotValidYet | VerdictKind::WrongPlace => "warning",
        _ => "error",
    }
}

/// The icon that goes with the colour.
pub const fn icon(row: &RedemptionRow) -> &'static str {
    match row.verdict {
        VerdictKind::Admit if row.overridden.is_some() => "key",
        VerdictKind::Admit => "check",
        VerdictKind::NotValidYet => "clock",
        VerdictKind::NotInside | VerdictKind::WrongPlace => "alert",
        _ => "cross",
    }
}

/// The word of a verdict on screens.
pub const fn word(row: &RedemptionRow) -> &'static str {
    match row.verdict {
        VerdictKind::Admit if matches!(row.direction, Direction::Exit) => "Goodbye",
        kind => kind.label(),
    }
}

/// What deserves a look about a record, in words.
pub fn marks(settings: &Settings, row: &RedemptionRow) -> Vec<String> {
    let mut marks = Vec::new();
    let late = row.received_at - row.scanned_at > LATE;
    if late {
        marks.push(format!("Sent {}", times::moment(settings, row.received_at)));
    }
    if let Some(off) = row.clock_off {
        let (way, minutes) = if off > 0 { ("ahead", off) } else { ("behind", -off) };
        marks.push(format!("Device clock {way} by {}", length(Span(minutes))));
    }
    if row.ended_since {
        marks.push("Withdrawn, replaced or held after the scan".to_owned());
    }
    if let Some(kind) = row.overridden {
        marks.push(format!("Instead of: {}", kind.label()));
    }
    if let Some(at) = row.undone_at {
        let why = row.undone_reason.as_deref().unwrap_or_default();
        marks.push(format!("Taken back {}: {why}", times::moment(settings, at)));
    }
    marks
}

/// A span in its largest unit.
fn length(span: Span) -> String {
    let minutes = span.0 / Span::minutes(1).0;
    match minutes {
        0..=119 => format!("{minutes} min"),
        120..=2879 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1440),
    }
}

/// The time of a scan: of today without its day.
pub fn scanned(settings: &Settings, at: Timestamp, now: Timestamp) -> String {
    let day = |at| times::local(settings, at, "%F");
    if day(at) == day(now) {
        times::local(settings, at, "%H:%M:%S")
    } else {
        times::moment(settings, at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_told_in_a_unit_that_fits() {
        let told = [Span::minutes(5), Span::hours(3), Span::days(40)].map(length);
        assert_eq!(told, ["5 min", "3 h", "40 days"]);
    }
}
