//! Sittings, holds and dockets, whichever way they are asked for.

use super::taught::{CLASS, taught, who};
use super::{act, on_both};
use muster_domain::academics::EnrolmentStatus;
use muster_domain::batches::{BatchKind, Outcome};
use muster_domain::ids::{AssessmentId, BatchId, DocketId, EnrolmentId, HoldId, SittingId, TermId};
use muster_domain::time::{Span, Timestamp};
use muster_storage::assessments::{self, AssessmentRow};
use muster_storage::batches::{self, BatchRow};
use muster_storage::dockets::{self, DocketRow};
use muster_storage::enrolment::{self, EnrolmentRow};
use muster_storage::holds::{self, HoldRow};
use muster_storage::points;
use muster_storage::sittings::{self, Search, SittingRow};
use muster_storage::{Error, Store, WriteTx};
use muster_testkit::{Database, NOON};
use uuid::Uuid;

pub(super) const TERM: TermId = TermId(Uuid::from_u128(102));
pub(super) const ASSESSMENT: AssessmentId = AssessmentId(Uuid::from_u128(950));

fn id(n: u128) -> SittingId {
    SittingId(Uuid::from_u128(n))
}

fn sitting(n: u128, hours: i64) -> SittingRow {
    SittingRow {
        id: id(n),
        assessment: ASSESSMENT,
        assessment_code: "CA1".to_owned(),
        class: CLASS,
        course_code: "MA201".to_owned(),
        course_name: "Linear Algebra".to_owned(),
        section: "A".to_owned(),
        starts_at: NOON + Span::hours(hours),
        ends_at: NOON + Span::hours(hours + 2),
        rooms: "Hall A; B 12".to_owned(),
        version: 1,
    }
}

/// An assessment, and two students in the class.
pub(super) fn examined(store: &Store) {
    taught(store);
    let write = store.write(&act(50), |tx| {
        let row = AssessmentRow {
            id: ASSESSMENT,
            term: TERM,
            code: "CA1".to_owned(),
            name: "Continuous assessment 1".to_owned(),
            required_share: 2_000,
            position: 1,
            active: true,
            version: 1,
        };
        assessments::insert(tx, &row)?;
        for n in [1, 2] {
            let row = EnrolmentRow {
                id: EnrolmentId(Uuid::from_u128(960 + n)),
                class: CLASS,
                person: who(n),
                name: String::new(),
                number: String::new(),
                roll_number: n.to_string(),
                status: EnrolmentStatus::Active,
                in_use: true,
                version: 1,
            };
            enrolment::insert(tx, &row, NOON)?;
        }
        Ok::<_, Error>(())
    });
    write.wait().unwrap();
}

