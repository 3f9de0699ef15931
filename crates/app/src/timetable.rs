//! A person's own meetings, as student or as staff, each with what it came to.

use crate::{Ctx, Result};
use muster_domain::academics::EnrolmentStatus;
use muster_domain::attendance::Outcome;
use muster_domain::ids::{ClassId, MeetingId, PersonId, SessionId};
use muster_domain::time::{Span, Timestamp};
use muster_storage::academics::ClassRow;
use muster_storage::timetable::{MeetingRow, OwnSessionRow, TakenRow};
use muster_storage::{ReadTx, academics, enrolment, timetable};
use std::collections::{BTreeMap, HashMap, HashSet};

/// How far around the days sessions are looked for that name no meeting.
const AROUND: Span = Span::days(2);

/// How long before a meeting a session that names none may be opened to count for it.
const BEFORE: Span = Span::minutes(30);

/// A meeting of somebody's, or a session without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The meeting; none for a session that was opened on its own.
    pub meeting: Option<MeetingId>,
    /// The session that was taken.
    pub session: Option<SessionId>,
    /// The class.
    pub class: ClassRow,
    /// Start.
    pub starts_at: Timestamp,
    /// End.
    pub ends_at: Timestamp,
    /// Room.
    pub room: Option<String>,
    /// Whether the person teaches or helps there rather than attends.
    pub staff: bool,
    /// What it came to for them.
    pub outcome: Outcome,
    /// When its details last changed, by the logical clock.
    pub version: i64,
}

/// The person's own meetings from the first instant to before the second, the earliest first.
pub fn own(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<Slot>> {
    let person = ctx.person()?;
    slots_of(tx, person, ctx.now(), (from, until))
}

/// As [`own`], for a person whose calendar was authorised otherwise.
pub(crate) fn slots_of(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    now: Timestamp,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<Slot>> {
    let attended = classes(academics::attended_classes(tx, person)?);
    let staffed = classes(academics::staffed_classes(tx, person)?);
    let gone = withdrawn(tx, person, attended.keys())?;
    let sessions = timetable::own_sessions(tx, person, (from - AROUND, until + AROUND))?;
    let by_meeting = by_meeting(&sessions);
    let (mut slots, mut counted) = (Vec::new(), HashSet::new());
    for meeting in timetable::attended_meetings(tx, person, (from, until))? {
        let Some(class) = attended.get(&meeting.class) else { continue };
        let session = by_meeting.get(&meeting.id).copied();
        let session = session.or_else(|| {
            sessions
                .iter()
                .find(|one| one.meeting.is_none() && during(&meeting, one.class, one.opened_at))
        });
        counted.extend(session.map(|session| session.session));
        let outcome = outcome(&meeting, session, now);
        // Whoever has left keeps what they came to, and nothing else; nor does an archived class
        // have more to show.
        let goes_on = class.archived_at.is_none() && !gone.contains(&meeting.class);
        if goes_on || matches!(outcome, Outcome::Marked(_)) {
            let session = session.map(|session| session.session);
            slots.push(slot(meeting, class, outcome, session, false));
        }
    }
    let taken = timetable::staffed_sessions(tx, person, (from - AROUND, until + AROUND))?;
    for meeting in timetable::staffed_meetings(tx, person, (from, until))? {
        if let Some(class) = staffed.get(&meeting.class) {
            let of_it = |row: &&TakenRow| match row.meeting {
                Some(id) => id == meeting.id,
                None => during(&meeting, row.class, row.opened_at),
            };
            let session = taken.iter().find(of_it).map(|row| row.session);
            if class.archived_at.is_some() && session.is_none() {
                continue;
            }
            let outcome =
                if session.is_some() { Outcome::Taken } else { outcome(&meeting, None, now) };
            slots.push(slot(meeting, class, outcome, session, true));
        }
    }
    let alone = sessions
        .iter()
        .filter(|session| session.meeting.is_none() && !counted.contains(&session.session))
        .filter(|session| (from..until).contains(&session.opened_at));
    for session in alone {
        if let (Some(class), Some(status)) = (attended.get(&session.class), session.status) {
            slots.push(ad_hoc(session, class, Outcome::Marked(status)));
        }
    }
    slots.sort_by_key(|slot| (slot.starts_at, slot.class.id, slot.staff));
    Ok(slots)
}

fn classes(rows: Vec<ClassRow>) -> HashMap<ClassId, ClassRow> {
    rows.into_iter().map(|row| (row.id, row)).collect()
}

fn withdrawn<'a>(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    classes: impl Iterator<Item = &'a ClassId>,
) -> Result<HashSet<ClassId>> {
    let asked: Vec<_> = classes.map(|class| (*class, person)).collect();
    let standings = enrolment::standings(tx, &asked)?;
    let gone = standings.into_iter().filter(|row| row.status == EnrolmentStatus::Withdrawn);
    Ok(gone.map(|row| row.class).collect())
}

/// Whether a session without a meeting, opened then, counts for this one: as in the list of
/// registers that were never taken.
fn during(meeting: &MeetingRow, class: ClassId, opened_at: Timestamp) -> bool {
    let time = meeting.starts_at - BEFORE..meeting.ends_at;
    class == meeting.class && meeting.cancelled_at.is_none() && time.contains(&opened_at)
}

/// The session of each meeting; of several, the one that says most.
fn by_meeting(sessions: &[OwnSessionRow]) -> BTreeMap<MeetingId, &OwnSessionRow> {
    let mut found = BTreeMap::<MeetingId, &OwnSessionRow>::new();
    for session in sessions {
        if let Some(meeting) = session.meeting {
            let kept = found.entry(meeting).or_insert(session);
            if kept.status.is_none() {
                *kept = session;
            }
        }
    }
    found
}

fn outcome(meeting: &MeetingRow, session: Option<&OwnSessionRow>, now: Timestamp) -> Outcome {
    match session.and_then(|session| session.status) {
        Some(status) => Outcome::Marked(status),
        None if meeting.cancelled_at.is_some() => Outcome::Cancelled,
        None if meeting.ends_at > now => Outcome::Planned,
        None => Outcome::NotTaken,
    }
}

fn slot(
    meeting: MeetingRow,
    class: &ClassRow,
    outcome: Outcome,
    session: Option<SessionId>,
    staff: bool,
) -> Slot {
    Slot {
        meeting: Some(meeting.id),
        session,
        class: class.clone(),
        starts_at: meeting.starts_at,
        ends_at: meeting.ends_at,
        room: meeting.room.or_else(|| class.room.clone()),
        staff,
        outcome,
        version: meeting.version,
    }
}

fn ad_hoc(session: &OwnSessionRow, class: &ClassRow, outcome: Outcome) -> Slot {
    Slot {
        meeting: None,
        session: Some(session.session),
        class: class.clone(),
        starts_at: session.opened_at,
        ends_at: session.closed_at.unwrap_or(session.ends_at).max(session.opened_at),
        room: class.room.clone(),
        staff: false,
        outcome,
        version: 0,
    }
}
