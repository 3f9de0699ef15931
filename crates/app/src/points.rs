//! Check-in points: the gates of events, and which pass types each admits.

use crate::events::LONGEST;
use crate::{Ctx, Error, Form, Result};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{EventId, PassTypeId, PointId};
use muster_domain::passes::LONGEST_NAME;
use muster_domain::text;
use muster_domain::verification::PointKind;
use muster_journal::Change;
use muster_storage::points::{self, PointRow};
use muster_storage::{ReadTx, WriteTx, events};
use serde_json::json;

/// The most gates of an event.
const MOST: usize = 100;

/// Adds a gate to an event.
pub fn create(tx: &mut WriteTx<'_>, ctx: &Ctx, event: EventId, name: &str) -> Result<PointId> {
    ctx.need(Permission::ManageEvents, Target::Institution)?;
    let event = events::get(tx, event)?.ok_or(Error::NotFound)?;
    if event.archived_at.is_some() {
        return Err(Error::EventArchived);
    }
    let mut form = Form::default();
    let name = form.take("name", text::clean(name, LONGEST_NAME)).unwrap_or_default();
    let folded = text::fold(&name);
    let others = points::of_scope(tx, event.id.0)?;
    if others.iter().any(|point| point.name_folded == folded) {
        form.wrong("name", "This event has a gate of that name already.");
    } else if others.len() >= MOST {
        form.wrong("name", format!("An event has {MOST} gates at most."));
    }
    form.check()?;
    let row = PointRow {
        id: ctx.fresh(),
        kind: PointKind::Gate,
        scope: event.id.0,
        scope_name: event.name,
        name_folded: folded,
        name,
        archived_at: None,
        version: tx.version(),
    };
    points::insert(tx, &row)?;
    let after = json!({"kind": row.kind.key(), "scope": row.scope, "name": row.name});
    tx.journal(Change::new("point.create", "point", row.id).on(row.scope).created(&after))?;
    Ok(row.id)
}

/// Says that a point is used no more: what is scanned there from then on is refused.
pub fn archive(tx: &mut WriteTx<'_>, ctx: &Ctx, id: PointId) -> Result<PointRow> {
    ctx.need(Permission::ManageEvents, Target::Institution)?;
    let before = points::get(tx, id)?.ok_or(Error::NotFound)?;
    if before.archived_at.is_some() {
        return Ok(before);
    }
    let (archived_at, version) = (Some(ctx.now()), tx.version_over(before.version));
    let after = PointRow { archived_at, version, ..before.clone() };
    if !points::update(tx, &after, before.version)? {
        return Err(Error::Stale);
    }
    let change = Change::new("point.archive", "point", id).on(before.scope);
    let (old, new) = (json!({"archived": false}), json!({"archived": true}));
    tx.journal(change.changed(&old, &new, before.version))?;
    Ok(after)
}

/// Lets passes of a type admit at these gates alone; at every gate if none is named.
pub fn admit_at(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    pass_type: PassTypeId,
    wanted: &[PointId],
) -> Result<EventId> {
    ctx.need(Permission::ManageEvents, Target::Institution)?;
    let kind = events::pass_type(tx, pass_type)?.ok_or(Error::NotFound)?;
    let known = points::of_scope(tx, kind.event.0)?;
    let mut wanted = wanted.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    if wanted.iter().any(|id| known.iter().all(|point| point.id != *id)) {
        return Err(Error::field("points", "Choose gates of this event."));
    }
    let before = points::of_type(tx, pass_type)?;
    if before == wanted {
        return Ok(kind.event);
    }
    points::admit_at(tx, pass_type, &wanted)?;
    let change = Change::new("pass_type.admit_at", "pass_type", pass_type).on(kind.event);
    tx.journal(change.changed(&json!({"points": before}), &json!({"points": wanted}), 0))?;
    Ok(kind.event)
}

/// The gates of an event, by name; those that are used no more, too.
pub fn of_event(tx: &mut ReadTx<'_>, ctx: &Ctx, event: EventId) -> Result<Vec<PointRow>> {
    crate::events::get(tx, ctx, event)?;
    Ok(points::of_scope(tx, event.0)?)
}

/// The points at which the person who asks may verify today: gates of events that are not over.
pub fn used(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<PointRow>> {
    ctx.need(Permission::VerifyCredentials, Target::Institution)?;
    if ctx.need(Permission::ViewEvents, Target::Institution).is_err() {
        return Ok(Vec::new());
    }
    Ok(points::used(tx, ctx.now(), LONGEST)?)
}

/// A point, for whoever may verify there: at a gate the verifier sees what a pass says.
pub fn get(tx: &mut ReadTx<'_>, ctx: &Ctx, id: PointId) -> Result<PointRow> {
    ctx.need(Permission::VerifyCredentials, Target::Institution)?;
    let point = points::get(tx, id)?.ok_or(Error::NotFound)?;
    match point.kind {
        PointKind::Gate => ctx.need(Permission::ViewEvents, Target::Institution)?,
    }
    Ok(point)
}

/// Where passes of a type admit; everywhere if nothing is named.
pub fn of_type(tx: &mut ReadTx<'_>, ctx: &Ctx, pass_type: PassTypeId) -> Result<Vec<PointId>> {
    ctx.need(Permission::ViewEvents, Target::Institution)?;
    Ok(points::of_type(tx, pass_type)?)
}
