//! Holidays for programs.

use super::record::{IfMatch, IfNoneMatch, Record, Tagged};
use crate::caller::Caller;
use crate::pages::HolidayForm;
use crate::problem::ApiResult;
use crate::shapes::{Day, Items, Made, Part};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::academics;
use muster_domain::ids::HolidayId;
use muster_storage::holidays::HolidayRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Days on which no class meets.
#[derive(Serialize, ToSchema)]
pub(super) struct Holiday {
    id: Uuid,
    name: String,
    first_on: Day,
    last_on: Day,
    version: i64,
}

impl Tagged for Holiday {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl From<HolidayRow> for Holiday {
    fn from(row: HolidayRow) -> Self {
        Self {
            id: row.id.0,
            name: row.name,
            first_on: Day(row.first_on),
            last_on: Day(row.last_on),
            version: row.version,
        }
    }
}

/// The holidays, the earliest first.
#[utoipa::path(get, path = "/api/v1/holidays", operation_id = "list_holidays",
    params(Part), responses((status = 200, body = Items<Holiday>)))]
pub(super) async fn list(
    caller: Caller,
    Query(part): Query<Part>,
) -> ApiResult<Json<Items<Holiday>>> {
    let rows = caller.read(academics::holidays).await?;
    Ok(Json(Items::part(rows, part, |row| row.id.0)?))
}

/// One holiday.
#[utoipa::path(get, path = "/api/v1/holidays/{id}", operation_id = "get_holiday",
    params(IfNoneMatch), responses((status = 200, body = Holiday)))]
pub(super) async fn get(
    caller: Caller,
    known: IfNoneMatch,
    Path(id): Path<HolidayId>,
) -> ApiResult<Record<Holiday>> {
    Ok(known.or(caller.read(move |tx, ctx| academics::holiday(tx, ctx, id)).await?))
}

#[derive(Deserialize, ToSchema)]
#[schema(as = NewHoliday)]
pub(super) struct HolidayBody {
    name: String,
    #[schema(format = Date)]
    first_on: String,
    /// Missing: one day only.
    #[serde(default)]
    #[schema(format = Date)]
    last_on: String,
}

/// Adds a holiday: weekly meetings to come of these days go.
#[utoipa::path(post, path = "/api/v1/holidays", operation_id = "create_holiday",
    request_body = HolidayBody, responses((status = 201, body = Made)))]
pub(super) async fn create(
    caller: Caller,
    Json(HolidayBody { name, first_on, last_on }): Json<HolidayBody>,
) -> ApiResult<(StatusCode, Json<Made>)> {
    let input = HolidayForm { name, first_on, last_on, version: 0 }.input()?;
    let id = caller.write(move |tx, ctx| academics::create_holiday(tx, ctx, &input)).await?;
    Ok((StatusCode::CREATED, Json(Made::new(id))))
}

/// Members that are missing stay as they are.
#[derive(Deserialize, ToSchema)]
pub(super) struct HolidayChange {
    name: Option<String>,
    #[schema(format = Date)]
    first_on: Option<String>,
    #[schema(format = Date)]
    last_on: Option<String>,
    version: Option<i64>,
}

/// Changes a holiday; weekly meetings to come follow.
///
/// Only the members given change. With `version` the change is refused if the record is another
/// by now.
#[utoipa::path(patch, path = "/api/v1/holidays/{id}", operation_id = "change_holiday",
    params(IfMatch), request_body = HolidayChange, responses((status = 200, body = Holiday)))]
pub(super) async fn change(
    caller: Caller,
    meant: IfMatch,
    Path(id): Path<HolidayId>,
    Json(body): Json<HolidayChange>,
) -> ApiResult<Record<Holiday>> {
    let write = caller.write(move |tx, ctx| {
        let before = academics::holiday(tx, ctx, id)?;
        meant.check(before.version)?;
        let mut form = HolidayForm::of(&before);
        for (field, text) in [
            (&mut form.name, &body.name),
            (&mut form.first_on, &body.first_on),
            (&mut form.last_on, &body.last_on),
        ] {
            if let Some(text) = text {
                field.clone_from(text);
            }
        }
        let seen = body.version.unwrap_or(before.version);
        academics::change_holiday(tx, ctx, id, seen, &form.input()?)?;
        academics::holiday(tx, ctx, id)
    });
    Ok(Record::of(write.await?))
}

/// Takes a holiday back: weekly meetings take place on these days again.
#[utoipa::path(delete, path = "/api/v1/holidays/{id}", operation_id = "end_holiday",
    responses((status = 204)))]
pub(super) async fn end(caller: Caller, Path(id): Path<HolidayId>) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| academics::end_holiday(tx, ctx, id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
