//! Records that may be the same person's, for programs.

use super::people::Person;
use crate::caller::Caller;
use crate::problem::ApiResult;
use axum::Json;
use axum::extract::Query;
use muster_app::people::merge::{self, Duplicate};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Two records that may be one person's.
#[derive(Serialize, ToSchema)]
pub(super) struct LikelyDuplicate {
    /// The one that was there first.
    one: Person,
    other: Person,
    /// What they have in common: `number`, `email`, `name`, `near_name`, `phone`, `guardian`.
    why: Vec<&'static str>,
}

impl From<Duplicate> for LikelyDuplicate {
    fn from(Duplicate { one, other, why }: Duplicate) -> Self {
        let why = why.iter().map(|why| why.key()).collect();
        Self { one: one.into(), other: other.into(), why }
    }
}

/// A page of likely duplicates.
#[derive(Serialize, ToSchema)]
pub(super) struct LikelyDuplicates {
    items: Vec<LikelyDuplicate>,
    /// Send it as `cursor` for what follows; null at the end. A page may be empty before it.
    next: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// `next` of the page before.
    #[serde(default)]
    cursor: String,
}

/// Likely duplicates among people of the same name, by name.
#[utoipa::path(get, path = "/api/v1/people/duplicates", operation_id = "list_duplicates",
    params(Page), responses((status = 200, body = LikelyDuplicates)))]
pub(super) async fn list(
    caller: Caller,
    Query(Page { cursor }): Query<Page>,
) -> ApiResult<Json<LikelyDuplicates>> {
    let read = caller.read(move |tx, ctx| merge::duplicates(tx, ctx, &cursor));
    let (rows, next) = read.await?;
    let items = rows.into_iter().map(Into::into).collect();
    Ok(Json(LikelyDuplicates { items, next }))
}
