//! The lock of a term: while it holds, nothing of its attendance changes.

use super::EVERYTHING;
use crate::{Ctx, Error, Result};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{ClassId, TermId};
use muster_domain::text;
use muster_journal::Change;
use muster_storage::locks::{LockRow, LockedRow};
use muster_storage::{ReadTx, WriteTx, academics, locks};
use serde_json::json;

/// Locks a term: its sessions, marks and corrections change no more.
pub fn lock_term(tx: &mut WriteTx<'_>, ctx: &Ctx, id: TermId, reason: &str) -> Result<()> {
    ctx.need(Permission::LockTerms, EVERYTHING)?;
    locks::hold(tx, id)?;
    if locks::open_sessions(tx, id)? > 0 {
        let detail = "A session of this term is still open: close it first.";
        return Err(Error::field("reason", detail));
    }
    turn(tx, ctx, id, reason, true)
}

/// Unlocks a term.
pub fn unlock_term(tx: &mut WriteTx<'_>, ctx: &Ctx, id: TermId, reason: &str) -> Result<()> {
    ctx.need(Permission::LockTerms, EVERYTHING)?;
    locks::hold(tx, id)?;
    turn(tx, ctx, id, reason, false)
}

fn turn(tx: &mut WriteTx<'_>, ctx: &Ctx, id: TermId, reason: &str, locked: bool) -> Result<()> {
    let term = academics::term(tx, id)?.ok_or(Error::NotFound)?;
    let reason = text::clean(reason, 500).map_err(|error| match error {
        text::TextError::Empty => Error::field("reason", "Say why."),
        error => Error::field("reason", error.to_string()),
    })?;
    let before = locks::of_term(tx, id)?;
    let (since, seen) = before.map_or((None, 0), |before| (before.locked_at, before.version));
    if since.is_some() == locked {
        return Ok(());
    }
    let after = LockRow {
        term: id,
        name: term.name,
        locked_at: locked.then_some(ctx.now()),
        locked_by: ctx.act.actor,
        reason,
        version: tx.version_over(seen),
    };
    locks::put(tx, &after)?;
    let action = if locked { "term.lock" } else { "term.unlock" };
    let change = Change::new(action, "term", id).because(Some(&after.reason));
    let [old, new] = [since, after.locked_at].map(|at| json!({"locked_at": at}));
    Ok(tx.journal(change.changed(&old, &new, seen))?)
}

/// The lock of a class's term, if it holds: for those who see the class.
pub fn lock_of_class(tx: &mut ReadTx<'_>, ctx: &Ctx, class: ClassId) -> Result<Option<LockRow>> {
    ctx.need(Permission::ViewClass, Target::Class(class))?;
    Ok(locks::of_class(tx, class)?.filter(|lock| lock.locked_at.is_some()))
}

/// The locks that hold, of all terms.
pub fn locked_terms(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<LockedRow>> {
    ctx.need(Permission::ViewAcademics, EVERYTHING)?;
    Ok(locks::locked(tx)?)
}

/// Passes if the term of that class is not locked, nor will be before this transaction ends.
pub(crate) fn need_unlocked(tx: &mut WriteTx<'_>, class: ClassId) -> Result<()> {
    match locks::hold_of_class(tx, class)? {
        Some(LockRow { locked_at: Some(_), name, .. }) => Err(Error::TermLocked { term: name }),
        _ => Ok(()),
    }
}
