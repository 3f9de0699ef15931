//! Merging two records of one person: what each has, what is chosen, and the merge itself.

mod arrived;
mod duplicates;
mod edited;
mod fields;
mod marks;
mod moves;
mod undo;

pub(crate) use arrived::follow_arrived;
pub use duplicates::{Duplicate, duplicates, lookalikes};
pub use fields::{Choices, FIELDS, FieldPair, PHOTO};
pub use undo::undo;

use super::{fields as person_fields, studies};
use crate::{Ctx, Error, Result};
use fields::Both;
use moves::Ledger;
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{LoginId, MergeId, PersonId};
use muster_domain::text;
use muster_journal::Change;
use muster_storage::merges::MergeRow;
use muster_storage::people::{GrantRow, PersonRow};
use muster_storage::students::StudentRow;
use muster_storage::{ReadTx, WriteTx, auth, merges, moving, people, photos, students};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashSet;

/// Two records to merge.
#[derive(Clone, Debug)]
pub struct MergeInput {
    /// The record that stays.
    pub kept: PersonId,
    /// The record that leads to it from then on.
    pub merged: PersonId,
    /// Whose value of which field stays; of those not named the kept record's, if it has one.
    pub choices: Choices,
    /// Why.
    pub reason: String,
    /// The versions of both that were looked at.
    pub seen: Option<[i64; 2]>,
}

/// What a merge would do.
#[derive(Clone, Debug)]
pub struct MergePreview {
    /// The record that stays.
    pub kept: PersonRow,
    /// The record that leads to it from then on.
    pub merged: PersonRow,
    /// Every field of which one of them has a value.
    pub fields: Vec<FieldPair>,
    /// What moves.
    pub counts: MergeCounts,
}

/// How much moves from the merged record to the kept one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MergeCounts {
    /// Places in classes.
    pub classes: usize,
    /// Of these, classes in which the kept one is, too: the two places become one.
    pub shared_classes: usize,
    /// Marks.
    pub marks: usize,
    /// Of these, in sessions in which the kept one is marked, too: one of the marks stands.
    pub shared_marks: usize,
    /// Roles, for the institution and for classes.
    pub roles: usize,
    /// Requests to change marks.
    pub corrections: usize,
    /// Leave.
    pub leaves: usize,
    /// Notices.
    pub notices: usize,
    /// Phones.
    pub devices: usize,
}

/// The kept record as it was, and whether the merged one was active.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Before {
    person: PersonRow,
    student: Option<StudentRow>,
    merged_active: bool,
}

/// To whom somebody's record leads since it was merged.
pub(crate) fn need_unmerged(tx: &mut ReadTx<'_>, person: PersonId) -> Result<()> {
    match merges::merged_into(tx, person)? {
        Some(kept) => Err(Error::Merged { kept }),
        None => Ok(()),
    }
}

/// What merging these two would do.
pub fn preview(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    kept: PersonId,
    merged: PersonId,
) -> Result<MergePreview> {
    ctx.need(Permission::ManagePeople, Target::Institution)?;
    let both = pair(tx, ctx, kept, merged)?;
    let places = moving::places(tx, kept)?;
    let classes: HashSet<_> = places.iter().map(|place| place.class).collect();
    let sessions: HashSet<_> =
        moving::marks(tx, kept)?.into_iter().map(|mark| mark.session).collect();
    let theirs = moving::places(tx, merged)?;
    let marks = moving::marks(tx, merged)?;
    let mut count = |kind| Ok::<_, Error>(moving::own(tx, kind, merged)?.len());
    let counts = MergeCounts {
        classes: theirs.len(),
        shared_classes: theirs.iter().filter(|place| classes.contains(&place.class)).count(),
        marks: marks.len(),
        shared_marks: marks.iter().filter(|mark| sessions.contains(&mark.session)).count(),
        corrections: count(moving::Moving::Correction)?,
        leaves: count(moving::Moving::Leave)?,
        notices: count(moving::Moving::Notice)?,
        devices: count(moving::Moving::Device)?,
        roles: people::grants(tx, merged)?.len(),
    };
    let pictures = [photos::state(tx, kept)?.is_some(), photos::state(tx, merged)?.is_some()];
    let fields = both.pairs(pictures);
    Ok(MergePreview { kept: both.kept, merged: both.merged, fields, counts })
}

