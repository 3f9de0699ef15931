//! Durable writes per second with a journal entry each: `durable sqlite:PATH [WAITING] [SECONDS]
//! [WRITERS]`, where `WAITING` threads each wait for their answer before they write again.
#![allow(clippy::expect_used, reason = "an example ends when it can't go on")]

use muster_domain::ids::ActId;
use muster_domain::time::Timestamp;
use muster_journal::Change;
use muster_storage::{Act, Error, Statement, Store, StoreConfig, args};
use std::time::{Duration, Instant};
use uuid::Uuid;

static PUT: Statement = Statement {
    name: "PUT",
    sqlite: "insert into failures (subject, count, last_at) values (?1, 1, 0)",
    postgres: "insert into failures (subject, count, last_at) values (?1, 1, 0)",
};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().expect("a database URL");
    let waiting = arguments.next().map_or(64, |text| text.parse().expect("a number"));
    let seconds = arguments.next().map_or(5, |text| text.parse().expect("a number"));
    let mut config = StoreConfig::new(url, Uuid::from_u128(1), Timestamp(0));
    if let Some(writers) = arguments.next() {
        config.writers = writers.parse().expect("a number");
    }
    let store = Store::open(&config).expect("an open store");
    for journal in [false, true] {
        let (count, mut times) = drive(&store, waiting, Duration::from_secs(seconds), journal);
        times.sort_unstable();
        let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
        let what = if journal { "with journal" } else { "bare" };
        println!("{what}: {} a second, p50 {:?}, p99 {:?}", count / seconds, at(50), at(99));
    }
}

fn drive(store: &Store, waiting: u64, time: Duration, journal: bool) -> (u64, Vec<Duration>) {
    let end = Instant::now() + time;
    let kind = u128::from(journal);
    let times = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..waiting)
            .map(|thread| {
                scope.spawn(move || {
                    let mut times = Vec::new();
                    for n in 0_u64.. {
                        if Instant::now() >= end {
                            break;
                        }
                        let position = kind << 40 | u128::from(n) << 8 | u128::from(thread);
                        let id =
                            Uuid::from_u128(u128::from(std::process::id()) << 96 | position << 40);
                        let began = Instant::now();
                        put(store, id, journal).expect("a write");
                        times.push(began.elapsed());
                    }
                    times
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a thread")).collect::<Vec<_>>()
    });
    (times.len() as u64, times)
}

fn put(store: &Store, id: Uuid, journal: bool) -> Result<(), Error> {
    let act = Act { id: ActId(id), at: Timestamp(0), actor: None, via: "cli" };
    // As random as the id of a mark.
    let record = Uuid::new_v5(&id, b"record");
    let write = store.write(&act, move |tx| {
        tx.execute(&PUT, args![record.to_string()])?;
        if journal {
            tx.journal(Change::new("failure.count", "failure", record))?;
        }
        Ok(())
    });
    write.wait()
}
