//! Meetings of classes.

use super::{EVERYTHING, class_in_use};
use crate::{Ctx, Error, Form, Result};
use muster_domain::academics::{Label, check_meeting, check_minute};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{ClassId, MeetingId};
use muster_domain::time::Timestamp;
use muster_journal::Change;
use muster_storage::enrolment::MeetingRow;
use muster_storage::{ReadTx, WriteTx, enrolment, patterns, tallies};
use serde_json::{Value, json};

/// Adds a meeting of its own, beside those that the class's patterns make.
pub fn create_meeting(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    (starts_at, ends_at): (Timestamp, Timestamp),
    room: &str,
) -> Result<MeetingId> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let row = class_in_use(tx, class)?;
    let mut form = Form::default();
    let room: Option<Label> = form.optional("room", room);
    form.take("starts_at", check_minute(starts_at));
    form.take("ends_at", check_minute(ends_at).and_then(|()| check_meeting(starts_at, ends_at)));
    form.check()?;
    let room = room.map(String::from).or(row.room);
    let (id, version, cancelled_at) = (ctx.fresh(), tx.version(), None);
    let meeting = MeetingRow { id, class, starts_at, ends_at, room, cancelled_at, version };
    enrolment::insert_meeting(tx, &meeting)?;
    let change = Change::new("meeting.create", "meeting", id).on(class);
    tx.journal(change.created(&meeting_fields(&meeting)))?;
    Ok(id)
}

pub(crate) fn meeting_fields(row: &MeetingRow) -> Value {
    let MeetingRow { class, starts_at, ends_at, room, cancelled_at, .. } = row;
    json!({
        "class": class, "starts_at": starts_at, "ends_at": ends_at, "room": room,
        "cancelled_at": cancelled_at,
    })
}

/// Moves a meeting that was read at version `seen` to another time or room; a cancelled one takes
/// place again.
pub fn change_meeting(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    id: MeetingId,
    seen: i64,
    (starts_at, ends_at): (Timestamp, Timestamp),
    room: &str,
) -> Result<ClassId> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let before = enrolment::meeting(tx, id)?.ok_or(Error::NotFound)?;
    let mut form = Form::default();
    let room: Option<Label> = form.optional("room", room);
    form.take("starts_at", check_minute(starts_at));
    form.take("ends_at", check_minute(ends_at).and_then(|()| check_meeting(starts_at, ends_at)));
    form.check()?;
    let room = room.map(String::from);
    let version = tx.version_over(seen);
    let after =
        MeetingRow { starts_at, ends_at, room, cancelled_at: None, version, ..before.clone() };
    if !enrolment::update_meeting(tx, &after, seen)? {
        return Err(Error::Stale);
    }
    patterns::keep(tx, id)?;
    tallies::follow_meeting(tx, id, starts_at)?;
    let change = Change::new("meeting.change", "meeting", id).on(before.class);
    tx.journal(change.changed(&meeting_fields(&before), &meeting_fields(&after), seen))?;
    Ok(before.class)
}

/// A meeting, for the staff of its class.
pub fn meeting(tx: &mut ReadTx<'_>, ctx: &Ctx, id: MeetingId) -> Result<MeetingRow> {
    let row = enrolment::meeting(tx, id)?.ok_or(Error::NotFound)?;
    ctx.need(Permission::ViewClass, Target::Class(row.class))?;
    Ok(row)
}

/// Cancels a meeting.
pub fn cancel_meeting(tx: &mut WriteTx<'_>, ctx: &Ctx, id: MeetingId) -> Result<ClassId> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let before = enrolment::meeting(tx, id)?.ok_or(Error::NotFound)?;
    let version = tx.version_over(before.version);
    let after = MeetingRow { cancelled_at: Some(ctx.now()), version, ..before.clone() };
    if before.cancelled_at.is_none() {
        if !enrolment::update_meeting(tx, &after, before.version)? {
            return Err(Error::Stale);
        }
        patterns::keep(tx, id)?;
        tx.journal(Change::new("meeting.cancel", "meeting", id).on(before.class))?;
    }
    Ok(before.class)
}
