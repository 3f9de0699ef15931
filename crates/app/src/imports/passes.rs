//! Passes to events, from lines: each is checked like one that is issued at the desk, room and quota
//! included, and all are issued or none.

use super::line::Cells;
use super::part::Part;
use super::plan::{Plan, Sample, Writes, differences};
use super::undo::Done;
use crate::events::{elsewhere, sold_elsewhere};
use crate::passes::{HolderInput, IssueInput, Ready, prepare, put};
use crate::{Ctx, Error, Result};
use muster_domain::ids::{EventId, PassId};
use muster_domain::passes::{PassState, Payment};
use muster_domain::text::fold;
use muster_domain::time::Timestamp;
use muster_storage::events::{self, EventRow, PassTypeRow};
use muster_storage::passes::{HolderRow, PassRow, Wanted};
use muster_storage::{ReadTx, WriteTx, passes};
use serde_json::json;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;
use uuid::Uuid;

/// Events that are looked at: those to come are few.
const MOST_EVENTS: i64 = 1_000;

/// Passes read at once for a table.
const PAGE: i64 = 1_000;

/// A pass to be issued.
#[derive(Clone, Debug)]
pub(super) struct PassWrite {
    line: u64,
    event: EventRow,
    kind: PassTypeRow,
    ready: Ready,
}

/// What lines may refer to.
struct Known {
    events: Vec<EventRow>,
    /// Which nodes alone issue passes to some of them.
    elsewhere: HashMap<EventId, String>,
    types: HashMap<EventId, Vec<PassTypeRow>>,
}

