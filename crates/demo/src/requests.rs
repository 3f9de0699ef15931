//! What students of the demo asked for: corrections of marks in the demo teacher's classes, and
//! leave.

use crate::announcements::announcements;
use crate::classes::{Held, Taught};
use crate::records::Institution;
use crate::rng::Rng;
use muster_domain::attendance::Status;
use muster_domain::ids::{ClassId, NoticeId, PersonId};
use muster_domain::notices::NoticeKind;
use muster_domain::requests::RequestState;
use muster_domain::time::{Date, Span, Timestamp};
use muster_storage::announcements::AnnouncementRow;
use muster_storage::corrections::CorrectionRow;
use muster_storage::leaves::LeaveRow;
use muster_storage::notices::NoticeRow;
use muster_storage::sessions::MarkRow;
use std::collections::BTreeSet;

/// Reasons with what is wanted, and what was said to it where it is decided.
const CASES: &[(&str, Status, RequestState, &str)] = &[
    ("I was there, my phone had no power left.", Status::Present, RequestState::Asked, ""),
    ("I was at the doctor, the note is with the office.", Status::Excused, RequestState::Asked, ""),
    ("The code did not scan, I told you after class.", Status::Present, RequestState::Asked, ""),
    (
        "I overslept but came later.",
        Status::Late,
        RequestState::Refused,
        "You came after the break, when the register was closed.",
    ),
];

/// Why somebody is away, from which day and for how many, and how far it has come.
const LEAVES: &[(&str, i64, i64, RequestState)] = &[
    ("An operation on my knee.", 3, 7, RequestState::Asked),
    ("My sister marries abroad.", 10, 4, RequestState::Asked),
    ("Chess championship of the university.", 5, 2, RequestState::Approved),
];

/// A mark *absent* in a session of the demo's teacher not long ago.
struct Missed {
    mark: MarkRow,
    class: ClassId,
    opened_at: Timestamp,
}

/// What is found to ask for while classes pass by.
pub(crate) struct Requests<'a> {
    made: &'a Institution,
    now: Timestamp,
    teacher: Option<PersonId>,
    missed: Vec<Missed>,
    /// The latest class of the demo's teacher.
    class: Option<ClassId>,
}

impl<'a> Requests<'a> {
    pub fn of(made: &'a Institution, now: Timestamp) -> Self {
        let teacher = made.lettered('T').first().copied();
        Self { made, now, teacher, missed: Vec::new(), class: None }
    }

    /// Notes who missed what in a class, if the demo's teacher teaches it.
    pub fn look_at(&mut self, taught: &Taught) {
        if taught.grants.iter().all(|grant| Some(grant.person) != self.teacher) {
            return;
        }
        self.class = Some(taught.class.id);
        let since = self.now - Span::days(21);
        for Held { session, marks, .. } in &taught.sessions {
            let (class, opened_at) = (session.class, session.opened_at);
            let marks = marks.iter().filter(|mark| mark.status == Status::Absent);
            let marks = marks.filter(|_| opened_at > since);
            self.missed.extend(marks.map(|mark| Missed { mark: mark.clone(), class, opened_at }));
        }
    }

    /// What is announced.
    pub fn announcements(&self) -> Vec<AnnouncementRow> {
        announcements(self.made, self.class, self.now)
    }

    /// Corrections that students ask the demo's teacher for, and what both were told.
    pub fn corrections(&self) -> (Vec<CorrectionRow>, Vec<NoticeRow>) {
        let mut rng = Rng::new(7);
        let Some(teacher) = self.teacher else { return Default::default() };
        // The demo's student first, then one of each other student.
        let first = self.made.lettered('S').first().copied();
        let mut missed: Vec<&Missed> = self.missed.iter().collect();
        missed.sort_by_key(|missed| Some(missed.mark.person) != first);
        let mut seen = BTreeSet::new();
        missed.retain(|missed| seen.insert(missed.mark.person));
        let (mut rows, mut notices) = (Vec::new(), Vec::new());
        for (missed, case) in missed.into_iter().zip(CASES) {
            let row = correction(&mut rng, missed, case, teacher);
            let mut people = self.made.people.iter().map(|(person, _)| person);
            let person = people.find(|person| person.id == missed.mark.person);
            let name = person.map(|person| person.name.as_str()).unwrap_or_default();
            notices.push(notice(&row, name, teacher));
            rows.push(row);
        }
        (rows, notices)
    }

    /// Leave in the days to come, that a few students asked for.
    pub fn leaves(&self) -> Vec<LeaveRow> {
        let mut rng = Rng::new(9);
        let (now, today) = (self.now, self.now.0.div_euclid(Span::days(1).0));
        let registrar = self.made.lettered('R').first().copied();
        self.made
            .lettered('S')
            .into_iter()
            .zip(LEAVES)
            .map(|(student, (reason, first, days, state))| {
                let decided = *state != RequestState::Asked;
                LeaveRow {
                    id: rng.uuid().into(),
                    person: student,
                    name: String::new(),
                    number: String::new(),
                    starts_on: Date(today + first),
                    ends_on: Date(today + first + days - 1),
                    reason: (*reason).to_owned(),
                    attachment: None,
                    attachment_name: None,
                    state: *state,
                    asked_by: student,
                    asker: None,
                    asked_at: now - Span::hours(20),
                    decided_by: registrar.filter(|_| decided),
                    decider: None,
                    decided_at: decided.then(|| now - Span::hours(2)),
                    comment: decided.then(|| "Good luck!".to_owned()),
                    version: 1,
                }
            })
            .collect()
    }
}

fn correction(
    rng: &mut Rng,
    Missed { mark, class, opened_at }: &Missed,
    (reason, wanted, state, comment): &(&str, Status, RequestState, &str),
    teacher: PersonId,
) -> CorrectionRow {
    let (class, opened_at) = (*class, *opened_at);
    let asked_at = opened_at + Span::hours(3);
    let decided = *state != RequestState::Asked;
    CorrectionRow {
        id: rng.uuid().into(),
        session: mark.session,
        class,
        person: mark.person,
        name: String::new(),
        number: String::new(),
        course_code: String::new(),
        course_name: String::new(),
        section: String::new(),
        opened_at,
        was: Some(mark.status),
        wanted: *wanted,
        given: None,
        reason: (*reason).to_owned(),
        attachment: None,
        attachment_name: None,
        state: *state,
        asked_at,
        decided_by: decided.then_some(teacher),
        decider: None,
        decided_at: decided.then_some(asked_at + Span::hours(20)),
        comment: decided.then(|| (*comment).to_owned()),
        version: 1,
    }
}

/// What the teacher is told of a correction that waits, the student of one that is decided.
fn notice(row: &CorrectionRow, name: &str, teacher: PersonId) -> NoticeRow {
    let (person, kind, step, title) = if row.state == RequestState::Asked {
        let title = format!("{name} asks for a correction");
        (teacher, NoticeKind::CorrectionAsked, "asked", title)
    } else {
        let title = "Your correction was refused".to_owned();
        (row.person, NoticeKind::CorrectionDecided, "decided", title)
    };
    NoticeRow {
        id: NoticeId::of(person, &format!("correction/{}/{step}", row.id)),
        person,
        kind,
        title,
        body: row.comment.clone().unwrap_or_else(|| row.reason.clone()),
        link: Some(format!("/corrections/{}", row.id)),
        created_at: row.decided_at.unwrap_or(row.asked_at),
        read_at: None,
        version: 1,
    }
}
