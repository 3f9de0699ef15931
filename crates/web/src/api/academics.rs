//! Terms, courses and classes for programs.

use super::member::Member;
use super::tokens;
use crate::caller::Caller;
use crate::pages::TermForm;
use crate::problem::ApiResult;
use crate::times::{iso_date, rfc3339};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::academics::{self, ClassInput, CourseInput};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{ClassId, CourseId, TermId};
use muster_storage::academics::{ClassRow, CourseRow, TermRow};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn list(items: impl Iterator<Item = Value>) -> Json<Value> {
    Json(json!({"items": items.collect::<Vec<_>>(), "next": null}))
}

fn made<T: serde::Serialize>(id: T) -> (StatusCode, Json<Value>) {
    (StatusCode::CREATED, Json(json!({"id": id})))
}

fn term_json(row: &TermRow) -> Value {
    json!({
        "id": row.id, "name": row.name, "starts_on": iso_date(row.starts_on),
        "ends_on": iso_date(row.ends_on), "archived_at": row.archived_at.map(rfc3339),
        "version": row.version,
    })
}

/// `GET /api/v1/terms`
pub(super) async fn terms(caller: Caller) -> ApiResult<Json<Value>> {
    Ok(list(caller.read(academics::terms).await?.iter().map(term_json)))
}

/// `GET /api/v1/terms/{id}`
pub(super) async fn term(caller: Caller, Path(id): Path<TermId>) -> ApiResult<Json<Value>> {
    let row = caller.read(move |tx, ctx| academics::term(tx, ctx, id)).await?;
    Ok(Json(term_json(&row)))
}

#[derive(Deserialize)]
pub(super) struct TermBody {
    name: String,
    starts_on: String,
    ends_on: String,
}

/// `POST /api/v1/terms`
pub(super) async fn create_term(
    caller: Caller,
    Json(TermBody { name, starts_on, ends_on }): Json<TermBody>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    let input = TermForm { name, starts_on, ends_on, ..TermForm::default() }.input()?;
    Ok(made(caller.write(move |tx, ctx| academics::create_term(tx, ctx, &input)).await?))
}

#[derive(Default, Deserialize)]
pub(super) struct TermChange {
    name: Option<String>,
    starts_on: Option<String>,
    ends_on: Option<String>,
    archived: Option<bool>,
    version: Option<i64>,
}

/// `PATCH /api/v1/terms/{id}`: only the members given change. With `version` the change is
/// refused if the record is another by now.
pub(super) async fn change_term(
    caller: Caller,
    Path(id): Path<TermId>,
    Json(body): Json<TermChange>,
) -> ApiResult<Json<Value>> {
    let write = caller.write(move |tx, ctx| {
        let before = academics::term(tx, ctx, id)?;
        let mut form = TermForm::of(&before);
        for (field, text) in [
            (&mut form.name, &body.name),
            (&mut form.starts_on, &body.starts_on),
            (&mut form.ends_on, &body.ends_on),
        ] {
            if let Some(text) = text {
                field.clone_from(text);
            }
        }
        let archived = body.archived.unwrap_or(before.archived_at.is_some());
        let seen = body.version.unwrap_or(before.version);
        academics::change_term(tx, ctx, id, seen, &form.input()?, archived)?;
        academics::term(tx, ctx, id)
    });
    Ok(Json(term_json(&write.await?)))
}

/// `POST /api/v1/terms/{id}/archival`
pub(super) async fn archive_term(caller: Caller, path: Path<TermId>) -> ApiResult<Json<Value>> {
    let archived = TermChange { archived: Some(true), ..TermChange::default() };
    change_term(caller, path, Json(archived)).await
}

fn course_json(row: &CourseRow) -> Value {
    json!({
        "id": row.id, "code": row.code, "name": row.name, "credits": row.credits,
        "archived_at": row.archived_at.map(rfc3339), "version": row.version,
    })
}

/// `GET /api/v1/courses`
pub(super) async fn courses(caller: Caller) -> ApiResult<Json<Value>> {
    Ok(list(caller.read(academics::courses).await?.iter().map(course_json)))
}

/// `GET /api/v1/courses/{id}`
pub(super) async fn course(caller: Caller, Path(id): Path<CourseId>) -> ApiResult<Json<Value>> {
    let row = caller.read(move |tx, ctx| academics::course(tx, ctx, id)).await?;
    Ok(Json(course_json(&row)))
}

#[derive(Deserialize)]
pub(super) struct CourseBody {
    code: String,
    name: String,
    credits: Option<i64>,
}

/// `POST /api/v1/courses`
pub(super) async fn create_course(
    caller: Caller,
    Json(CourseBody { code, name, credits }): Json<CourseBody>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    let input = CourseInput { code, name, credits };
    Ok(made(caller.write(move |tx, ctx| academics::create_course(tx, ctx, &input)).await?))
}

#[derive(Default, Deserialize)]
pub(super) struct CourseChange {
    code: Option<String>,
    name: Option<String>,
    #[serde(default)]
    credits: Member<i64>,
    archived: Option<bool>,
    version: Option<i64>,
}

