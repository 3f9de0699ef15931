//! How the assessments of a class count: out of how many points, and how much of the total each is.

use super::form::Errors;
use super::frame::crumbs;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::Error;
use muster_app::results::{self, Entered, SchemeInput, Sheet};
use muster_domain::ids::{AssessmentId, ClassId};
use muster_domain::results::{GradeScale, Scheme};
use std::collections::HashMap;

#[derive(Template)]
#[template(path = "results_scheme.html")]
struct Page {
    shell: Shell,
    id: ClassId,
    items: Vec<Item>,
    asks_reason: bool,
    reason: String,
    scale: GradeScale,
    errors: Errors,
}

struct Item {
    code: String,
    name: String,
    maximum_name: String,
    maximum: String,
    weight_name: String,
    weight: String,
    version_name: String,
    version: i64,
}

type Typed = HashMap<String, String>;

/// `GET /classes/{id}/results/scheme`
pub(super) async fn show(caller: Caller, Path(id): Path<ClassId>) -> Result<Response, PageError> {
    Ok(render(&page(&caller, id, &Typed::new(), Errors::default()).await?))
}

async fn page(
    caller: &Caller,
    id: ClassId,
    typed: &Typed,
    errors: Errors,
) -> Result<Page, PageError> {
    let read = caller.read(move |tx, ctx| results::of_class(tx, ctx, id)).await;
    let found = read.map_err(|error| caller.error(error))?;
    let name = found.class.course_name;
    let mut shell = caller.shell(format!("How results count: {name}"));
    shell.crumbs = crumbs([
        ("/classes".to_owned(), "Classes".to_owned()),
        (format!("/classes/{id}"), name),
        (format!("/classes/{id}/results"), "Results".to_owned()),
        (String::new(), "How they count".to_owned()),
    ]);
    let item = |sheet: &Sheet| {
        let named = |kind: &str| format!("{kind}-{}", sheet.row.assessment);
        let (maximum_name, weight_name) = (named("maximum"), named("weight"));
        let now = |name: &String, stands: String| typed.get(name).cloned().unwrap_or(stands);
        Item {
            code: sheet.assessment.code.clone(),
            name: sheet.assessment.name.clone(),
            maximum: now(&maximum_name, sheet.row.maximum.to_string()),
            weight: now(&weight_name, Scheme::weight_words(sheet.row.weight)),
            maximum_name,
            weight_name,
            version_name: named("version"),
            version: sheet.row.version,
        }
    };
    Ok(Page {
        shell,
        id,
        items: found.sheets.iter().map(item).collect(),
        asks_reason: found.sheets.iter().any(Sheet::is_published),
        reason: typed.get("reason").cloned().unwrap_or_default(),
        scale: caller.known.settings.grade_scale.clone(),
        errors,
    })
}

/// `POST /classes/{id}/results/scheme`
pub(super) async fn save(
    caller: Caller,
    Path(id): Path<ClassId>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let typed: Typed = pairs.into_iter().collect();
    let inputs: Vec<_> = typed
        .iter()
        .filter_map(|(name, maximum)| {
            let key = name.strip_prefix("maximum-")?;
            let assessment: AssessmentId = key.parse().ok()?;
            let weight = typed.get(&format!("weight-{key}")).cloned().unwrap_or_default();
            let seen = typed.get(&format!("version-{key}")).and_then(|text| text.parse().ok());
            Some(SchemeInput { assessment, maximum: maximum.clone(), weight, seen })
        })
        .collect();
    let reason = typed.get("reason").cloned().unwrap_or_default();
    let write =
        caller.write(move |tx, ctx| results::change_scheme(tx, ctx, id, &inputs, &reason)).await;
    let (code, errors) = match write {
        Ok(Entered::Saved(_)) => {
            return Ok(Redirect::to(&format!("/classes/{id}/results")).into_response());
        }
        Ok(Entered::Refused(faults)) => {
            let mut errors = Errors::default();
            for fault in faults {
                errors.add(format!("maximum-{}", fault.assessment), fault.detail);
            }
            (StatusCode::UNPROCESSABLE_ENTITY, errors)
        }
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => {
            let mut errors = Errors::default();
            for wrong in Errors::from_error(&error, "").list() {
                // Weights are wrong together.
                let field = if wrong.field == "weights" { "" } else { &wrong.field };
                errors.add(field, wrong.text.clone());
            }
            (status(&error), errors)
        }
    };
    Ok((code, render(&page(&caller, id, &typed, errors).await?)).into_response())
}
