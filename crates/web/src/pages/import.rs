//! One import: its preview, confirming it, and undoing it.

use super::form::{Choice, Errors};
use super::frame::crumbs;
use super::imports::{badge, term_choices};
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::tables::{self, PATIENCE};
use crate::times::moment;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::Error;
use muster_app::imports::{self, Exported, Sample};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::ImportId;
use muster_domain::imports::{Kind, Mapping, State, columns};
use muster_storage::academics::TermRow;
use muster_storage::imports::{ImportRow, ProblemRow};
use serde::Deserialize;
use std::collections::HashMap;

/// Problems on one page.
const PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "import.html")]
struct Page {
    shell: Shell,
    import: ImportRow,
    errors: Errors,
    state: &'static str,
    badge: &'static str,
    kind: &'static str,
    at: String,
    percent: i64,
    columns: Vec<ColumnItem>,
    terms: Vec<Choice>,
    of_a_term: bool,
    /// Whether it may have added people, and the person may give them codes.
    brings_people: bool,
    mapping_error: String,
    problems: Vec<ProblemItem>,
    next: String,
    samples: Vec<Sample>,
    /// What becomes of the passwords in the file.
    passwords: Vec<String>,
    /// Programmes that it names and the institution does not have, joined.
    unknown_programmes: String,
}

impl Page {
    fn is_working(&self) -> bool {
        self.import.state.is_working()
    }

    fn is(&self, state: &str) -> bool {
        self.import.state.key() == state
    }

    /// Whether it may have added people who have no password.
    fn leaves_some_waiting(&self) -> bool {
        self.brings_people
            && self.import.created > self.import.passwords_hashed + self.import.passwords_taken
    }

    /// Lines that change something.
    fn changes(&self) -> i64 {
        self.import.created + self.import.updated
    }

    fn may_confirm(&self) -> bool {
        self.is("previewed") && self.import.wrong == 0 && self.mapping_error.is_empty()
    }
}

struct ColumnItem {
    name: String,
    heading: String,
    example: String,
    choices: Vec<Choice>,
}

struct ProblemItem {
    line: i64,
    column: String,
    detail: String,
}

#[derive(Deserialize)]
pub(super) struct From {
    #[serde(default)]
    from: i64,
}

/// `GET /imports/{id}`
pub(super) async fn show(
    caller: Caller,
    Path(id): Path<ImportId>,
    Query(From { from }): Query<From>,
) -> Result<Response, PageError> {
    shown(&caller, id, from, Errors::default()).await
}

async fn shown(
    caller: &Caller,
    id: ImportId,
    from: i64,
    errors: Errors,
) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| {
        let import = imports::get(tx, ctx, id)?;
        let problems = imports::problems(tx, ctx, id, from, PAGE + 1)?;
        Ok((import, problems, imports::terms(tx, ctx)?))
    });
    let (import, problems, terms) = read.await.map_err(|error| caller.error(error))?;
    let working = import.state.is_working();
    let mut response = render(&page(caller, import, problems, &terms, errors));
    if working {
        // The page asks again by itself, also where scripts are off.
        response.headers_mut().insert(header::REFRESH, HeaderValue::from_static("1"));
    }
    Ok(response)
}

fn page(
    caller: &Caller,
    import: ImportRow,
    mut problems: Vec<ProblemRow>,
    terms: &[TermRow],
    errors: Errors,
) -> Page {
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = problems.len() > page;
    problems.truncate(page);
    let next = problems.last().filter(|_| more).map(|last| last.seq + 1);
    let mut shell = caller.shell(format!("Import: {}", import.kind.label()));
    shell.crumbs = crumbs([
        ("/imports".to_owned(), "Import and export".to_owned()),
        (String::new(), import.file.clone()),
    ]);
    let mapping_error =
        imports::check_columns(import.kind, import.event, &imports::mapping_of(&import));
    let mapping_error = mapping_error.err().map(|error| Errors::from_error(&error, "mapping"));
    let chosen = import.term.map(|term| term.to_string()).unwrap_or_default();
    Page {
        shell,
        errors,
        state: import.state.label(),
        badge: badge(import.state),
        kind: import.kind.label(),
        at: moment(&caller.known.settings, import.created_at),
        percent: percent(&import),
        columns: column_items(&import),
        terms: term_choices(terms, &chosen),
        of_a_term: import.kind.is_of_a_term(),
        brings_people: matches!(import.kind, Kind::People | Kind::OneRoster)
            && caller.ctx.need(Permission::ManagePeople, Target::Institution).is_ok(),
        mapping_error: mapping_error.map(|e| e.of("mapping").to_owned()).unwrap_or_default(),
        problems: problems.into_iter().map(|row| problem(&import, row)).collect(),
        next: next.map(|seq| format!("/imports/{}?from={seq}", import.id)).unwrap_or_default(),
        passwords: passwords(&import),
        unknown_programmes: imports::unknown_programmes_of(&import).join(", "),
        samples: imports::samples_of(&import).into_iter().map(|s| named(&import, s)).collect(),
        import,
    }
}

fn percent(import: &ImportRow) -> i64 {
    (import.done * 100).checked_div(import.total).unwrap_or(100).clamp(0, 100)
}

