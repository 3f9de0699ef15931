//! Scans of another node's codes. Whoever they are sent to keeps and forwards them; they are judged where
//! their code was on the screen, since that node alone can tell whether it was.

use super::evidence::{ACCEPTED, ALREADY, KEPT, REFUSED};
use super::taking::{keys_of, offline_mark};
use super::walls::walls;
use crate::marks::put;
use crate::settings;
use crate::{Ctx, Error, Result};
use muster_credential::receipt::Signed;
use muster_credential::verifier::DeviceKey;
use muster_domain::academics::EnrolmentStatus;
use muster_domain::attendance::offline::{Scan, SeenCode, judge};
use muster_domain::attendance::{Decision, Method};
use muster_domain::ids::{DeviceId, ReceiptId};
use muster_domain::time::Span;
use muster_journal::Change;
use muster_journal::sync::{Batch, Item};
use muster_storage::receipts::{self, DeviceKeyRow, ReceiptRow};
use muster_storage::sessions::{MarkRow, SessionRow};
use muster_storage::{ReadTx, WriteTx, enrolment, sessions};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Judges what came with a batch and waits for this node.
pub(crate) fn judge_arrived(tx: &mut WriteTx<'_>, ctx: &Ctx, batch: &Batch) -> Result<()> {
    let told = batch.items.iter().filter_map(|item| match item {
        Item::Entry(sent) if sent.entry.action == "receipt.take" => Some(sent.entry.entity_id),
        _ => None,
    });
    let ids: Vec<ReceiptId> = told.map(ReceiptId).collect();
    if ids.is_empty() {
        return Ok(());
    }
    for row in receipts::by_ids(tx, &ids)?.into_iter().filter(|row| row.result == KEPT) {
        judge_one(tx, ctx, &row)?;
    }
    Ok(())
}

fn judge_one(tx: &mut WriteTx<'_>, ctx: &Ctx, row: &ReceiptRow) -> Result<()> {
    let Ok(signed) = Signed::from_bytes(&row.bytes) else { return Ok(()) };
    let Some(key) = receipts::keys(tx, &[row.key])?.into_iter().next() else { return Ok(()) };
    let by_it = DeviceKey::from_bytes(&key.public_key).is_some_and(|known| signed.is_by(&known));
    let Some((session, code)) = found(tx, ctx, &signed)? else { return Ok(()) };
    if !by_it || key.person != row.person {
        return Ok(());
    }
    let before = told(row);
    let judged = judged(tx, (row, &key), (&session, code))?;
    tx.journal(Change::new("receipt.judge", "receipt", judged.id).on(session.id).changed(
        &before,
        &told(&judged),
        0,
    ))?;
    Ok(receipts::settle(tx, &judged)?)
}

/// The session of whose code it is, if this node showed that code.
fn found(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    signed: &Signed,
) -> Result<Option<(SessionRow, SeenCode)>> {
    let named = walls(tx, &BTreeSet::from([signed.receipt.code.session.0]))?;
    let mut shown = named.into_values().flatten();
    Ok(shown.find_map(|wall| {
        let code = wall.seen(ctx, &signed.receipt)?;
        Some((wall.session, code))
    }))
}

/// The receipt as it stands from now on. It is judged by when it first arrived anywhere.
fn judged(
    tx: &mut WriteTx<'_>,
    (row, key): (&ReceiptRow, &DeviceKeyRow),
    (session, code): (&SessionRow, SeenCode),
) -> Result<ReceiptRow> {
    let existing = sessions::mark(tx, session.id, row.person)?;
    let scan = Scan {
        session: session.times(),
        method_allowed: session.takes(Method::Qr),
        enrolled: attends(tx, session, row)?,
        existing: existing.as_ref().map(MarkRow::existing),
        code: Some(code),
        registered_at: key.registered_at,
        withdrawn_at: key.withdrawn_at,
        // When it was heard of where it sent this, is known there.
        heard_before: None,
        scanned_at: row.scanned_at,
        ahead: row.ahead.map(Span),
        received_at: row.received_at,
    };
    let found = judge(&scan, &settings::load(tx)?.offline);
    let (result, reason) = match found.outcome {
        Err(refusal) => (REFUSED, Some(refusal.key().to_owned())),
        Ok(Decision::Already(_)) => (ALREADY, None),
        Ok(Decision::Mark { status, step }) => {
            let device = key.device.unwrap_or(DeviceId(row.key.0));
            let mark = offline_mark(session, row.person, (status, step, code.from), device);
            match put(tx, session, existing.as_ref(), mark) {
                Ok((_, change)) => {
                    tx.journal(change)?;
                    (ACCEPTED, None)
                }
                Err(error @ Error::TermLocked { .. }) => (REFUSED, Some(error.reason().to_owned())),
                Err(error) => return Err(error),
            }
        }
    };
    Ok(ReceiptRow {
        session: Some(session.id),
        step: Some(code.step),
        shown_at: Some(code.from),
        result: result.to_owned(),
        reason,
        flags: keys_of(&found),
        ..row.clone()
    })
}

fn attends(tx: &mut ReadTx<'_>, session: &SessionRow, row: &ReceiptRow) -> Result<bool> {
    let found = enrolment::standings(tx, &[(session.class, row.person)])?;
    Ok(found.iter().any(|row| row.status == EnrolmentStatus::Active))
}

/// What changes of it.
fn told(row: &ReceiptRow) -> Value {
    json!({
        "session": row.session, "result": row.result, "reason": row.reason,
        "step": row.step, "shown_at": row.shown_at, "flags": row.flags,
    })
}
