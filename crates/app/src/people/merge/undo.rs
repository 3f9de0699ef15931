//! Undoing a merge: every record goes back, unless one of them was changed since.

use super::marks::{MarkMove, Marking, put_metres};
use super::moves::{Stood, exchange_photos, leads_on, together};
use super::{Before, need_power_over_both, parsed};
use crate::people::{fields, studies};
use crate::{Ctx, Error, Result};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{ClassId, MergeId, PersonId, SessionId};
use muster_domain::requests::RequestState;
use muster_journal::Change;
use muster_storage::corrections::CorrectionRow;
use muster_storage::enrolment::EnrolmentRow;
use muster_storage::merges::{MergeRow, MoveRow};
use muster_storage::moving::{Moving, OwnRow, PlaceRow};
use muster_storage::people::PersonRow;
use muster_storage::{
    WriteTx, academics, channels, corrections, enrolment, merges, moving, people, photos, sessions,
    students, tallies,
};
use serde_json::json;
use std::collections::BTreeSet;

/// Undoes a merge. If anything that moved was changed since, it says what and changes nothing.
pub fn undo(tx: &mut WriteTx<'_>, ctx: &Ctx, kept: PersonId, id: MergeId) -> Result<PersonId> {
    ctx.need(Permission::ManagePeople, Target::Institution)?;
    let row = merges::get(tx, id)?.filter(|row| row.kept == kept).ok_or(Error::NotFound)?;
    super::need_unmerged(tx, kept)?;
    need_power_over_both(tx, ctx, [kept, row.merged])?;
    if !merges::undone(tx, id, ctx.act.actor, ctx.now())? {
        return Err(Error::AlreadyReversed);
    }
    let merged = row.merged;
    let before: Before = parsed(&row.before)?;
    let mut undoing = Undoing {
        kept,
        merged,
        reason: format!("Undone: {}", row.reason),
        changes: Vec::new(),
        since: BTreeSet::new(),
    };
    if merges::merged_into(tx, merged)? != Some(kept) {
        undoing.since.insert("the merged record".to_owned());
    }
    let moves = merges::moves(tx, id)?;
    for part in moves.iter().rev() {
        undoing.back(tx, part)?;
    }
    undoing.alone(tx, &moves)?;
    undoing.people(tx, &row, &before)?;
    if !undoing.since.is_empty() {
        return Err(Error::MergeChanged { what: undoing.since.into_iter().collect() });
    }
    tallies::drop_empty_of_person(tx, kept)?;
    tx.journal_many(undoing.changes)?;
    Ok(merged)
}

struct Undoing {
    kept: PersonId,
    merged: PersonId,
    reason: String,
    changes: Vec<Change>,
    /// What was changed since the merge.
    since: BTreeSet<String>,
}

impl Undoing {
    fn back(&mut self, tx: &mut WriteTx<'_>, part: &MoveRow) -> Result<()> {
        match parsed::<Stood>(&part.before)? {
            Stood::Moved => self.moved(tx, part),
            Stood::Held => {
                let version = tx.version_over(part.version);
                let held = moving::end_role(tx, part.entity_id, None, version, part.version)?;
                self.expect(held, "a role");
                self.journal("role", part, &json!({"ended": true}), &json!({"ended": false}));
                Ok(())
            }
            Stood::Place(place) => self.place(tx, &place),
            Stood::Asked => self.asked(tx, part),
            Stood::Photo => {
                let now = photos::state(tx, self.kept)?.map_or(0, |state| state.version);
                self.expect(now == part.version, "the photo");
                exchange_photos(tx, self.kept, self.merged)?;
                self.returned("photo", part);
                Ok(())
            }
            Stood::Led => {
                let version = tx.version_over(part.version);
                let person = part.entity_id.into();
                let led = merges::lead_on(tx, person, self.kept, self.merged, version)?;
                self.expect(led, "a record that was merged before");
                let change = leads_on(person, [self.kept, self.merged], part.version);
                self.changes.push(change.because(Some(&self.reason)));
                Ok(())
            }
            Stood::BulkItem { was, .. } => {
                let bulk = part.entity_id.into();
                moving::give_bulk_item(tx, bulk, [self.kept, self.merged], was)?;
                Ok(())
            }
            Stood::Wishes { kept, merged } => {
                let unchanged = channels::of_person(tx, self.kept)? == together(&kept, &merged)
                    && channels::of_person(tx, self.merged)?.is_empty();
                self.expect(unchanged, "of what letters are wanted");
                channels::put(tx, self.kept, &kept)?;
                channels::put(tx, self.merged, &merged)?;
                self.returned("wishes", part);
                Ok(())
            }
            Stood::Mark(stood) => self.mark(tx, part, &stood),
        }
    }

