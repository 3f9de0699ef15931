//! What stands of records, as rows that are about to be written.

use super::changes::Changes;
use super::pending::Waits;
use super::unite::{United, lead};
use super::{Id, Pass, derived, refers, words};
use crate::replication::tables::{self, At, Fields, Key, Table};
use crate::{ReadTx, Result};
use muster_domain::ids::NAMESPACE;
use muster_journal::kinds::{Join, kind_of};
use muster_journal::record::Standing;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A record that stands, with its row.
#[derive(Debug)]
pub(super) struct Draft {
    pub id: Id,
    pub at: At,
    pub table: &'static Table,
    /// The changes of all that became it.
    pub changes: Changes,
    pub standing: Standing,
    /// What stands, its references led to the records that stand.
    pub fields: Fields,
    /// The row before.
    pub before: Option<Fields>,
    /// Whether the row stays as it is: this node wrote it.
    pub kept: bool,
    /// Whether there is to be none.
    pub gone: bool,
}

/// All of them, and those that can't be written.
#[derive(Debug, Default)]
pub(super) struct Drafts {
    pub all: Vec<Draft>,
    pub waiting: BTreeMap<Id, Waits>,
    /// Those that were looked at.
    asked: BTreeSet<Id>,
    /// Records with rows, as far as something needs them.
    pub present: BTreeSet<Id>,
    /// What is there, but of which something is to be said.
    pub noted: BTreeMap<Id, Waits>,
}

/// The rows of the records that were touched, and of removed ones that are referred to again.
pub(super) fn drafts(
    tx: &mut ReadTx<'_>,
    pass: &mut Pass<'_>,
    united: &United,
    kept: &BTreeSet<Id>,
) -> Result<Drafts> {
    let mut drafts = Drafts::default();
    let mut wanted = united.touched.clone();
    while !wanted.is_empty() {
        let new = stand(tx, pass, &wanted, kept)?;
        drafts.asked.extend(&wanted);
        drafts.all.extend(new);
        wanted = drafts.missing(tx, pass)?;
    }
    Ok(drafts)
}

/// What stands of these records.
pub(super) fn stand(
    tx: &mut ReadTx<'_>,
    pass: &mut Pass<'_>,
    wanted: &BTreeSet<Id>,
    kept: &BTreeSet<Id>,
) -> Result<Vec<Draft>> {
    let leading = pass.redirects.leading_to(tx, wanted)?;
    for (from, _, session) in &leading {
        pass.led.insert(*from);
        pass.journal.note(from.1, *session);
    }
    pass.journal.load(tx, wanted.iter().copied().chain(leading.iter().map(|(from, ..)| *from)))?;
    let mut groups: BTreeMap<Id, Changes> = BTreeMap::new();
    for id in wanted {
        groups.insert(*id, pass.journal.of(*id).cloned().unwrap_or_default());
    }
    for (from, to, _) in &leading {
        if let (Some(group), Some(other)) = (groups.get_mut(to), pass.journal.of(*from)) {
            group.join(other);
        }
    }
    let ids: Vec<Uuid> = groups.values().flat_map(Changes::ids).collect();
    pass.redirects.learn(tx, ids)?;
    let mut new = Vec::new();
    for (id, changes) in groups {
        if let Some(draft) = draft(pass, id, changes, kept.contains(&id)) {
            new.push(draft);
        }
    }
    before(tx, &mut new)?;
    new.retain(|draft| draft.before.is_some() || draft.changes.record.ops().next().is_some());
    let named = new.iter().filter(|draft| draft.before.is_some());
    let named: Vec<Uuid> = named.flat_map(|draft| named_by(&draft.fields)).collect();
    pass.redirects.learn(tx, named)?;
    for draft in &mut new {
        let Draft { id, fields, standing, .. } = draft;
        lead(id.0, fields, &pass.redirects);
        // Two names of one record are no conflict.
        standing.conflicts.retain(|lost| {
            let mut led = Fields::from_iter([(lost.field.clone(), lost.value.clone())]);
            lead(id.0, &mut led, &pass.redirects);
            led.get(&lost.field) != fields.get(&lost.field)
        });
    }
    Ok(new)
}

