//! Fees of a term: a table by programme, year and semester, and taking over another term's.

use super::finance::{may_manage, tabs, term_choices};
use super::form::{Choice, Errors};
use super::look::Tab;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::Error;
use muster_app::finance::{self, Cell, Fees};
use muster_domain::finance::{Currency, Money};
use muster_domain::ids::{ProgrammeId, TermId};
use muster_storage::academics::TermRow;
use muster_storage::fees::FeeRow;
use muster_storage::programmes::ProgrammeRow;
use serde::Deserialize;
use std::collections::HashMap;

#[derive(Template)]
#[template(path = "fees.html")]
struct Page {
    shell: Shell,
    tabs: Vec<Tab>,
    may_manage: bool,
    currency: Currency,
    term: String,
    terms: Vec<Choice>,
    others: Vec<Choice>,
    semesters: Vec<i64>,
    rows: Vec<Row>,
    errors: Errors,
}

/// A year of a programme.
struct Row {
    code: String,
    name: String,
    year: i64,
    cells: Vec<Option<Field>>,
}

/// A semester of it.
struct Field {
    name: String,
    /// Under which what stands is sent along.
    stood: String,
    semester: i64,
    /// What is typed, and what stands.
    value: String,
    stands: String,
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    term: String,
}

/// `GET /fees`
pub(super) async fn show(
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let term = wanted.term.parse().ok();
    let page = page(&caller, term, &HashMap::new(), Errors::default()).await?;
    Ok(render(&page))
}

async fn page(
    caller: &Caller,
    term: Option<TermId>,
    typed: &HashMap<String, String>,
    errors: Errors,
) -> Result<Page, PageError> {
    let read =
        caller.read(move |tx, ctx| Ok((finance::fees(tx, ctx, term)?, finance::terms(tx, ctx)?)));
    let (fees, terms) = read.await.map_err(|error| caller.error(error))?;
    let chosen = fees.term.as_ref().map(|term| term.id);
    let semesters = fees.programmes.iter().map(|row| row.semesters_per_year).max().unwrap_or(0);
    let semesters: Vec<i64> = (1..=semesters).collect();
    Ok(Page {
        shell: caller.shell("Fees"),
        tabs: tabs(caller, "/fees"),
        may_manage: may_manage(caller),
        currency: fees.currency,
        term: chosen.map(|term| term.to_string()).unwrap_or_default(),
        others: others(&terms, chosen),
        terms: term_choices(terms, chosen),
        rows: rows(&fees, &semesters, typed),
        semesters,
        errors,
    })
}

/// The terms whose fees may be taken over, the latest chosen.
fn others(terms: &[TermRow], chosen: Option<TermId>) -> Vec<Choice> {
    let others = terms.iter().filter(|term| Some(term.id) != chosen);
    Choice::list(others.map(|term| (term.id.to_string(), term.name.clone())), "")
}

fn rows(fees: &Fees, semesters: &[i64], typed: &HashMap<String, String>) -> Vec<Row> {
    let key = |fee: &FeeRow| (fee.programme, fee.year, fee.semester);
    let set: HashMap<_, _> = fees.fees.iter().map(|fee| (key(fee), fee.amount)).collect();
    let field = |programme: ProgrammeId, year: i64, semester: i64| {
        let amount = set.get(&(programme, year, semester));
        let stands = amount.map(|minor| Money::new(*minor, fees.currency).digits());
        let stands = stands.unwrap_or_default();
        let name = format!("a-{programme}-{year}-{semester}");
        let value = typed.get(&name).cloned().unwrap_or_else(|| stands.clone());
        let stood = name.replacen('a', "w", 1);
        Field { name, stood, semester, value, stands }
    };
    let years = fees.programmes.iter().flat_map(|row| (1..=row.total_years).map(move |y| (row, y)));
    let row = |(programme, year): (&ProgrammeRow, i64)| Row {
        code: programme.code.clone(),
        name: programme.name.clone(),
        year,
        cells: semesters
            .iter()
            .map(|semester| {
                let has = *semester <= programme.semesters_per_year;
                has.then(|| field(programme.id, year, *semester))
            })
            .collect(),
    };
    years.map(row).collect()
}

/// The place of a field by its name: `a-PROGRAMME-YEAR-SEMESTER`.
fn place(name: &str) -> Option<(ProgrammeId, i64, i64)> {
    let rest = name.strip_prefix("a-")?;
    let (rest, semester) = rest.rsplit_once('-')?;
    let (programme, year) = rest.rsplit_once('-')?;
    Some((programme.parse().ok()?, year.parse().ok()?, semester.parse().ok()?))
}

/// `POST /fees`: of each field, `a-…` is what is typed and `w-…` what stood there; only what differs
/// is set, so that nobody's change in another field is undone.
pub(super) async fn set(
    caller: Caller,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let typed: HashMap<String, String> = pairs.into_iter().collect();
    let term = typed.get("term").and_then(|term| term.parse::<TermId>().ok());
    let Some(term) = term else { return Err(caller.error(Error::NotFound)) };
    let currency = caller.known.settings.currency;
    let (mut cells, mut errors) = (Vec::new(), Errors::default());
    for (name, text) in &typed {
        let Some((programme, year, semester)) = place(name) else { continue };
        let stood = typed.get(&name.replacen('a', "w", 1));
        if stood.is_some_and(|stood| stood.trim() == text.trim()) {
            continue;
        }
        let amount = match text.trim() {
            "" => None,
            text => match Money::parse(text, currency) {
                Ok(money) => Some(money),
                Err(error) => {
                    errors.add(name.clone(), format!("“{text}”: {error}"));
                    continue;
                }
            },
        };
        cells.push(Cell { programme, year, semester, amount });
    }
    if !errors.is_empty() {
        let page = page(&caller, Some(term), &typed, errors).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, render(&page)).into_response());
    }
    cells.sort_by_key(|cell| (cell.programme, cell.year, cell.semester));
    let done = caller.write(move |tx, ctx| finance::set_fees(tx, ctx, term, &cells)).await;
    let error = match done {
        Ok(_) => return Ok(back(term)),
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let page = page(&caller, Some(term), &typed, Errors::from_error(&error, "")).await?;
    Ok((status(&error), render(&page)).into_response())
}

#[derive(Deserialize)]
pub(super) struct CopyForm {
    from: String,
    to: String,
}

/// `POST /fees/copies`
pub(super) async fn copy(
    caller: Caller,
    Form(form): Form<CopyForm>,
) -> Result<Response, PageError> {
    let terms = (form.from.parse::<TermId>(), form.to.parse::<TermId>());
    let (Ok(from), Ok(to)) = terms else { return Err(caller.error(Error::NotFound)) };
    let done = caller.write(move |tx, ctx| finance::copy_fees(tx, ctx, from, to)).await;
    done.map_err(|error| caller.error(error))?;
    Ok(back(to))
}

fn back(term: TermId) -> Response {
    Redirect::to(&format!("/fees?term={term}")).into_response()
}
