//! Badges for a class, a programme or all of the staff at once.

use super::card::{Printed, read, with_photo};
use super::counts;
use super::issue::issue_many;
use crate::batches::{self, Batch, Group, Turn};
use crate::{Ctx, Result};
use muster_domain::auth::Role;
use muster_domain::badges::Holder;
use muster_domain::batches::{BatchKind, Outcome};
use muster_domain::ids::{BadgeId, BatchId, PersonId};
use muster_storage::batches as stored;
use muster_storage::{ReadTx, WriteTx, badges, people};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

const KIND: BatchKind = BatchKind::Badge;
/// Why somebody gets none.
const NOT_IN_USE: &str = "This record is no longer in use, or has no role with a badge.";

/// Begins to issue badges to whoever of a group has none that counts.
pub fn begin_batch(tx: &mut WriteTx<'_>, ctx: &Ctx, group: Group) -> Result<BatchId> {
    batches::begin(tx, ctx, (KIND, None), group)
}

/// A batch.
pub fn batch(tx: &mut ReadTx<'_>, ctx: &Ctx, id: BatchId) -> Result<Batch> {
    let row = batches::get(tx, ctx, KIND, id)?;
    batches::named(tx, row)
}

/// The latest batches.
pub fn batches(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<Batch>> {
    let rows = batches::latest(tx, ctx, KIND, None)?;
    rows.into_iter().map(|row| batches::named(tx, row)).collect()
}

/// The badges for paper of people who stand at those places of a batch, as far as theirs count.
pub fn batch_printed(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    id: BatchId,
    part: Range<i64>,
) -> Result<Vec<Printed>> {
    batches::get(tx, ctx, KIND, id)?;
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

/// Issues badges to those of these people who may have one and have none that counts; what came of
/// each.
pub(crate) fn turns(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    (ids, in_use): (&[PersonId], &HashSet<PersonId>),
) -> Result<Vec<Turn>> {
    let mut roles: HashMap<PersonId, Vec<Role>> = HashMap::new();
    for grant in people::grants_many(tx, ids)? {
        roles.entry(grant.person).or_default().push(grant.role);
    }
    let wanted: Vec<_> = ids.iter().map(|id| BadgeId::of(*id)).collect();
    let had = badges::get_many(tx, &wanted)?.into_iter();
    let mut had: HashMap<_, _> = had.map(|row| (row.person, row)).collect();
    let (mut turns, mut issued) = (Vec::with_capacity(ids.len()), Vec::new());
    for id in ids {
        let roles = roles.remove(id).unwrap_or_default();
        let may = in_use.contains(id) && Holder::of(roles).is_some();
        turns.push(match had.remove(id) {
            _ if !may => (Outcome::Refused, Some(NOT_IN_USE.to_owned())),
            Some(row) if counts(&row, ctx.now()) => (Outcome::Kept, None),
            before => {
                issued.push((*id, before));
                (Outcome::Issued, None)
            }
        });
    }
    issue_many(tx, ctx, &issued)?;
    Ok(turns)
}
