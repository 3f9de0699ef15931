//! Whose phone a phone is, for programs.

use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{Instant, Items};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use muster_app::devices;
use muster_domain::ids::{DeviceId, PersonId};
use muster_storage::devices::BindingRow;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A phone or browser that is a student's: they marked with it first.
#[derive(Serialize, ToSchema)]
pub(super) struct Device {
    id: Uuid,
    since: Instant,
}

impl From<BindingRow> for Device {
    fn from(row: BindingRow) -> Self {
        Self { id: row.device.0, since: Instant(row.bound_at) }
    }
}

/// A student's devices.
#[utoipa::path(get, path = "/api/v1/people/{id}/devices", operation_id = "list_devices",
    responses((status = 200, body = Items<Device>)))]
pub(super) async fn list(
    caller: Caller,
    Path(id): Path<PersonId>,
) -> ApiResult<Json<Items<Device>>> {
    let (_, rows) = caller.read(move |tx, ctx| devices::of(tx, ctx, id)).await?;
    Ok(Json(Items::all(rows)))
}

/// Frees a student's device: whoever marks with it next owns it.
#[utoipa::path(delete, path = "/api/v1/people/{id}/devices/{device}", operation_id = "free_device",
    responses((status = 204)))]
pub(super) async fn free(
    caller: Caller,
    Path((id, device)): Path<(PersonId, DeviceId)>,
) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| devices::free(tx, ctx, id, device)).await?;
    Ok(StatusCode::NO_CONTENT)
}
