//! What is presented at points: recorded once, found by what it was, counted, taken back once.

use super::{act, add, on_both};
use muster_domain::ids::{PersonId, PointId, RedemptionId};
use muster_domain::time::{Span, Timestamp};
use muster_domain::verification::{Direction, PointKind, VerdictKind};
use muster_storage::points::{self, PointRow};
use muster_storage::redemptions::{self, Ended, PointCounts, RedemptionRow, Wanted};
use muster_storage::{Error, Store, WriteTx};
use muster_testkit::{Database, NOON};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use uuid::Uuid;

pub(super) const PLACE: Uuid = Uuid::from_u128(50);
pub(super) const GATE: PointId = PointId(Uuid::from_u128(51));
pub(super) const WHO: PersonId = PersonId(Uuid::from_u128(7));

pub(super) fn row(n: u128, verdict: VerdictKind) -> RedemptionRow {
    RedemptionRow {
        id: RedemptionId(Uuid::from_u128(100 + n)),
        point: GATE,
        point_name: "North".to_owned(),
        scope: PLACE,
        nonce: format!("scan {n}"),
        kind: None,
        record: None,
        holder: None,
        type_name: None,
        direction: Direction::Entry,
        people: 2,
        verdict,
        admitted: verdict == VerdictKind::Admit,
        overridden: None,
        remaining: Some(0),
        previous: None,
        moment: None,
        remark: None,
        scanned_at: NOON + Span::minutes(i64::try_from(n).unwrap()),
        received_at: NOON,
        clock_off: None,
        ended_since: false,
        person: WHO,
        person_name: "Person 7".to_owned(),
        device: None,
        address: String::new(),
        undone_at: None,
        undone_by: None,
        undone_reason: None,
    }
}

pub(super) fn with_gate(database: &Database) -> Store {
    let store = database.open();
    add(&store, 7).unwrap();
    let write = store.write(&act(1), |tx| {
        let row = PointRow {
            id: GATE,
            kind: PointKind::Gate,
            scope: PLACE,
            scope_name: String::new(),
            name: "North".to_owned(),
            name_folded: "north".to_owned(),
            archived_at: None,
            version: 1,
        };
        points::insert_many(tx, std::slice::from_ref(&row))?;
        assert_eq!(points::of_scope(tx, PLACE)?, [row]);
        Ok::<_, Error>(())
    });
    write.wait().unwrap();
    store
}

pub(super) fn written<T: Send + 'static>(
    store: &Store,
    n: u128,
    write: impl Fn(&mut WriteTx<'_>) -> Result<T, Error> + Send + 'static,
) -> T {
    store.write(&act(n), write).wait().unwrap()
}

fn whoever_is_second_with_a_scan_decides_anew(database: &Database) {
    let store = with_gate(database);
    written(&store, 2, |tx| redemptions::insert_many(tx, &[&row(1, VerdictKind::Admit)]));
    let runs = Arc::new(AtomicU32::new(0));
    let counted = runs.clone();
    let sent = store.write(&act(3), move |tx| {
        if counted.fetch_add(1, Ordering::Relaxed) == 0 {
            let same = RedemptionRow { nonce: "scan 1".to_owned(), ..row(3, VerdictKind::Revoked) };
            redemptions::insert_many(tx, &[&row(2, VerdictKind::Admit), &same])?;
        }
        Ok::<_, Error>(())
    });
    // SQLite has one writer: nobody is faster there, and the closure runs once.
    assert_eq!(sent.wait().is_ok(), runs.load(Ordering::Relaxed) == 2);
    let asked = [(GATE, "scan 1"), (GATE, "scan 2")];
    let found = written(&store, 4, move |tx| redemptions::by_nonces(tx, &asked));
    assert_eq!(found, [row(1, VerdictKind::Admit)], "nothing of the lot is there");
}

fn scans_are_found_in_order_and_by_what_became_of_them(database: &Database) {
    let store = with_gate(database);
    let ids = |wanted: Wanted| {
        written(&store, 3, move |tx| {
            let end = (Timestamp(i64::MAX), RedemptionId(Uuid::max()));
            let rows = redemptions::list(tx, PLACE, &wanted, (end, 10))?;
            Ok(rows.iter().map(|row| row.id.0.as_u128() - 100).collect::<Vec<_>>())
        })
    };
    written(&store, 2, |tx| {
        redemptions::insert_many(tx, &[&row(2, VerdictKind::AlreadyUsed)])?;
        redemptions::insert_many(tx, &[&row(1, VerdictKind::Admit)])?;
        redemptions::insert_many(tx, &[&row(3, VerdictKind::Admit)])?;
        let once = redemptions::undo(tx, row(3, VerdictKind::Admit).id, (NOON, WHO, "wrong"))?;
        let twice = redemptions::undo(tx, row(3, VerdictKind::Admit).id, (NOON, WHO, "again"))?;
        assert_eq!((once, twice), (true, false));
        Ok(())
    });
    assert_eq!(ids(Wanted::default()), [3, 2, 1]);
    let ended = |ended| Wanted { ended: Some(ended), ..Wanted::default() };
    assert_eq!(ids(ended(Ended::Admitted)), [1]);
    assert_eq!(ids(ended(Ended::Refused)), [2]);
    assert_eq!(ids(ended(Ended::Undone)), [3]);
    let verdict = Some(VerdictKind::AlreadyUsed);
    assert_eq!(ids(Wanted { verdict, ..Wanted::default() }), [2]);
    let point = Some(PointId(Uuid::from_u128(999)));
    assert_eq!(ids(Wanted { point, ..Wanted::default() }), [0; 0]);
    let counts = written(&store, 4, |tx| redemptions::counts(tx, PLACE));
    assert_eq!(counts, [PointCounts { point: Some(GATE), entries: 2, exits: 0, refused: 1 }]);
    let whiles = written(&store, 5, |tx| redemptions::whiles(tx, PLACE));
    assert_eq!(whiles.iter().map(|one| one.people).collect::<Vec<_>>(), [2]);
}

on_both!(
    whoever_is_second_with_a_scan_decides_anew,
    scans_are_found_in_order_and_by_what_became_of_them,
);