/// Merges two records: every record of the one becomes the other's, and its number leads there.
pub fn merge(tx: &mut WriteTx<'_>, ctx: &Ctx, input: &MergeInput) -> Result<MergeId> {
    ctx.need(Permission::ManagePeople, Target::Institution)?;
    let MergeInput { kept, merged, .. } = *input;
    let both = pair(tx, ctx, kept, merged)?;
    let reason = text::clean(&input.reason, 500)
        .map_err(|_| Error::field("reason", "Say why these two are one person."))?;
    if input.seen.is_some_and(|seen| seen != [both.kept.version, both.merged.version]) {
        return Err(Error::Stale);
    }
    let person = both.chosen(&input.choices).check()?;
    let newest = both.kept.version.max(both.merged.version);
    let version = tx.version_over(newest);
    if !merges::lead(tx, merged, kept, version)? {
        return Err(Error::Stale);
    }
    let mut ledger = Ledger::new(kept, merged, &reason);
    let student = person.studies.row(tx, kept)?;
    let row = person.row(&student, version, both.kept.active);
    if !people::update(tx, &row, both.kept.version).map_err(super::taken)? {
        return Err(Error::Stale);
    }
    let known = students::get(tx, kept)?;
    if student != known.clone().unwrap_or_else(|| StudentRow::nothing(kept)) {
        students::put(tx, &student, version).map_err(super::taken)?;
    }
    ledger.everything(tx, ctx, input.choices.of_photo())?;
    auth::end_other_logins(tx, merged, LoginId(uuid::Uuid::nil()), ctx.now())?;
    auth::drop_codes(tx, merged, ctx.now())?;
    let stored = studies::stored(tx, kept)?;
    let old = person_fields(&both.kept, &both.kept_studies);
    let change = Change::new("person.merge", "person", kept).because(Some(&reason));
    tx.journal(change.changed(&old, &person_fields(&row, &stored), both.kept.version))?;
    let led = json!({"merged_into": kept, "active": false});
    let stood = json!({"merged_into": null, "active": both.merged.active});
    let change = Change::new("person.lead", "person", merged).because(Some(&reason));
    tx.journal(change.changed(&stood, &led, both.merged.version))?;
    let merged_active = both.merged.active;
    let before = Before { person: both.kept, student: known, merged_active };
    let id = ctx.fresh();
    let stored = MergeRow {
        id,
        kept,
        merged,
        name: String::new(),
        number: String::new(),
        reason: reason.clone(),
        before: written(&before)?,
        kept_version: version,
        merged_by: ctx.act.actor,
        actor_name: None,
        merged_at: ctx.now(),
        undone_at: None,
    };
    ledger.keep(tx, &stored)?;
    Ok(id)
}

/// What was merged into a person's record, the latest first.
pub fn merges_of(tx: &mut ReadTx<'_>, ctx: &Ctx, kept: PersonId) -> Result<Vec<MergeRow>> {
    ctx.need(Permission::ManagePeople, Target::Institution)?;
    need_unmerged(tx, kept)?;
    people::get(tx, kept)?.ok_or(Error::NotFound)?;
    Ok(merges::of_kept(tx, kept)?)
}

/// Both records, if this person may merge them.
fn pair(tx: &mut ReadTx<'_>, ctx: &Ctx, kept: PersonId, merged: PersonId) -> Result<Both> {
    if kept == merged {
        return Err(Error::field("merged", "This is the same record: choose another one."));
    }
    need_unmerged(tx, kept)?;
    need_unmerged(tx, merged)?;
    if ctx.person()? == merged {
        let text = "You are signed in with this record: keep it, and merge the other one into it.";
        return Err(Error::field("merged", text));
    }
    need_power_over_both(tx, ctx, [kept, merged])?;
    let row = people::get(tx, kept)?.ok_or(Error::NotFound)?;
    let other = people::get(tx, merged)?.ok_or(Error::NotFound)?;
    if other.active && !row.active {
        let text = "The record that stays is inactive: keep the other one, or activate it first.";
        return Err(Error::field("merged", text));
    }
    Ok(Both {
        kept_studies: studies::stored(tx, kept)?,
        merged_studies: studies::stored(tx, merged)?,
        kept: row,
        merged: other,
    })
}

/// A merge hands over roles, so that either record of an administrator needs the right to name
/// administrators: even one's own.
fn need_power_over_both(tx: &mut ReadTx<'_>, ctx: &Ctx, both: [PersonId; 2]) -> Result<()> {
    for person in both {
        let grants: Vec<GrantRow> = people::grants(tx, person)?;
        if grants.iter().any(|grant| grant.role.is_administrator()) {
            ctx.need(Permission::ManageAdministrators, Target::Institution)?;
        }
    }
    Ok(())
}

fn written(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|error| muster_storage::Error::Database(error.to_string()).into())
}

fn parsed<T: for<'a> Deserialize<'a>>(text: &str) -> Result<T> {
    serde_json::from_str(text)
        .map_err(|error| muster_storage::Error::Database(error.to_string()).into())
}
