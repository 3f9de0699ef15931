//! Two stores that work apart and then exchange everything, either of them on its own database.

use super::applying::counts_agree;
use super::authors::{Author, Campus, exports, fresh, person, take_all};
use super::{act, on_both};
use muster_domain::attendance::Tally;
use muster_domain::ids::MarkId;
use muster_journal::{Change, wire};
use muster_storage::journal::verify;
use muster_storage::replication::tables::{self, At, Fields, Written, table_of};
use muster_storage::replication::{self, Untold};
use muster_storage::{Store, sessions, tallies};
use muster_testkit::Database;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

on_both!(
    what_was_done_apart_is_on_both_afterwards,
    what_was_made_on_both_becomes_one,
    whoever_changes_what_became_one_knows_of_both,
    what_a_node_did_alone_stands_elsewhere_as_it_stood_there,
    a_change_under_its_other_name_reaches_a_record_that_was_edited_here,
    a_value_that_is_free_again_goes_to_who_waits_for_it,
    what_one_alone_may_have_changes_hands_in_one_batch,
    a_meeting_that_was_removed_while_its_session_opened_makes_room_for_another,
);

fn next() -> u128 {
    static ACTS: AtomicU64 = AtomicU64::new(1);
    u128::from(ACTS.fetch_add(1, Ordering::Relaxed)) + (1 << 91)
}

fn begin(store: &Store) {
    store.write(&act(next()), replication::begin).wait().unwrap();
    while store.write(&act(next()), |tx| replication::restate(tx, 100)).wait().unwrap() {}
}

