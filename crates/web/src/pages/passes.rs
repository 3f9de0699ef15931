//! The passes of an event: the list with its search, as files too.

use super::form::Choice;
use super::frame::crumbs;
use super::shell::Shell;
use crate::api::own_address;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::export::{Format, moment, text};
use crate::tables::{self, Wanted, listed, maybe, sheet};
use crate::times::{self, list_address};
use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use muster_app::events;
use muster_app::passes::{self, Pass, PassSearch};
use muster_app::zone::Zone;
use muster_documents::xlsx::{Cell, Kind};
use muster_domain::auth::{Permission, Target};
use muster_domain::finance::{Currency, Money};
use muster_domain::ids::{EventId, PassId};
use muster_domain::passes::{PassState, Payment};
use muster_storage::events::EventRow;
use muster_storage::passes::{HolderRow, PassRow};
use serde::Deserialize;
use std::collections::HashMap;

/// Passes on one page.
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "passes.html")]
struct ListPage {
    shell: Shell,
    event: EventRow,
    may_issue: bool,
    may_import: bool,
    filter: Filter,
    types: Vec<Choice>,
    payments: Vec<Choice>,
    states: Vec<Choice>,
    scans: Vec<Choice>,
    filtered: bool,
    items: Vec<Item>,
    address: String,
    first: String,
    next: String,
}

struct Item {
    id: PassId,
    holder: String,
    others: String,
    kind: String,
    paid: String,
    payment: &'static str,
    issued: String,
    entered: String,
    state: &'static str,
    oversold: bool,
}

/// The state of valid passes that there is no place for, in the filter.
const OVERSOLD: &str = "oversold";

/// What is looked for, as typed.
#[derive(Clone, Default, Deserialize)]
pub(crate) struct Filter {
    #[serde(default)]
    pub q: String,
    #[serde(default)]
    pub pass_type: String,
    #[serde(default)]
    pub payment: String,
    #[serde(default)]
    pub state: String,
    /// `yes`, `no`, or nothing.
    #[serde(default)]
    pub scanned: String,
    #[serde(default)]
    pub after: String,
}

impl Filter {
    pub fn search(&self) -> PassSearch {
        PassSearch {
            text: self.q.clone(),
            pass_type: self.pass_type.parse().ok(),
            payment: Payment::from_key(&self.payment),
            state: PassState::from_key(&self.state),
            scanned: match self.scanned.as_str() {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            },
            oversold: self.state == OVERSOLD,
        }
    }

    fn is_set(&self) -> bool {
        [&self.q, &self.pass_type, &self.payment, &self.state, &self.scanned]
            .iter()
            .any(|text| !text.is_empty())
    }

    fn query(&self, event: EventId) -> String {
        let Self { q, pass_type, payment, state, scanned, .. } = self;
        let parts = [
            ("q", q),
            ("pass_type", pass_type),
            ("payment", payment),
            ("state", state),
            ("scanned", scanned),
        ];
        list_address(&format!("/events/{event}/passes"), parts)
    }
}

/// `GET /events/{id}/passes`
pub(super) async fn list(
    caller: Caller,
    Path(id): Path<EventId>,
    Query(filter): Query<Filter>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    if let Some(format) = wanted.file() {
        return table(&caller, id, &filter, format).await;
    }
    let after = filter.after.parse::<PassId>().ok();
    let search = filter.search();
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let read = caller.read(move |tx, ctx| {
        let event = events::get(tx, ctx, id)?;
        let types = events::pass_types(tx, ctx, id)?;
        let (oversold, elsewhere) =
            (passes::oversold(tx, ctx, id)?, events::sold_elsewhere(tx, &event)?);
        let rows = passes::list(tx, ctx, id, &search, (after, limit))?;
        Ok((event, types, (oversold, elsewhere), rows))
    });
    let (event, types, (oversold, elsewhere), mut rows) =
        read.await.map_err(|error| caller.error(error))?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let query = filter.query(id);
    let next = rows.last().filter(|_| more).map(|row| format!("{query}&after={}", row.id));
    let mut shell = caller.shell(format!("Passes to {}", event.name));
    shell.crumbs = event_crumbs(&event, "Passes");
    let currency = events::currency(&event);
    let types = types.into_iter().map(|row| (row.id.to_string(), row.name));
    let payments = Payment::ALL.map(|one| (one.key(), one.label()));
    let mut states = PassState::ALL.map(|one| (one.key(), one.label())).to_vec();
    if !oversold.is_empty() || filter.state == OVERSOLD {
        states.push((OVERSOLD, "Oversold"));
    }
    let may_issue = may_issue(&caller, &event) && elsewhere.is_none();
    let item = |row: PassRow| Item {
        oversold: oversold.contains(&row.id),
        ..item(&caller, currency, row)
    };
    let scans = [("yes", "Entered"), ("no", "Not yet entered")];
    Ok(render(&ListPage {
        shell,
        may_issue,
        may_import: may_issue && may(&caller, Permission::ManageEvents, &event),
        types: Choice::list(types, &filter.pass_type),
        payments: Choice::list(payments, &filter.payment),
        states: Choice::list(states, &filter.state),
        scans: Choice::list(scans, &filter.scanned),
        filtered: filter.is_set(),
        items: rows.into_iter().map(item).collect(),
        address: format!("{query}&"),
        first: if after.is_some() { query } else { String::new() },
        next: next.unwrap_or_default(),
        filter,
        event,
    }))
}

pub(super) fn event_crumbs(event: &EventRow, page: &str) -> Vec<super::shell::Crumb> {
    crumbs([
        ("/events".to_owned(), "Events".to_owned()),
        (format!("/events/{}", event.id), event.name.clone()),
        (String::new(), page.to_owned()),
    ])
}

