//! A node that replicates: its entries tell all that its tables hold.

use super::{act, add, on_both, person};
use muster_domain::ids::{CourseId, MarkId, PersonId};
use muster_domain::time::{Date, Timestamp};
use muster_journal::Change;
use muster_storage::academics::{self, CourseRow};
use muster_storage::journal::{self, Filter, JournalRow};
use muster_storage::replication::tables::{self, At, Fields, Written, table_of};
use muster_storage::replication::{self, Untold};
use muster_storage::{Act, Error, Store, people};
use muster_testkit::{Database, NOON};
use serde_json::{Value, json};
use uuid::Uuid;

on_both!(
    a_node_alone_leaves_its_entries_as_they_are,
    a_new_record_is_told_wholly,
    a_change_tells_what_else_the_row_says,
    a_change_without_an_entry_of_its_own_is_told_beside_it,
    what_was_there_before_is_told_in_parts,
    a_record_that_vanished_is_told_to_be_gone,
    what_is_there_again_is_told_so,
    a_refused_act_tells_nothing,
    acts_of_one_transaction_follow_each_other,
    a_mark_is_told_wholly_and_found_again,
);

fn begin(store: &Store) {
    store.write(&act(90), replication::begin).wait().unwrap();
}

fn untold(store: &Store) -> Vec<Untold> {
    store.read(|tx| replication::untold(tx, 100)).wait().unwrap()
}

fn entries(store: &Store) -> Vec<JournalRow> {
    let filter = Filter { limit: 1_000, ..Filter::default() };
    let mut rows = store.read(move |tx| journal::browse(tx, &filter)).wait().unwrap();
    rows.reverse();
    rows
}

fn after(row: &JournalRow) -> Value {
    serde_json::from_str(row.after.as_deref().unwrap_or("null")).unwrap()
}

fn course(code: &str, version: i64) -> CourseRow {
    CourseRow {
        id: CourseId(Uuid::from_u128(70)),
        code: code.to_owned(),
        name: "Computing".to_owned(),
        credits: Some(4),
        archived_at: None,
        version,
    }
}

fn a_node_alone_leaves_its_entries_as_they_are(database: &Database) {
    let store = database.open();
    add(&store, 1).unwrap();
    let rows = entries(&store);
    assert_eq!((rows.len(), rows[0].after.as_deref()), (1, None));
    assert_eq!(untold(&store).len(), 1);
}

fn a_new_record_is_told_wholly(database: &Database) {
    let store = database.open();
    begin(&store);
    add(&store, 1).unwrap();
    let rows = entries(&store);
    let told = json!({"active": true, "created_at": 0, "name": "Person 1", "number": "N1"});
    assert_eq!((rows.len(), after(&rows[0])), (1, told));
    assert_eq!(untold(&store), []);
}

fn a_change_tells_what_else_the_row_says(database: &Database) {
    let store = database.open();
    begin(&store);
    add(&store, 1).unwrap();
    let write = store.write(&act(2), |tx| {
        let row = people::PersonRow { name: "Ada".to_owned(), version: tx.version(), ..person(1) };
        assert!(people::update(tx, &row, 1)?);
        let change = Change::new("person.change", "person", row.id);
        tx.journal(change.changed(&json!({"active": true}), &json!({"active": false}), 1))
    });
    write.wait().unwrap();
    assert_eq!(untold(&store), []);
    let rows = entries(&store);
    // The act said that the person is no longer active; the row says otherwise.
    assert_eq!(after(&rows[1]), json!({"active": true, "name": "Ada"}));
}

fn a_change_without_an_entry_of_its_own_is_told_beside_it(database: &Database) {
    let store = database.open();
    begin(&store);
    add(&store, 1).unwrap();
    let write = store.write(&act(2), |tx| {
        let person = PersonId(Uuid::from_u128(1));
        muster_storage::leaderboard::join(tx, person, Timestamp(77))?;
        tx.journal(Change::new("leaderboard.choose", "person", person))
    });
    write.wait().unwrap();
    let rows = entries(&store);
    assert_eq!(rows[2].action, "person.restate");
    assert_eq!(after(&rows[2]), json!({"leaderboard_since": 77}));
    assert_eq!(untold(&store), []);
}

fn what_was_there_before_is_told_in_parts(database: &Database) {
    let store = database.open();
    for n in 1..=7 {
        add(&store, n).unwrap();
    }
    store.write(&act(50), |tx| academics::insert_course(tx, &course("C", 3))).wait().unwrap();
    begin(&store);
    assert_eq!(untold(&store).len(), 8);
    let (mut parts, mut last) = (0, None);
    loop {
        // A node that was off meanwhile goes on where it was.
        let store = database.open();
        parts += 1;
        let far = store.read(replication::restated).wait().unwrap();
        assert!(far.is_some() && far.map(|far| far.records) >= last, "{far:?} after {last:?}");
        last = far.map(|far| far.records);
        let more = store.write(&act(100 + parts), |tx| replication::restate(tx, 3)).wait().unwrap();
        if !more {
            break;
        }
    }
    assert!(parts > 40, "{parts}");
    assert_eq!((last, store.read(replication::restated).wait().unwrap()), (Some(8), None));
    assert_eq!(untold(&store), []);
    let told = entries(&store).len();
    assert_eq!(told, 7 + 8);
    assert!(!store.write(&act(999), |tx| replication::restate(tx, 3)).wait().unwrap());
    assert_eq!(entries(&store).len(), told);
}

