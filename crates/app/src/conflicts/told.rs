//! What is known of a conflict: what was lost and what stands, who wrote it, when and on which node,
//! and what people call the records that it is about.

use super::{need, records};
use crate::{Ctx, Error, Result};
use muster_domain::ids::PersonId;
use muster_domain::time::Timestamp;
use muster_journal::kinds::{Join, kind_of};
use muster_journal::record::{GONE, Standing};
use muster_journal::{Entry, Version};
use muster_storage::ReadTx;
use muster_storage::called::{CalledRow, called};
use muster_storage::conflicts::{self, ConflictKey, ConflictRow, RedirectRow, Wanted};
use muster_storage::contested::{self, ContestedRow};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Most contested values of a kind, and records that became one, that are shown.
const MOST: i64 = 100;

/// Somebody's write of a field.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Write {
    /// What was written; of a mark all of its fields.
    pub value: Value,
    /// Who wrote it; nobody for jobs.
    pub by: Option<PersonId>,
    /// When, by the clock there.
    pub at: Option<Timestamp>,
    /// On which node, if its entry is here.
    pub node: Option<Uuid>,
}

/// A conflict and all that is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// As it is listed.
    pub row: ConflictRow,
    /// What was lost.
    pub lost: Write,
    /// What stands.
    pub stands: Write,
    /// The record's version, which whoever settles it must have seen.
    pub version: String,
    /// Whether it can be written back from here.
    pub restorable: bool,
    /// What stands of the record's fields, by which it is found.
    pub(super) fields: BTreeMap<String, Value>,
    /// What listeners of the record follow.
    pub(super) topic: Option<Uuid>,
    /// The change that stands, and the one that lost.
    pub(super) kept: Option<Version>,
    pub(super) lost_version: Option<Version>,
}

/// Conflicts, with what people call all that they name.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// The conflicts.
    pub items: Vec<Told>,
    /// What records and people are called, by id.
    pub names: HashMap<Uuid, CalledRow>,
    /// This node.
    pub node: Uuid,
}

/// Conflicts that are looked for, the latest first, from the one after `after` on.
pub fn list(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    wanted: &Wanted,
    (after, limit): (Option<&ConflictRow>, i64),
) -> Result<Held> {
    need(ctx)?;
    let rows = conflicts::list(tx, wanted, (after, limit))?;
    let items: Vec<Told> = rows.into_iter().map(|row| told(tx, row)).collect::<Result<_>>()?;
    let mut names = called(tx, &ids(&items))?;
    for told in items.iter().filter(|told| told.row.entity == "mark") {
        let mark = mark(told, &names);
        names.extend(mark.map(|mark| (mark.id, mark)));
    }
    Ok(Held { items, names, node: conflicts::own_node(tx)? })
}

/// What a mark is called: by its student and its session.
fn mark(told: &Told, names: &HashMap<Uuid, CalledRow>) -> Option<CalledRow> {
    let person = names.get(&told.fields.get("person").and_then(id)?)?;
    let session = names.get(&told.topic?);
    let class = session.map(|session| session.name.as_str());
    let detail: Vec<&str> = [person.detail.as_deref(), class].into_iter().flatten().collect();
    Some(CalledRow {
        id: told.row.record,
        kind: told.row.entity.clone(),
        name: person.name.clone(),
        detail: Some(detail.join(", ")),
        at: session.and_then(|session| session.at),
        on: None,
        within: told.topic,
    })
}

/// One of them.
pub fn read(tx: &mut ReadTx<'_>, ctx: &Ctx, key: &ConflictKey) -> Result<Told> {
    need(ctx)?;
    let row = conflicts::get(tx, key)?.ok_or(Error::NotFound)?;
    told(tx, row)
}

/// Values that somebody has to give up, with what the records are called.
pub fn contested(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
) -> Result<(Vec<ContestedRow>, HashMap<Uuid, CalledRow>)> {
    need(ctx)?;
    let rows = contested::list(tx, MOST)?;
    let ids: Vec<_> =
        rows.iter().flat_map(|row| [Some(row.record), row.holder]).flatten().collect();
    let names = called(tx, &ids)?;
    Ok((rows, names))
}

