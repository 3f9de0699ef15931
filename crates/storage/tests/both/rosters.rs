//! Rosters of terms, whichever way they are read.

use super::taught::{CLASS, taught, who};
use super::{act, on_both};
use muster_domain::academics::EnrolmentStatus;
use muster_domain::ids::{ClassId, EnrolmentId, PersonId, ProgrammeId, TermId};
use muster_storage::Store;
use muster_storage::enrolment::{self, EnrolmentRow};
use muster_storage::rosters::{self, Search};
use muster_testkit::{Database, NOON};
use uuid::Uuid;

const TERM: TermId = TermId(Uuid::from_u128(102));

fn enrolled(store: &Store, people: std::ops::RangeInclusive<u128>) {
    let write = store.write(&act(1), move |tx| {
        let place = |n: u128| EnrolmentRow {
            id: EnrolmentId(Uuid::from_u128(500 + n)),
            class: CLASS,
            person: who(n),
            name: String::new(),
            number: String::new(),
            roll_number: n.to_string(),
            status: EnrolmentStatus::Active,
            in_use: true,
            version: 1,
        };
        let places: Vec<_> = people.clone().map(place).collect();
        enrolment::insert_many(tx, &places.iter().collect::<Vec<_>>(), NOON)
    });
    write.wait().unwrap();
}

fn found(store: &Store, search: Search) -> Vec<PersonId> {
    let rows = store.read(move |tx| rosters::of_term(tx, TERM, &search)).wait().unwrap();
    rows.into_iter().map(|row| row.person).collect()
}

fn a_page_goes_on_after_the_last_student(database: &Database) {
    let store = database.open();
    taught(&store);
    enrolled(&store, 1..=4);
    for class in [None, Some(CLASS)] {
        let page = |after| found(&store, Search { class, after, limit: 3, ..Search::default() });
        assert_eq!(page(None), [who(1), who(2), who(3)]);
        assert_eq!(page(Some(who(3))), [who(4)]);
    }
}

fn every_filter_narrows(database: &Database) {
    let store = database.open();
    taught(&store);
    enrolled(&store, 1..=4);
    let all = Search { limit: 10, ..Search::default() };
    let elsewhere = ClassId(Uuid::from_u128(999));
    let cases = [
        (Search { text: "person n2".to_owned(), ..all.clone() }, vec![who(2)]),
        (Search { text: "n5".to_owned(), ..all.clone() }, vec![]),
        (Search { text: "...".to_owned(), ..all.clone() }, vec![]),
        (Search { year: Some(1), ..all.clone() }, vec![]),
        (Search { programme: Some(ProgrammeId(Uuid::nil())), ..all.clone() }, vec![]),
        (Search { class: Some(elsewhere), ..all.clone() }, vec![]),
        (Search { class: Some(CLASS), text: "n3".to_owned(), ..all.clone() }, vec![who(3)]),
    ];
    for (search, expected) in cases {
        assert_eq!(found(&store, search.clone()), expected, "{search:?}");
    }
}

on_both!(a_page_goes_on_after_the_last_student, every_filter_narrows);
