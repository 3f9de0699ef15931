//! Conflicts: what was overwritten while nodes were apart, beside what stands; writing it back, or
//! keeping what stands. Values that two nodes gave away, and records that became one.

use super::form::{Choice, Errors};
use super::shell::{Flash, FlashKind, Shell};
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::export::{Format, moment as instant, text};
use crate::routes::Access::Needs;
use crate::routes::Routes;
use crate::tables::{self, listed, sheet};
use crate::times::list_address;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::conflicts::{self, Held, Outcome};
use muster_app::settings::Settings;
use muster_app::zone::Zone;
use muster_app::{Ctx, Error};
use muster_documents::xlsx::{Cell, Kind};
use muster_domain::auth::Permission as P;
use muster_presentation::conflict::Shown;
use muster_presentation::conflicts::{KINDS, Names, Subject, field_words, kind_words, subject};
use muster_storage::ReadTx;
use muster_storage::conflicts::{ConflictKey, ConflictRow, RedirectRow, Wanted};
use muster_storage::contested::ContestedRow;
use serde::Deserialize;

/// Conflicts on one page.
const PAGE: usize = 20;

/// The routes of conflicts.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/conflicts", Needs(P::SettleConflicts), list)
        .post("/conflicts/{name}/restoration", Needs(P::SettleConflicts), restore)
        .post("/conflicts/{name}/keeping", Needs(P::SettleConflicts), keep)
}

#[derive(Template)]
#[template(path = "conflicts.html")]
struct Page {
    shell: Shell,
    errors: Errors,
    /// The one whose reason is wrong, and that reason.
    wrong: String,
    reason: String,
    kinds: Vec<Choice>,
    states: Vec<Choice>,
    items: Vec<Shown>,
    filtered: bool,
    contested: Vec<Contested>,
    twins: Vec<Twin>,
    address: String,
    first: String,
    next: String,
}

/// A value that two hold.
struct Contested {
    kind: &'static str,
    subject: Subject,
    field: String,
    value: String,
    holder: Subject,
    /// Where another is given.
    mended: String,
}

/// Records that were made twice and became one.
struct Twin {
    kind: &'static str,
    stands: Subject,
    id: String,
    gone: String,
}

/// What is looked for.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Filter {
    kind: String,
    /// `open` if nothing else is said, `settled`, or `all`.
    state: String,
    after: String,
    format: String,
    /// What was done, to be told.
    done: String,
}

impl Filter {
    pub(crate) fn wanted(kind: &str, state: &str) -> Wanted {
        let settled = match state {
            "settled" => Some(true),
            "all" => None,
            _ => Some(false),
        };
        let known = KINDS.iter().any(|(key, _)| *key == kind);
        Wanted { entity: known.then(|| kind.to_owned()), settled }
    }

    /// The address of the list with these filters.
    fn query(&self) -> String {
        list_address("/conflicts", [("kind", &self.kind), ("state", &self.state)])
    }

    fn flash(&self) -> Option<Flash> {
        let text = match self.done.as_str() {
            "restoration" => "What was overwritten stands again.",
            "keeping" => "What stands was kept.",
            _ => return None,
        };
        Some(Flash { kind: FlashKind::Ok, text: text.to_owned(), undo: None })
    }
}

/// Conflicts from the one of that key on.
pub(crate) fn held(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    wanted: &Wanted,
    (after, limit): (Option<&ConflictKey>, i64),
) -> Result<Held, Error> {
    let after = match after {
        Some(key) => Some(conflicts::read(tx, ctx, key)?.row),
        None => None,
    };
    conflicts::list(tx, ctx, wanted, (after.as_ref(), limit))
}

/// `GET /conflicts`
async fn list(caller: Caller, Query(filter): Query<Filter>) -> Result<Response, PageError> {
    if let Some(format) = Format::parse(&filter.format) {
        return file(&caller, &filter, format).await;
    }
    Ok(render(&page(&caller, &filter).await?))
}

async fn page(caller: &Caller, filter: &Filter) -> Result<Page, PageError> {
    let wanted = Filter::wanted(&filter.kind, &filter.state);
    let after = conflicts::key(&filter.after);
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let start = after.clone();
    let read = caller.read(move |tx, ctx| {
        let held = held(tx, ctx, &wanted, (start.as_ref(), limit))?;
        Ok::<_, Error>((held, conflicts::contested(tx, ctx)?, conflicts::led(tx, ctx)?))
    });
    let (mut held, given, led) = read.await.map_err(|error| caller.error(error))?;
    let more = held.items.len() > PAGE;
    held.items.truncate(PAGE);
    let settings = &caller.known.settings;
    let query = filter.query();
    let last = held.items.last().filter(|_| more).map(|told| conflicts::name(&told.row));
    let mut shell = caller.shell("Conflicts");
    shell.flash = filter.flash();
    let states = [("open", "Open"), ("settled", "Settled"), ("all", "All of them")];
    let state = if filter.state.is_empty() { "open" } else { filter.state.as_str() };
    let first_page = after.is_none();
    Ok(Page {
        shell,
        errors: Errors::default(),
        wrong: String::new(),
        reason: String::new(),
        kinds: Choice::list(KINDS, &filter.kind),
        states: Choice::list(states, state),
        items: Shown::all(settings, &held),
        filtered: !filter.kind.is_empty() || state != "open",
        contested: if first_page { contested(settings, &given) } else { Vec::new() },
        twins: if first_page { twins(settings, &led) } else { Vec::new() },
        first: if first_page { String::new() } else { query.clone() },
        next: last.map(|last| format!("{query}&after={last}")).unwrap_or_default(),
        address: format!("{query}&"),
    })
}

