//! Redemptions: a credential is presented at a point, a rule decides, and the decision is recorded
//! once, refusals too. All of it is one transaction, so that of two scans at the same moment one
//! admits; what many present at the same moment is served in one.

mod arrived;
mod found;
mod held;
mod judge;
mod lists;
mod lot;
mod offline;
mod review;
mod shown;
mod undo;

pub(crate) use arrived::weigh_arrived;
pub use lists::{Counts, Scan, counts, list, list_at_exam, of_pass, of_point, whiles};
pub use offline::{DecidedInput, TakeBackInput, take_back};
pub(crate) use review::Reviewed;
pub use shown::A_BADGE;
pub use undo::{may_undo, undo};

use crate::dockets::{self, Bearer};
use crate::settings::{self, Settings};
use crate::{Ctx, Error, Form, Result, points};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{DocketId, PassId, PointId, RedemptionId};
use muster_domain::passes::{LONGEST_REASON, MOST_ADMITTED};
use muster_domain::text;
use muster_domain::time::Timestamp;
use muster_domain::verification::{Direction, IncidentKind, Scanned, VerdictKind};
use muster_storage::events::EventRow;
use muster_storage::incidents as stored;
use muster_storage::passes::{self, HolderRow, PassRow};
use muster_storage::photos::{self, PhotoRow};
use muster_storage::points::PointRow;
use muster_storage::redemptions::{self, RedemptionRow};
use muster_storage::{Act, ReadTx, WriteTx, events};
use serde_json::{Value, json};
use shown::Reading;
use std::num::NonZeroU32;
use std::sync::Arc;

/// Longest name that a device gives a scan.
const LONGEST_NONCE: usize = 100;

/// What is presented.
#[derive(Clone, Debug)]
pub enum Offered {
    /// The text of a QR, or a readable code.
    Text(String),
    /// A pass that was found by name.
    Pass(PassId),
    /// A docket that was found by its student's name.
    Docket(DocketId),
}

/// A presentation.
#[derive(Clone, Debug)]
pub struct RedeemInput {
    /// What.
    pub offered: Offered,
    /// Where.
    pub point: PointId,
    /// Which way.
    pub direction: Direction,
    /// How many people; all that the credential still admits without it.
    pub count: Option<i64>,
    /// What the device calls this scan: sent again, it is recorded once.
    pub nonce: String,
    /// When it was scanned by the device's clock, where that was not just now.
    pub at: Option<Timestamp>,
    /// What the device's clock shows now.
    pub sent_at: Option<Timestamp>,
    /// Whether to let them through whatever the verdict is.
    pub force: bool,
    /// Why.
    pub reason: String,
    /// What a verifier's phone decided by itself, without network: that is kept.
    pub decided: Option<DecidedInput>,
}

/// What was decided, with what the verifier is shown.
#[derive(Clone, Debug)]
pub struct Redeemed {
    /// The record.
    pub row: RedemptionRow,
    /// Whether it was recorded by an earlier request.
    pub already: bool,
    /// The pass with its event and holders, where there is one.
    pub pass: Option<(PassRow, EventRow, Vec<HolderRow>)>,
    /// The docket with its student, where there is one.
    pub docket: Option<Box<Bearer>>,
    /// Where it was presented.
    pub point: PointRow,
    /// What one enters there, as permissions name it.
    pub place: Target,
    /// The admission before.
    pub previous: Option<RedemptionRow>,
    /// What the rule says of it, where a phone decided otherwise.
    pub judged: Option<VerdictKind>,
    /// What is odd about it, where a phone decided.
    pub incidents: Vec<IncidentKind>,
}

/// Somebody who presents something, read already.
#[derive(Clone)]
pub struct Presenting {
    ctx: Arc<Ctx>,
    input: RedeemInput,
    reading: Result<Reading>,
}

impl Presenting {
    /// Reads what is presented, and verifies its signature: that takes no database.
    pub fn new(ctx: Arc<Ctx>, input: RedeemInput) -> Self {
        let reading = Reading::of(&ctx, &input.offered);
        Self { ctx, input, reading }
    }

    /// The act of whoever presents it.
    pub fn act(&self) -> &Act {
        &self.ctx.act
    }

    /// Whether it gains by being served among others. A docket does not: what is known of a student
    /// takes many statements for each.
    pub fn is_quick(&self) -> bool {
        !self.reading.as_ref().is_ok_and(Reading::is_docket)
    }

    fn one(&self) -> One<'_> {
        One { ctx: &self.ctx, input: &self.input, reading: &self.reading }
    }
}

/// One presentation of a lot.
#[derive(Clone, Copy)]
struct One<'l> {
    ctx: &'l Ctx,
    input: &'l RedeemInput,
    reading: &'l Result<Reading>,
}

/// Presents a credential at a point.
pub fn redeem(tx: &mut WriteTx<'_>, ctx: &Ctx, input: &RedeemInput) -> Result<Redeemed> {
    let reading = Reading::of(ctx, &input.offered);
    let alone = lot::serve(tx, &[One { ctx, input, reading: &reading }])?;
    alone.into_iter().next().ok_or(Error::NotFound)?
}

/// Serves presentations one after the other in one transaction, and answers each in order. The outer
/// result is the transaction's: one that comes to nothing takes nothing from the others.
pub fn redeem_many(
    tx: &mut WriteTx<'_>,
    presented: &[Presenting],
) -> Result<Vec<Result<Redeemed>>> {
    lot::serve(tx, &presented.iter().map(Presenting::one).collect::<Vec<_>>())
}