/// `PATCH /api/v1/courses/{id}`: as for terms.
pub(super) async fn change_course(
    caller: Caller,
    Path(id): Path<CourseId>,
    Json(body): Json<CourseChange>,
) -> ApiResult<Json<Value>> {
    let write = caller.write(move |tx, ctx| {
        let before = academics::course(tx, ctx, id)?;
        let input = CourseInput {
            code: body.code.clone().unwrap_or(before.code),
            name: body.name.clone().unwrap_or(before.name),
            credits: body.credits.or(before.credits),
        };
        let archived = body.archived.unwrap_or(before.archived_at.is_some());
        let seen = body.version.unwrap_or(before.version);
        academics::change_course(tx, ctx, id, seen, &input, archived)?;
        academics::course(tx, ctx, id)
    });
    Ok(Json(course_json(&write.await?)))
}

/// `POST /api/v1/courses/{id}/archival`
pub(super) async fn archive_course(caller: Caller, path: Path<CourseId>) -> ApiResult<Json<Value>> {
    let archived = CourseChange { archived: Some(true), ..CourseChange::default() };
    change_course(caller, path, Json(archived)).await
}

#[derive(Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    mine: bool,
}

/// `GET /api/v1/classes`: all of them for those who manage them, unless `mine=true`; the
/// caller's own for everybody else.
pub(super) async fn classes(caller: Caller, Query(which): Query<Which>) -> ApiResult<Json<Value>> {
    let all = caller.ctx.need(Permission::ViewAcademics, Target::Institution).is_ok();
    if which.mine || !all {
        return tokens::classes(caller).await;
    }
    let rows = caller.read(|tx, ctx| {
        let mut open = std::collections::HashMap::new();
        for session in muster_storage::sessions::open(tx)? {
            open.insert(session.class, session.id);
        }
        Ok((academics::classes(tx, ctx)?, open))
    });
    let (rows, open) = rows.await?;
    Ok(list(rows.iter().map(|row| tokens::class(row, open.get(&row.id).copied()))))
}

#[derive(Deserialize)]
pub(super) struct ClassBody {
    course: CourseId,
    term: TermId,
    section: String,
    #[serde(default)]
    room: String,
    duration_minutes: Option<i64>,
}

/// `POST /api/v1/classes`
pub(super) async fn create_class(
    caller: Caller,
    Json(body): Json<ClassBody>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    let ClassBody { course, term, section, room, duration_minutes } = body;
    let input = ClassInput { course, term, section, room, duration_minutes };
    let id = caller.write(move |tx, ctx| academics::create_class(tx, ctx, &input)).await?;
    Ok(made(id))
}

fn class_json(row: &ClassRow) -> Value {
    let mut value = tokens::class(row, None);
    if let Value::Object(fields) = &mut value {
        fields.remove("open_session");
        fields.insert("course".to_owned(), json!(row.course));
        fields.insert("duration_minutes".to_owned(), json!(row.duration_minutes));
        fields.insert("archived_at".to_owned(), json!(row.archived_at.map(rfc3339)));
        fields.insert("version".to_owned(), json!(row.version));
    }
    value
}

/// `GET /api/v1/classes/{id}`
pub(super) async fn class(caller: Caller, Path(id): Path<ClassId>) -> ApiResult<Json<Value>> {
    let row = caller.read(move |tx, ctx| academics::class(tx, ctx, id)).await?;
    Ok(Json(class_json(&row)))
}

#[derive(Default, Deserialize)]
pub(super) struct ClassChange {
    section: Option<String>,
    room: Option<String>,
    #[serde(default)]
    duration_minutes: Member<i64>,
    archived: Option<bool>,
    version: Option<i64>,
}

/// `PATCH /api/v1/classes/{id}`: as for terms.
pub(super) async fn change_class(
    caller: Caller,
    Path(id): Path<ClassId>,
    Json(body): Json<ClassChange>,
) -> ApiResult<Json<Value>> {
    let write = caller.write(move |tx, ctx| {
        let before = academics::class(tx, ctx, id)?;
        let input = ClassInput {
            course: before.course,
            term: before.term,
            section: body.section.clone().unwrap_or(before.section),
            room: body.room.clone().or(before.room).unwrap_or_default(),
            duration_minutes: body.duration_minutes.or(before.duration_minutes),
        };
        let archived = body.archived.unwrap_or(before.archived_at.is_some());
        let seen = body.version.unwrap_or(before.version);
        academics::change_class(tx, ctx, id, seen, &input, archived)?;
        academics::class(tx, ctx, id)
    });
    Ok(Json(class_json(&write.await?)))
}

/// `POST /api/v1/classes/{id}/archival`
pub(super) async fn archive_class(caller: Caller, path: Path<ClassId>) -> ApiResult<Json<Value>> {
    let archived = ClassChange { archived: Some(true), ..ClassChange::default() };
    change_class(caller, path, Json(archived)).await
}
