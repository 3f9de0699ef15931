//! Who took which natural key: records whose claims do not know of each other are one.

use super::changes::Changes;
use super::redirects::Redirects;
use super::{Id, entity_of};
use crate::{ReadTx, Result, Value, WriteTx, record, row, statements};
use muster_domain::ids::EntryId;
use muster_journal::Version;
use muster_journal::alias::{AliasId, Aliases, Claim};
use muster_journal::kinds::{Join, Kind, Part, kind_of};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

record! {
    #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
    struct ClaimRow {
        alias: Uuid,
        record: Uuid,
        clock: i64,
        entry: EntryId,
        entity: String,
        takes: Option<String>,
        one: Option<Uuid>,
        other: Option<Uuid>,
    }
}

record! {
    struct NamingRow {
        entity: String,
        record: Uuid,
    }
}

statements! {
    OF_RECORDS = {
        sqlite: "select alias, record, clock, entry, entity, takes, one, other from claims
        where record = ?1",
        postgres: "select alias, record, clock, entry, entity, takes, one, other from claims
        where record = any(?1::uuid[])",
    };
    OF_ALIASES = {
        sqlite: "select alias, record, clock, entry, entity, takes, one, other from claims
        where alias = ?1",
        postgres: "select alias, record, clock, entry, entity, takes, one, other from claims
        where alias = any(?1::uuid[])",
    };
    NAMING = "select entity, record from claims where one = ?1
        union select entity, record from claims where other = ?1";
    PUT = {
        sqlite: "insert into claims (alias, record, clock, entry, entity, takes, one, other)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        postgres: "insert into claims (alias, record, clock, entry, entity, takes, one, other)
        select * from unnest(?1::uuid[], ?2::uuid[], ?3::bigint[], ?4::uuid[], ?5::text[],
            ?6::text[], ?7::uuid[], ?8::uuid[])",
    };
    DROP = {
        sqlite: "delete from claims where alias = ?1 and record = ?2 and clock = ?3 and entry = ?4",
        postgres: "delete from claims c using
            unnest(?1::uuid[], ?2::uuid[], ?3::bigint[], ?4::uuid[]) as d (alias, record, clock, entry)
        where c.alias = d.alias and c.record = d.record and c.clock = d.clock and c.entry = d.entry",
    };
}

/// Writes down what these records claim; which of all records share a key without knowing of each
/// other, in pairs.
pub(super) fn put(
    tx: &mut WriteTx<'_>,
    redirects: &Redirects,
    records: &[(Id, &Changes)],
) -> Result<Vec<(Id, Uuid)>> {
    let keyed = |id: &Id| kind_of(id.0).filter(|kind| !kind.key.is_empty());
    let keyed: Vec<_> =
        records.iter().filter_map(|(id, changes)| Some((keyed(id)?, *id, *changes))).collect();
    if keyed.is_empty() {
        return Ok(Vec::new());
    }
    let ids: BTreeSet<Uuid> = keyed.iter().map(|(_, id, _)| id.1).collect();
    let known: Vec<ClaimRow> = tx.all_many(&OF_RECORDS, ids.iter().map(|id| row![*id]))?;
    let entities: BTreeSet<Id> = keyed.iter().map(|(_, id, _)| *id).collect();
    let own = |row: &ClaimRow| {
        entity_of(&row.entity).is_some_and(|entity| entities.contains(&(entity, row.record)))
    };
    let known: BTreeSet<ClaimRow> = known.into_iter().filter(own).collect();
    let claimed: BTreeSet<ClaimRow> =
        keyed.iter().flat_map(|(kind, id, changes)| of(kind, *id, changes, redirects)).collect();
    let dropped = known.difference(&claimed);
    tx.execute_many(&DROP, dropped.map(|row| row![row.alias, row.record, row.clock, row.entry]))?;
    let new: Vec<&ClaimRow> = claimed.difference(&known).collect();
    tx.execute_many(&PUT, new.iter().map(|row| columns(row)))?;
    let aliases: BTreeSet<Uuid> = new.iter().map(|row| row.alias).collect();
    sharing(tx, &aliases)
}

