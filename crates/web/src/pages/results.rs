//! Results of a class: a grid to type them into, how the class did, and publishing them.

use super::form::Errors;
use super::frame::crumbs;
use super::look::Tab;
use super::shell::{Flash, FlashKind, Shell};
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::times;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::Error;
use muster_app::results::{self, ClassResults, Entered, Line, Sheet};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{AssessmentId, ClassId};
use muster_domain::results::{BINS, Points, Scheme, Score, Statistics, Total};
use muster_presentation::count_chart::CountChart;
use muster_presentation::typed_results::{Typed, changed};
use muster_storage::results::ResultRow;
use serde::Deserialize;

/// Cells up to which all assessments stand beside each other without being asked for.
const MOST_CELLS: usize = 1_200;
/// What asks for all assessments.
const ALL: &str = "all";

#[derive(Template)]
#[allow(clippy::struct_excessive_bools, reason = "each shows a part of the page")]
#[template(path = "results.html")]
struct Page {
    shell: Shell,
    id: ClassId,
    lede: String,
    tabs: Vec<Tab>,
    /// Which assessment is shown, as the form sends it back.
    shown: String,
    /// Whether it is one alone: then it has remarks, and no totals.
    one: bool,
    archived: bool,
    sheets: Vec<SheetView>,
    columns: Vec<SheetView>,
    rows: Vec<Row>,
    asks_reason: bool,
    reason: String,
    may_publish: bool,
    may_print: bool,
    figures: Figures,
    errors: Errors,
}

/// An assessment of the class.
#[derive(Clone)]
struct SheetView {
    id: AssessmentId,
    code: String,
    name: String,
    maximum: i64,
    weight: String,
    entered: usize,
    missing: usize,
    /// Since when students see it; empty if they don't.
    published: String,
    withdrawal: String,
}

struct Row {
    roll: String,
    name: String,
    number: String,
    cells: Vec<Cell>,
    total: String,
    grade: String,
}

/// A field of the grid, and what stands in it.
struct Cell {
    name: String,
    stood: String,
    version_name: String,
    code: String,
    maximum: i64,
    value: String,
    stands: String,
    version: i64,
    remark_name: String,
    remark_stood: String,
    remark: String,
    remark_stands: String,
}

/// How the class did in what is shown.
struct Figures {
    heading: String,
    counted: Statistics,
    average: String,
    highest: String,
    lowest: String,
    /// Once anybody has points.
    chart: Option<CountChart>,
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    assessment: String,
    saved: Option<usize>,
}

/// `GET /classes/{id}/results`
pub(super) async fn show(
    caller: Caller,
    Path(id): Path<ClassId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let found = read(&caller, id).await?;
    let mut page = page(&caller, &found, &wanted.assessment, &Typed::new(), Errors::default());
    page.shell.flash = wanted.saved.map(|count| {
        let text = match count {
            0 => "Nothing changed: all results stand as they were.".to_owned(),
            1 => "1 result is saved.".to_owned(),
            count => format!("{count} results are saved."),
        };
        Flash { kind: FlashKind::Ok, text, undo: None }
    });
    Ok(render(&page))
}

async fn read(caller: &Caller, id: ClassId) -> Result<ClassResults, PageError> {
    let read = caller.read(move |tx, ctx| results::of_class(tx, ctx, id)).await;
    read.map_err(|error| caller.error(error))
}

fn page(
    caller: &Caller,
    found: &ClassResults,
    wanted: &str,
    typed: &Typed,
    errors: Errors,
) -> Page {
    let ClassResults { class, sheets, lines, may_publish } = found;
    let mut shell = caller.shell(format!("Results: {}", class.course_name));
    shell.crumbs = crumbs([
        ("/classes".to_owned(), "Classes".to_owned()),
        (format!("/classes/{}", class.id), class.course_name.clone()),
        (String::new(), "Results".to_owned()),
    ]);
    let few = lines.len() * sheets.len() <= MOST_CELLS;
    let all = wanted == ALL || wanted.is_empty() && few;
    let chosen = sheets.iter().position(|sheet| sheet.row.assessment.to_string() == wanted);
    let chosen = chosen.unwrap_or(0);
    let one = !all && !sheets.is_empty();
    let shown = |at: usize| !one || at == chosen;
    let views: Vec<_> =
        sheets.iter().enumerate().map(|(at, sheet)| view(caller, sheet, lines, at)).collect();
    let columns = views.iter().enumerate().filter(|(at, _)| shown(*at));
    let columns: Vec<_> = columns.map(|(_, view)| view.clone()).collect();
    let key = match sheets.get(chosen).filter(|_| one) {
        Some(sheet) => sheet.row.assessment.to_string(),
        None => ALL.to_owned(),
    };
    let institution = Target::Institution;
    Page {
        id: class.id,
        lede: format!("{} · {} · {}", class.course_code, class.section, class.term_name),
        tabs: tabs(class.id, &views, &key),
        one,
        archived: class.archived_at.is_some(),
        rows: lines.iter().map(|line| row(line, sheets, typed, &shown)).collect(),
        asks_reason: columns.iter().any(|view| !view.published.is_empty()),
        reason: typed.get("reason").cloned().unwrap_or_default(),
        may_publish: *may_publish,
        may_print: caller.ctx.need(Permission::ViewResults, institution).is_ok(),
        figures: figures(sheets.get(chosen).filter(|_| one), lines, chosen),
        shown: key,
        sheets: views,
        columns,
        errors,
        shell,
    }
}

