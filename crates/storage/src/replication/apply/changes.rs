//! The changes of records: those that are in the journal and those that come in.

use super::{Id, entity_of};
use crate::journal::StoredEntry;
use crate::{ReadTx, Result, record, row, statements};
use muster_domain::ids::PersonId;
use muster_domain::time::Timestamp;
use muster_journal::kinds::rule_of;
use muster_journal::record::{Op, Record};
use muster_journal::{Entry, Version};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use uuid::Uuid;

record! {
    struct EntryRow {
        node: Option<Uuid>,
        stored: StoredEntry,
    }
}

statements! {
    OF_RECORDS = {
        sqlite: "select (select min(o.node) from journal_order o where o.entry = j.id), j.id, j.act,
            j.at, j.clock, j.actor, j.via, j.action, j.entity, j.entity_id, j.topic, j.before,
            j.after, j.replaced, j.reason, j.schema
        from journal j where j.entity_id = ?1 and j.entity <> 'mark'",
        // An entry that has no number yet is this node's own. One by one, since of a young journal
        // PostgreSQL has no statistics, and would read all of it for several.
        postgres: "select o.node, j.id, j.act, j.at, j.clock, j.actor, j.via, j.action, j.entity,
            j.entity_id, j.topic, j.before, j.after, j.replaced, j.reason, j.schema
        from (select distinct unnest(?1::uuid[]) as id) asked
        cross join lateral (
            select * from journal w where w.entity_id = asked.id and w.entity <> 'mark' offset 0
        ) j
        left join lateral (
            select n.node
            from (select node from journal_order where entry = j.id offset 0) n
            order by n.node limit 1
        ) o on true",
    };
    OF_SESSIONS = {
        sqlite: "select (select min(o.node) from journal_order o where o.entry = j.id), j.id, j.act,
            j.at, j.clock, j.actor, j.via, j.action, j.entity, j.entity_id, j.topic, j.before,
            j.after, j.replaced, j.reason, j.schema
        from journal j where j.topic = ?1 and j.entity = 'mark'",
        postgres: "select o.node, j.id, j.act, j.at, j.clock, j.actor, j.via, j.action, j.entity,
            j.entity_id, j.topic, j.before, j.after, j.replaced, j.reason, j.schema
        from (select distinct unnest(?1::uuid[]) as id) asked
        cross join lateral (
            select * from journal w where w.topic = asked.id and w.entity = 'mark' offset 0
        ) j
        left join lateral (
            select n.node
            from (select node from journal_order where entry = j.id offset 0) n
            order by n.node limit 1
        ) o on true",
    };
}

/// The kind whose entries are found by their topic.
pub(super) const MARK: &str = "mark";

/// All that is known of a record's changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    /// The changes.
    pub record: Record,
    /// Who made them, and when by the wall.
    pub made: BTreeMap<Version, (Option<PersonId>, Timestamp)>,
    /// Why one of them could not be read.
    pub unreadable: Option<&'static str>,
    /// Whether something of it was here before this batch.
    pub known: bool,
}

impl Changes {
    fn add(&mut self, entry: &Entry, node: Uuid) {
        let mut op = match Op::of(entry, node) {
            Ok(op) => op,
            Err(unreadable) => {
                self.unreadable = Some(unreadable.why);
                return;
            }
        };
        // A mark's session is what its entry is about.
        if let Some(session) = entry.topic.filter(|_| entry.entity == "mark") {
            let session = session.to_string().into();
            op.values.entry("session".to_owned()).or_insert(session);
        }
        self.made.insert(op.version, (entry.actor, entry.at));
        self.record.add(op);
    }

    /// Adds the changes of a record that turned out to be the same.
    pub fn join(&mut self, other: &Self) {
        self.record.join(&other.record);
        self.made.extend(&other.made);
        self.unreadable = self.unreadable.or(other.unreadable);
        self.known |= other.known;
    }

    /// Every id that a change names.
    pub fn ids(&self) -> impl Iterator<Item = Uuid> {
        let values = self.record.ops().flat_map(|op| op.values.values());
        values.filter_map(|value| Uuid::try_parse(value.as_str()?).ok())
    }
}

