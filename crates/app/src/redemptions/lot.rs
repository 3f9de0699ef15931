//! Presentations of many verifiers in one transaction: what each needs of the database is asked once
//! for all, each is decided in turn by what the ones before it left, and everything is written
//! together. A presentation that comes to nothing has written nothing.

use super::found::Found;
use super::held::Held;
use super::review::Reviewed;
use super::{Checked, One, Redeemed, answer, fields, judge, may_override, nonce_of, offline};
use crate::{Ctx, Error, Result, incidents, settings};
use muster_domain::ids::{PassId, RedemptionId};
use muster_domain::verification::IncidentKind;
use muster_journal::Change;
use muster_storage::incidents::OfflineScanRow;
use muster_storage::passes::{self, HolderRow};
use muster_storage::redemptions::{self, RedemptionRow};
use muster_storage::{ReadTx, WriteTx};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What a presentation comes to.
enum Draft {
    /// It was recorded by an earlier request, or by one before it in the lot.
    Before(RedemptionId),
    /// A new record.
    New(Box<New>),
}

/// A record that is going to be written, with what came to it.
struct New {
    row: RedemptionRow,
    /// What a phone decided.
    scan: Option<OfflineScanRow>,
    /// How what was shown counts there by all that is heard of it, where a phone decided.
    reviewed: Option<Reviewed>,
    /// The pass, where it is one.
    pass: Option<PassId>,
    /// The admission before.
    previous: Option<RedemptionRow>,
}

/// What the presentations of a lot come to, in order.
type Drafts = Vec<Result<Draft>>;

/// Serves a lot, and answers each in order. The outer result is the transaction's.
pub(super) fn serve(tx: &mut WriteTx<'_>, lot: &[One<'_>]) -> Result<Vec<Result<Redeemed>>> {
    let mut readings = Vec::with_capacity(lot.len());
    for one in lot {
        let reading = one.reading.as_ref().ok();
        let known = reading.map(|reading| reading.by_all_keys(tx, one.ctx)).transpose()?;
        readings.push(known.flatten().map(Ok));
    }
    let lot = lot.iter().zip(&readings);
    let lot =
        lot.map(|(one, known)| One { reading: known.as_ref().unwrap_or(one.reading), ..*one });
    let lot: &[One<'_>] = &lot.collect::<Vec<_>>();
    let mut found = Found::gather(tx, lot)?;
    let mut drafts = Drafts::with_capacity(lot.len());
    for (place, one) in lot.iter().enumerate() {
        drafts.push(match decide(tx, &mut found, place, one) {
            // The transaction is lost.
            Err(error @ Error::Storage(_)) => return Err(error),
            draft => draft,
        });
    }
    store(tx, &mut found, lot, &drafts)?;
    tell(tx, &mut found, lot, drafts)
}

/// Decides about one of them.
fn decide(
    tx: &mut WriteTx<'_>,
    found: &mut Found,
    place: usize,
    &One { ctx, input, reading }: &One<'_>,
) -> Result<Draft> {
    let (point, there) = found.point(ctx, input.point)?;
    let point = point.clone();
    let nonce = nonce_of(input)?;
    let by_phone = input.decided.is_some();
    let nonce = match found.recorded(point.id, &nonce) {
        Some(row) if offline::let_in_since(row, input.decided) => offline::apart(&nonce),
        Some(row) => return Ok(Draft::Before(row.id)),
        None => nonce,
    };
    if by_phone && ctx.verifier.is_none() {
        return Err(offline::only_phones());
    }
    let checked = Checked::read(tx, ctx, (&point, there), nonce, input)?;
    let shown = found.shown(tx, place, (ctx, reading.as_ref().map_err(Clone::clone)?))?;
    if let Some(row) = found.recorded(point.id, &checked.nonce) {
        return Ok(Draft::Before(row.id));
    }
    let held = Held::of(tx, ctx, (&*found, &shown), checked.scanned.at)?;
    let known = held.known(tx, found, &point, checked.scanned.at)?;
    let history = held.record().map(|(_, id)| found.history(id)).unwrap_or_default();
    let earlier = redemptions::standing(history.to_vec(), point.scope);
    let mut row = judge::judge(ctx, &point, (&shown, &held, known), &earlier, &checked)?;
    row.person_name = found.name(row.person);
    let (row, scan, reviewed) = match input.decided {
        Some(decided) => {
            let answers = input.force && may_override(ctx, &settings::load(tx)?, there);
            let (row, scan) = offline::keep(ctx, row, decided, (input.force, answers))?;
            (row, Some(scan), held.reviewed(tx, found, &point)?)
        }
        None => (row, None, None),
    };
    found.put(&row);
    let previous = earlier.into_iter().find(|one| Some(one.id) == row.previous);
    let pass = held.pass().map(|pass| pass.id);
    Ok(Draft::New(Box::new(New { row, scan, reviewed, pass, previous })))
}

/// The new records of a lot, each with who made it.
fn news<'l>(lot: &'l [One<'_>], drafts: &'l Drafts) -> impl Iterator<Item = (&'l Ctx, &'l New)> {
    lot.iter().zip(drafts).filter_map(|(one, draft)| match draft {
        Ok(Draft::New(new)) => Some((one.ctx, &**new)),
        Ok(Draft::Before(_)) | Err(_) => None,
    })
}

/// Writes what the lot came to.
fn store(tx: &mut WriteTx<'_>, found: &mut Found, lot: &[One<'_>], drafts: &Drafts) -> Result<()> {
    found.store(tx)?;
    let mut rows: Vec<&RedemptionRow> = news(lot, drafts).map(|(_, new)| &new.row).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let changes = news(lot, drafts).map(|(ctx, new)| {
        let row = &new.row;
        let change = Change::new("redemption.record", "redemption", row.id).on(row.scope);
        (&ctx.act, change.because(row.remark.as_deref()).created(&fields(row)))
    });
    tx.journal_acts(changes)?;
    // Two lots then never wait for each other's names in a circle.
    rows.sort_unstable_by(|one, other| (one.point, &one.nonce).cmp(&(other.point, &other.nonce)));
    redemptions::insert_many(tx, &rows)?;
    let used: BTreeSet<PassId> = news(lot, drafts).filter_map(|(_, new)| new.pass).collect();
    let mut counted = Vec::new();
    for id in used {
        let Some(pass) = found.pass(id) else { continue };
        let entered = judge::entered(pass, found.history(id.0).to_vec());
        if entered != pass.admitted {
            counted.push((id, entered));
            found.set_entered(id, entered);
        }
    }
    redemptions::set_entered(tx, &counted)?;
    note(tx, lot, drafts)
}

