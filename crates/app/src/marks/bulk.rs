//! Setting a whole session's marks at once, as when the projector fails, and taking that back.

use super::fields;
use crate::academics::need_unlocked;
use crate::leaves::fillers;
use crate::{Ctx, Error, Result, telling};
use muster_domain::attendance::bulk::Reversal;
use muster_domain::attendance::leave::filler;
use muster_domain::attendance::{Extent, Method, Status, Tally};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{BulkId, MarkId, PersonId, SessionId};
use muster_domain::text;
use muster_journal::Change;
use muster_storage::bulk::{self, BulkItem, BulkRow};
use muster_storage::sessions::{MarkRow, SessionRow};
use muster_storage::{ReadTx, WriteTx, enrolment, sessions};
use serde_json::json;
use std::collections::HashMap;

/// Sets the marks of everybody, or of whoever has no real one; answers whose it changed.
pub fn mark_all(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    session: SessionId,
    status: Status,
    extent: Extent,
    reason: &str,
) -> Result<(BulkId, Vec<PersonId>)> {
    let session = lock(tx, ctx, session)?;
    let reason = text::clean(reason, 500)
        .map_err(|_| Error::field("reason", "Say why everybody is marked at once."))?;
    let existing = sessions::marks(tx, session.id)?;
    let mut existing: HashMap<_, _> =
        existing.into_iter().map(|mark| (mark.person, mark)).collect();
    let (mut act, mut items) = (Acts::new(&session, &reason), Vec::new());
    for place in enrolment::roster(tx, session.class)? {
        let before = existing.remove(&place.person);
        let stands = before.as_ref().map(MarkRow::existing);
        if !place.attends() || !extent.changes(stands, status) {
            continue;
        }
        let mark = MarkRow {
            marked_by: ctx.act.actor,
            at: ctx.now(),
            reason: Some(reason.clone()),
            ..blank(session.id, place.person, status, Method::Bulk)
        };
        let version = act.put(tx, before.as_ref(), mark)?;
        items.push(BulkItem::new(place.person, version, before.as_ref()));
    }
    let row = BulkRow {
        id: ctx.fresh(),
        session: session.id,
        status,
        extent,
        reason: reason.clone(),
        marked_by: ctx.person()?,
        name: String::new(),
        at: ctx.now(),
        changed: i64::try_from(items.len()).unwrap_or(i64::MAX),
        reversed_at: None,
        version: tx.version(),
    };
    act.store(tx)?;
    bulk::insert(tx, &row, &items)?;
    let after = json!({"status": status.key(), "extent": extent.key(), "changed": row.changed});
    let change = Change::new("bulk.mark", "bulk", row.id).on(session.id).because(Some(&reason));
    tx.journal(change.created(&after))?;
    Ok((row.id, items.into_iter().map(|item| item.person).collect()))
}

/// What taking back came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reversed {
    /// For whom stands again what stood before.
    pub restored: Vec<PersonId>,
    /// Whose mark was changed since, and stays so.
    pub kept: Vec<PersonId>,
}

/// Takes back what was set at once: what stood before stands again, unless it was changed since.
pub fn reverse(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    session: SessionId,
    id: BulkId,
) -> Result<Reversed> {
    let session = lock(tx, ctx, session)?;
    let row = bulk::get(tx, id)?.filter(|row| row.session == session.id).ok_or(Error::NotFound)?;
    if !bulk::reverse(tx, id, ctx.person()?, ctx.now())? {
        return Err(Error::AlreadyReversed);
    }
    let now = sessions::marks(tx, session.id)?;
    let now: HashMap<_, _> = now.into_iter().map(|mark| (mark.person, mark)).collect();
    let on_leave = fillers::on_leave(tx, &session)?;
    let (mut act, mut reversed) = (Acts::new(&session, &row.reason), Reversed::default());
    for item in bulk::items(tx, id)? {
        let mark = now.get(&item.person).filter(|mark| mark.version == item.mark_version);
        let before = item.before(session.id);
        let method = before.as_ref().map(|before| before.method);
        let reversal = Reversal::of(method, mark.is_some(), session.closed_at.is_some());
        match (reversal, mark) {
            (Reversal::Restore, Some(mark)) if let Some(before) = before => {
                act.put(tx, Some(mark), before)?;
            }
            (Reversal::Fill, Some(mark)) => {
                let status = filler(on_leave.contains(&item.person));
                let reason = (status == Status::Excused).then(|| fillers::REASON.to_owned());
                let filler = blank(session.id, item.person, status, Method::Filler);
                act.put(tx, Some(mark), MarkRow { at: ctx.now(), reason, ..filler })?;
            }
            (Reversal::Remove, Some(mark)) => act.remove(tx, mark)?,
            _ => {
                reversed.kept.push(item.person);
                continue;
            }
        }
        reversed.restored.push(item.person);
    }
    act.store(tx)?;
    let after = json!({"restored": reversed.restored.len(), "kept": reversed.kept.len()});
    tx.journal(Change::new("bulk.reverse", "bulk", id).on(session.id).created(&after))?;
    Ok(reversed)
}

