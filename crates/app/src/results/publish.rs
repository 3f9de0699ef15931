//! Publishing results, of a class or of an assessment everywhere, and withdrawing them.

use super::enter::reason;
use super::telling;
use super::write::{put_sheet, store_sheets};
use super::{EVERYTHING, Sheet, may_publish, sheets};
use crate::{Ctx, Error, Result, finance, settings};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{AssessmentId, ClassId};
use muster_domain::time::Timestamp;
use muster_storage::academics::ClassRow;
use muster_storage::assessments::AssessmentRow;
use muster_storage::results::{self, CountRow, SheetRow};
use muster_storage::{ReadTx, WriteTx, academics};
use std::collections::HashMap;

/// Shows the results of a class in an assessment to its students; each of them is told.
pub fn publish(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    assessment: AssessmentId,
) -> Result<()> {
    let (class, mut sheets) = found(tx, ctx, class, assessment)?;
    let count =
        results::of_class(tx, class.id)?.iter().filter(|row| row.assessment == assessment).count();
    if count == 0 {
        let detail = "Nobody has a result in this assessment yet: there is nothing to publish.";
        return Err(Error::field("assessment", detail));
    }
    store_sheets(tx, &class, &mut sheets)?;
    let sheet = sheets.iter().find(|sheet| sheet.row.assessment == assessment);
    show(tx, ctx, &sheet.ok_or(Error::NotFound)?.row)
}

/// The class and its sheets, for somebody who may publish them, with that assessment among them.
fn found(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    assessment: AssessmentId,
) -> Result<(ClassRow, Vec<Sheet>)> {
    ctx.need(Permission::EnterResults, Target::Class(class))?;
    let settings = settings::load(tx)?;
    let class = academics::class(tx, class)?.ok_or(Error::NotFound)?;
    let sheets = sheets(tx, &settings, &class)?;
    if sheets.iter().all(|sheet| sheet.row.assessment != assessment) {
        return Err(Error::NotFound);
    }
    if !may_publish(ctx, &settings, class.id) {
        return Err(Error::Forbidden);
    }
    Ok((class, sheets))
}

/// Publishes a stored sheet, unless it is published already.
fn show(tx: &mut WriteTx<'_>, ctx: &Ctx, before: &SheetRow) -> Result<()> {
    if before.published_at.is_some() {
        return Ok(());
    }
    let (published_by, published_at) = (ctx.act.actor, Some(ctx.now()));
    let after = SheetRow { published_by, published_at, withdrawal: None, ..before.clone() };
    let after = put_sheet(tx, "result_sheet.publish", before, after, None)?;
    telling::note(tx, &after, ctx.now())
}

/// Hides the results of a class in an assessment from its students again.
pub fn withdraw(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    assessment: AssessmentId,
    why: &str,
) -> Result<()> {
    let (_, sheets) = found(tx, ctx, class, assessment)?;
    let sheet = sheets.iter().find(|sheet| sheet.row.assessment == assessment);
    let before = &sheet.ok_or(Error::NotFound)?.row;
    let why = reason(why)?;
    if before.published_at.is_none() {
        return Ok(());
    }
    let withdrawal = Some(why.clone());
    let after = SheetRow { published_by: None, published_at: None, withdrawal, ..before.clone() };
    put_sheet(tx, "result_sheet.withdraw", before, after, Some(&why)).map(drop)
}

/// How far a class is with an assessment.
#[derive(Clone, Debug)]
pub struct ClassState {
    /// The class.
    pub class: ClassRow,
    /// How many students attend.
    pub enrolled: i64,
    /// How many results are entered.
    pub entered: i64,
    /// Since when students see them.
    pub published_at: Option<Timestamp>,
}

/// How far the classes of a term are with an assessment.
#[derive(Clone, Debug)]
pub struct TermState {
    /// The assessment.
    pub assessment: AssessmentRow,
    /// Its term.
    pub term_name: String,
    /// Each class that is not archived, or has results.
    pub classes: Vec<ClassState>,
}

/// How far the classes of a term are with an assessment, for the registrar.
pub fn term_state(tx: &mut ReadTx<'_>, ctx: &Ctx, id: AssessmentId) -> Result<TermState> {
    ctx.need(Permission::PublishResults, EVERYTHING)?;
    let assessment = finance::find_assessment(tx, id)?;
    let term = academics::term(tx, assessment.term)?.ok_or(Error::NotFound)?;
    let entered = counted(results::counts(tx, id)?);
    let enrolled = counted(results::enrolled(tx, term.id)?);
    let published = results::sheets_of_assessment(tx, id)?.into_iter();
    let published: HashMap<_, _> = published.map(|row| (row.class, row.published_at)).collect();
    let mut classes = Vec::new();
    for class in academics::classes(tx)?.into_iter().filter(|class| class.term == term.id) {
        let entered = entered.get(&class.id).copied().unwrap_or(0);
        if class.archived_at.is_some() && entered == 0 {
            continue;
        }
        let published_at = published.get(&class.id).copied().flatten();
        let enrolled = enrolled.get(&class.id).copied().unwrap_or(0);
        classes.push(ClassState { class, enrolled, entered, published_at });
    }
    Ok(TermState { assessment, term_name: term.name, classes })
}

fn counted(rows: Vec<CountRow>) -> HashMap<ClassId, i64> {
    rows.into_iter().map(|row| (row.class, row.count)).collect()
}

/// Publishes an assessment in every class that has results in it and has not published them; how
/// many these are.
pub fn publish_everywhere(tx: &mut WriteTx<'_>, ctx: &Ctx, id: AssessmentId) -> Result<usize> {
    ctx.need(Permission::PublishResults, EVERYTHING)?;
    finance::find_assessment(tx, id)?;
    let entered = counted(results::counts(tx, id)?);
    let mut count = 0;
    // Entering the first result of a class stored its sheets.
    for sheet in results::sheets_of_assessment(tx, id)? {
        let any = entered.get(&sheet.class).is_some_and(|count| *count > 0);
        if any && sheet.published_at.is_none() {
            show(tx, ctx, &sheet)?;
            count += 1;
        }
    }
    Ok(count)
}
