//! Dockets or badges for a class, a programme or all of the staff at once, in steps of a few hundred
//! people: each a transaction of its own that stores how far it came. Who gets one is said by
//! `dockets` and `badges`.

use crate::{Ctx, Error, Result, badges, credentials, dockets, people as persons};
use muster_domain::auth::{Actor, Permission, Role, Target};
use muster_domain::batches::{BatchKind, Outcome};
use muster_domain::ids::{AssessmentId, BatchId, PersonId};
use muster_journal::Change;
use muster_storage::batches::{self as stored, BatchPersonRow, BatchRow};
use muster_storage::{ReadTx, WriteTx, academics, people, programmes};
use serde_json::json;
use std::collections::{BTreeSet, HashSet};

/// People who have their turn in one step.
const STEP: i64 = 200;
/// Most people in a batch.
const MOST: usize = 20_000;
/// Batches in a list.
const LATEST: i64 = 20;

/// People who get theirs together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// The students of a class or of a programme.
    Students(dockets::Group),
    /// Everybody who works here.
    Staff,
}

/// A batch with the name of its group.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The batch.
    pub row: BatchRow,
    /// For whom, in words.
    pub group: String,
}

/// What came of somebody's turn, and why they have none.
pub(crate) type Turn = (Outcome, Option<String>);

/// Whether the caller may issue what batches of this kind do.
pub(crate) fn need(ctx: &Ctx, kind: BatchKind) -> Result<()> {
    let permission = match kind {
        BatchKind::Docket => Permission::IssueDockets,
        BatchKind::Badge => Permission::IssueBadges,
    };
    ctx.need(permission, Target::Institution)
}

