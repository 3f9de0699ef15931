//! Another node beside the server: what it wrote while they were apart, and how that arrives.

use super::server::TestServer;
use muster_domain::ids::{ActId, PersonId};
use muster_domain::time::Timestamp;
use muster_journal::kinds::{Join, kind_of};
use muster_journal::record::Names;
use muster_journal::{Change, Version};
use muster_storage::conflicts::{self, ConflictKey};
use muster_storage::{Act, Store, StoreConfig, replication};
use muster_testkit::{Database, NOON, sqlite};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A node that has a journal of its own.
pub struct Beside {
    store: Store,
    acts: u128,
    _database: Database,
}

impl Beside {
    pub fn start(node: u128) -> Self {
        let database = sqlite();
        let config = StoreConfig::new(&*database.url, Uuid::from_u128(node), NOON);
        let store = Store::open(&config).unwrap();
        Self { store, acts: 0, _database: database }
    }

    /// Writes a change there, as that person.
    pub fn write(&mut self, at: Timestamp, actor: PersonId, change: Change) {
        self.write_all(at, actor, vec![change]);
    }

    /// Writes several in one act.
    pub fn write_all(&mut self, at: Timestamp, actor: PersonId, changes: Vec<Change>) {
        self.acts += 1;
        let id = ActId(Uuid::from_u128((u128::try_from(at.0 / 1_000).unwrap() << 80) | self.acts));
        let act = Act { id, at, actor: Some(actor), via: "web" };
        let pending = self.store.write(&act, move |tx| {
            changes.iter().cloned().try_for_each(|change| tx.journal(change))
        });
        away(move || pending.wait()).unwrap();
    }

    /// The server hears of all that was written here.
    pub fn meet(&self, server: &TestServer) {
        let pending = server.store.read(|tx| replication::hello(tx, &BTreeSet::new()));
        let hello = away(move || pending.wait()).unwrap();
        let pending = self.store.read(move |tx| replication::offer(tx, &hello, 2_000));
        let batch = away(move || pending.wait()).unwrap().batch;
        server.act(None, move |tx, _| Ok(replication::take(tx, &batch).map(drop)?));
    }
}

/// Blocking would stop the test's runtime.
fn away<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::spawn(work).join().unwrap()
}

/// The version of the server's latest change of a record that wrote a field.
pub async fn version(server: &TestServer, query: &str, field: &str) -> Version {
    let found = server.get("registrar", &format!("/api/v1/journal?limit=200&{query}")).await.json();
    let wrote = |entry: &&serde_json::Value| entry["after"].get(field).is_some();
    let entry = found["items"].as_array().unwrap().iter().find(wrote).unwrap();
    let id: Uuid = entry["id"].as_str().unwrap().parse().unwrap();
    Version { clock: entry["clock"].as_i64().unwrap(), entry: id.into() }
}

/// A change that names what it replaces by exact versions.
pub fn over(change: Change, named: &[(&str, Version)]) -> Change {
    let over = named.iter().map(|(field, version)| ((*field).to_owned(), *version)).collect();
    change.naming(Names { over, ..Names::default() })
}

/// The conflicts of a record as its entries have them now.
pub fn conflicting(server: &TestServer, entity: &'static str, key: &str) -> usize {
    let key: ConflictKey = muster_app::conflicts::key(key).unwrap();
    server.act(None, move |tx, _| {
        let row = conflicts::get(tx, &key)?.unwrap();
        let Some(Join::Record(rule)) = kind_of(entity).map(|kind| kind.join) else { return Ok(9) };
        let entries = conflicts::entries(tx, (entity, row.record), &[key.entry])?;
        Ok(conflicts::joined(&entries).standing(rule).conflicts.len())
    })
}
