//! Copying the classes of one term into another, for programs.

use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::Items;
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::academics::{self, ClassCopy, Copying, Obstacle};
use muster_domain::ids::{ClassId, TermId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A class of the other term, and what would come with it.
#[derive(Serialize, ToSchema)]
pub(super) struct CopyableClass {
    class: Uuid,
    course_code: String,
    course_name: String,
    section: String,
    room: Option<String>,
    /// Names of teachers and assistants who are active.
    staff: Vec<String>,
    /// How many weekly patterns would come.
    patterns: usize,
    /// How many would never meet in this term.
    lost_patterns: usize,
    /// Why it is not copied: null if it is.
    #[schema(value_type = Option<String>, examples("exists", "course_archived"))]
    obstacle: Option<&'static str>,
}

impl From<ClassCopy> for CopyableClass {
    fn from(copy: ClassCopy) -> Self {
        let ClassCopy { class, staff, patterns, lost, obstacle } = copy;
        Self {
            class: class.id.0,
            course_code: class.course_code,
            course_name: class.course_name,
            section: class.section,
            room: class.room,
            staff: staff.into_iter().map(|row| row.name).collect(),
            patterns: patterns.len(),
            lost_patterns: lost,
            obstacle: obstacle.map(|obstacle| match obstacle {
                Obstacle::Exists => "exists",
                Obstacle::CourseArchived => "course_archived",
            }),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// The term whose classes would be copied.
    #[param(value_type = Uuid)]
    from: TermId,
}

/// The classes of another term, and what of them would come into this one.
#[utoipa::path(get, path = "/api/v1/terms/{id}/class-copies", operation_id = "preview_class_copies",
    params(Asked), responses((status = 200, body = Items<CopyableClass>)))]
pub(super) async fn preview(
    caller: Caller,
    Path(id): Path<TermId>,
    Query(Asked { from }): Query<Asked>,
) -> ApiResult<Json<Items<CopyableClass>>> {
    let read = caller.read(move |tx, ctx| academics::plan_copies(tx, ctx, from, id));
    Ok(Json(Items::all(read.await?)))
}

#[derive(Deserialize, ToSchema)]
#[schema(as = ClassCopies)]
pub(super) struct CopyBody {
    /// The term whose classes are copied.
    #[schema(value_type = Uuid)]
    from: TermId,
    /// The classes; missing: all of them.
    #[schema(value_type = Option<Vec<Uuid>>)]
    classes: Option<Vec<ClassId>>,
    /// Whether teachers and assistants come too.
    #[serde(default)]
    staff: bool,
    /// Whether weekly patterns come too, in the same weeks of this term.
    #[serde(default)]
    patterns: bool,
}

/// How much was copied.
#[derive(Serialize, ToSchema)]
pub(super) struct CopiedCount {
    classes: usize,
    patterns: usize,
}

/// Copies classes of another term into this one, a few at a time.
///
/// A class whose section stands in this term already is passed over, so that a call that was
/// interrupted may be sent again.
#[utoipa::path(post, path = "/api/v1/terms/{id}/class-copies", operation_id = "copy_classes",
    request_body = CopyBody, responses((status = 201, body = CopiedCount)))]
pub(super) async fn copy(
    caller: Caller,
    Path(to): Path<TermId>,
    Json(CopyBody { from, classes, staff, patterns }): Json<CopyBody>,
) -> ApiResult<(StatusCode, Json<CopiedCount>)> {
    let copying = Copying { from, to, staff, patterns };
    let done = crate::copying::copy(&caller, copying, classes).await?;
    let count = CopiedCount { classes: done.classes, patterns: done.patterns };
    Ok((StatusCode::CREATED, Json(count)))
}