fn sittings_are_found_by_time_and_course_and_clash_where_they_overlap(database: &Database) {
    let store = database.open();
    examined(&store);
    let [first, last, second] = [sitting(1, 0), sitting(2, 5), sitting(3, 1)];
    let all = vec![first.clone(), last.clone(), second.clone()];
    let expected = [first, second, last];
    store.write(&act(51), move |tx| sittings::insert_many(tx, &all)).wait().unwrap();
    let search = Search {
        assessment: ASSESSMENT,
        course: String::new(),
        from: Timestamp(i64::MIN),
        until: Timestamp(i64::MAX),
        after: (Timestamp(i64::MIN), id(0)),
        limit: 9,
    };
    let listed = |search: Search| store.read(move |tx| sittings::list(tx, &search)).wait().unwrap();
    assert_eq!(listed(search.clone()), expected);
    let after = (expected[0].starts_at, expected[0].id);
    assert_eq!(listed(Search { after, ..search.clone() }), expected[1..]);
    assert_eq!(listed(Search { course: "ma2".to_owned(), ..search.clone() }), expected);
    assert_eq!(listed(Search { course: "ma3".to_owned(), ..search.clone() }), []);
    let (from, until) = (NOON + Span::hours(1), NOON + Span::hours(5));
    assert_eq!(listed(Search { from, until, ..search }), expected[1..2]);
    // From half an hour into the first on, until before the last begins.
    let span = (NOON + Span::minutes(30), NOON + Span::hours(5));
    let near = store.read(move |tx| sittings::beginning(tx, span)).wait().unwrap();
    assert_eq!(near.iter().map(|row| row.id).collect::<Vec<_>>(), [id(3)]);
    let class = expected[0].class;
    let mut students = store.read(move |tx| sittings::students(tx, &[class])).wait().unwrap();
    students.sort();
    assert_eq!(students, [(class, who(1)), (class, who(2))]);
    let clashing = store.read(|tx| sittings::clashing(tx, id(1), 9)).wait().unwrap();
    let clashing: Vec<_> = clashing.iter().map(|row| (row.person, row.other)).collect();
    assert_eq!(clashing.len(), 2);
    assert!(clashing.iter().all(|(_, other)| *other == id(3)), "{clashing:?}");
    let end = store.read(|tx| sittings::last_end(tx, ASSESSMENT)).wait().unwrap();
    assert_eq!(end, Some(NOON + Span::hours(7)));
    let twice = store.write(&act(52), |tx| sittings::insert_many(tx, &[sitting(4, 0)])).wait();
    assert!(matches!(twice, Err(Error::Conflict(_))), "{twice:?}");
}

fn rooms_are_assigned_in_place_of_those_before_and_go_with_the_sitting(database: &Database) {
    let store = database.open();
    examined(&store);
    let write = store.write(&act(51), |tx| {
        sittings::insert_many(tx, &[sitting(1, 0)])?;
        let both = [(who(1), "Hall A".to_owned()), (who(2), "B 12".to_owned())];
        sittings::put_places(tx, id(1), &both)?;
        sittings::put_place(tx, id(1), who(2), Some("Hall A"))
    });
    write.wait().unwrap();
    let rooms = || -> Vec<_> {
        let rows = store.read(|tx| sittings::sitters(tx, id(1))).wait().unwrap();
        rows.into_iter().map(|row| (row.person, row.room)).collect()
    };
    let hall = Some("Hall A".to_owned());
    assert_eq!(rooms(), [(who(1), hall.clone()), (who(2), hall.clone())]);
    store.write(&act(52), |tx| sittings::put_place(tx, id(1), who(1), None)).wait().unwrap();
    assert_eq!(rooms(), [(who(1), None), (who(2), hall.clone())]);
    let both = [who(1), who(2), who(3)];
    let papers = store.read(move |tx| sittings::papers(tx, &both, ASSESSMENT, TERM));
    let papers = papers.wait().unwrap();
    let mut found: Vec<_> = papers.iter().map(|row| (row.person, row.room.clone())).collect();
    found.sort();
    assert_eq!(found, [(who(1), None), (who(2), hall)]);
    assert!(papers.iter().all(|row| row.sitting == Some(id(1))));
    assert!(!store.write(&act(53), |tx| sittings::remove(tx, id(1), 7)).wait().unwrap());
    assert!(store.write(&act(54), |tx| sittings::remove(tx, id(1), 1)).wait().unwrap());
    let papers = store.read(|tx| sittings::papers(tx, &[who(1)], ASSESSMENT, TERM));
    let papers: Vec<_> = papers.wait().unwrap().iter().map(|row| row.sitting).collect();
    assert_eq!(papers, [None]);
}

