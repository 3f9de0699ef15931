//! Dockets for a class or a programme at once, in steps of a few hundred: each a transaction of its
//! own that stores how far it came.

use super::EVERYTHING;
use super::eligibility::{Group, Judge, members};
use super::issue::issue_many;
use crate::notices::{Notice, notify};
use crate::{Ctx, Error, Result, credentials, finance, people as persons};
use muster_domain::auth::{Actor, Permission};
use muster_domain::dockets::Outcome;
use muster_domain::ids::{AssessmentId, DocketBatchId, DocketId, PersonId};
use muster_domain::notices::NoticeKind;
use muster_journal::Change;
use muster_storage::assessments::AssessmentRow;
use muster_storage::docket_batches::{self as stored, BatchPersonRow, BatchRow};
use muster_storage::{ReadTx, WriteTx, academics, dockets, people, programmes};
use serde_json::json;
use std::collections::HashSet;

/// People who have their turn in one step.
const STEP: i64 = 200;
/// Most people in a batch.
const MOST: usize = 20_000;
/// Batches in a list.
const LATEST: i64 = 20;

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
) -> Result<DocketBatchId> {
    ctx.need(Permission::IssueDockets, EVERYTHING)?;
    credentials::keys(ctx)?;
    let assessment = finance::find_assessment(tx, assessment)?;
    if !assessment.active {
        let detail = format!(
            "No dockets are issued for {} now: make it the active assessment first.",
            assessment.code
        );
        return Err(Error::field("assessment", detail));
    }
    let (_, people) = members(tx, group)?;
    if people.is_empty() {
        return Err(Error::field("assessment", "There are no students in this group."));
    }
    if people.len() > MOST {
        let detail = format!("These are more than {MOST} students: choose a smaller group.");
        return Err(Error::field("assessment", detail));
    }
    let (class, programme, year) = match group {
        Group::Class(class) => (Some(class), None, None),
        Group::Programme(programme, year) => (None, Some(programme), year),
    };
    let row = BatchRow {
        id: ctx.fresh(),
        assessment: assessment.id,
        class,
        programme,
        year,
        total: i64::try_from(people.len()).unwrap_or(i64::MAX),
        done: 0,
        issued: 0,
        kept: 0,
        refused: 0,
        asked_by: ctx.person()?,
        asked_at: ctx.now(),
        ended_at: None,
        failure: None,
    };
    stored::insert(tx, &row, &people)?;
    let change = Change::new("docket_batch.begin", "docket_batch", row.id).on(assessment.id);
    let what = json!({
        "assessment": assessment.id, "class": class, "programme": programme, "year": year,
        "students": row.total,
    });
    tx.journal(change.created(&what))?;
    Ok(row.id)
}

/// A batch.
pub fn batch(tx: &mut ReadTx<'_>, ctx: &Ctx, id: DocketBatchId) -> Result<Batch> {
    ctx.need(Permission::IssueDockets, EVERYTHING)?;
    let row = stored::get(tx, id)?.ok_or(Error::NotFound)?;
    let assessment = finance::find_assessment(tx, row.assessment)?;
    named(tx, row, assessment)
}

/// The latest batches of an assessment.
pub fn batches(tx: &mut ReadTx<'_>, ctx: &Ctx, assessment: AssessmentId) -> Result<Vec<Batch>> {
    ctx.need(Permission::IssueDockets, EVERYTHING)?;
    let assessment = finance::find_assessment(tx, assessment)?;
    let rows = stored::of_assessment(tx, assessment.id, LATEST)?;
    rows.into_iter().map(|row| named(tx, row, assessment.clone())).collect()
}

fn named(tx: &mut ReadTx<'_>, row: BatchRow, assessment: AssessmentRow) -> Result<Batch> {
    let group = match (row.class, row.programme) {
        (Some(class), _) => academics::class(tx, class)?
            .map(|class| format!("{} {}", class.course_code, class.section)),
        (None, Some(programme)) => programmes::programme(tx, programme)?.map(|programme| {
            let year = row.year.map(|year| format!(", year {year}")).unwrap_or_default();
            format!("{}{year}", programme.code)
        }),
        (None, None) => None,
    };
    Ok(Batch { row, assessment, group: group.unwrap_or_default() })
}

