//! Badges for a class, a programme or all of the staff at once, in steps of a few hundred: each a
//! transaction of its own that stores how far it came.

use super::card::{Printed, read, with_photo};
use super::issue::issue_many;
use super::{EVERYTHING, counts};
use crate::dockets::{self, members};
use crate::{Ctx, Error, Result, credentials, people as persons};
use muster_domain::auth::{Actor, Permission, Role};
use muster_domain::badges::Holder;
use muster_domain::dockets::Outcome;
use muster_domain::ids::{BadgeBatchId, BadgeId, PersonId};
use muster_journal::Change;
use muster_storage::badge_batches::{self as stored, BadgeBatchPersonRow, BadgeBatchRow};
use muster_storage::{ReadTx, WriteTx, academics, badges, people, programmes};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

/// People who have their turn in one step.
const STEP: i64 = 200;
/// Most people in a batch.
const MOST: usize = 20_000;
/// Batches in a list.
const LATEST: i64 = 20;
/// Why somebody gets none.
const NOT_IN_USE: &str = "This record is no longer in use, or has no role with a badge.";

/// People who get badges together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// The students of a class or of a programme.
    Students(dockets::Group),
    /// Everybody who works here.
    Staff,
}

/// A batch with the names around it.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The batch.
    pub row: BadgeBatchRow,
    /// For whom, in words.
    pub group: String,
}

/// Begins to issue badges to whoever of a group has none that counts.
pub fn begin_batch(tx: &mut WriteTx<'_>, ctx: &Ctx, group: Group) -> Result<BadgeBatchId> {
    ctx.need(Permission::IssueBadges, EVERYTHING)?;
    credentials::keys(ctx)?;
    let (class, programme, year) = match group {
        Group::Students(dockets::Group::Class(class)) => (Some(class), None, None),
        Group::Students(dockets::Group::Programme(programme, year)) => {
            (None, Some(programme), year)
        }
        Group::Staff => (None, None, None),
    };
    let people = match group {
        Group::Students(group) => members(tx, group)?.1,
        Group::Staff => staff(tx)?,
    };
    if people.is_empty() {
        return Err(Error::field("class", "There is nobody in this group."));
    }
    if people.len() > MOST {
        let detail = format!("These are more than {MOST} people: choose a smaller group.");
        return Err(Error::field("class", detail));
    }
    let row = BadgeBatchRow {
        id: ctx.fresh(),
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
    let what = json!({
        "class": class, "programme": programme, "year": year, "people": row.total,
    });
    tx.journal(Change::new("badge_batch.begin", "badge_batch", row.id).created(&what))?;
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

/// A batch.
pub fn batch(tx: &mut ReadTx<'_>, ctx: &Ctx, id: BadgeBatchId) -> Result<Batch> {
    ctx.need(Permission::IssueBadges, EVERYTHING)?;
    let row = stored::get(tx, id)?.ok_or(Error::NotFound)?;
    named(tx, row)
}

/// The latest batches.
pub fn batches(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<Batch>> {
    ctx.need(Permission::IssueBadges, EVERYTHING)?;
    stored::latest(tx, LATEST)?.into_iter().map(|row| named(tx, row)).collect()
}

fn named(tx: &mut ReadTx<'_>, row: BadgeBatchRow) -> Result<Batch> {
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
pub fn batch_people(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    id: BadgeBatchId,
    outcome: Option<Outcome>,
    (from, limit): (i64, i64),
) -> Result<Vec<BadgeBatchPersonRow>> {
    batch(tx, ctx, id)?;
    Ok(stored::people(tx, id, outcome, from, limit)?)
}

/// The badges for paper of people who stand at those places of a batch, as far as theirs count.
pub fn batch_printed(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    id: BadgeBatchId,
    part: Range<i64>,
) -> Result<Vec<Printed>> {
    batch(tx, ctx, id)?;
    let most = part.end.saturating_sub(part.start);
    let mut printed = Vec::new();
    for one in stored::people(tx, id, None, part.start, most)? {
        if part.contains(&one.seq) {
            let card = read(tx, ctx, one.person)?;
            printed.extend(with_photo(tx, card)?);
        }
    }
    Ok(printed)
}

/// The batch that waits longest for a worker.
pub fn working_batch(tx: &mut ReadTx<'_>) -> Result<Option<BadgeBatchRow>> {
    Ok(stored::working(tx)?)
}

/// Who asked for a batch, with what they may do now; none if they are gone.
pub fn asker(tx: &mut ReadTx<'_>, batch: &BadgeBatchRow) -> Result<Option<Actor>> {
    persons::acting(tx, batch.asked_by)
}

/// Takes a batch one step further; how it stands then. If another worker was faster, it is `Stale`.
pub fn step_batch(tx: &mut WriteTx<'_>, ctx: &Ctx, now: &BadgeBatchRow) -> Result<BadgeBatchRow> {
    ctx.need(Permission::IssueBadges, EVERYTHING)?;
    let some = stored::people(tx, now.id, None, now.done, STEP)?;
    let ids: Vec<_> = some.iter().map(|one| one.person).collect();
    let in_use = people::get_many(tx, &ids)?.into_iter().filter(|row| row.active);
    let in_use: BTreeSet<_> = in_use.map(|row| row.id).collect();
    let mut roles: HashMap<PersonId, Vec<Role>> = HashMap::new();
    for grant in people::grants_many(tx, &ids)? {
        roles.entry(grant.person).or_default().push(grant.role);
    }
    let wanted: Vec<_> = ids.iter().map(|id| BadgeId::of(*id)).collect();
    let had = badges::get_many(tx, &wanted)?.into_iter();
    let mut had: HashMap<_, _> = had.map(|row| (row.person, row)).collect();
    let (mut outcomes, mut issued) = (Vec::with_capacity(some.len()), Vec::new());
    let mut after = now.clone();
    for one in &some {
        let roles = roles.remove(&one.person).unwrap_or_default();
        let may = in_use.contains(&one.person) && Holder::of(roles).is_some();
        let before = had.remove(&one.person);
        let (outcome, count) = match before {
            _ if !may => (Outcome::Refused, &mut after.refused),
            Some(row) if counts(&row, ctx.now()) => (Outcome::Kept, &mut after.kept),
            before => {
                issued.push((one.person, before));
                (Outcome::Issued, &mut after.issued)
            }
        };
        *count += 1;
        let told = (outcome == Outcome::Refused).then(|| NOT_IN_USE.to_owned());
        outcomes.push((one.seq, outcome, told));
    }
    issue_many(tx, ctx, &issued)?;
    stored::update_people(tx, now.id, &outcomes)?;
    after.done += i64::try_from(some.len()).unwrap_or(i64::MAX);
    after.ended_at = (after.done >= after.total || some.is_empty()).then(|| ctx.now());
    advanced(tx, now, after)
}

/// Gives a batch up that can't go on; the badges that it issued stay.
pub fn fail_batch(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    now: &BadgeBatchRow,
    why: &str,
) -> Result<BadgeBatchRow> {
    let failure = Some(why.to_owned());
    advanced(tx, now, BadgeBatchRow { failure, ended_at: Some(ctx.now()), ..now.clone() })
}

fn advanced(
    tx: &mut WriteTx<'_>,
    now: &BadgeBatchRow,
    after: BadgeBatchRow,
) -> Result<BadgeBatchRow> {
    if stored::update(tx, now, &after)? { Ok(after) } else { Err(Error::Stale) }
}
