//! Files of events: the list of all; and what one came to, by pass type, by payment, at each gate, and
//! while after while.

use super::events::stage;
use super::gates;
use crate::caller::Caller;
use crate::error::PageError;
use crate::export::{Format, moment, text};
use crate::tables::{self, listed, sheet};
use crate::times;
use axum::response::Response;
use muster_app::events::{self, EventFigures, Share};
use muster_app::zone::Zone;
use muster_documents::xlsx::{Cell, Kind};
use muster_domain::finance::{Currency, Money};
use muster_domain::ids::EventId;
use muster_storage::events::EventRow;

/// How many columns there are.
const WIDTH: usize = 11;

/// Every event that whoever asks may see.
pub(super) async fn of_all(caller: &Caller, format: Format) -> Result<Response, PageError> {
    let read = caller.read(|tx, ctx| {
        tables::every(|last: Option<&EventRow>, limit| {
            events::list(tx, ctx, last.map(|last| last.id), limit)
        })
    });
    let rows = read.await.map_err(|error| caller.error(error))?;
    let zone = Zone::of(&caller.known.settings);
    let columns = [
        ("Event", 30, Kind::Text),
        ("Where", 24, Kind::Text),
        ("Doors open", 18, Kind::DateTime),
        ("Begins", 18, Kind::DateTime),
        ("Ends", 18, Kind::DateTime),
        ("People", 10, Kind::Integer),
        ("Room for", 10, Kind::Integer),
        ("State", 12, Kind::Text),
    ];
    let now = caller.ctx.now();
    let line = |row: EventRow| {
        [
            text(row.name.clone()),
            text(row.venue.clone()),
            moment(&zone, row.doors_at),
            moment(&zone, row.starts_at),
            moment(&zone, row.ends_at),
            Cell::Integer(row.taken),
            row.capacity.map_or(Cell::Empty, Cell::Integer),
            text(stage(&row, now)),
        ]
    };
    listed(caller, format, sheet("Events", columns, rows.into_iter().map(line))).await
}

/// What an event came to, for whoever may see it.
pub(super) async fn file(
    caller: &Caller,
    id: EventId,
    format: Format,
) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| {
        let event = events::get(tx, ctx, id)?;
        Ok((event, events::figures(tx, ctx, id)?, gates::read(tx, ctx, id)?))
    });
    let (event, figures, at_gates) = read.await.map_err(|error| caller.error(error))?;
    let columns = [
        ("By", 14, Kind::Text),
        ("Of", 28, Kind::Text),
        ("Passes", 10, Kind::Integer),
        ("People", 10, Kind::Integer),
        ("Entered", 10, Kind::Integer),
        ("Left to come", 12, Kind::Integer),
        ("Refused", 10, Kind::Integer),
        ("Void", 10, Kind::Integer),
        ("Refunded", 10, Kind::Integer),
        ("Revenue", 14, Kind::Decimal),
        ("Currency", 9, Kind::Text),
    ];
    let EventFigures { whole, types, payments, .. } = figures;
    let currency = events::currency(&event);
    let mut lines = vec![of_passes(("Event", event.name.clone()), whole, currency)];
    let types = types.into_iter().map(|(row, share)| ("Pass type", row.name, share));
    let payments =
        payments.into_iter().map(|(way, share)| ("Payment", way.label().to_owned(), share));
    lines.extend(types.chain(payments).map(|(by, of, share)| of_passes((by, of), share, currency)));
    lines.extend(at_gates.gates().map(|(name, entries, refused)| {
        through(("Gate", name.to_owned()), (entries, Cell::Integer(refused)))
    }));
    let settings = &caller.known.settings;
    lines.extend(at_gates.whiles().iter().map(|(from, people)| {
        let from = times::local(settings, *from, "%F %H:%M");
        through(("Quarter of an hour", from), (*people, Cell::Empty))
    }));
    listed(caller, format, sheet(format!("Figures {}", event.name), columns, lines)).await
}

fn of_passes((by, of): (&str, String), share: Share, currency: Currency) -> [Cell; WIDTH] {
    let Share { passes, people, admitted, left, revenue, void, refunded } = share;
    let revenue = Money::new(revenue, currency).digits().parse();
    [
        text(by),
        text(of),
        Cell::Integer(passes),
        Cell::Integer(people),
        Cell::Integer(admitted),
        Cell::Integer(left),
        Cell::Empty,
        Cell::Integer(void),
        Cell::Integer(refunded),
        revenue.map_or(Cell::Empty, Cell::Number),
        text(currency.code()),
    ]
}

/// Who went through somewhere or at some time: of passes nothing is known there.
fn through((by, of): (&str, String), (entered, refused): (i64, Cell)) -> [Cell; WIDTH] {
    let none = || Cell::Empty;
    let entered = Cell::Integer(entered);
    [text(by), text(of), none(), none(), entered, none(), refused, none(), none(), none(), none()]
}
