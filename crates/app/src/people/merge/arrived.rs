//! What another node did for somebody whose record was merged meanwhile becomes theirs whose record
//! stayed. The hub sees to it, whoever merged them: it hears of all, and what it moves is told to all.

use super::moves::Ledger;
use crate::{Ctx, Result};
use muster_domain::ids::{PersonId, SessionId};
use muster_journal::sync::{Batch, Item};
use muster_storage::{ReadTx, WriteTx, merges, replication};
use std::collections::BTreeSet;
use uuid::Uuid;

const REASON: &str = "It came when the two records had been merged";

/// Looks whether anything of what came, by kind and id, is of a record that leads to another.
pub(crate) fn follow_arrived(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    (batch, came): (&Batch, &BTreeSet<(&'static str, Uuid)>),
) -> Result<()> {
    if !merges::is_any(tx)? {
        return Ok(());
    }
    let mut touched = replication::people_of(tx, came)?;
    touched.extend(merges::marked_in(tx, sessions(batch, came))?);
    for row in merges::led(tx, touched)? {
        if let Some(kept) = stands(tx, row.kept)? {
            let mut ledger = Ledger::new(kept, row.merged, REASON);
            ledger.what_came_later(tx, ctx)?;
            ledger.keep_with(tx)?;
        }
    }
    Ok(())
}

/// The sessions in which somebody was marked, and those for which a mark may have waited.
fn sessions(batch: &Batch, came: &BTreeSet<(&'static str, Uuid)>) -> BTreeSet<SessionId> {
    let marked = batch.items.iter().filter_map(|item| match item {
        Item::Entry(sent) if sent.entry.entity == "mark" => sent.entry.topic,
        _ => None,
    });
    let held = came.iter().filter(|(kind, _)| *kind == "session").map(|(_, id)| *id);
    marked.chain(held).map(SessionId).collect()
}

/// The record at the end of the way; none where two nodes merged each into the other.
fn stands(tx: &mut ReadTx<'_>, mut person: PersonId) -> Result<Option<PersonId>> {
    let mut seen = BTreeSet::new();
    while seen.insert(person) {
        match merges::merged_into(tx, person)? {
            Some(next) => person = next,
            None => return Ok(Some(person)),
        }
    }
    Ok(None)
}
