//! What a line says of a class's weights, and of the place of its room.

use super::line::Cells;
use super::undo::Done;
use crate::academics::{put_location, read_location};
use crate::{Error, Result};
use muster_domain::attendance::figures::Weights;
use muster_domain::attendance::location::Location;
use muster_domain::ids::ClassId;
use muster_storage::locations::{self, ClassLocationRow};
use muster_storage::{ReadTx, WriteTx};

/// The weights of present, late, excused and absent, as in `100 50 - 0`; what stands where the line
/// says nothing.
pub(super) fn weights(cells: &mut Cells<'_>, known: Option<Weights>) -> Option<Weights> {
    let text = cells.get("weights");
    if text.is_empty() {
        return known;
    }
    let parts: Vec<&str> = text.split([' ', '/', ';']).filter(|part| !part.is_empty()).collect();
    let read = Weights::from_key(&parts.join(" ")).filter(|_| parts.len() == 4);
    match read.map(|weights| (weights, weights.mistake())) {
        Some((weights, None)) => return Some(weights),
        Some((_, Some(mistake))) => cells.wrong("weights", mistake),
        None => {
            let detail = "Give what present, late, excused and absent count in percent, for \
                example 100 50 - 0: a hyphen leaves excused sessions out.";
            cells.wrong("weights", detail);
        }
    }
    known
}

/// Where the class has its room, if the line says so and it is news.
pub(super) fn location(
    tx: &mut ReadTx<'_>,
    cells: &mut Cells<'_>,
    class: Option<ClassId>,
) -> Result<Option<Location>> {
    let said = match read_location(cells.get("latitude"), cells.get("longitude")) {
        Ok(said) => said,
        Err(error) => {
            cells.blame("latitude", error);
            return Ok(None);
        }
    };
    let (Some(said), Some(class)) = (said, class) else { return Ok(said) };
    let known = locations::of_class(tx, class)?.and_then(|row| row.location());
    Ok(Some(said).filter(|said| known != Some(*said)))
}

/// Says where a class has its room.
pub(super) fn write_location(
    tx: &mut WriteTx<'_>,
    class: ClassId,
    location: Location,
) -> Result<Done> {
    let before = locations::of_class(tx, class)?;
    put_location(tx, class, Some(location))?;
    let now = locations::of_class(tx, class)?.ok_or(Error::Stale)?;
    Ok(Done::new("location", class, before.as_ref(), now.version))
}

/// Says again what was said before of a class's place.
pub(super) fn take_location_back(
    tx: &mut WriteTx<'_>,
    class: ClassId,
    before: Option<&ClassLocationRow>,
    version: i64,
) -> Result<bool> {
    let now = locations::of_class(tx, class)?;
    let is_as_left = now.is_some_and(|now| now.version == version);
    if is_as_left {
        put_location(tx, class, before.and_then(ClassLocationRow::location))?;
    }
    Ok(is_as_left)
}
