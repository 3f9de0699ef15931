//! Tallies by student, session and term say the same, whatever changes them.

use super::{act, add, on_both};
use muster_domain::attendance::{Mode, Status, Tally};
use muster_domain::ids::{ClassId, PersonId, SessionId};
use muster_domain::time::Date;
use muster_storage::academics::{ClassRow, CourseRow, TermRow};
use muster_storage::sessions::SessionRow;
use muster_storage::{Result, Store, WriteTx, academics, analytics, sessions, tallies};
use muster_testkit::{Database, NOON};
use std::collections::BTreeMap;
use uuid::Uuid;

on_both!(tallies_agree_after_many_changes_at_once, those_most_often_absent_in_a_term_come_first,);

const STUDENTS: u128 = 12;
const CLASSES: u128 = 4;
/// The first two classes are of one term, the others of another.
const TERMS: u128 = 2;

fn id<I: From<Uuid>>(n: u128) -> I {
    Uuid::from_u128(n).into()
}

fn session(class: u128, n: u128) -> SessionRow {
    SessionRow {
        id: id(10_000 + class * 100 + n),
        class: id(1_000 + class),
        meeting: None,
        mode: Mode::InClass,
        methods: "manual".to_owned(),
        topic: None,
        late_from: NOON,
        opened_by: id(1),
        opened_at: NOON,
        ends_at: NOON,
        closed_at: Some(NOON),
        step_seconds: 10,
        version: 1,
        held_at: NOON,
    }
}

fn frame(tx: &mut WriteTx<'_>) -> Result<()> {
    for n in 0..TERMS {
        let name = format!("Term {n}");
        let (starts_on, ends_on) = (Date(0), Date(100));
        let term =
            TermRow { id: id(500 + n), name, starts_on, ends_on, archived_at: None, version: 1 };
        academics::insert_term(tx, &term)?;
    }
    let (code, name) = ("C1".to_owned(), "Course".to_owned());
    let course =
        CourseRow { id: id(900), code, name, credits: None, archived_at: None, version: 1 };
    academics::insert_course(tx, &course)?;
    for n in 0..CLASSES {
        let class = ClassRow {
            id: id(1_000 + n),
            course: course.id,
            course_code: String::new(),
            course_name: String::new(),
            term: id(500 + n / 2),
            term_name: String::new(),
            section: n.to_string(),
            room: None,
            duration_minutes: None,
            late_after_minutes: None,
            weights: None,
            archived_at: None,
            version: 1,
        };
        academics::insert_class(tx, &class)?;
        for held in 0..3 {
            let session = session(n, held);
            sessions::insert(tx, &session, &[0; 6])?;
        }
    }
    Ok(())
}

fn framed(database: &Database) -> Store {
    let store = database.open();
    for n in 1..=STUDENTS {
        add(&store, n).unwrap();
    }
    store.write(&act(1_000_000), frame).wait().unwrap();
    store
}

/// Changes of two sessions of different classes, as chance would have them.
fn changes(n: u128) -> Vec<(SessionRow, Vec<(PersonId, Tally)>)> {
    let sessions = [session(n % CLASSES, n % 3), session((n + 1) % CLASSES, n % 2)];
    let changes = sessions.map(|session| {
        let students = (1..=STUDENTS).filter(|student| !(student * 7 + n * 5).is_multiple_of(3));
        let changed = students.map(|student| {
            let mut tally = Tally::default();
            let status = (student * 31 + n * 17) % 4;
            let status = Status::ALL.into_iter().nth(status.try_into().unwrap()).unwrap();
            tally.add(status, if (student + n).is_multiple_of(5) { -1 } else { 2 });
            (id(student), tally)
        });
        // A student twice in one change counts twice.
        let changed: Vec<_> = changed.flat_map(|change| [change, change]).collect();
        (session, changed)
    });
    changes.to_vec()
}

fn sum(into: &mut Tally, tally: Tally) {
    for status in Status::ALL {
        into.add(status, tally.of(status));
    }
}

fn tallies_agree_after_many_changes_at_once(database: &Database) {
    let store = framed(database);
    let writes: Vec<_> = (0..60)
        .map(|n| {
            store.write(&act(2_000_000 + n), move |tx| {
                let changes = changes(n);
                let changes: Vec<_> =
                    changes.iter().map(|(session, changed)| (session, &changed[..])).collect();
                tallies::add_tallies_of(tx, &changes)
            })
        })
        .collect();
    for write in writes {
        write.wait().unwrap();
    }
    let mut by_class: BTreeMap<(ClassId, PersonId), Tally> = BTreeMap::new();
    let mut by_session: BTreeMap<SessionId, Tally> = BTreeMap::new();
    for (session, changed) in (0..60).flat_map(changes) {
        for (person, tally) in changed {
            sum(by_class.entry((session.class, person)).or_default(), tally);
            sum(by_session.entry(session.id).or_default(), tally);
        }
    }
    let read = store.read(move |tx| {
        for n in 0..CLASSES {
            let class = id(1_000 + n);
            for (person, tally) in tallies::tallies_of_class(tx, class)? {
                assert_eq!(Some(&tally), by_class.get(&(class, person)));
            }
            for row in tallies::sessions_of_class(tx, class)? {
                assert_eq!(Some(&row.tally()), by_session.get(&row.session));
            }
        }
        for student in (1..=STUDENTS).map(id) {
            let mut whole = Tally::default();
            for (_, tally) in tallies::tallies_of_person(tx, student)? {
                sum(&mut whole, tally);
            }
            let terms = tallies::tallies_of_terms(tx, student)?;
            assert_eq!(terms.len(), 2);
            let mut of_terms = Tally::default();
            for (_, tally) in terms {
                sum(&mut of_terms, tally);
            }
            assert_eq!(of_terms, whole);
        }
        Ok::<_, muster_storage::Error>(())
    });
    read.wait().unwrap();
}

fn those_most_often_absent_in_a_term_come_first(database: &Database) {
    let store = framed(database);
    let absent = |times| Tally { absent: times, ..Tally::default() };
    let write = store.write(&act(3_000_000), move |tx| {
        let first: Vec<_> =
            [(1, 1), (2, 4), (3, 0)].map(|(n, times)| (id(n), absent(times))).into();
        let second: Vec<_> = [(1, 2), (4, 5)].map(|(n, times)| (id(n), absent(times))).into();
        let elsewhere = [(id(5), absent(9))];
        tallies::add_tallies(tx, &session(0, 0), &first)?;
        tallies::add_tallies(tx, &session(1, 0), &second)?;
        tallies::add_tallies(tx, &session(2, 0), &elsewhere)
    });
    write.wait().unwrap();
    let found = store.read(|tx| analytics::absentees(tx, id(500), 10)).wait().unwrap();
    let found: Vec<_> = found.into_iter().map(|row| (row.person, row.absent)).collect();
    assert_eq!(found, [(id(4), 5), (id(2), 4), (id(1), 3)]);
}
