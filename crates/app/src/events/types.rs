//! Pass types: the kinds of admission to an event, with price, size and number.

use super::currency;
use crate::{Ctx, Error, Form, Result};
use muster_domain::auth::{Permission, Target};
use muster_domain::finance::{Currency, Money};
use muster_domain::ids::{EventId, PassTypeId};
use muster_domain::passes::{LONGEST_NAME, MOST_ADMITTED, MOST_PEOPLE};
use muster_domain::text;
use muster_journal::Change;
use muster_storage::events::{self, PassTypeRow};
use muster_storage::{ReadTx, WriteTx};
use serde_json::{Value, json};

/// A pass type as typed.
#[derive(Clone, Debug)]
pub struct PassTypeInput {
    /// What it is called.
    pub name: String,
    /// What it costs, as people write it; nothing where it is empty.
    pub price: String,
    /// How many people a pass admits.
    pub admits: i64,
    /// How many there are; as many as the event has room for without it.
    pub quota: Option<i64>,
    /// Whether any are issued now.
    pub on_sale: bool,
}

impl PassTypeInput {
    fn check(&self, currency: Currency) -> Result<(String, i64)> {
        let mut form = Form::default();
        let name = form.take("name", text::clean(&self.name, LONGEST_NAME));
        let price = match self.price.trim() {
            "" => Some(0),
            typed => form.take("price", Money::parse(typed, currency)).map(|money| money.minor),
        };
        if !(1..=MOST_ADMITTED).contains(&self.admits) {
            form.wrong("admits", format!("A pass admits 1 to {MOST_ADMITTED} people."));
        }
        if self.quota.is_some_and(|quota| !(1..=MOST_PEOPLE).contains(&quota)) {
            let detail = format!("Give a number from 1 to {MOST_PEOPLE}, or leave it empty.");
            form.wrong("quota", detail);
        }
        form.check()?;
        Ok((name.unwrap_or_default(), price.unwrap_or_default()))
    }
}

/// Adds a pass type to an event.
pub fn add_type(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    event: EventId,
    input: &PassTypeInput,
) -> Result<PassTypeId> {
    ctx.need(Permission::ManageEvents, Target::Event(event))?;
    let event = events::get(tx, event)?.ok_or(Error::NotFound)?;
    if event.archived_at.is_some() {
        return Err(Error::EventArchived);
    }
    let (name, price) = input.check(currency(&event))?;
    let row = PassTypeRow {
        id: ctx.fresh(),
        event: event.id,
        name_folded: text::fold(&name),
        name,
        price,
        admits: input.admits,
        quota: input.quota,
        sold: 0,
        on_sale: input.on_sale,
        version: tx.version(),
    };
    only_one(tx, &row)?;
    events::insert_type(tx, &row)?;
    let change = Change::new("pass_type.create", "pass_type", row.id).on(row.event);
    tx.journal(change.created(&fields(&row)))?;
    Ok(row.id)
}

/// Changes a pass type that was read at version `seen`. Passes that were issued keep their price;
/// how many people one admits stays.
pub fn change_type(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    id: PassTypeId,
    seen: i64,
    input: &PassTypeInput,
) -> Result<EventId> {
    let before = events::pass_type(tx, id)?.ok_or(Error::NotFound)?;
    ctx.need(Permission::ManageEvents, Target::Event(before.event))?;
    let event = events::get(tx, before.event)?.ok_or(Error::NotFound)?;
    let (name, price) = input.check(currency(&event))?;
    if input.admits != before.admits {
        let detail = "How many people a pass admits can’t change: add another type.";
        return Err(Error::field("admits", detail));
    }
    let fewer = |quota: &i64| *quota < before.sold && input.quota != before.quota;
    if let Some(quota) = input.quota.filter(fewer) {
        let detail = format!("{} were issued already: {quota} is too few.", before.sold);
        return Err(Error::field("quota", detail));
    }
    let after = PassTypeRow {
        name_folded: text::fold(&name),
        name,
        price,
        quota: input.quota,
        on_sale: input.on_sale,
        version: tx.version_over(seen),
        ..before.clone()
    };
    only_one(tx, &after)?;
    if !events::update_type(tx, &after, seen)? {
        return Err(Error::Stale);
    }
    let change = Change::new("pass_type.change", "pass_type", id).on(before.event);
    tx.journal(change.changed(&fields(&before), &fields(&after), seen))?;
    Ok(before.event)
}

/// Refuses a second type of one name.
fn only_one(tx: &mut ReadTx<'_>, row: &PassTypeRow) -> Result<()> {
    let mut others = events::pass_types(tx, row.event)?.into_iter();
    if others.any(|other| other.id != row.id && other.name_folded == row.name_folded) {
        return Err(Error::field("name", "This event has a pass type of that name already."));
    }
    Ok(())
}

fn fields(row: &PassTypeRow) -> Value {
    json!({
        "event": row.event, "name": row.name, "price": row.price, "admits": row.admits,
        "quota": row.quota, "on_sale": row.on_sale,
    })
}

/// A pass type.
pub fn pass_type(tx: &mut ReadTx<'_>, ctx: &Ctx, id: PassTypeId) -> Result<PassTypeRow> {
    let row = events::pass_type(tx, id)?.ok_or(Error::NotFound)?;
    ctx.need(Permission::ViewEvents, Target::Event(row.event))?;
    Ok(row)
}

/// The pass types of an event, the cheapest first.
pub fn pass_types(tx: &mut ReadTx<'_>, ctx: &Ctx, event: EventId) -> Result<Vec<PassTypeRow>> {
    super::get(tx, ctx, event)?;
    Ok(events::pass_types(tx, event)?)
}
