//! What tests of several crates share: real databases, made fresh for each test, a mail server, and
//! a network with bad luck.
#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test without its database fails"
)]

mod catcher;
mod cluster;
mod dump;
mod ports;
mod proxy;

pub use catcher::Catcher;
pub use cluster::Cluster;
pub use dump::disguise;
use muster_domain::time::Timestamp;
use muster_storage::{Store, StoreConfig, template};
pub use ports::free_ports;
pub use proxy::{Fault, Proxy, Way};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use uuid::Uuid;

/// Noon of 2 March 2026, UTC: when tests begin.
pub const NOON: Timestamp = Timestamp(1_772_452_800_000_000);

/// A database of a test; gone with it.
pub struct Database {
    /// Its URL.
    pub url: String,
    dir: Option<TempDir>,
}

/// A new SQLite database in a directory of its own; its tables are made.
pub fn sqlite() -> Database {
    let (database, path) = no_sqlite();
    template::copy_blank(&target().join("test-sqlite"), &path).expect("a copy");
    database
}

/// Where a SQLite database will be, once it is opened.
pub fn no_sqlite() -> (Database, PathBuf) {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("muster.db");
    (Database { url: format!("sqlite:{}", path.display()), dir: Some(dir) }, path)
}

/// A new PostgreSQL database on the cluster of `MUSTER_TEST_POSTGRES`, or of
/// `cargo xtask postgres start`; its tables are made.
pub fn postgres() -> Database {
    let name = format!("test_{}_{}", std::process::id(), counter());
    let server = server();
    apart(|| template::create(&server, &name));
    Database { url: template::url_of(&server, &name), dir: None }
}

/// Does something with PostgreSQL on a thread of its own: its client must not block a test's
/// runtime.
fn apart<T: Send>(act: impl FnOnce() -> muster_storage::Result<T> + Send) -> T {
    std::thread::scope(|scope| {
        let run = scope.spawn(act);
        run.join().expect("the thread runs").expect("PostgreSQL does it")
    })
}

fn server() -> String {
    std::env::var("MUSTER_TEST_POSTGRES").unwrap_or_else(|_| {
        let url = std::fs::read_to_string(target().join("test-postgres/url"));
        url.expect("run `cargo xtask postgres start` first").trim().to_owned()
    })
}

fn target() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target")
}

fn counter() -> u32 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Database {
    /// Opens it: again, if it was open before.
    pub fn open(&self) -> Store {
        let node = Uuid::from_u128(0x6e6f_6465);
        Store::open(&StoreConfig::new(&*self.url, node, NOON)).expect("the store opens")
    }

    /// Where the SQLite file is.
    pub fn directory(&self) -> &Path {
        self.dir.as_ref().expect("a SQLite database").path()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.dir.is_none() {
            let (_, name) = self.url.rsplit_once('/').unwrap_or_default();
            let name = name.split('?').next().unwrap_or_default();
            apart(|| template::remove(&server(), name));
        }
    }
}
