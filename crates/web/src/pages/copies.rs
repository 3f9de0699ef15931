//! Copying the classes of another term into this one: what would come, then all of it.

use super::form::{Choice, Errors};
use super::frame::crumbs;
use super::shell::{Flash, FlashKind, Shell};
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::Error;
use muster_app::academics::{self, ClassCopy, Copying, Obstacle};
use muster_domain::ids::{ClassId, TermId};
use muster_storage::academics::TermRow;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "copies.html")]
struct Page {
    shell: Shell,
    term: TermRow,
    terms: Vec<Choice>,
    from: String,
    copies: Option<Vec<Item>>,
    /// How many can be copied.
    ready: usize,
    errors: Errors,
}

/// A class of the other term.
struct Item {
    id: ClassId,
    name: String,
    course: String,
    room: String,
    staff: String,
    meetings: String,
    obstacle: &'static str,
}

impl From<ClassCopy> for Item {
    fn from(copy: ClassCopy) -> Self {
        let ClassCopy { class, staff, patterns, lost, obstacle } = copy;
        let staff: Vec<_> = staff.into_iter().map(|row| row.name).collect();
        let meetings = match patterns.len() {
            0 => "None".to_owned(),
            1 => "1 a week".to_owned(),
            some => format!("{some} a week"),
        };
        let lost = if lost > 0 { format!(", {lost} would never meet") } else { String::new() };
        Self {
            id: class.id,
            name: format!("{} {}", class.course_code, class.section),
            course: class.course_name,
            room: class.room.unwrap_or_default(),
            staff: staff.join(", "),
            meetings: meetings + &lost,
            obstacle: match obstacle {
                None => "",
                Some(Obstacle::Exists) => "Is there already",
                Some(Obstacle::CourseArchived) => "Its course is archived",
            },
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    from: String,
    /// How many classes and weekly meetings were copied.
    classes: Option<usize>,
    patterns: Option<usize>,
}

/// `GET /terms/{id}/class-copies`
pub(super) async fn show(
    caller: Caller,
    Path(id): Path<TermId>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    if asked.from.is_empty() {
        let page = page(&caller, id, &asked, None, Errors::default()).await?;
        return Ok(render(&page));
    }
    let plan = match asked.from.parse::<TermId>() {
        Ok(from) => caller.read(move |tx, ctx| academics::plan_copies(tx, ctx, from, id)).await,
        Err(_) => Err(Error::field("from", "Choose another term.")),
    };
    match plan {
        Ok(plan) => Ok(render(&page(&caller, id, &asked, Some(plan), Errors::default()).await?)),
        Err(error) => refused(&caller, id, &asked, error).await,
    }
}

async fn refused(
    caller: &Caller,
    id: TermId,
    asked: &Asked,
    error: Error,
) -> Result<Response, PageError> {
    let Error::Invalid(_) = error else { return Err(caller.error(error)) };
    let page = page(caller, id, asked, None, Errors::from_error(&error, "")).await?;
    Ok((status(&error), render(&page)).into_response())
}

async fn page(
    caller: &Caller,
    id: TermId,
    asked: &Asked,
    plan: Option<Vec<ClassCopy>>,
    errors: Errors,
) -> Result<Page, PageError> {
    let read =
        caller.read(move |tx, ctx| Ok((academics::term(tx, ctx, id)?, academics::terms(tx, ctx)?)));
    let (term, terms) = read.await.map_err(|error| caller.error(error))?;
    let mut shell = caller.shell(format!("Copy classes into {}", term.name));
    shell.crumbs = crumbs([
        ("/terms".to_owned(), "Terms".to_owned()),
        (format!("/terms/{id}"), term.name.clone()),
        (String::new(), "Copy classes".to_owned()),
    ]);
    if let (Some(classes), Some(patterns)) = (asked.classes, asked.patterns) {
        let text = match classes {
            0 => "Nothing was copied.".to_owned(),
            1 => format!("1 class was copied, with weekly meetings: {patterns}."),
            _ => format!("{classes} classes were copied, with weekly meetings: {patterns}."),
        };
        shell.flash = Some(Flash { kind: FlashKind::Ok, text, undo: None });
    }
    let others = terms.into_iter().filter(|row| row.id != id);
    let copies: Option<Vec<Item>> = plan.map(|plan| plan.into_iter().map(Into::into).collect());
    let ready = copies.iter().flatten().filter(|copy| copy.obstacle.is_empty()).count();
    Ok(Page {
        shell,
        term,
        terms: Choice::list(others.map(|row| (row.id.to_string(), row.name)), &asked.from),
        from: asked.from.clone(),
        copies,
        ready,
        errors,
    })
}

/// `POST /terms/{id}/class-copies`
pub(super) async fn copy(
    caller: Caller,
    Path(id): Path<TermId>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let value = |name: &str| {
        let pair = pairs.iter().find(|(key, _)| key == name);
        pair.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let asked = Asked { from: value("from"), ..Asked::default() };
    let (staff, patterns) = (!value("staff").is_empty(), !value("patterns").is_empty());
    let chosen = pairs.iter().filter(|(name, _)| name == "class");
    let chosen: Vec<ClassId> = chosen.filter_map(|(_, value)| value.parse().ok()).collect();
    let done = match asked.from.parse::<TermId>() {
        Ok(from) => {
            let copying = Copying { from, to: id, staff, patterns };
            crate::copying::copy(&caller, copying, Some(chosen)).await
        }
        Err(_) => Err(Error::field("from", "Choose another term.")),
    };
    match done {
        Ok(copied) => {
            let from = &asked.from;
            let counts = format!("classes={}&patterns={}", copied.classes, copied.patterns);
            let page = format!("/terms/{id}/class-copies?from={from}&{counts}");
            Ok(Redirect::to(&page).into_response())
        }
        Err(error) => refused(&caller, id, &asked, error).await,
    }
}
