//! A node whose program was replaced by a later one: it stands as if that had been there from the beginning.

use super::authors::{Author, Campus, exports, lines, take_all};
use super::{act, on_both};
use muster_storage::replication::{self, testing};
use muster_storage::{Store, WriteTx};
use muster_testkit::Database;
use serde_json::json;

on_both!(
    a_kind_that_the_program_before_did_not_know_comes_to_stand,
    a_field_that_the_program_before_did_not_know_comes_to_stand,
    a_record_that_waits_is_looked_at_whatever_its_kind,
    catching_up_goes_on_where_it_ended,
    whoever_stands_alone_has_nothing_to_catch_up_with,
);

/// A node with others; it has told all that it held.
fn replicating(database: &Database) -> Store {
    let here = database.open();
    here.write(&act(90), replication::begin).wait().unwrap();
    let mut turn = 91;
    while here.write(&act(turn), |tx| replication::restate(tx, 100)).wait().unwrap() {
        turn += 1;
    }
    here
}

/// Until there is no more; how many rounds that takes.
fn catch_up(store: &Store, limit: i64) -> u128 {
    let round = |round| {
        let act = act(1_000 + round);
        store.write(&act, move |tx| replication::catch_up(tx, limit)).wait().unwrap()
    };
    (1..100).find(|count| !round(*count)).unwrap()
}

fn unlearn(store: &Store, entity: &'static str, field: Option<&'static str>) {
    let forget = move |tx: &mut WriteTx<'_>| testing::unlearn(tx, entity, field);
    store.write(&act(900), forget).wait().unwrap();
}

/// A campus that another node made, with a phone number and a mark.
fn taken_up_by(here: &Store) -> Author {
    let mut author = Author::new(7);
    let campus = Campus::made_by(&mut author);
    author.change("person", campus.student, json!({"phone": "555"}));
    take_all(here, &[&author], 5);
    author
}

fn nothing_was_told(here: &Store, author: &Author) {
    let entries = here.read(testing::entries).wait().unwrap();
    assert_eq!(entries.len(), author.len());
    assert_eq!(here.read(|tx| replication::untold(tx, 10)).wait().unwrap(), []);
}

fn a_kind_that_the_program_before_did_not_know_comes_to_stand(database: &Database) {
    let here = replicating(database);
    let author = taken_up_by(&here);
    let whole = exports(&here);
    for entity in ["mark", "payment"] {
        unlearn(&here, entity, None);
        assert!(!lines(&here).iter().any(|line| line.starts_with(entity)));
        catch_up(&here, 500);
        assert_eq!(exports(&here), whole);
    }
    nothing_was_told(&here, &author);
}

fn a_field_that_the_program_before_did_not_know_comes_to_stand(database: &Database) {
    let here = replicating(database);
    let author = taken_up_by(&here);
    let whole = exports(&here);
    unlearn(&here, "person", Some("phone"));
    assert!(!lines(&here).iter().any(|line| line.contains("555")));
    catch_up(&here, 500);
    assert_eq!(exports(&here), whole);
    nothing_was_told(&here, &author);
}

fn a_record_that_waits_is_looked_at_whatever_its_kind(database: &Database) {
    let here = replicating(database);
    let mut author = Author::new(7);
    let campus = Campus::made_by(&mut author);
    take_all(&here, &[&author], 5);
    let whole = exports(&here);
    let misread = move |tx: &mut WriteTx<'_>| testing::misread(tx, "payment", campus.payment);
    here.write(&act(900), misread).wait().unwrap();
    assert_ne!(exports(&here), whole);
    catch_up(&here, 500);
    assert_eq!(exports(&here), whole);
    assert_eq!(here.read(replication::count_pending).wait().unwrap(), 0);
}

fn catching_up_goes_on_where_it_ended(database: &Database) {
    let here = replicating(database);
    taken_up_by(&here);
    let whole = exports(&here);
    unlearn(&here, "payment", None);
    let rounds = catch_up(&here, 3);
    assert!(rounds > 4, "{rounds}");
    assert_eq!(exports(&here), whole);
}

fn whoever_stands_alone_has_nothing_to_catch_up_with(database: &Database) {
    let here = database.open();
    unlearn(&here, "payment", None);
    assert_eq!(catch_up(&here, 1), 1);
    assert_eq!(here.read(testing::records).wait().unwrap().len(), 0);
}
