//! Pass types for programs.

use super::member::Member;
use super::record::{IfMatch, Record, Tagged};
use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{Amount, Items, Made};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use muster_app::Error;
use muster_app::events::{self, PassTypeInput};
use muster_domain::finance::{Currency, Money};
use muster_domain::ids::{EventId, PassTypeId};
use muster_storage::events::PassTypeRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A kind of admission.
#[derive(Serialize, ToSchema)]
pub(super) struct PassType {
    id: Uuid,
    event: Uuid,
    name: String,
    price: Amount,
    /// How many people a pass admits.
    admits: i64,
    /// How many there are; null: as many as there is room.
    quota: Option<i64>,
    /// Valid passes.
    sold: i64,
    on_sale: bool,
    version: i64,
}

impl PassType {
    fn of(row: PassTypeRow, currency: Currency) -> Self {
        Self {
            id: row.id.0,
            event: row.event.0,
            price: Amount::new(row.price, currency),
            name: row.name,
            admits: row.admits,
            quota: row.quota,
            sold: row.sold,
            on_sale: row.on_sale,
            version: row.version,
        }
    }
}

impl Tagged for PassType {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

/// The pass types of an event, the cheapest first.
#[utoipa::path(get, path = "/api/v1/events/{id}/pass-types", operation_id = "list_pass_types",
    responses((status = 200, body = Items<PassType>)))]
pub(super) async fn list(
    caller: Caller,
    Path(id): Path<EventId>,
) -> ApiResult<Json<Items<PassType>>> {
    let read = caller.read(move |tx, ctx| {
        let currency = events::currency(&events::get(tx, ctx, id)?);
        let types = events::pass_types(tx, ctx, id)?;
        Ok(types.into_iter().map(|row| PassType::of(row, currency)).collect::<Vec<_>>())
    });
    Ok(Json(Items::all(read.await?)))
}

/// Members that are missing from a change stay as they are.
#[derive(Clone, Deserialize, ToSchema)]
#[schema(as = PassTypeFields)]
pub(super) struct PassTypeBody {
    name: Option<String>,
    /// In the event's currency; free without it.
    price: Option<Amount>,
    /// 1 without it; it never changes.
    admits: Option<i64>,
    /// Null: as many as there is room.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    quota: Member<i64>,
    on_sale: Option<bool>,
    version: Option<i64>,
}

impl PassTypeBody {
    fn over(
        &self,
        before: Option<&PassTypeRow>,
        currency: Currency,
    ) -> Result<PassTypeInput, Error> {
        let price = match &self.price {
            Some(price) => {
                let price = price.money().and_then(|price| {
                    let checked = price.checked(currency);
                    checked.map_err(|error| Error::field("price", error.to_string()))
                });
                price?
            }
            None => Money::new(before.map_or(0, |row| row.price), currency),
        };
        let quota = self.quota.or(before.and_then(|row| row.quota));
        Ok(PassTypeInput {
            name: self
                .name
                .clone()
                .or_else(|| before.map(|row| row.name.clone()))
                .unwrap_or_default(),
            price: price.digits(),
            admits: self.admits.unwrap_or_else(|| before.map_or(1, |row| row.admits)),
            quota,
            on_sale: self.on_sale.unwrap_or_else(|| before.is_none_or(|row| row.on_sale)),
        })
    }
}

/// Adds a pass type to an event.
#[utoipa::path(post, path = "/api/v1/events/{id}/pass-types", operation_id = "create_pass_type",
    request_body = PassTypeBody, responses((status = 201, body = Made)))]
pub(super) async fn create(
    caller: Caller,
    Path(id): Path<EventId>,
    Json(body): Json<PassTypeBody>,
) -> ApiResult<(StatusCode, Json<Made>)> {
    let write = caller.write(move |tx, ctx| {
        let currency = events::currency(&events::get(tx, ctx, id)?);
        events::add_type(tx, ctx, id, &body.over(None, currency)?)
    });
    Ok((StatusCode::CREATED, Json(Made::new(write.await?))))
}

/// Changes a pass type; passes that were issued keep the price that was paid.
#[utoipa::path(patch, path = "/api/v1/pass-types/{id}", operation_id = "change_pass_type",
    params(IfMatch), request_body = PassTypeBody, responses((status = 200, body = PassType)))]
pub(super) async fn change(
    caller: Caller,
    meant: IfMatch,
    Path(id): Path<PassTypeId>,
    Json(body): Json<PassTypeBody>,
) -> ApiResult<Record<PassType>> {
    let write = caller.write(move |tx, ctx| {
        let before = events::pass_type(tx, ctx, id)?;
        meant.check(before.version)?;
        let currency = events::currency(&events::get(tx, ctx, before.event)?);
        let seen = body.version.unwrap_or(before.version);
        events::change_type(tx, ctx, id, seen, &body.over(Some(&before), currency)?)?;
        Ok(PassType::of(events::pass_type(tx, ctx, id)?, currency))
    });
    Ok(Record::of(write.await?))
}
