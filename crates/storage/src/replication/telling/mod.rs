//! Telling all of an act: on a node that replicates its entries are kept back until the act's end,
//! and each record that it touched is compared with what all entries say of it. What they leave out
//! is added to the last of its entries here, and each names by its version what it replaces.
//!
//! - `history`: what was told of records before
//! - `claims`: who took which natural key
//! - `completing`: what an act's entries lack

mod claims;
mod completing;
mod history;

pub(super) use completing::differing;
pub(super) use history::history;

use super::files;
use super::tables::{self, At, Fields, Table, table_of};
use crate::{Act, ReadTx, Result, Statement, WriteTx};
use claims::Claims;
use completing::{AWAITED, Subject, Told};
use history::History;
use muster_journal::Entry;
use muster_journal::kinds::{Join, kind_of, rule_of};
use muster_journal::record::Rule;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What an act did so far.
#[derive(Debug, Default)]
pub(crate) struct Telling {
    kept: Vec<Entry>,
    /// The records that were here before this node replicated.
    before: Vec<(Act, &'static Table, At)>,
    /// Those that changed with another one, of which entries need not say so.
    beside: Vec<(Act, &'static Table, At)>,
}

impl Telling {
    /// Keeps entries back.
    pub fn keep(&mut self, entries: Vec<Entry>) {
        self.kept.extend(entries);
    }
}

impl WriteTx<'_> {
    /// Says that all is to be told of a record that was here before this node replicated.
    pub(crate) fn restate(&mut self, table: &'static Table, at: At) {
        let act = self.act().clone();
        if let Some(telling) = &mut self.telling {
            telling.before.push((act, table, at));
        }
    }

    /// Says that all is to be told of a record that changed with another one, whether an entry names it or not.
    pub(crate) fn tell_of(&mut self, entity: &str, id: Uuid) {
        let (act, table) = (self.act().clone(), table_of(entity, id));
        if let (Some(telling), Some(table)) = (&mut self.telling, table) {
            telling.beside.push((act, table, At { id, topic: None }));
        }
    }

    /// At the end of an act: completes what it tells, and stores it.
    pub(crate) fn tell(&mut self) -> Result<()> {
        let Some(Telling { kept, before, beside }) = self.telling.take() else { return Ok(()) };
        if kept.is_empty() && before.is_empty() && beside.is_empty() {
            return Ok(());
        }
        let subjects = subjects(&kept, before, beside);
        let mut known = Known::load(self, &subjects, &kept)?;
        let (mut entries, mut more) = (kept, Vec::new());
        for subject in subjects.values() {
            let Known { node, rows, history, claims } = &mut known;
            let (row, record) = (rows.get(&subject.key()), history.of(subject.at.id));
            let mut told = Told { subject, row, record, history, node: *node, claims };
            more.extend(told.complete(self, &mut entries));
        }
        known.claims.store(self)?;
        entries.extend(more);
        self.store_entries(entries)
    }
}

/// The rule by which records of a kind join.
pub(super) fn join_of(entity: &str) -> Option<Rule> {
    match kind_of(entity)?.join {
        Join::Record(rule) => Some(rule),
        Join::Note | Join::Local => None,
    }
}

type Subjects = BTreeMap<(&'static str, Uuid), Subject>;

/// The records that entries tell of, each with its own entries, those that were here before, and those that
/// changed with others.
fn subjects(
    kept: &[Entry],
    before: Vec<(Act, &'static Table, At)>,
    beside: Vec<(Act, &'static Table, At)>,
) -> Subjects {
    let mut subjects = Subjects::new();
    for (index, entry) in kept.iter().enumerate() {
        let Some(table) = table_of(&entry.entity, entry.entity_id) else { continue };
        let topic = entry.topic.filter(|_| table.key == tables::Key::Mark);
        let at = At { id: entry.entity_id, topic };
        let Some(subject) = subject(&mut subjects, table, at) else { continue };
        // What comes beside them is told as an entry of this act.
        subject.after = Some(entry.clone());
        if rule_of(entry).is_some() {
            subject.entries.push(index);
        }
    }
    for (act, table, at) in before {
        let Some(subject) = subject(&mut subjects, table, at) else { continue };
        subject.before = true;
        subject.after.get_or_insert_with(|| completing::blank(&act, table, at));
    }
    for (act, table, at) in beside {
        let Some(subject) = subject(&mut subjects, table, at) else { continue };
        subject.after.get_or_insert_with(|| completing::blank(&act, table, at));
    }
    subjects
}

fn subject<'s>(
    subjects: &'s mut Subjects,
    table: &'static Table,
    at: At,
) -> Option<&'s mut Subject> {
    let rule = join_of(table.entity)?;
    let new = Subject { table, at, rule, entries: Vec::new(), after: None, before: false };
    Some(subjects.entry((table.name, at.id)).or_insert(new))
}

/// What the tables and the journal hold of records.
struct Known {
    node: Uuid,
    rows: BTreeMap<(&'static str, Uuid), Fields>,
    history: History,
    claims: Claims,
}

impl Known {
    fn load(tx: &mut WriteTx<'_>, subjects: &Subjects, kept: &[Entry]) -> Result<Self> {
        let of = |subject: &Subject| (subject.table, subject.at);
        let rows = rows(tx, subjects.values().map(of))?;
        // A mark that is new has not been told of; there are many of them.
        let is_new = |subject: &Subject| {
            let first = subject.first(kept).filter(|_| subject.rule == Rule::Mark);
            let making = |entry: &Entry| ["mark.make", "mark.fill"].contains(&&*entry.action);
            first.is_some_and(|entry| making(entry) && entry.before.is_none())
        };
        let told = subjects.values().filter(|subject| !is_new(subject));
        let history = history(tx, told.map(of))?;
        let there =
            subjects.values().filter_map(|subject| Some((subject, rows.get(&subject.key())?)));
        let claims = Claims::load(tx, there)?;
        let node = crate::journal::node::series(tx)?.node;
        Ok(Self { node, rows, history, claims })
    }
}

/// The rows of records of several tables.
pub(super) fn rows(
    tx: &mut ReadTx<'_>,
    wanted: impl Iterator<Item = (&'static Table, At)>,
) -> Result<BTreeMap<(&'static str, Uuid), Fields>> {
    let mut by_table: BTreeMap<&str, (&'static Table, Vec<At>)> = BTreeMap::new();
    for (table, at) in wanted {
        by_table.entry(table.name).or_insert_with(|| (table, Vec::new())).1.push(at);
    }
    let mut found = BTreeMap::new();
    for (table, wanted) in by_table.into_values() {
        let mut rows = tables::rows(tx, table, &wanted)?;
        if table.fetches() {
            for id in files::awaited(tx, wanted.iter().map(|at| at.id))? {
                if table.is_fetched() {
                    rows.entry(id).or_default();
                }
                if let Some(row) = rows.get_mut(&id) {
                    row.insert(AWAITED.to_owned(), true.into());
                }
            }
        }
        found.extend(rows.into_iter().map(|(id, fields)| ((table.name, id), fields)));
    }
    Ok(found)
}

/// The statements of this module.
pub(crate) fn statements() -> Vec<&'static Statement> {
    [claims::ALL, history::ALL].concat()
}
