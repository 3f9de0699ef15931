//! Taking receipts: each is judged for itself, in the order of its device, and becomes a mark or is
//! refused with a reason. What is signed by the sender's own device is kept either way.

use super::Checked;
use super::evidence::{ACCEPTED, ALREADY, KEPT, REFUSED, refused_detail};
use super::walls::{Walls, walls};
use crate::homes::Homes;
use crate::marks::put;
use crate::settings::{self, Settings};
use crate::{Ctx, Error, Result};
use muster_credential::receipt::Receipt;
use muster_domain::academics::EnrolmentStatus;
use muster_domain::attendance::offline::{Chain, Contact, Judged, Proof, Scan, SeenCode, judge};
use muster_domain::attendance::sharing::{Holder, Strictness};
use muster_domain::attendance::suspicion::Suspicion;
use muster_domain::attendance::{Decision, Method, Refusal, Status};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{ClassId, DeviceId, DeviceKeyId, MarkId, PersonId, ReceiptId, SessionId};
use muster_domain::time::{Span, Timestamp};
use muster_journal::Change;
use muster_storage::devices::{self, BindingRow};
use muster_storage::receipts::{self, DeviceKeyRow, ReceiptRow};
use muster_storage::sessions::{MarkRow, SessionRow};
use muster_storage::{WriteTx, enrolment, sessions};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};

/// The last second of the year 9999: whatever a device says, it can be shown.
const LAST: i64 = 253_402_300_799_000_000;

/// What became of a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It marked its student.
    Accepted(Status, Timestamp),
    /// The student was marked before.
    Already(Status, Timestamp),
    /// It is of another node's code: it is kept, and that node judges it.
    Kept,
    /// It counts for nothing.
    Refused {
        /// The stable reason in the API.
        reason: String,
        /// A sentence.
        detail: String,
    },
}

/// The answer to a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// To which.
    pub id: ReceiptId,
    /// The session of its code, where that is one here and the student belongs to its class.
    pub session: Option<SessionId>,
    /// What became of it.
    pub taken: Taken,
}

impl Taken {
    /// A refusal by a rule.
    pub fn refused(refusal: Refusal) -> Self {
        Self::Refused { reason: refusal.key().to_owned(), detail: refusal.to_string() }
    }

    /// The word in the API.
    pub const fn key(&self) -> &'static str {
        match self {
            // It is on the disk, and the device has nothing more to do.
            Self::Accepted(..) | Self::Kept => ACCEPTED,
            Self::Already(..) => ALREADY,
            Self::Refused { .. } => REFUSED,
        }
    }

    /// As figures call it.
    pub const fn counted(&self) -> &'static str {
        match self {
            Self::Accepted(..) => "offline-accepted",
            Self::Already(..) => "offline-already",
            Self::Kept => "offline-kept",
            Self::Refused { .. } => "offline-refused",
        }
    }
}

/// Takes receipts that the person sends, of their own devices; `ahead` is how far the device's clock
/// is. An answer to each, in the same order.
pub fn take(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    parcel: &[Checked],
    ahead: Option<Span>,
) -> Result<Vec<Answer>> {
    let person = ctx.person()?;
    ctx.need(Permission::MarkSelf, Target::Person(person))?;
    let mut desk = Desk::gather(tx, ctx, person, parcel)?;
    let mut answers = Vec::with_capacity(parcel.len());
    for one in parcel {
        answers.push(desk.serve(tx, ctx, one, ahead)?);
    }
    desk.store(tx)?;
    Ok(answers)
}

/// A device's key with where its receipts stand.
struct Known {
    row: DeviceKeyRow,
    chain: Chain,
    contact: Contact,
}

