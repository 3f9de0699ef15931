//! Moving every record of one person to another, and keeping what stood there before.

use super::marks::MarkMove;
use super::written;
use crate::{Ctx, Result};
use muster_domain::academics::EnrolmentStatus;
use muster_domain::ids::PersonId;
use muster_domain::merging::{Side, place, preferred};
use muster_domain::notices::NoticeKind;
use muster_domain::requests::RequestState;
use muster_domain::time::Timestamp;
use muster_journal::Change;
use muster_storage::merges::{MergeRow, MoveRow};
use muster_storage::moving::{Moving, OwnRow, PlaceRow};
use muster_storage::photos::PhotoRow;
use muster_storage::{
    WriteTx, channels, corrections, merges, moving, people, photos, results, tallies,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// What a merge does, kept as it goes.
pub(super) struct Ledger<'r> {
    pub kept: PersonId,
    pub merged: PersonId,
    pub reason: &'r str,
    pub moves: Vec<MoveRow>,
    pub changes: Vec<Change>,
}

/// What stood before a record that moved or yielded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stood {
    /// It was the merged record's and moved.
    Moved,
    /// A role that the kept one holds too: it ended.
    Held,
    /// A place in a class where the other one's stays.
    Place(PlaceRow),
    /// A request for a mark of which the kept one asked too: it was withdrawn.
    Asked,
    /// Pictures were exchanged.
    Photo,
    /// A record that led to the merged one.
    Led,
    /// What stood before a mark that was set with a whole session.
    BulkItem { moved: i64, was: i64 },
    /// Of which notices each of the two wanted a letter.
    Wishes { kept: Vec<NoticeKind>, merged: Vec<NoticeKind> },
    /// Marks of one session.
    Mark(Box<MarkMove>),
}

impl<'r> Ledger<'r> {
    pub fn new(kept: PersonId, merged: PersonId, reason: &'r str) -> Self {
        Self { kept, merged, reason, moves: Vec::new(), changes: Vec::new() }
    }

    /// Moves all there is.
    pub fn everything(
        &mut self,
        tx: &mut WriteTx<'_>,
        ctx: &Ctx,
        photo: Option<Side>,
    ) -> Result<()> {
        for led in merges::merged_from(tx, self.merged)? {
            let seen = people::get(tx, led)?.map_or(0, |row| row.version);
            let version = tx.version_over(seen);
            merges::lead_on(tx, led, self.merged, self.kept, version)?;
            self.note("person", led.0, &Stood::Led, version)?;
            let change = leads_on(led, [self.merged, self.kept], seen);
            self.changes.push(change.because(Some(self.reason)));
        }
        self.photo(tx, photo)?;
        self.roles(tx, ctx.now())?;
        let marks = moving::marks(tx, self.merged)?;
        self.marks(tx, marks.into_iter().map(|mark| mark.session).collect())?;
        self.belongings(tx, ctx)
    }

    /// Moves what was done elsewhere, by a node that had not heard of the merge. Roles are no such thing:
    /// the hub alone gives them, and it knows of the merge.
    pub fn what_came_later(&mut self, tx: &mut WriteTx<'_>, ctx: &Ctx) -> Result<()> {
        let marks = moving::marked_apart(tx, self.merged, self.kept)?;
        self.marks(tx, marks)?;
        self.belongings(tx, ctx)
    }

    fn belongings(&mut self, tx: &mut WriteTx<'_>, ctx: &Ctx) -> Result<()> {
        self.places(tx)?;
        self.results(tx)?;
        self.corrections(tx, ctx.now())?;
        for kind in Moving::PLAIN {
            let held = kind.is_single() && !moving::own(tx, kind, self.kept)?.is_empty();
            for record in moving::own(tx, kind, self.merged)? {
                // A person has one: the other calendar address goes on and shows the same.
                if !held {
                    self.give(tx, kind, record)?;
                }
            }
        }
        self.wishes(tx)?;
        Ok(tallies::drop_empty_of_person(tx, self.merged)?)
    }

    /// Stores the merge with what it did.
    pub fn keep(self, tx: &mut WriteTx<'_>, row: &MergeRow) -> Result<()> {
        merges::insert(tx, row, &self.moves)?;
        Ok(tx.journal_many(self.changes)?)
    }

