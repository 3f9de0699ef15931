//! A server that restarts, connections that end, commits whose answer is lost.

use super::{assert_journal, name, names, put};
use muster_storage::{Store, StoreConfig};
use muster_testkit::{Cluster, NOON};
use postgres::{Client, NoTls};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Ends all connections of the store to its database.
const END_ALL: &str = "select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'muster'";

fn open(url: &str) -> Store {
    Store::open(&StoreConfig::new(url, Uuid::from_u128(1), NOON)).unwrap()
}

/// Writes from many threads while something happens; each write must be told yes.
fn burst(store: &Store, each: u128, meanwhile: impl FnOnce()) {
    std::thread::scope(|scope| {
        for thread in 0..8 {
            scope.spawn(move || {
                for n in 0..each {
                    put(store, thread * each + n, "value").wait().unwrap();
                }
            });
        }
        meanwhile();
    });
    let written = 8 * each;
    assert_eq!(names(store), (0..written).map(name).collect::<Vec<_>>());
    assert_journal(store, usize::try_from(written).unwrap());
}

/// Ends the connection that waits for this, once one does.
fn end_who_waits_for(admin: &mut Client, event: &str) {
    let end = "select pg_terminate_backend(pid) from pg_stat_activity where wait_event = $1";
    let deadline = Instant::now() + Duration::from_secs(10);
    while admin.query(end, &[&event]).unwrap().is_empty() {
        assert!(Instant::now() < deadline, "nobody waits for {event}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn connections_that_end_in_a_burst_lose_nothing() {
    let database = muster_testkit::postgres();
    let store = database.open();
    let mut admin = Client::connect(&database.url, NoTls).unwrap();
    burst(&store, 100, || {
        for _ in 0..6 {
            std::thread::sleep(Duration::from_millis(60));
            admin.execute(END_ALL, &[]).unwrap();
        }
    });
}

#[test]
fn a_server_that_crashes_and_restarts_in_a_burst_loses_nothing() {
    let cluster = Cluster::start();
    burst(&open(&cluster.url()), 100, || {
        std::thread::sleep(Duration::from_millis(150));
        cluster.crash_and_restart();
    });
}

#[test]
fn a_commit_whose_answer_was_lost_is_found_again() {
    let cluster = Cluster::start();
    let store = open(&cluster.url());
    put(&store, 1, "before").wait().unwrap();
    let mut admin = Client::connect(&cluster.url(), NoTls).unwrap();
    // A commit is on disk here already when it waits for a standby, which there is none.
    let wait = |admin: &mut Client, standby| {
        let setting = format!("alter system set synchronous_standby_names = '{standby}'");
        admin.execute(&setting, &[]).unwrap();
        admin.execute("select pg_reload_conf()", &[]).unwrap();
    };
    wait(&mut admin, "nobody");
    std::thread::sleep(Duration::from_millis(200));

    let pending = put(&store, 2, "value");
    end_who_waits_for(&mut admin, "SyncRep");
    wait(&mut admin, "");

    // A second run would find the name taken.
    assert_eq!(pending.wait(), Ok(()));
    assert_eq!(names(&store), [name(1), name(2)]);
}

#[test]
fn a_commit_that_was_cut_off_is_run_again() {
    let database = muster_testkit::postgres();
    let store = database.open();
    let mut admin = Client::connect(&database.url, NoTls).unwrap();
    admin
        .batch_execute(
            "create function linger() returns trigger language plpgsql as
                'begin perform pg_sleep(0.4); return null; end';
             create constraint trigger linger after insert on settings
                deferrable initially deferred for each row execute function linger()",
        )
        .unwrap();
    let pending = put(&store, 1, "value");
    end_who_waits_for(&mut admin, "PgSleep");
    assert_eq!(pending.wait(), Ok(()));
    assert_eq!(names(&store), [name(1)]);
    assert_journal(&store, 1);
}
