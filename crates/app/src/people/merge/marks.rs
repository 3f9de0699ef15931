//! Marks of two records: those of the merged one become the kept one's, and where both were marked
//! in one session one mark stands. Tallies follow.

use super::moves::{Ledger, Stood};
use crate::marks::fields;
use crate::{Error, Result};
use muster_domain::attendance::Tally;
use muster_domain::ids::{MarkId, PersonId, SessionId};
use muster_domain::merging::{Side, standing};
use muster_journal::Change;
use muster_storage::locations::DistanceRow;
use muster_storage::sessions::{MarkRow, SessionRow};
use muster_storage::{WriteTx, locations, moving, sessions};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The marks of one session as they stood before a merge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct MarkMove {
    /// The kept record's, if it had one.
    pub kept: Option<MarkRow>,
    /// The merged record's.
    pub merged: MarkRow,
    /// How far from the room the kept record was, in metres.
    pub kept_metres: Option<i64>,
    /// How far the merged one was.
    pub merged_metres: Option<i64>,
}

/// Changes to marks of one session and what follows from them.
pub(super) struct Marking<'s> {
    session: &'s SessionRow,
    reason: &'s str,
    changes: &'s mut Vec<Change>,
}

impl<'s> Marking<'s> {
    pub fn new(session: &'s SessionRow, reason: &'s str, changes: &'s mut Vec<Change>) -> Self {
        Self { session, reason, changes }
    }

    /// Puts a mark in the place of a person's mark, of none, or the other way round; the version
    /// that it got.
    pub fn put(
        &mut self,
        tx: &mut WriteTx<'_>,
        person: PersonId,
        before: Option<&MarkRow>,
        after: Option<&MarkRow>,
    ) -> Result<i64> {
        let id = MarkId::of(self.session.id, person);
        let seen = before.map_or(0, |mark| mark.version);
        let version = tx.version_over(seen.max(after.map_or(0, |mark| mark.version)));
        let after = after.map(|mark| MarkRow { id, person, version, ..mark.clone() });
        let change = Change::new("mark.make", "mark", id).on(self.session.id);
        let change = match (before, &after) {
            (None, None) => return Ok(0),
            (None, Some(mark)) => {
                sessions::insert_mark(tx, mark)?;
                change.created(&fields(mark))
            }
            (Some(before), None) => {
                sessions::delete_mark(tx, before)?;
                let change = Change { action: "mark.unmake", ..change };
                change.changed(&fields(before), &serde_json::json!({}), seen)
            }
            (Some(before), Some(mark)) => {
                if !sessions::replace_mark(tx, mark, seen)? {
                    return Err(Error::Stale);
                }
                let change = Change { action: "mark.change", ..change };
                change.changed(&fields(before), &fields(mark), seen)
            }
        };
        self.changes.push(change.because(Some(self.reason)));
        if self.session.closed_at.is_some() {
            let mut tally = Tally::default();
            if let Some(mark) = before {
                tally.add(mark.status, -1);
            }
            if let Some(mark) = &after {
                tally.add(mark.status, 1);
            }
            sessions::add_tally(tx, self.session, person, tally)?;
        }
        Ok(version)
    }
}

fn metres(tx: &mut WriteTx<'_>, session: SessionId, person: PersonId) -> Result<Option<i64>> {
    Ok(locations::distance(tx, session, person)?.map(|row| row.metres))
}

/// A distance belongs to the mark that stands.
pub(super) fn put_metres(
    tx: &mut WriteTx<'_>,
    session: SessionId,
    person: PersonId,
    metres: Option<i64>,
) -> Result<()> {
    let done = match metres {
        Some(metres) => locations::put_distances(tx, &[DistanceRow { session, person, metres }]),
        None => locations::drop_distance(tx, session, person),
    };
    Ok(done?)
}

impl Ledger<'_> {
    /// Those in these sessions, in the order of their ids.
    pub(super) fn marks(&mut self, tx: &mut WriteTx<'_>, found: Vec<SessionId>) -> Result<()> {
        let mut moved: HashMap<SessionId, (i64, i64)> = HashMap::new();
        for id in found {
            // Locked first, and read only then: nobody marks or closes meanwhile.
            let Some(session) = sessions::lock(tx, id)? else { continue };
            let Some(theirs) = sessions::mark(tx, id, self.merged)? else { continue };
            let ours = sessions::mark(tx, id, self.kept)?;
            let side = ours
                .as_ref()
                .map_or(Side::Merged, |own| standing(own.existing(), theirs.existing()));
            let mut marking = Marking::new(&session, self.reason, &mut self.changes);
            marking.put(tx, self.merged, Some(&theirs), None)?;
            let version = match side {
                Side::Kept => ours.as_ref().map_or(0, |own| own.version),
                Side::Merged => marking.put(tx, self.kept, ours.as_ref(), Some(&theirs))?,
            };
            if ours.is_none() {
                moved.insert(id, (theirs.version, version));
            }
            let [kept_metres, merged_metres] =
                [metres(tx, id, self.kept)?, metres(tx, id, self.merged)?];
            put_metres(tx, id, self.kept, side.of(kept_metres, merged_metres))?;
            put_metres(tx, id, self.merged, None)?;
            let stood = MarkMove { kept: ours, merged: theirs, kept_metres, merged_metres };
            self.note("mark", id.0, &Stood::Mark(Box::new(stood)), version)?;
        }
        self.bulk_items(tx, &moved)
    }

    /// What would stand again if a whole session's marks were taken back moves with the marks.
    fn bulk_items(
        &mut self,
        tx: &mut WriteTx<'_>,
        moved: &HashMap<SessionId, (i64, i64)>,
    ) -> Result<()> {
        for item in moving::bulk_items(tx, self.merged)? {
            let Some((was, version)) = moved.get(&item.session.into()) else { continue };
            let current = if item.mark_version == *was { *version } else { item.mark_version };
            if moving::give_bulk_item(tx, item.bulk, [self.merged, self.kept], current)? {
                let stood = Stood::BulkItem { moved: current, was: item.mark_version };
                self.note("bulk_item", item.bulk.0, &stood, *version)?;
            }
        }
        Ok(())
    }
}
