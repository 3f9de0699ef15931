//! The classes of the demo with what happened in them, made one by one: ten million marks at once
//! would fill the memory.

use crate::records::{Institution, VERSION, is_current};
use crate::rng::Rng;
use crate::size::{Plan, Size, TermPlan};
use muster_domain::academics::EnrolmentStatus;
use muster_domain::attendance::{Method, Mode, Status, Tally};
use muster_domain::auth::{Grant, Role, Scope};
use muster_domain::ids::{ClassId, DeviceId, MarkId, MeetingId, PersonId, SessionId};
use muster_domain::time::{Date, Span, Timestamp};
use muster_domain::timetable::{Wanted, Weekday};
use muster_storage::Result;
use muster_storage::academics::{ClassRow, TermRow};
use muster_storage::enrolment::{EnrolmentRow, MeetingRow};
use muster_storage::patterns::PatternRow;
use muster_storage::people::GrantRow;
use muster_storage::sessions::{MarkRow, SessionRow};

/// A class and all that belongs to it.
pub(crate) struct Taught {
    pub class: ClassRow,
    pub grants: Vec<GrantRow>,
    pub places: Vec<EnrolmentRow>,
    /// What is not on the weekly pattern.
    pub meetings: Vec<MeetingRow>,
    pub pattern: PatternRow,
    pub weekly: Vec<(MeetingId, ClassId, Wanted)>,
    pub sessions: Vec<Held>,
}

/// A session that was held.
pub(crate) struct Held {
    pub session: SessionRow,
    pub marks: Vec<MarkRow>,
    pub tallies: Vec<(PersonId, Tally)>,
}

/// What is needed to make classes.
pub(crate) struct Classes<'a> {
    made: &'a Institution,
    plan: &'static Plan,
    size: Size,
    now: Timestamp,
    teachers: Vec<PersonId>,
    assistants: Vec<PersonId>,
    students: Vec<PersonId>,
}

/// A class in the making.
struct Draft {
    class: ClassRow,
    first: i64,
    weeks: i64,
    index: i64,
    teacher: PersonId,
    /// Students, each with how often they come: in a hundred sessions, late ones included.
    students: Vec<(PersonId, u64)>,
}

impl<'a> Classes<'a> {
    pub fn new(made: &'a Institution, size: Size, now: Timestamp) -> Self {
        let [teachers, assistants, students] = ['T', 'H', 'S'].map(|letter| made.lettered(letter));
        Self { made, plan: size.plan(), size, now, teachers, assistants, students }
    }

    /// Hands over each class of each term.
    pub fn each(&self, rng: &mut Rng, mut take: impl FnMut(Taught) -> Result<()>) -> Result<()> {
        for (term, plan) in &self.made.terms {
            let rosters = self.size.rosters(plan, rng);
            for (index, roster) in rosters.iter().enumerate() {
                take(self.one(rng, (term, plan), index, roster))?;
            }
        }
        Ok(())
    }

    fn one(
        &self,
        rng: &mut Rng,
        (term, plan): (&TermRow, &TermPlan),
        index: usize,
        roster: &[usize],
    ) -> Taught {
        let class = self.class(rng, term, index);
        let teacher = self.teachers.get(index % self.plan.teachers).copied();
        let teacher = teacher.unwrap_or_else(|| rng.uuid().into());
        // The first class is the teacher's alone; assistants help in the next ones.
        let assistant = self.assistants.get(index.wrapping_sub(1)).copied();
        let staff = [(Some(teacher), Role::Teacher), (assistant, Role::Assistant)];
        let staff = staff.into_iter().filter_map(|(person, role)| Some((person?, role)));
        let scope = Scope::Class(class.id);
        let grants = staff
            .map(|(person, role)| GrantRow::new(rng.uuid().into(), person, Grant { role, scope }));
        let grants = grants.collect();
        let students = roster.iter().filter_map(|place| {
            let habit = habit(*place, rng);
            self.students.get(*place).map(|person| (*person, habit))
        });
        let students: Vec<_> = students.collect();
        let places = places(rng, class.id, &students);
        let index = i64::try_from(index).unwrap_or_default();
        let (first, weeks) = (term.starts_on.0, plan.weeks);
        let draft = Draft { class, first, weeks, index, teacher, students };
        let (pattern, weekly, sessions) = self.weeks(rng, &draft);
        let mut meetings = Vec::new();
        if is_current(term, self.now) && index == 0 {
            // The demo's teacher has a class right now.
            let began = (self.now - Span::minutes(4)).whole_minute();
            meetings.push(meeting(rng, &draft.class, began));
        }
        Taught { class: draft.class, grants, places, meetings, pattern, weekly, sessions }
    }

    fn class(&self, rng: &mut Rng, term: &TermRow, index: usize) -> ClassRow {
        let courses = &self.made.courses;
        let course = courses.get(index % courses.len().max(1)).cloned();
        let (course, course_code, course_name) = course.map_or_else(
            || (rng.uuid().into(), String::new(), String::new()),
            |course| (course.id, course.code, course.name),
        );
        let section = (b'A'..=b'Z').nth(index / courses.len().max(1)).unwrap_or(b'Z');
        ClassRow {
            id: rng.uuid().into(),
            course,
            course_code,
            course_name,
            term: term.id,
            term_name: term.name.clone(),
            section: char::from(section).to_string(),
            room: Some(format!("Hall {}", index % self.plan.rooms + 1)),
            duration_minutes: None,
            late_after_minutes: None,
            weights: None,
            archived_at: None,
            version: VERSION,
        }
    }

