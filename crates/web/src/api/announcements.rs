//! Announcements for programs.

use super::record::{IfMatch, IfNoneMatch, Record, Tagged};
use crate::caller::Caller;
use crate::pages::AnnouncementForm;
use crate::problem::ApiResult;
use crate::shapes::{Day, Instant, Items, Made};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::announcements;
use muster_domain::ids::AnnouncementId;
use muster_storage::announcements::AnnouncementRow;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Most announcements in one answer.
const MOST: i64 = 200;

/// Something told to many.
#[derive(Serialize, ToSchema)]
pub(super) struct Announcement {
    id: Uuid,
    /// `institution`, `programme/ID` or `class/ID`.
    audience: String,
    title: String,
    /// Markdown.
    text: String,
    first_on: Day,
    last_on: Day,
    /// Whether it stands above others.
    pinned: bool,
    author: Uuid,
    author_name: String,
    created_at: Instant,
    /// Null unless somebody ended it.
    ended_at: Option<Instant>,
    version: i64,
}

impl Tagged for Announcement {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl From<AnnouncementRow> for Announcement {
    fn from(row: AnnouncementRow) -> Self {
        Self {
            id: row.id.0,
            audience: AnnouncementForm::of(&row).audience,
            title: row.title,
            text: row.text,
            first_on: Day(row.first_on),
            last_on: Day(row.last_on),
            pinned: row.pinned,
            author: row.author.0,
            author_name: row.author_name,
            created_at: Instant(row.created_at),
            ended_at: row.ended_at.map(Instant),
            version: row.version,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// `next` of the page before.
    #[param(value_type = Option<Uuid>)]
    cursor: Option<AnnouncementId>,
    /// At most so many: 1 to 200, 50 without it.
    limit: Option<i64>,
}

/// Announcements, the latest first: all of them for the office, what concerned the caller for
/// others.
#[utoipa::path(get, path = "/api/v1/announcements", operation_id = "list_announcements",
    params(Page), responses((status = 200, body = Items<Announcement>)))]
pub(super) async fn list(
    caller: Caller,
    Query(Page { cursor, limit }): Query<Page>,
) -> ApiResult<Json<Items<Announcement>>> {
    let limit = limit.unwrap_or(50).clamp(1, MOST);
    let read = caller.read(move |tx, ctx| announcements::list(tx, ctx, cursor, limit + 1));
    Ok(Json(Items::cut(read.await?, limit, |row| row.id.0)))
}

/// What shows to the caller today, pinned ones first.
#[utoipa::path(get, path = "/api/v1/me/announcements", operation_id = "list_shown_announcements",
    responses((status = 200, body = Items<Announcement>)))]
pub(super) async fn shown(caller: Caller) -> ApiResult<Json<Items<Announcement>>> {
    Ok(Json(Items::all(caller.read(announcements::shown).await?)))
}

/// One announcement.
#[utoipa::path(get, path = "/api/v1/announcements/{id}", operation_id = "get_announcement",
    params(IfNoneMatch), responses((status = 200, body = Announcement)))]
pub(super) async fn get(
    caller: Caller,
    known: IfNoneMatch,
    Path(id): Path<AnnouncementId>,
) -> ApiResult<Record<Announcement>> {
    Ok(known.or(caller.read(move |tx, ctx| announcements::get(tx, ctx, id)).await?))
}

#[derive(Deserialize, ToSchema)]
#[schema(as = NewAnnouncement)]
pub(super) struct AnnouncementBody {
    /// `institution`, `programme/ID` or `class/ID`.
    audience: String,
    title: String,
    /// Markdown.
    text: String,
    #[schema(format = Date)]
    first_on: String,
    /// Missing: two weeks after the first.
    #[serde(default)]
    #[schema(format = Date)]
    last_on: String,
    #[serde(default)]
    pinned: bool,
}

/// Makes an announcement.
#[utoipa::path(post, path = "/api/v1/announcements", operation_id = "create_announcement",
    request_body = AnnouncementBody, responses((status = 201, body = Made)))]
pub(super) async fn create(
    caller: Caller,
    Json(body): Json<AnnouncementBody>,
) -> ApiResult<(StatusCode, Json<Made>)> {
    let AnnouncementBody { audience, title, text, first_on, last_on, pinned } = body;
    let form = AnnouncementForm {
        audience,
        title,
        text,
        first_on,
        last_on,
        pinned,
        ..AnnouncementForm::default()
    };
    let input = form.input()?;
    let id = caller.write(move |tx, ctx| announcements::make(tx, ctx, &input)).await?;
    Ok((StatusCode::CREATED, Json(Made::new(id))))
}

/// Members that are missing stay as they are.
#[derive(Deserialize, ToSchema)]
pub(super) struct AnnouncementChange {
    audience: Option<String>,
    title: Option<String>,
    text: Option<String>,
    #[schema(format = Date)]
    first_on: Option<String>,
    #[schema(format = Date)]
    last_on: Option<String>,
    pinned: Option<bool>,
    version: Option<i64>,
}

/// Changes an announcement.
///
/// Only the members given change. With `version` the change is refused if the record is another
/// by now.
#[utoipa::path(patch, path = "/api/v1/announcements/{id}", operation_id = "change_announcement",
    params(IfMatch), request_body = AnnouncementChange,
    responses((status = 200, body = Announcement)))]
pub(super) async fn change(
    caller: Caller,
    meant: IfMatch,
    Path(id): Path<AnnouncementId>,
    Json(body): Json<AnnouncementChange>,
) -> ApiResult<Record<Announcement>> {
    let write = caller.write(move |tx, ctx| {
        let before = announcements::get(tx, ctx, id)?;
        meant.check(before.version)?;
        let mut form = AnnouncementForm::of(&before);
        for (field, text) in [
            (&mut form.audience, &body.audience),
            (&mut form.title, &body.title),
            (&mut form.text, &body.text),
            (&mut form.first_on, &body.first_on),
            (&mut form.last_on, &body.last_on),
        ] {
            if let Some(text) = text {
                field.clone_from(text);
            }
        }
        form.pinned = body.pinned.unwrap_or(form.pinned);
        let seen = body.version.unwrap_or(before.version);
        announcements::change(tx, ctx, id, seen, &form.input()?)?;
        announcements::get(tx, ctx, id)
    });
    Ok(Record::of(write.await?))
}

/// Ends an announcement: it shows no more.
#[utoipa::path(post, path = "/api/v1/announcements/{id}/ending",
    operation_id = "end_announcement", responses((status = 200, body = Announcement)))]
pub(super) async fn end(
    caller: Caller,
    Path(id): Path<AnnouncementId>,
) -> ApiResult<Record<Announcement>> {
    let write = caller.write(move |tx, ctx| {
        announcements::end(tx, ctx, id)?;
        announcements::get(tx, ctx, id)
    });
    Ok(Record::of(write.await?))
}
