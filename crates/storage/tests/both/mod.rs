//! Each behaviour is a function over a database; `on_both!` makes it a test on each.

mod accounts;
mod apart;
mod applying;
mod authority;
mod authors;
mod bulk;
mod chain;
mod conflicts;
mod devices;
mod exams;
mod factors;
mod forks;
mod histories;
mod journal;
mod locations;
mod passkeys;
mod people;
mod races;
mod recovering;
mod redemptions;
mod replication;
mod results;
mod rosters;
mod statements;
mod tables;
mod tallies;
mod taught;
mod telling;
mod transactions;
mod upgraded;
mod verifiers;

use muster_domain::ids::{ActId, PersonId};
use muster_domain::time::Timestamp;
use muster_storage::people::PersonRow;
use muster_storage::{Act, Error, Store};
use muster_testkit::NOON;
use uuid::Uuid;

/// Makes each named function a test on SQLite and one on PostgreSQL.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite { $(#[test] fn $name() { super::$name(&muster_testkit::sqlite()); })+ }
        mod postgres { $(#[test] fn $name() { super::$name(&muster_testkit::postgres()); })+ }
    };
}
pub(crate) use on_both;

pub fn act(n: u128) -> Act {
    Act { id: ActId(Uuid::from_u128(n)), at: NOON, actor: None, via: "cli" }
}

pub fn person(n: u128) -> PersonRow {
    PersonRow {
        id: PersonId(Uuid::from_u128(n)),
        number: format!("N{n}"),
        username: None,
        email: None,
        name: format!("Person {n}"),
        title: None,
        phone: None,
        programme: None,
        active: true,
        version: 1,
    }
}

/// Adds a person and its journal entry.
pub fn add(store: &Store, n: u128) -> Result<(), Error> {
    let row = person(n);
    let write = store.write(&act(n), move |tx| {
        muster_storage::people::insert(tx, &row, Timestamp(0))?;
        tx.journal(muster_journal::Change::new("person.create", "person", row.id))
    });
    write.wait()
}

pub fn count(store: &Store) -> i64 {
    store.read(muster_storage::people::count).wait().unwrap()
}
