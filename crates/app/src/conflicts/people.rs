//! Writing back what was lost of people, and of what the office says.

use super::lost::Lost;
use crate::announcements::{self, AnnouncementInput};
use crate::people::{self, PersonInput};
use crate::{Ctx, Error, Result, holds, settings, verifiers};
use muster_domain::ids::{AnnouncementId, HoldId, PersonId, ProgrammeId, VerifierDeviceId};
use muster_storage::{WriteTx, programmes};

pub(super) fn person(tx: &mut WriteTx<'_>, ctx: &Ctx, lost: &Lost<'_>) -> Result<()> {
    let id = PersonId(lost.record);
    let (row, _) = people::get(tx, ctx, id)?;
    let student = people::student(tx, ctx, id)?;
    let (mut input, mut active) = (PersonInput::of(&row, &student), row.active);
    let text = lost.text();
    match lost.field {
        "number" => input.number = text,
        "name" => input.name = text,
        "username" => input.username = text,
        "email" => input.email = text,
        "title" => input.title = text,
        "phone" => input.phone = text,
        "programme" => input.programme = text,
        "programme_id" => {
            input.programme = match lost.id::<ProgrammeId>() {
                Some(id) => programmes::programme(tx, id)?.ok_or(Error::RestoreByHand)?.code,
                None => String::new(),
            };
        }
        "year" => input.year = text,
        "semester" => input.semester = text,
        "enrolment_number" => input.enrolment_number = text,
        "second_email" => input.second_email = text,
        "guardian_email" => input.guardian_email = text,
        _ => active = lost.flag(),
    }
    people::change(tx, ctx, id, row.version, &input.check()?, active)
}

/// Only that it was lifted: what was lifted is placed anew by hand.
pub(super) fn hold(tx: &mut WriteTx<'_>, ctx: &Ctx, lost: &Lost<'_>, reason: &str) -> Result<()> {
    if !lost.flag() {
        return Err(Error::RestoreByHand);
    }
    holds::lift(tx, ctx, HoldId(lost.record), reason).map(drop)
}

pub(super) fn phone(tx: &mut WriteTx<'_>, ctx: &Ctx, lost: &Lost<'_>) -> Result<()> {
    if !lost.flag() {
        return Err(Error::RestoreByHand);
    }
    verifiers::revoke(tx, ctx, VerifierDeviceId(lost.record)).map(drop)
}

/// What the journal keeps of a setting is the text of a JSON string; nothing stands for the default.
pub(super) fn setting(tx: &mut WriteTx<'_>, ctx: &Ctx, lost: &Lost<'_>) -> Result<()> {
    let setting = settings::named(lost.field).ok_or(Error::RestoreByHand)?;
    let text = match lost.text().as_str() {
        "" => setting.default(),
        text => serde_json::from_str(text).map_err(|_| Error::RestoreByHand)?,
    };
    settings::change(tx, ctx, &[(lost.field.to_owned(), text)])
}

pub(super) fn announcement(tx: &mut WriteTx<'_>, ctx: &Ctx, lost: &Lost<'_>) -> Result<()> {
    let id = AnnouncementId(lost.record);
    let row = muster_storage::announcements::get(tx, id)?.ok_or(Error::NotFound)?;
    let mut input = AnnouncementInput {
        audience: row.audience(),
        title: row.title.clone(),
        text: row.text.clone(),
        first_on: row.first_on,
        last_on: row.last_on,
        pinned: row.pinned,
    };
    match lost.field {
        "title" => input.title = lost.text(),
        "text" => input.text = lost.text(),
        "first_on" => input.first_on = lost.on()?,
        "last_on" => input.last_on = lost.on()?,
        "pinned" => input.pinned = lost.flag(),
        _ if lost.flag() => return announcements::end(tx, ctx, id),
        _ => return Err(Error::RestoreByHand),
    }
    announcements::change(tx, ctx, id, row.version, &input)
}