    fn moved(&mut self, tx: &mut WriteTx<'_>, part: &MoveRow) -> Result<()> {
        let Some(kind) = Moving::from_key(&part.entity) else { return Ok(()) };
        let record = OwnRow { id: part.entity_id, version: part.version };
        let version = tx.version_over(part.version);
        let given = moving::give(tx, kind, record, [self.kept, self.merged], version)?;
        let what = match kind {
            Moving::Role => "a role",
            Moving::Enrolment => "a place in a class",
            Moving::Result => "a result",
            Moving::Correction => "a request to change a mark",
            Moving::Leave => "leave",
            Moving::Payment => "a payment",
            Moving::Clearance => "a word on a clearance",
            Moving::Hold => "a hold",
            Moving::Notice => "a notice",
            Moving::Device => "a phone",
            Moving::DeviceKey => "a phone’s key",
            Moving::Receipt => "a scan without a network",
            Moving::Reminder => "a reminder",
            Moving::Feed => "the calendar’s address",
            Moving::Membership => "a wish to be named on leaderboards",
        };
        self.expect(given, what);
        self.returned(kind.key(), part);
        Ok(())
    }

    /// Gives the place that had yielded its row again.
    fn place(&mut self, tx: &mut WriteTx<'_>, place: &PlaceRow) -> Result<()> {
        let row = EnrolmentRow {
            id: place.id,
            class: place.class,
            person: place.person,
            name: String::new(),
            number: String::new(),
            roll_number: place.roll_number.clone(),
            status: place.status,
            in_use: true,
            version: tx.version_over(place.version),
        };
        let asked = [(place.class, muster_domain::text::fold(&place.roll_number))];
        let holders = enrolment::by_rolls(tx, &asked)?;
        let class = named(tx, place.class)?;
        if !holders.is_empty() {
            self.since.insert(format!("roll number {} in {class}", place.roll_number));
            return Ok(());
        }
        enrolment::insert(tx, &row, place.enrolled_at)?;
        let fields = json!({
            "class": place.class, "person": place.person, "roll_number": place.roll_number,
            "status": place.status.key(),
        });
        let change = Change::new("enrolment.create", "enrolment", place.id).on(place.class);
        self.changes.push(change.created(&fields).because(Some(&self.reason)));
        Ok(())
    }

    /// Lets a request that was withdrawn wait again.
    fn asked(&mut self, tx: &mut WriteTx<'_>, part: &MoveRow) -> Result<()> {
        let Some(row) = corrections::get(tx, part.entity_id.into())? else { return Ok(()) };
        let (version, seen) = (tx.version_over(row.version), row.version);
        let state = RequestState::Asked;
        let asked = CorrectionRow { state, version, decided_at: None, ..row };
        corrections::update(tx, &asked, seen)?;
        let (withdrawn, waits) = (json!({"state": "withdrawn"}), json!({"state": "asked"}));
        self.journal("correction", part, &withdrawn, &waits);
        Ok(())
    }

    fn mark(&mut self, tx: &mut WriteTx<'_>, part: &MoveRow, stood: &MarkMove) -> Result<()> {
        let id = SessionId(part.entity_id);
        let Some(session) = sessions::lock(tx, id)? else { return Ok(()) };
        let now = sessions::mark(tx, id, self.kept)?;
        let stands = now.as_ref().map(|mark| mark.version) == Some(part.version);
        let taken = sessions::mark(tx, id, self.merged)?.is_some();
        if !stands || taken {
            let class = named(tx, session.class)?;
            self.since.insert(format!("a mark in {class}"));
            return Ok(());
        }
        let (kept, merged) = (self.kept, self.merged);
        let mut marking = Marking::new(&session, &self.reason, &mut self.changes);
        if stood.kept.as_ref() != now.as_ref() {
            marking.put(tx, kept, now.as_ref(), stood.kept.as_ref())?;
        }
        let version = marking.put(tx, merged, None, Some(&stood.merged))?;
        put_metres(tx, id, kept, stood.kept_metres)?;
        put_metres(tx, id, merged, stood.merged_metres)?;
        for item in moving::bulk_items(tx, merged)? {
            if item.session == part.entity_id && item.mark_version == stood.merged.version {
                moving::set_bulk_version(tx, item.bulk, merged, version)?;
            }
        }
        Ok(())
    }

