//! A full disk, a slow and a panicking closure in a batch, another process, an endless reader.

use super::{assert_journal, hold, name, names, put, same};
use crate::both::act;
use muster_storage::{Error, Statement, Store, args};
use std::sync::mpsc;
use std::time::{Duration, Instant};

static PAGES: Statement = same("pragma page_count");
static LIMIT: Statement = same("pragma max_page_count = 1");
static NO_LIMIT: Statement = same("pragma max_page_count = 1000000");
static LARGE: Statement = same("select count(*) from settings");

fn pragma(store: &Store, n: u128, statement: &'static Statement) {
    store.write(&act(n), move |tx| tx.number(statement, args![])).wait().unwrap();
}

#[test]
fn on_a_full_disk_nobody_whose_row_is_gone_was_told_yes() {
    let database = muster_testkit::sqlite();
    let store = database.open();
    put(&store, 1, "before").wait().unwrap();
    // Less than what is used already: not one page more.
    pragma(&store, 900, &LIMIT);

    let (release, held) = hold(&store, 901);
    let large = "x".repeat(30_000);
    let batch: Vec<_> =
        (2..60).map(|n| (n, put(&store, n, if n % 3 == 0 { &large } else { "small" }))).collect();
    drop(release);
    held.wait().unwrap();

    let mut told_yes = vec![name(1)];
    let mut failed = 0;
    for (n, answer) in batch {
        match answer.wait() {
            Ok(()) => told_yes.push(name(n)),
            Err(error) => {
                assert_eq!(error, Error::Full);
                failed += 1;
            }
        }
    }
    assert_eq!(names(&store), told_yes);
    assert!(failed >= 19, "the large ones can't fit");

    pragma(&store, 902, &NO_LIMIT);
    put(&store, 100, &large).wait().unwrap();
    told_yes.push(name(100));
    drop(store);
    let store = database.open();
    assert_eq!(names(&store), told_yes);
    assert_journal(&store, told_yes.len());
}

#[test]
fn a_panicking_and_a_slow_closure_in_a_batch_harm_nobody() {
    let database = muster_testkit::sqlite();
    let store = database.open();
    let (release, held) = hold(&store, 900);
    let before: Vec<_> = (0..50).map(|n| put(&store, n, "before")).collect();
    let panicking = store.write(&act(901), |tx| {
        tx.execute(&super::PUT, args!["panicking", "value"])?;
        assert!(tx.version() < 0, "planned by the test");
        Ok::<_, Error>(())
    });
    let slow = store.write(&act(902), |tx| {
        std::thread::sleep(Duration::from_millis(60));
        tx.execute(&super::PUT, args!["slow", "value"])
    });
    let after: Vec<_> = (50..100).map(|n| put(&store, n, "after")).collect();
    drop(release);
    held.wait().unwrap();

    for answer in before.into_iter().chain(after) {
        answer.wait().unwrap();
    }
    assert_eq!(panicking.wait(), Err(Error::Panicked));
    assert_eq!(slow.wait(), Ok(1));
    let names = names(&store);
    assert_eq!(names.len(), 101);
    assert!(!names.contains(&"panicking".to_owned()));
    assert_journal(&store, 100);
}

#[test]
fn two_processes_on_one_file_continue_one_chain() {
    let database = muster_testkit::sqlite();
    let (first, second) = (database.open(), database.open());
    for n in 0..20 {
        put(if n % 2 == 0 { &first } else { &second }, n, "value").wait().unwrap();
    }
    assert_journal(&first, 20);
    assert_journal(&second, 20);
}

#[test]
fn a_new_file_may_be_opened_by_several_at_once() {
    let (database, _) = muster_testkit::no_sqlite();
    std::thread::scope(|scope| {
        let opening: Vec<_> = (0..8).map(|_| scope.spawn(|| database.open())).collect();
        for store in opening {
            store.join().unwrap();
        }
    });
    put(&database.open(), 1, "value").wait().unwrap();
}

#[test]
fn a_reader_that_never_ends_does_not_hold_up_the_writer() {
    let database = muster_testkit::sqlite();
    let store = database.open();
    let (release, released) = mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let (reads, reading_began) = mpsc::channel::<()>();
    let reading = store.read(move |tx| {
        tx.number(&LARGE, args![])?;
        let _ = reads.send(());
        let _ = released.lock().unwrap().recv();
        tx.number(&LARGE, args![])
    });

    reading_began.recv().unwrap();
    let large = "x".repeat(2_000_000);
    let mut longest = Duration::ZERO;
    // Beyond the length at which the writer empties the log.
    for n in 0..40 {
        let began = Instant::now();
        put(&store, n, &large).wait().unwrap();
        longest = longest.max(began.elapsed());
    }
    drop(release);
    assert_eq!(reading.wait(), Ok(0), "a reader sees one state");
    assert!(longest < Duration::from_secs(3), "{longest:?}");
    assert_eq!(names(&store).len(), 40);
    let pages = store.read(|tx| tx.number(&PAGES, args![])).wait().unwrap();
    assert!(pages > 16_384, "{pages}");
}

#[test]
fn when_too_much_waits_the_next_is_told_so_at_once() {
    let database = muster_testkit::sqlite();
    let store = database.open();
    let (release, held) = hold(&store, 900_000);
    let mut waiting: Vec<_> = (0..8192).map(|n| put(&store, n, "value")).collect();
    let one_more = put(&store, 8192, "value");
    assert!(matches!(one_more.wait(), Err(Error::Busy(_))));
    drop(release);
    held.wait().unwrap();
    for answer in waiting.drain(..) {
        answer.wait().unwrap();
    }
    assert_eq!(names(&store).len(), 8192);
}
