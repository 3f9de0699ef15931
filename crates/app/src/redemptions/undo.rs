//! Taking a mistaken admission back: the record stays, and says so.

use super::judge;
use super::review::Reviewed;
use crate::{Ctx, Error, Form, Result, dockets, incidents, points};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{DocketId, PassId, RedemptionId};
use muster_domain::passes::LONGEST_REASON;
use muster_domain::text;
use muster_domain::time::Span;
use muster_journal::Change;
use muster_storage::redemptions::{self, RedemptionRow};
use muster_storage::{WriteTx, passes};
use serde_json::json;

/// For how long whoever scanned may take it back themself.
const OWN: Span = Span::minutes(15);

/// Whether the person who acts may take that back: whoever scanned for a quarter of an hour, whoever
/// may override verdicts at that place at any time.
pub fn may_undo(ctx: &Ctx, row: &RedemptionRow, place: Target) -> bool {
    let own = ctx.person() == Ok(row.person) && ctx.now() - row.received_at <= OWN;
    let may = own || ctx.need(Permission::OverrideVerdicts, place).is_ok();
    row.admitted && row.undone_at.is_none() && may
}

/// Takes an admission back. Taken back before, it stays so.
pub fn undo(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    id: RedemptionId,
    reason: &str,
) -> Result<RedemptionRow> {
    let seen = redemptions::get(tx, id)?.ok_or(Error::NotFound)?;
    let (_, place) = points::at(tx, ctx, seen.point)?;
    take_back(tx, ctx, id, (reason, |row| may_undo(ctx, row, place)))
}

/// The same, if the person or the phone that acts may; the caller has looked at the point.
pub(super) fn take_back(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    id: RedemptionId,
    (reason, may): (&str, impl Fn(&RedemptionRow) -> bool),
) -> Result<RedemptionRow> {
    let seen = redemptions::get(tx, id)?.ok_or(Error::NotFound)?;
    let (pass, docket) = match (seen.kind.as_deref(), seen.record) {
        (Some(dockets::KIND), Some(record)) => {
            (None, muster_storage::dockets::lock(tx, DocketId(record))?)
        }
        (_, Some(record)) => (passes::lock(tx, PassId(record))?, None),
        (_, None) => (None, None),
    };
    let row = redemptions::get(tx, id)?.ok_or(Error::NotFound)?;
    if row.undone_at.is_some() {
        return Ok(row);
    }
    let mut form = Form::default();
    let reason = form.take("reason", text::clean(reason, LONGEST_REASON)).unwrap_or_default();
    if !row.admitted {
        form.wrong("", "Nobody was let through by this: there is nothing to take back.");
    }
    form.check()?;
    if !may(&row) {
        return Err(Error::Forbidden);
    }
    redemptions::undo(tx, id, (ctx.now(), ctx.person()?, &reason))?;
    let mut reviewed = docket.map(|docket| Reviewed::docket(docket.id, row.scope));
    if let Some(pass) = pass {
        judge::count(tx, &pass)?;
        reviewed = Reviewed::pass(tx, &pass)?;
    }
    if let Some(reviewed) = reviewed {
        incidents::weigh(tx, ctx, &reviewed, Some(&reason))?;
    }
    let change = Change::new("redemption.undo", "redemption", id).on(row.scope);
    let (before, after) = (json!({"undone": false}), json!({"undone": true}));
    tx.journal(change.changed(&before, &after, 0).because(Some(&reason)))?;
    redemptions::get(tx, id)?.ok_or(Error::NotFound)
}