fn named_by(fields: &Fields) -> impl Iterator<Item = Uuid> + '_ {
    fields.values().filter_map(|value| Uuid::try_parse(value.as_str()?).ok())
}

fn draft(pass: &Pass<'_>, id: Id, changes: Changes, kept: bool) -> Option<Draft> {
    let table = tables::table_of(id.0, id.1)?;
    let Join::Record(rule) = kind_of(id.0)?.join else { return None };
    let mut standing = changes.record.standing(rule);
    let told = standing.fields.iter().map(|(field, value)| (field.clone(), value.clone()));
    let fields: Fields = told.collect();
    // What no entry tells of may be there all the same.
    if changes.record.ops().next().is_none() {
        standing.gone = false;
    }
    let mut led = fields.clone();
    lead(id.0, &mut led, &pass.redirects);
    let session = led.get("session").filter(|_| id.0 == "mark").and_then(Json::as_str);
    let topic = session.and_then(|text| Uuid::try_parse(text).ok());
    let topic = topic.or_else(|| pass.journal.session(id.1));
    let gone = standing.gone;
    let at = At { id: id.1, topic };
    Some(Draft { id, at, table, changes, standing, fields, before: None, kept, gone })
}

/// Reads the rows that are there already; what entries do not tell of a record stays.
fn before(tx: &mut ReadTx<'_>, drafts: &mut [Draft]) -> Result<()> {
    let mut by_table: BTreeMap<&str, (&'static Table, Vec<At>)> = BTreeMap::new();
    for draft in drafts.iter().filter(|draft| draft.is_known()) {
        by_table.entry(draft.table.name).or_insert((draft.table, Vec::new())).1.push(draft.at);
    }
    for (_, (table, wanted)) in by_table {
        let mut rows = tables::rows(tx, table, &wanted)?;
        for draft in drafts.iter_mut().filter(|draft| draft.table.name == table.name) {
            draft.before = rows.remove(&draft.at.id);
        }
    }
    for draft in drafts {
        let told = std::mem::take(&mut draft.fields);
        let mut fields = draft.before.clone().unwrap_or_default();
        fields.extend(told);
        fields.retain(|_, value| !value.is_null());
        draft.fields = fields;
    }
    Ok(())
}

impl Draft {
    /// Whether something of it may be here already.
    fn is_known(&self) -> bool {
        self.changes.known || self.changes.record.ops().next().is_none()
    }

    /// What stands, as the row before was read: without what is no column.
    pub fn told(&self) -> Fields {
        let of_table = |field: &str| self.table.fields().any(|own| own == field);
        let own = self.fields.iter().filter(|(field, _)| of_table(field));
        own.map(|(field, value)| (field.clone(), value.clone())).collect()
    }

    /// Whether its row is to be written.
    pub fn is_written(&self) -> bool {
        !self.kept && !self.gone
    }

    /// The records without which its row can't be.
    pub fn needs(&self) -> impl Iterator<Item = (&'static str, Uuid)> + '_ {
        let main = refers::bound(self.id.0)
            .filter_map(|(field, kind)| Some((kind, self.fields.get(field)?.as_str()?)));
        let lines = refers::bound_lines(self.id.0).flat_map(|(field, name, kind)| {
            let lines = self.fields.get(field).and_then(Json::as_array).into_iter().flatten();
            lines.filter_map(move |line| {
                let value = if line.is_object() { line.get(name)? } else { line };
                Some((kind, value.as_str()?))
            })
        });
        main.chain(lines).filter_map(|(kind, id)| Some((kind, refers::key(kind, id)?)))
    }

    /// The id that follows from its name, if it is known by one.
    fn by_name(&self) -> Option<Uuid> {
        let Key::Named(beginning) = self.table.key else { return None };
        let name = self.fields.get("name")?.as_str()?;
        Some(Uuid::new_v5(&NAMESPACE, format!("{beginning}{name}").as_bytes()))
    }

    /// Why it can't be a row, whatever else comes.
    pub fn unfit(&self) -> Option<String> {
        let entity = self.id.0;
        let lacking = tables::lacking(self.table, self.at, &self.fields);
        if let Some(field) = lacking.first() {
            return Some(format!("{field} is missing or is nothing that fits"));
        }
        if let Some(field) = words::unknown(entity, &self.fields) {
            return Some(format!("{field} holds a word that is unknown here"));
        }
        let own = derived::id(entity, |field| self.fields.get(field)).or_else(|| self.by_name());
        if own.is_some_and(|own| own != self.id.1) {
            return Some("its id does not follow from what it is about".to_owned());
        }
        None
    }
}

impl Drafts {
    /// Who waits, and those of whose changes one could not be read.
    pub fn listed(&self) -> BTreeMap<Id, Waits> {
        let unreadable = self.all.iter().filter_map(|draft| {
            let why = draft.changes.unreadable?.to_owned();
            Some((draft.id, Waits { waits_for: None, why }))
        });
        let mut all: BTreeMap<Id, Waits> = unreadable.collect();
        all.extend(self.noted.iter().map(|(id, waits)| (*id, waits.clone())));
        all.extend(self.waiting.iter().map(|(id, waits)| (*id, waits.clone())));
        all
    }

    /// Marks what can't be written and finds out what is missing; of that what entries tell of is
    /// wanted again: it was removed, or waits itself.
    fn missing(&mut self, tx: &mut ReadTx<'_>, pass: &mut Pass<'_>) -> Result<BTreeSet<Id>> {
        self.keep_referred();
        for draft in self.all.iter().filter(|draft| draft.is_written()) {
            if let Some(why) = draft.unfit() {
                self.waiting.insert(draft.id, Waits { waits_for: None, why });
            }
        }
        let mut by_kind: BTreeMap<&'static str, BTreeSet<Uuid>> = BTreeMap::new();
        for draft in self.all.iter().filter(|draft| draft.is_written()) {
            for (kind, id) in draft.needs().filter(|need| !self.present.contains(need)) {
                by_kind.entry(kind).or_default().insert(id);
            }
        }
        let mut wanted = BTreeSet::new();
        for (kind, ids) in by_kind {
            let there = refers::present(tx, kind, &ids)?;
            let absent = ids.difference(&there).map(|id| (kind, *id));
            let absent: Vec<Id> = absent.filter(|id| !self.asked.contains(id)).collect();
            self.present.extend(there.into_iter().map(|id| (kind, id)));
            if super::entity_of(kind).is_none() {
                continue;
            }
            pass.journal.load(tx, absent.iter().copied())?;
            let told =
                |id: &Id| pass.journal.of(*id).is_some_and(|all| all.record.ops().next().is_some());
            wanted.extend(absent.into_iter().filter(told));
        }
        Ok(wanted)
    }

    /// What was removed but is referred to is there as long as it is.
    fn keep_referred(&mut self) {
        loop {
            let needing = self.all.iter().filter(|draft| draft.is_written());
            let needed: BTreeMap<Id, Uuid> = needing
                .flat_map(|draft| draft.needs().map(|need| (need, draft.id.1)).collect::<Vec<_>>())
                .collect();
            let mut changed = false;
            for draft in self.all.iter_mut().filter(|draft| draft.gone) {
                if let Some(by) = needed.get(&draft.id) {
                    (draft.gone, changed) = (false, true);
                    let why = REFERRED.to_owned();
                    self.noted.insert(draft.id, Waits { waits_for: Some(*by), why });
                }
            }
            if !changed {
                break;
            }
        }
    }
}

/// Why a removed record is there.
pub(super) const REFERRED: &str = "it was removed, but something refers to it";
