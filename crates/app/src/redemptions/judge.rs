//! Deciding about a presentation by what is known of the record, and making the record of it.

use super::Checked;
use super::held::{Held, Known};
use super::shown::Shown;
use crate::{Ctx, Result};
use muster_domain::ids::RedemptionId;
use muster_domain::time::Timestamp;
use muster_domain::verification::{
    Presented, Redemption, Rule, Scan, Verdict, VerdictKind, all_of_them, decide,
};
use muster_storage::WriteTx;
use muster_storage::passes::PassRow;
use muster_storage::points::PointRow;
use muster_storage::redemptions::{self, RedemptionRow, heard};
use std::num::NonZeroU32;

/// Decides by what counts of what happened with the record before, and makes the record of it.
pub(super) fn judge(
    ctx: &Ctx,
    point: &PointRow,
    (shown, held, known): (&Shown, &Held, Option<Known>),
    earlier: &[RedemptionRow],
    checked: &Checked,
) -> Result<RedemptionRow> {
    let at = checked.scanned.at;
    let history: Vec<Redemption> = earlier.iter().filter_map(heard).collect();
    let nothing = Rule::default();
    let rule = known.as_ref().map_or(&nothing, |known| &known.rule);
    let presented = match (shown, &known) {
        (Shown::Forged(_), _) => Presented::Forged,
        (_, Some(known)) => Presented::Known(&known.record),
        (_, None) => Presented::Unknown,
    };
    let count = checked.count.unwrap_or_else(|| match &known {
        Some(known) => all_of_them(&known.record, rule, &history, checked.direction),
        None => NonZeroU32::MIN,
    });
    let scan = Scan { point: point.id, direction: checked.direction, count, at };
    let verdict = decide(presented, rule, &history, &scan);
    let good = matches!(verdict, Verdict::Admit { .. });
    let forced = checked.force && !good;
    let (remaining, previous, moment) = details(&verdict, earlier);
    let why = shown.remark().or_else(|| known.as_ref().filter(|_| !good)?.why);
    Ok(RedemptionRow {
        id: ctx.fresh(),
        point: point.id,
        point_name: point.name.clone(),
        scope: point.scope,
        nonce: checked.nonce.clone(),
        kind: held.record().map(|(kind, _)| kind.to_owned()),
        record: held.record().map(|(_, id)| id),
        holder: held.pass().map(|pass| pass.holder.clone()),
        type_name: held.pass().map(|pass| pass.type_name.clone()),
        direction: checked.direction,
        people: i64::from(count.get()),
        verdict: if forced { VerdictKind::Admit } else { verdict.kind() },
        admitted: good || forced,
        overridden: forced.then(|| verdict.kind()),
        remaining: remaining.map(i64::from),
        previous,
        moment,
        remark: checked.reason.clone().or_else(|| why.map(str::to_owned)),
        scanned_at: at,
        received_at: ctx.now(),
        clock_off: checked.scanned.clock_off.map(|off| off.0),
        ended_since: known.is_some_and(|known| known.ended_since),
        person: ctx.person()?,
        person_name: String::new(),
        device: ctx.known_device(),
        address: ctx.address.clone(),
        undone_at: None,
        undone_by: None,
        undone_reason: None,
    })
}

/// Notes on a pass how many of its people entered its event by now.
pub(super) fn count(tx: &mut WriteTx<'_>, pass: &PassRow) -> Result<()> {
    let entered = entered(pass, redemptions::of_record(tx, pass.id.0)?);
    Ok(redemptions::set_entered(tx, &[(pass.id, entered)])?)
}

/// How many of a pass's people entered its event by all that happened with it.
pub(super) fn entered(pass: &PassRow, rows: Vec<RedemptionRow>) -> i64 {
    redemptions::entered(pass.event.0, pass.admits, rows)
}

/// How many more may enter, the admission before, and the time that a verdict is about.
fn details(
    verdict: &Verdict,
    earlier: &[RedemptionRow],
) -> (Option<u32>, Option<RedemptionId>, Option<Timestamp>) {
    match *verdict {
        Verdict::Admit { remaining } => (Some(remaining), None, None),
        Verdict::AlreadyUsed { remaining, previous } => {
            let previous = previous.and_then(|at| earlier.get(at)).map(|row| row.id);
            (Some(remaining), previous, None)
        }
        Verdict::Superseded { at } => (None, None, Some(at)),
        Verdict::NotValidYet { from } => (None, None, Some(from)),
        Verdict::Expired { since } => (None, None, Some(since)),
        _ => (None, None, None),
    }
}
