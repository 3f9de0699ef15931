//! What an act's entries lack of a record, added to them.

use super::claims::Claims;
use super::history::{History, op};
use crate::replication::tables::{At, Fields, Table};
use crate::{Act, WriteTx};
use muster_domain::ids::EntryId;
use muster_journal::record::{GONE, Names, Record, Rule, SETTLED, Standing};
use muster_journal::{Entry, Version, entry_id};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// A record that an act touched.
pub(super) struct Subject {
    pub table: &'static Table,
    pub at: At,
    pub rule: Rule,
    /// Its own among the act's entries.
    pub entries: Vec<usize>,
    /// The last entry that named it: more is told as one of its act.
    pub after: Option<Entry>,
    /// Whether it is told of what was here before this node replicated.
    pub before: bool,
}

/// An entry that says nothing yet.
pub(super) fn blank(act: &Act, table: &'static Table, at: At) -> Entry {
    Entry {
        id: EntryId(Uuid::nil()),
        act: act.id,
        at: act.at,
        clock: 0,
        actor: act.actor,
        via: act.via.to_owned(),
        action: format!("{}.restate", table.entity),
        entity: table.entity.to_owned(),
        entity_id: at.id,
        topic: at.topic,
        before: None,
        after: None,
        replaced: None,
        reason: None,
        schema: Entry::SCHEMA,
    }
}

/// By this a row is marked of which entries tell a file that is not here yet.
pub(super) const AWAITED: &str = "(awaited)";

/// The fields of which the tables hold something else than stands in the journal, with what they
/// hold.
pub(in crate::replication) fn differing(
    table: &Table,
    row: &Fields,
    standing: &Standing,
) -> Vec<(&'static str, Value)> {
    let awaited = row.contains_key(AWAITED);
    let fields = table.fields().filter(|field| !(awaited && table.is_fetched_with(field)));
    let fields = fields.filter_map(|field| {
        let held = row.get(field).unwrap_or(&Value::Null);
        let told = standing.fields.get(field).unwrap_or(&Value::Null);
        (held != told).then(|| (field, held.clone()))
    });
    fields.collect()
}

impl Subject {
    /// By which table and id its row is known.
    pub fn key(&self) -> (&'static str, Uuid) {
        (self.table.name, self.at.id)
    }

    /// The first entry that named it.
    pub fn first<'e>(&self, kept: &'e [Entry]) -> Option<&'e Entry> {
        kept.get(*self.entries.first()?)
    }
}

/// A record that an act touched, with what is known of it.
pub(super) struct Told<'k> {
    pub subject: &'k Subject,
    /// What the tables hold.
    pub row: Option<&'k Fields>,
    /// What was told so far, also of records that became it.
    pub record: Record,
    pub history: &'k History,
    pub node: Uuid,
    pub claims: &'k mut Claims,
}

