//! Redemptions: a credential is presented at a point, a rule decides, and the decision is recorded
//! once, refusals too. All of it is one transaction, so that of two scans at the same moment one
//! admits.

mod held;
mod judge;
mod lists;
mod offline;
mod review;
mod shown;
mod undo;

pub use lists::{Counts, Scan, counts, list, of_pass, of_point, whiles};
pub use offline::{DecidedInput, TakeBackInput, take_back};
pub(crate) use review::Reviewed;
pub use shown::A_BADGE;
pub use undo::{may_undo, undo};

use crate::dockets::{self, Bearer};
use crate::settings::{self, Settings};
use crate::{Ctx, Error, Form, Result, incidents, points};
use held::Held;
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{DocketId, PassId, PointId, RedemptionId};
use muster_domain::passes::{LONGEST_REASON, MOST_ADMITTED};
use muster_domain::text;
use muster_domain::time::Timestamp;
use muster_domain::verification::{Direction, IncidentKind, Scanned, VerdictKind};
use muster_journal::Change;
use muster_storage::events::EventRow;
use muster_storage::incidents as stored;
use muster_storage::passes::{self, HolderRow, PassRow};
use muster_storage::photos::{self, PhotoRow};
use muster_storage::points::PointRow;
use muster_storage::redemptions::{self, RedemptionRow};
use muster_storage::{ReadTx, WriteTx, events};
use serde_json::{Value, json};
use std::num::NonZeroU32;

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

/// Presents a credential at a point.
pub fn redeem(tx: &mut WriteTx<'_>, ctx: &Ctx, input: &RedeemInput) -> Result<Redeemed> {
    let (point, place) = points::at(tx, ctx, input.point)?;
    let nonce = text::clean(&input.nonce, LONGEST_NONCE);
    let nonce = nonce.map_err(|error| Error::field("nonce", error.to_string()))?;
    let by_phone = input.decided.is_some();
    let nonce = match redemptions::by_nonce(tx, point.id, &nonce)? {
        Some(row) if offline::let_in_since(&row, input.decided) => offline::apart(&nonce),
        Some(row) => return answer(tx, row.id, (true, by_phone)),
        None => nonce,
    };
    if by_phone && ctx.verifier.is_none() {
        return Err(offline::only_phones());
    }
    let checked = Checked::read(tx, ctx, (&point, place), nonce, input)?;
    let shown = shown::read(tx, ctx, &input.offered)?;
    // From here on nobody else decides about this pass or docket.
    let held = Held::of(tx, ctx, &shown, checked.scanned.at)?;
    if let Some(row) = redemptions::by_nonce(tx, point.id, &checked.nonce)? {
        return answer(tx, row.id, (true, by_phone));
    }
    let row = judge::judge(tx, ctx, &point, (&shown, &held), &checked)?;
    let (row, scan) = match input.decided {
        Some(decided) => {
            let answers = may_override(ctx, &settings::load(tx)?, place);
            let (row, scan) = offline::keep(ctx, row, decided, (input.force, answers))?;
            (row, Some(scan))
        }
        None => (row, None),
    };
    if !redemptions::insert(tx, &row)? {
        let row = redemptions::by_nonce(tx, point.id, &row.nonce)?.ok_or(Error::Stale)?;
        return answer(tx, row.id, (true, by_phone));
    }
    if let Held::Pass(pass, _) = &held {
        judge::count(tx, pass)?;
    }
    match &scan {
        Some(scan) => {
            let reviewed = held.reviewed(tx, &point)?;
            offline::note(tx, ctx, (&row, scan), reviewed.as_ref())?;
        }
        None if row.admitted && row.ended_since => {
            incidents::note(tx, ctx, &row, (IncidentKind::EndedSince, None))?;
        }
        None => {}
    }
    let change = Change::new("redemption.record", "redemption", row.id).on(row.scope);
    tx.journal(change.because(row.remark.as_deref()).created(&fields(&row)))?;
    answer(tx, row.id, (false, by_phone))
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
