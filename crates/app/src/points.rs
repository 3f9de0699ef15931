//! Check-in points: the gates of events and which pass types each admits, the rooms of sittings, and
//! the halls of assessments.

use crate::events::LONGEST;
use crate::{Ctx, Error, Form, Result, finance};
use muster_domain::auth::{Extent, Permission, Target};
use muster_domain::ids::{AssessmentId, EventId, PassTypeId, PointId};
use muster_domain::passes::LONGEST_NAME;
use muster_domain::text;
use muster_domain::time::{Span, Timestamp};
use muster_domain::verification::PointKind;
use muster_journal::Change;
use muster_storage::points::{self, PointRow};
use muster_storage::{ReadTx, WriteTx, events, sittings};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The most gates of an event, and halls of an assessment.
const MOST: usize = 100;
/// How far ahead of a sitting its rooms are offered.
const SOON: Span = Span::hours(24);
/// How long after its end they still are.
const OVER: Span = Span::hours(2);

/// Adds a gate to an event.
pub fn create(tx: &mut WriteTx<'_>, ctx: &Ctx, event: EventId, name: &str) -> Result<PointId> {
    ctx.need(Permission::ManageEvents, Target::Event(event))?;
    let event = events::get(tx, event)?.ok_or(Error::NotFound)?;
    if event.archived_at.is_some() {
        return Err(Error::EventArchived);
    }
    add(tx, ctx, (PointKind::Gate, event.id.0), name)
}

/// Adds a hall to an assessment: where dockets admit of students who have no sittings in it.
pub fn create_hall(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    assessment: AssessmentId,
    name: &str,
) -> Result<PointId> {
    ctx.need(Permission::ManageSittings, Target::Institution)?;
    let assessment = finance::stored_assessment(tx, assessment)?;
    add(tx, ctx, (PointKind::Hall, assessment.id.0), name)
}

fn add(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    (kind, scope): (PointKind, Uuid),
    name: &str,
) -> Result<PointId> {
    let mut form = Form::default();
    let name = form.take("name", text::clean(name, LONGEST_NAME)).unwrap_or_default();
    let folded = text::fold(&name);
    let others = points::of_scope(tx, scope)?;
    if others.iter().any(|point| point.name_folded == folded) {
        form.wrong("name", "There is one of that name already.");
    } else if others.len() >= MOST {
        form.wrong("name", format!("There can be {MOST} at most."));
    }
    form.check()?;
    let row = PointRow {
        id: ctx.fresh(),
        kind,
        scope,
        scope_name: String::new(),
        name_folded: folded,
        name,
        archived_at: None,
        version: tx.version(),
    };
    points::insert_many(tx, std::slice::from_ref(&row))?;
    let after = json!({"kind": row.kind.key(), "scope": row.scope, "name": row.name});
    tx.journal(Change::new("point.create", "point", row.id).on(row.scope).created(&after))?;
    Ok(row.id)
}

