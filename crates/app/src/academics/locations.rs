//! Where classes have their rooms.

use super::EVERYTHING;
use crate::{Ctx, Error, Result};
use muster_domain::attendance::location::{Location, LocationError};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::ClassId;
use muster_journal::Change;
use muster_storage::{ReadTx, WriteTx, academics, locations};
use serde_json::json;

/// A location as typed, or as a browser tells it; nothing if both are empty.
pub fn read_location(latitude: &str, longitude: &str) -> Result<Option<Location>> {
    if latitude.trim().is_empty() && longitude.trim().is_empty() {
        return Ok(None);
    }
    let read = Location::parse(latitude, longitude);
    read.map(Some).map_err(|error| match error {
        LocationError::Latitude => Error::field("latitude", error.to_string()),
        LocationError::Longitude => Error::field("longitude", error.to_string()),
    })
}

/// Where a class has its room, if anybody said so.
pub fn class_location(tx: &mut ReadTx<'_>, ctx: &Ctx, class: ClassId) -> Result<Option<Location>> {
    ctx.need(Permission::ViewClass, Target::Class(class))?;
    academics::class(tx, class)?.ok_or(Error::NotFound)?;
    Ok(locations::of_class(tx, class)?.and_then(|row| row.location()))
}

/// Says where a class has its room, or forgets it.
pub fn locate_class(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    location: Option<Location>,
) -> Result<()> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    academics::class(tx, class)?.ok_or(Error::NotFound)?;
    put_location(tx, class, location)
}

/// Writes down where a class has its room, unless that is known.
pub(crate) fn put_location(
    tx: &mut WriteTx<'_>,
    class: ClassId,
    location: Option<Location>,
) -> Result<()> {
    let before = locations::of_class(tx, class)?;
    let seen = before.as_ref().map_or(0, |row| row.version);
    let old = before.and_then(|row| row.location());
    if old == location {
        return Ok(());
    }
    let version = tx.version_over(seen);
    match location {
        Some(location) => locations::put(tx, class, location, version)?,
        None => locations::remove(tx, class)?,
    }
    let degrees = |location: Option<Location>| {
        let (latitude, longitude) = location.map(Location::degrees).unzip();
        json!({"latitude": latitude, "longitude": longitude})
    };
    let change = Change::new("class.locate", "class", class);
    Ok(tx.journal(change.changed(&degrees(old), &degrees(location), seen))?)
}
