//! Corrections: what waits for a decision, and what the person asked for.

use super::form::Choice;
use super::look::Tab;
use super::requests::{self, Listing};
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::export::{Format, moment, text};
use crate::tables::{self, Wanted, listed, maybe, sheet};
use crate::times;
use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use muster_app::corrections;
use muster_app::zone::Zone;
use muster_documents::xlsx::{Cell, Kind};
use muster_domain::attendance::Status;
use muster_domain::auth::Permission;
use muster_domain::ids::{ClassId, CorrectionId};
use muster_storage::academics;
use muster_storage::corrections::{CorrectionRow, Part};
use serde::Deserialize;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "corrections.html")]
struct Page {
    shell: Shell,
    lede: &'static str,
    decides: bool,
    asks: bool,
    tabs: Vec<Tab>,
    state: &'static str,
    classes: Vec<Choice>,
    items: Vec<Item>,
    /// With its filters, to be continued.
    address: String,
    first: String,
    next: String,
    own: Vec<Item>,
}

struct Item {
    id: CorrectionId,
    name: String,
    number: String,
    class: String,
    session: String,
    was: &'static str,
    wanted: &'static str,
    at: String,
    at_words: String,
    state: &'static str,
}

#[derive(Deserialize)]
pub(super) struct Filter {
    #[serde(default)]
    state: String,
    #[serde(default)]
    class: String,
    #[serde(default)]
    after: String,
}

/// `GET /corrections`
pub(super) async fn show(
    caller: Caller,
    Query(filter): Query<Filter>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let may =
        |permission| caller.who.as_ref().is_some_and(|who| who.actor.may_somewhere(permission));
    let decides = may(Permission::DecideCorrections);
    let asks = may(Permission::AskForCorrection);
    let class = filter.class.parse::<ClassId>().ok();
    let named = class.map(|class| class.to_string()).unwrap_or_default();
    let listing = Listing::new("/corrections", &filter.state, format!("&class={named}"));
    let state = listing.state;
    if let Some(format) = wanted.file() {
        return table(&caller, corrections::Filter { class, state }, format).await;
    }
    let after = filter.after.parse::<CorrectionId>().ok();
    let read = caller.read(move |tx, ctx| {
        let start = CorrectionId(Uuid::max());
        let part = Part { before: after.unwrap_or(start), limit: requests::ASKED };
        let wanted = corrections::Filter { class, state };
        let queue = if decides { corrections::queue(tx, ctx, wanted, part)? } else { Vec::new() };
        let own = Part { before: start, limit: requests::OWN };
        let own = if asks { corrections::own(tx, ctx, own)? } else { Vec::new() };
        let classes = academics::staffed_classes(tx, ctx.person()?)?;
        Ok((queue, own, classes))
    });
    let (mut queue, own, classes) = read.await.map_err(|error| caller.error(error))?;
    let (next, query) = (listing.cut(&mut queue, |row| row.id), listing.address());
    let choices = classes.iter().map(|row| {
        let label = format!("{} · {} · {}", row.course_code, row.section, row.term_name);
        (row.id.to_string(), label)
    });
    Ok(render(&Page {
        shell: caller.shell("Corrections"),
        lede: if decides {
            "Students who say that a mark is wrong."
        } else {
            "Marks that you say are wrong, and what came of it."
        },
        decides,
        asks,
        tabs: listing.tabs(),
        state: state.key(),
        classes: Choice::list(choices, &named),
        first: after.map_or_else(String::new, |_| query.clone()),
        next,
        address: format!("{query}&"),
        items: queue.into_iter().map(|row| item(&caller, row)).collect(),
        own: own.into_iter().map(|row| item(&caller, row)).collect(),
    }))
}

/// Everything in that state, as a file.
async fn table(
    caller: &Caller,
    wanted: corrections::Filter,
    format: Format,
) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| {
        tables::every(|last: Option<&CorrectionRow>, limit| {
            let before = last.map_or(CorrectionId(Uuid::max()), |last| last.id);
            corrections::queue(tx, ctx, wanted, Part { before, limit })
        })
    });
    let rows = read.await.map_err(|error| caller.error(error))?;
    let zone = Zone::of(&caller.known.settings);
    let columns = [
        ("Number", 14, Kind::Text),
        ("Student", 30, Kind::Text),
        ("Class", 30, Kind::Text),
        ("Section", 10, Kind::Text),
        ("Session", 18, Kind::DateTime),
        ("Marked", 10, Kind::Text),
        ("Wanted", 10, Kind::Text),
        ("Reason", 40, Kind::Text),
        ("Asked", 18, Kind::DateTime),
        ("State", 12, Kind::Text),
        ("Decided by", 24, Kind::Text),
        ("Decided", 18, Kind::DateTime),
        ("Comment", 40, Kind::Text),
    ];
    let row = |row: CorrectionRow| {
        let status = |status: Status| text(super::look::status_word(status.key()));
        [
            text(row.number),
            text(row.name),
            text(row.course_name),
            text(row.section),
            moment(&zone, row.opened_at),
            row.was.map_or(Cell::Empty, status),
            status(row.wanted),
            text(row.reason),
            moment(&zone, row.asked_at),
            text(row.state.label()),
            maybe(row.decider),
            row.decided_at.map_or(Cell::Empty, |at| moment(&zone, at)),
            maybe(row.comment),
        ]
    };
    listed(caller, format, sheet("Corrections", columns, rows.into_iter().map(row))).await
}

fn item(caller: &Caller, row: CorrectionRow) -> Item {
    let settings = &caller.known.settings;
    Item {
        id: row.id,
        class: format!("{} · {}", row.course_name, row.section),
        session: times::moment(settings, row.opened_at),
        was: row.was.map_or("", Status::key),
        wanted: row.wanted.key(),
        at: times::rfc3339(row.asked_at),
        at_words: times::moment(settings, row.asked_at),
        state: row.state.key(),
        name: row.name,
        number: row.number,
    }
}
