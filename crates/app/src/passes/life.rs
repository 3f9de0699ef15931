//! What becomes of a pass: withdrawn, refunded, handed on to others.

use super::KIND;
use super::issue::{HolderInput, fields, put_holders, read_email, read_holders};
use crate::{Ctx, Error, Form, Result, credentials, mail, settings};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::PassId;
use muster_domain::passes::{LONGEST_REASON, PassState};
use muster_domain::text;
use muster_journal::Change;
use muster_storage::passes::{self, HolderRow, PassRow};
use muster_storage::{WriteTx, events};

/// New holders of a pass, as typed.
#[derive(Clone, Debug)]
pub struct TransferInput {
    /// As many people as it admits.
    pub holders: Vec<HolderInput>,
    /// Where letters go from now on.
    pub email: String,
    /// Why.
    pub reason: String,
}

/// Withdraws a pass: it admits nobody, and its place is free again.
pub fn void(tx: &mut WriteTx<'_>, ctx: &Ctx, id: PassId, reason: &str) -> Result<()> {
    let (before, holders) = own(tx, ctx, id)?;
    let state = before.state.voided()?;
    end(tx, ctx, "pass.void", (before, &holders), (state, reason))
}

/// Withdraws a pass and notes that the money was given back.
pub fn refund(tx: &mut WriteTx<'_>, ctx: &Ctx, id: PassId, reason: &str) -> Result<()> {
    let (before, holders) = own(tx, ctx, id)?;
    let state = before.state.refunded(before.paid)?;
    end(tx, ctx, "pass.refund", (before, &holders), (state, reason))
}

/// Withdraws a pass that an import issued, unless somebody entered with it or something became of it
/// since.
pub(crate) fn take_back(tx: &mut WriteTx<'_>, ctx: &Ctx, id: PassId, version: i64) -> Result<bool> {
    let Some(row) = passes::lock(tx, id)? else { return Ok(false) };
    if row.version != version || row.state != PassState::Valid || row.admitted > 0 {
        return Ok(false);
    }
    let holders = passes::holders(tx, id)?;
    let how = (PassState::Void, "The import that issued it was taken back.");
    end(tx, ctx, "pass.void", (row, &holders), how)?;
    Ok(true)
}

fn own(tx: &mut WriteTx<'_>, ctx: &Ctx, id: PassId) -> Result<(PassRow, Vec<HolderRow>)> {
    let row = passes::lock(tx, id)?.ok_or(Error::NotFound)?;
    ctx.need(Permission::ManageEvents, Target::Event(row.event))?;
    let holders = passes::holders(tx, id)?;
    Ok((row, holders))
}

fn end(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    action: &'static str,
    (before, holders): (PassRow, &[HolderRow]),
    (state, reason): (PassState, &str),
) -> Result<()> {
    let mut form = Form::default();
    let reason = form.take("reason", text::clean(reason, LONGEST_REASON));
    form.check()?;
    let after = PassRow {
        state,
        reason: reason.clone(),
        ended_at: Some(ctx.now()),
        version: tx.version_over(before.version),
        ..before.clone()
    };
    if before.state == PassState::Valid {
        passes::end_holders(tx, before.id)?;
        events::unsell(tx, before.pass_type)?;
        events::give_back(tx, before.event, before.admits)?;
    }
    store(tx, action, (&before, holders), (&after, holders), reason.as_deref())
}

/// Hands a pass on to others: its credential is issued anew, and the one before admits nobody.
pub fn transfer(tx: &mut WriteTx<'_>, ctx: &Ctx, id: PassId, input: &TransferInput) -> Result<()> {
    let (before, old) = own(tx, ctx, id)?;
    before.state.transferable(before.admitted)?;
    let event = events::get(tx, before.event)?.ok_or(Error::NotFound)?;
    if event.archived_at.is_some() {
        return Err(Error::EventArchived);
    }
    let country = settings::load(tx)?.phone_country;
    let mut form = Form::default();
    let holders = read_holders(&mut form, &input.holders, (id, before.admits), country);
    let email = read_email(&mut form, &input.email);
    let reason = form.take("reason", text::clean_optional(&input.reason, LONGEST_REASON)).flatten();
    form.check()?;
    let after = PassRow {
        issue: before.issue + 1,
        email,
        holder: holders.first().map(|holder| holder.name.clone()).unwrap_or_default(),
        version: tx.version_over(before.version),
        ..before.clone()
    };
    passes::drop_holders(tx, id)?;
    put_holders(tx, event.id, &holders)?;
    passes::put_words(tx, &after, &holders)?;
    credentials::issue(tx, ctx, KIND, &[(id.0, after.issue)])?;
    store(tx, "pass.transfer", (&before, &old), (&after, &holders), reason.as_deref())?;
    if let Some(email) = after.email.as_ref().filter(|_| ctx.mails) {
        mail::insert(tx, ctx, mail::PASS, email, (&event.name, &id.to_string()))?;
    }
    Ok(())
}

fn store(
    tx: &mut WriteTx<'_>,
    action: &'static str,
    (before, old): (&PassRow, &[HolderRow]),
    (after, new): (&PassRow, &[HolderRow]),
    reason: Option<&str>,
) -> Result<()> {
    if !passes::update(tx, after, before.version)? {
        return Err(Error::Stale);
    }
    let change = Change::new(action, "pass", before.id).on(before.event).because(reason);
    let change = change.changed(&fields(before, old), &fields(after, new), before.version);
    Ok(tx.journal(change)?)
}
