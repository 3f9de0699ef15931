//! Which records turned out to be another one, which stands for both.

use super::{Id, entity_of};
use crate::{ReadTx, Result, WriteTx, args, record, row, statements};
use std::collections::{BTreeSet, HashMap, HashSet};
use uuid::Uuid;

record! {
    struct RedirectRow {
        entity: String,
        record: Uuid,
        stands: Uuid,
        topic: Option<Uuid>,
    }
}

statements! {
    ANY = "select count(*) from (select 1 from redirects limit 1) few";
    OF_RECORDS = {
        sqlite: "select entity, record, stands, topic from redirects where record = ?1",
        postgres: "select entity, record, stands, topic from redirects where record = any(?1::uuid[])",
    };
    BY_STANDING = {
        sqlite: "select entity, record, stands, topic from redirects where stands = ?1",
        postgres: "select entity, record, stands, topic from redirects where stands = any(?1::uuid[])",
    };
    LEAD_ON = "update redirects set stands = ?3 where entity = ?1 and stands = ?2";
    LEAD = "insert into redirects (entity, record, stands, topic) values (?1, ?2, ?3, ?4)
        on conflict (entity, record) do update set stands = excluded.stands";
    STAND = "delete from redirects where entity = ?1 and record = ?2";
}

/// Of these records those that turned out to be another one, with the record that stands.
pub fn stands_for(tx: &mut ReadTx<'_>, records: &[Uuid]) -> Result<HashMap<Uuid, Uuid>> {
    let rows: Vec<RedirectRow> = tx.all_many(&OF_RECORDS, records.iter().map(|id| row![*id]))?;
    Ok(rows.into_iter().map(|row| (row.record, row.stands)).collect())
}

/// Those that were asked for, or made.
#[derive(Debug, Default)]
pub(in crate::replication) struct Redirects {
    /// Whether there are any at all.
    any: bool,
    asked: HashSet<Uuid>,
    known: HashMap<Id, Uuid>,
}

impl Redirects {
    /// Looks whether there are any.
    pub fn open(tx: &mut ReadTx<'_>) -> Result<Self> {
        let any = tx.number(&ANY, args![])? > 0;
        Ok(Self { any, ..Self::default() })
    }

    /// Whether no record stands for another.
    pub fn is_empty(&self) -> bool {
        !self.any
    }

    /// Reads where these lead.
    pub fn learn(
        &mut self,
        tx: &mut ReadTx<'_>,
        ids: impl IntoIterator<Item = Uuid>,
    ) -> Result<()> {
        if !self.any {
            return Ok(());
        }
        let ids: BTreeSet<Uuid> = ids.into_iter().filter(|id| self.asked.insert(*id)).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let rows: Vec<RedirectRow> = tx.all_many(&OF_RECORDS, ids.iter().map(|id| row![*id]))?;
        for row in rows {
            if let Some(entity) = entity_of(&row.entity) {
                self.known.insert((entity, row.record), row.stands);
            }
        }
        Ok(())
    }

    /// The record that stands for this one.
    pub fn resolve(&self, (entity, record): Id) -> Uuid {
        self.known.get(&(entity, record)).copied().unwrap_or(record)
    }

    /// The records that lead to these, with the sessions of marks.
    pub fn leading_to(
        &self,
        tx: &mut ReadTx<'_>,
        ids: &BTreeSet<Id>,
    ) -> Result<Vec<(Id, Id, Option<Uuid>)>> {
        if !self.any || ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<RedirectRow> =
            tx.all_many(&BY_STANDING, ids.iter().map(|(_, id)| row![*id]))?;
        let pairs = rows.into_iter().filter_map(|row| {
            let entity = entity_of(&row.entity)?;
            Some(((entity, row.record), (entity, row.stands), row.topic))
        });
        Ok(pairs.filter(|(_, stands, _)| ids.contains(stands)).collect())
    }

    /// Leads a record, and those that lead to it, to another one; of a mark with its session.
    pub fn lead(
        &mut self,
        tx: &mut WriteTx<'_>,
        (entity, from): Id,
        to: Uuid,
        topic: Option<Uuid>,
    ) -> Result<()> {
        self.any = true;
        tx.execute(&LEAD_ON, args![entity, from, to])?;
        tx.execute(&LEAD, args![entity, from, to, topic])?;
        // What stands leads nowhere.
        tx.execute(&STAND, args![entity, to])?;
        self.known.remove(&(entity, to));
        for ((kind, _), stands) in &mut self.known {
            if *kind == entity && *stands == from {
                *stands = to;
            }
        }
        self.known.insert((entity, from), to);
        self.asked.insert(from);
        self.asked.insert(to);
        Ok(())
    }
}
