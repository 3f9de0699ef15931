//! What students of the demo asked for: corrections of marks in the demo teacher's classes, and
//! leave.

use crate::records::Institution;
use crate::rng::Rng;
use muster_domain::attendance::Status;
use muster_domain::ids::{ClassId, NoticeId, PersonId, SessionId};
use muster_domain::notices::NoticeKind;
use muster_domain::requests::RequestState;
use muster_domain::time::{Date, Span, Timestamp};
use muster_storage::corrections::CorrectionRow;
use muster_storage::leaves::LeaveRow;
use muster_storage::notices::NoticeRow;
use muster_storage::sessions::MarkRow;
use std::collections::{BTreeMap, BTreeSet};

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

/// Corrections that students ask the demo's teacher for, and what both were told.
pub(crate) fn corrections(
    made: &Institution,
    now: Timestamp,
) -> (Vec<CorrectionRow>, Vec<NoticeRow>) {
    let mut rng = Rng::new(7);
    let number = |wanted: &str| {
        let mut people = made.people.iter().map(|(person, _)| person);
        people.find(|person| person.number == wanted).map(|person| person.id)
    };
    let Some(teacher) = number("T0001") else { return Default::default() };
    let first = number("S000001");
    let taught: BTreeSet<ClassId> = made
        .grants
        .iter()
        .filter(|grant| grant.person == teacher)
        .filter_map(|grant| grant.class)
        .collect();
    let recent: BTreeMap<SessionId, (ClassId, Timestamp)> = made
        .sessions
        .iter()
        .filter(|session| taught.contains(&session.class))
        .filter(|session| session.opened_at > now - Span::days(21))
        .map(|session| (session.id, (session.class, session.opened_at)))
        .collect();
    let mut missed: Vec<&MarkRow> = made
        .marks
        .iter()
        .filter(|mark| mark.status == Status::Absent && recent.contains_key(&mark.session))
        .collect();
    // The demo's student first, then one of each other student.
    missed.sort_by_key(|mark| Some(mark.person) != first);
    let mut seen = BTreeSet::new();
    missed.retain(|mark| seen.insert(mark.person));
    let (mut rows, mut notices) = (Vec::new(), Vec::new());
    for (mark, case) in missed.into_iter().zip(CASES) {
        let Some((class, opened_at)) = recent.get(&mark.session).copied() else { continue };
        let row = correction(&mut rng, mark, (class, opened_at), case, teacher);
        let person = made.people.iter().find(|(person, _)| person.id == mark.person);
        let name = person.map(|(person, _)| person.name.as_str()).unwrap_or_default();
        notices.push(notice(&row, name, teacher));
        rows.push(row);
    }
    (rows, notices)
}

/// Why somebody is away, from which day and for how many, and how far it has come.
const LEAVES: &[(&str, i64, i64, RequestState)] = &[
    ("An operation on my knee.", 3, 7, RequestState::Asked),
    ("My sister marries abroad.", 10, 4, RequestState::Asked),
    ("Chess championship of the university.", 5, 2, RequestState::Approved),
];

/// Leave in the days to come, that a few students asked for.
pub(crate) fn leaves(made: &Institution, now: Timestamp) -> Vec<LeaveRow> {
    let mut rng = Rng::new(9);
    let today = now.0.div_euclid(Span::days(1).0);
    let person = |letter: char| {
        let people = made.people.iter().map(|(person, _)| person);
        people.filter(move |person| person.number.starts_with(letter))
    };
    let registrar = person('R').next().map(|person| person.id);
    person('S')
        .zip(LEAVES)
        .map(|(student, (reason, first, days, state))| {
            let decided = *state != RequestState::Asked;
            LeaveRow {
                id: rng.uuid().into(),
                person: student.id,
                name: String::new(),
                number: String::new(),
                starts_on: Date(today + first),
                ends_on: Date(today + first + days - 1),
                reason: (*reason).to_owned(),
                attachment: None,
                attachment_name: None,
                state: *state,
                asked_by: student.id,
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

fn correction(
    rng: &mut Rng,
    mark: &MarkRow,
    (class, opened_at): (ClassId, Timestamp),
    (reason, wanted, state, comment): &(&str, Status, RequestState, &str),
    teacher: PersonId,
) -> CorrectionRow {
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
