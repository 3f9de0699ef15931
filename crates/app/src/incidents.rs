//! Incidents: whatever is odd about a scan, for people to look at and settle. A double use shows
//! only when all phones have been heard, in whatever order that is.

use crate::notices::{Notice, tell_those_who_may};
use crate::redemptions::Reviewed;
use crate::{Ctx, Error, Form, Result, points};
use muster_domain::auth::{Extent, Permission};
use muster_domain::ids::{IncidentId, RedemptionId};
use muster_domain::notices::NoticeKind;
use muster_domain::passes::LONGEST_REASON;
use muster_domain::text;
use muster_domain::time::{Span, Timestamp};
use muster_domain::verification::{IncidentKind, double_uses};
use muster_journal::Change;
use muster_storage::incidents::{self, IncidentRow, NewIncident, Wanted};
use muster_storage::redemptions::RedemptionRow;
use muster_storage::{ReadTx, WriteTx};
use serde_json::json;
use uuid::Uuid;

/// The most incidents that are counted one by one.
const MOST: i64 = 100;

/// Notes what is odd about a scan, once; the other scan is the one that stands against it.
pub(crate) fn note(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    row: &RedemptionRow,
    (kind, other): (IncidentKind, Option<RedemptionId>),
) -> Result<()> {
    let device = ctx.verifier.filter(|_| kind.is_of_device());
    if let Some(device) = device
        && incidents::is_known(tx, device, kind)?
    {
        return Ok(());
    }
    let new = NewIncident {
        id: ctx.fresh(),
        kind,
        redemption: row.id,
        other,
        scope: row.scope,
        device,
        made_at: ctx.now(),
        version: tx.version(),
    };
    if !incidents::insert(tx, &new)? {
        return Ok(());
    }
    let change = Change::new("incident.note", "incident", new.id).on(row.scope);
    let after = json!({"kind": kind.key(), "redemption": row.id, "other": other});
    tx.journal(change.created(&after))?;
    tell(tx, ctx, row, kind)
}

/// Finds the double uses of a pass or docket at its place by all that is known of it now: those that are
/// new are noted, and those that are none any more, as a scan was taken back, are settled.
pub(crate) fn weigh(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    reviewed: &Reviewed,
    why: Option<&str>,
) -> Result<()> {
    let scans = reviewed.counted(tx)?;
    let history: Vec<_> = scans.iter().map(|(_, one)| *one).collect();
    let row = |at: usize| scans.get(at).map(|(row, _)| row);
    // Whoever was let in all the same had somebody who answers for it.
    let double: Vec<_> = double_uses(&reviewed.record, &reviewed.rule, &history)
        .into_iter()
        .filter_map(|(at, other)| Some((row(at)?, other.and_then(row).map(|row| row.id))))
        .filter(|(row, _)| row.overridden.is_none())
        .collect();
    let all = muster_storage::redemptions::of_record(tx, reviewed.id)?;
    let here = all.iter().filter(|row| row.scope == reviewed.scope);
    let ids: Vec<_> = here.map(|row| row.id).collect();
    let mut known = incidents::of_scans(tx, &ids)?;
    known.retain(|one| one.kind == IncidentKind::DoubleUse);
    for (row, other) in &double {
        match known.iter().find(|one| one.redemption == row.id) {
            None => note(tx, ctx, row, (IncidentKind::DoubleUse, *other))?,
            Some(one) if one.other != *other => {
                let version = tx.version();
                incidents::face(tx, one.id, *other, version)?;
            }
            Some(_) => {}
        }
    }
    let over = known.iter().filter(|one| one.settled_at.is_none());
    for one in over.filter(|one| double.iter().all(|(row, _)| row.id != one.redemption)) {
        let reason = why.unwrap_or("By what was heard since it is in order.");
        close(tx, ctx, one.id, reason)?;
    }
    Ok(())
}

/// Tells those who may settle it: once a day and place, however much happens there.
fn tell(tx: &mut WriteTx<'_>, ctx: &Ctx, row: &RedemptionRow, kind: IncidentKind) -> Result<()> {
    let day = ctx.now().0.div_euclid(Span::days(1).0);
    let point = muster_storage::points::get(tx, row.point)?;
    let scope = point.map(|point| point.scope_name).unwrap_or_default();
    let notice = Notice {
        kind: NoticeKind::Incident,
        occasion: format!("incidents/{}/{day}", row.scope),
        title: format!("Look at the scans of {scope}"),
        body: format!(
            "{}, at {}. There may be more today: all are on one page.",
            kind.label(),
            row.point_name
        ),
        link: Some("/incidents".to_owned()),
    };
    let place = points::place_of(tx, row.scope)?;
    tell_those_who_may(tx, ctx, (Permission::OverrideVerdicts, place), &notice)
}

