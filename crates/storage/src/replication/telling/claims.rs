//! Claims of natural keys: a change that takes one names those that it takes over, so that a key
//! which was given up does not make two records one.

use super::completing::Subject;
use crate::replication::tables::{Fields, Table};
use crate::{ReadTx, Result, ToValue, Value as Arg, WriteTx, record, row, statements};
use muster_domain::ids::EntryId;
use muster_journal::Version;
use muster_journal::alias::{AliasId, Aliases, Claim};
use muster_journal::kinds::{Kind, Part, kind_of};
use muster_journal::record::Op;
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

record! {
    struct ClaimRow {
        alias: Uuid,
        record: Uuid,
        clock: i64,
        entry: EntryId,
        takes: Option<String>,
    }
}

statements! {
    CLAIMS = {
        sqlite: "select alias, record, clock, entry, takes from claims where alias = ?1",
        postgres: "select alias, record, clock, entry, takes from claims
        where alias = any(?1::uuid[])",
    };
    CLAIM = {
        sqlite: "insert into claims (alias, record, clock, entry, entity, takes, one, other)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) on conflict do nothing",
        postgres: "insert into claims (alias, record, clock, entry, entity, takes, one, other)
        select * from unnest(?1::uuid[], ?2::uuid[], ?3::bigint[], ?4::uuid[], ?5::text[],
            ?6::text[], ?7::uuid[], ?8::uuid[])
        on conflict do nothing",
    };
}

/// Who claimed the keys that an act may take, and what it claims itself.
#[derive(Debug, Default)]
pub(super) struct Claims {
    known: Aliases,
    new: Vec<NewClaim>,
}

#[derive(Debug)]
struct NewClaim {
    alias: Uuid,
    record: Uuid,
    version: Version,
    entity: &'static str,
    takes: Option<String>,
    /// The records that the key names.
    named: [Option<Uuid>; 2],
}

/// The kind of a record, if it has a natural key.
fn keyed(entity: &str) -> Option<&'static Kind> {
    kind_of(entity).filter(|kind| !kind.key.is_empty())
}

/// A field's value if there is one.
fn given<'f>(fields: &'f Fields, field: &str) -> Option<&'f Value> {
    fields.get(field).filter(|value| !value.is_null())
}

impl Claims {
    /// The claims of the keys of these records.
    pub fn load<'s>(
        tx: &mut ReadTx<'_>,
        records: impl Iterator<Item = (&'s Subject, &'s Fields)>,
    ) -> Result<Self> {
        let alias = |(subject, row): (&Subject, &Fields)| {
            keyed(subject.table.entity)?.alias(|field| given(row, field))
        };
        let aliases: BTreeSet<AliasId> = records.filter_map(alias).collect();
        let mut known = Aliases::default();
        if !aliases.is_empty() {
            let asked = aliases.iter().map(|alias| [alias.0.to_value()]);
            let rows: Vec<ClaimRow> = tx.all_many(&CLAIMS, asked)?;
            for ClaimRow { alias, record, clock, entry, takes } in rows {
                let over = takes.unwrap_or_default();
                let over = over.split(' ').filter_map(|version| version.parse().ok()).collect();
                known.add(AliasId(alias), Version { clock, entry }, Claim { record, over });
            }
        }
        Ok(Self { known, new: Vec::new() })
    }

    /// What a change of a record takes over; none if it claims nothing.
    pub fn taken_over(
        &self,
        entity: &str,
        row: Option<&Fields>,
        op: &Op,
    ) -> Option<BTreeSet<Version>> {
        let alias = keyed(entity).and_then(|kind| alias(kind, row, op));
        alias.map(|alias| self.known.known(alias))
    }

    /// What a row says of its key, where no change has claimed that for its record.
    pub fn unclaimed(
        &self,
        table: &Table,
        record: Uuid,
        row: &Fields,
    ) -> Vec<(&'static str, Value)> {
        let Some(kind) = keyed(table.entity) else { return Vec::new() };
        let Some(alias) = kind.alias(|field| given(row, field)) else { return Vec::new() };
        if self.known.has_claimed(alias, record) {
            return Vec::new();
        }
        let fields = table.fields().filter(|field| kind.is_keyed_by(field));
        fields.filter_map(|field| Some((field, given(row, field)?.clone()))).collect()
    }

    /// Notes what a change claims.
    pub fn note(&mut self, entity: &str, record: Uuid, row: Option<&Fields>, op: &Op) {
        let (Some(kind), Some(over)) = (keyed(entity), &op.takes) else { return };
        let Some(alias) = alias(kind, row, op) else { return };
        self.known.add(alias, op.version, Claim { record, over: over.clone() });
        let takes: Vec<String> = over.iter().map(Version::to_string).collect();
        let mut named = kind.key.iter().filter_map(|part| match *part {
            Part::Field(name) | Part::OrQuarter(name, _) => {
                Uuid::try_parse(value(row, op, name)?.as_str()?).ok()
            }
            Part::Folded(_) => None,
        });
        self.new.push(NewClaim {
            alias: alias.0,
            record,
            version: op.version,
            entity: kind.entity,
            takes: (!takes.is_empty()).then(|| takes.join(" ")),
            named: [named.next(), named.next()],
        });
    }

    /// Stores what was noted.
    pub fn store(&self, tx: &mut WriteTx<'_>) -> Result<()> {
        if self.new.is_empty() {
            return Ok(());
        }
        let rows = self.new.iter().map(|claim| -> Vec<Arg<'_>> {
            let NewClaim { alias, record, version, entity, takes, named: [one, other] } = claim;
            let Version { clock, entry } = *version;
            row![*alias, *record, clock, entry, *entity, takes.as_deref(), *one, *other]
        });
        tx.execute_many(&CLAIM, rows)?;
        Ok(())
    }
}

/// The key that a change takes, if it writes a part of it.
fn alias(kind: &Kind, row: Option<&Fields>, op: &Op) -> Option<AliasId> {
    let takes = op.values.keys().any(|field| kind.is_keyed_by(field));
    takes.then(|| kind.alias(|field| value(row, op, field)))?
}

fn value<'f>(row: Option<&'f Fields>, op: &'f Op, field: &str) -> Option<&'f Value> {
    let written = op.values.get(field).filter(|value| !value.is_null());
    written.or_else(|| given(row?, field))
}
