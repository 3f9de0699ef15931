//! Programmes.

use super::{EVERYTHING, taken};
use crate::{Ctx, Error, Form, Result};
use muster_domain::academics::Label;
use muster_domain::auth::Permission;
use muster_domain::ids::{FacultyId, ProgrammeId};
use muster_domain::programmes::Length;
use muster_domain::text::{Name, clean_optional};
use muster_journal::Change;
use muster_storage::programmes::ProgrammeRow;
use muster_storage::{ReadTx, WriteTx, programmes};
use serde_json::{Value, json};

/// A programme as typed.
#[derive(Clone, Debug)]
pub struct ProgrammeInput {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Its faculty.
    pub faculty: Option<FacultyId>,
    /// What its graduates are awarded.
    pub award: String,
    /// How long it is.
    pub length: Length,
}

impl ProgrammeInput {
    /// Every field checked, in a row of that version; `was` is the faculty that it had.
    fn check(
        &self,
        tx: &mut ReadTx<'_>,
        id: ProgrammeId,
        version: i64,
        was: Option<FacultyId>,
    ) -> Result<ProgrammeRow> {
        let mut form = Form::default();
        let code = form.take("code", Label::try_from(self.code.clone()));
        let name = form.take("name", self.name.parse::<Name>());
        let award = form.take("award", clean_optional(&self.award, 200)).flatten();
        form.take("total_years", self.length.check_years());
        form.take("semesters_per_year", self.length.check_semesters());
        let faculty = match self.faculty {
            Some(id) => programmes::faculty(tx, id)?
                .filter(|row| row.archived_at.is_none() || was == Some(row.id)),
            None => None,
        };
        if faculty.is_none() && self.faculty.is_some() {
            form.wrong("faculty", "Choose a faculty.");
        }
        form.check()?;
        Ok(ProgrammeRow {
            id,
            faculty: self.faculty,
            faculty_name: faculty.map(|row| row.name),
            code: code.map(String::from).unwrap_or_default(),
            name: name.map(String::from).unwrap_or_default(),
            award,
            total_years: self.length.total_years,
            semesters_per_year: self.length.semesters_per_year,
            archived_at: None,
            version,
        })
    }
}

/// Adds a programme.
pub fn create_programme(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    input: &ProgrammeInput,
) -> Result<ProgrammeId> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let version = tx.version();
    let row = input.check(tx, ctx.fresh(), version, None)?;
    programmes::insert_programme(tx, &row).map_err(taken("code"))?;
    tx.journal(Change::new("programme.create", "programme", row.id).created(&fields(&row)))?;
    Ok(row.id)
}

/// Changes a programme that was read at version `seen`, or puts it into the archive or out of it.
pub fn change_programme(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    id: ProgrammeId,
    seen: i64,
    input: &ProgrammeInput,
    archived: bool,
) -> Result<()> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let before = programmes::programme(tx, id)?.ok_or(Error::NotFound)?;
    let archived_at = archived.then(|| before.archived_at.unwrap_or(ctx.now()));
    let version = tx.version_over(seen);
    let checked = input.check(tx, id, version, before.faculty)?;
    let after = ProgrammeRow { archived_at, ..checked };
    if !programmes::update_programme(tx, &after, seen).map_err(taken("code"))? {
        return Err(Error::Stale);
    }
    let change = Change::new("programme.change", "programme", id);
    Ok(tx.journal(change.changed(&fields(&before), &fields(&after), seen))?)
}

fn fields(row: &ProgrammeRow) -> Value {
    json!({
        "code": row.code, "name": row.name, "faculty": row.faculty, "award": row.award,
        "total_years": row.total_years, "semesters_per_year": row.semesters_per_year,
        "archived_at": row.archived_at,
    })
}

/// All programmes, by code.
pub fn programmes(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<ProgrammeRow>> {
    ctx.need(Permission::ViewAcademics, EVERYTHING)?;
    Ok(programmes::programmes(tx)?)
}

/// A programme.
pub fn programme(tx: &mut ReadTx<'_>, ctx: &Ctx, id: ProgrammeId) -> Result<ProgrammeRow> {
    ctx.need(Permission::ViewAcademics, EVERYTHING)?;
    programmes::programme(tx, id)?.ok_or(Error::NotFound)
}
