//! Whose records those are that came.

use super::apply::Id;
use super::tables::{At, Key, table_of};
use super::telling::rows;
use crate::{ReadTx, Result};
use muster_domain::ids::PersonId;
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The people among these records, by kind and id, and those whose the others are now. Marks are left
/// out: without its session none is found.
pub fn people_of(tx: &mut ReadTx<'_>, records: &BTreeSet<Id>) -> Result<BTreeSet<PersonId>> {
    let people = records.iter().filter(|(kind, _)| *kind == "person");
    let mut found: BTreeSet<PersonId> = people.map(|(_, id)| PersonId(*id)).collect();
    let theirs = records.iter().filter_map(|(kind, id)| {
        let table = table_of(kind, *id).filter(|table| table.key == Key::Id)?;
        table.fields().any(|field| field == FIELD).then_some((table, At { id: *id, topic: None }))
    });
    for fields in rows(tx, theirs)?.into_values() {
        let person = fields.get(FIELD).and_then(Value::as_str);
        found.extend(person.and_then(|id| Uuid::try_parse(id).ok()).map(PersonId));
    }
    Ok(found)
}

/// Of those kinds that are somebody's.
const FIELD: &str = "person";