fn contested(settings: &Settings, (rows, names): &(Vec<ContestedRow>, Names)) -> Vec<Contested> {
    let line = |row: &ContestedRow| {
        let called = |id| subject(settings, names, (row.entity.as_str(), id));
        let subject = called(row.record);
        Contested {
            kind: kind_words(&row.entity),
            field: field_words(&row.entity, &row.field),
            value: row.value.clone(),
            holder: row.holder.map(called).unwrap_or_default(),
            mended: subject.href.clone(),
            subject,
        }
    };
    rows.iter().map(line).collect()
}

fn twins(settings: &Settings, (rows, names): &(Vec<RedirectRow>, Names)) -> Vec<Twin> {
    let line = |row: &RedirectRow| Twin {
        kind: kind_words(&row.entity),
        stands: subject(settings, names, (row.entity.as_str(), row.stands)),
        id: row.stands.to_string(),
        gone: row.record.to_string(),
    };
    rows.iter().map(line).collect()
}

/// Everything that is looked for, as a file.
async fn file(caller: &Caller, filter: &Filter, format: Format) -> Result<Response, PageError> {
    let wanted = Filter::wanted(&filter.kind, &filter.state);
    let read = caller.read(move |tx, ctx| {
        let mut all = Held::default();
        let rows: Vec<ConflictRow> = tables::every(|last: Option<&ConflictRow>, limit| {
            let part = conflicts::list(tx, ctx, &wanted, (last, limit))?;
            let rows = part.items.iter().map(|told| told.row.clone()).collect();
            all.node = part.node;
            all.names.extend(part.names);
            all.items.extend(part.items);
            Ok(rows)
        })?;
        drop(rows);
        Ok::<_, Error>(all)
    });
    let held = read.await.map_err(|error| caller.error(error))?;
    let settings = &caller.known.settings;
    let zone = Zone::of(settings);
    let columns = [
        ("Kind", 16, Kind::Text),
        ("Record", 30, Kind::Text),
        ("Of", 30, Kind::Text),
        ("Field", 20, Kind::Text),
        ("Overwritten", 30, Kind::Text),
        ("By", 24, Kind::Text),
        ("When", 18, Kind::DateTime),
        ("Where", 16, Kind::Text),
        ("Stands", 30, Kind::Text),
        ("By whom", 24, Kind::Text),
        ("Since", 18, Kind::DateTime),
        ("On", 16, Kind::Text),
        ("Outcome", 40, Kind::Text),
        ("Reason", 40, Kind::Text),
    ];
    let lines = held.items.iter().map(|told| {
        let shown = Shown::of(settings, &held, told);
        [
            text(shown.kind),
            text(shown.subject.name),
            text(shown.subject.detail),
            text(shown.field),
            text(shown.lost.value),
            text(shown.lost.by),
            instant(&zone, told.row.lost_at),
            text(shown.lost.node),
            text(shown.stands.value),
            text(shown.stands.by),
            told.stands.at.map_or(Cell::Empty, |at| instant(&zone, at)),
            text(shown.stands.node),
            text(shown.outcome),
            text(shown.reason),
        ]
    });
    let lines: Vec<_> = lines.collect();
    listed(caller, format, sheet("Conflicts", columns, lines)).await
}

/// What somebody decided.
#[derive(Deserialize)]
pub(super) struct Settling {
    #[serde(default)]
    reason: String,
    /// The record's version that was on the page.
    #[serde(default)]
    version: String,
}

/// Which conflict, and what somebody decided.
type Settlement = (Path<String>, Form<Settling>);

/// `POST /conflicts/{name}/restoration`
async fn restore(caller: Caller, settlement: Settlement) -> Result<Response, PageError> {
    settle(&caller, settlement, (Outcome::Restored, "restoration")).await
}

/// `POST /conflicts/{name}/keeping`
async fn keep(caller: Caller, settlement: Settlement) -> Result<Response, PageError> {
    settle(&caller, settlement, (Outcome::Kept, "keeping")).await
}

async fn settle(
    caller: &Caller,
    (Path(name), Form(form)): Settlement,
    (outcome, done): (Outcome, &str),
) -> Result<Response, PageError> {
    let key = conflicts::key(&name).ok_or_else(|| caller.error(Error::NotFound))?;
    let Settling { reason, version } = form;
    let typed = reason.clone();
    let write =
        caller.write(move |tx, ctx| conflicts::settle(tx, ctx, &key, outcome, (&version, &typed)));
    match write.await {
        Ok(()) => Ok(Redirect::to(&format!("/conflicts?done={done}")).into_response()),
        Err(error @ (Error::Forbidden | Error::NotFound)) => Err(caller.error(error)),
        Err(error) => {
            let mut page = page(caller, &Filter::default()).await?;
            // What is wrong with a field of the record is told where the reason is asked for.
            let wrong = Errors::from_error(&error, "");
            let texts: Vec<_> = wrong.list().iter().map(|wrong| wrong.text.as_str()).collect();
            let here = page.items.iter().any(|item| item.name == name);
            let field = if here { format!("reason-{name}") } else { String::new() };
            page.errors.add(field, texts.join(" "));
            (page.reason, page.wrong) = (reason, name);
            Ok((status(&error), render(&page)).into_response())
        }
    }
}