fn rooms_are_points_as_long_as_their_sitting_names_them(database: &Database) {
    let store = database.open();
    examined(&store);
    store.write(&act(51), |tx| sittings::insert_many(tx, &[sitting(1, 0)])).wait().unwrap();
    let standing = || -> Vec<(String, bool)> {
        let rows = store.read(|tx| points::of_scope(tx, id(1).0)).wait().unwrap();
        assert!(rows.iter().all(|row| row.scope_name == "CA1: MA201 A"), "{rows:?}");
        rows.into_iter().map(|row| (row.name, row.archived_at.is_none())).collect()
    };
    let named = |name: &str, used: bool| (name.to_owned(), used);
    assert_eq!(standing(), [named("B 12", true), named("Hall A", true)]);
    let offered = |hours: i64| {
        let span = (NOON - Span::hours(1), NOON + Span::hours(1));
        let read = store.read(move |tx| points::rooms(tx, span, NOON + Span::hours(hours)));
        read.wait().unwrap().len()
    };
    assert_eq!((offered(2), offered(3)), (2, 0));
    let rooms = |n: u128, rooms: &str| {
        let seen = i64::try_from(n).unwrap();
        let row = SittingRow { rooms: rooms.to_owned(), version: seen + 1, ..sitting(1, 0) };
        let update = move |tx: &mut WriteTx<'_>| sittings::update(tx, &row, seen);
        assert!(store.write(&act(60 + n), update).wait().unwrap());
    };
    rooms(1, "b 12; Annex");
    assert_eq!(standing(), [named("Annex", true), named("b 12", true), named("Hall A", false)]);
    rooms(2, "Hall A");
    assert_eq!(standing(), [named("Annex", false), named("b 12", false), named("Hall A", true)]);
    assert!(store.write(&act(70), |tx| sittings::remove(tx, id(1), 3)).wait().unwrap());
    assert_eq!(standing(), []);
}

fn hold(n: u128, person: u128, ago: i64) -> HoldRow {
    HoldRow {
        id: HoldId(Uuid::from_u128(n)),
        person: who(person),
        name: String::new(),
        number: String::new(),
        reason: format!("Reason {n}"),
        placed_by: Some(who(5)),
        placer: None,
        placed_at: NOON - Span::hours(ago),
        lifted_by: None,
        lifter: None,
        lifted_at: None,
        lifting_reason: None,
        version: 1,
    }
}

fn holds_stand_until_they_are_lifted_once(database: &Database) {
    let store = database.open();
    examined(&store);
    let write = store.write(&act(51), |tx| {
        [hold(1, 1, 3), hold(2, 1, 2), hold(3, 2, 1)]
            .iter()
            .try_for_each(|row| holds::insert(tx, row))
    });
    write.wait().unwrap();
    let found = |all, before| -> Vec<u128> {
        let rows = store.read(move |tx| holds::list(tx, all, before, 9)).wait().unwrap();
        rows.iter().map(|row| row.id.0.as_u128()).collect()
    };
    let first = (Timestamp(i64::MAX), HoldId(Uuid::max()));
    assert_eq!(found(false, first), [3, 2, 1]);
    assert_eq!(found(false, (NOON - Span::hours(1), HoldId(Uuid::from_u128(3)))), [2, 1]);
    let lifted = HoldRow { lifted_at: Some(NOON), version: 2, ..hold(1, 1, 3) };
    let again = lifted.clone();
    assert!(store.write(&act(52), move |tx| holds::lift(tx, &lifted)).wait().unwrap());
    assert!(!store.write(&act(53), move |tx| holds::lift(tx, &again)).wait().unwrap());
    assert_eq!((found(false, first), found(true, first)), (vec![3, 2], vec![3, 2, 1]));
    let asked = [who(1), who(2), who(3)];
    let standing = store.read(move |tx| holds::standing(tx, &asked)).wait().unwrap();
    let mut standing: Vec<_> =
        standing.iter().map(|row| (row.person, row.reason.as_str())).collect();
    standing.sort_unstable();
    assert_eq!(standing, [(who(1), "Reason 2"), (who(2), "Reason 3")]);
    let own = store.read(|tx| holds::of_person(tx, who(1))).wait().unwrap();
    assert_eq!(own.iter().map(|row| row.id.0.as_u128()).collect::<Vec<_>>(), [2, 1]);
}

