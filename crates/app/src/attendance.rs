//! What people look at: a session's list and counts, a student's figures, a class's figures.

use crate::marks::{Details, Names, details, names};
use crate::sessions::EARLY;
use crate::{Ctx, Error, Result, sessions};
use muster_domain::attendance::Tally;
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{ClassId, MeetingId, PersonId, SessionId};
use muster_domain::time::{Span, Timestamp};
use muster_storage::academics::ClassRow;
use muster_storage::enrolment::{EnrolmentRow, MeetingRow};
use muster_storage::sessions::{MarkRow, SessionRow};
use muster_storage::{ReadTx, academics, enrolment, patterns, sessions as stored};
use std::collections::{HashMap, HashSet};

/// How many of a session's students have which status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Students enrolled.
    pub enrolled: i64,
    /// Marks by status.
    pub tally: Tally,
}

impl Counts {
    /// Students without a mark.
    pub const fn unmarked(&self) -> i64 {
        let left = self.enrolled - self.tally.total();
        if left < 0 { 0 } else { left }
    }
}

/// A session with everybody of its class.
#[derive(Clone, Debug)]
pub struct Register {
    /// The session.
    pub session: SessionRow,
    /// Its class.
    pub class: ClassRow,
    /// Its students by roll number, each with their mark.
    pub students: Vec<(EnrolmentRow, Option<MarkRow>)>,
    /// Those who have a photo.
    pub photographed: HashSet<PersonId>,
    /// Counts.
    pub counts: Counts,
    /// What is known of the marks besides.
    pub details: Details,
}

/// A session with everybody of its class, for its staff.
pub fn register(tx: &mut ReadTx<'_>, ctx: &Ctx, id: SessionId) -> Result<Register> {
    let session = sessions::get(tx, ctx, id)?;
    let class = academics::class(tx, session.class)?.ok_or(Error::NotFound)?;
    let marks = stored::marks(tx, id)?;
    let details = details(tx, &session, &marks)?;
    let mut marks: HashMap<PersonId, MarkRow> =
        marks.into_iter().map(|mark| (mark.person, mark)).collect();
    let roster = enrolment::roster(tx, session.class)?;
    let enrolled = roster.iter().filter(|place| place.attends()).count();
    let students: Vec<_> = roster
        .into_iter()
        .map(|place| {
            let mark = marks.remove(&place.person);
            (place, mark)
        })
        // Who was withdrawn is listed only where they were marked.
        .filter(|(place, mark)| place.attends() || mark.is_some())
        .collect();
    let mut tally = Tally::default();
    for (_, mark) in &students {
        if let Some(mark) = mark {
            tally.add(mark.status, 1);
        }
    }
    let counts = Counts { enrolled: i64::try_from(enrolled).unwrap_or(i64::MAX), tally };
    let photographed = muster_storage::photos::photographed(tx, session.class)?;
    Ok(Register { session, class, students, photographed, counts, details })
}

/// A session's counts, for its staff.
pub fn counts(tx: &mut ReadTx<'_>, session: &SessionRow) -> Result<Counts> {
    let enrolled = enrolment::enrolled(tx, session.class)?;
    Ok(Counts { enrolled, tally: stored::counts(tx, session.id)? })
}

/// A class on somebody's home page.
#[derive(Clone, Debug)]
pub struct ClassToday {
    /// The class.
    pub class: ClassRow,
    /// Its next meeting that is not over; for staff, one of which no session was taken.
    pub next: Option<MeetingRow>,
    /// For staff, whether that meeting's session may be opened now.
    pub may_open_next: bool,
    /// Its open session.
    pub open: Option<SessionRow>,
    /// What the student has come to; the whole class, for staff.
    pub tally: Tally,
    /// The student's mark in the open session.
    pub mark: Option<MarkRow>,
    /// Whether its term has ended: it is history then.
    pub over: bool,
}

