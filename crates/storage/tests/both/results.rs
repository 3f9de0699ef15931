//! Results and their sheets, whichever way they are asked for.

use super::exams::{ASSESSMENT, TERM, examined};
use super::taught::{CLASS, who};
use super::{act, on_both};
use muster_domain::ids::{PersonId, ResultId, SheetId};
use muster_domain::results::{Points, Score, ScoreState};
use muster_storage::results::{self, CountRow, ResultRow, SheetRow, UntoldRow};
use muster_storage::{Error, Store};
use muster_testkit::{Database, NOON};
use uuid::Uuid;

fn sheet() -> SheetRow {
    SheetRow {
        id: SheetId::of(CLASS, ASSESSMENT),
        class: CLASS,
        assessment: ASSESSMENT,
        maximum: 20,
        weight: 2_000,
        published_by: None,
        published_at: None,
        withdrawal: None,
        version: 1,
    }
}

fn result(n: u128, state: ScoreState, points: Option<i64>) -> ResultRow {
    ResultRow {
        id: ResultId::of(CLASS, ASSESSMENT, who(n)),
        class: CLASS,
        assessment: ASSESSMENT,
        person: who(n),
        state,
        points,
        remark: None,
        entered_by: None,
        entered_at: NOON,
        version: 1,
    }
}

/// A sheet with the results of two students.
fn reached(store: &Store) {
    examined(store);
    let write = store.write(&act(51), |tx| {
        results::insert_sheet(tx, &sheet())?;
        let rows =
            [result(1, ScoreState::Scored, Some(1_450)), result(2, ScoreState::Absent, None)];
        results::insert_many(tx, &rows)
    });
    write.wait().unwrap();
}

fn results_are_found_by_class_and_person_and_counted(database: &Database) {
    let store = database.open();
    reached(&store);
    let (all, own, counts, enrolled) = store
        .read(|tx| {
            Ok::<_, Error>((
                results::of_class(tx, CLASS)?,
                results::of_person(tx, who(1))?,
                results::counts(tx, ASSESSMENT)?,
                results::enrolled(tx, TERM)?,
            ))
        })
        .wait()
        .unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(own.first().map(ResultRow::score), Some(Score::Points(Points(1_450))));
    assert_eq!(counts, [CountRow { class: CLASS, count: 2 }]);
    assert_eq!(enrolled, [CountRow { class: CLASS, count: 2 }]);
    let twice = store.write(&act(52), |tx| {
        let again = result(1, ScoreState::Exempt, None);
        results::insert_many(tx, &[ResultRow { id: ResultId(Uuid::from_u128(9)), ..again }])
    });
    assert!(matches!(twice.wait(), Err(Error::Conflict(_))));
}

fn a_change_meant_for_another_version_does_nothing(database: &Database) {
    let store = database.open();
    reached(&store);
    let write = store.write(&act(53), |tx| {
        let row = ResultRow { version: 2, ..result(1, ScoreState::Exempt, None) };
        let published = SheetRow { published_at: Some(NOON), version: 2, ..sheet() };
        Ok::<_, Error>([
            results::update(tx, &row, 9)?,
            results::update(tx, &row, 1)?,
            results::remove(tx, row.id, 1)?,
            results::remove(tx, row.id, 2)?,
            results::update_sheet(tx, &published, 9)?,
            results::update_sheet(tx, &published, 1)?,
        ])
    });
    assert_eq!(write.wait().unwrap(), [false, true, false, true, false, true]);
}

fn a_publication_is_told_in_parts_and_begins_anew(database: &Database) {
    let store = database.open();
    reached(&store);
    let nobody = PersonId(Uuid::nil());
    let id = sheet().id;
    let row = UntoldRow { id, sheet: id, published_at: NOON, after: nobody };
    let write = store.write(&act(54), move |tx| {
        results::insert_untold(tx, &[row])?;
        let first = results::people_of_sheet(tx, &sheet(), nobody, 1)?;
        assert_eq!(first, [who(1)]);
        assert!(results::advance_untold(tx, &row, who(1))?);
        assert!(!results::advance_untold(tx, &row, who(1))?);
        let rest = results::people_of_sheet(tx, &sheet(), who(1), 10)?;
        assert_eq!(rest, [who(2)]);
        results::insert_untold(tx, &[row])?;
        assert_eq!(results::first_untold(tx)?, Some(row));
        assert!(results::done_untold(tx, &row)?);
        results::first_untold(tx)
    });
    assert_eq!(write.wait().unwrap(), None);
}

on_both!(
    results_are_found_by_class_and_person_and_counted,
    a_change_meant_for_another_version_does_nothing,
    a_publication_is_told_in_parts_and_begins_anew,
);
