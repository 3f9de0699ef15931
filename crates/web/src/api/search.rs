//! The search behind the command palette.

use crate::caller::Caller;
use crate::pages::search::{Asked, Found, find};
use crate::problem::ApiResult;
use axum::Json;
use axum::extract::Query;
use serde::Serialize;
use utoipa::ToSchema;

/// What was found.
#[derive(Serialize, ToSchema)]
pub(super) struct Results {
    items: Vec<Found>,
}

/// People and classes that the caller may see and the words match.
#[utoipa::path(get, path = "/api/v1/search", operation_id = "search", params(Asked),
    responses((status = 200, body = Results)))]
pub(super) async fn search(caller: Caller, Query(asked): Query<Asked>) -> ApiResult<Json<Results>> {
    Ok(Json(Results { items: find(&caller, &asked.q).await? }))
}