/// What the device calls a scan.
fn nonce_of(input: &RedeemInput) -> Result<String> {
    let nonce = text::clean(&input.nonce, LONGEST_NONCE);
    nonce.map_err(|error| Error::field("nonce", error.to_string()))
}

/// Whether the person who acts may let somebody in whom the rule refuses at a point of that place. At
/// exams invigilators may where the institution says so.
pub fn may_override(ctx: &Ctx, settings: &Settings, place: Target) -> bool {
    let may = |permission| ctx.need(permission, place).is_ok();
    let exam = matches!(place, Target::Assessment(_)) && settings.invigilators_override;
    may(Permission::OverrideVerdicts) || (exam && may(Permission::ViewSittings))
}

/// What was read of a presentation's fields.
struct Checked {
    nonce: String,
    direction: Direction,
    scanned: Scanned,
    count: Option<NonZeroU32>,
    force: bool,
    reason: Option<String>,
}

impl Checked {
    fn read(
        tx: &mut ReadTx<'_>,
        ctx: &Ctx,
        (point, place): (&PointRow, Target),
        nonce: String,
        input: &RedeemInput,
    ) -> Result<Self> {
        let mut form = Form::default();
        let scanned = Scanned::new(input.at, input.sent_at, ctx.now());
        // What was scanned before a point was given up is recorded whenever it arrives.
        let closed = point.archived_at.is_some_and(|since| since <= scanned.at);
        if closed && input.decided.is_none() {
            form.wrong("point", "This place is used no more: choose another one.");
        }
        let count = input.count.map(|count| {
            let fits = (1..=MOST_ADMITTED).contains(&count);
            u32::try_from(count).ok().filter(|_| fits).and_then(NonZeroU32::new)
        });
        if count == Some(None) {
            form.wrong("count", format!("Give a number from 1 to {MOST_ADMITTED}."));
        }
        let reason = text::clean_optional(&input.reason, LONGEST_REASON);
        let reason = form.take("reason", reason).flatten();
        // What a phone let happen has happened, whatever is missing by now.
        if input.force && input.decided.is_none() {
            if !may_override(ctx, &settings::load(tx)?, place) {
                return Err(Error::Forbidden);
            }
            if reason.is_none() {
                form.wrong("reason", "Say why you let them through all the same.");
            }
        }
        form.check()?;
        let (direction, force) = (input.direction, input.force && input.decided.is_none());
        Ok(Self { nonce, direction, scanned, count: count.flatten(), force, reason })
    }
}

/// What the journal says of a presentation.
fn fields(row: &RedemptionRow) -> Value {
    json!({
        "point": row.point, "nonce": row.nonce, "kind": row.kind, "record": row.record,
        "direction": row.direction.key(), "people": row.people, "verdict": row.verdict.key(),
        "admitted": row.admitted, "overridden": row.overridden.map(VerdictKind::key),
        "remaining": row.remaining, "previous": row.previous, "moment": row.moment,
        "scanned_at": row.scanned_at, "clock_off": row.clock_off, "ended_since": row.ended_since,
        "device": row.device, "address": row.address,
    })
}

/// What the verifier is shown of a record; a phone that decided it also hears what became of that.
fn answer(
    tx: &mut ReadTx<'_>,
    id: RedemptionId,
    (already, by_phone): (bool, bool),
) -> Result<Redeemed> {
    let row = redemptions::get(tx, id)?.ok_or(Error::NotFound)?;
    let previous = row.previous.map(|id| redemptions::get(tx, id)).transpose()?.flatten();
    let point = muster_storage::points::get(tx, row.point)?.ok_or(Error::NotFound)?;
    let docket = match row.record.filter(|_| row.kind.as_deref() == Some(dockets::KIND)) {
        Some(id) => dockets::bearer(tx, DocketId(id))?.map(Box::new),
        None => None,
    };
    let pass = match row.record.filter(|_| docket.is_none()) {
        Some(id) => passes::get(tx, PassId(id))?,
        None => None,
    };
    let pass = match pass {
        Some(pass) => {
            let event = events::get(tx, pass.event)?.ok_or(Error::NotFound)?;
            let holders = passes::holders(tx, pass.id)?;
            Some((pass, event, holders))
        }
        None => None,
    };
    let scan = if by_phone { stored::scan(tx, id)? } else { None };
    let judged = scan.filter(|scan| scan.judged != scan.verdict).map(|scan| scan.judged);
    let odd = if by_phone { stored::of_scans(tx, &[id])? } else { Vec::new() };
    let incidents = odd.into_iter().map(|incident| incident.kind).collect();
    let place = points::place(tx, &point)?;
    Ok(Redeemed { row, already, pass, docket, point, place, previous, judged, incidents })
}

/// What was decided before, for whoever may verify there.
pub fn told(tx: &mut ReadTx<'_>, ctx: &Ctx, id: RedemptionId) -> Result<Redeemed> {
    let row = redemptions::get(tx, id)?.ok_or(Error::NotFound)?;
    points::get(tx, ctx, row.point)?;
    answer(tx, row.id, (true, false))
}

/// The photo of whoever showed a docket, for whoever may verify there.
pub fn photo(tx: &mut ReadTx<'_>, ctx: &Ctx, id: RedemptionId) -> Result<PhotoRow> {
    let docket = told(tx, ctx, id)?.docket.ok_or(Error::NotFound)?;
    photos::photo(tx, docket.person.id)?.ok_or(Error::NotFound)
}
