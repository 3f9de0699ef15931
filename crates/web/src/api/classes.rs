//! Classes for programs.

use super::member::Member;
use super::record::{IfMatch, IfNoneMatch, Record, Tagged};
use crate::caller::Caller;
use crate::problem::{ApiResult, Problem};
use crate::shapes::{Instant, Items, Made, Part};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::academics::{self, ClassInput};
use muster_app::attendance;
use muster_domain::attendance::figures;
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{ClassId, CourseId, SessionId, TermId};
use muster_storage::academics::ClassRow;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// What a class is called.
#[derive(Serialize, ToSchema)]
pub(super) struct ClassName {
    id: Uuid,
    course_code: String,
    course_name: String,
    section: String,
    /// The term's name.
    term: String,
    room: Option<String>,
}

impl From<ClassRow> for ClassName {
    fn from(row: ClassRow) -> Self {
        Self {
            id: row.id.0,
            course_code: row.course_code,
            course_name: row.course_name,
            section: row.section,
            term: row.term_name,
            room: row.room,
        }
    }
}

/// A class in a list.
#[derive(Serialize, ToSchema)]
pub(super) struct ClassItem {
    #[serde(flatten)]
    name: ClassName,
    /// The session that is open now.
    open_session: Option<Uuid>,
}

impl From<(ClassRow, Option<SessionId>)> for ClassItem {
    fn from((row, open): (ClassRow, Option<SessionId>)) -> Self {
        Self { name: row.into(), open_session: open.map(Into::into) }
    }
}

/// How much of a session each status counts, in percent.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
pub(super) struct Weights {
    present: i64,
    late: i64,
    /// Null: left out, so that it counts neither way.
    excused: Option<i64>,
    absent: i64,
}

impl From<figures::Weights> for Weights {
    fn from(figures::Weights { present, late, excused, absent }: figures::Weights) -> Self {
        Self { present, late, excused, absent }
    }
}

impl From<Weights> for figures::Weights {
    fn from(Weights { present, late, excused, absent }: Weights) -> Self {
        Self { present, late, excused, absent }
    }
}

/// A course offered in a term.
#[derive(Serialize, ToSchema)]
pub(super) struct Class {
    #[serde(flatten)]
    name: ClassName,
    course: Uuid,
    /// How long its sessions stay open; the institution's setting if null.
    duration_minutes: Option<i64>,
    /// After how many minutes a mark is late; null: as in the settings.
    late_after_minutes: Option<i64>,
    /// What each status counts; as the institution's settings say if null.
    weights: Option<Weights>,
    archived_at: Option<Instant>,
    version: i64,
}

impl Tagged for Class {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl From<ClassRow> for Class {
    fn from(row: ClassRow) -> Self {
        Self {
            course: row.course.0,
            duration_minutes: row.duration_minutes,
            late_after_minutes: row.late_after_minutes,
            weights: row.weights.map(Into::into),
            archived_at: row.archived_at.map(Instant),
            version: row.version,
            name: row.into(),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Only the caller's own, taught or attended.
    #[serde(default)]
    mine: bool,
}

/// Classes.
///
/// All of them for those who manage them, unless `mine=true`; the caller's own for everybody else.
#[utoipa::path(get, path = "/api/v1/classes", operation_id = "list_classes", params(Which, Part),
    responses((status = 200, body = Items<ClassItem>)))]
pub(super) async fn list(
    caller: Caller,
    Query(which): Query<Which>,
    Query(part): Query<Part>,
) -> ApiResult<Json<Items<ClassItem>>> {
    let all = caller.ctx.need(Permission::ViewAcademics, Target::Institution).is_ok();
    if which.mine || !all {
        return own(&caller, part).await;
    }
    let read = caller.read(|tx, ctx| {
        let mut open = HashMap::new();
        for session in muster_storage::sessions::open(tx)? {
            open.insert(session.class, session.id);
        }
        Ok((academics::classes(tx, ctx)?, open))
    });
    let (rows, open) = read.await?;
    let rows = rows.into_iter().map(|row| {
        let open = open.get(&row.id).copied();
        (row, open)
    });
    Ok(Json(Items::part(rows.collect(), part, id)?))
}

/// The class of an item.
fn id((row, _): &(ClassRow, Option<SessionId>)) -> Uuid {
    row.id.0
}

async fn own(caller: &Caller, part: Part) -> ApiResult<Json<Items<ClassItem>>> {
    let read = caller.read(|tx, ctx| {
        let mut classes = attendance::staffed_today(tx, ctx)?;
        classes.extend(attendance::attended_today(tx, ctx)?);
        Ok(classes)
    });
    let classes = read.await?.into_iter();
    let rows = classes.map(|today| (today.class, today.open.map(|open| open.id)));
    let mut rows: Vec<_> = rows.collect();
    // Whoever assists where they also attend has the class once.
    let mut seen = HashSet::new();
    rows.retain(|row| seen.insert(id(row)));
    Ok(Json(Items::part(rows, part, id)?))
}

#[derive(Deserialize, ToSchema)]
#[schema(as = NewClass)]
pub(super) struct ClassBody {
    #[schema(value_type = Uuid)]
    course: CourseId,
    #[schema(value_type = Uuid)]
    term: TermId,
    section: String,
    #[serde(default)]
    room: String,
    duration_minutes: Option<i64>,
    /// After how many minutes a mark is late; null: as in the settings.
    late_after_minutes: Option<i64>,
    weights: Option<Weights>,
}

/// Adds a class.
#[utoipa::path(post, path = "/api/v1/classes", operation_id = "create_class",
    request_body = ClassBody, responses((status = 201, body = Made)))]
