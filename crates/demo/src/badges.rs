//! Badges of the demo: of everybody who works there, and of a class, by the same actions as
//! everywhere, since badges are signed with the node's own keys.

use crate::events::act;
use muster_app::batches::{self, Group};
use muster_app::{Ctx, Result, badges, dockets};
use muster_domain::ids::{BatchId, PersonId};
use muster_storage::{ReadTx, Store, academics};

/// Issues badges. `ctx` gives the circumstances of one act, with the keys that sign.
pub fn issue_badges(store: &Store, ctx: impl Fn() -> Ctx) -> Result<()> {
    let office = store.read(|tx| muster_storage::people::by_identifier(tx, "A0001")).wait()?;
    let Some(office) = office.map(|row| row.id) else { return Ok(()) };
    let class = store.read(academics::classes).wait()?.into_iter();
    let class = class.filter(|class| class.archived_at.is_none()).map(|class| class.id).next();
    let class = class.map(|class| Group::Students(dockets::Group::Class(class)));
    for group in class.into_iter().chain([Group::Staff]) {
        let batch = act(store, ctx(), office, move |tx, ctx| badges::begin_batch(tx, ctx, group))?;
        finish(store, office, batch, &ctx)?;
    }
    Ok(())
}

/// Takes a batch to its end, step by step.
pub(crate) fn finish(
    store: &Store,
    office: PersonId,
    batch: BatchId,
    ctx: impl Fn() -> Ctx,
) -> Result<()> {
    let stored = move |tx: &mut ReadTx<'_>| muster_storage::batches::get(tx, batch);
    while let Some(row) = store.read(stored).wait()?.filter(|row| row.ended_at.is_none()) {
        act(store, ctx(), office, move |tx, ctx| batches::step(tx, ctx, &row).map(drop))?;
    }
    Ok(())
}