/// Writes a record as an act does: its row, and an entry that says no more than that.
fn put(store: &Store, of: (&'static str, &str), id: Uuid, fields: &Value) {
    put_by(store, of, id, fields, |change| change);
}

/// The same by an entry that says what was written.
fn say(store: &Store, of: (&'static str, &str), id: Uuid, fields: &Value) {
    let told = fields.clone();
    put_by(store, of, id, fields, move |change| change.created(&told));
}

fn put_by(
    store: &Store,
    (entity, word): (&'static str, &str),
    id: Uuid,
    fields: &Value,
    says: impl Fn(Change) -> Change + Send + 'static,
) {
    let mut fields: Fields = fields.as_object().unwrap().clone();
    let topic = fields.remove("session").filter(|_| entity == "mark");
    let topic = topic.and_then(|session| Uuid::try_parse(session.as_str()?).ok());
    let action: &'static str = format!("{entity}.{word}").leak();
    let write = store.write(&act(next()), move |tx| {
        let table = table_of(entity, id).unwrap();
        let at = At { id, topic };
        let mut all = tables::rows(tx, table, &[at])?.remove(&id).unwrap_or_default();
        all.extend(fields.clone());
        all.retain(|_, value| !value.is_null());
        let version = tx.version();
        tables::put(tx, table, &Written { at, fields: &all, version, contested: false })?;
        let change = says(Change::new(action, entity, id));
        tx.journal(match topic {
            Some(topic) => change.on(topic),
            None => change,
        })
    });
    write.wait().unwrap();
}

/// Removes a record as an act does.
fn take_away(store: &Store, (entity, word): (&'static str, &str), id: Uuid) {
    let action: &'static str = format!("{entity}.{word}").leak();
    let write = store.write(&act(next()), move |tx| {
        let table = table_of(entity, id).unwrap();
        tables::remove(tx, table, At { id, topic: None }, &Fields::new())?;
        tx.journal(Change::new(action, entity, id))
    });
    write.wait().unwrap();
}

fn mark(store: &Store, session: Uuid, person: Uuid, status: &str) -> Uuid {
    let id = MarkId::of(session.into(), person.into()).0;
    let fields = json!({
        "session": session, "person": person, "status": status, "method": "manual", "at": 30,
    });
    put(store, ("mark", "make"), id, &fields);
    id
}

/// Closes a session, and counts it.
fn close(store: &Store, session: Uuid) {
    put(store, ("session", "close"), session, &json!({"closed_at": 60}));
    let write = store.write(&act(next()), move |tx| {
        let row = sessions::get(tx, session.into())?.unwrap();
        let counted = sessions::marks(tx, session.into())?.into_iter().map(|mark| {
            let mut tally = Tally::default();
            tally.add(mark.status, 1);
            (mark.person, tally)
        });
        tallies::add_tallies(tx, &row, &counted.collect::<Vec<_>>())
    });
    write.wait().unwrap();
}

/// Waits until every entry has its number: PostgreSQL gives them a moment later.
fn numbered(store: &Store) {
    let mut feed = store.feed();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    while verify(store, |_| ()).unwrap().unnumbered > 0 {
        runtime.block_on(feed.changed()).unwrap();
    }
}

fn fetch(to: &Store, from: &Store) -> usize {
    let hello = to.read(|tx| replication::hello(tx, &BTreeSet::new())).wait().unwrap();
    let offer = from.read(move |tx| replication::offer(tx, &hello, 7)).wait().unwrap();
    let batch = wire::read(&wire::write(&offer.batch)).unwrap();
    let take = to.write(&act(next()), move |tx| replication::take(tx, &batch));
    take.wait().unwrap().new
}

/// Until neither has anything for the other.
fn meet(one: &Store, other: &Store) {
    numbered(one);
    numbered(other);
    while fetch(one, other) + fetch(other, one) > 0 {}
    // What each wrote itself is looked at with the next batch.
    fetch(one, other);
    fetch(other, one);
}

fn exchange(one: &Store, other: &Store) {
    meet(one, other);
    let (here, there) = (exports(one), exports(other));
    let only = |all: &BTreeSet<String>, but: &BTreeSet<String>| {
        all.difference(but).cloned().collect::<Vec<_>>()
    };
    assert_eq!((only(&here, &there), only(&there, &here)), (vec![], vec![]));
    for store in [one, other] {
        assert_eq!(store.read(replication::count_pending).wait().unwrap(), 0);
    }
}

/// Whether the journal tells all that is here.
fn is_told(store: &Store) {
    let lacking = store.read(|tx| replication::untold(tx, 100)).wait().unwrap();
    assert_eq!(lacking, vec![] as Vec<Untold>);
}

fn campus(store: &Store) -> Campus {
    let ids = [101, 102, 103, 104, 105, 106, 107, 108].map(Uuid::from_u128);
    let [student, teacher, course, term, class, session, place, payment] = ids;
    put(store, ("person", "create"), student, &person("S1", "Ada Lovelace"));
    put(store, ("person", "create"), teacher, &person("T1", "Grace Hopper"));
    put(store, ("course", "create"), course, &json!({"code": "CS1", "name": "Programming"}));
    let spring = json!({"name": "Spring", "starts_on": 1, "ends_on": 90});
    put(store, ("term", "create"), term, &spring);
    let fields = json!({"course": course, "term": term, "section": "A"});
    put(store, ("class", "create"), class, &fields);
    let fields = json!({
        "class": class, "person": student, "roll_number": "1", "status": "active",
        "enrolled_at": 5,
    });
    put(store, ("enrolment", "create"), place, &fields);
    put(store, ("session", "open"), session, &Campus::session(class, teacher));
    let mark = mark(store, session, student, "present");
    let campus = Campus { student, teacher, course, term, class, session, mark, payment };
    put(store, ("payment", "record"), payment, &campus.payment("R-1"));
    campus
}

fn what_was_done_apart_is_on_both_afterwards(database: &Database) {
    let (hub, edge) = (database.open(), fresh());
    begin(&hub);
    begin(&edge);
    let campus = campus(&hub);
    exchange(&hub, &edge);
    put(&hub, ("person", "change"), campus.student, &json!({"name": "Ada Byron"}));
    put(&edge, ("person", "change"), campus.student, &json!({"phone": "555"}));
    put(&hub, ("course", "change"), campus.course, &json!({"name": "Computing"}));
    put(&edge, ("course", "change"), campus.course, &json!({"name": "Coding"}));
    mark(&edge, campus.session, campus.teacher, "late");
    exchange(&hub, &edge);
    is_told(&hub);
    is_told(&edge);
    let listed = exports(&hub).into_iter().filter(|line| line.contains(" lost ")).count();
    assert_eq!(listed, 1);
    // Whoever changes it again knows of both.
    put(&hub, ("course", "change"), campus.course, &json!({"name": "Informatics"}));
    exchange(&hub, &edge);
    counts_agree(&hub, campus.class);
    counts_agree(&edge, campus.class);
}

fn what_was_made_on_both_becomes_one(database: &Database) {
    let (hub, edge) = (database.open(), fresh());
    begin(&hub);
    begin(&edge);
    let first = campus(&hub);
    // The edge makes the same class by itself, under smaller ids.
    let [student, course, term, class, session] = [1, 2, 3, 4, 5].map(Uuid::from_u128);
    put(&edge, ("person", "create"), student, &person("s1", "A. Lovelace"));
    put(&edge, ("course", "create"), course, &json!({"code": "cs1", "name": "Programming"}));
    let spring = json!({"name": "spring", "starts_on": 1, "ends_on": 90});
    put(&edge, ("term", "create"), term, &spring);
    let fields = json!({"course": course, "term": term, "section": "a"});
    put(&edge, ("class", "create"), class, &fields);
    put(&edge, ("session", "open"), session, &Campus::session(class, student));
    mark(&edge, session, student, "late");
    exchange(&hub, &edge);
    let all = exports(&hub);
    let count = |kind: &'static str| {
        all.iter().filter(move |line| line.starts_with(kind) && line.contains('{'))
    };
    for (kind, stand) in [("course ", 1), ("term ", 1), ("class ", 1), ("person ", 2)] {
        let lines = count(kind).filter(|line| !line.contains(" lost ")).count();
        assert_eq!(lines, stand, "{kind}");
    }
    // Work goes on with what stands, on either side.
    close(&hub, session);
    mark(&edge, session, first.teacher, "absent");
    exchange(&hub, &edge);
    counts_agree(&hub, class);
    counts_agree(&edge, class);
    is_told(&hub);
    is_told(&edge);
}

fn whoever_changes_what_became_one_knows_of_both(database: &Database) {
    let (hub, edge) = (database.open(), fresh());
    begin(&hub);
    begin(&edge);
    let [one, other] = [1, 2].map(Uuid::from_u128);
    put(&edge, ("person", "create"), one, &person("s1", "A. Lovelace"));
    put(&hub, ("person", "create"), other, &person("S1", "Ada Lovelace"));
    put(&hub, ("person", "change"), other, &json!({"phone": "555"}));
    exchange(&hub, &edge);
    // Whoever archives it sees what the hub wrote under the other id, too.
    put(&edge, ("person", "change"), one, &json!({"active": false}));
    exchange(&hub, &edge);
    let all = exports(&hub);
    let stands = format!("person {one} {{");
    let line = all.iter().find(|line| line.starts_with(&stands)).unwrap();
    assert!(line.contains("\"active\":false") && line.contains("555"), "{line}");
    is_told(&hub);
    is_told(&edge);
}

fn what_a_node_did_alone_stands_elsewhere_as_it_stood_there(database: &Database) {
    let (hub, edge) = (database.open(), fresh());
    begin(&edge);
    let [one, other, course] = [1, 2, 3].map(Uuid::from_u128);
    say(&hub, ("person", "create"), one, &person("S4", "Ada"));
    say(&hub, ("person", "change"), one, &json!({"number": "S6"}));
    // The number is free again: this is somebody else.
    say(&hub, ("person", "create"), other, &person("S4", "Ben"));
    say(&hub, ("person", "change"), other, &json!({"name": "Benjamin"}));
    say(&hub, ("person", "change"), other, &json!({"active": false}));
    say(&hub, ("course", "create"), course, &json!({"code": "CS1", "name": "Programming"}));
    take_away(&hub, ("course", "remove"), course);
    begin(&hub);
    exchange(&hub, &edge);
    let all = exports(&edge);
    let found = |start: String| all.iter().find(|line| line.starts_with(&start)).cloned();
    let of = |id: Uuid| found(format!("person {id} {{")).unwrap();
    assert!(of(one).contains("\"number\":\"S6\"") && of(one).contains("\"active\":true"));
    assert!(of(other).contains("\"name\":\"Benjamin\"") && of(other).contains("\"active\":false"));
    assert_eq!(found("course".to_owned()), None);
    assert_eq!(all.iter().filter(|line| line.contains(" lost ")).count(), 0);
    is_told(&hub);
}

fn a_change_under_its_other_name_reaches_a_record_that_was_edited_here(database: &Database) {
    let here = database.open();
    begin(&here);
    let mut author = Author::new(7);
    let [own, theirs] = [1, 2].map(Uuid::from_u128);
    let course = json!({"code": "CS1", "name": "Programming"});
    put(&here, ("course", "create"), own, &course);
    numbered(&here);
    author.make("course", theirs, course);
    take_all(&here, &[&author], 50);
    // They are one now, which the other does not know yet.
    put(&here, ("course", "change"), own, &json!({"name": "Coding"}));
    numbered(&here);
    author.change("course", theirs, json!({"credits": 4}));
    take_all(&here, &[&author], 50);
    let all = exports(&here);
    let stands = format!("course {own} {{");
    let line = all.iter().find(|line| line.starts_with(&stands)).unwrap();
    assert!(line.contains("\"credits\":4") && line.contains("Coding"), "{line}");
}

fn a_value_that_is_free_again_goes_to_who_waits_for_it(database: &Database) {
    let (hub, edge) = (database.open(), fresh());
    begin(&hub);
    begin(&edge);
    let campus = campus(&hub);
    exchange(&hub, &edge);
    let second = Uuid::from_u128(7);
    put(&edge, ("payment", "record"), second, &campus.payment("R-7"));
    put(&hub, ("payment", "record"), Uuid::from_u128(8), &campus.payment("r-7"));
    exchange(&hub, &edge);
    let contested = |store: &Store| {
        exports(store).into_iter().filter(|line| line.contains("(contested)")).count()
    };
    assert_eq!(contested(&hub), 1);
    let holder = if exports(&hub)
        .into_iter()
        .any(|line| line.starts_with(&format!("payment {second}")) && line.contains("(contested)"))
    {
        Uuid::from_u128(8)
    } else {
        second
    };
    put(&edge, ("payment", "change"), holder, &json!({"receipt": "R-8"}));
    exchange(&hub, &edge);
    assert_eq!((contested(&hub), contested(&edge)), (0, 0));
}

fn what_one_alone_may_have_changes_hands_in_one_batch(database: &Database) {
    let (here, there) = (database.open(), fresh());
    begin(&here);
    begin(&there);
    let campus = campus(&here);
    let [assessment, first, second, third] = [201, 202, 203, 204].map(Uuid::from_u128);
    let fields = json!({
        "term": campus.term, "code": "MID", "name": "Midterm", "required_share": 75, "position": 1,
        "active": false,
    });
    put(&here, ("assessment", "create"), assessment, &fields);
    let sitting = |at: i64| {
        json!({
            "assessment": assessment, "class": campus.class, "starts_at": at, "ends_at": at + 5,
            "rooms": "Hall",
        })
    };
    put(&here, ("sitting", "create"), first, &sitting(10));
    put(&here, ("sitting", "create"), second, &sitting(20));
    exchange(&here, &there);
    // Both change places, over a third one.
    put(&here, ("sitting", "change"), second, &sitting(30));
    put(&here, ("sitting", "change"), first, &sitting(20));
    put(&here, ("sitting", "change"), second, &sitting(10));
    exchange(&here, &there);
    // One goes, and another one comes in its place.
    take_away(&here, ("sitting", "remove"), second);
    put(&here, ("sitting", "create"), third, &sitting(10));
    exchange(&here, &there);
    is_told(&there);
}

fn a_meeting_that_was_removed_while_its_session_opened_makes_room_for_another(database: &Database) {
    let (here, there) = (database.open(), fresh());
    begin(&here);
    begin(&there);
    let campus = campus(&here);
    let [pattern, first, second, session] = [211, 212, 213, 214].map(Uuid::from_u128);
    let fields = json!({
        "class": campus.class, "weekday": "monday", "starts_minute": 540, "ends_minute": 600, "first_on": 1,
        "last_on": 80,
    });
    put(&here, ("pattern", "create"), pattern, &fields);
    let meeting = json!({
        "class": campus.class, "starts_at": 1, "ends_at": 2, "by_hand": false, "pattern": pattern,
        "week": 3,
    });
    put(&here, ("meeting", "create"), first, &meeting);
    exchange(&here, &there);
    take_away(&here, ("meeting", "remove"), first);
    put(&here, ("meeting", "create"), second, &meeting);
    let mut opened = Campus::session(campus.class, campus.teacher);
    opened["meeting"] = json!(first);
    opened["opened_at"] = json!(5_000_000_000_i64);
    opened["closed_at"] = json!(6_000_000_000_i64);
    put(&there, ("session", "open"), session, &opened);
    meet(&here, &there);
    let (here, there) = (exports(&here), exports(&there));
    assert_eq!(here, there);
    let stays = |id: Uuid| here.iter().any(|line| line.starts_with(&format!("meeting {id}")));
    assert!(stays(first) && stays(second));
}