/// Incidents that the person who asks may settle, the latest first, from the one after `after` on.
pub fn list(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    wanted: Wanted,
    (after, limit): (Option<IncidentId>, i64),
) -> Result<Vec<IncidentRow>> {
    let events = ctx.events(Permission::OverrideVerdicts)?;
    let before = match after {
        Some(id) => (incidents::get(tx, id)?.ok_or(Error::NotFound)?.made_at, id),
        None => (Timestamp(i64::MAX), IncidentId(Uuid::max())),
    };
    let Extent::These(own) = events else {
        let wanted = Wanted { at_events: !sees_exams(ctx), ..wanted };
        return Ok(incidents::list(tx, wanted, (before, limit))?);
    };
    // Somebody's own events are few.
    let mut rows = Vec::new();
    for event in own.into_iter().filter(|event| wanted.scope.is_none_or(|one| one == event.0)) {
        let wanted = Wanted { scope: Some(event.0), ..wanted };
        rows.extend(incidents::list(tx, wanted, (before, limit))?);
    }
    rows.sort_unstable_by_key(|row| std::cmp::Reverse((row.made_at, row.id)));
    rows.truncate(usize::try_from(limit).unwrap_or_default());
    Ok(rows)
}

/// Whether the person who asks settles those at exams, too.
fn sees_exams(ctx: &Ctx) -> bool {
    ctx.assessments(Permission::OverrideVerdicts).is_ok()
}

/// One of them.
pub fn get(tx: &mut ReadTx<'_>, ctx: &Ctx, id: IncidentId) -> Result<IncidentRow> {
    let row = incidents::get(tx, id)?.ok_or(Error::NotFound)?;
    ctx.need(Permission::OverrideVerdicts, points::place_of(tx, row.scope)?)?;
    Ok(row)
}

/// Whether the person who asks may settle what is odd at the points of that place.
pub fn may_settle_at(tx: &mut ReadTx<'_>, ctx: &Ctx, scope: Uuid) -> Result<bool> {
    Ok(ctx.need(Permission::OverrideVerdicts, points::place_of(tx, scope)?).is_ok())
}

/// How many wait for the person who asks; none for whoever may not settle them. Whoever settles a part
/// of them hears of a hundred at most.
pub fn waiting(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<i64> {
    match ctx.events(Permission::OverrideVerdicts) {
        Err(_) => Ok(0),
        Ok(Extent::All) if sees_exams(ctx) => Ok(incidents::open(tx)?),
        Ok(_) => {
            let wanted = Wanted { open: true, ..Wanted::default() };
            let rows = list(tx, ctx, wanted, (None, MOST))?;
            Ok(i64::try_from(rows.len()).unwrap_or(MOST))
        }
    }
}

/// Settles an incident, with what came out.
pub fn settle(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    id: IncidentId,
    comment: &str,
) -> Result<IncidentRow> {
    get(tx, ctx, id)?;
    let mut form = Form::default();
    let comment = form.take("comment", text::clean(comment, LONGEST_REASON)).unwrap_or_default();
    form.check()?;
    if !close(tx, ctx, id, &comment)? {
        return Err(Error::AlreadyReversed);
    }
    incidents::get(tx, id)?.ok_or(Error::NotFound)
}

fn close(tx: &mut WriteTx<'_>, ctx: &Ctx, id: IncidentId, comment: &str) -> Result<bool> {
    let before = incidents::get(tx, id)?.ok_or(Error::NotFound)?;
    let version = tx.version_over(before.version);
    if !incidents::settle(tx, id, (ctx.now(), ctx.person()?, comment), version)? {
        return Ok(false);
    }
    let change = Change::new("incident.settle", "incident", id).on(before.scope);
    let (old, new) = (json!({"settled": false}), json!({"settled": true}));
    tx.journal(change.changed(&old, &new, before.version).because(Some(comment)))?;
    Ok(true)
}