/// The classes in which the person teaches or helps, those with an open session or the nearest
/// meeting first.
pub fn staffed_today(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<ClassToday>> {
    let mut classes = academics::staffed_classes(tx, ctx.person()?)?;
    classes.retain(|class| class.archived_at.is_none());
    let ids: Vec<ClassId> = classes.iter().map(|class| class.id).collect();
    let tallies: HashMap<_, _> = stored::tallies_of_classes(tx, &ids)?.into_iter().collect();
    let mut taken = HashSet::new();
    for class in &ids {
        taken.extend(patterns::taken(tx, *class)?);
    }
    let mut today = classes_today(tx, ctx, classes, &tallies, &taken)?;
    for item in &mut today {
        let begins = item.next.as_ref().map(|next| next.starts_at - EARLY);
        item.may_open_next = begins.is_some_and(|begins| begins <= ctx.now());
    }
    Ok(sorted(today))
}

/// The classes that the person attends, with their own figures; archived ones stand in their
/// attendance alone.
pub fn attended_today(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<ClassToday>> {
    let person = ctx.person()?;
    let tallies: HashMap<_, _> = stored::tallies_of_person(tx, person)?.into_iter().collect();
    let mut classes = academics::attended_classes(tx, person)?;
    classes.retain(|class| class.archived_at.is_none());
    let mut today = classes_today(tx, ctx, classes, &tallies, &HashSet::new())?;
    for item in &mut today {
        if let Some(open) = &item.open {
            item.mark = stored::mark(tx, open.id, person)?;
        }
    }
    Ok(sorted(today))
}

/// Asks once for all classes: somebody in their last year has forty behind them.
fn classes_today(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    classes: Vec<ClassRow>,
    tallies: &HashMap<ClassId, Tally>,
    taken: &HashSet<MeetingId>,
) -> Result<Vec<ClassToday>> {
    let ids: Vec<ClassId> = classes.iter().map(|class| class.id).collect();
    let soon = ctx.now() + Span::days(14);
    let mut next: HashMap<ClassId, MeetingRow> = HashMap::new();
    for meeting in enrolment::meetings_of_many(tx, &ids, ctx.now(), soon)? {
        if meeting.cancelled_at.is_none() && !taken.contains(&meeting.id) {
            next.entry(meeting.class).or_insert(meeting);
        }
    }
    let open = stored::open_of_many(tx, &ids)?.into_iter();
    let mut open: HashMap<ClassId, SessionRow> = open.map(|row| (row.class, row)).collect();
    let terms = academics::terms(tx)?;
    // A day of grace: the last day of a term ends later in the west.
    let ended = terms.iter().filter(|term| ctx.now() > term.ends_on.midnight() + Span::days(2));
    let ended: HashSet<_> = ended.map(|term| term.id).collect();
    let today = classes.into_iter().map(|class| {
        let open = open.remove(&class.id);
        ClassToday {
            over: ended.contains(&class.term) && open.is_none(),
            next: next.remove(&class.id),
            may_open_next: false,
            open,
            tally: tallies.get(&class.id).copied().unwrap_or_default(),
            mark: None,
            class,
        }
    });
    Ok(today.collect())
}

fn sorted(mut today: Vec<ClassToday>) -> Vec<ClassToday> {
    let never = Timestamp(i64::MAX);
    today.sort_by_key(|item| {
        (
            item.over,
            item.open.is_none(),
            item.next.as_ref().map_or(never, |meeting| meeting.starts_at),
        )
    });
    today
}

/// Both tallies together.
pub(crate) fn add(mut sum: Tally, other: Tally) -> Tally {
    for status in muster_domain::attendance::Status::ALL {
        sum.add(status, other.of(status));
    }
    sum
}

/// A class with a student's tally in it, and every session with their mark.
pub type History = (ClassRow, Tally, Vec<(SessionRow, Option<MarkRow>)>);

/// A student's history in a class, the latest session first: for themself and the class's staff.
pub fn history(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    person: PersonId,
    class: ClassId,
) -> Result<History> {
    if ctx.need(Permission::ViewAttendance, Target::Person(person)).is_err() {
        ctx.need(Permission::ViewClass, Target::Class(class))?;
    }
    let place = enrolment::place(tx, class, person)?.ok_or(Error::NotFound)?;
    let row = academics::class(tx, class)?.ok_or(Error::NotFound)?;
    let tallies = stored::tallies_of_person(tx, person)?;
    let tally = tallies.into_iter().find(|(id, _)| *id == class).map(|(_, tally)| tally);
    let marks = stored::marks_in_class(tx, person, class)?;
    let mut marks: HashMap<_, _> = marks.into_iter().map(|mark| (mark.session, mark)).collect();
    let mut sessions = stored::of_class(tx, class)?;
    sessions.sort_by_key(|session| std::cmp::Reverse(session.held_at));
    let history = sessions.into_iter().map(|session| {
        let mark = marks.remove(&session.id);
        (session, mark)
    });
    // Sessions before the student came, or after they left, are not theirs.
    let active = place.attends();
    let theirs = |(session, mark): &(SessionRow, Option<MarkRow>)| {
        mark.is_some() || (active && session.closed_at.is_none())
    };
    Ok((row, tally.unwrap_or_default(), history.filter(theirs).collect()))
}

/// The names of those who marked a student in a class: for its staff.
pub fn markers(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    (_, _, history): &History,
) -> Result<Names> {
    ctx.need(Permission::ViewClass, Target::Class(class))?;
    names(tx, history.iter().filter_map(|(_, mark)| mark.as_ref()))
}

/// An open session in the overview.
#[derive(Clone, Debug)]
pub struct OpenSession {
    /// The session.
    pub session: SessionRow,
    /// Its class.
    pub class: ClassRow,
    /// Who opened it.
    pub teacher: String,
    /// Its counts.
    pub counts: Counts,
}

/// Every open session, for administrators.
pub fn overview(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<OpenSession>> {
    ctx.need(Permission::ViewOverview, Target::Institution)?;
    let open = stored::open(tx)?;
    let mut items = Vec::with_capacity(open.len());
    for session in open {
        items.push(open_session(tx, session)?);
    }
    Ok(items)
}

/// One session for the overview.
pub fn open_session(tx: &mut ReadTx<'_>, session: SessionRow) -> Result<OpenSession> {
    let class = academics::class(tx, session.class)?.ok_or(Error::NotFound)?;
    let teacher = muster_storage::people::get(tx, session.opened_by)?.map(|row| row.name);
    let counts = counts(tx, &session)?;
    Ok(OpenSession { session, class, teacher: teacher.unwrap_or_default(), counts })
}