fn tabs(class: ClassId, views: &[SheetView], shown: &str) -> Vec<Tab> {
    let tab = |key: String, label: String, count: String| Tab {
        href: format!("/classes/{class}/results?assessment={key}"),
        label,
        count,
        current: key == shown,
    };
    let each = views
        .iter()
        .map(|view| tab(view.id.to_string(), view.code.clone(), view.entered.to_string()));
    std::iter::once(tab(ALL.to_owned(), "All".to_owned(), String::new())).chain(each).collect()
}

fn view(caller: &Caller, sheet: &Sheet, lines: &[Line], at: usize) -> SheetView {
    let entered = lines.iter().filter(|line| result(line, at).is_some()).count();
    let settings = &caller.known.settings;
    SheetView {
        id: sheet.row.assessment,
        code: sheet.assessment.code.clone(),
        name: sheet.assessment.name.clone(),
        maximum: sheet.row.maximum,
        weight: format!("{} %", Scheme::weight_words(sheet.row.weight)),
        entered,
        missing: lines.len() - entered,
        published: sheet.row.published_at.map(|at| times::moment(settings, at)).unwrap_or_default(),
        withdrawal: sheet.row.withdrawal.clone().unwrap_or_default(),
    }
}

fn result(line: &Line, at: usize) -> Option<&ResultRow> {
    line.results.get(at).and_then(Option::as_ref)
}

fn row(line: &Line, sheets: &[Sheet], typed: &Typed, shown: &impl Fn(usize) -> bool) -> Row {
    let cells = sheets.iter().enumerate().filter(|(at, _)| shown(*at));
    Row {
        roll: line.place.roll_number.clone(),
        name: line.place.name.clone(),
        number: line.place.number.clone(),
        cells: cells.map(|(at, sheet)| cell(line, sheet, at, typed)).collect(),
        total: match line.total {
            Total::Open => "–".to_owned(),
            Total::Exempt => "Exempt".to_owned(),
            Total::Reached(percent) => percent.to_string(),
        },
        grade: line.grade.as_ref().map_or_else(String::new, |grade| grade.letter.clone()),
    }
}

fn cell(line: &Line, sheet: &Sheet, at: usize, typed: &Typed) -> Cell {
    let place = format!("{}-{}", sheet.row.assessment, line.place.person);
    let stored = result(line, at);
    let stands = stored.map(|row| row.score().to_string()).unwrap_or_default();
    let remark_stands = stored.and_then(|row| row.remark.clone()).unwrap_or_default();
    let (name, remark_name) = (format!("s-{place}"), format!("m-{place}"));
    let now = |name: &String, stands: &String| typed.get(name).unwrap_or(stands).clone();
    Cell {
        value: now(&name, &stands),
        remark: now(&remark_name, &remark_stands),
        name,
        remark_name,
        stood: format!("w-{place}"),
        remark_stood: format!("n-{place}"),
        version_name: format!("v-{place}"),
        code: sheet.assessment.code.clone(),
        maximum: sheet.row.maximum,
        stands,
        remark_stands,
        version: stored.map_or(0, |row| row.version),
    }
}

