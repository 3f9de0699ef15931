//! Who is cleared for what in a term, and the word of a finance officer, which counts instead of the
//! share paid until its last day.

use super::{EVERYTHING, assessments, circumstances};
use crate::dockets::ClearedBefore;
use crate::people::merge;
use crate::{Ctx, Error, Form, Result};
use muster_domain::auth::Permission;
use muster_domain::finance::{Clearance, Override, Share};
use muster_domain::ids::{AssessmentId, ClearanceId, PersonId, TermId};
use muster_domain::text;
use muster_domain::time::Date;
use muster_journal::Change;
use muster_storage::assessments::AssessmentRow;
use muster_storage::clearances::{self, ClearanceRow};
use muster_storage::{ReadTx, WriteTx, accounts, people};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Longest time for which a word counts, in days.
const LONGEST: i64 = 366;

/// Who of some people is cleared for what in a term.
#[derive(Clone, Debug, Default)]
pub struct Clearances {
    /// The term's assessments, in their order.
    pub assessments: Vec<AssessmentRow>,
    /// The office to which who is not cleared turns.
    pub office: String,
    people: HashMap<PersonId, Vec<Clearance>>,
}

impl Clearances {
    /// Every assessment of the term, with whether that person is cleared for it, and why.
    pub fn of(&self, person: PersonId) -> impl Iterator<Item = (&AssessmentRow, Clearance)> {
        let own = self.people.get(&person).into_iter().flatten();
        self.assessments.iter().zip(own.copied())
    }
}

/// Who of these people is cleared for what in a term: as few statements for thousands as for one.
/// Whoever calls this has looked at who asks.
pub(crate) fn clearances(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    term: TermId,
    people: &[PersonId],
) -> Result<Clearances> {
    let (settings, today) = circumstances(tx, ctx)?;
    let assessments = assessments::of_term(tx, term)?;
    // Of several words on the same, the last one stays.
    let words = clearances::of_people(tx, people, today)?.into_iter();
    let words = words.map(|word| ((word.person, word.assessment), as_override(&word)));
    let words: HashMap<_, _> = words.collect();
    let accounts = accounts::in_term(tx, people, term, today)?.into_iter();
    let people = accounts.map(|row| {
        let judged = assessments.iter().map(|assessment| {
            let word = words.get(&(row.person, assessment.id)).copied();
            row.account().clearance(Share(assessment.required_share), word, today)
        });
        (row.person, judged.collect())
    });
    let people = people.collect();
    Ok(Clearances { assessments, office: settings.finance_office, people })
}

/// A word as the rules read it.
pub(super) fn as_override(row: &ClearanceRow) -> Override {
    Override { cleared: row.cleared, until: row.until_on }
}

/// A word on a student's clearance, as typed.
#[derive(Clone, Debug)]
pub struct OverrideInput {
    /// On whom.
    pub person: PersonId,
    /// For which assessment.
    pub assessment: AssessmentId,
    /// Whether it clears.
    pub cleared: bool,
    /// Why.
    pub reason: String,
    /// The last day on which it counts.
    pub until: Date,
}

/// Clears a student for an assessment, or holds them back, whatever they paid. An earlier word on
/// the same ends.
pub fn override_clearance(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    input: &OverrideInput,
) -> Result<ClearanceId> {
    ctx.need(Permission::ManageFinance, EVERYTHING)?;
    merge::need_unmerged(tx, input.person)?;
    people::get(tx, input.person)?.ok_or(Error::NotFound)?;
    let (_, today) = circumstances(tx, ctx)?;
    let mut form = Form::default();
    let reason = form.take("reason", text::clean(&input.reason, 500));
    match input.until.0 - today.0 {
        ..0 => form.wrong("until", "Choose today or a later day."),
        0..=LONGEST => {}
        _ => form.wrong("until", "Choose a day within a year."),
    }
    form.check()?;
    let assessment = assessments::stored(tx, input.assessment)?;
    let cleared = ClearedBefore::read(tx, ctx, input.person, assessment.term)?;
    let standing = clearances::of_people(tx, &[input.person], Date(i64::MIN))?.into_iter();
    for row in standing.filter(|row| row.assessment == assessment.id) {
        end(tx, ctx, &row)?;
    }
    let row = ClearanceRow {
        id: ctx.fresh(),
        person: input.person,
        assessment: assessment.id,
        cleared: input.cleared,
        reason: reason.unwrap_or_default(),
        until_on: input.until,
        made_by: ctx.act.actor,
        maker: None,
        made_at: ctx.now(),
        ended_at: None,
        version: tx.version(),
    };
    clearances::insert(tx, &row)?;
    let change = Change::new("clearance.override", "clearance", row.id).on(row.person);
    tx.journal(change.created(&fields(&row)).because(Some(&row.reason)))?;
    cleared.tell(tx, ctx, row.id.0)?;
    Ok(row.id)
}

/// Takes a word back: what is paid decides again.
pub fn end_override(tx: &mut WriteTx<'_>, ctx: &Ctx, id: ClearanceId) -> Result<PersonId> {
    ctx.need(Permission::ManageFinance, EVERYTHING)?;
    let row = clearances::get(tx, id)?.ok_or(Error::NotFound)?;
    let assessment = assessments::stored(tx, row.assessment)?;
    let cleared = ClearedBefore::read(tx, ctx, row.person, assessment.term)?;
    end(tx, ctx, &row)?;
    cleared.tell(tx, ctx, ctx.fresh())?;
    Ok(row.person)
}

fn end(tx: &mut WriteTx<'_>, ctx: &Ctx, row: &ClearanceRow) -> Result<()> {
    let version = tx.version_over(row.version);
    if !clearances::end(tx, row.id, ctx.now(), version)? {
        return Err(Error::AlreadyReversed);
    }
    let change = Change::new("clearance.end", "clearance", row.id).on(row.person);
    Ok(tx.journal(change.changed(&fields(row), &json!({}), row.version))?)
}

fn fields(row: &ClearanceRow) -> Value {
    let ClearanceRow { person, assessment, cleared, reason, until_on, .. } = row;
    json!({
        "person": person, "assessment": assessment, "cleared": cleared, "reason": reason,
        "until": until_on,
    })
}
