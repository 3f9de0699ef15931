//! Holds: blocks on a person's dockets, each with its reason. While one stands no docket is issued,
//! and those that were issued admit nobody.

use crate::notices::{Notice, notify};
use crate::people::merge;
use crate::{Ctx, Error, Form, Result};
use muster_domain::auth::{Permission, Target};
use muster_domain::dockets::LONGEST_REASON;
use muster_domain::ids::{HoldId, PersonId};
use muster_domain::notices::NoticeKind;
use muster_domain::text;
use muster_domain::time::Timestamp;
use muster_journal::Change;
use muster_storage::holds::{self, HoldRow};
use muster_storage::people::PersonRow;
use muster_storage::{ReadTx, WriteTx, people};
use serde_json::{Value, json};
use uuid::Uuid;

const EVERYTHING: Target = Target::Institution;

/// Places a hold on somebody's dockets.
pub fn place(tx: &mut WriteTx<'_>, ctx: &Ctx, person: PersonId, reason: &str) -> Result<HoldId> {
    ctx.need(Permission::ManageHolds, EVERYTHING)?;
    merge::need_unmerged(tx, person)?;
    let on = people::get(tx, person)?.ok_or(Error::NotFound)?;
    let mut form = Form::default();
    let reason = form.take("reason", text::clean(reason, LONGEST_REASON));
    form.check()?;
    let row = HoldRow {
        id: ctx.fresh(),
        person,
        name: on.name,
        number: on.number,
        reason: reason.unwrap_or_default(),
        placed_by: ctx.act.actor,
        placer: None,
        placed_at: ctx.now(),
        lifted_by: None,
        lifter: None,
        lifted_at: None,
        lifting_reason: None,
        version: tx.version(),
    };
    holds::insert(tx, &row)?;
    let change = Change::new("hold.place", "hold", row.id).on(person);
    tx.journal(change.created(&fields(&row)).because(Some(&row.reason)))?;
    let body = format!("{} No docket admits you while this hold stands.", sentence(&row.reason));
    tell(tx, ctx, &row, "placed", ("Your dockets are on hold", body))?;
    Ok(row.id)
}

/// Lifts a hold: dockets that were issued before admit again.
pub fn lift(tx: &mut WriteTx<'_>, ctx: &Ctx, id: HoldId, reason: &str) -> Result<PersonId> {
    ctx.need(Permission::ManageHolds, EVERYTHING)?;
    let before = holds::get(tx, id)?.ok_or(Error::NotFound)?;
    if before.lifted_at.is_some() {
        return Err(Error::AlreadyReversed);
    }
    let mut form = Form::default();
    let reason = form.take("reason", text::clean_optional(reason, LONGEST_REASON)).flatten();
    form.check()?;
    let after = HoldRow {
        lifted_by: ctx.act.actor,
        lifted_at: Some(ctx.now()),
        lifting_reason: reason.clone(),
        version: tx.version_over(before.version),
        ..before.clone()
    };
    if !holds::lift(tx, &after)? {
        return Err(Error::AlreadyReversed);
    }
    let change = Change::new("hold.lift", "hold", id).on(before.person);
    let change = change.changed(&fields(&before), &fields(&after), before.version);
    tx.journal(change.because(reason.as_deref()))?;
    let rest = holds::standing(tx, &[before.person])?;
    let body = match rest.first() {
        Some(other) => format!("Another one stands: {}", sentence(&other.reason)),
        None => "Nothing is on hold any more.".to_owned(),
    };
    tell(tx, ctx, &after, "lifted", ("A hold on your dockets was lifted", body))?;
    Ok(before.person)
}

/// Tells the person.
fn tell(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    row: &HoldRow,
    occasion: &str,
    (title, body): (&str, String),
) -> Result<()> {
    let notice = Notice {
        kind: NoticeKind::DocketHeld,
        occasion: format!("hold/{}/{occasion}", row.id),
        title: title.to_owned(),
        body,
        link: Some("/dockets".to_owned()),
    };
    notify(tx, ctx, row.person, &notice).map(drop)
}

fn sentence(reason: &str) -> String {
    format!("{}.", reason.trim_end_matches('.'))
}

/// A hold.
pub fn get(tx: &mut ReadTx<'_>, ctx: &Ctx, id: HoldId) -> Result<HoldRow> {
    ctx.need(Permission::ManageHolds, EVERYTHING)?;
    holds::get(tx, id)?.ok_or(Error::NotFound)
}

/// Every hold on a person, the latest first.
pub fn of_person(tx: &mut ReadTx<'_>, ctx: &Ctx, person: PersonId) -> Result<Vec<HoldRow>> {
    ctx.need(Permission::ManageHolds, EVERYTHING)?;
    merge::need_unmerged(tx, person)?;
    people::get(tx, person)?.ok_or(Error::NotFound)?;
    Ok(holds::of_person(tx, person)?)
}

/// Holds from the one after `after` on, the latest first; those that were lifted too if `all`.
pub fn list(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    all: bool,
    (after, limit): (Option<HoldId>, i64),
) -> Result<Vec<HoldRow>> {
    ctx.need(Permission::ManageHolds, EVERYTHING)?;
    let before = match after {
        Some(id) => (holds::get(tx, id)?.ok_or(Error::NotFound)?.placed_at, id),
        None => (Timestamp(i64::MAX), HoldId(Uuid::max())),
    };
    Ok(holds::list(tx, all, before, limit)?)
}

/// The person with that number, to be held.
pub fn named(tx: &mut ReadTx<'_>, ctx: &Ctx, number: &str) -> Result<PersonRow> {
    ctx.need(Permission::ManageHolds, EVERYTHING)?;
    let found = if number.trim().is_empty() { None } else { people::by_identifier(tx, number)? };
    found.ok_or_else(|| Error::field("number", "This is nobody's number."))
}

fn fields(row: &HoldRow) -> Value {
    let HoldRow { person, reason, placed_at, lifted_at, lifting_reason, .. } = row;
    json!({
        "person": person, "reason": reason, "placed_at": placed_at, "lifted_at": lifted_at,
        "lifting_reason": lifting_reason,
    })
}
