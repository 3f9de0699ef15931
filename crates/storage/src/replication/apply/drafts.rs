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
use std::rc::Rc;
use uuid::Uuid;

/// A record that stands, with its row.
#[derive(Debug)]
pub(super) struct Draft {
    pub id: Id,
    pub at: At,
    pub table: &'static Table,
    /// The changes of all that became it.
    pub changes: Rc<Changes>,
    pub standing: Standing,
    /// What stands, its references led to the records that stand.
    pub fields: Fields,
    /// The records without which its row can't be.
    pub needs: Vec<Id>,
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
    let mut groups: BTreeMap<Id, Rc<Changes>> = BTreeMap::new();
    for id in wanted {
        groups.insert(*id, pass.journal.shared(*id));
    }
    for (from, to, _) in &leading {
        if let (Some(group), Some(other)) = (groups.get_mut(to), pass.journal.of(*from)) {
            Rc::make_mut(group).join(other);
        }
    }
    pass.redirects.learn(tx, groups.values().flat_map(|changes| changes.ids()))?;
    let mut new = Vec::new();
    for (id, changes) in groups {
        if let Some(draft) = draft(pass, id, changes, kept.contains(&id)) {
            new.push(draft);
        }
    }
    before(tx, &mut new)?;
    new.retain(|draft| draft.before.is_some() || draft.changes.record.ops().next().is_some());
    let named = new.iter().filter(|draft| draft.before.is_some());
    pass.redirects.learn(tx, named.flat_map(|draft| named_by(&draft.fields)))?;
    for draft in &mut new {
        let Draft { id, fields, standing, needs: own, .. } = draft;
        lead(id.0, fields, &pass.redirects);
        *own = needs(id.0, fields);
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

fn draft(pass: &Pass<'_>, id: Id, changes: Rc<Changes>, kept: bool) -> Option<Draft> {
    let table = tables::table_of(id.0, id.1)?;
    let Join::Record(rule) = kind_of(id.0)?.join else { return None };
    let mut standing = changes.record.standing(rule);
    let fields: Fields = std::mem::take(&mut standing.fields).into_iter().collect();
    // What no entry tells of may be there all the same.
    if changes.record.ops().next().is_none() {
        standing.gone = false;
    }
    let session = fields.get("session").filter(|_| id.0 == "mark").map(|session| {
        let mut led = Fields::from_iter([("session".to_owned(), session.clone())]);
        lead(id.0, &mut led, &pass.redirects);
        led
    });
    let session = session.as_ref().and_then(|led| led.get("session")?.as_str());
    let topic = session.and_then(|text| Uuid::try_parse(text).ok());
    let topic = topic.or_else(|| pass.journal.session(id.1));
    let gone = standing.gone;
    let (at, needs, before) = (At { id: id.1, topic }, Vec::new(), None);
    Some(Draft { id, at, table, changes, standing, fields, needs, before, kept, gone })
}

/// The records without which a row with these fields can't be.
fn needs(entity: &str, fields: &Fields) -> Vec<Id> {
    let names = refers::names(entity);
    let mut needs = Vec::with_capacity(names.bound.len());
    let mut add = |kind: &'static str, value: Option<&Json>| {
        let id = value.and_then(|value| refers::key(kind, value.as_str()?));
        needs.extend(id.map(|id| (kind, id)));
    };
    for &(field, kind) in &names.bound {
        add(kind, fields.get(field));
    }
    for &(field, name, kind) in &names.bound_lines {
        for line in fields.get(field).and_then(Json::as_array).into_iter().flatten() {
            add(kind, if line.is_object() { line.get(name) } else { Some(line) });
        }
    }
    needs
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
        if let Some(before) = &draft.before {
            let told = std::mem::replace(&mut draft.fields, before.clone());
            draft.fields.extend(told);
        }
        draft.fields.retain(|_, value| !value.is_null());
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

    /// Whether its row is not there yet, or other than what stands.
    pub fn is_other(&self) -> bool {
        self.before.as_ref().is_none_or(|row| *row != self.told())
    }

    /// What was removed and stays only because something refers to it has nothing that one alone may
    /// have.
    pub fn give_up(&mut self) {
        if self.id.0 == "meeting" {
            self.fields.retain(|field, _| !["pattern", "week"].contains(&field.as_str()));
        }
    }

    /// Whether its row is to be written.
    pub fn is_written(&self) -> bool {
        !self.kept && !self.gone
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
    /// Lets go of the changes of records, which others may change from here on.
    pub fn release(&mut self) {
        let none = Rc::default();
        self.all.iter_mut().for_each(|draft| draft.changes = Rc::clone(&none));
    }

    /// Whether that record is to have no row.
    pub fn is_gone(&self, id: Id) -> bool {
        self.all.iter().any(|draft| draft.gone && draft.id == id)
    }

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
            for need in draft.needs.iter().filter(|need| !self.present.contains(*need)) {
                by_kind.entry(need.0).or_default().insert(need.1);
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
        while self.all.iter().any(|draft| draft.gone) {
            let needing = self.all.iter().filter(|draft| draft.is_written());
            let needed: BTreeMap<Id, Uuid> = needing
                .flat_map(|draft| draft.needs.iter().map(|need| (*need, draft.id.1)))
                .collect();
            let mut changed = false;
            for draft in self.all.iter_mut().filter(|draft| draft.gone) {
                if let Some(by) = needed.get(&draft.id) {
                    // Whoever removed it has no row of it either.
                    (draft.gone, draft.kept, changed) = (false, false, true);
                    draft.give_up();
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
