//! What verifiers' phones decided without network: kept as it was, for people went through, and
//! judged by what is known by now.

use super::{Redeemed, answer, undo};
use crate::{Ctx, Error, Result, incidents};
use muster_domain::ids::{PointId, VerifierDeviceId};
use muster_domain::time::{Span, Timestamp};
use muster_domain::verification::{self, Direction, OWN_UNDO, Scanned, VerdictKind};
use muster_storage::WriteTx;
use muster_storage::incidents::{self as stored, OfflineScanRow};
use muster_storage::redemptions::{self, RedemptionRow};

/// What a phone decided by its pack.
#[derive(Clone, Copy, Debug)]
pub struct DecidedInput {
    /// What it said.
    pub verdict: VerdictKind,
    /// When its pack was made.
    pub pack_issued_at: Timestamp,
}

/// A scan that a phone took back.
#[derive(Clone, Debug)]
pub struct TakeBackInput {
    /// What the phone calls the scan.
    pub nonce: String,
    /// Where it was.
    pub point: PointId,
    /// Why.
    pub reason: String,
    /// When it was taken back by the phone's clock.
    pub at: Option<Timestamp>,
    /// What the phone's clock shows now.
    pub sent_at: Option<Timestamp>,
}

/// The same record as the phone decided it, with what is kept of that beside it. Of a refusal that was
/// overridden on the phone its person answers for it where they may.
pub(super) fn keep(
    ctx: &Ctx,
    judged: RedemptionRow,
    decided: DecidedInput,
    (force, answers): (bool, bool),
) -> Result<(RedemptionRow, OfflineScanRow)> {
    let device = ctx.verifier.ok_or_else(only_phones)?;
    let rule = judged.overridden.unwrap_or(judged.verdict);
    let good = decided.verdict == VerdictKind::Admit;
    let forced = force && !good;
    let row = RedemptionRow {
        verdict: if forced { VerdictKind::Admit } else { decided.verdict },
        admitted: good || forced,
        overridden: (forced && answers).then_some(decided.verdict),
        ..judged
    };
    let scan = OfflineScanRow {
        redemption: row.id,
        device,
        verdict: decided.verdict,
        judged: rule,
        pack_issued_at: decided.pack_issued_at,
    };
    Ok((row, scan))
}

/// Whether a phone let people in by itself although this had been refused, as it never heard the
/// answer: that is another record.
pub(super) fn let_in_since(row: &RedemptionRow, decided: Option<DecidedInput>) -> bool {
    let admitted = decided.is_some_and(|decided| decided.verdict == VerdictKind::Admit);
    admitted && !row.admitted && row.direction == Direction::Entry
}

/// The nonce of that other record.
pub(super) fn apart(nonce: &str) -> String {
    format!("{nonce} apart")
}

/// That somebody without a phone of the kind sent what such a phone decides.
pub(super) fn only_phones() -> Error {
    Error::field("decided", "Only an enrolled phone decides by itself: send the scan without it.")
}

/// Keeps what the phone decided, and notes what is odd about it.
pub(super) fn note(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    (row, scan): (&RedemptionRow, &OfflineScanRow),
) -> Result<()> {
    stored::insert_scan(tx, scan)?;
    let decided = verification::Decided {
        at: row.scanned_at,
        clock_off: row.clock_off.map(Span),
        admitted: row.admitted,
        overridden: row.overridden.is_some(),
        judged: scan.judged,
        ended_since: row.ended_since,
        pack_issued_at: scan.pack_issued_at,
    };
    for kind in decided.incidents() {
        incidents::note(tx, ctx, row, (kind, None))?;
    }
    Ok(())
}

/// Takes a scan back that the phone took back: one of its own, soon after it.
pub fn take_back(tx: &mut WriteTx<'_>, ctx: &Ctx, input: &TakeBackInput) -> Result<Redeemed> {
    let VerifierDeviceId(device) = ctx.verifier.ok_or_else(only_phones)?;
    let (_, place) = crate::points::at(tx, ctx, input.point)?;
    let missing = || Error::field("undo", "No scan of that name was recorded: send it first.");
    let nonce = input.nonce.trim();
    let row = match redemptions::by_nonce(tx, input.point, &apart(nonce))? {
        Some(row) => row,
        None => redemptions::by_nonce(tx, input.point, nonce)?.ok_or_else(missing)?,
    };
    let at = Scanned::new(input.at, input.sent_at, ctx.now()).at;
    let own = row.device.is_some_and(|own| own.0 == device);
    let soon = at.0.saturating_sub(row.scanned_at.0) <= OWN_UNDO.0;
    if row.undone_at.is_none() && !(own && soon) && !undo::may_undo(ctx, &row, place) {
        return Err(Error::Forbidden);
    }
    let id = undo::take_back(tx, ctx, row.id, (&input.reason, |_| true))?.id;
    answer(tx, id, (true, true))
}