/// What becomes of the passwords in a file, or became of them.
fn passwords(import: &ImportRow) -> Vec<String> {
    let done = import.state == State::Imported;
    let said = |count: i64, one: &str, many: &str, [will, was, were]: [&str; 3], more: &str| {
        let verb = if !done {
            will
        } else if count == 1 {
            was
        } else {
            were
        };
        let noun = if count == 1 { one } else { many };
        (count > 0).then(|| format!("{count} {noun} {verb} {more}"))
    };
    let hashed = said(
        import.passwords_hashed,
        "password",
        "passwords",
        ["will be", "was", "were"],
        "hashed; people should change them, since others may have seen them.",
    );
    let taken = said(
        import.passwords_taken,
        "password hash",
        "password hashes",
        ["will be", "was", "were"],
        "taken from the other system; each is made anew when its person signs in.",
    );
    let left = said(
        import.passwords_left,
        "password",
        "passwords",
        ["will be", "was", "were"],
        "left out: a file replaces nobody’s password, and sets none for administrators.",
    );
    [hashed, taken, left].into_iter().flatten().collect()
}

fn label(import: &ImportRow, key: &str) -> String {
    let kinds = if import.kind.is_a_table() { &[import.kind][..] } else { &Kind::ALL };
    let mut columns = kinds.iter().flat_map(|kind| columns(*kind));
    let column = columns.find(|column| column.key == key);
    column.map_or_else(|| key.replace('_', " "), |column| column.label.to_owned())
}

fn named(import: &ImportRow, sample: Sample) -> Sample {
    let fields = sample.fields.into_iter();
    let fields = fields.map(|(key, before, after)| (label(import, &key), before, after)).collect();
    Sample { fields, ..sample }
}

fn problem(import: &ImportRow, row: ProblemRow) -> ProblemItem {
    let column = row.field.as_deref().map(|key| label(import, key)).unwrap_or_default();
    ProblemItem { line: row.line, column, detail: row.detail }
}

fn column_items(import: &ImportRow) -> Vec<ColumnItem> {
    let (headings, examples) = (imports::headings_of(import), imports::examples_of(import));
    let mapping = imports::mapping_of(import);
    let known = || columns(import.kind).iter().map(|column| (column.key, column.label));
    let items = headings.into_iter().enumerate().map(|(place, heading)| ColumnItem {
        name: format!("column{place}"),
        heading,
        example: examples.get(place).cloned().unwrap_or_default(),
        choices: Choice::list(known(), mapping.get(place).copied().flatten().unwrap_or_default()),
    });
    items.collect()
}

/// `POST /imports/{id}/mapping`: the columns mean something else, so every line is checked anew.
pub(super) async fn map(
    caller: Caller,
    Path(id): Path<ImportId>,
    Form(form): Form<HashMap<String, String>>,
) -> Result<Response, PageError> {
    let done = async {
        let import = caller.read(move |tx, ctx| imports::get(tx, ctx, id)).await?;
        let count = imports::headings_of(&import).len();
        let key = |place: usize| form.get(&format!("column{place}")).cloned();
        let keys: Vec<_> = (0..count).map(key).collect();
        let mapping: Mapping = imports::mapping(import.kind, &keys);
        imports::check_columns(import.kind, import.event, &mapping)?;
        let term = tables::term(form.get("term").map_or("", String::as_str))?;
        let checked =
            caller.write(move |tx, ctx| imports::check(tx, ctx, id, Some(mapping.clone()), term));
        checked.await
    };
    answer(&caller, id, done.await).await
}

/// `POST /imports/{id}/confirmation`
pub(super) async fn confirm(
    caller: Caller,
    Path(id): Path<ImportId>,
) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| imports::confirm(tx, ctx, id)).await;
    answer(&caller, id, done).await
}

/// `POST /imports/{id}/reversal`
pub(super) async fn reverse(
    caller: Caller,
    Path(id): Path<ImportId>,
) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| imports::reverse(tx, ctx, id)).await;
    answer(&caller, id, done).await
}

/// `POST /imports/{id}/discarding`
pub(super) async fn discard(
    caller: Caller,
    Path(id): Path<ImportId>,
) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| imports::discard(tx, ctx, id)).await;
    match done {
        Ok(()) => Ok(Redirect::to("/imports").into_response()),
        done => answer(&caller, id, done).await,
    }
}

/// Back to the import, or its page with what is wrong.
async fn answer(
    caller: &Caller,
    id: ImportId,
    done: Result<(), Error>,
) -> Result<Response, PageError> {
    match done {
        Ok(()) => {
            caller.app.importer.wake();
            let settled = tables::settled(caller, id, PATIENCE).await;
            settled.map_err(|error| caller.error(error))?;
            Ok(Redirect::to(&format!("/imports/{id}")).into_response())
        }
        Err(error @ (Error::Forbidden | Error::NotFound)) => Err(caller.error(error)),
        Err(error) => {
            let page = shown(caller, id, 0, Errors::from_error(&error, "")).await?;
            Ok((status(&error), page).into_response())
        }
    }
}

/// `GET /imports/{id}/problems/{file}`: `problems.csv`, to be put right beside the table.
pub(super) async fn problems(
    caller: Caller,
    Path((id, format)): Path<(ImportId, String)>,
) -> Result<Response, PageError> {
    let sent = async {
        let read = caller.read(move |tx, ctx| {
            let import = imports::get(tx, ctx, id)?;
            Ok((imports::problems(tx, ctx, id, 0, i64::MAX)?, import))
        });
        let (problems, import) = read.await?;
        let line = |row: ProblemRow| {
            let item = problem(&import, row);
            vec![item.line.to_string(), item.column, item.detail]
        };
        let lines = problems.into_iter().map(line).collect();
        let table = Exported { headings: vec!["line", "column", "problem"], lines };
        tables::sent(&caller, table, "problems".to_owned(), &format).await
    };
    sent.await.map_err(|error| caller.error(error))
}
