//! What another node did for somebody whose record was merged meanwhile becomes theirs whose record
//! stayed. The hub sees to it: it hears of all, and what it moves is told to all. It follows the merges
//! that were made there alone: else an edge in the wrong hands, which may change no payment, could have
//! somebody's payments moved by saying where their record leads.

use super::edited::tell_edited;
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
    tell_edited(tx, ctx, (batch, came))?;
    let mut touched = replication::people_of(tx, came)?;
    touched.extend(merges::marked_in(tx, sessions(batch, came))?);
    for row in merges::led(tx, touched)? {
        if let Some(kept) = kept_of(tx, row.merged)? {
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

/// The record at the end of the merges that were made here; none where another node has it lead on.
fn kept_of(tx: &mut ReadTx<'_>, merged: PersonId) -> Result<Option<PersonId>> {
    end_of(tx, merged, |tx, person| Ok(merges::made_here(tx, person)?.map(|made| made.kept)))
}

/// The record to which a merged one leads in the end, one step after the other; none where it leads
/// nowhere, in a circle, or to one that leads on by other steps.
pub(super) fn end_of(
    tx: &mut ReadTx<'_>,
    merged: PersonId,
    next: impl Fn(&mut ReadTx<'_>, PersonId) -> Result<Option<PersonId>>,
) -> Result<Option<PersonId>> {
    let (mut person, mut seen) = (merged, BTreeSet::new());
    while let Some(kept) = next(tx, person)? {
        if !seen.insert(person) {
            return Ok(None);
        }
        person = kept;
    }
    let stands = person != merged && merges::merged_into(tx, person)?.is_none();
    Ok(Some(person).filter(|_| stands))
}
