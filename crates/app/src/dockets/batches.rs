//! Dockets for a class or a programme at once.

use super::eligibility::{Group, Judge};
use super::issue::issue_many;
use crate::batches::{self, Turn};
use crate::notices::{Notice, notify};
use crate::{Ctx, Error, Result, finance};
use muster_domain::batches::{BatchKind, Outcome};
use muster_domain::ids::{AssessmentId, BatchId, DocketId, PersonId};
use muster_domain::notices::NoticeKind;
use muster_storage::assessments::AssessmentRow;
use muster_storage::batches::BatchRow;
use muster_storage::{ReadTx, WriteTx, dockets};
use std::collections::HashSet;

const KIND: BatchKind = BatchKind::Docket;

/// A batch with the names around it.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The batch.
    pub row: BatchRow,
    /// The assessment.
    pub assessment: AssessmentRow,
    /// For whom, in words.
    pub group: String,
}

/// Begins to issue dockets to whoever of a group is eligible.
pub fn begin_batch(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    assessment: AssessmentId,
    group: Group,
) -> Result<BatchId> {
    batches::need(ctx, KIND)?;
    let assessment = finance::find_assessment(tx, assessment)?;
    if !assessment.active {
        let detail = format!(
            "No dockets are issued for {} now: make it the active assessment first.",
            assessment.code
        );
        return Err(Error::field("assessment", detail));
    }
    batches::begin(tx, ctx, (KIND, Some(assessment.id)), batches::Group::Students(group))
}

/// A batch.
pub fn batch(tx: &mut ReadTx<'_>, ctx: &Ctx, id: BatchId) -> Result<Batch> {
    let row = batches::get(tx, ctx, KIND, id)?;
    let assessment = assessment(tx, &row)?;
    named(tx, row, assessment)
}

/// The latest batches of an assessment.
pub fn batches(tx: &mut ReadTx<'_>, ctx: &Ctx, assessment: AssessmentId) -> Result<Vec<Batch>> {
    let rows = batches::latest(tx, ctx, KIND, Some(assessment))?;
    let assessment = finance::find_assessment(tx, assessment)?;
    rows.into_iter().map(|row| named(tx, row, assessment.clone())).collect()
}

fn named(tx: &mut ReadTx<'_>, row: BatchRow, assessment: AssessmentRow) -> Result<Batch> {
    let batches::Batch { row, group } = batches::named(tx, row)?;
    Ok(Batch { row, assessment, group })
}

fn assessment(tx: &mut ReadTx<'_>, batch: &BatchRow) -> Result<AssessmentRow> {
    finance::find_assessment(tx, batch.assessment.ok_or(Error::NotFound)?)
}

/// Issues dockets to those of these people who are eligible and have none; what came of each.
pub(crate) fn turns(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    batch: &BatchRow,
    (ids, in_use): (&[PersonId], &HashSet<PersonId>),
) -> Result<Vec<Turn>> {
    let assessment = assessment(tx, batch)?;
    let judge = Judge::of(tx, ctx, assessment.term, ids)?;
    let wanted: Vec<_> = ids.iter().map(|id| DocketId::of(*id, assessment.id)).collect();
    let had: HashSet<_> =
        dockets::get_many(tx, &wanted)?.into_iter().map(|row| row.person).collect();
    let (mut turns, mut issued) = (Vec::with_capacity(ids.len()), Vec::new());
    for id in ids {
        let reasons = if in_use.contains(id) {
            judge.one(*id, assessment.id)?
        } else {
            vec!["This record is no longer in use.".to_owned()]
        };
        turns.push(if had.contains(id) {
            (Outcome::Kept, None)
        } else if reasons.is_empty() {
            issued.push(*id);
            (Outcome::Issued, None)
        } else {
            (Outcome::Refused, Some(reasons.join("\n")))
        });
    }
    issue_many(tx, ctx, &assessment, &issued)?;
    for person in issued {
        tell(tx, ctx, person, &assessment)?;
    }
    Ok(turns)
}

/// Tells a student that their docket is there.
pub(super) fn tell(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    person: PersonId,
    assessment: &AssessmentRow,
) -> Result<()> {
    let id = DocketId::of(person, assessment.id);
    let notice = Notice {
        kind: NoticeKind::DocketAvailable,
        occasion: format!("docket/{id}/issued"),
        title: format!("Your {} docket is issued", assessment.code),
        body: "Print it, or show it on your phone at the door of the exam.".to_owned(),
        link: Some(format!("/dockets/{id}")),
    };
    notify(tx, ctx, person, &notice).map(drop)
}
