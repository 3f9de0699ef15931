//! Imports: what was imported, and uploading the next table; and tables to take away.

use super::form::{Choice, Errors};
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::export::{Format, moment as instant, text};
use crate::routes::Access::Needs;
use crate::routes::Routes;
use crate::tables::{self, PATIENCE, TableForm, listed, sheet};
use crate::times::moment;
use askama::Template;
use axum::extract::{DefaultBodyLimit, Multipart, Path, Query};
use axum::handler::Handler;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::Error;
use muster_app::events;
use muster_app::imports::{self, Exported};
use muster_app::zone::Zone;
use muster_documents::xlsx::{Cell, Kind as CellKind};
use muster_domain::auth::Permission as P;
use muster_domain::ids::ClassId;
use muster_domain::imports::{Column, Kind, State, columns};
use muster_domain::time::Timestamp;
use muster_storage::academics::TermRow;
use muster_storage::imports::ImportRow;
use serde::Deserialize;

/// Imports on one page.
const PAGE: i64 = 30;

#[derive(Template)]
#[template(path = "imports.html")]
struct ListPage {
    shell: Shell,
    errors: Errors,
    kinds: Vec<Choice>,
    terms: Vec<Choice>,
    guides: Vec<Guide>,
    imports: Vec<ImportItem>,
    /// The event that all lines are for; empty where they name it.
    event: String,
    event_name: String,
    exports: bool,
    people: bool,
    next: String,
}

/// What a kind of table holds.
struct Guide {
    key: &'static str,
    label: &'static str,
    of_what: &'static str,
    columns: &'static [Column],
    of_a_term: bool,
    is_a_table: bool,
}

struct ImportItem {
    id: String,
    kind: &'static str,
    file: String,
    at: String,
    lines: i64,
    state: &'static str,
    badge: &'static str,
}

/// The colour of a state.
pub(super) const fn badge(state: State) -> &'static str {
    match state {
        State::Imported => "ok",
        State::Previewed => "warning",
        State::Failed => "error",
        State::Checking | State::Importing | State::Reversing | State::Receiving => "info",
        State::Reversed | State::Discarded => "",
    }
}

#[derive(Deserialize)]
pub(super) struct Filter {
    before: Option<i64>,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    event: String,
}

/// The routes of imports and exports: what each person may bring in is decided by its kind.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/imports", Needs(P::Import), list)
        .post(
            "/imports",
            Needs(P::Import),
            upload.layer(DefaultBodyLimit::max(crate::upload::MOST_READ)),
        )
        .get("/imports/templates/{file}", Needs(P::Import), template)
        .get("/imports/{id}", Needs(P::Import), super::import::show)
        .post("/imports/{id}/mapping", Needs(P::Import), super::import::map)
        .post("/imports/{id}/confirmation", Needs(P::Import), super::import::confirm)
        .post("/imports/{id}/reversal", Needs(P::Import), super::import::reverse)
        .post("/imports/{id}/discarding", Needs(P::Import), super::import::discard)
        .get("/imports/{id}/problems/{file}", Needs(P::Import), super::import::problems)
        .get("/exports/{file}", Needs(P::Import), export)
}

/// `GET /imports`
pub(super) async fn list(
    caller: Caller,
    Query(filter): Query<Filter>,
    Query(wanted): Query<tables::Wanted>,
) -> Result<Response, PageError> {
    if let Some(format) = wanted.file() {
        return table(&caller, format).await;
    }
    let (kind, event) = (filter.kind.clone(), filter.event.clone());
    let form = TableForm { kind, event, ..TableForm::default() };
    Ok(render(&list_page(&caller, &form, Errors::default(), filter.before).await?))
}

/// Every import, as a file.
async fn table(caller: &Caller, format: Format) -> Result<Response, PageError> {
    let read = caller.read(|tx, ctx| {
        tables::every(|last: Option<&ImportRow>, limit| {
            imports::list(tx, ctx, last.map(|last| last.created_at), limit)
        })
    });
    let rows = read.await.map_err(|error| caller.error(error))?;
    let zone = Zone::of(&caller.known.settings);
    let columns = [
        ("File", 40, CellKind::Text),
        ("What", 18, CellKind::Text),
        ("When", 18, CellKind::DateTime),
        ("Lines", 10, CellKind::Integer),
        ("State", 18, CellKind::Text),
    ];
    let row = |row: ImportRow| {
        let (at, lines) = (instant(&zone, row.created_at), Cell::Integer(row.total));
        [text(row.file), text(row.kind.label()), at, lines, text(row.state.label())]
    };
    listed(caller, format, sheet("Imports", columns, rows.into_iter().map(row))).await
}