/// Records that were made twice and became one, with what the ones that stand are called.
pub fn led(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<(Vec<RedirectRow>, HashMap<Uuid, CalledRow>)> {
    need(ctx)?;
    let rows = conflicts::redirects(tx, (None, MOST))?;
    let ids: Vec<_> = rows.iter().map(|row| row.stands).collect();
    let names = called(tx, &ids)?;
    Ok((rows, names))
}

fn told(tx: &mut ReadTx<'_>, row: ConflictRow) -> Result<Told> {
    let lost_version = row.lost.parse::<Version>().ok();
    let listed = row.kept.parse::<Version>().ok();
    let some: Vec<_> = [listed, lost_version].into_iter().flatten().map(|at| at.entry).collect();
    let entries = conflicts::entries(tx, (&row.entity, row.record), &some)?;
    let standing = match kind_of(&row.entity).map(|kind| kind.join) {
        Some(Join::Record(rule)) => conflicts::joined(&entries).standing(rule),
        _ => Standing::default(),
    };
    let kept = kept(&row, &standing);
    let of = |version: Option<Version>| {
        let found = entries.iter().find(|(_, entry)| version == Some(Version::of(entry)));
        found.map(|(node, entry)| (*node, entry))
    };
    let (lost, stood) = (of(lost_version), of(kept));
    let value = serde_json::from_str(&row.value).unwrap_or_default();
    let stands = if row.entity == "mark" {
        Value::Object(standing.fields.clone().into_iter().collect())
    } else {
        standing.fields.get(&row.field).cloned().unwrap_or_default()
    };
    Ok(Told {
        lost: Write {
            value,
            by: row.lost_actor,
            at: Some(row.lost_at),
            node: lost.map(|(node, _)| node),
        },
        stands: write(stands, stood),
        version: standing.version.map(|version| version.to_string()).unwrap_or_default(),
        restorable: records::knows(&row.entity, &row.field),
        fields: standing.fields,
        topic: stood.or(lost).and_then(|(_, entry)| entry.topic),
        kept,
        lost_version,
        row,
    })
}

fn write(value: Value, stood: Option<(Uuid, &Entry)>) -> Write {
    Write {
        value,
        by: stood.and_then(|(_, entry)| entry.actor),
        at: stood.map(|(_, entry)| entry.at),
        node: stood.map(|(node, _)| node),
    }
}

/// The change that stands against the lost one now: as the record says, else what was listed. An
/// archive that lost has the field's version, but does not stand.
fn kept(row: &ConflictRow, standing: &Standing) -> Option<Version> {
    let now = standing
        .conflicts
        .iter()
        .find(|conflict| conflict.field == row.field && conflict.lost.to_string() == row.lost);
    let lost = row.lost.parse().ok();
    let of_field = standing.versions.get(&row.field).copied();
    let of_field = of_field.filter(|version| Some(*version) != lost && row.field != GONE);
    now.map(|conflict| conflict.kept).or(of_field).or_else(|| row.kept.parse().ok())
}

/// Every id that conflicts name: their records, who wrote, and what values refer to.
fn ids(items: &[Told]) -> Vec<Uuid> {
    let mut all = Vec::new();
    for told in items {
        all.push(told.row.record);
        all.extend(told.topic);
        all.extend([told.lost.by, told.stands.by].into_iter().flatten().map(Uuid::from));
        // What is not stored yet is named by what its fields refer to.
        all.extend(told.fields.values().filter_map(id));
        for value in [&told.lost.value, &told.stands.value] {
            all.extend(id(value));
            all.extend(value.as_object().into_iter().flat_map(|all| all.values()).filter_map(id));
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

fn id(value: &Value) -> Option<Uuid> {
    value.as_str().and_then(|text| Uuid::try_parse(text).ok())
}