impl Told<'_> {
    /// Completes its entries; gives another one if those can't say it.
    pub fn complete(&mut self, tx: &mut WriteTx<'_>, kept: &mut [Entry]) -> Option<Entry> {
        let subject = self.subject;
        let Subject { table, entries, .. } = subject;
        for index in entries {
            let Some(entry) = kept.get_mut(*index) else { continue };
            self.name(tx, entry);
            if let Some(row) = self.row.filter(|_| entries.last() == Some(index)) {
                self.add_missing(tx, row, entry);
            }
            self.add(entry);
        }
        let standing = self.standing(&self.record);
        let mut entry = self.blank()?;
        match self.row {
            None if standing.gone => return None,
            None => entry.action = format!("{}.remove", table.entity),
            Some(row) => {
                let mut differing = differing(table, row, &standing);
                if subject.before {
                    self.add_unclaimed(row, &mut differing);
                    settle(&mut entry, &standing);
                }
                if differing.is_empty() && !standing.gone && entry.replaced.is_none() {
                    return None;
                }
                write(&mut entry, &standing, differing);
            }
        }
        entry.id = entry_id(entry.act, tx.position(entry.act));
        entry.clock = entry.clock.max(tx.version());
        self.name(tx, &mut entry);
        self.add(&entry);
        Some(entry)
    }

    /// Adds the fields of a key that its record holds since before, and that no change has claimed.
    fn add_unclaimed(&self, row: &Fields, values: &mut Vec<(&'static str, Value)>) {
        let Subject { table, at, .. } = self.subject;
        for (field, value) in self.claims.unclaimed(table, at.id, row) {
            if !values.iter().any(|(known, _)| *known == field) {
                values.push((field, value));
            }
        }
    }

    /// Another entry of the act that touched it last.
    fn blank(&self) -> Option<Entry> {
        let Subject { table, at, after, .. } = self.subject;
        let after = after.as_ref()?;
        Some(Entry {
            action: format!("{}.restate", table.entity),
            entity: table.entity.to_owned(),
            entity_id: at.id,
            topic: at.topic.or(after.topic),
            before: None,
            after: None,
            replaced: None,
            ..after.clone()
        })
    }

    fn standing(&self, record: &Record) -> Standing {
        self.history.standing(self.subject.table, self.subject.rule, record)
    }

    fn add(&mut self, entry: &Entry) {
        if let Some(op) = op(entry, self.node) {
            self.claims.note(self.subject.table.entity, self.subject.at.id, self.row, &op);
            self.record.add(op);
        }
    }

    /// Adds to a record's last entry what the row holds and no entry tells.
    fn add_missing(&self, tx: &WriteTx<'_>, row: &Fields, entry: &mut Entry) {
        let Some(op) = op(entry, self.node).filter(|op| !op.removes()) else { return };
        let mut told = self.record.clone();
        told.add(op);
        let standing = self.standing(&told);
        let differing = differing(self.subject.table, row, &standing);
        if !differing.is_empty() {
            write(entry, &standing, differing);
            self.name(tx, entry);
        }
    }

    /// Names what an entry replaces.
    fn name(&self, tx: &WriteTx<'_>, entry: &mut Entry) {
        let rule = self.subject.rule;
        // Which conflicts it settles is somebody's word.
        let settles = op(entry, self.node).map(|op| op.settles).unwrap_or_default();
        entry.replaced = None;
        let Some(op) = op(entry, self.node) else { return };
        let written: Vec<&str> =
            op.values.keys().map(String::as_str).filter(|field| *field != GONE).collect();
        let mut names = self.record.standing(rule).names(&written, op.is_whole(rule));
        names.takes = self.claims.taken_over(self.subject.table.entity, self.row, &op);
        names.settles = settles;
        if newest(&names).is_some_and(|named| named >= Version::of(entry)) {
            // Acts of one transaction share a reading.
            entry.clock = tx.later_than(names.latest());
        }
        entry.replaced = names.replaced().map(|replaced| replaced.to_string());
    }
}

/// Has an entry take what lost off the list: a node that stood alone knew all that it did, and did not
/// always say so.
fn settle(entry: &mut Entry, standing: &Standing) {
    let lost: Vec<String> = standing.conflicts.iter().map(|lost| lost.lost.to_string()).collect();
    if !lost.is_empty() {
        entry.replaced = Some(json!({ SETTLED: lost.join(" ") }).to_string());
    }
}

fn newest(names: &Names) -> Option<Version> {
    let sets = names.saw.iter().chain(names.takes.iter().flatten()).chain(&names.settles);
    names.over.values().chain(sets).max().copied()
}

/// Writes values into an entry. One that the entry took for the value before was not changed.
fn write(entry: &mut Entry, standing: &Standing, values: Vec<(&'static str, Value)>) {
    let mut before = object(entry.before.as_deref());
    let mut after = object(entry.after.as_deref());
    for (field, value) in values {
        if before.get(field) == Some(&value) && !after.contains_key(field) {
            before.remove(field);
        } else if value.is_null() {
            after.remove(field);
            let was = || standing.fields.get(field).cloned().unwrap_or_default();
            before.entry(field).or_insert_with(was);
        } else {
            after.insert(field.to_owned(), value);
        }
    }
    let kept = |fields: Map<String, Value>, was: &Option<String>| {
        (was.is_some() || !fields.is_empty()).then(|| Value::Object(fields).to_string())
    };
    entry.before = kept(before, &entry.before);
    entry.after = kept(after, &entry.after);
}

fn object(text: Option<&str>) -> Map<String, Value> {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}