impl Known {
    fn load(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Self> {
        let mut events =
            events::list(tx, (Timestamp(i64::MAX), EventId(Uuid::max())), MOST_EVENTS)?;
        events.retain(|event| event.archived_at.is_none() && event.ends_at > ctx.now());
        let mut elsewhere = HashMap::new();
        for event in &events {
            elsewhere.extend(sold_elsewhere(tx, event)?.map(|name| (event.id, name)));
        }
        Ok(Self { events, elsewhere, types: HashMap::new() })
    }

    /// The event that a line names, or the one that all lines are for.
    fn event(&self, cells: &mut Cells<'_>, fixed: Option<EventId>) -> Option<EventRow> {
        if let Some(id) = fixed {
            let event = self.events.iter().find(|event| event.id == id);
            let named = fold(cells.get("event"));
            match event {
                Some(event) if named.is_empty() || named == fold(&event.name) => {
                    return Some(event.clone());
                }
                Some(event) => {
                    let detail = format!("This table is for {}: leave this empty.", event.name);
                    cells.wrong("event", detail);
                }
                None => cells.wrong("event", "The event is over or archived by now.".to_owned()),
            }
            return None;
        }
        let name = cells.needed("event")?.to_owned();
        let mut found = self.events.iter().filter(|event| fold(&event.name) == fold(&name));
        match (found.next(), found.next()) {
            (Some(event), None) => return Some(event.clone()),
            (None, _) => {
                let detail = format!("There is no event “{name}” that is not over or archived.");
                cells.wrong("event", detail);
            }
            (Some(_), Some(_)) => {
                let detail = format!("Several events are called “{name}”: rename one first.");
                cells.wrong("event", detail);
            }
        }
        None
    }

    /// The pass type that a line names.
    fn kind(
        &mut self,
        tx: &mut ReadTx<'_>,
        cells: &mut Cells<'_>,
        event: &EventRow,
    ) -> Result<Option<PassTypeRow>> {
        let Some(name) = cells.needed("pass_type") else { return Ok(None) };
        let types = match self.types.entry(event.id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(events::pass_types(tx, event.id)?),
        };
        let found = types.iter().find(|kind| kind.name_folded == fold(name)).cloned();
        if found.is_none() {
            let known: Vec<_> = types.iter().map(|kind| kind.name.as_str()).collect();
            let detail =
                format!("“{name}” is no pass type of {}: {}.", event.name, known.join(", "));
            cells.wrong("pass_type", detail);
        }
        Ok(found)
    }
}

/// What lines lead to.
pub(super) fn plan(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    part: &Part,
    range: Range<usize>,
) -> Result<Plan> {
    let mut plan = Plan::default();
    let mut known = Known::load(tx, ctx)?;
    let mut writes = Vec::new();
    for (_, mut cells) in plan.lines(part, range) {
        let event = known.event(&mut cells, part.event);
        let kind = match &event {
            Some(event) => known.kind(tx, &mut cells, event)?,
            None => None,
        };
        if let Some(name) = event.as_ref().and_then(|event| known.elsewhere.get(&event.id)) {
            cells.wrong("event", elsewhere(name));
        }
        let (Some(event), Some(kind)) = (event, kind) else {
            plan.refuse(cells);
            continue;
        };
        let ready = wish(&mut cells, &kind).and_then(|input| {
            let country = part.settings.phone_country;
            let ready = prepare(ctx, &kind, country, &input);
            ready.map_err(|error| blame(&mut cells, error)).ok()
        });
        if let Some(ready) = ready.filter(|_| cells.is_right()) {
            free(tx, &mut cells, part, (&event, &ready))?;
            if cells.is_right() {
                room(&mut cells, part, (&event, &kind));
            }
            if cells.is_right() {
                writes.push(PassWrite { line: cells.number(), event, kind, ready });
                continue;
            }
        }
        plan.refuse(cells);
    }
    plan.problems.sort_by_key(|problem| problem.line);
    plan.writes = Writes::Passes(writes);
    Ok(plan)
}

/// What a line says, as it would be typed at the desk.
fn wish(cells: &mut Cells<'_>, kind: &PassTypeRow) -> Option<IssueInput> {
    let list = |text: &str| -> Vec<String> {
        text.split(';').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let names = list(cells.needed("names")?);
    let phones = list(cells.needed("phones")?);
    let admits = usize::try_from(kind.admits).unwrap_or_default();
    for (column, count) in [("names", names.len()), ("phones", phones.len())] {
        if count != admits {
            let detail =
                format!("A pass of type {} needs {admits} of these, not {count}.", kind.name);
            cells.wrong(column, detail);
        }
    }
    let text = fold(cells.get("payment"));
    let payment = if text.is_empty() { Some(Payment::Cash) } else { Payment::from_key(&text) };
    if payment.is_none() {
        cells.wrong("payment", format!("“{text}” is none of cash, online and free."));
    }
    let holders = names.into_iter().zip(phones);
    Some(IssueInput {
        pass_type: kind.id,
        holders: holders.map(|(name, phone)| HolderInput { name, phone }).collect(),
        payment: payment?,
        reference: cells.get("reference").to_owned(),
        email: cells.get("email").to_owned(),
    })
    .filter(|_| cells.is_right())
}

/// Notes mistakes at the columns of a line: its holders stand in two of them.
fn blame(cells: &mut Cells<'_>, error: Error) {
    let Error::Invalid(wrong) = error else { return cells.blame("names", error) };
    for field in wrong {
        let column = match field.field {
            name if name.starts_with("name_") => "names",
            phone if phone.starts_with("phone_") => "phones",
            other => other,
        };
        cells.wrong(column, field.detail);
    }
}

/// Whether nobody on a pass holds another one, here or in an earlier line.
fn free(
    tx: &mut ReadTx<'_>,
    cells: &mut Cells<'_>,
    part: &Part,
    (event, ready): (&EventRow, &Ready),
) -> Result<()> {
    for holder in ready.holders() {
        let folded = fold(&holder.name);
        if passes::holding(tx, event.id, &folded, &holder.phone)?.is_some() {
            let detail = format!("{} has a pass of this event already.", holder.name);
            cells.wrong("names", detail);
        }
        let key = format!("{} {folded} {}", event.id, holder.phone);
        if let Some(first) = part.claims.first("holder", &key, cells.number()) {
            cells.wrong("names", format!("{} stands in line {first} already.", holder.name));
        }
    }
    Ok(())
}

/// Whether there is a pass left for a line, and room for its people, after the lines before.
fn room(cells: &mut Cells<'_>, part: &Part, (event, kind): (&EventRow, &PassTypeRow)) {
    if !kind.on_sale {
        cells.wrong("pass_type", format!("{} is not issued now.", kind.name));
        return;
    }
    let line = cells.number();
    let of_type = kind.id.to_string();
    let sold = part.claims.before("type", &of_type, (line, 1), kind.sold);
    if kind.quota.is_some_and(|quota| sold >= quota) {
        cells.wrong("pass_type", format!("Sold out: no pass of type {} is left.", kind.name));
        return;
    }
    let taken =
        part.claims.before("event", &event.id.to_string(), (line, kind.admits), event.taken);
    if event.capacity.is_some_and(|capacity| taken + kind.admits > capacity) {
        cells.wrong("event", "Sold out: the event has no room for this pass.");
    }
}

/// A change as people look at it.
pub(super) fn sample(write: &PassWrite) -> Sample {
    let holders = write.ready.holders();
    let names: Vec<_> = holders.iter().map(|one| one.name.as_str()).collect();
    let phones: Vec<_> = holders.iter().map(|one| one.phone.as_str()).collect();
    let fields = json!({
        "event": write.event.name, "type": write.kind.name, "phones": phones.join(", "),
        "payment": write.ready.payment().label(),
    });
    let fields = differences(None, &fields);
    Sample { line: write.line, title: names.join(", "), is_new: true, fields }
}

/// Issues passes.
pub(super) fn write(tx: &mut WriteTx<'_>, ctx: &Ctx, writes: &[PassWrite]) -> Result<Vec<Done>> {
    let mut done = Vec::with_capacity(writes.len());
    for write in writes {
        let row = put(tx, ctx, (&write.event, &write.kind), &write.ready)?;
        done.push(Done::new("pass", row.id, None::<&()>, row.version));
    }
    Ok(done)
}

/// The valid passes of events that are not over, in the same columns.
pub(super) fn export(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<Vec<String>>> {
    let wanted = Wanted {
        words: Vec::new(),
        pass_type: None,
        payment: None,
        state: Some(PassState::Valid),
        scanned: None,
    };
    let mut lines = Vec::new();
    for event in Known::load(tx, ctx)?.events {
        let mut of_pass: HashMap<PassId, Vec<HolderRow>> = HashMap::new();
        for holder in passes::holders_of_event(tx, event.id)? {
            of_pass.entry(holder.pass).or_default().push(holder);
        }
        let mut before = PassId(Uuid::max());
        loop {
            let page = passes::list(tx, event.id, &wanted, (before, PAGE))?;
            let Some(last) = page.last() else { break };
            before = last.id;
            lines.extend(page.into_iter().map(|row| {
                let holders = of_pass.remove(&row.id).unwrap_or_default();
                line(&event, row, holders)
            }));
        }
    }
    Ok(lines)
}

fn line(event: &EventRow, row: PassRow, mut holders: Vec<HolderRow>) -> Vec<String> {
    holders.sort_by_key(|holder| holder.place);
    let joined =
        |part: fn(&HolderRow) -> &str| holders.iter().map(part).collect::<Vec<_>>().join("; ");
    vec![
        event.name.clone(),
        row.type_name,
        joined(|holder| &holder.name),
        joined(|holder| &holder.phone),
        row.payment.key().to_owned(),
        row.reference.unwrap_or_default(),
        row.email.unwrap_or_default(),
    ]
}
