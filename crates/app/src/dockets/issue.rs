//! Issuing dockets: the same one however often it is asked for, and anew in place of the one before.

use super::KIND;
use super::eligibility::Judge;
use crate::people::merge;
use crate::zone::Zone;
use crate::{Ctx, Error, Result, credentials, finance, settings};
use muster_domain::auth::{Permission, Role, Target};
use muster_domain::ids::AssessmentId;
use muster_domain::ids::{DocketId, PersonId};
use muster_domain::time::{Date, Span};
use muster_domain::verification::Window;
use muster_journal::Change;
use muster_storage::assessments::AssessmentRow;
use muster_storage::dockets::{self, DocketRow};
use muster_storage::{ReadTx, WriteTx, academics, people, sittings};
use serde_json::{Value, json};

/// How long credentials stay valid after the last day of the term, or the last sitting: exams may
/// be put off. When a docket admits is said by the sittings.
const GRACE: Span = Span::days(31);

/// A docket that somebody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Which.
    pub id: DocketId,
    /// Whether it was issued just now.
    pub is_new: bool,
}

/// Issues a student's docket for an assessment; whoever has it already keeps it.
pub fn issue(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    person: PersonId,
    assessment: AssessmentId,
) -> Result<Issued> {
    ctx.need(Permission::IssueDockets, Target::Person(person))?;
    need_student(tx, person)?;
    let assessment = finance::find_assessment(tx, assessment)?;
    let id = DocketId::of(person, assessment.id);
    if dockets::get(tx, id)?.is_some() {
        return Ok(Issued { id, is_new: false });
    }
    need_eligible(tx, ctx, person, &assessment)?;
    issue_many(tx, ctx, &assessment, &[person])?;
    if ctx.person()? != person {
        super::batches::tell(tx, ctx, person, &assessment)?;
    }
    Ok(Issued { id, is_new: true })
}

/// Issues a docket anew: the QR of the one before admits nobody from now on.
pub fn renew(tx: &mut WriteTx<'_>, ctx: &Ctx, id: DocketId) -> Result<()> {
    let before = dockets::get(tx, id)?.ok_or(Error::NotFound)?;
    ctx.need(Permission::IssueDockets, Target::Person(before.person))?;
    need_student(tx, before.person)?;
    let assessment = finance::find_assessment(tx, before.assessment)?;
    need_eligible(tx, ctx, before.person, &assessment)?;
    let window = validity(tx, ctx, &assessment)?;
    let after = DocketRow {
        issue: before.issue + 1,
        issued_by: ctx.act.actor,
        issued_at: ctx.now(),
        valid_from: window.from,
        valid_until: window.until,
        version: tx.version_over(before.version),
        ..before.clone()
    };
    if !dockets::update(tx, &after, before.version)? {
        return Err(Error::Stale);
    }
    credentials::issue(tx, ctx, KIND, &[(id.0, after.issue)])?;
    let change = Change::new("docket.renew", "docket", id).on(before.person);
    Ok(tx.journal(change.changed(&fields(&before), &fields(&after), before.version))?)
}

fn need_student(tx: &mut ReadTx<'_>, person: PersonId) -> Result<()> {
    merge::need_unmerged(tx, person)?;
    let row = people::get(tx, person)?.ok_or(Error::NotFound)?;
    let grants = people::grants(tx, person)?;
    if !row.active || grants.iter().all(|grant| grant.role != Role::Student) {
        return Err(Error::field("person", "Dockets are issued to students alone."));
    }
    Ok(())
}

fn need_eligible(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    person: PersonId,
    assessment: &AssessmentRow,
) -> Result<()> {
    let judge = Judge::of(tx, ctx, assessment.term, &[person])?;
    let reasons = judge.one(person, assessment.id)?;
    if reasons.is_empty() { Ok(()) } else { Err(Error::NotEligible { reasons }) }
}

/// Issues dockets to people who have none for the assessment and were found eligible.
pub(super) fn issue_many(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    assessment: &AssessmentRow,
    people: &[PersonId],
) -> Result<()> {
    let window = validity(tx, ctx, assessment)?;
    let version = tx.version();
    let row = |person: &PersonId| DocketRow {
        id: DocketId::of(*person, assessment.id),
        person: *person,
        assessment: assessment.id,
        issue: 1,
        issued_by: ctx.act.actor,
        issued_at: ctx.now(),
        valid_from: window.from,
        valid_until: window.until,
        version,
    };
    let rows: Vec<_> = people.iter().map(row).collect();
    dockets::insert_many(tx, &rows)?;
    let records: Vec<_> = rows.iter().map(|row| (row.id.0, row.issue)).collect();
    credentials::issue(tx, ctx, KIND, &records)?;
    let entry = |row: &DocketRow| {
        Change::new("docket.issue", "docket", row.id).on(row.person).created(&fields(row))
    };
    Ok(tx.journal_many(rows.iter().map(entry))?)
}

/// When credentials that are issued now are valid.
fn validity(tx: &mut ReadTx<'_>, ctx: &Ctx, assessment: &AssessmentRow) -> Result<Window> {
    let term = academics::term(tx, assessment.term)?.ok_or(Error::NotFound)?;
    let zone = Zone::of(&settings::load(tx)?);
    let over = zone.start(Date(term.ends_on.0 + 1));
    let last = sittings::last_end(tx, assessment.id)?;
    let until = over.max(last.unwrap_or(over)).max(ctx.now()) + GRACE;
    Ok(Window { from: ctx.now(), until })
}

fn fields(row: &DocketRow) -> Value {
    let DocketRow { person, assessment, issue, valid_from, valid_until, .. } = row;
    json!({
        "person": person, "assessment": assessment, "issue": issue, "valid_from": valid_from,
        "valid_until": valid_until,
    })
}
