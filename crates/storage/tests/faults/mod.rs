//! Bad luck, in ways that only one of the databases knows.

mod postgres;
mod sqlite;

use crate::both::act;
use muster_journal::Change;
use muster_storage::journal::verify;
use muster_storage::{Error, Pending, Statement, Store, args};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use uuid::Uuid;

static PUT: Statement =
    same("insert into settings (name, value, changed_at, version) values (?1, ?2, 0, 1)");
static NAMES: Statement = same("select name from settings order by name");

const fn same(sql: &'static str) -> Statement {
    Statement { name: "TEST", sqlite: sql, postgres: sql }
}

/// Keeps a value under a name, with its journal entry. `n` makes the act.
fn put(store: &Store, n: u128, value: &str) -> Pending<Result<(), Error>> {
    let value = value.to_owned();
    store.write(&act(n), move |tx| {
        tx.execute(&PUT, args![name(n), value])?;
        tx.journal(Change::new("setting.change", "setting", Uuid::from_u128(n)))
    })
}

fn name(n: u128) -> String {
    format!("{n:06}")
}

/// The names of all values that are there.
fn names(store: &Store) -> Vec<String> {
    struct Name(String);
    impl muster_storage::FromRow for Name {
        fn from_row(row: &muster_storage::Row<'_>) -> muster_storage::Result<Self> {
            row.columns().next().map(Self)
        }
    }
    let read = store.read(|tx| tx.all::<Name>(&NAMES, args![]));
    read.wait().unwrap().into_iter().map(|name| name.0).collect()
}

/// Keeps one writer busy until the sender is dropped, so that what is written next waits.
fn hold(store: &Store, n: u128) -> (Sender<()>, Pending<Result<(), Error>>) {
    let (release, held) = mpsc::channel::<()>();
    let (began, begins) = mpsc::channel();
    let held = Arc::new(Mutex::new(held));
    let pending = store.write(&act(n), move |_| {
        let _ = began.send(());
        let _ = held.lock().unwrap().recv();
        Ok::<_, Error>(())
    });
    begins.recv().unwrap();
    (release, pending)
}

/// That the journal holds, each of its entries numbered.
fn assert_journal(store: &Store, entries: usize) {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let report = verify(store, |_| {}).unwrap();
        assert_eq!(report.broken, None);
        if report.head.seq == i64::try_from(entries).unwrap() && report.unnumbered == 0 {
            return;
        }
        assert!(Instant::now() < deadline, "{} of {entries} numbered", report.head.seq);
        std::thread::sleep(Duration::from_millis(20));
    }
}
