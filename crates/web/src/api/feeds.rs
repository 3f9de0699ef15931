//! The address for calendar programs, for programs.

use crate::caller::Caller;
use crate::pages::feed_address;
use crate::problem::ApiResult;
use crate::shapes::Instant;
use axum::Json;
use axum::http::StatusCode;
use muster_app::{Error, feeds};
use serde::Serialize;
use utoipa::ToSchema;

/// The caller's calendar feed.
#[derive(Serialize, ToSchema)]
pub(super) struct CalendarFeed {
    created_at: Instant,
}

/// An address that calendar programs read; shown this once.
#[derive(Serialize, ToSchema)]
pub(super) struct NewCalendarFeed {
    address: String,
}

/// The caller's calendar feed; 404 if there is none.
#[utoipa::path(get, path = "/api/v1/me/calendar-feed", operation_id = "get_calendar_feed",
    responses((status = 200, body = CalendarFeed)))]
pub(super) async fn get(caller: Caller) -> ApiResult<Json<CalendarFeed>> {
    let feed = caller.read(feeds::own).await?.ok_or(Error::NotFound)?;
    Ok(Json(CalendarFeed { created_at: Instant(feed.created_at) }))
}

/// Makes an address from which calendar programs read the caller's meetings. The one before stops
/// working.
#[utoipa::path(post, path = "/api/v1/me/calendar-feed", operation_id = "create_calendar_feed",
    responses((status = 201, body = NewCalendarFeed)))]
pub(super) async fn offer(caller: Caller) -> ApiResult<(StatusCode, Json<NewCalendarFeed>)> {
    let token = caller.write(feeds::offer).await?;
    let address = feed_address(&caller, &token);
    Ok((StatusCode::CREATED, Json(NewCalendarFeed { address })))
}

/// Ends the caller's calendar feed.
#[utoipa::path(delete, path = "/api/v1/me/calendar-feed", operation_id = "end_calendar_feed",
    responses((status = 204)))]
pub(super) async fn end(caller: Caller) -> ApiResult<StatusCode> {
    caller.write(feeds::end).await?;
    Ok(StatusCode::NO_CONTENT)
}