    /// Adds what it did to the merge of these two, unless the way from the one to the other is longer.
    pub fn keep_with(self, tx: &mut WriteTx<'_>) -> Result<()> {
        let made = merges::made_here(tx, self.merged)?;
        if let Some(made) = made.filter(|made| made.kept == self.kept) {
            merges::add_moves(tx, made.id, &self.moves)?;
        }
        Ok(tx.journal_many(self.changes)?)
    }

    pub fn note(&mut self, entity: &str, id: Uuid, before: &Stood, version: i64) -> Result<()> {
        let (entity, before) = (entity.to_owned(), written(before)?);
        self.moves.push(MoveRow { entity, entity_id: id, before, version });
        Ok(())
    }

    /// What the journal says of a record that became the kept one's.
    fn journal(&mut self, kind: &'static str, id: Uuid, replaced: i64) {
        let (before, after) = (json!({"person": self.merged}), json!({"person": self.kept}));
        let change = Change::new("person.move", kind, id).on(self.kept);
        let change = change.changed(&before, &after, replaced);
        self.changes.push(change.because(Some(self.reason)));
    }

    fn give(&mut self, tx: &mut WriteTx<'_>, kind: Moving, record: OwnRow) -> Result<()> {
        let version = tx.version_over(record.version);
        moving::give(tx, kind, record, [self.merged, self.kept], version)?;
        // What has no version is found again by when it was made.
        let dated = kind.is_dated();
        let stored = if dated { record.version } else { version };
        self.note(kind.key(), record.id, &Stood::Moved, stored)?;
        self.journal(kind.key(), record.id, if dated { 0 } else { record.version });
        Ok(())
    }

    fn photo(&mut self, tx: &mut WriteTx<'_>, chosen: Option<Side>) -> Result<()> {
        let (ours, theirs) = (photos::state(tx, self.kept)?, photos::state(tx, self.merged)?);
        let there = |there: bool| if there { "photo" } else { "" };
        let side = preferred(there(ours.is_some()), there(theirs.is_some()));
        if theirs.is_none() || chosen.unwrap_or(side) == Side::Kept {
            return Ok(());
        }
        exchange_photos(tx, self.kept, self.merged)?;
        let version = photos::state(tx, self.kept)?.map_or(0, |state| state.version);
        self.note("photo", self.kept.0, &Stood::Photo, version)?;
        self.journal("photo", self.kept.0, ours.map_or(0, |state| state.version));
        Ok(())
    }

    /// A letter that either of them wanted goes on coming.
    fn wishes(&mut self, tx: &mut WriteTx<'_>) -> Result<()> {
        let (kept, merged) =
            (channels::of_person(tx, self.kept)?, channels::of_person(tx, self.merged)?);
        if merged.is_empty() {
            return Ok(());
        }
        channels::put(tx, self.kept, &together(&kept, &merged))?;
        channels::put(tx, self.merged, &[])?;
        self.note("wishes", self.kept.0, &Stood::Wishes { kept, merged }, 0)?;
        self.journal("wishes", self.kept.0, 0);
        Ok(())
    }

    fn roles(&mut self, tx: &mut WriteTx<'_>, now: Timestamp) -> Result<()> {
        let held = moving::roles(tx, self.kept)?;
        for role in moving::roles(tx, self.merged)? {
            let same = held.iter().any(|own| own.ended_at.is_none() && own.is_same(&role));
            if same && role.ended_at.is_none() {
                let version = tx.version_over(role.version);
                moving::end_role(tx, role.id, Some(now), version, role.version)?;
                self.note("role", role.id, &Stood::Held, version)?;
                let ended = json!({
                    "role": role.role, "class": role.class, "event": role.event,
                    "assessment": role.assessment,
                });
                let change = Change::new("role.end", "role", role.id).on(self.merged);
                self.changes.push(change.created(&ended).because(Some(self.reason)));
            } else {
                let record = OwnRow { id: role.id, version: role.version };
                self.give(tx, Moving::Role, record)?;
            }
        }
        Ok(())
    }