fn a_docket_is_one_for_a_person_and_an_assessment(database: &Database) {
    let store = database.open();
    examined(&store);
    let docket = |person| DocketRow {
        id: DocketId::of(who(person), ASSESSMENT),
        person: who(person),
        assessment: ASSESSMENT,
        issue: 1,
        issued_by: None,
        issued_at: NOON,
        valid_from: NOON,
        valid_until: NOON + Span::days(9),
        version: 1,
    };
    let both = [docket(1), docket(2)];
    store.write(&act(51), move |tx| dockets::insert_many(tx, &both)).wait().unwrap();
    let asked = [1, 2, 3].map(|n| DocketId::of(who(n), ASSESSMENT));
    let found = store.read(move |tx| dockets::get_many(tx, &asked)).wait().unwrap();
    assert_eq!(found.len(), 2);
    let next = DocketRow { issue: 2, version: 2, ..docket(1) };
    let stored = next.clone();
    assert!(store.write(&act(52), move |tx| dockets::update(tx, &stored, 1)).wait().unwrap());
    let stale = next.clone();
    assert!(!store.write(&act(53), move |tx| dockets::update(tx, &stale, 1)).wait().unwrap());
    let now = store.read(|tx| dockets::of_person(tx, who(1))).wait().unwrap();
    assert_eq!(now, [next]);
}

fn of_two_workers_at_a_batch_one_goes_on(database: &Database) {
    let store = database.open();
    examined(&store);
    let batch = BatchRow {
        id: BatchId(Uuid::from_u128(970)),
        kind: BatchKind::Docket,
        assessment: Some(ASSESSMENT),
        class: Some(CLASS),
        programme: None,
        year: None,
        total: 2,
        done: 0,
        issued: 0,
        kept: 0,
        refused: 0,
        asked_by: who(5),
        asked_at: NOON,
        ended_at: None,
        failure: None,
    };
    let (id, row) = (batch.id, batch.clone());
    let people = [who(1), who(2)];
    store.write(&act(51), move |tx| batches::insert(tx, &row, &people)).wait().unwrap();
    assert_eq!(store.read(batches::working).wait().unwrap(), Some(batch.clone()));
    let after = BatchRow { done: 2, issued: 1, refused: 1, ended_at: Some(NOON), ..batch.clone() };
    let (before, now) = (batch.clone(), after.clone());
    let step = store.write(&act(52), move |tx| {
        let outcomes =
            [(0, Outcome::Issued, None), (1, Outcome::Refused, Some("On hold".to_owned()))];
        batches::update_people(tx, before.id, &outcomes)?;
        batches::update(tx, &before, &now)
    });
    assert!(step.wait().unwrap());
    let late = store.write(&act(53), move |tx| batches::update(tx, &batch, &after));
    assert!(!late.wait().unwrap());
    assert_eq!(store.read(batches::working).wait().unwrap(), None);
    let refused = Some(Outcome::Refused);
    let people = store.read(move |tx| batches::people(tx, id, refused, 0, 9));
    let people: Vec<_> =
        people.wait().unwrap().into_iter().map(|row| (row.person, row.reasons)).collect();
    assert_eq!(people, [(who(2), Some("On hold".to_owned()))]);
    let printable = store.read(move |tx| batches::printable(tx, id, 0, 9)).wait().unwrap();
    assert_eq!(printable.iter().map(|row| row.person).collect::<Vec<_>>(), [who(1)]);
}

on_both!(
    sittings_are_found_by_time_and_course_and_clash_where_they_overlap,
    rooms_are_assigned_in_place_of_those_before_and_go_with_the_sitting,
    rooms_are_points_as_long_as_their_sitting_names_them,
    holds_stand_until_they_are_lifted_once,
    a_docket_is_one_for_a_person_and_an_assessment,
    of_two_workers_at_a_batch_one_goes_on,
);
