//! The caller's inbox for programs.

use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{Instant, Items, NoticeKindKey};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::notices;
use muster_domain::ids::NoticeId;
use muster_storage::notices::NoticeRow;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Most notices in one answer.
const MOST: i64 = 200;

/// Something that the caller was told.
#[derive(Serialize, ToSchema)]
pub(super) struct Notice {
    id: Uuid,
    kind: NoticeKindKey,
    title: String,
    /// May be empty.
    body: String,
    /// Path of the page that it is about.
    link: Option<String>,
    created_at: Instant,
    /// Null while it is new.
    read_at: Option<Instant>,
}

impl From<NoticeRow> for Notice {
    fn from(row: NoticeRow) -> Self {
        Self {
            id: row.id.0,
            kind: NoticeKindKey(row.kind),
            title: row.title,
            body: row.body,
            link: row.link,
            created_at: Instant(row.created_at),
            read_at: row.read_at.map(Instant),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// `next` of the page before.
    #[param(value_type = Option<Uuid>)]
    cursor: Option<NoticeId>,
    /// At most so many: 1 to 200, 50 without it.
    limit: Option<i64>,
}

/// The caller's notices, the latest first.
#[utoipa::path(get, path = "/api/v1/me/notices", operation_id = "list_notices", params(Page),
    responses((status = 200, body = Items<Notice>)))]
pub(super) async fn list(
    caller: Caller,
    Query(Page { cursor, limit }): Query<Page>,
) -> ApiResult<Json<Items<Notice>>> {
    let limit = limit.unwrap_or(50).clamp(1, MOST);
    let read = caller.read(move |tx, ctx| notices::inbox(tx, ctx, cursor, limit + 1));
    Ok(Json(Items::cut(read.await?, limit, |row| row.id.0)))
}

/// Notes that the caller read a notice.
#[utoipa::path(post, path = "/api/v1/me/notices/{id}/reading", operation_id = "read_notice",
    responses((status = 200, body = Notice)))]
pub(super) async fn read(caller: Caller, Path(id): Path<NoticeId>) -> ApiResult<Json<Notice>> {
    let done = caller.write(move |tx, ctx| notices::read(tx, ctx, id)).await?;
    Ok(Json(done.into()))
}

/// Notes that the caller read all notices.
#[utoipa::path(post, path = "/api/v1/me/notices/reading", operation_id = "read_notices",
    responses((status = 204)))]
pub(super) async fn read_all(caller: Caller) -> ApiResult<StatusCode> {
    caller.write(notices::read_all).await?;
    Ok(StatusCode::NO_CONTENT)
}
