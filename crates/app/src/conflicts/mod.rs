//! Conflicts: changes that lost against one that did not know of them, made on another node. Each is
//! listed until somebody writes it back or keeps what stands; either is an act like any other.

mod events;
mod lost;
mod people;
mod records;
mod taught;
mod told;

pub use told::{Held, Told, Write, contested, led, list, read};

use crate::{Ctx, Error, Form, Result};
use lost::Lost;
use muster_domain::auth::{Permission, Target};
use muster_domain::text;
use muster_journal::Change;
use muster_journal::record::Names;
use muster_storage::conflicts::{self, ConflictKey, ConflictRow};
use muster_storage::{Naming, ReadTx, WriteTx};
use uuid::Uuid;

/// Longest reason.
const LONGEST: usize = 500;

/// What becomes of a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// What was lost is written back, as a change of today that names both it and what stands.
    Restored,
    /// What stands is right: the record is not changed.
    Kept,
}

impl Outcome {
    /// As it is stored.
    const fn key(self) -> &'static str {
        match self {
            Self::Restored => "restored",
            Self::Kept => "kept",
        }
    }
}

/// Passes if the person who acts may see conflicts and settle them.
pub fn need(ctx: &Ctx) -> Result<()> {
    ctx.need(Permission::SettleConflicts, Target::Institution)
}

/// How many wait for the person who asks; none for whoever may not settle them.
pub fn waiting(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<i64> {
    if need(ctx).is_err() { Ok(0) } else { Ok(conflicts::open(tx)?) }
}

/// Settles a conflict; `seen` is the record's version that was looked at. The same again changes
/// nothing.
pub fn settle(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    key: &ConflictKey,
    outcome: Outcome,
    (seen, reason): (&str, &str),
) -> Result<()> {
    let Some((told, reason)) = begin(tx, ctx, key, (outcome.key(), seen, reason))? else {
        return Ok(());
    };
    match outcome {
        Outcome::Restored => restore(tx, ctx, &told, &reason)?,
        Outcome::Kept => keep(tx, &told, &reason)?,
    }
    end(tx, ctx, &told.row, (outcome.key(), &reason))
}

fn restore(tx: &mut WriteTx<'_>, ctx: &Ctx, told: &Told, reason: &str) -> Result<()> {
    let kind = records::kind(&told.row.entity).ok_or(Error::RestoreByHand)?;
    let names = Names {
        settles: told.kept.into_iter().chain(told.lost_version).collect(),
        ..Names::default()
    };
    let naming = Naming {
        entity: kind.entity,
        record: told.row.record,
        names: names.clone(),
        reason: reason.to_owned(),
    };
    let lost = Lost::of(told);
    let (done, written) = tx.naming(naming, |tx| records::write(tx, ctx, &lost, reason));
    done?;
    if !written {
        // It stood already, by a change of somebody who had the same in mind.
        settled(tx, kind, told, names, reason)?;
    }
    Ok(())
}

fn keep(tx: &mut WriteTx<'_>, told: &Told, reason: &str) -> Result<()> {
    let kind = records::kind(&told.row.entity).ok_or(Error::NotFound)?;
    let mut names = Names::default();
    names.settles.extend(told.lost_version);
    if kind.entity == "mark" {
        // A mark is a whole: whoever names what stands says it again.
        names.over.extend(told.kept.map(|kept| ("status".to_owned(), kept)));
    }
    settled(tx, kind, told, names, reason)
}

/// The conflict with all that is known of it, if it is open, and the reason; none if it was settled
/// that way before.
fn begin(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    key: &ConflictKey,
    (outcome, seen, reason): (&str, &str, &str),
) -> Result<Option<(Told, String)>> {
    let told = read(tx, ctx, key)?;
    match told.row.outcome.as_deref() {
        Some(before) if before == outcome => return Ok(None),
        None if told.row.settled_at.is_none() => {}
        _ => return Err(Error::ConflictSettled),
    }
    let mut form = Form::default();
    let reason = form.take("reason", text::clean(reason, LONGEST)).unwrap_or_default();
    form.check()?;
    if told.version != seen {
        return Err(Error::Stale);
    }
    Ok(Some((told, reason)))
}

/// Tells the journal that a conflict is settled, where no change of the record does.
fn settled(
    tx: &mut WriteTx<'_>,
    kind: &records::Kind,
    told: &Told,
    names: Names,
    reason: &str,
) -> Result<()> {
    let change = Change::new(kind.settle, kind.entity, told.row.record);
    let change = Change { topic: told.topic, ..change };
    Ok(tx.journal(change.naming(names).because(Some(reason)))?)
}

/// Notes who settled it. Somebody who was faster has settled it otherwise.
fn end(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    row: &ConflictRow,
    (outcome, reason): (&str, &str),
) -> Result<()> {
    let by = (ctx.now(), ctx.person()?);
    if conflicts::settle(tx, row, by, (outcome, Some(reason)))? {
        Ok(())
    } else {
        Err(Error::Stale)
    }
}

/// The conflict of that name: the entry that lost, a full stop, and the field.
pub fn key(name: &str) -> Option<ConflictKey> {
    let (entry, field) = name.split_once('.')?;
    let entry = Uuid::try_parse(entry).ok()?;
    Some(ConflictKey { entry: entry.into(), field: field.to_owned() })
}

/// The name by which [`key`] finds it.
pub fn name(row: &ConflictRow) -> String {
    let ConflictKey { entry, field } = row.key();
    format!("{}.{field}", entry.0.simple())
}