    /// In a class that only the merged record attended, nothing may be left of the kept one.
    fn alone(&mut self, tx: &mut WriteTx<'_>, moves: &[MoveRow]) -> Result<()> {
        for place in moving::places(tx, self.merged)? {
            let came = moves.iter().any(|part| part.entity_id == place.id.0);
            if !came || enrolment::place(tx, place.class, self.kept)?.is_some() {
                continue;
            }
            let marked = !sessions::marks_in_class(tx, self.kept, place.class)?.is_empty();
            let asked = moving::corrections_in(tx, self.kept, place.class)? > 0;
            if marked || asked {
                let class = named(tx, place.class)?;
                self.since.insert(format!("attendance in {class}"));
            }
        }
        Ok(())
    }

    fn people(&mut self, tx: &mut WriteTx<'_>, row: &MergeRow, before: &Before) -> Result<()> {
        let now = people::get(tx, self.kept)?.ok_or(Error::NotFound)?;
        let led = people::get(tx, self.merged)?.ok_or(Error::NotFound)?;
        if now.version != row.kept_version {
            self.since.insert(format!("the record of {}", now.name));
        }
        if !self.since.is_empty() {
            return Ok(());
        }
        let (kept, merged) = (self.kept, self.merged);
        let known = studies::stored(tx, kept)?;
        let student = before.student.clone();
        let listed = student.as_ref().is_some_and(|student| student.programme.is_some());
        let programme = if listed { None } else { before.person.programme.clone() };
        let version = tx.version_over(now.version.max(led.version));
        let then = PersonRow { version, programme, ..before.person.clone() };
        if !people::update(tx, &then, now.version).map_err(taken)? {
            return Err(Error::Stale);
        }
        match &student {
            Some(student) => students::put(tx, student, version).map_err(taken)?,
            None => students::remove(tx, kept)?,
        }
        merges::stand(tx, merged, before.merged_active, version).map_err(taken)?;
        let restored = studies::stored(tx, kept)?;
        let (old, new) = (fields(&now, &known), fields(&before.person, &restored));
        let change = Change::new("person.unmerge", "person", kept);
        self.changes.push(change.changed(&old, &new, now.version).because(Some(&self.reason)));
        let gone = json!({"merged_into": kept, "active": false});
        let stands = json!({"merged_into": null, "active": before.merged_active});
        let change = Change::new("person.stand", "person", merged);
        self.changes.push(change.changed(&gone, &stands, led.version).because(Some(&self.reason)));
        Ok(())
    }

    fn expect(&mut self, unchanged: bool, what: &str) {
        if !unchanged {
            self.since.insert(what.to_owned());
        }
    }

    fn returned(&mut self, kind: &'static str, part: &MoveRow) {
        let (before, after) = (json!({"person": self.kept}), json!({"person": self.merged}));
        self.journal(kind, part, &before, &after);
    }

    fn journal(
        &mut self,
        kind: &'static str,
        part: &MoveRow,
        before: &serde_json::Value,
        after: &serde_json::Value,
    ) {
        let change = Change::new("person.move_back", kind, part.entity_id).on(self.merged);
        let change = change.changed(before, after, part.version);
        self.changes.push(change.because(Some(&self.reason)));
    }
}

/// A class in words.
fn named(tx: &mut WriteTx<'_>, class: ClassId) -> Result<String> {
    let row = academics::class(tx, class)?;
    Ok(row.map_or_else(String::new, |row| format!("{} · {}", row.course_code, row.section)))
}

fn taken(error: muster_storage::Error) -> Error {
    match error {
        muster_storage::Error::Conflict(_) => Error::MergeChanged {
            what: vec!["a number, user name or address, which somebody else has by now".to_owned()],
        },
        error => error.into(),
    }
}
