//! The records of the demo, made in memory before any of them is written.

use crate::names::{COURSES, name};
use crate::portrait::portrait;
use crate::programmes::{curricula, programmes, studies};
use crate::rng::Rng;
use crate::role_of;
use muster_domain::academics::EnrolmentStatus;
use muster_domain::attendance::{Method, Mode, Status, Tally};
use muster_domain::auth::Role;
use muster_domain::ids::{ClassId, MarkId, MeetingId, PersonId, SessionId};
use muster_domain::time::{Date, Span, Timestamp};
use muster_domain::timetable::{Wanted, Weekday};
use muster_storage::academics::{ClassRow, CourseRow, TermRow};
use muster_storage::curriculum::CurriculumRow;
use muster_storage::enrolment::{EnrolmentRow, MeetingRow};
use muster_storage::holidays::HolidayRow;
use muster_storage::patterns::PatternRow;
use muster_storage::people::{GrantRow, PersonRow};
use muster_storage::photos::PhotoRow;
use muster_storage::programmes::{FacultyRow, ProgrammeRow};
use muster_storage::sessions::{MarkRow, SessionRow};
use muster_storage::students::StudentRow;

const STUDENTS: usize = 2_000;
const TEACHERS: usize = 30;
const ASSISTANTS: usize = 6;
const CLASSES: usize = 40;
/// Version of every row: earlier than anything that is done later.
pub(crate) const VERSION: i64 = 1;

/// Everything.
#[derive(Default)]
pub(crate) struct Institution {
    pub faculties: Vec<FacultyRow>,
    pub programmes: Vec<ProgrammeRow>,
    pub people: Vec<(PersonRow, PhotoRow)>,
    pub students: Vec<StudentRow>,
    pub grants: Vec<GrantRow>,
    pub terms: Vec<TermRow>,
    pub courses: Vec<CourseRow>,
    pub curriculum: Vec<CurriculumRow>,
    pub classes: Vec<ClassRow>,
    pub places: Vec<EnrolmentRow>,
    pub meetings: Vec<MeetingRow>,
    pub patterns: Vec<PatternRow>,
    pub weekly: Vec<(MeetingId, ClassId, Wanted)>,
    pub holidays: Vec<HolidayRow>,
    pub sessions: Vec<SessionRow>,
    pub marks: Vec<MarkRow>,
    pub tallies: Vec<(SessionRow, Vec<(PersonId, Tally)>)>,
}

/// A class in the making.
struct Draft {
    class: ClassRow,
    teacher: PersonId,
    students: Vec<PersonId>,
}

impl Institution {
    pub fn make(seed: u64, now: Timestamp) -> Self {
        let mut rng = Rng::new(seed);
        let mut made = Self::default();
        (made.faculties, made.programmes) = programmes(&mut rng);
        for (letter, count) in
            [('A', 1), ('R', 2), ('F', 1), ('T', TEACHERS), ('H', ASSISTANTS), ('S', STUDENTS)]
        {
            for index in 0..count {
                made.add_person(&mut rng, letter, index);
            }
        }
        made.add_courses(&mut rng);
        made.curriculum = curricula(&made.programmes, &made.courses);
        let today = now.0.div_euclid(Span::days(1).0);
        // The weekday of day 0 was a Thursday; terms begin on a Monday.
        let monday = today - (today + 3).rem_euclid(7);
        made.add_term(&mut rng, "Spring term", monday - 210, 14, now);
        made.add_term(&mut rng, "Autumn term", monday - 70, 16, now);
        made
    }

    fn add_person(&mut self, rng: &mut Rng, letter: char, index: usize) {
        let number = match letter {
            'S' => format!("S{:06}", index + 1),
            letter => format!("{letter}{:04}", index + 1),
        };
        let role = role_of(letter);
        let person = PersonRow {
            id: rng.uuid().into(),
            username: None,
            email: Some(format!("{}@northfield.example", number.to_lowercase())),
            name: name(rng),
            title: (role == Role::Teacher).then(|| "Dr".to_owned()),
            phone: None,
            programme: None,
            active: true,
            number,
            version: VERSION,
        };
        self.grants.push(GrantRow { id: rng.uuid().into(), person: person.id, role, class: None });
        if role == Role::Student {
            self.students.push(studies(rng, &person, &self.programmes));
        }
        let photo = portrait(rng);
        self.people.push((person, photo));
    }

    fn add_courses(&mut self, rng: &mut Rng) {
        self.courses.extend(COURSES.iter().map(|(code, name)| CourseRow {
            id: rng.uuid().into(),
            code: (*code).to_owned(),
            name: (*name).to_owned(),
            credits: Some(4),
            archived_at: None,
            version: VERSION,
        }));
    }

    fn add_term(&mut self, rng: &mut Rng, name: &str, first: i64, weeks: i64, now: Timestamp) {
        let year = 1970 + first / 365;
        let term = TermRow {
            id: rng.uuid().into(),
            name: format!("{name} {year}"),
            starts_on: Date(first),
            ends_on: Date(first + weeks * 7 - 3),
            archived_at: None,
            version: VERSION,
        };
        let current = first + weeks * 7 > now.0.div_euclid(Span::days(1).0);
        // Half the classes ran in the term before.
        let count = if current { CLASSES } else { CLASSES / 2 };
        for index in 0..count {
            let draft = self.draft(rng, &term, index, count);
            self.add_meetings(rng, &draft, index, weeks, now);
            if current && index == 0 {
                // The demo's teacher has a class right now.
                let starts_at = now - Span::minutes(4);
                self.meetings.push(meeting(rng, &draft.class, starts_at));
            }
            self.classes.push(draft.class);
        }
        if current {
            self.holidays.push(HolidayRow {
                id: rng.uuid().into(),
                name: "Winter break".to_owned(),
                first_on: Date(term.ends_on.0 + 3),
                last_on: Date(term.ends_on.0 + 16),
                version: VERSION,
            });
        }
        self.terms.push(term);
    }

