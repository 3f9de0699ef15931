//! Events: what there is to enter, with room for how many, and by which rule people are let in.

mod figures;
mod homes;
mod oversold;
mod types;

pub use figures::{EventFigures, Share, figures};
pub use homes::{Home, homes, sold_elsewhere};
pub(crate) use homes::{elsewhere, issues_here};
pub(crate) use oversold::{of_event as oversold, tell_arrived};
pub use types::{PassTypeInput, add_type, change_type, pass_type, pass_types};

use crate::{Ctx, Error, Form, Result};
use muster_domain::auth::{Extent, Permission, Target};
use muster_domain::finance::Currency;
use muster_domain::ids::EventId;
use muster_domain::passes::{LONGEST_NAME, MOST_PEOPLE, windows};
use muster_domain::text;
use muster_domain::time::{Span, Timestamp};
use muster_domain::verification::{Entries, Rule, Window};
use muster_journal::Change;
use muster_storage::events::{self, EventRow};
use muster_storage::{ReadTx, WriteTx, passes};
use serde_json::{Value, json};
use uuid::Uuid;

/// The longest event.
pub(crate) const LONGEST: Span = Span::days(366);

/// An event as typed.
#[derive(Clone, Debug)]
pub struct EventInput {
    /// What it is called.
    pub name: String,
    /// Where it takes place.
    pub venue: String,
    /// From when on people are let in; when it begins, if nobody says otherwise.
    pub doors_at: Option<Timestamp>,
    /// When it begins.
    pub starts_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// How many people there is room for; no limit without it.
    pub capacity: Option<i64>,
    /// The currency of its prices.
    pub currency: String,
    /// How often a pass admits.
    pub entries: Entries,
    /// The hours in which people are let in; all the time where there are none.
    pub windows: Vec<Window>,
    /// The node that alone issues passes to it; any does without it.
    pub home: Option<Uuid>,
}

/// What was read of an event's fields.
struct Read {
    name: String,
    venue: String,
    doors_at: Timestamp,
    currency: String,
    rule: String,
}

impl EventInput {
    fn check(&self) -> Result<Read> {
        let mut form = Form::default();
        let name = form.take("name", text::clean(&self.name, LONGEST_NAME));
        let venue = form.take("venue", text::clean(&self.venue, LONGEST_NAME));
        let currency = form.take("currency", Currency::parse(&self.currency));
        let doors_at = self.doors_at.unwrap_or(self.starts_at);
        if self.ends_at <= self.starts_at {
            form.wrong("ends_at", "The event must end after it begins.");
        } else if self.ends_at - self.starts_at > LONGEST {
            form.wrong("ends_at", "An event takes a year at most.");
        }
        if doors_at > self.starts_at {
            form.wrong("doors_at", "The doors open at the latest when the event begins.");
        } else if self.starts_at - doors_at > Span::days(7) {
            form.wrong("doors_at", "The doors open a week before at the earliest.");
        }
        if self.capacity.is_some_and(|people| !(1..=MOST_PEOPLE).contains(&people)) {
            let detail = format!("Give a number from 1 to {MOST_PEOPLE}, or leave it empty.");
            form.wrong("capacity", detail);
        }
        let whole = Window { from: doors_at, until: self.ends_at };
        let windows = form.take("windows", windows(self.windows.clone(), whole));
        form.check()?;
        let rule = Rule { entries: self.entries, windows: windows.unwrap_or_default() };
        Ok(Read {
            name: name.unwrap_or_default(),
            venue: venue.unwrap_or_default(),
            doors_at,
            currency: currency.map(|currency| currency.code().to_owned()).unwrap_or_default(),
            rule: json!(rule).to_string(),
        })
    }
}

/// The rule by which an event lets people in.
pub fn rule(event: &EventRow) -> Rule {
    serde_json::from_str(&event.rule).unwrap_or_default()
}

/// The currency of an event's prices.
pub fn currency(event: &EventRow) -> Currency {
    Currency::parse(&event.currency).unwrap_or(Currency::INR)
}