    fn weeks(
        &self,
        rng: &mut Rng,
        draft: &Draft,
    ) -> (PatternRow, Vec<(MeetingId, ClassId, Wanted)>, Vec<Held>) {
        let Draft { first, weeks, index, .. } = *draft;
        let (day, hour) = (first + index % 5, 8 + index / 5 % 8);
        let pattern = pattern(rng, &draft.class, (day, hour), weeks);
        let (mut weekly, mut sessions) = (Vec::new(), Vec::new());
        for week in 0..weeks {
            let starts_at = Timestamp(Span::days(day + week * 7).0) + Span::hours(hour);
            let meeting = meeting(rng, &draft.class, starts_at);
            // Now and then nobody took the register.
            let forgotten = index % 8 == 0 && week % 9 == 8;
            if meeting.ends_at < self.now && !forgotten {
                sessions.push(held(rng, draft, &meeting, missing_more(index % 5, week)));
            }
            weekly.push(occurrence(&pattern, meeting));
        }
        (pattern, weekly, sessions)
    }
}

/// How often a student comes to a class, in a hundred sessions: most nearly always, some now and
/// then, and each class is liked a little more or less.
fn habit(student: usize, rng: &mut Rng) -> u64 {
    match student * 7 % 10 {
        0 => 45 + rng.below(30),
        1..=3 => 72 + rng.below(20),
        _ => 87 + rng.below(13),
    }
}

/// How much rarer everybody comes on that day of the week, and in that week of the term: Mondays
/// and Fridays are longer weekends, exams are half-way.
const fn missing_more(day: i64, week: i64) -> u64 {
    let day = match day {
        0 => 2,
        4 => 5,
        _ => 0,
    };
    let week = match week {
        0 | 1 => 0,
        6..=8 => 5,
        _ => 2,
    };
    day + week
}

fn places(rng: &mut Rng, class: ClassId, students: &[(PersonId, u64)]) -> Vec<EnrolmentRow> {
    let places = students.iter().enumerate().map(|(roll, (person, _))| EnrolmentRow {
        id: rng.uuid().into(),
        class,
        person: *person,
        name: String::new(),
        number: String::new(),
        roll_number: (roll + 1).to_string(),
        status: EnrolmentStatus::Active,
        in_use: true,
        version: VERSION,
    });
    places.collect()
}

fn held(rng: &mut Rng, draft: &Draft, meeting: &MeetingRow, missing_more: u64) -> Held {
    let opened_at = meeting.starts_at + Span::seconds(30);
    let ends_at = opened_at + Span::minutes(15);
    let session = SessionRow {
        id: SessionId(rng.uuid()),
        class: draft.class.id,
        meeting: Some(meeting.id),
        mode: Mode::InClass,
        methods: "qr code badge manual".to_owned(),
        topic: None,
        late_from: meeting.starts_at + Span::minutes(10),
        opened_by: draft.teacher,
        opened_at,
        ends_at,
        closed_at: Some(ends_at),
        step_seconds: 10,
        version: VERSION,
        held_at: meeting.starts_at,
    };
    let (mut marks, mut tallies) = (Vec::new(), Vec::new());
    for (person, habit) in &draft.students {
        let habit = habit.saturating_sub(missing_more);
        let status = match rng.below(100) {
            chance if chance + 6 < habit => Status::Present,
            chance if chance < habit => Status::Late,
            98.. => Status::Excused,
            _ => Status::Absent,
        };
        let mut tally = Tally::default();
        tally.add(status, 1);
        tallies.push((*person, tally));
        marks.push(mark(rng, &session, *person, status));
    }
    Held { session, marks, tallies }
}

fn meeting(rng: &mut Rng, class: &ClassRow, starts_at: Timestamp) -> MeetingRow {
    MeetingRow {
        id: rng.uuid().into(),
        class: class.id,
        starts_at,
        ends_at: starts_at + Span::minutes(50),
        room: class.room.clone(),
        cancelled_at: None,
        version: VERSION,
    }
}

/// The pattern behind a class's meetings.
fn pattern(rng: &mut Rng, class: &ClassRow, (first, hour): (i64, i64), weeks: i64) -> PatternRow {
    PatternRow {
        id: rng.uuid().into(),
        class: class.id,
        weekday: Weekday::of(Date(first)),
        starts_minute: hour * 60,
        ends_minute: hour * 60 + 50,
        room: None,
        first_on: Date(first),
        last_on: Date(first + (weeks - 1) * 7),
        version: VERSION,
    }
}

/// A meeting as its pattern makes it.
fn occurrence(pattern: &PatternRow, meeting: MeetingRow) -> (MeetingId, ClassId, Wanted) {
    let MeetingRow { id, class, starts_at, ends_at, room, .. } = meeting;
    let day = Date(starts_at.0.div_euclid(Span::days(1).0));
    (id, class, Wanted { occurrence: (pattern.id, day.monday()), starts_at, ends_at, room })
}

fn mark(rng: &mut Rng, session: &SessionRow, person: PersonId, status: Status) -> MarkRow {
    let seconds = i64::try_from(rng.below(500)).unwrap_or_default();
    let (method, at) = match status {
        Status::Present => (Method::Qr, session.opened_at + Span::seconds(seconds)),
        Status::Late => (Method::Code, session.late_from + Span::seconds(30 + seconds / 3)),
        Status::Excused => (Method::Manual, session.ends_at),
        Status::Absent => (Method::Filler, session.ends_at),
    };
    MarkRow {
        id: MarkId::of(session.id, person),
        session: session.id,
        person,
        status,
        method,
        marked_by: (method == Method::Manual).then_some(session.opened_by),
        at,
        step: None,
        device: method.is_own().then_some(DeviceId(person.0)),
        address: None,
        reason: None,
        version: VERSION,
    }
}