    fn of(&self, role: Role) -> Vec<PersonRow> {
        let letter = |person: &PersonRow| person.number.chars().next().map(role_of);
        let people = self.people.iter().map(|(person, _)| person);
        people.filter(|person| letter(person) == Some(role)).cloned().collect()
    }

    fn draft(&mut self, rng: &mut Rng, term: &TermRow, index: usize, count: usize) -> Draft {
        let course = self.courses.get(index % self.courses.len().max(1)).cloned();
        let (course, course_code, course_name) = course.map_or_else(
            || (rng.uuid().into(), String::new(), String::new()),
            |course| (course.id, course.code, course.name),
        );
        let section = if index < COURSES.len() { "A" } else { "B" };
        let class = ClassRow {
            id: rng.uuid().into(),
            course,
            course_code,
            course_name,
            term: term.id,
            term_name: term.name.clone(),
            section: section.to_owned(),
            room: Some(format!("Hall {}", index % 12 + 1)),
            duration_minutes: None,
            weights: None,
            archived_at: None,
            version: VERSION,
        };
        let teachers = self.of(Role::Teacher);
        let teacher = teachers.get(index % TEACHERS).map(|person| person.id);
        let teacher = teacher.unwrap_or_else(|| rng.uuid().into());
        self.staff(rng, teacher, Role::Teacher, class.id);
        // The first class is the teacher's alone; assistants help in the next ones.
        if let Some(assistant) = self.of(Role::Assistant).get(index.wrapping_sub(1)) {
            let assistant = assistant.id;
            self.staff(rng, assistant, Role::Assistant, class.id);
        }
        let attends = |student: usize| {
            student % count == index || (count == CLASSES && (student * 7 + 3) % count == index)
        };
        let students = self.of(Role::Student);
        let students = students.into_iter().enumerate().filter(|(n, _)| attends(*n));
        let mut ids = Vec::new();
        for (roll, (_, student)) in students.enumerate() {
            ids.push(student.id);
            self.places.push(EnrolmentRow {
                id: rng.uuid().into(),
                class: class.id,
                person: student.id,
                name: student.name,
                number: student.number,
                roll_number: (roll + 1).to_string(),
                status: EnrolmentStatus::Active,
                version: VERSION,
            });
        }
        Draft { class, teacher, students: ids }
    }

    fn staff(&mut self, rng: &mut Rng, person: PersonId, role: Role, class: ClassId) {
        self.grants.push(GrantRow { id: rng.uuid().into(), person, role, class: Some(class) });
    }

    fn add_meetings(
        &mut self,
        rng: &mut Rng,
        draft: &Draft,
        index: usize,
        weeks: i64,
        now: Timestamp,
    ) {
        let index = i64::try_from(index).unwrap_or_default();
        let first = if weeks == 14 { 210 } else { 70 };
        let today = now.0.div_euclid(Span::days(1).0);
        let monday = today - (today + 3).rem_euclid(7) - first;
        let pattern = pattern(rng, &draft.class, monday + index % 5, 8 + index / 5 % 8, weeks);
        // Some students come almost always, some rarely.
        let habits: Vec<u64> = draft.students.iter().map(|_| 55 + rng.below(45)).collect();
        for week in 0..weeks {
            let day = Timestamp(Span::days(monday + week * 7 + index % 5).0);
            let starts_at = day + Span::hours(8 + index / 5 % 8);
            let meeting = meeting(rng, &draft.class, starts_at);
            // Now and then nobody took the register.
            let forgotten = index % 8 == 0 && week % 9 == 8;
            if meeting.ends_at < now && !forgotten {
                self.add_session(rng, draft, &meeting, &habits);
            }
            self.weekly.push(weekly(&pattern, meeting));
        }
        self.patterns.push(pattern);
    }

    fn add_session(&mut self, rng: &mut Rng, draft: &Draft, meeting: &MeetingRow, habits: &[u64]) {
        let opened_at = meeting.starts_at + Span::seconds(30);
        let ends_at = opened_at + Span::minutes(15);
        let session = SessionRow {
            id: SessionId(rng.uuid()),
            class: draft.class.id,
            meeting: Some(meeting.id),
            mode: Mode::InClass,
            methods: "qr code manual".to_owned(),
            topic: None,
            late_from: meeting.starts_at + Span::minutes(10),
            opened_by: draft.teacher,
            opened_at,
            ends_at,
            closed_at: Some(ends_at),
            step_seconds: 10,
            version: VERSION,
        };
        let mut tallies = Vec::new();
        for (person, habit) in draft.students.iter().zip(habits) {
            let status = match rng.below(100) {
                chance if chance + 6 < *habit => Status::Present,
                chance if chance < *habit => Status::Late,
                98.. => Status::Excused,
                _ => Status::Absent,
            };
            let mut tally = Tally::default();
            tally.add(status, 1);
            tallies.push((*person, tally));
            self.marks.push(mark(rng, &session, *person, status));
        }
        self.tallies.push((session.clone(), tallies));
        self.sessions.push(session);
    }
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
fn pattern(rng: &mut Rng, class: &ClassRow, first: i64, hour: i64, weeks: i64) -> PatternRow {
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
fn weekly(pattern: &PatternRow, meeting: MeetingRow) -> (MeetingId, ClassId, Wanted) {
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
        device: None,
        address: None,
        reason: None,
        version: VERSION,
    }
}
