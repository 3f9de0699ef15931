//! Terms.

use super::{EVERYTHING, follow, taken};
use crate::{Ctx, Error, Form, Result};
use muster_domain::academics::check_term;
use muster_domain::auth::Permission;
use muster_domain::ids::TermId;
use muster_domain::text::Name;
use muster_domain::time::Date;
use muster_journal::Change;
use muster_storage::academics::TermRow;
use muster_storage::{ReadTx, WriteTx, academics};
use serde_json::{Value, json};

/// A term as typed.
#[derive(Clone, Debug)]
pub struct TermInput {
    /// Name.
    pub name: String,
    /// First day.
    pub starts_on: Date,
    /// Last day.
    pub ends_on: Date,
}

impl TermInput {
    fn check(&self) -> Result<String> {
        let mut form = Form::default();
        let name = form.take("name", self.name.parse::<Name>());
        form.take("ends_on", check_term(self.starts_on, self.ends_on));
        form.check()?;
        Ok(name.map(String::from).unwrap_or_default())
    }
}

/// Adds a term.
pub fn create_term(tx: &mut WriteTx<'_>, ctx: &Ctx, input: &TermInput) -> Result<TermId> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let TermInput { starts_on, ends_on, .. } = *input;
    let (name, version) = (input.check()?, tx.version());
    let row = TermRow { id: ctx.fresh(), name, starts_on, ends_on, archived_at: None, version };
    academics::insert_term(tx, &row).map_err(taken("name"))?;
    tx.journal(Change::new("term.create", "term", row.id).created(&term_fields(&row)))?;
    Ok(row.id)
}

/// Changes a term that was read at version `seen`, or puts it into the archive or out of it.
pub fn change_term(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    id: TermId,
    seen: i64,
    input: &TermInput,
    archived: bool,
) -> Result<()> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let before = academics::term(tx, id)?.ok_or(Error::NotFound)?;
    let TermInput { starts_on, ends_on, .. } = *input;
    let archived_at = archived.then(|| before.archived_at.unwrap_or(ctx.now()));
    let (name, version) = (input.check()?, tx.version_over(seen));
    let after = TermRow { id, name, starts_on, ends_on, archived_at, version };
    if !academics::update_term(tx, &after, seen).map_err(taken("name"))? {
        return Err(Error::Stale);
    }
    let change = Change::new("term.change", "term", id);
    tx.journal(change.changed(&term_fields(&before), &term_fields(&after), seen))?;
    if (before.starts_on, before.ends_on) != (starts_on, ends_on) {
        let classes = academics::classes_of_term(tx, id)?;
        follow(tx, ctx, &classes, "The days of the term changed")?;
    }
    Ok(())
}

pub(crate) fn term_fields(row: &TermRow) -> Value {
    let TermRow { name, starts_on, ends_on, archived_at, .. } = row;
    json!({
        "name": name, "starts_on": starts_on, "ends_on": ends_on, "archived_at": archived_at,
    })
}

/// All terms, the latest first.
pub fn terms(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<TermRow>> {
    ctx.need(Permission::ViewAcademics, EVERYTHING)?;
    Ok(academics::terms(tx)?)
}

/// A term.
pub fn term(tx: &mut ReadTx<'_>, ctx: &Ctx, id: TermId) -> Result<TermRow> {
    ctx.need(Permission::ViewAcademics, EVERYTHING)?;
    academics::term(tx, id)?.ok_or(Error::NotFound)
}
