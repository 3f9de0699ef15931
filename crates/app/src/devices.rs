//! Whose phone a phone is: looking it up, and freeing one that was sold or lent.

use crate::{Ctx, Error, Result};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{DeviceId, PersonId};
use muster_journal::Change;
use muster_storage::devices::{self, BindingRow};
use muster_storage::people::{self, PersonRow};
use muster_storage::{ReadTx, WriteTx};
use serde_json::json;

/// A student with the devices that are theirs, the earliest first.
pub fn of(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    person: PersonId,
) -> Result<(PersonRow, Vec<BindingRow>)> {
    ctx.need(Permission::ManagePeople, Target::Institution)?;
    let row = people::get(tx, person)?.ok_or(Error::NotFound)?;
    Ok((row, devices::of_person(tx, person)?))
}

/// The person's own devices, the earliest first.
pub fn own(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<BindingRow>> {
    Ok(devices::of_person(tx, ctx.person()?)?)
}

/// Frees a device of a student's: whoever marks with it next owns it.
pub fn free(tx: &mut WriteTx<'_>, ctx: &Ctx, person: PersonId, device: DeviceId) -> Result<()> {
    ctx.need(Permission::ManagePeople, Target::Institution)?;
    if !devices::delete(tx, device, person)? {
        return Err(Error::NotFound);
    }
    let change = Change::new("device.free", "device", device).on(person);
    Ok(tx.journal(Change { before: Some(json!({"person": person})), ..change })?)
}
