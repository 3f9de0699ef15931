//! Whether the journal tells all that the tables hold, and nothing else.

use super::apply;
use super::tables::{self, At, Key, Table, table_of};
use super::telling::{differing, history, join_of, rows};
use crate::{ReadTx, Result, args, record, statements};
use muster_domain::ids::EntryId;
use muster_journal::record::GONE;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Records looked at together.
const CHUNK: i64 = 500;

/// A record of which tables hold something else than the journal tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untold {
    /// Its kind.
    pub entity: &'static str,
    /// Its id.
    pub id: Uuid,
    /// The fields; `(gone)` if it is there and is told to be gone, or the other way round.
    pub fields: Vec<&'static str>,
}

record! {
    struct EntryRow {
        id: EntryId,
        entity: String,
        entity_id: Uuid,
        topic: Option<Uuid>,
    }
}

statements! {
    EVERY_ENTRY = "select id, entity, entity_id, topic from journal where id > ?1
        order by id limit ?2";
}

/// What of the tables the journal does not tell, up to `limit` records. It reads all of both: a
/// check, nothing for everyday.
pub fn untold(tx: &mut ReadTx<'_>, limit: usize) -> Result<Vec<Untold>> {
    let mut found = Vec::new();
    for table in tables::ALL {
        let mut from = Some(Uuid::nil());
        while let Some(after) = from.filter(|_| found.len() < limit) {
            let (wanted, last) = tables::walk(tx, table, after, CHUNK)?;
            compare(tx, wanted.into_iter().map(|at| (table, at)).collect(), &mut found)?;
            from = last;
        }
    }
    let mut from = Some(EntryId(Uuid::nil()));
    while let Some(after) = from.filter(|_| found.len() < limit) {
        let entries: Vec<EntryRow> = tx.all(&EVERY_ENTRY, args![after, CHUNK])?;
        from = entries.last().map(|row| row.id);
        let named = entries.into_iter().filter_map(|row| {
            let table = table_of(&row.entity, row.entity_id)?;
            let topic = row.topic.filter(|_| table.key == Key::Mark);
            Some((table, At { id: row.entity_id, topic }))
        });
        compare(tx, named.collect(), &mut found)?;
    }
    found.sort_by_key(|untold| (untold.entity, untold.id));
    found.dedup();
    Ok(found)
}

fn compare(
    tx: &mut ReadTx<'_>,
    wanted: Vec<(&'static Table, At)>,
    found: &mut Vec<Untold>,
) -> Result<()> {
    let rows = rows(tx, wanted.iter().copied())?;
    let history = history(tx, wanted.iter().copied())?;
    let waiting = apply::waiting(tx, wanted.iter().map(|(table, at)| (table.entity, at.id)))?;
    let mut seen = BTreeSet::new();
    for (table, at) in wanted {
        let Some(rule) = join_of(table.entity).filter(|_| seen.insert((table.name, at.id))) else {
            continue;
        };
        // What waits is listed for people.
        if waiting.contains(&at.id) {
            continue;
        }
        let standing = history.standing(table, rule, &history.of(at.id));
        let gone = if standing.gone { vec![GONE] } else { Vec::new() };
        let fields = match rows.get(&(table.name, at.id)) {
            None if standing.gone => continue,
            None => vec![GONE],
            Some(row) => {
                let differing = differing(table, row, &standing).into_iter();
                gone.into_iter().chain(differing.map(|(field, _)| field)).collect()
            }
        };
        if !fields.is_empty() {
            found.push(Untold { entity: table.entity, id: at.id, fields });
        }
    }
    Ok(())
}