/// How the class did in one assessment, or on the whole.
fn figures(sheet: Option<&Sheet>, lines: &[Line], at: usize) -> Figures {
    let total = |line: &Line| match line.total {
        Total::Open => None,
        Total::Exempt => Some(Score::Exempt),
        Total::Reached(percent) => Some(Score::Points(Points(percent.0))),
    };
    let (heading, maximum, counted) = match sheet {
        Some(sheet) => {
            let scores = lines.iter().map(|line| result(line, at).map(ResultRow::score));
            let maximum = sheet.row.maximum;
            let heading = format!("{} out of {maximum}", sheet.assessment.code);
            (heading, maximum, Statistics::of(scores, maximum))
        }
        None => ("Totals in percent".to_owned(), 100, Statistics::of(lines.iter().map(total), 100)),
    };
    let words =
        |points: Option<Points>| points.map_or("–".to_owned(), |points| points.to_string());
    Figures {
        heading,
        average: words(counted.average),
        highest: words(counted.highest),
        lowest: words(counted.lowest),
        chart: (counted.scored > 0).then(|| chart(&counted, maximum)),
        counted,
    }
}

/// How many reached each tenth of the points.
fn chart(counted: &Statistics, maximum: i64) -> CountChart {
    let bin = |(at, count): (i64, i64)| {
        let tenth = |at: i64| Points(maximum * at * 10);
        let label = format!("{} to {}", tenth(at), tenth(at + 1));
        (label, tenth(at).to_string(), count)
    };
    let bins = (0..i64::try_from(BINS).unwrap_or(10)).zip(counted.bins).map(bin);
    CountChart::new("Who reached how many points", "Points", "Students", bins.collect())
}

/// `POST /classes/{id}/results`: of each field, `s-…` is the score that is typed and `w-…` what stood
/// there, `m-…` and `n-…` the same of the remark, `v-…` the version; only what differs is entered, so
/// that nobody's work in another field is undone.
pub(super) async fn save(
    caller: Caller,
    Path(id): Path<ClassId>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let typed: Typed = pairs.into_iter().collect();
    let (entries, reason) = (changed(&typed), typed.get("reason").cloned().unwrap_or_default());
    let write = caller.write(move |tx, ctx| results::enter(tx, ctx, id, &entries, &reason)).await;
    let shown = typed.get("assessment").map_or(ALL, String::as_str);
    let (code, errors) = match write {
        Ok(Entered::Saved(count)) => {
            let view = times::query_value(shown);
            let back = format!("/classes/{id}/results?assessment={view}&saved={count}");
            return Ok(Redirect::to(&back).into_response());
        }
        Ok(Entered::Refused(faults)) => {
            let mut errors = Errors::default();
            for fault in faults {
                let name = format!("s-{}-{}", fault.assessment, fault.person);
                let who = typed.get(&name).map_or("", String::as_str).trim();
                errors.add(name, format!("“{who}”: {}", fault.detail));
            }
            (StatusCode::UNPROCESSABLE_ENTITY, errors)
        }
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => (status(&error), Errors::from_error(&error, "")),
    };
    let found = read(&caller, id).await?;
    Ok((code, render(&page(&caller, &found, shown, &typed, errors))).into_response())
}

/// `POST /classes/{id}/results/{assessment}/publication`
pub(super) async fn publish(
    caller: Caller,
    Path((id, assessment)): Path<(ClassId, AssessmentId)>,
) -> Result<Response, PageError> {
    let write = caller.write(move |tx, ctx| results::publish(tx, ctx, id, assessment)).await;
    done(&caller, (id, assessment), write).await
}

#[derive(Deserialize)]
pub(super) struct WithdrawalForm {
    #[serde(default)]
    reason: String,
}

/// `POST /classes/{id}/results/{assessment}/withdrawal`
pub(super) async fn withdraw(
    caller: Caller,
    Path((id, assessment)): Path<(ClassId, AssessmentId)>,
    Form(WithdrawalForm { reason }): Form<WithdrawalForm>,
) -> Result<Response, PageError> {
    let write =
        caller.write(move |tx, ctx| results::withdraw(tx, ctx, id, assessment, &reason)).await;
    done(&caller, (id, assessment), write).await
}

async fn done(
    caller: &Caller,
    (id, assessment): (ClassId, AssessmentId),
    write: muster_app::Result<()>,
) -> Result<Response, PageError> {
    let error = match write {
        Ok(()) => {
            return Ok(Redirect::to(&format!("/classes/{id}/results")).into_response());
        }
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    // The field of the reason stands in a part of the page that is folded up: the summary says it.
    let mut errors = Errors::default();
    for wrong in Errors::from_error(&error, "").list() {
        errors.add("", wrong.text.clone());
    }
    let found = read(caller, id).await?;
    let page = page(caller, &found, &assessment.to_string(), &Typed::new(), errors);
    Ok((status(&error), render(&page)).into_response())
}
