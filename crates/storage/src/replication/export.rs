//! All replicated records as text: nodes that have exchanged everything come to the same, byte for
//! byte.

use super::apply;
use super::tables::{self, At};
use crate::{ReadTx, Result, args, record, statements};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Records that are read at once.
const CHUNK: i64 = 500;

record! {
    struct RedirectRow {
        entity: String,
        record: Uuid,
        stands: Uuid,
    }
}

record! {
    struct LostRow {
        entity: String,
        record: Uuid,
        field: String,
        kept: String,
        lost: String,
        value: String,
    }
}

impl RedirectRow {
    fn follows(&self) -> bool {
        apply::FOLLOWING.contains(&self.entity.as_str())
    }
}

statements! {
    REDIRECTS = "select entity, record, stands from redirects order by entity, record";
    LOST = "select entity, record, field, kept, lost, value from conflicts
        where restored_at is null order by entity, record, field, lost";
}

/// A line for each record, in order: its kind, its id, its fields and whether it is contested; then
/// for each that leads to another, and for each change that lost.
pub fn export(tx: &mut ReadTx<'_>, mut line: impl FnMut(String)) -> Result<()> {
    for table in tables::ALL {
        let contested = apply::contested(tx, table.entity)?;
        let mut rows: BTreeMap<Uuid, Value> = BTreeMap::new();
        let mut after = Some(Uuid::nil());
        while let Some(from) = after {
            let (found, last) = tables::walk(tx, table, from, CHUNK)?;
            after = last;
            for some in found.chunks(500) {
                let some: &[At] = some;
                for (id, fields) in tables::rows(tx, table, some)? {
                    let mut all: Map<String, Value> = fields;
                    let topic = some.iter().find(|at| at.id == id).and_then(|at| at.topic);
                    if let Some(topic) = topic {
                        all.insert("session".to_owned(), topic.to_string().into());
                    }
                    if contested.contains(&id) {
                        all.insert("(contested)".to_owned(), true.into());
                    }
                    rows.insert(id, Value::Object(all));
                }
            }
        }
        for (id, fields) in rows {
            line(format!("{} {id} {fields}", table.entity));
        }
    }
    let led: Vec<RedirectRow> = tx.all(&REDIRECTS, args![])?;
    // Those of marks and the like follow from the others.
    for RedirectRow { entity, record, stands } in led.into_iter().filter(|row| !row.follows()) {
        line(format!("{entity} {record} is {stands}"));
    }
    let lost: Vec<LostRow> = tx.all(&LOST, args![])?;
    for LostRow { entity, record, field, kept, lost, value } in lost {
        let told = json!({ "field": field, "kept": kept, "lost": lost, "value": value });
        line(format!("{entity} {record} lost {told}"));
    }
    Ok(())
}
