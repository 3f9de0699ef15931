//! As many entries of a node's own with the same words, journalled and nothing else, 500 a
//! transaction: what a journal alone costs on this machine.

use crate::outside::now;
use anyhow::Result;
use muster_domain::ids::ActId;
use muster_journal::Change;
use muster_journal::sync::{Hello, Item};
use muster_storage::{Act, Store, WriteTx, replication};
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Entries of a transaction.
const CHUNK: i64 = 500;

/// Reads what the edge tells and journals it at the hub; how many a second.
pub fn journal(edge: &Store, hub: &Store) -> Result<f64> {
    let (mut told, mut taken, mut took) = (Hello::default(), 0, Duration::ZERO);
    loop {
        let known = told.clone();
        let batch = edge.read(move |tx| replication::offer(tx, &known, CHUNK)).wait()?.batch;
        for (series, head) in &batch.ends {
            told.heads.set(*series, *head);
        }
        if batch.items.is_empty() {
            return Ok(taken as f64 / took.as_secs_f64().max(f64::EPSILON));
        }
        let (items, began) = (Arc::new(batch.items), Instant::now());
        taken += items.len();
        let act = act(u128::try_from(taken)?);
        hub.write(&act, move |tx| put(tx, &items)).wait()?;
        took += began.elapsed();
    }
}

/// As sign-ins, which concern their node alone: nothing of them is completed or told.
fn put(tx: &mut WriteTx<'_>, items: &[Item]) -> muster_storage::Result<()> {
    let changes = items.iter().filter_map(|item| match item {
        Item::Entry(sent) => {
            let after: Option<Value> = serde_json::from_str(sent.entry.after.as_deref()?).ok();
            Some(Change::new("login.start", "login", sent.entry.entity_id).created(&after))
        }
        Item::Run(_) => None,
    });
    tx.journal_many(changes)
}

fn act(n: u128) -> Act {
    Act { id: ActId(Uuid::from_u128(0x0f << 112 | n)), at: now(), actor: None, via: "cli" }
}
