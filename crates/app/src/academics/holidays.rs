//! Holidays: days on which no class meets.

use super::{EVERYTHING, follow};
use crate::{Ctx, Error, Form, Result};
use muster_domain::auth::Permission;
use muster_domain::ids::HolidayId;
use muster_domain::text::Name;
use muster_domain::time::Date;
use muster_journal::Change;
use muster_storage::holidays::{self, HolidayRow};
use muster_storage::{ReadTx, WriteTx, patterns};
use serde_json::{Value, json};

/// Longest holiday, in days: a longer one is a slip of the pen.
const LONGEST: i64 = 366;

/// A holiday as typed.
#[derive(Clone, Debug)]
pub struct HolidayInput {
    /// Name.
    pub name: String,
    /// The first day.
    pub first_on: Date,
    /// The last day.
    pub last_on: Date,
}

impl HolidayInput {
    fn check(&self) -> Result<String> {
        let mut form = Form::default();
        let name = form.take("name", self.name.parse::<Name>());
        match self.last_on.0 - self.first_on.0 {
            ..0 => form.wrong("last_on", "The last day must not come before the first."),
            LONGEST.. => form.wrong("last_on", "This is too long: check the dates."),
            _ => {}
        }
        form.check()?;
        Ok(name.map(String::from).unwrap_or_default())
    }
}

/// Adds a holiday: meetings to come that patterns made for these days go.
pub fn create_holiday(tx: &mut WriteTx<'_>, ctx: &Ctx, input: &HolidayInput) -> Result<HolidayId> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let HolidayInput { first_on, last_on, .. } = *input;
    let (name, version) = (input.check()?, tx.version());
    let row = HolidayRow { id: ctx.fresh(), name, first_on, last_on, version };
    holidays::insert(tx, &row)?;
    tx.journal(Change::new("holiday.create", "holiday", row.id).created(&fields(&row)))?;
    meetings_follow(tx, ctx, &row)?;
    Ok(row.id)
}

/// Changes a holiday that was read at version `seen`; meetings to come follow.
pub fn change_holiday(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    id: HolidayId,
    seen: i64,
    input: &HolidayInput,
) -> Result<()> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let before = holidays::get(tx, id)?.ok_or(Error::NotFound)?;
    let HolidayInput { first_on, last_on, .. } = *input;
    let (name, version) = (input.check()?, tx.version_over(seen));
    let after = HolidayRow { id, name, first_on, last_on, version };
    if !holidays::update(tx, &after, seen)? {
        return Err(Error::Stale);
    }
    let change = Change::new("holiday.change", "holiday", id);
    tx.journal(change.changed(&fields(&before), &fields(&after), seen))?;
    meetings_follow(tx, ctx, &before)?;
    meetings_follow(tx, ctx, &after)
}

/// Takes a holiday back: patterns meet on these days again.
pub fn end_holiday(tx: &mut WriteTx<'_>, ctx: &Ctx, id: HolidayId) -> Result<()> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let row = holidays::get(tx, id)?.ok_or(Error::NotFound)?;
    let version = tx.version_over(row.version);
    holidays::end(tx, id, ctx.now(), version)?;
    let change = Change::new("holiday.end", "holiday", id);
    tx.journal(change.changed(&fields(&row), &json!({}), row.version))?;
    meetings_follow(tx, ctx, &row)
}

/// Brings the classes that would meet on these days in line.
fn meetings_follow(tx: &mut WriteTx<'_>, ctx: &Ctx, row: &HolidayRow) -> Result<()> {
    let classes = patterns::classes_during(tx, row.closed())?;
    follow(tx, ctx, &classes, &format!("Holiday: {}", row.name))
}

fn fields(row: &HolidayRow) -> Value {
    json!({"name": row.name, "first_on": row.first_on, "last_on": row.last_on})
}

/// All holidays, the earliest first.
pub fn holidays(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<HolidayRow>> {
    ctx.need(Permission::ViewAcademics, EVERYTHING)?;
    Ok(holidays::list(tx)?)
}

/// A holiday.
pub fn holiday(tx: &mut ReadTx<'_>, ctx: &Ctx, id: HolidayId) -> Result<HolidayRow> {
    ctx.need(Permission::ViewAcademics, EVERYTHING)?;
    holidays::get(tx, id)?.ok_or(Error::NotFound)
}