async fn list_page(
    caller: &Caller,
    form: &TableForm,
    errors: Errors,
    before: Option<i64>,
) -> Result<ListPage, PageError> {
    let event = tables::event(&form.event).map_err(|error| caller.error(error))?;
    let read = caller.read(move |tx, ctx| {
        let terms = imports::terms(tx, ctx)?;
        let event = event.map(|id| events::get(tx, ctx, id)).transpose()?;
        Ok((imports::list(tx, ctx, before.map(Timestamp), PAGE)?, terms, event))
    });
    let (rows, terms, event) = read.await.map_err(|error| caller.error(error))?;
    let kinds = match &event {
        Some(event) => {
            let may = imports::need(&caller.ctx, Kind::Passes, Some(event.id));
            may.map_err(|error| caller.error(error))?;
            vec![Kind::Passes]
        }
        None => imports::kinds(&caller.ctx),
    };
    let last = rows.last().filter(|_| rows.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX));
    let next = last.map(|row| format!("/imports?before={}", row.created_at.0)).unwrap_or_default();
    let guide = |kind: &Kind| Guide {
        key: kind.key(),
        label: kind.label(),
        of_what: kind.of_what(),
        columns: columns(*kind),
        of_a_term: kind.is_of_a_term(),
        is_a_table: kind.is_a_table(),
    };
    Ok(ListPage {
        shell: caller.shell("Import and export"),
        errors,
        event: event.as_ref().map(|event| event.id.to_string()).unwrap_or_default(),
        event_name: event.map(|event| event.name).unwrap_or_default(),
        guides: kinds.iter().map(guide).collect(),
        exports: kinds.contains(&Kind::People) || kinds.contains(&Kind::Payments),
        people: kinds.contains(&Kind::People),
        kinds: Choice::list(kinds.iter().map(|kind| (kind.key(), kind.label())), &form.kind),
        terms: term_choices(&terms, &form.term),
        imports: rows.iter().map(|row| item(caller, row)).collect(),
        next,
    })
}

/// Terms to choose from, the latest first.
pub(super) fn term_choices(terms: &[TermRow], chosen: &str) -> Vec<Choice> {
    let open = terms.iter().filter(|term| term.archived_at.is_none());
    Choice::list(open.map(|term| (term.id.to_string(), term.name.clone())), chosen)
}

fn item(caller: &Caller, row: &ImportRow) -> ImportItem {
    ImportItem {
        id: row.id.to_string(),
        kind: row.kind.label(),
        file: row.file.clone(),
        at: moment(&caller.known.settings, row.created_at),
        lines: row.total,
        state: row.state.label(),
        badge: badge(row.state),
    }
}

/// `POST /imports`
pub(super) async fn upload(caller: Caller, form: Multipart) -> Result<Response, PageError> {
    let form = TableForm::read(form).await;
    let typed = form.as_ref().map(|form| TableForm {
        kind: form.kind.clone(),
        term: form.term.clone(),
        event: form.event.clone(),
        ..TableForm::default()
    });
    let typed = typed.unwrap_or_default();
    let done = match form {
        Ok(form) => tables::receive(&caller, form).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(id) => {
            let settled = tables::settled(&caller, id, PATIENCE).await;
            settled.map_err(|error| caller.error(error))?;
            Ok(Redirect::to(&format!("/imports/{id}")).into_response())
        }
        Err(error @ (Error::Forbidden | Error::NotSignedIn)) => Err(caller.error(error)),
        Err(error) => {
            let errors = Errors::from_error(&error, "file");
            let page = list_page(&caller, &typed, errors, None).await?;
            Ok((status(&error), render(&page)).into_response())
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    term: String,
    class: Option<ClassId>,
}

/// `GET /exports/{file}`: `people.csv`, `timetable.xlsx`.
pub(super) async fn export(
    caller: Caller,
    Path(file): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let sent = async {
        let (kind, format) = kind_of(&file)?;
        let (term, class) = (tables::term(&wanted.term)?, wanted.class);
        let read = caller.read(move |tx, ctx| imports::export(tx, ctx, kind, term, class));
        tables::sent(&caller, read.await?, kind.key().to_owned(), format).await
    };
    sent.await.map_err(|error| caller.error(error))
}

/// `GET /imports/templates/{file}`: the headings alone.
pub(super) async fn template(
    caller: Caller,
    Path(file): Path<String>,
) -> Result<Response, PageError> {
    let sent = async {
        let (kind, format) = kind_of(&file)?;
        imports::need_template(&caller.ctx, kind)?;
        let shown = columns(kind).iter().filter(|column| !column.is_secret());
        let headings = shown.map(|column| column.key).collect();
        let empty = Exported { headings, lines: Vec::new() };
        tables::sent(&caller, empty, kind.key().to_owned(), format).await
    };
    sent.await.map_err(|error| caller.error(error))
}

fn kind_of(file: &str) -> Result<(Kind, &str), Error> {
    let (kind, format) = file.split_once('.').ok_or(Error::NotFound)?;
    let kind = Kind::from_key(kind).filter(|kind| kind.is_a_table());
    Ok((kind.ok_or(Error::NotFound)?, format))
}