fn columns(row: &ClaimRow) -> Vec<Value<'_>> {
    let ClaimRow { alias, record, clock, entry, entity, takes, one, other } = row;
    row![*alias, *record, *clock, *entry, entity, takes.as_deref(), *one, *other]
}

/// The claims of a record: each change that writes a part of its key.
fn of(kind: &Kind, id: Id, changes: &Changes, redirects: &Redirects) -> Vec<ClaimRow> {
    let Join::Record(rule) = kind.join else { return Vec::new() };
    let standing = changes.record.standing(rule);
    let ops = changes.record.ops();
    // What was done on a node that stood alone claims nothing by itself.
    let ops = ops.filter(|op| op.takes.is_some());
    let ops = ops.filter(|op| op.values.keys().any(|field| kind.is_keyed_by(field)));
    let claim = |op: &muster_journal::record::Op| {
        let all = standing.fields.iter().chain(&op.values);
        let mut raw: BTreeMap<&str, Json> = BTreeMap::new();
        raw.extend(all.map(|(field, value)| (field.as_str(), value.clone())));
        let named: Vec<Uuid> = kind.key.iter().filter_map(|part| referred(*part, &raw)).collect();
        let led: BTreeMap<_, _> =
            raw.iter().map(|(field, value)| (*field, led(field, value, redirects))).collect();
        let AliasId(alias) = kind.alias(|field| led.get(field))?;
        let takes: Vec<String> = op.takes.iter().flatten().map(Version::to_string).collect();
        Some(ClaimRow {
            alias,
            record: id.1,
            clock: op.version.clock,
            entry: op.version.entry,
            entity: id.0.to_owned(),
            takes: (!takes.is_empty()).then(|| takes.join(" ")),
            one: named.first().copied(),
            other: named.get(1).copied(),
        })
    };
    ops.filter_map(claim).collect()
}

/// The record that a part of a key names.
fn referred(part: Part, fields: &BTreeMap<&str, Json>) -> Option<Uuid> {
    let (Part::Field(name) | Part::OrQuarter(name, _)) = part else { return None };
    Uuid::try_parse(fields.get(name)?.as_str()?).ok()
}

/// The fields of keys that name records have the names of their kinds.
fn led(field: &str, value: &Json, redirects: &Redirects) -> Json {
    let id = value.as_str().and_then(|text| Uuid::try_parse(text).ok());
    match (entity_of(field), id) {
        (Some(entity), Some(id)) => redirects.resolve((entity, id)).to_string().into(),
        _ => value.clone(),
    }
}

/// Records that share one of these keys without knowing of each other.
fn sharing(tx: &mut ReadTx<'_>, aliases: &BTreeSet<Uuid>) -> Result<Vec<(Id, Uuid)>> {
    let rows: Vec<ClaimRow> = tx.all_many(&OF_ALIASES, aliases.iter().map(|alias| row![*alias]))?;
    let mut entities: BTreeMap<Uuid, &'static str> = BTreeMap::new();
    let mut all = Aliases::default();
    for row in rows {
        let Some(entity) = entity_of(&row.entity) else { continue };
        entities.insert(row.record, entity);
        let takes = row.takes.as_deref().unwrap_or_default().split(' ');
        let over = takes.filter_map(|version| version.parse().ok()).collect();
        let version = Version { clock: row.clock, entry: row.entry };
        all.add(AliasId(row.alias), version, Claim { record: row.record, over });
    }
    let pairs = all.redirects();
    Ok(pairs.all().filter_map(|(from, to)| Some(((*entities.get(&from)?, from), to))).collect())
}

/// The records whose keys name this one.
pub(super) fn naming(tx: &mut ReadTx<'_>, record: Uuid) -> Result<Vec<Id>> {
    let rows: Vec<NamingRow> = tx.all(&NAMING, crate::args![record])?;
    Ok(rows.into_iter().filter_map(|row| Some((entity_of(&row.entity)?, row.record))).collect())
}