/// Notes what is odd about them.
fn note(tx: &mut WriteTx<'_>, lot: &[One<'_>], drafts: &Drafts) -> Result<()> {
    let mut by_phones = BTreeMap::new();
    for (ctx, new) in news(lot, drafts) {
        match &new.scan {
            Some(scan) => {
                tx.within(&ctx.act, |tx| offline::note(tx, ctx, (&new.row, scan)))?;
                let reviewed = new.reviewed.as_ref();
                by_phones.extend(reviewed.map(|own| ((own.id, own.scope), (ctx, own))));
            }
            None if new.row.admitted && new.row.ended_since => {
                let kind = (IncidentKind::EndedSince, None);
                tx.within(&ctx.act, |tx| incidents::note(tx, ctx, &new.row, kind))?;
            }
            None => {}
        }
    }
    for (ctx, reviewed) in by_phones.into_values() {
        tx.within(&ctx.act, |tx| incidents::weigh(tx, ctx, reviewed, None))?;
    }
    Ok(())
}

/// What the verifiers are shown.
fn tell(
    tx: &mut WriteTx<'_>,
    found: &mut Found,
    lot: &[One<'_>],
    drafts: Drafts,
) -> Result<Vec<Result<Redeemed>>> {
    let shown: BTreeSet<PassId> = news(lot, &drafts).filter_map(|(_, new)| new.pass).collect();
    let mut holders: HashMap<PassId, Vec<HolderRow>> = HashMap::new();
    for row in passes::holders_of(tx, &Vec::from_iter(shown))? {
        holders.entry(row.pass).or_default().push(row);
    }
    let mut answers = Vec::with_capacity(lot.len());
    for (one, draft) in lot.iter().zip(drafts) {
        let by_phone = one.input.decided.is_some();
        // What fails here is the transaction's failure.
        answers.push(match draft {
            Err(error) => Err(error),
            Ok(Draft::Before(id)) => Ok(answer(tx, id, (true, by_phone))?),
            // Dockets are few beside passes, and what a phone decided may have become odd.
            Ok(Draft::New(new)) if by_phone || new.pass.is_none() => {
                Ok(answer(tx, new.row.id, (false, by_phone))?)
            }
            Ok(Draft::New(new)) => Ok(told(tx, found, one.ctx, (*new, &holders))?),
        });
    }
    Ok(answers)
}

/// The same as [`answer`] reads it back, of a pass.
fn told(
    tx: &mut ReadTx<'_>,
    found: &mut Found,
    ctx: &Ctx,
    (New { row, previous, pass, .. }, holders): (New, &HashMap<PassId, Vec<HolderRow>>),
) -> Result<Redeemed> {
    let (point, place) = found.point(ctx, row.point)?;
    let point = point.clone();
    let pass = match pass.and_then(|id| found.pass(id).cloned()) {
        Some(pass) => {
            let event = found.event(tx, pass.event)?.ok_or(Error::NotFound)?;
            let mut holders = holders.get(&pass.id).cloned().unwrap_or_default();
            holders.sort_by_key(|holder| holder.place);
            Some((pass, event, holders))
        }
        None => None,
    };
    let (judged, incidents) = (None, Vec::new());
    Ok(Redeemed {
        row,
        already: false,
        pass,
        docket: None,
        point,
        place,
        previous,
        judged,
        incidents,
    })
}
