//! Courses.

use super::{EVERYTHING, taken};
use crate::{Ctx, Error, Form, Result};
use muster_domain::academics::Label;
use muster_domain::auth::Permission;
use muster_domain::ids::CourseId;
use muster_domain::text::Name;
use muster_journal::Change;
use muster_storage::academics::CourseRow;
use muster_storage::{ReadTx, WriteTx, academics};
use serde_json::{Value, json};

/// A course as typed.
#[derive(Clone, Debug)]
pub struct CourseInput {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Credits.
    pub credits: Option<i64>,
}

impl CourseInput {
    /// Code and name, checked.
    fn check(&self) -> Result<(String, String)> {
        let mut form = Form::default();
        let code = form.take("code", Label::try_from(self.code.clone()));
        let name = form.take("name", self.name.parse::<Name>());
        if self.credits.is_some_and(|credits| !(0..=1000).contains(&credits)) {
            form.wrong("credits", "Choose a number between 0 and 1000.");
        }
        form.check()?;
        let code = code.map(String::from).unwrap_or_default();
        Ok((code, name.map(String::from).unwrap_or_default()))
    }
}

/// Adds a course.
pub fn create_course(tx: &mut WriteTx<'_>, ctx: &Ctx, input: &CourseInput) -> Result<CourseId> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let ((code, name), version) = (input.check()?, tx.version());
    let (id, credits) = (ctx.fresh(), input.credits);
    let row = CourseRow { id, code, name, credits, archived_at: None, version };
    academics::insert_course(tx, &row).map_err(taken("code"))?;
    tx.journal(Change::new("course.create", "course", row.id).created(&course_fields(&row)))?;
    Ok(row.id)
}

/// Changes a course that was read at version `seen`, or puts it into the archive or out of it.
pub fn change_course(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    id: CourseId,
    seen: i64,
    input: &CourseInput,
    archived: bool,
) -> Result<()> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let before = academics::course(tx, id)?.ok_or(Error::NotFound)?;
    let archived_at = archived.then(|| before.archived_at.unwrap_or(ctx.now()));
    let ((code, name), version) = (input.check()?, tx.version_over(seen));
    let after = CourseRow { id, code, name, credits: input.credits, archived_at, version };
    if !academics::update_course(tx, &after, seen).map_err(taken("code"))? {
        return Err(Error::Stale);
    }
    let change = Change::new("course.change", "course", id);
    Ok(tx.journal(change.changed(&course_fields(&before), &course_fields(&after), seen))?)
}

pub(crate) fn course_fields(row: &CourseRow) -> Value {
    let CourseRow { code, name, credits, archived_at, .. } = row;
    json!({"code": code, "name": name, "credits": credits, "archived_at": archived_at})
}

/// All courses, by code.
pub fn courses(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<CourseRow>> {
    ctx.need(Permission::ViewAcademics, EVERYTHING)?;
    Ok(academics::courses(tx)?)
}

/// A course.
pub fn course(tx: &mut ReadTx<'_>, ctx: &Ctx, id: CourseId) -> Result<CourseRow> {
    ctx.need(Permission::ViewAcademics, EVERYTHING)?;
    academics::course(tx, id)?.ok_or(Error::NotFound)
}
