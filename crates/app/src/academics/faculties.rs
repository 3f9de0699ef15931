//! Faculties.

use super::{EVERYTHING, taken};
use crate::{Ctx, Error, Form, Result};
use muster_domain::auth::Permission;
use muster_domain::ids::FacultyId;
use muster_domain::text::Name;
use muster_journal::Change;
use muster_storage::programmes::FacultyRow;
use muster_storage::{ReadTx, WriteTx, programmes};
use serde_json::{Value, json};

/// Adds a faculty.
pub fn create_faculty(tx: &mut WriteTx<'_>, ctx: &Ctx, name: &str) -> Result<FacultyId> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let name = check(name)?;
    let row = FacultyRow { id: ctx.fresh(), name, archived_at: None, version: tx.version() };
    programmes::insert_faculty(tx, &row).map_err(taken("name"))?;
    tx.journal(Change::new("faculty.create", "faculty", row.id).created(&fields(&row)))?;
    Ok(row.id)
}

/// Renames a faculty that was read at version `seen`, or puts it into the archive or out of it.
pub fn change_faculty(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    id: FacultyId,
    seen: i64,
    name: &str,
    archived: bool,
) -> Result<()> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let before = programmes::faculty(tx, id)?.ok_or(Error::NotFound)?;
    let name = check(name)?;
    let archived_at = archived.then(|| before.archived_at.unwrap_or(ctx.now()));
    let after = FacultyRow { id, name, archived_at, version: tx.version_over(seen) };
    if !programmes::update_faculty(tx, &after, seen).map_err(taken("name"))? {
        return Err(Error::Stale);
    }
    let change = Change::new("faculty.change", "faculty", id);
    Ok(tx.journal(change.changed(&fields(&before), &fields(&after), seen))?)
}

fn check(name: &str) -> Result<String> {
    let mut form = Form::default();
    let name = form.take("name", name.parse::<Name>());
    form.check()?;
    Ok(name.map(String::from).unwrap_or_default())
}

fn fields(row: &FacultyRow) -> Value {
    json!({"name": row.name, "archived_at": row.archived_at})
}

/// All faculties, by name.
pub fn faculties(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<FacultyRow>> {
    ctx.need(Permission::ViewAcademics, EVERYTHING)?;
    Ok(programmes::faculties(tx)?)
}

/// A faculty.
pub fn faculty(tx: &mut ReadTx<'_>, ctx: &Ctx, id: FacultyId) -> Result<FacultyRow> {
    ctx.need(Permission::ViewAcademics, EVERYTHING)?;
    programmes::faculty(tx, id)?.ok_or(Error::NotFound)
}