/// The people of a batch from place `from` on; of one outcome alone if it is named.
pub fn batch_people(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    id: DocketBatchId,
    outcome: Option<Outcome>,
    (from, limit): (i64, i64),
) -> Result<Vec<BatchPersonRow>> {
    batch(tx, ctx, id)?;
    Ok(stored::people(tx, id, outcome, from, limit)?)
}

/// The batch that waits longest for a worker.
pub fn working_batch(tx: &mut ReadTx<'_>) -> Result<Option<BatchRow>> {
    Ok(stored::working(tx)?)
}

/// Who asked for a batch, with what they may do now; none if they are gone.
pub fn asker(tx: &mut ReadTx<'_>, batch: &BatchRow) -> Result<Option<Actor>> {
    persons::acting(tx, batch.asked_by)
}

/// Takes a batch one step further; how it stands then. If another worker was faster, it is `Stale`.
pub fn step_batch(tx: &mut WriteTx<'_>, ctx: &Ctx, now: &BatchRow) -> Result<BatchRow> {
    ctx.need(Permission::IssueDockets, EVERYTHING)?;
    let assessment = finance::find_assessment(tx, now.assessment)?;
    let some = stored::people(tx, now.id, None, now.done, STEP)?;
    let ids: Vec<_> = some.iter().map(|one| one.person).collect();
    let judge = Judge::of(tx, ctx, assessment.term, &ids)?;
    let wanted: Vec<_> = ids.iter().map(|id| DocketId::of(*id, assessment.id)).collect();
    let had: HashSet<_> =
        dockets::get_many(tx, &wanted)?.into_iter().map(|row| row.person).collect();
    let in_use = people::get_many(tx, &ids)?.into_iter().filter(|row| row.active);
    let in_use: HashSet<_> = in_use.map(|row| row.id).collect();
    let (mut outcomes, mut issued) = (Vec::with_capacity(some.len()), Vec::new());
    let mut after = now.clone();
    for one in &some {
        let reasons = if in_use.contains(&one.person) {
            judge.one(one.person, assessment.id)?
        } else {
            vec!["This record is no longer in use.".to_owned()]
        };
        let (outcome, count) = match () {
            () if had.contains(&one.person) => (Outcome::Kept, &mut after.kept),
            () if reasons.is_empty() => {
                issued.push(one.person);
                (Outcome::Issued, &mut after.issued)
            }
            () => (Outcome::Refused, &mut after.refused),
        };
        *count += 1;
        let told = (outcome == Outcome::Refused).then(|| reasons.join("\n"));
        outcomes.push((one.seq, outcome, told));
    }
    issue_many(tx, ctx, &assessment, &issued)?;
    for person in issued {
        tell(tx, ctx, person, &assessment)?;
    }
    stored::update_people(tx, now.id, &outcomes)?;
    after.done += i64::try_from(some.len()).unwrap_or(i64::MAX);
    after.ended_at = (after.done >= after.total || some.is_empty()).then(|| ctx.now());
    advanced(tx, now, after)
}

/// Gives a batch up that can't go on; the dockets that it issued stay.
pub fn fail_batch(tx: &mut WriteTx<'_>, ctx: &Ctx, now: &BatchRow, why: &str) -> Result<BatchRow> {
    let failure = Some(why.to_owned());
    advanced(tx, now, BatchRow { failure, ended_at: Some(ctx.now()), ..now.clone() })
}

fn advanced(tx: &mut WriteTx<'_>, now: &BatchRow, after: BatchRow) -> Result<BatchRow> {
    if stored::update(tx, now, &after)? { Ok(after) } else { Err(Error::Stale) }
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
