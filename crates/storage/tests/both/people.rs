//! Finding people.

use super::{act, on_both, person};
use muster_domain::auth::{Grant, Role, Scope};
use muster_domain::ids::PersonId;
use muster_domain::time::Timestamp;
use muster_storage::finding::{self, Search};
use muster_storage::people::{GrantRow, PersonRow};
use muster_storage::{Error, Store, people};
use muster_testkit::Database;
use uuid::Uuid;

fn namesakes_at_a_pages_end_are_not_skipped(database: &Database) {
    let store = database.open();
    let write = store.write(&act(1), |tx| {
        for n in 1..=5 {
            let row = PersonRow { name: "Anna Li".to_owned(), ..person(n) };
            people::insert(tx, &row, Timestamp(0))?;
        }
        Ok::<_, Error>(())
    });
    write.wait().unwrap();
    let page = |after| {
        let read = store.read(move |tx| {
            finding::search(tx, &Search { text: "anna", role: None, after, limit: 2 })
        });
        read.wait().unwrap().iter().map(|row| row.id).collect::<Vec<_>>()
    };
    let first = page(None);
    let second = page(first.last().copied());
    let third = page(second.last().copied());
    let all = (1..=5).map(|n| PersonId(Uuid::from_u128(n))).collect::<Vec<_>>();
    assert_eq!([first, second, third].concat(), all);
}

/// Adds people of those names and numbers, the first with the id 1.
fn named(store: &Store, people: &'static [(&str, &str)]) {
    let write = store.write(&act(1), move |tx| {
        for (n, (name, number)) in (1..).zip(people) {
            let (name, number) = ((*name).to_owned(), (*number).to_owned());
            people::insert(tx, &PersonRow { name, number, ..person(n) }, Timestamp(0))?;
        }
        Ok::<_, Error>(())
    });
    write.wait().unwrap();
}

fn found(store: &Store, text: &'static str, role: Option<Role>) -> Vec<String> {
    let search = Search { text, role, after: None, limit: 10 };
    let rows = store.read(move |tx| finding::search(tx, &search)).wait().unwrap();
    rows.into_iter().map(|row| row.name).collect()
}

fn people_are_found_by_the_beginning_of_any_word(database: &Database) {
    let store = database.open();
    named(&store, &[("José Álvarez", "2024/CS/17"), ("Ann Smith", "S-9"), ("Anna Álvarez", "T-1")]);
    let cases: [(&str, &[&str]); 6] = [
        ("jose", &["José Álvarez"]),
        ("ALVA", &["Anna Álvarez", "José Álvarez"]),
        ("alvarez an", &["Anna Álvarez"]),
        ("cs/17", &["José Álvarez"]),
        ("ann", &["Ann Smith", "Anna Álvarez"]),
        ("ann jose", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(found(&store, text, None), expected, "{text}");
    }
}

fn a_slip_finds_what_was_meant_when_nothing_else_does(database: &Database) {
    let store = database.open();
    named(&store, &[("Ann Smith", "1"), ("Bob Smythe", "2"), ("Ann Jones", "3")]);
    assert_eq!(found(&store, "smiht", None), ["Ann Smith"]);
    assert_eq!(found(&store, "ann smoth", None), ["Ann Smith"]);
    assert_eq!(found(&store, "smyt", None), ["Bob Smythe"]);
}

fn holders_of_a_role_are_found_among_all(database: &Database) {
    let store = database.open();
    named(&store, &[("Cher", "1"), ("Ann", "2"), ("Anna", "3")]);
    let write = store.write(&act(2), |tx| {
        for n in [1, 3] {
            let (id, person) = (Uuid::from_u128(n).into(), PersonId(Uuid::from_u128(n)));
            let held = Grant { role: Role::Teacher, scope: Scope::Institution };
            let grant = GrantRow::new(id, person, held);
            people::insert_grant(tx, &grant, None, Timestamp(0))?;
        }
        Ok::<_, Error>(())
    });
    write.wait().unwrap();
    assert_eq!(found(&store, "", Some(Role::Teacher)), ["Anna", "Cher"]);
    assert_eq!(found(&store, "ann", Some(Role::Teacher)), ["Anna"]);
    assert_eq!(found(&store, "", None), ["Ann", "Anna", "Cher"]);
}

fn a_new_name_finds_and_the_old_one_does_not(database: &Database) {
    let store = database.open();
    named(&store, &[("Ann Smith", "1")]);
    let write = store.write(&act(2), |tx| {
        let row = PersonRow { name: "Ann Jones".to_owned(), version: 2, ..person(1) };
        people::update(tx, &row, 1)
    });
    assert!(write.wait().unwrap());
    assert_eq!((found(&store, "smith", None).len(), found(&store, "jones", None).len()), (0, 1));
}

fn people_of_before_are_entered_once(database: &Database) {
    let store = database.open();
    named(&store, &[("Ann Smith", "1")]);
    let id = PersonId(Uuid::from_u128(1));
    store.write(&act(2), move |tx| finding::leave(tx, id)).wait().unwrap();
    assert_eq!(found(&store, "ann", None).len(), 0);
    let entered = || store.write(&act(3), finding::enter_all).wait().unwrap();
    assert_eq!((entered(), entered()), (1, 0));
    assert_eq!(found(&store, "ann", None).len(), 1);
}

on_both!(
    namesakes_at_a_pages_end_are_not_skipped,
    people_are_found_by_the_beginning_of_any_word,
    a_slip_finds_what_was_meant_when_nothing_else_does,
    holders_of_a_role_are_found_among_all,
    a_new_name_finds_and_the_old_one_does_not,
    people_of_before_are_entered_once,
);