/// What the database knows of those who are named.
struct Desk {
    person: PersonId,
    settings: Settings,
    keys: HashMap<DeviceKeyId, Known>,
    before: HashMap<ReceiptId, ReceiptRow>,
    walls: Walls,
    attended: BTreeSet<ClassId>,
    marks: HashMap<SessionId, MarkRow>,
    bindings: HashMap<DeviceId, PersonId>,
    bound: Vec<BindingRow>,
    changes: Vec<Change>,
    /// Whether there are other nodes, of whose sessions nobody here may have heard.
    has_others: bool,
}

impl Desk {
    fn gather(
        tx: &mut WriteTx<'_>,
        ctx: &Ctx,
        person: PersonId,
        parcel: &[Checked],
    ) -> Result<Self> {
        let named: BTreeSet<_> = parcel.iter().map(Checked::key).collect();
        let rows = receipts::lock_keys(tx, &Vec::from_iter(named))?.into_iter();
        let keys: HashMap<_, _> = rows.map(|row| (row.id, Known::of(row, ctx.now()))).collect();
        let ids: Vec<_> = parcel.iter().map(Checked::id).collect();
        let before = receipts::by_ids(tx, &ids)?.into_iter().map(|row| (row.id, row)).collect();
        let short = parcel.iter().map(|one| one.signed.receipt.code.session.0);
        let walls = walls(tx, &short.collect())?;
        let locked: Vec<&SessionRow> = walls.values().flatten().map(|wall| &wall.session).collect();
        let asked: Vec<_> = locked.iter().map(|row| (row.class, person)).collect();
        let standings = enrolment::standings(tx, &asked)?.into_iter();
        let attended = standings.filter(|row| row.status == EnrolmentStatus::Active);
        let attended = attended.map(|row| row.class).collect();
        let asked: Vec<_> = locked.iter().map(|row| (row.id, person)).collect();
        let marks = sessions::mark_many(tx, &asked)?.into_iter();
        let marks = marks.map(|row| (row.session, row)).collect();
        let own: BTreeSet<_> = keys.values().map(Known::device).collect();
        let bindings = devices::bindings(tx, &Vec::from_iter(own))?.into_iter();
        Ok(Self {
            person,
            has_others: Homes::of(tx)?.has_others(tx)?,
            settings: settings::load(tx)?,
            keys,
            before,
            walls,
            attended,
            marks,
            bindings: bindings.map(|row| (row.device, row.person)).collect(),
            bound: Vec::new(),
            changes: Vec::new(),
        })
    }