/// Enters an event.
pub fn create(tx: &mut WriteTx<'_>, ctx: &Ctx, input: &EventInput) -> Result<EventId> {
    ctx.need(Permission::ManageEvents, Target::Institution)?;
    let Read { name, venue, doors_at, currency, rule } = input.check()?;
    homes::check(tx, input.home, None)?;
    let row = EventRow {
        id: ctx.fresh(),
        name,
        venue,
        doors_at,
        starts_at: input.starts_at,
        ends_at: input.ends_at,
        capacity: input.capacity,
        currency,
        rule,
        home: input.home,
        taken: 0,
        created_at: ctx.now(),
        archived_at: None,
        version: tx.version(),
    };
    events::insert(tx, &row)?;
    tx.journal(Change::new("event.create", "event", row.id).created(&fields(&row)))?;
    Ok(row.id)
}

/// Changes an event that was read at version `seen`. Passes that were issued follow: they are
/// valid when the event is.
pub fn change(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    id: EventId,
    seen: i64,
    input: &EventInput,
) -> Result<()> {
    ctx.need(Permission::ManageEvents, Target::Event(id))?;
    let before = events::get(tx, id)?.ok_or(Error::NotFound)?;
    let Read { name, venue, doors_at, currency, rule } = input.check()?;
    if currency != before.currency && passes::any(tx, id)? {
        let detail = "Passes were issued in the other currency already: it stays.";
        return Err(Error::field("currency", detail));
    }
    homes::check(tx, input.home, before.home)?;
    let fewer = |room: &i64| *room < before.taken && input.capacity != before.capacity;
    if let Some(room) = input.capacity.filter(fewer) {
        let detail = format!("{} people hold passes: {room} is too few.", before.taken);
        return Err(Error::field("capacity", detail));
    }
    let after = EventRow {
        name,
        venue,
        doors_at,
        starts_at: input.starts_at,
        ends_at: input.ends_at,
        capacity: input.capacity,
        currency,
        rule,
        home: input.home,
        version: tx.version_over(seen),
        ..before.clone()
    };
    store(tx, "event.change", (&before, &after), seen)
}

/// Archives an event: its passes stay, and nothing is added. Archived before, it stays so.
pub fn archive(tx: &mut WriteTx<'_>, ctx: &Ctx, id: EventId) -> Result<()> {
    ctx.need(Permission::ManageEvents, Target::Event(id))?;
    let before = events::get(tx, id)?.ok_or(Error::NotFound)?;
    if before.archived_at.is_some() {
        return Ok(());
    }
    let (archived_at, version) = (Some(ctx.now()), tx.version_over(before.version));
    let after = EventRow { archived_at, version, ..before.clone() };
    store(tx, "event.archive", (&before, &after), before.version)
}

fn store(
    tx: &mut WriteTx<'_>,
    action: &'static str,
    (before, after): (&EventRow, &EventRow),
    seen: i64,
) -> Result<()> {
    if !events::update(tx, after, seen)? {
        return Err(Error::Stale);
    }
    let change = Change::new(action, "event", before.id).on(before.id);
    Ok(tx.journal(change.changed(&fields(before), &fields(after), seen))?)
}

fn fields(row: &EventRow) -> Value {
    json!({
        "name": row.name, "venue": row.venue, "doors_at": row.doors_at, "starts_at": row.starts_at,
        "ends_at": row.ends_at, "capacity": row.capacity, "currency": row.currency,
        "rule": row.rule, "home": row.home, "archived": row.archived_at.is_some(),
    })
}

/// An event.
pub fn get(tx: &mut ReadTx<'_>, ctx: &Ctx, id: EventId) -> Result<EventRow> {
    ctx.need(Permission::ViewEvents, Target::Event(id))?;
    events::get(tx, id)?.ok_or(Error::NotFound)
}

/// Events that the person who asks may see, the latest first, from the one after `after` on.
pub fn list(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    after: Option<EventId>,
    limit: i64,
) -> Result<Vec<EventRow>> {
    let extent = ctx.events(Permission::ViewEvents)?;
    let before = match after {
        Some(id) => (get(tx, ctx, id)?.starts_at, id),
        None => (Timestamp(i64::MAX), EventId(Uuid::max())),
    };
    let Extent::These(own) = extent else { return Ok(events::list(tx, before, limit)?) };
    // Somebody's own events are few.
    let mut rows = Vec::with_capacity(own.len());
    for id in own {
        rows.extend(events::get(tx, id)?.filter(|row| (row.starts_at, row.id) < before));
    }
    rows.sort_unstable_by_key(|row| std::cmp::Reverse((row.starts_at, row.id)));
    rows.truncate(usize::try_from(limit).unwrap_or_default());
    Ok(rows)
}