fn may(caller: &Caller, permission: Permission, event: &EventRow) -> bool {
    caller.ctx.need(permission, Target::Event(event.id)).is_ok()
}

fn may_issue(caller: &Caller, event: &EventRow) -> bool {
    may(caller, Permission::IssuePasses, event)
        && event.archived_at.is_none()
        && event.ends_at > caller.ctx.now()
}

fn item(caller: &Caller, currency: Currency, row: PassRow) -> Item {
    Item {
        id: row.id,
        others: match row.admits {
            1 => String::new(),
            2 => "and one more".to_owned(),
            admits => format!("and {} more", admits - 1),
        },
        kind: row.type_name,
        paid: Money::new(row.paid, currency).to_string(),
        payment: row.payment.label(),
        issued: times::moment(&caller.known.settings, row.issued_at),
        entered: match row.admitted {
            0 => "–".to_owned(),
            admitted => admitted.to_string(),
        },
        state: row.state.key(),
        oversold: false,
        holder: row.holder,
    }
}

/// Every pass that is looked for, as a file.
async fn table(
    caller: &Caller,
    id: EventId,
    filter: &Filter,
    format: Format,
) -> Result<Response, PageError> {
    let search = filter.search();
    let read = caller.read(move |tx, ctx| {
        let rows = tables::every(|last: Option<&PassRow>, limit| {
            passes::list(tx, ctx, id, &search, (last.map(|last| last.id), limit))
        })?;
        let oversold = passes::oversold(tx, ctx, id)?;
        Ok((events::get(tx, ctx, id)?, (rows, oversold), passes::holders_of_event(tx, ctx, id)?))
    });
    let (event, (rows, oversold), holders) = read.await.map_err(|error| caller.error(error))?;
    let mut of_pass: HashMap<PassId, Vec<HolderRow>> = HashMap::new();
    for holder in holders {
        of_pass.entry(holder.pass).or_default().push(holder);
    }
    let zone = Zone::of(&caller.known.settings);
    let currency = events::currency(&event);
    let columns = [
        ("Holders", 30, Kind::Text),
        ("Phones", 30, Kind::Text),
        ("Type", 14, Kind::Text),
        ("State", 10, Kind::Text),
        ("Oversold", 10, Kind::Text),
        ("Paid", 12, Kind::Decimal),
        ("Currency", 9, Kind::Text),
        ("Payment", 10, Kind::Text),
        ("Reference", 20, Kind::Text),
        ("E-mail", 30, Kind::Text),
        ("Issued", 18, Kind::DateTime),
        ("Issued by", 24, Kind::Text),
        ("Admits", 8, Kind::Integer),
        ("Entered", 8, Kind::Integer),
        ("Reason", 30, Kind::Text),
    ];
    let line = |row: PassRow| {
        let mut own = of_pass.remove(&row.id).unwrap_or_default();
        own.sort_by_key(|holder| holder.place);
        let joined = |part: fn(&HolderRow) -> &str| {
            text(own.iter().map(part).collect::<Vec<_>>().join(", "))
        };
        let paid =
            Money::new(row.paid, currency).digits().parse().map_or(Cell::Empty, Cell::Number);
        [
            joined(|holder| &holder.name),
            joined(|holder| &holder.phone),
            text(row.type_name),
            text(row.state.label()),
            if oversold.contains(&row.id) { text("yes") } else { Cell::Empty },
            paid,
            text(currency.code()),
            text(row.payment.label()),
            maybe(row.reference),
            maybe(row.email),
            moment(&zone, row.issued_at),
            text(row.issued_by_name),
            Cell::Integer(row.admits),
            Cell::Integer(row.admitted),
            maybe(row.reason),
        ]
    };
    let name = format!("Passes {}", event.name);
    let lines: Vec<_> = rows.into_iter().map(line).collect();
    listed(caller, format, sheet(name, columns, lines)).await
}

/// `GET /events/{id}/passes/codes`: what is sent to the holders of valid passes, as a file.
pub(super) async fn codes(
    caller: Caller,
    Path(id): Path<EventId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| {
        let event = events::get(tx, ctx, id)?;
        let every = tables::every(|last: Option<&Pass>, limit| {
            passes::to_send(tx, ctx, id, (last.map(|last| last.row.id), limit))
        })?;
        Ok((event, every))
    });
    let (event, every) = read.await.map_err(|error| caller.error(error))?;
    let columns = [
        ("Holders", 30, Kind::Text),
        ("Phones", 30, Kind::Text),
        ("E-mail", 30, Kind::Text),
        ("Type", 14, Kind::Text),
        ("Code", 14, Kind::Text),
        ("Link", 60, Kind::Text),
    ];
    let own = own_address(&caller);
    let line = |Pass { row, holders, drawn, .. }: Pass| {
        let joined = |part: fn(&HolderRow) -> &str| {
            text(holders.iter().map(part).collect::<Vec<_>>().join(", "))
        };
        let drawn = drawn.as_ref();
        [
            joined(|holder| &holder.name),
            joined(|holder| &holder.phone),
            maybe(row.email),
            text(row.type_name),
            text(drawn.map(|drawn| drawn.code.to_string()).unwrap_or_default()),
            text(drawn.map(|drawn| format!("{own}/p/{}", drawn.page)).unwrap_or_default()),
        ]
    };
    let format = wanted.file().unwrap_or(Format::Csv);
    let name = format!("Codes {}", event.name);
    listed(&caller, format, sheet(name, columns, every.into_iter().map(line))).await
}