/// Says that a gate or a hall is used no more: what is scanned there from then on is refused. Rooms
/// follow their sitting.
pub fn archive(tx: &mut WriteTx<'_>, ctx: &Ctx, id: PointId) -> Result<PointRow> {
    let before = points::get(tx, id)?.ok_or(Error::NotFound)?;
    let manages = match before.kind {
        PointKind::Gate => Permission::ManageEvents,
        PointKind::Room | PointKind::Hall => Permission::ManageSittings,
    };
    ctx.need(manages, place(tx, &before)?)?;
    if before.kind == PointKind::Room {
        return Err(Error::field("point", "Change the rooms of the sitting instead."));
    }
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
    let kind = events::pass_type(tx, pass_type)?.ok_or(Error::NotFound)?;
    ctx.need(Permission::ManageEvents, Target::Event(kind.event))?;
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

/// The rooms of a sitting, or the halls of an assessment, by name; those that are used no more, too.
pub fn of_place(tx: &mut ReadTx<'_>, ctx: &Ctx, scope: Uuid) -> Result<Vec<PointRow>> {
    ctx.need(Permission::ViewSittings, exam(tx, scope)?)?;
    let mut found = points::of_scope(tx, scope)?;
    found.retain(|point| point.kind != PointKind::Gate);
    Ok(found)
}

/// The points at which the person who asks may verify today: gates of events that are not over for
/// whoever sees events; for whoever sees sittings their rooms, from a few hours ago to tomorrow, and
/// the halls of the active assessment.
pub fn used(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<PointRow>> {
    let verifies = Permission::VerifyCredentials;
    let (exams, gates) = (ctx.assessments(verifies), ctx.events(verifies));
    if exams.is_err() {
        gates.as_ref().map_err(Clone::clone)?;
    }
    let mut found = Vec::new();
    if let Ok(exams) = exams.and_then(|_| ctx.assessments(Permission::ViewSittings)) {
        found = used_at_exams(tx, ctx, &exams)?;
    }
    if let Ok(events) = gates.and_then(|_| ctx.events(Permission::ViewEvents)) {
        let gates = points::used(tx, ctx.now(), LONGEST)?.into_iter();
        found.extend(gates.filter(|gate| events.contains(EventId(gate.scope))));
    }
    Ok(found)
}

fn used_at_exams(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    exams: &Extent<AssessmentId>,
) -> Result<Vec<PointRow>> {
    let span = (ctx.now() - Span::days(1), ctx.now() + SOON);
    let mut found = points::rooms(tx, span, ctx.now() - OVER)?;
    if let Extent::These(own) = exams {
        let mut sittings: BTreeSet<Uuid> = BTreeSet::new();
        for row in sittings::beginning(tx, span)? {
            if own.contains(&row.assessment) {
                sittings.insert(row.id.0);
            }
        }
        found.retain(|room| sittings.contains(&room.scope));
    }
    let Some(term) = finance::chosen_term(tx, ctx, None)? else { return Ok(found) };
    for assessment in finance::assessments_of(tx, term.id)? {
        if assessment.active && exams.contains(assessment.id) {
            let halls = points::of_scope(tx, assessment.id.0)?.into_iter();
            found.extend(halls.filter(|hall| hall.archived_at.is_none()));
        }
    }
    Ok(found)
}

/// What one enters at a point, with the points there.
#[derive(Clone, Debug)]
pub struct PlaceToVerify {
    /// The event, the sitting, or the assessment.
    pub name: String,
    /// When a sitting is.
    pub times: Option<(Timestamp, Timestamp)>,
    /// Where one may stand.
    pub points: Vec<PointRow>,
}

/// The same, place by place.
pub fn places(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<PlaceToVerify>> {
    let mut places: Vec<PlaceToVerify> = Vec::new();
    for point in used(tx, ctx)? {
        let same = |place: &&mut PlaceToVerify| {
            place.points.first().is_some_and(|first| first.scope == point.scope)
        };
        if let Some(place) = places.last_mut().filter(same) {
            place.points.push(point);
            continue;
        }
        let sitting = match point.kind {
            PointKind::Room => sittings::get(tx, point.scope.into())?,
            PointKind::Gate | PointKind::Hall => None,
        };
        places.push(PlaceToVerify {
            name: point.scope_name.clone(),
            times: sitting.map(|row| (row.starts_at, row.ends_at)),
            points: vec![point],
        });
    }
    Ok(places)
}

/// A point, for whoever may verify there: at a gate the verifier sees what a pass says, at a room who
/// sits an exam.
pub fn get(tx: &mut ReadTx<'_>, ctx: &Ctx, id: PointId) -> Result<PointRow> {
    Ok(at(tx, ctx, id)?.0)
}

/// The same, with what has to be allowed there.
pub(crate) fn at(tx: &mut ReadTx<'_>, ctx: &Ctx, id: PointId) -> Result<(PointRow, Target)> {
    let point = points::get(tx, id)?.ok_or(Error::NotFound)?;
    let place = place(tx, &point)?;
    may_verify(ctx, &point, place)?;
    Ok((point, place))
}

/// Passes if the person who acts may verify at that point, which belongs to that place.
pub(crate) fn may_verify(ctx: &Ctx, point: &PointRow, place: Target) -> Result<()> {
    let sees = match point.kind {
        PointKind::Gate => Permission::ViewEvents,
        PointKind::Room | PointKind::Hall => Permission::ViewSittings,
    };
    ctx.need(Permission::VerifyCredentials, place)?;
    ctx.need(sees, place)
}

/// What one enters at a point, as permissions name it: the event, or the assessment of the exam.
pub(crate) fn place(tx: &mut ReadTx<'_>, point: &PointRow) -> Result<Target> {
    match point.kind {
        PointKind::Gate => Ok(Target::Event(EventId(point.scope))),
        PointKind::Room | PointKind::Hall => exam(tx, point.scope),
    }
}

/// The assessment of which that is a sitting, or which that is itself.
fn exam(tx: &mut ReadTx<'_>, scope: Uuid) -> Result<Target> {
    let sitting = sittings::get(tx, scope.into())?;
    Ok(Target::Assessment(sitting.map_or(AssessmentId(scope), |row| row.assessment)))
}

/// The same of any scope: an event, a sitting, or an assessment.
pub(crate) fn place_of(tx: &mut ReadTx<'_>, scope: Uuid) -> Result<Target> {
    match events::get(tx, EventId(scope))? {
        Some(event) => Ok(Target::Event(event.id)),
        None => exam(tx, scope),
    }
}

/// Where passes of a type admit; everywhere if nothing is named.
pub fn of_type(tx: &mut ReadTx<'_>, ctx: &Ctx, pass_type: PassTypeId) -> Result<Vec<PointId>> {
    let kind = events::pass_type(tx, pass_type)?.ok_or(Error::NotFound)?;
    ctx.need(Permission::ViewEvents, Target::Event(kind.event))?;
    Ok(points::of_type(tx, pass_type)?)
}
