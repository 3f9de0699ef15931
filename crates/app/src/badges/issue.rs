//! Issuing badges: the same one however often it is asked for, and anew in place of the one before;
//! withdrawing one that is lost.

use super::{EVERYTHING, KIND, counts};
use crate::people::merge;
use crate::{Ctx, Error, Form, Result, credentials, settings};
use muster_domain::auth::Permission;
use muster_domain::badges::{Holder, LONGEST_REASON};
use muster_domain::ids::{BadgeId, PersonId};
use muster_domain::text;
use muster_domain::time::Span;
use muster_journal::Change;
use muster_storage::badges::{self, BadgeRow};
use muster_storage::{ReadTx, WriteTx, people};
use serde_json::{Value, json};

/// A badge that somebody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Which.
    pub id: BadgeId,
    /// Whether it was issued just now.
    pub is_new: bool,
}

/// Issues a person's badge; whoever has one that counts keeps it.
pub fn issue(tx: &mut WriteTx<'_>, ctx: &Ctx, person: PersonId) -> Result<Issued> {
    let before = ready(tx, ctx, person)?;
    let id = BadgeId::of(person);
    if before.as_ref().is_some_and(|row| counts(row, ctx.now())) {
        return Ok(Issued { id, is_new: false });
    }
    issue_many(tx, ctx, &[(person, before)])?;
    Ok(Issued { id, is_new: true })
}

/// Issues a person's badge anew: the card of before stands for nobody from now on.
pub fn renew(tx: &mut WriteTx<'_>, ctx: &Ctx, person: PersonId) -> Result<()> {
    let before = ready(tx, ctx, person)?.ok_or(Error::NotFound)?;
    issue_many(tx, ctx, &[(person, Some(before))])
}

/// The badge of somebody who may have one.
fn ready(tx: &mut ReadTx<'_>, ctx: &Ctx, person: PersonId) -> Result<Option<BadgeRow>> {
    ctx.need(Permission::IssueBadges, EVERYTHING)?;
    merge::need_unmerged(tx, person)?;
    let row = people::get(tx, person)?.ok_or(Error::NotFound)?;
    let roles = people::grants(tx, person)?.into_iter().map(|grant| grant.role);
    if !row.active || Holder::of(roles).is_none() {
        let detail = "Badges are issued to students and staff whose records are in use.";
        return Err(Error::field("person", detail));
    }
    Ok(badges::get(tx, BadgeId::of(person))?)
}

/// Issues badges to people, in place of those that they had.
pub(super) fn issue_many(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    people: &[(PersonId, Option<BadgeRow>)],
) -> Result<()> {
    let years = settings::load(tx)?.badge_years;
    let until = ctx.now() + Span::days(years * 365 + years / 4);
    let (mut rows, mut records, mut changes) = (Vec::new(), Vec::new(), Vec::new());
    for (person, before) in people {
        let seen = before.as_ref().map_or(0, |row| row.version);
        let row = BadgeRow {
            id: BadgeId::of(*person),
            person: *person,
            issue: before.as_ref().map_or(1, |row| row.issue + 1),
            issued_by: ctx.act.actor,
            issued_at: ctx.now(),
            valid_from: ctx.now(),
            valid_until: until,
            voided_at: None,
            void_reason: None,
            version: tx.version_over(seen),
        };
        records.push((row.id.0, row.issue));
        if let Some(before) = before {
            if !badges::update(tx, &row, seen)? {
                return Err(Error::Stale);
            }
            let change = Change::new("badge.renew", "badge", row.id).on(*person);
            changes.push(change.changed(&fields(before), &fields(&row), seen));
        } else {
            let change = Change::new("badge.issue", "badge", row.id).on(*person);
            changes.push(change.created(&fields(&row)));
            rows.push(row);
        }
    }
    badges::insert_many(tx, &rows)?;
    credentials::issue(tx, ctx, KIND, &records)?;
    Ok(tx.journal_many(changes)?)
}

/// Withdraws a badge: the card stands for nobody from now on.
pub fn void(tx: &mut WriteTx<'_>, ctx: &Ctx, person: PersonId, reason: &str) -> Result<()> {
    ctx.need(Permission::IssueBadges, EVERYTHING)?;
    let before = badges::get(tx, BadgeId::of(person))?.ok_or(Error::NotFound)?;
    let mut form = Form::default();
    let reason = form.take("reason", text::clean(reason, LONGEST_REASON));
    form.check()?;
    if before.voided_at.is_some() {
        return Err(Error::AlreadyReversed);
    }
    let after = BadgeRow {
        voided_at: Some(ctx.now()),
        void_reason: reason.clone(),
        version: tx.version_over(before.version),
        ..before.clone()
    };
    if !badges::update(tx, &after, before.version)? {
        return Err(Error::Stale);
    }
    let change =
        Change::new("badge.void", "badge", before.id).on(person).because(reason.as_deref());
    Ok(tx.journal(change.changed(&fields(&before), &fields(&after), before.version))?)
}

fn fields(row: &BadgeRow) -> Value {
    let BadgeRow { person, issue, valid_from, valid_until, voided_at, .. } = row;
    json!({
        "person": person, "issue": issue, "valid_from": valid_from, "valid_until": valid_until,
        "voided_at": voided_at,
    })
}