fn a_record_that_vanished_is_told_to_be_gone(database: &Database) {
    let store = database.open();
    begin(&store);
    made(&store, 1);
    removed(&store, 2, "course.change");
    assert_eq!(entries(&store)[2].action, "course.remove");
    assert_eq!(untold(&store), []);
}

fn made(store: &Store, n: u128) {
    let write = store.write(&act(n), |tx| {
        let row = course("C", tx.version());
        academics::insert_course(tx, &row)?;
        let change = Change::new("course.create", "course", row.id);
        tx.journal(change.created(&json!({"code": "C", "name": "Computing"})))
    });
    write.wait().unwrap();
}

/// Takes the course's row away, by an act that says so, or not.
fn removed(store: &Store, n: u128, action: &'static str) {
    let write = store.write(&act(n), move |tx| {
        let table = table_of("course", Uuid::nil()).unwrap();
        let at = At { id: Uuid::from_u128(70), topic: None };
        tables::remove(tx, table, at, &Fields::new())?;
        tx.journal(Change::new(action, "course", at.id))
    });
    write.wait().unwrap();
}

fn what_is_there_again_is_told_so(database: &Database) {
    let store = database.open();
    begin(&store);
    made(&store, 1);
    removed(&store, 2, "course.remove");
    assert_eq!(untold(&store), []);
    made(&store, 3);
    assert_eq!(untold(&store), []);
    assert_eq!(entries(&store).len(), 3);
}

fn a_refused_act_tells_nothing(database: &Database) {
    let store = database.open();
    begin(&store);
    let refused = store.write(&act(1), |tx| {
        people::insert(tx, &person(1), Timestamp(0))?;
        tx.journal(Change::new("person.create", "person", person(1).id))?;
        Err::<(), _>(Error::Database("refused".to_owned()))
    });
    let kept = add(&store, 2);
    assert!(refused.wait().is_err() && kept.is_ok());
    assert_eq!((entries(&store).len(), untold(&store)), (1, vec![]));
}

fn acts_of_one_transaction_follow_each_other(database: &Database) {
    let store = database.open();
    begin(&store);
    // The later act has the smaller id.
    let write = store.write(&act(9), |tx| {
        for (n, name) in [(8, "first"), (3, "second")] {
            let own = Act { id: act(n).id, ..act(9) };
            let (id, version) = (Uuid::from_u128(70), tx.version());
            let fields = json!({"code": "C", "name": name});
            let row = Written {
                at: At { id, topic: None },
                fields: fields.as_object().unwrap(),
                version,
                contested: false,
            };
            tables::put(tx, table_of("course", id).unwrap(), &row)?;
            let change = Change::new("course.change", "course", id).created(&fields);
            tx.within(&own, |tx| tx.journal(change))?;
        }
        Ok::<_, Error>(())
    });
    write.wait().unwrap();
    assert_eq!(untold(&store), []);
    let rows = entries(&store);
    assert_eq!(after(&rows[1])["name"], "second");
}

fn a_mark_is_told_wholly_and_found_again(database: &Database) {
    let store = database.open();
    begin(&store);
    let session = Uuid::from_u128(5);
    let mark =
        At { id: MarkId::of(session.into(), PersonId(Uuid::from_u128(1))).0, topic: Some(session) };
    add(&store, 1).unwrap();
    let write = store.write(&act(2), move |tx| {
        let version = tx.version();
        let mut put = |entity: &'static str, id: Uuid, fields: Value| {
            let at = At { id, topic: None };
            let table = table_of(entity, id).unwrap();
            let fields = fields.as_object().unwrap().clone();
            tables::put(tx, table, &Written { at, fields: &fields, version, contested: false })?;
            tx.journal(Change::new("x.make", entity, id))
        };
        let id = Uuid::from_u128;
        put("course", id(2), json!({"code": "C", "name": "N"}))?;
        put("term", id(3), json!({"name": "T", "starts_on": Date(1), "ends_on": Date(9)}))?;
        put("class", id(4), json!({"course": id(2), "term": id(3), "section": "A"}))?;
        put(
            "session",
            session,
            json!({
                "class": id(4), "mode": "in_person", "methods": "code", "late_from": 9,
                "opened_by": id(1), "opened_at": 8, "ends_at": 10, "step_seconds": 10,
                "short_id": "0a0b0c0d0e0f",
            }),
        )
    });
    write.wait().unwrap();
    let whole = json!({
        "person": Uuid::from_u128(1), "status": "present", "method": "code", "at": NOON,
        "step": 3, "device": Uuid::from_u128(6), "address": "10.0.0.1", "metres": 4,
    });
    let (first, then) = (
        whole.clone(),
        json!({
            "person": Uuid::from_u128(1), "status": "late", "method": "manual", "at": NOON, "reason": "x",
        }),
    );
    for (n, fields, action) in [(3, first, "mark.make"), (4, then, "mark.change")] {
        let write = store.write(&act(n), move |tx| {
            let (version, fields) = (tx.version(), fields.as_object().unwrap());
            let row = Written { at: mark, fields, version, contested: false };
            tables::put(tx, table_of("mark", mark.id).unwrap(), &row)?;
            tx.journal(Change::new(action, "mark", mark.id).on(session))
        });
        write.wait().unwrap();
        assert_eq!(untold(&store), []);
    }
    let told: Vec<_> = entries(&store).into_iter().filter(|row| row.entity == "mark").collect();
    assert_eq!((told.len(), after(&told[0])), (2, whole));
}
