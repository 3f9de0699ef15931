//! Where classes have their rooms, for programs.

use crate::caller::Caller;
use crate::problem::ApiResult;
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use muster_app::{Error, academics};
use muster_domain::ids::ClassId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a class has its room.
#[derive(Deserialize, Serialize, ToSchema)]
pub(super) struct RoomLocation {
    /// Degrees north of the equator, with six decimals at most.
    latitude: f64,
    /// Degrees east of Greenwich.
    longitude: f64,
}

/// Where a class has its room.
#[utoipa::path(get, path = "/api/v1/classes/{id}/location", operation_id = "get_class_location",
    responses((status = 200, body = RoomLocation)))]
pub(super) async fn get(caller: Caller, Path(id): Path<ClassId>) -> ApiResult<Json<RoomLocation>> {
    let read = caller.read(move |tx, ctx| academics::class_location(tx, ctx, id));
    let (latitude, longitude) = read.await?.ok_or(Error::NotFound)?.degrees();
    // What was stored is a decimal number.
    let number = |text: String| text.parse().unwrap_or_default();
    Ok(Json(RoomLocation { latitude: number(latitude), longitude: number(longitude) }))
}

/// Says where a class has its room.
///
/// Students who mark themselves are then asked how far from there they are, if the settings want
/// to know.
#[utoipa::path(put, path = "/api/v1/classes/{id}/location", operation_id = "put_class_location",
    request_body = RoomLocation, responses((status = 204)))]
pub(super) async fn put(
    caller: Caller,
    Path(id): Path<ClassId>,
    Json(RoomLocation { latitude, longitude }): Json<RoomLocation>,
) -> ApiResult<StatusCode> {
    let [latitude, longitude] = [latitude, longitude].map(|degrees| format!("{degrees:.6}"));
    let location = academics::read_location(&latitude, &longitude)?;
    caller.write(move |tx, ctx| academics::locate_class(tx, ctx, id, location)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets where a class has its room.
#[utoipa::path(delete, path = "/api/v1/classes/{id}/location",
    operation_id = "delete_class_location", responses((status = 204)))]
pub(super) async fn remove(caller: Caller, Path(id): Path<ClassId>) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| academics::locate_class(tx, ctx, id, None)).await?;
    Ok(StatusCode::NO_CONTENT)
}