/// What was set at once in a session, the latest first: for its staff.
pub fn bulks(tx: &mut ReadTx<'_>, ctx: &Ctx, session: SessionId) -> Result<Vec<BulkRow>> {
    crate::sessions::get(tx, ctx, session)?;
    Ok(bulk::of_session(tx, session)?)
}

/// The session, which neither students' marks nor its closing touch meanwhile.
fn lock(tx: &mut WriteTx<'_>, ctx: &Ctx, session: SessionId) -> Result<SessionRow> {
    let session = sessions::lock(tx, session)?.ok_or(Error::NotFound)?;
    ctx.need(Permission::TakeAttendance, Target::Class(session.class))?;
    need_unlocked(tx, session.class)?;
    Ok(session)
}

fn blank(session: SessionId, person: PersonId, status: Status, method: Method) -> MarkRow {
    MarkRow {
        id: MarkId::of(session, person),
        session,
        person,
        status,
        method,
        marked_by: None,
        at: muster_domain::time::Timestamp(0),
        step: None,
        device: None,
        address: None,
        reason: None,
        version: 0,
    }
}

/// Changes to many marks of one session, with one reason.
struct Acts<'s> {
    session: &'s SessionRow,
    reason: &'s str,
    new: Vec<MarkRow>,
    changes: Vec<Change>,
}

impl<'s> Acts<'s> {
    fn new(session: &'s SessionRow, reason: &'s str) -> Self {
        Self { session, reason, new: Vec::new(), changes: Vec::new() }
    }

    /// Puts a mark in the place of another, or of none; its version.
    fn put(
        &mut self,
        tx: &mut WriteTx<'_>,
        before: Option<&MarkRow>,
        mut mark: MarkRow,
    ) -> Result<i64> {
        let version = tx.version_over(before.map_or(0, |before| before.version));
        mark.version = version;
        let change = self.change("mark.make", &mark);
        self.changes.push(match before {
            None => change.created(&fields(&mark)),
            Some(before) => {
                let change = Change { action: "mark.change", ..change };
                change.changed(&fields(before), &fields(&mark), before.version)
            }
        });
        self.tally(tx, before, Some(&mark))?;
        match before {
            None => self.new.push(mark),
            Some(before) if sessions::replace_mark(tx, &mark, before.version)? => {}
            Some(_) => return Err(Error::Stale),
        }
        Ok(version)
    }

    fn remove(&mut self, tx: &mut WriteTx<'_>, mark: &MarkRow) -> Result<()> {
        let change = self.change("mark.unmake", mark);
        self.changes.push(change.changed(&fields(mark), &json!({}), mark.version));
        self.tally(tx, Some(mark), None)?;
        if sessions::delete_mark(tx, mark)? { Ok(()) } else { Err(Error::Stale) }
    }

    fn change(&self, action: &'static str, mark: &MarkRow) -> Change {
        Change::new(action, "mark", mark.id).on(self.session.id).because(Some(self.reason))
    }

    /// A closed session's tallies follow its marks.
    fn tally(
        &self,
        tx: &mut WriteTx<'_>,
        before: Option<&MarkRow>,
        after: Option<&MarkRow>,
    ) -> Result<()> {
        let Some(person) = after.or(before).map(|mark| mark.person) else { return Ok(()) };
        if self.session.closed_at.is_none() {
            return Ok(());
        }
        let mut tally = Tally::default();
        if let Some(mark) = before {
            tally.add(mark.status, -1);
        }
        if let Some(mark) = after {
            tally.add(mark.status, 1);
        }
        Ok(sessions::add_tally(tx, self.session, person, tally)?)
    }

    fn store(self, tx: &mut WriteTx<'_>) -> Result<()> {
        sessions::insert_marks(tx, &self.new.iter().collect::<Vec<_>>())?;
        if self.session.closed_at.is_some() {
            telling::note(tx, self.session.id, None)?;
        }
        Ok(tx.journal_many(self.changes)?)
    }
}
