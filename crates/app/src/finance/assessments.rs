//! Assessments of a term. Every term has the usual ones without anybody's doing: they are stored as
//! soon as somebody changes one.

use super::EVERYTHING;
use crate::{Ctx, Error, Form, Result};
use muster_domain::auth::Permission;
use muster_domain::finance::{Code, DEFAULTS, parse_share};
use muster_domain::ids::{AssessmentId, TermId};
use muster_domain::text::Name;
use muster_journal::Change;
use muster_storage::assessments::{self, AssessmentRow};
use muster_storage::{ReadTx, WriteTx, academics};
use serde_json::{Value, json};

/// An assessment as typed.
#[derive(Clone, Debug, Default)]
pub struct AssessmentInput {
    /// Short name.
    pub code: String,
    /// Name.
    pub name: String,
    /// The share of the fee that it needs, in percent.
    pub required: String,
}

impl AssessmentInput {
    fn over(&self, row: &AssessmentRow) -> Result<AssessmentRow> {
        let mut form = Form::default();
        let code = form.take("code", Code::parse(&self.code));
        let name = form.take("name", self.name.parse::<Name>());
        let share = form.take("required", parse_share(&self.required));
        form.check()?;
        Ok(AssessmentRow {
            code: code.map(String::from).unwrap_or_default(),
            name: name.map(String::from).unwrap_or_default(),
            required_share: share.map_or(0, |share| share.0),
            ..row.clone()
        })
    }
}

/// The assessments of a term, in their order.
pub fn assessments(tx: &mut ReadTx<'_>, ctx: &Ctx, term: TermId) -> Result<Vec<AssessmentRow>> {
    ctx.need(Permission::ViewFinance, EVERYTHING)?;
    academics::term(tx, term)?.ok_or(Error::NotFound)?;
    of_term(tx, term)
}

/// An assessment.
pub fn assessment(tx: &mut ReadTx<'_>, ctx: &Ctx, id: AssessmentId) -> Result<AssessmentRow> {
    ctx.need(Permission::ViewFinance, EVERYTHING)?;
    find(tx, id)
}

/// The assessments of a term: the stored ones, or the usual ones.
pub(crate) fn of_term(tx: &mut ReadTx<'_>, term: TermId) -> Result<Vec<AssessmentRow>> {
    let stored = assessments::of_term(tx, term)?;
    if !stored.is_empty() {
        return Ok(stored);
    }
    let usual = DEFAULTS.iter().zip(1..).map(|((code, name, share), position)| AssessmentRow {
        id: AssessmentId::of(term, code),
        term,
        code: (*code).to_owned(),
        name: (*name).to_owned(),
        required_share: share.0,
        position,
        active: false,
        version: 0,
    });
    Ok(usual.collect())
}

/// An assessment, whether it is stored or one that every term has to begin with.
pub(crate) fn find(tx: &mut ReadTx<'_>, id: AssessmentId) -> Result<AssessmentRow> {
    if let Some(row) = assessments::get(tx, id)? {
        return Ok(row);
    }
    for term in academics::terms(tx)? {
        let usual = DEFAULTS.iter().any(|(code, ..)| AssessmentId::of(term.id, code) == id);
        if usual {
            let found = of_term(tx, term.id)?.into_iter().find(|row| row.id == id);
            return found.ok_or(Error::NotFound);
        }
    }
    Err(Error::NotFound)
}

/// The assessment of that id, stored from now on together with the others of its term.
pub(crate) fn stored(tx: &mut WriteTx<'_>, id: AssessmentId) -> Result<AssessmentRow> {
    let row = find(tx, id)?;
    if row.version > 0 {
        return Ok(row);
    }
    store_usual(tx, row.term)?;
    assessments::get(tx, id)?.ok_or(Error::NotFound)
}

fn store_usual(tx: &mut WriteTx<'_>, term: TermId) -> Result<()> {
    for row in of_term(tx, term)?.into_iter().filter(|row| row.version == 0) {
        let row = AssessmentRow { version: tx.version(), ..row };
        assessments::insert(tx, &row)?;
        let change = Change::new("assessment.create", "assessment", row.id).on(term);
        tx.journal(change.created(&fields(&row)))?;
    }
    Ok(())
}

/// Adds an assessment to a term, behind the others.
pub fn create_assessment(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    term: TermId,
    input: &AssessmentInput,
) -> Result<AssessmentId> {
    ctx.need(Permission::ManageAssessments, EVERYTHING)?;
    academics::term(tx, term)?.ok_or(Error::NotFound)?;
    let empty = AssessmentRow {
        id: ctx.fresh(),
        term,
        code: String::new(),
        name: String::new(),
        required_share: 0,
        position: 0,
        active: false,
        version: 0,
    };
    let row = input.over(&empty)?;
    store_usual(tx, term)?;
    let last = of_term(tx, term)?.iter().map(|row| row.position).max().unwrap_or(0);
    let row = AssessmentRow { position: last + 1, version: tx.version(), ..row };
    assessments::insert(tx, &row).map_err(taken)?;
    let change = Change::new("assessment.create", "assessment", row.id).on(term);
    tx.journal(change.created(&fields(&row)))?;
    Ok(row.id)
}

/// Changes an assessment that was read at version `seen`.
pub fn change_assessment(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    id: AssessmentId,
    seen: i64,
    input: &AssessmentInput,
) -> Result<()> {
    ctx.need(Permission::ManageAssessments, EVERYTHING)?;
    let was = find(tx, id)?;
    if was.version != seen {
        return Err(Error::Stale);
    }
    let before = stored(tx, id)?;
    let after = input.over(&before)?;
    put(tx, "assessment.change", &before, after)
}

/// Says that dockets are issued for this assessment, instead of any other of its term, or for none.
pub fn activate_assessment(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    id: AssessmentId,
    active: bool,
) -> Result<()> {
    ctx.need(Permission::ManageAssessments, EVERYTHING)?;
    let before = stored(tx, id)?;
    if before.active == active {
        return Ok(());
    }
    if active {
        let others = assessments::of_term(tx, before.term)?.into_iter();
        for other in others.filter(|other| other.active) {
            put(tx, "assessment.end", &other, AssessmentRow { active: false, ..other.clone() })?;
        }
    }
    let action = if active { "assessment.activate" } else { "assessment.end" };
    put(tx, action, &before, AssessmentRow { active, ..before.clone() })
}

fn put(
    tx: &mut WriteTx<'_>,
    action: &'static str,
    before: &AssessmentRow,
    after: AssessmentRow,
) -> Result<()> {
    if *before == after {
        return Ok(());
    }
    let after = AssessmentRow { version: tx.version_over(before.version), ..after };
    if !assessments::update(tx, &after, before.version).map_err(taken)? {
        return Err(Error::Stale);
    }
    let change = Change::new(action, "assessment", after.id).on(after.term);
    Ok(tx.journal(change.changed(&fields(before), &fields(&after), before.version))?)
}

fn taken(error: muster_storage::Error) -> Error {
    match error {
        muster_storage::Error::Conflict(_) => {
            Error::field("code", "The term has an assessment of this code already.")
        }
        error => error.into(),
    }
}

fn fields(row: &AssessmentRow) -> Value {
    let AssessmentRow { term, code, name, required_share, position, active, .. } = row;
    json!({
        "term": term, "code": code, "name": name, "required_share": required_share,
        "position": position, "active": active,
    })
}