    fn serve(
        &mut self,
        tx: &mut WriteTx<'_>,
        ctx: &Ctx,
        one: &Checked,
        ahead: Option<Span>,
    ) -> Result<Answer> {
        let id = one.id();
        let refused = |refusal| Answer { id, session: None, taken: Taken::refused(refusal) };
        if let Some(row) = self.before.get(&id).filter(|row| one.is(row)) {
            let own = row.person == self.person;
            return Ok(if own { self.again(row) } else { refused(Refusal::DeviceTaken) });
        }
        let receipt = one.signed.receipt;
        let sequence = i64::try_from(receipt.sequence).unwrap_or(i64::MAX);
        let mut proof = Proof { signed: false, own: false, chained: false };
        if let Some(known) = self.keys.get_mut(&one.key()).filter(|_| one.proven) {
            proof.signed = true;
            proof.own = known.row.person == self.person;
            // Two receipts of one name: the second is not what the chain went on with.
            proof.chained = proof.own
                && !self.before.contains_key(&id)
                && known.chain.take(sequence, receipt.previous, one.signed.hash());
        }
        let refusal = proof.refusal();
        if let Some(refusal) = refusal.filter(|_| !proof.own || self.before.contains_key(&id)) {
            return Ok(refused(refusal));
        }
        let Some(known) = self.keys.get(&one.key()) else {
            return Ok(refused(Refusal::BadSignature));
        };
        let (session, code, elsewhere) = self.found(ctx, &receipt);
        let attends = session.as_ref().is_some_and(|row| self.attended.contains(&row.class));
        let mut row = ReceiptRow {
            id,
            key: one.key(),
            person: self.person,
            session: session.as_ref().map(|row| row.id),
            sequence,
            scanned_at: Timestamp(receipt.scanned_at.clamp(0, LAST)),
            ahead: ahead.map(|span| span.0),
            received_at: ctx.now(),
            step: code.map(|code| code.step),
            shown_at: code.map(|code| code.from),
            two_codes: receipt.next.is_some(),
            result: String::new(),
            reason: None,
            flags: String::new(),
            address: ctx.address.clone(),
            bytes: one.signed.to_bytes(),
        };
        let (contact, device) = (known.contact, known.device());
        let DeviceKeyRow { registered_at, withdrawn_at, .. } = known.row;
        let taken = match (refusal, session) {
            (Some(refusal), _) => Taken::refused(refusal),
            (None, _) if elsewhere => Taken::Kept,
            (None, None) => Taken::refused(Refusal::CodeInvalid),
            (None, Some(session)) => {
                let existing = self.marks.get(&session.id);
                let scan = Scan {
                    session: session.times(),
                    method_allowed: session.takes(Method::Qr),
                    enrolled: attends,
                    existing: existing.map(MarkRow::existing),
                    code,
                    registered_at,
                    withdrawn_at,
                    heard_before: contact.before,
                    scanned_at: row.scanned_at,
                    ahead,
                    received_at: row.received_at,
                };
                let judged = judge(&scan, &self.settings.offline);
                row.flags = keys_of(&judged);
                self.decided(tx, ctx, &session, (device, judged, code))?
            }
        };
        let result = if taken == Taken::Kept { KEPT } else { taken.key() };
        result.clone_into(&mut row.result);
        if let Taken::Refused { reason, .. } = &taken {
            row.reason = Some(reason.clone());
        }
        receipts::insert(tx, &row)?;
        self.changes.push(told(&row));
        let session = row.session.filter(|_| attends);
        self.before.insert(id, row);
        Ok(Answer { id, session, taken })
    }

    /// The session of a receipt's code, the code if it is genuine, and whether another node may know
    /// it: it has shown it, and nobody here can tell.
    fn found(&self, ctx: &Ctx, receipt: &Receipt) -> (Option<SessionRow>, Option<SeenCode>, bool) {
        let walls = self.walls.get(&receipt.code.session.0).map(Vec::as_slice).unwrap_or_default();
        let genuine = walls.iter().find_map(|wall| Some((wall, wall.seen(ctx, receipt)?)));
        match (genuine, walls.last()) {
            (Some((wall, code)), _) => (Some(wall.session.clone()), Some(code), false),
            (None, Some(wall)) => (Some(wall.session.clone()), None, wall.elsewhere),
            (None, None) => (None, None, self.has_others),
        }
    }

    /// Makes the mark that was decided.
    fn decided(
        &mut self,
        tx: &mut WriteTx<'_>,
        ctx: &Ctx,
        session: &SessionRow,
        (device, judged, code): (DeviceId, Judged, Option<SeenCode>),
    ) -> Result<Taken> {
        let (status, step) = match judged.outcome {
            Err(refusal) => return Ok(Taken::refused(refusal)),
            Ok(Decision::Already(mark)) => return Ok(Taken::Already(mark.status, mark.at)),
            Ok(Decision::Mark { status, step }) => (status, step),
        };
        if let Err(refusal) = self.bind(ctx, device) {
            return Ok(Taken::refused(refusal));
        }
        let at = code.map_or(ctx.now(), |code| code.from);
        let mark = offline_mark(session, self.person, (status, step, at), device);
        match put(tx, session, self.marks.get(&session.id), mark) {
            Ok((mark, change)) => {
                self.changes.push(change);
                self.marks.insert(session.id, mark);
                Ok(Taken::Accepted(status, at))
            }
            Err(error @ Error::TermLocked { .. }) => {
                let (reason, detail) = (error.reason().to_owned(), error.to_string());
                Ok(Taken::Refused { reason, detail })
            }
            Err(error) => Err(error),
        }
    }

