//! Writing back what was lost of events, exams and results.

use super::lost::Lost;
use crate::events::{self, EventInput, PassTypeInput};
use crate::finance::{self, AssessmentInput};
use crate::results::{self, Entered, Entry, SchemeInput};
use crate::sittings::{self, SittingInput};
use crate::{Ctx, Error, Result, points};
use muster_domain::finance::Money;
use muster_domain::ids::{
    AssessmentId, ClassId, EventId, PassTypeId, PointId, ResultId, SheetId, SittingId,
};
use muster_domain::results::{Points, ScoreState};
use muster_domain::verification::Rule;
use muster_journal::record::GONE;
use muster_storage::{WriteTx, events as stored};
use uuid::Uuid;

/// Points and percentages are whole hundredths.
fn hundredths(number: i64) -> String {
    Points(number).to_string()
}

pub(super) fn event(tx: &mut WriteTx<'_>, ctx: &Ctx, lost: &Lost<'_>) -> Result<()> {
    let id = EventId(lost.record);
    let row = stored::get(tx, id)?.ok_or(Error::NotFound)?;
    let Rule { entries, windows } = events::rule(&row);
    let mut input = EventInput {
        name: row.name,
        venue: row.venue,
        doors_at: Some(row.doors_at),
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        capacity: row.capacity,
        currency: row.currency,
        entries,
        windows,
        home: row.home,
    };
    match lost.field {
        "name" => input.name = lost.text(),
        "venue" => input.venue = lost.text(),
        "doors_at" => input.doors_at = Some(lost.at()?),
        "starts_at" => input.starts_at = lost.at()?,
        "ends_at" => input.ends_at = lost.at()?,
        "capacity" => input.capacity = lost.number(),
        "currency" => input.currency = lost.text(),
        "home" => input.home = Uuid::try_parse(&lost.text()).ok(),
        "rule" => {
            let rule: Rule =
                serde_json::from_str(&lost.text()).map_err(|_| Error::RestoreByHand)?;
            (input.entries, input.windows) = (rule.entries, rule.windows);
        }
        _ if lost.flag() => return events::archive(tx, ctx, id),
        _ => return Err(Error::RestoreByHand),
    }
    events::change(tx, ctx, id, row.version, &input)
}

pub(super) fn pass_type(tx: &mut WriteTx<'_>, ctx: &Ctx, lost: &Lost<'_>) -> Result<()> {
    let id = PassTypeId(lost.record);
    let row = stored::pass_type(tx, id)?.ok_or(Error::NotFound)?;
    let event = stored::get(tx, row.event)?.ok_or(Error::NotFound)?;
    let digits = |minor| Money::new(minor, events::currency(&event)).digits();
    let mut input = PassTypeInput {
        name: row.name,
        price: digits(row.price),
        admits: row.admits,
        quota: row.quota,
        on_sale: row.on_sale,
    };
    match lost.field {
        "name" => input.name = lost.text(),
        "price" => input.price = digits(lost.whole()?),
        "quota" => input.quota = lost.number(),
        _ => input.on_sale = lost.flag(),
    }
    events::change_type(tx, ctx, id, row.version, &input).map(drop)
}

pub(super) fn point(tx: &mut WriteTx<'_>, ctx: &Ctx, lost: &Lost<'_>) -> Result<()> {
    if !lost.flag() {
        return Err(Error::RestoreByHand);
    }
    points::archive(tx, ctx, PointId(lost.record)).map(drop)
}

pub(super) fn assessment(tx: &mut WriteTx<'_>, ctx: &Ctx, lost: &Lost<'_>) -> Result<()> {
    let id = AssessmentId(lost.record);
    if lost.field == "active" {
        return finance::activate_assessment(tx, ctx, id, lost.flag());
    }
    let row = muster_storage::assessments::get(tx, id)?.ok_or(Error::NotFound)?;
    let required = hundredths(row.required_share);
    let mut input = AssessmentInput { code: row.code, name: row.name, required };
    match lost.field {
        "code" => input.code = lost.text(),
        "name" => input.name = lost.text(),
        _ => input.required = hundredths(lost.whole()?),
    }
    finance::change_assessment(tx, ctx, id, row.version, &input)
}

pub(super) fn sitting(tx: &mut WriteTx<'_>, ctx: &Ctx, lost: &Lost<'_>) -> Result<()> {
    let id = SittingId(lost.record);
    let row = sittings::get(tx, ctx, id)?;
    let mut input =
        SittingInput { starts_at: row.starts_at, ends_at: row.ends_at, rooms: row.rooms };
    match lost.field {
        "starts_at" => input.starts_at = lost.at()?,
        "ends_at" => input.ends_at = lost.at()?,
        "rooms" => input.rooms = lost.text(),
        _ => return sittings::remove(tx, ctx, id).map(drop),
    }
    sittings::change(tx, ctx, id, row.version, &input)
}

pub(super) fn result(tx: &mut WriteTx<'_>, ctx: &Ctx, lost: &Lost<'_>, reason: &str) -> Result<()> {
    let row = muster_storage::results::get(tx, ResultId(lost.record))?.ok_or(Error::NotFound)?;
    let (mut state, mut points, mut remark) = (row.state, row.points, row.remark);
    match lost.field {
        "points" => points = lost.number(),
        "state" => state = ScoreState::from_key(&lost.text()).ok_or(Error::RestoreByHand)?,
        "remark" => remark = Some(lost.text()),
        _ => {}
    }
    // Points that were lost to an absence come with the state that they had.
    let score = match (lost.field, state, points) {
        (GONE, ..) => String::new(),
        ("points", _, Some(points)) | (_, ScoreState::Scored, Some(points)) => hundredths(points),
        (_, ScoreState::Scored, None) => return Err(Error::RestoreByHand),
        (_, ScoreState::Absent, _) => "AB".to_owned(),
        (_, ScoreState::Exempt, _) => "EX".to_owned(),
    };
    let remark = remark.filter(|_| lost.field != GONE);
    let (assessment, person, seen) = (row.assessment, row.person, Some(row.version));
    let entry = Entry { assessment, person, score, remark, seen };
    entered(results::enter(tx, ctx, row.class, &[entry], reason)?)
}

pub(super) fn result_sheet(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    lost: &Lost<'_>,
    reason: &str,
) -> Result<()> {
    let row = muster_storage::results::sheet(tx, SheetId(lost.record))?.ok_or(Error::NotFound)?;
    let (mut maximum, mut weight) = (row.maximum, row.weight);
    match lost.field {
        "maximum" => maximum = lost.whole()?,
        _ => weight = lost.whole()?,
    }
    let input = SchemeInput {
        assessment: row.assessment,
        maximum: maximum.to_string(),
        weight: hundredths(weight),
        seen: Some(row.version),
    };
    let class: ClassId = row.class;
    entered(results::change_scheme(tx, ctx, class, &[input], reason)?)
}

fn entered(entered: Entered) -> Result<()> {
    match entered {
        Entered::Saved(_) => Ok(()),
        Entered::Refused(faults) => {
            let detail = faults.into_iter().next().map(|fault| fault.detail).unwrap_or_default();
            Err(Error::field("reason", detail))
        }
    }
}
