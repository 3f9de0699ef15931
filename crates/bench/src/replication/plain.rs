//! The same entries as plain inserts: one table, its primary key, 500 rows a transaction.

use crate::outside::now;
use anyhow::Result;
use muster_domain::ids::ActId;
use muster_journal::sync::{Hello, Item};
use muster_storage::{Act, ReadTx, Statement, Store, Value, WriteTx, args, replication, row};
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Rows of a transaction.
const CHUNK: i64 = 500;

static MAKE: Statement = Statement {
    name: "MAKE",
    sqlite: "create table plain (id blob primary key, act blob, at integer, clock integer,
        actor blob, via text, action text, entity text, entity_id blob, topic blob, before text,
        after text, replaced text, reason text)",
    postgres: "create table plain (id uuid primary key, act uuid, at bigint, clock bigint,
        actor uuid, via text, action text, entity text, entity_id uuid, topic uuid, before text,
        after text, replaced text, reason text)",
};
static INSERT: Statement = Statement {
    name: "INSERT",
    sqlite: "insert into plain (id, act, at, clock, actor, via, action, entity, entity_id, topic,
        before, after, replaced, reason)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    postgres: "insert into plain (id, act, at, clock, actor, via, action, entity, entity_id, topic,
        before, after, replaced, reason)
        select * from unnest(?1::uuid[], ?2::uuid[], ?3::bigint[], ?4::bigint[], ?5::uuid[],
            ?6::text[], ?7::text[], ?8::text[], ?9::uuid[], ?10::uuid[], ?11::text[], ?12::text[],
            ?13::text[], ?14::text[])",
};
static MARKS: Statement = Statement { name: "MARKS", sqlite: COUNT_MARKS, postgres: COUNT_MARKS };
const COUNT_MARKS: &str = "select count(*) from marks";

/// How many marks stand.
pub fn count_marks(tx: &mut ReadTx<'_>) -> muster_storage::Result<i64> {
    tx.number(&MARKS, args![])
}

/// Reads what the edge tells and inserts it beside the hub's own tables; how many a second.
pub fn insert(edge: &Store, hub: &Store) -> Result<f64> {
    hub.write(&act(0), |tx| tx.execute(&MAKE, args![])).wait()?;
    let (mut told, mut taken, mut took) = (Hello::default(), 0, Duration::ZERO);
    loop {
        let known = told.clone();
        let batch = edge.read(move |tx| replication::offer(tx, &known, CHUNK)).wait()?.batch;
        batch.ends.iter().for_each(|(series, head)| told.heads.set(*series, *head));
        if batch.items.is_empty() {
            return Ok(taken as f64 / took.as_secs_f64().max(f64::EPSILON));
        }
        let (items, began) = (Arc::new(batch.items), Instant::now());
        taken += items.len();
        let acts = u128::try_from(taken)?;
        hub.write(&act(acts), move |tx| put(tx, &items)).wait()?;
        took += began.elapsed();
    }
}

fn put(tx: &mut WriteTx<'_>, items: &[Item]) -> muster_storage::Result<u64> {
    let entries = items.iter().filter_map(|item| match item {
        Item::Entry(sent) => Some(&sent.entry),
        Item::Run(_) => None,
    });
    let rows = entries.map(|entry| -> Vec<Value<'_>> {
        row![
            entry.id,
            entry.act,
            entry.at,
            entry.clock,
            entry.actor,
            &entry.via,
            &entry.action,
            &entry.entity,
            entry.entity_id,
            entry.topic,
            entry.before.as_deref(),
            entry.after.as_deref(),
            entry.replaced.as_deref(),
            entry.reason.as_deref(),
        ]
    });
    tx.execute_many(&INSERT, rows)
}

fn act(n: u128) -> Act {
    Act { id: ActId(Uuid::from_u128(0x0f << 112 | n)), at: now(), actor: None, via: "cli" }
}
