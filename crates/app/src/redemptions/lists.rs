//! What was presented: at an event, at a gate, of a pass; and how many went through.

use super::review::Reviewed;
use crate::room_lists::{self, Place};
use crate::{Ctx, Result, points};
use muster_domain::ids::{EventId, PassId, PointId, RedemptionId};
use muster_domain::time::Timestamp;
use muster_domain::verification::{Finding, review};
use muster_storage::ReadTx;
use muster_storage::points::PointRow;
use muster_storage::redemptions::{
    self, PointCounts, RedemptionRow, WHILE, Wanted, heard, standing,
};
use uuid::Uuid;

/// How many went through at the points of a place.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// At all of them.
    pub whole: PointCounts,
    /// At each, by name.
    pub points: Vec<(PointRow, PointCounts)>,
}

impl Counts {
    /// People who are inside.
    pub fn inside(&self) -> i64 {
        (self.whole.entries - self.whole.exits).max(0)
    }

    /// What happened at one of the points.
    pub fn of(&self, point: PointId) -> PointCounts {
        let own = self.points.iter().find(|(row, _)| row.id == point);
        own.map(|(_, counts)| *counts).unwrap_or_default()
    }
}

/// How many went through at the points of a place; the caller may see it.
pub fn counts(tx: &mut ReadTx<'_>, scope: Uuid) -> Result<Counts> {
    let counted = redemptions::counts(tx, scope)?;
    let whole = counted.iter().fold(PointCounts::default(), |sum, one| PointCounts {
        point: None,
        entries: sum.entries + one.entries,
        exits: sum.exits + one.exits,
        refused: sum.refused + one.refused,
    });
    let points = muster_storage::points::of_scope(tx, scope)?.into_iter().map(|row| {
        let own = counted.iter().find(|counts| counts.point == Some(row.id));
        let counts = own.copied().unwrap_or_default();
        (row, counts)
    });
    Ok(Counts { whole, points: points.collect() })
}

/// How many people entered an event in each quarter of an hour in which somebody did.
pub fn whiles(tx: &mut ReadTx<'_>, ctx: &Ctx, event: EventId) -> Result<Vec<(Timestamp, i64)>> {
    crate::events::get(tx, ctx, event)?;
    let rows = redemptions::whiles(tx, event.0)?;
    Ok(rows.into_iter().map(|row| (Timestamp(row.number * WHILE.0), row.people)).collect())
}

/// What was presented at an event, the latest scan first, from the one after `after` on.
pub fn list(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    event: EventId,
    wanted: &Wanted,
    (after, limit): (Option<RedemptionId>, i64),
) -> Result<Vec<RedemptionRow>> {
    crate::events::get(tx, ctx, event)?;
    let before = before(tx, after)?;
    Ok(redemptions::list(tx, event.0, wanted, (before, limit))?)
}

/// The same, at the rooms of a sitting or the halls of an assessment.
pub fn list_at_exam(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    place: Place,
    wanted: &Wanted,
    (after, limit): (Option<RedemptionId>, i64),
) -> Result<Vec<RedemptionRow>> {
    room_lists::seen(tx, ctx, place)?;
    let before = before(tx, after)?;
    Ok(redemptions::list(tx, place.scope(), wanted, (before, limit))?)
}

/// The same, at one point.
pub fn of_point(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    point: PointId,
    wanted: &Wanted,
    (after, limit): (Option<RedemptionId>, i64),
) -> Result<Vec<RedemptionRow>> {
    let point = points::get(tx, ctx, point)?;
    let wanted = Wanted { point: Some(point.id), ..wanted.clone() };
    let before = before(tx, after)?;
    Ok(redemptions::list(tx, point.scope, &wanted, (before, limit))?)
}

/// Where a page of a list begins.
fn before(tx: &mut ReadTx<'_>, after: Option<RedemptionId>) -> Result<(Timestamp, RedemptionId)> {
    let end = (Timestamp(i64::MAX), RedemptionId(Uuid::max()));
    let Some(id) = after else { return Ok(end) };
    let row = redemptions::get(tx, id)?.ok_or(crate::Error::NotFound)?;
    Ok((row.scanned_at, id))
}

/// A presentation, with what it turns out to be once everything is heard.
#[derive(Clone, Debug)]
pub struct Scan {
    /// The record.
    pub row: RedemptionRow,
    /// None where it was taken back, or happened elsewhere.
    pub finding: Option<Finding>,
}

/// What happened with a pass, in the order in which it was scanned.
pub fn of_pass(tx: &mut ReadTx<'_>, ctx: &Ctx, pass: PassId) -> Result<Vec<Scan>> {
    let pass = crate::passes::row(tx, ctx, pass)?;
    let rows = redemptions::of_record(tx, pass.id.0)?;
    let Some(reviewed) = Reviewed::pass(tx, &pass)? else { return Ok(Vec::new()) };
    let own = standing(rows.clone(), pass.event.0);
    let history: Vec<_> = own.iter().filter_map(heard).collect();
    let findings = review(&reviewed.record, &reviewed.rule, &history);
    let scans = rows.into_iter().map(|row| {
        let place = own.iter().position(|one| one.id == row.id);
        let finding = place.and_then(|place| findings.get(place)).copied();
        Scan { row, finding }
    });
    Ok(scans.collect())
}