    /// Binds the device to the student who uses it first, as marking online does.
    fn bind(&mut self, ctx: &Ctx, device: DeviceId) -> std::result::Result<(), Refusal> {
        let rules = &self.settings.sharing;
        let owner = self.bindings.get(&device).copied();
        let other = owner.is_some_and(|owner| owner != self.person);
        let holder = if other { Holder::Other } else { Holder::Free };
        if let Some(refusal) = rules.device_refusal(holder) {
            return Err(refusal);
        }
        if owner.is_none() && rules.device != Strictness::Off {
            self.bindings.insert(device, self.person);
            self.bound.push(BindingRow { device, person: self.person, bound_at: ctx.now() });
        }
        Ok(())
    }

    /// The answer to a receipt that was sent before.
    fn again(&self, row: &ReceiptRow) -> Answer {
        let mark = row.session.and_then(|session| self.marks.get(&session));
        let taken = match (&row.reason, mark) {
            _ if row.result == KEPT => Taken::Kept,
            (None, Some(mark)) => Taken::Already(mark.status, mark.at),
            (None, None) => Taken::refused(Refusal::SessionClosed),
            (Some(reason), _) => {
                Taken::Refused { reason: reason.clone(), detail: refused_detail(reason) }
            }
        };
        Answer { id: row.id, session: row.session, taken }
    }

    fn store(self, tx: &mut WriteTx<'_>) -> Result<()> {
        for known in self.keys.into_values().filter(|known| known.row.person == self.person) {
            let Known { row, chain, contact } = known;
            receipts::heard(
                tx,
                &DeviceKeyRow {
                    heard_at: contact.at,
                    heard_before: contact.before,
                    sequence: chain.sequence,
                    head: chain.hash.to_vec(),
                    ..row
                },
            )?;
        }
        if !self.bound.is_empty() {
            devices::insert(tx, &self.bound)?;
        }
        Ok(tx.journal_many(self.changes)?)
    }
}

impl Known {
    fn of(row: DeviceKeyRow, now: Timestamp) -> Self {
        let hash = *row.head.first_chunk().unwrap_or(&[0; 32]);
        let chain = Chain { sequence: row.sequence, hash };
        let contact = Contact { at: row.heard_at, before: row.heard_before }.heard(now);
        Self { row, chain, contact }
    }

    /// The browser that made the key, or else the key itself, stands for the device.
    fn device(&self) -> DeviceId {
        self.row.device.unwrap_or(DeviceId(self.row.id.0))
    }
}

/// The mark of a scan: of the time at which its code was on the screen.
pub(super) fn offline_mark(
    session: &SessionRow,
    person: PersonId,
    (status, step, at): (Status, i64, Timestamp),
    device: DeviceId,
) -> MarkRow {
    MarkRow {
        id: MarkId::of(session.id, person),
        session: session.id,
        person,
        status,
        method: Method::Offline,
        marked_by: None,
        at,
        step: Some(step),
        device: Some(device),
        // Where it is sent from is not where it was scanned.
        address: None,
        reason: None,
        version: 0,
    }
}

/// The names of what about it deserves a look, separated by blanks.
pub(super) fn keys_of(judged: &Judged) -> String {
    judged.flags.iter().map(|flag| Suspicion::key(*flag)).collect::<Vec<_>>().join(" ")
}

/// What the journal keeps of a receipt.
fn told(row: &ReceiptRow) -> Change {
    let ReceiptRow { person, key, session, result, reason, .. } = row;
    let fields = json!({
        "person": person, "key": key, "session": session, "result": result, "reason": reason,
        "scanned_at": row.scanned_at, "received_at": row.received_at, "shown_at": row.shown_at,
        "flags": row.flags,
    });
    let topic = session.map_or(person.0, |session| session.0);
    Change::new("receipt.take", "receipt", row.id).on(topic).created(&fields)
}