/// Begins a batch for whoever of a group is to have what it issues.
pub(crate) fn begin(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    (kind, assessment): (BatchKind, Option<AssessmentId>),
    group: Group,
) -> Result<BatchId> {
    need(ctx, kind)?;
    credentials::keys(ctx)?;
    let (class, programme, year) = match group {
        Group::Students(dockets::Group::Class(class)) => (Some(class), None, None),
        Group::Students(dockets::Group::Programme(programme, year)) => {
            (None, Some(programme), year)
        }
        Group::Staff => (None, None, None),
    };
    let people = match group {
        Group::Students(group) => dockets::members(tx, group)?.1,
        Group::Staff => staff(tx)?,
    };
    if people.is_empty() {
        return Err(Error::field("class", "There is nobody in this group."));
    }
    if people.len() > MOST {
        let detail = format!("These are more than {MOST} people: choose a smaller group.");
        return Err(Error::field("class", detail));
    }
    let row = BatchRow {
        id: ctx.fresh(),
        kind,
        assessment,
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
    let change = match kind {
        BatchKind::Docket => Change::new("docket_batch.begin", "docket_batch", row.id),
        BatchKind::Badge => Change::new("badge_batch.begin", "badge_batch", row.id),
    };
    let change = assessment.into_iter().fold(change, Change::on);
    let what = json!({
        "assessment": assessment, "class": class, "programme": programme, "year": year,
        "people": row.total,
    });
    tx.journal(change.created(&what))?;
    Ok(row.id)
}

/// Everybody who works here and whose record is in use, by name.
fn staff(tx: &mut ReadTx<'_>) -> Result<Vec<PersonId>> {
    let mut ids = BTreeSet::new();
    for role in Role::ALL.into_iter().filter(|role| role.is_staff()) {
        ids.extend(stored::with_role(tx, role)?);
    }
    let mut found = people::get_many(tx, &Vec::from_iter(ids))?;
    found.retain(|person| person.active);
    found.sort_by(|a, b| (&a.name, &a.number).cmp(&(&b.name, &b.number)));
    Ok(found.into_iter().map(|person| person.id).collect())
}

/// The batch of that kind and id.
pub(crate) fn get(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    kind: BatchKind,
    id: BatchId,
) -> Result<BatchRow> {
    need(ctx, kind)?;
    stored::get(tx, id)?.filter(|row| row.kind == kind).ok_or(Error::NotFound)
}

/// The latest batches of a kind, for one assessment alone if it is named.
pub(crate) fn latest(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    kind: BatchKind,
    assessment: Option<AssessmentId>,
) -> Result<Vec<BatchRow>> {
    need(ctx, kind)?;
    Ok(stored::latest(tx, kind, assessment, LATEST)?)
}

/// A batch with the name of its group.
pub(crate) fn named(tx: &mut ReadTx<'_>, row: BatchRow) -> Result<Batch> {
    let group = match (row.class, row.programme) {
        (Some(class), _) => academics::class(tx, class)?
            .map(|class| format!("{} {}", class.course_code, class.section)),
        (None, Some(programme)) => programmes::programme(tx, programme)?.map(|programme| {
            let year = row.year.map(|year| format!(", year {year}")).unwrap_or_default();
            format!("{}{year}", programme.code)
        }),
        (None, None) => Some("Staff".to_owned()),
    };
    Ok(Batch { row, group: group.unwrap_or_default() })
}

/// The people of a batch from place `from` on; of one outcome alone if it is named.
pub fn people(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    (kind, id): (BatchKind, BatchId),
    outcome: Option<Outcome>,
    (from, limit): (i64, i64),
) -> Result<Vec<BatchPersonRow>> {
    get(tx, ctx, kind, id)?;
    Ok(stored::people(tx, id, outcome, from, limit)?)
}

/// The batch that waits longest for a worker.
pub fn working(tx: &mut ReadTx<'_>) -> Result<Option<BatchRow>> {
    Ok(stored::working(tx)?)
}

/// Who asked for a batch, with what they may do now; none if they are gone.
pub fn asker(tx: &mut ReadTx<'_>, batch: &BatchRow) -> Result<Option<Actor>> {
    persons::acting(tx, batch.asked_by)
}

/// Takes a batch one step further; how it stands then. If another worker was faster, it is `Stale`.
pub fn step(tx: &mut WriteTx<'_>, ctx: &Ctx, now: &BatchRow) -> Result<BatchRow> {
    need(ctx, now.kind)?;
    let some = stored::people(tx, now.id, None, now.done, STEP)?;
    let ids: Vec<_> = some.iter().map(|one| one.person).collect();
    let in_use = people::get_many(tx, &ids)?.into_iter().filter(|row| row.active);
    let in_use: HashSet<_> = in_use.map(|row| row.id).collect();
    let turns = match now.kind {
        BatchKind::Docket => dockets::turns(tx, ctx, now, (&ids, &in_use))?,
        BatchKind::Badge => badges::turns(tx, ctx, (&ids, &in_use))?,
    };
    let mut after = now.clone();
    let mut outcomes = Vec::with_capacity(some.len());
    for (one, (outcome, why)) in some.iter().zip(turns) {
        match outcome {
            Outcome::Issued => after.issued += 1,
            Outcome::Kept => after.kept += 1,
            Outcome::Refused | Outcome::Waiting => after.refused += 1,
        }
        outcomes.push((one.seq, outcome, why));
    }
    stored::update_people(tx, now.id, &outcomes)?;
    after.done += i64::try_from(some.len()).unwrap_or(i64::MAX);
    after.ended_at = (after.done >= after.total || some.is_empty()).then(|| ctx.now());
    advanced(tx, now, after)
}

/// Gives a batch up that can't go on; what it issued stays.
pub fn fail(tx: &mut WriteTx<'_>, ctx: &Ctx, now: &BatchRow, why: &str) -> Result<BatchRow> {
    let failure = Some(why.to_owned());
    advanced(tx, now, BatchRow { failure, ended_at: Some(ctx.now()), ..now.clone() })
}

fn advanced(tx: &mut WriteTx<'_>, now: &BatchRow, after: BatchRow) -> Result<BatchRow> {
    if stored::update(tx, now, &after)? { Ok(after) } else { Err(Error::Stale) }
}
