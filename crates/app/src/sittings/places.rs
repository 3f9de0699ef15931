//! Who sits in which room of a sitting.

use super::EVERYTHING;
use crate::{Ctx, Error, Result};
use muster_domain::auth::Permission;
use muster_domain::dockets::{Rooms, share};
use muster_domain::ids::{PersonId, SittingId};
use muster_journal::Change;
use muster_storage::sittings::{self, SitterRow, SittingRow};
use muster_storage::{ReadTx, WriteTx};
use serde_json::json;

/// Who sits a sitting, by roll number.
pub fn sitters(tx: &mut ReadTx<'_>, ctx: &Ctx, id: SittingId) -> Result<Vec<SitterRow>> {
    super::get(tx, ctx, id)?;
    Ok(sittings::sitters(tx, id)?)
}

/// Shares the students out over the rooms, in the order of their roll numbers; as many to each
/// room.
pub fn share_out(tx: &mut WriteTx<'_>, ctx: &Ctx, id: SittingId) -> Result<()> {
    ctx.need(Permission::ManageSittings, EVERYTHING)?;
    let row = sittings::get(tx, id)?.ok_or(Error::NotFound)?;
    let rooms = Rooms::stored(&row.rooms);
    let sitters = sittings::sitters(tx, id)?;
    let shared = share(sitters.len(), rooms.names().len()).into_iter();
    let places = sitters.iter().zip(shared).filter_map(|(sitter, room)| {
        rooms.names().get(room).map(|room| (sitter.person, room.clone()))
    });
    store(tx, &row, &places.collect::<Vec<_>>())
}

/// Lets everybody sit in any room of a sitting.
pub fn clear_rooms(tx: &mut WriteTx<'_>, ctx: &Ctx, id: SittingId) -> Result<()> {
    ctx.need(Permission::ManageSittings, EVERYTHING)?;
    let row = sittings::get(tx, id)?.ok_or(Error::NotFound)?;
    store(tx, &row, &[])
}

fn store(tx: &mut WriteTx<'_>, row: &SittingRow, places: &[(PersonId, String)]) -> Result<()> {
    sittings::put_places(tx, row.id, places)?;
    let change = Change::new("sitting.assign", "sitting", row.id).on(row.class);
    Ok(tx.journal(change.created(&json!({"students": places.len(), "rooms": row.rooms})))?)
}

/// Assigns one student a room of a sitting, or none.
pub fn assign(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    (id, person): (SittingId, PersonId),
    room: &str,
) -> Result<()> {
    ctx.need(Permission::ManageSittings, EVERYTHING)?;
    let row = sittings::get(tx, id)?.ok_or(Error::NotFound)?;
    let sitters = sittings::sitters(tx, id)?;
    let sitter = sitters.iter().find(|sitter| sitter.person == person).ok_or(Error::NotFound)?;
    let rooms = Rooms::stored(&row.rooms);
    let room = match (room.trim(), rooms.find(room)) {
        ("", _) => None,
        (_, Some(known)) => Some(known),
        _ => return Err(Error::field("room", format!("Choose one of {rooms}."))),
    };
    sittings::put_place(tx, id, person, room)?;
    let change = Change::new("sitting.assign", "sitting", id).on(person);
    let (was, is) = (json!({"room": sitter.room}), json!({"room": room}));
    Ok(tx.journal(change.changed(&was, &is, 0))?)
}

/// Drops assignments to rooms that a sitting no longer has.
pub(super) fn keep_known(tx: &mut WriteTx<'_>, row: &SittingRow) -> Result<()> {
    let rooms = Rooms::stored(&row.rooms);
    let sitters = sittings::sitters(tx, row.id)?;
    let stays = sitters.iter().filter_map(|sitter| {
        let room = rooms.find(sitter.room.as_deref()?)?;
        Some((sitter.person, room.to_owned()))
    });
    let stays: Vec<_> = stays.collect();
    Ok(sittings::put_places(tx, row.id, &stays)?)
}
