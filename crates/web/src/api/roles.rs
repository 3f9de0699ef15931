//! What an administrator does for a person's access: roles, and a way back in.

use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{Made, RoleKey};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use muster_app::{Error, people, sign_in};
use muster_domain::auth::{Role, Scope};
use muster_domain::ids::{AssessmentId, ClassId, EventId, GrantId, PersonId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[schema(as = NewRole)]
pub(super) struct RoleBody {
    #[schema(value_type = RoleKey)]
    role: Role,
    /// The class for which it holds. Without class, event and assessment it is for the institution.
    #[schema(value_type = Option<Uuid>)]
    class: Option<ClassId>,
    /// The event for which it holds: of organisers and gate staff.
    #[schema(value_type = Option<Uuid>)]
    event: Option<EventId>,
    /// The assessment for which it holds: of invigilators.
    #[schema(value_type = Option<Uuid>)]
    assessment: Option<AssessmentId>,
}

impl RoleBody {
    fn scope(&self) -> Result<Scope, Error> {
        match (self.class, self.event, self.assessment) {
            (class, None, None) => Ok(class.into()),
            (None, Some(event), None) => Ok(Scope::Event(event)),
            (None, None, Some(assessment)) => Ok(Scope::Assessment(assessment)),
            _ => Err(Error::field("role", "Name a class, an event or an assessment, one of them.")),
        }
    }
}

/// Grants a role.
#[utoipa::path(post, path = "/api/v1/people/{id}/roles", operation_id = "grant_role",
    request_body = RoleBody, responses((status = 201, body = Made)))]
pub(super) async fn grant(
    caller: Caller,
    Path(id): Path<PersonId>,
    Json(body): Json<RoleBody>,
) -> ApiResult<(StatusCode, Json<Made>)> {
    let (role, scope) = (body.role, body.scope()?);
    let grant = caller.write(move |tx, ctx| people::grant(tx, ctx, id, role, scope)).await?;
    Ok((StatusCode::CREATED, Json(Made::new(grant))))
}

/// Ends a role.
#[utoipa::path(delete, path = "/api/v1/people/{id}/roles/{grant}", operation_id = "end_role",
    responses((status = 204)))]
pub(super) async fn end(
    caller: Caller,
    Path((_, grant)): Path<(PersonId, GrantId)>,
) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| people::end_grant(tx, ctx, grant)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A one-time code.
#[derive(Serialize, ToSchema)]
pub(super) struct ResetCode {
    code: String,
}

/// Makes a one-time code with which the person sets a new password.
///
/// It is told this once, and over HTTPS only.
#[utoipa::path(post, path = "/api/v1/people/{id}/reset-codes", operation_id = "offer_reset",
    responses((status = 201, body = ResetCode)))]
pub(super) async fn offer_reset(
    caller: Caller,
    Path(id): Path<PersonId>,
) -> ApiResult<(StatusCode, Json<ResetCode>)> {
    if !caller.is_private() {
        return Err(Error::Forbidden.into());
    }
    let code = caller.write(move |tx, ctx| sign_in::offer_reset(tx, ctx, id)).await?;
    Ok((StatusCode::CREATED, Json(ResetCode { code })))
}