/// The changes of all records that are looked at.
pub(super) struct Journal<'b> {
    own: Uuid,
    incoming: HashMap<Id, Vec<(&'b Entry, Uuid)>>,
    records: HashMap<Id, Rc<Changes>>,
    /// The sessions of marks, by which their entries and rows are found.
    sessions: BTreeMap<Uuid, Uuid>,
}

impl<'b> Journal<'b> {
    /// With what comes in and is not in the journal yet, each with the node that wrote it.
    pub fn new(own: Uuid, incoming: impl IntoIterator<Item = (&'b Entry, Uuid)>) -> Self {
        let mut by_record: HashMap<Id, Vec<_>> = HashMap::new();
        let mut sessions = BTreeMap::new();
        for (entry, node) in incoming {
            let (Some(entity), Some(_)) = (entity_of(&entry.entity), rule_of(entry)) else {
                continue;
            };
            if let Some(session) = entry.topic.filter(|_| entity == MARK) {
                sessions.insert(entry.entity_id, session);
            }
            by_record.entry((entity, entry.entity_id)).or_default().push((entry, node));
        }
        Self { own, incoming: by_record, records: HashMap::new(), sessions }
    }

    /// Notes the session of a mark.
    pub fn note(&mut self, mark: Uuid, session: Option<Uuid>) {
        self.sessions.extend(session.map(|session| (mark, session)));
    }

    /// The session of a mark.
    pub fn session(&self, mark: Uuid) -> Option<Uuid> {
        self.sessions.get(&mark).copied()
    }

    /// The records that what comes in changes.
    pub fn changed(&self) -> BTreeSet<Id> {
        self.incoming.keys().copied().collect()
    }

    /// Reads the changes of these records, unless they are here already.
    pub fn load(&mut self, tx: &mut ReadTx<'_>, ids: impl IntoIterator<Item = Id>) -> Result<()> {
        // A mark whose session is not known yet can't be found.
        let found = |id: &Id| id.0 != MARK || self.sessions.contains_key(&id.1);
        let ids = ids.into_iter().filter(|id| !self.records.contains_key(id));
        let missing: BTreeSet<Id> = ids.filter(found).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let (marks, others): (Vec<Id>, Vec<Id>) =
            missing.iter().partition(|(entity, _)| *entity == MARK);
        let asked: BTreeSet<Uuid> = others.iter().map(|(_, id)| *id).collect();
        let mut rows: Vec<EntryRow> = tx.all_many(&OF_RECORDS, asked.iter().map(|id| row![*id]))?;
        let asked: BTreeSet<Uuid> = marks.iter().filter_map(|(_, id)| self.session(*id)).collect();
        let of_marks: Vec<EntryRow> =
            tx.all_many(&OF_SESSIONS, asked.iter().map(|id| row![*id]))?;
        rows.extend(of_marks);
        let mut loaded: HashMap<Id, Changes> =
            missing.into_iter().map(|id| (id, Changes::default())).collect();
        for row in rows {
            let Some(entry) = row.stored.0 else { continue };
            let (Some(entity), Some(_)) = (entity_of(&entry.entity), rule_of(&entry)) else {
                continue;
            };
            if let Some(changes) = loaded.get_mut(&(entity, entry.entity_id)) {
                changes.known = true;
                changes.add(&entry, row.node.unwrap_or(self.own));
            }
        }
        for (id, changes) in &mut loaded {
            for (entry, node) in self.incoming.get(id).into_iter().flatten() {
                changes.add(entry, *node);
            }
        }
        self.records.extend(loaded.into_iter().map(|(id, changes)| (id, Rc::new(changes))));
        Ok(())
    }

    /// What was looked at may have a row by now.
    pub fn written(&mut self) {
        self.records.values_mut().for_each(|changes| Rc::make_mut(changes).known = true);
    }

    /// The changes of a record that was loaded.
    pub fn of(&self, id: Id) -> Option<&Changes> {
        self.records.get(&id).map(|changes| &**changes)
    }

    /// The same, to be kept; none at all of one that was not.
    pub fn shared(&self, id: Id) -> Rc<Changes> {
        self.records.get(&id).cloned().unwrap_or_default()
    }
}