    /// Two places in one class become one: the one that is attended, with its roll number.
    fn places(&mut self, tx: &mut WriteTx<'_>) -> Result<()> {
        let ours = moving::places(tx, self.kept)?;
        let ours: HashMap<_, _> = ours.into_iter().map(|place| (place.class, place)).collect();
        for theirs in moving::places(tx, self.merged)? {
            let record = OwnRow { id: theirs.id.0, version: theirs.version };
            match ours.get(&theirs.class) {
                None => self.give(tx, Moving::Enrolment, record)?,
                Some(own) if place(own.status, theirs.status) == Side::Merged => {
                    self.drop_place(tx, own)?;
                    self.give(tx, Moving::Enrolment, record)?;
                }
                Some(_) => self.drop_place(tx, &theirs)?,
            }
        }
        Ok(())
    }

    /// Where both have a result in the same assessment of a class, the kept record's stands.
    fn results(&mut self, tx: &mut WriteTx<'_>) -> Result<()> {
        let ours = results::of_person(tx, self.kept)?.into_iter();
        let ours: HashSet<_> = ours.map(|row| (row.class, row.assessment)).collect();
        for theirs in results::of_person(tx, self.merged)? {
            if !ours.contains(&(theirs.class, theirs.assessment)) {
                let record = OwnRow { id: theirs.id.0, version: theirs.version };
                self.give(tx, Moving::Result, record)?;
            }
        }
        Ok(())
    }

    fn drop_place(&mut self, tx: &mut WriteTx<'_>, place: &PlaceRow) -> Result<()> {
        moving::drop_place(tx, place.id)?;
        self.note("enrolment", place.id.0, &Stood::Place(place.clone()), 0)?;
        let fields = json!({
            "class": place.class, "person": place.person, "roll_number": place.roll_number,
            "status": EnrolmentStatus::key(place.status),
        });
        let change = Change::new("enrolment.remove", "enrolment", place.id).on(place.class);
        let change = change.changed(&fields, &json!({}), place.version);
        self.changes.push(change.because(Some(self.reason)));
        Ok(())
    }

    fn corrections(&mut self, tx: &mut WriteTx<'_>, now: Timestamp) -> Result<()> {
        for record in moving::own(tx, Moving::Correction, self.merged)? {
            let Some(row) = corrections::get(tx, record.id.into())? else { continue };
            let waits = row.state == RequestState::Asked;
            let mut record = record;
            if waits && corrections::open_of(tx, row.session, self.kept)?.is_some() {
                let (version, seen) = (tx.version_over(row.version), row.version);
                let state = RequestState::Withdrawn;
                let gone =
                    corrections::CorrectionRow { state, version, decided_at: Some(now), ..row };
                corrections::update(tx, &gone, seen)?;
                record.version = version;
                self.note("correction", record.id, &Stood::Asked, 0)?;
                let change = Change::new("correction.withdraw", "correction", record.id);
                let (asked, withdrawn) = (json!({"state": "asked"}), json!({"state": "withdrawn"}));
                let change = change.on(gone.session).changed(&asked, &withdrawn, seen);
                self.changes.push(change.because(Some(self.reason)));
            }
            self.give(tx, Moving::Correction, record)?;
        }
        Ok(())
    }
}

/// What the journal says of a record that leads from one to another now.
pub(super) fn leads_on(led: PersonId, [from, to]: [PersonId; 2], replaced: i64) -> Change {
    let (before, after) = (json!({"merged_into": from}), json!({"merged_into": to}));
    Change::new("person.lead", "person", led).changed(&before, &after, replaced)
}

/// What either of two wanted, in the order of the database.
pub(super) fn together(some: &[NoticeKind], more: &[NoticeKind]) -> Vec<NoticeKind> {
    let mut all: Vec<_> = some.iter().chain(more).copied().collect();
    all.sort_by_key(|kind| kind.key());
    all.dedup();
    all
}

/// Exchanges the pictures of two people, either of whom may have none.
pub(super) fn exchange_photos(tx: &mut WriteTx<'_>, one: PersonId, other: PersonId) -> Result<()> {
    let (first, second) = (photos::photo(tx, one)?, photos::photo(tx, other)?);
    let versions = [one, other].map(|person| photos::state(tx, person));
    let mut newest = 0;
    for version in versions {
        newest = version?.map_or(newest, |state| newest.max(state.version));
    }
    let mut put = |person, photo: Option<PhotoRow>| match photo {
        Some(photo) => photos::put_photo(tx, person, &photo, newest),
        None => photos::drop_photo(tx, person).map(drop),
    };
    put(one, second)?;
    Ok(put(other, first)?)
}
