//! Photos of people for programs.

use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::upload;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use muster_app::{Error, photos};
use muster_documents::photo::{Crop, LARGEST};
use muster_domain::ids::PersonId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The square of the upright picture that is kept, in its pixels; the middle without it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Square {
    /// Left edge.
    x: Option<u32>,
    /// Top edge.
    y: Option<u32>,
    /// Width and height.
    side: Option<u32>,
}

impl Square {
    fn crop(&self) -> Result<Option<Crop>, Error> {
        match (self.x, self.y, self.side) {
            (None, None, None) => Ok(None),
            (Some(x), Some(y), Some(side)) => Ok(Some(Crop { x, y, side })),
            _ => Err(Error::field("side", "Send x, y and side together, or none of them.")),
        }
    }
}

/// The photo that is stored.
#[derive(Serialize, ToSchema)]
pub(super) struct Photo {
    /// SHA-256 of the picture, in hexadecimal.
    digest: String,
}

/// The photo of a person: a JPEG of 256 by 256 pixels.
///
/// For those who see people, for the staff of a class that the person attends, and for themself.
#[utoipa::path(get, path = "/api/v1/people/{id}/photo", operation_id = "get_photo",
    responses((status = 200, body = Vec<u8>, content_type = "image/jpeg")))]
pub(super) async fn get(caller: Caller, Path(id): Path<PersonId>) -> ApiResult<Response> {
    let photo = caller.read(move |tx, ctx| photos::get(tx, ctx, id)).await?;
    Ok(([(header::CONTENT_TYPE, photo.media_type)], photo.content).into_response())
}

/// Stores a photo of a person in place of the one before.
///
/// The body is the file itself: JPEG, PNG or WebP, up to 10 MiB and 50 megapixels. It is turned
/// upright, cut to a square and drawn anew, small and without its metadata.
#[utoipa::path(put, path = "/api/v1/people/{id}/photo", operation_id = "set_photo",
    params(Square), request_body(content = Vec<u8>, content_type = "image/*"),
    responses((status = 200, body = Photo)))]
pub(super) async fn put(
    caller: Caller,
    Path(id): Path<PersonId>,
    Query(square): Query<Square>,
    body: Body,
) -> ApiResult<Json<Photo>> {
    caller.read(move |tx, ctx| photos::need_change(tx, ctx, id)).await?;
    let crop = square.crop()?;
    let file = upload::body(body, "photo", LARGEST).await?;
    let thumbnail = caller.app.thumbnail(file, crop).await?;
    let digest = caller.write(move |tx, ctx| photos::set(tx, ctx, id, &thumbnail)).await?;
    Ok(Json(Photo { digest }))
}

/// Removes the photo of a person.
#[utoipa::path(delete, path = "/api/v1/people/{id}/photo", operation_id = "remove_photo",
    responses((status = 204)))]
pub(super) async fn remove(caller: Caller, Path(id): Path<PersonId>) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| photos::remove(tx, ctx, id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