pub(super) async fn create(
    caller: Caller,
    Json(body): Json<ClassBody>,
) -> ApiResult<(StatusCode, Json<Made>)> {
    let ClassBody { course, term, section, room, duration_minutes, late_after_minutes, weights } =
        body;
    let weights = weights.map(Into::into);
    let input =
        ClassInput { course, term, section, room, duration_minutes, late_after_minutes, weights };
    let id = caller.write(move |tx, ctx| academics::create_class(tx, ctx, &input)).await?;
    Ok((StatusCode::CREATED, Json(Made::new(id))))
}

/// One class.
#[utoipa::path(get, path = "/api/v1/classes/{id}", operation_id = "get_class",
    params(IfNoneMatch), responses((status = 200, body = Class)))]
pub(super) async fn get(
    caller: Caller,
    known: IfNoneMatch,
    Path(id): Path<ClassId>,
) -> ApiResult<Record<Class>> {
    Ok(known.or(caller.read(move |tx, ctx| academics::class(tx, ctx, id)).await?))
}

/// Members that are missing stay as they are.
#[derive(Default, Deserialize, ToSchema)]
pub(super) struct ClassChange {
    section: Option<String>,
    room: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    duration_minutes: Member<i64>,
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    late_after_minutes: Member<i64>,
    #[serde(default)]
    #[schema(value_type = Option<Weights>)]
    weights: Member<Weights>,
    archived: Option<bool>,
    version: Option<i64>,
}

/// Changes a class.
///
/// Only the members given change; `duration_minutes`, `late_after_minutes` and `weights` may become
/// null. With `version` the change is refused if the record is another by now.
#[utoipa::path(patch, path = "/api/v1/classes/{id}", operation_id = "change_class",
    params(IfMatch), request_body = ClassChange, responses((status = 200, body = Class),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "`stale`, or `session-open`: one with an open session is not archived."),
    ))]
pub(super) async fn change(
    caller: Caller,
    meant: IfMatch,
    Path(id): Path<ClassId>,
    Json(body): Json<ClassChange>,
) -> ApiResult<Record<Class>> {
    let write = caller.write(move |tx, ctx| {
        let before = academics::class(tx, ctx, id)?;
        meant.check(before.version)?;
        let input = ClassInput {
            course: before.course,
            term: before.term,
            section: body.section.clone().unwrap_or(before.section),
            room: body.room.clone().or(before.room).unwrap_or_default(),
            duration_minutes: body.duration_minutes.or(before.duration_minutes),
            late_after_minutes: body.late_after_minutes.or(before.late_after_minutes),
            weights: body.weights.or(before.weights.map(Into::into)).map(Into::into),
        };
        let archived = body.archived.unwrap_or(before.archived_at.is_some());
        let seen = body.version.unwrap_or(before.version);
        academics::change_class(tx, ctx, id, seen, &input, archived)?;
        academics::class(tx, ctx, id)
    });
    Ok(Record::of(write.await?))
}

/// Archives a class.
#[utoipa::path(post, path = "/api/v1/classes/{id}/archival", operation_id = "archive_class",
    responses((status = 200, body = Class),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "`session-open`: close it first; `session` names it."),
    ))]
pub(super) async fn archive(caller: Caller, path: Path<ClassId>) -> ApiResult<Record<Class>> {
    let archived = ClassChange { archived: Some(true), ..ClassChange::default() };
    change(caller, IfMatch::default(), path, Json(archived)).await
}
