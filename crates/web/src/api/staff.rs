//! Who teaches a class, for programs.

use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{Items, Part, RoleKey};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::{Error, academics, people};
use muster_domain::auth::Role;
use muster_domain::ids::{ClassId, GrantId, PersonId};
use muster_storage::people::StaffRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Somebody who teaches a class or assists in it.
#[derive(Serialize, ToSchema)]
pub(super) struct Staff {
    /// The grant of the role: ending it ends the role.
    id: Uuid,
    person: Uuid,
    name: String,
    role: RoleKey,
}

impl From<StaffRow> for Staff {
    fn from(row: StaffRow) -> Self {
        let role = RoleKey(row.role);
        Self { id: row.grant.0, person: row.person.0, name: row.name, role }
    }
}

/// A class's teachers and assistants.
#[utoipa::path(get, path = "/api/v1/classes/{id}/staff", operation_id = "list_staff",
    params(Part), responses((status = 200, body = Items<Staff>)))]
pub(super) async fn list(
    caller: Caller,
    Path(id): Path<ClassId>,
    Query(part): Query<Part>,
) -> ApiResult<Json<Items<Staff>>> {
    let read = caller.read(move |tx, ctx| {
        academics::class(tx, ctx, id)?;
        Ok(muster_storage::people::staff(tx, id)?)
    });
    Ok(Json(Items::part(read.await?, part, |row| row.grant.0)?))
}

#[derive(Deserialize, ToSchema)]
#[schema(as = NewStaff)]
pub(super) struct StaffBody {
    #[schema(value_type = Uuid)]
    person: PersonId,
    /// `teacher` or `assistant`.
    #[schema(value_type = RoleKey)]
    role: Role,
}

/// Names a teacher or an assistant.
#[utoipa::path(post, path = "/api/v1/classes/{id}/staff", operation_id = "name_staff",
    request_body = StaffBody, responses((status = 201)))]
pub(super) async fn name(
    caller: Caller,
    Path(id): Path<ClassId>,
    Json(StaffBody { person, role }): Json<StaffBody>,
) -> ApiResult<StatusCode> {
    if !role.is_class_staff() {
        return Err(Error::field("role", "Choose teacher or assistant.").into());
    }
    caller.write(move |tx, ctx| academics::name_staff(tx, ctx, id, person, role)).await?;
    Ok(StatusCode::CREATED)
}

/// Ends a role in a class.
#[utoipa::path(delete, path = "/api/v1/classes/{id}/staff/{grant}", operation_id = "end_staff",
    responses((status = 204)))]
pub(super) async fn end(
    caller: Caller,
    Path((_, grant)): Path<(ClassId, GrantId)>,
) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| people::end_grant(tx, ctx, grant)).await?;
    Ok(StatusCode::NO_CONTENT)
}
