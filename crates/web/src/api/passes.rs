//! Passes for programs.

use super::own_address;
use super::record::{IfNoneMatch, Tagged};
use crate::caller::Caller;
use crate::pages::{PassFilter, pass_pdf, pass_picture};
use crate::printing::{PDF, PNG, accepts};
use crate::problem::ApiResult;
use crate::shapes::{Amount, Instant, Items, Made, PassStateKey, PaymentKey};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use muster_app::passes::{self, HolderInput, IssueInput, Pass as Found, TransferInput};
use muster_app::{Error, events};
use muster_domain::finance::Currency;
use muster_domain::ids::{EventId, PassId, PassTypeId};
use muster_domain::passes::Payment;
use muster_storage::passes::{HolderRow, PassRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Most passes in one answer.
const MOST: i64 = 200;

/// A pass.
#[derive(Serialize, ToSchema)]
pub(super) struct PassItem {
    id: Uuid,
    event: Uuid,
    pass_type: Uuid,
    type_name: String,
    state: PassStateKey,
    /// The first holder's name.
    holder: String,
    admits: i64,
    /// How many people entered with it.
    admitted: i64,
    paid: Amount,
    payment: PaymentKey,
    reference: Option<String>,
    email: Option<String>,
    /// How often its credential was issued; those of before are superseded.
    issue: i64,
    issued_by: Uuid,
    issued_at: Instant,
    ended_at: Option<Instant>,
    reason: Option<String>,
    version: i64,
}

/// A pass in a list.
#[derive(Serialize, ToSchema)]
pub(super) struct ListedPass {
    #[serde(flatten)]
    item: PassItem,
    /// Whether it is valid, but there is no place for it: nodes that were apart sold the same one.
    oversold: bool,
}

/// A pass with its credential.
#[derive(Serialize, ToSchema)]
pub(super) struct Pass {
    #[serde(flatten)]
    item: PassItem,
    holders: Vec<Holder>,
    /// What its QR holds, while it is valid: whoever has it can enter.
    credential: Option<String>,
    /// The same for typing.
    code: Option<String>,
    /// The page for its holder.
    link: Option<String>,
}

/// Somebody on a pass.
#[derive(Serialize, ToSchema)]
#[schema(as = PassHolder)]
pub(super) struct Holder {
    name: String,
    /// In its international form.
    phone: String,
}

impl PassItem {
    fn of(row: PassRow, currency: Currency) -> Self {
        Self {
            id: row.id.0,
            event: row.event.0,
            pass_type: row.pass_type.0,
            type_name: row.type_name,
            state: PassStateKey(row.state),
            holder: row.holder,
            admits: row.admits,
            admitted: row.admitted,
            paid: Amount::new(row.paid, currency),
            payment: PaymentKey(row.payment),
            reference: row.reference,
            email: row.email,
            issue: row.issue,
            issued_by: row.issued_by.0,
            issued_at: Instant(row.issued_at),
            ended_at: row.ended_at.map(Instant),
            reason: row.reason,
            version: row.version,
        }
    }
}

impl Pass {
    fn of(caller: &Caller, found: Found) -> Self {
        let Found { row, event, holders, drawn } = found;
        let own = own_address(caller);
        let credential = drawn.as_ref().and_then(|drawn| {
            let (scheme, host) = own.split_once("://")?;
            Some(drawn.credential.link(host, scheme == "https"))
        });
        let holder = |HolderRow { name, phone, .. }| Holder { name, phone };
        Self {
            item: PassItem::of(row, events::currency(&event)),
            holders: holders.into_iter().map(holder).collect(),
            credential,
            code: drawn.as_ref().map(|drawn| drawn.code.to_string()),
            link: drawn.as_ref().map(|drawn| format!("{own}/p/{}", drawn.page)),
        }
    }
}

impl Tagged for Pass {
    fn version(&self) -> Option<i64> {
        Some(self.item.version)
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// The beginning of a name or a phone, a readable code, or a payment's reference.
    #[serde(default)]
    q: String,
    #[serde(default)]
    pass_type: String,
    /// `cash`, `online` or `free`.
    #[serde(default)]
    payment: String,
    /// `valid`, `void`, `refunded`, or `oversold`: valid ones that there is no place for.
    #[serde(default)]
    state: String,
    /// `yes` or `no`: whether somebody entered with it.
    #[serde(default)]
    scanned: String,
    /// `next` of the page before.
    #[param(value_type = Option<Uuid>)]
    cursor: Option<PassId>,
    /// At most so many: 1 to 200, 50 without it.
    limit: Option<i64>,
}

/// Passes of an event, the latest first.
#[utoipa::path(get, path = "/api/v1/events/{id}/passes", operation_id = "list_passes",
    params(Page), responses((status = 200, body = Items<ListedPass>)))]
pub(super) async fn list(
    caller: Caller,
    Path(id): Path<EventId>,
    Query(page): Query<Page>,
) -> ApiResult<Json<Items<ListedPass>>> {
    let Page { q, pass_type, payment, state, scanned, cursor, limit } = page;
    let limit = limit.unwrap_or(50).clamp(1, MOST);
    let filter = PassFilter { q, pass_type, payment, state, scanned, ..PassFilter::default() };
    let read = caller.read(move |tx, ctx| {
        let currency = events::currency(&events::get(tx, ctx, id)?);
        let oversold = passes::oversold(tx, ctx, id)?;
        let rows = passes::list(tx, ctx, id, &filter.search(), (cursor, limit + 1))?.into_iter();
        let item = |row: PassRow| ListedPass {
            oversold: oversold.contains(&row.id),
            item: PassItem::of(row, currency),
        };
        Ok(rows.map(item).collect::<Vec<_>>())
    });
    Ok(Json(Items::cut(read.await?, limit, |listed| listed.item.id)))
}

/// Somebody to be on a pass.
#[derive(Clone, Deserialize, ToSchema)]
#[schema(as = NewPassHolder)]
pub(super) struct NewHolder {
    name: String,
    /// With `+` and the calling code, or as people of the institution's country write it.
    phone: String,
}

fn holders(new: &[NewHolder]) -> Vec<HolderInput> {
    let holder = |one: &NewHolder| HolderInput { name: one.name.clone(), phone: one.phone.clone() };
    new.iter().map(holder).collect()
}

#[derive(Deserialize, ToSchema)]
pub(super) struct NewPass {
    #[schema(value_type = Uuid)]
    pass_type: PassTypeId,
    /// As many as a pass of that type admits.
    holders: Vec<NewHolder>,
    /// `cash`, `online` or `free`.
    payment: String,
    /// Needed with `online`.
    #[serde(default)]
    reference: String,
    #[serde(default)]
    email: String,
}

/// Issues a pass.
///
/// Without room: 409 `sold-out`. With a holder who has a pass of the event: 409
/// `duplicate-holder`, with its id as `pass`. The credential is in the answer to `GET` alone.
#[utoipa::path(post, path = "/api/v1/events/{id}/passes", operation_id = "issue_pass",
    request_body = NewPass, responses((status = 201, body = Made)))]
pub(super) async fn issue(
    caller: Caller,
    Path(id): Path<EventId>,
    Json(body): Json<NewPass>,
) -> ApiResult<(StatusCode, Json<Made>)> {
    let payment = Payment::from_key(&body.payment);
    let input = IssueInput {
        pass_type: body.pass_type,
        holders: holders(&body.holders),
        payment: payment.ok_or_else(|| Error::field("payment", "Send cash, online or free."))?,
        reference: body.reference,
        email: body.email,
    };
    let made = caller.write(move |tx, ctx| passes::issue(tx, ctx, id, &input)).await?;
    Ok((StatusCode::CREATED, Json(Made::new(made))))
}

/// One pass with its credential; with `Accept: image/png` the picture of its QR, with
/// `Accept: application/pdf` the pass on paper.
#[utoipa::path(get, path = "/api/v1/passes/{id}", operation_id = "get_pass",
    params(IfNoneMatch), responses((status = 200, body = Pass)))]
pub(super) async fn get(
    caller: Caller,
    known: IfNoneMatch,
    headers: HeaderMap,
    Path(id): Path<PassId>,
) -> ApiResult<Response> {
    let found = caller.read(move |tx, ctx| passes::get(tx, ctx, id)).await?;
    if accepts(&headers, PDF) {
        return Ok(pass_pdf(&caller, found).await?);
    }
    if accepts(&headers, PNG) {
        return Ok(pass_picture(&caller, found.drawn.as_ref())?);
    }
    Ok(known.or::<Pass>(Pass::of(&caller, found)).into_response())
}

/// Why a pass is withdrawn.
#[derive(Deserialize, ToSchema)]
#[schema(as = PassEnding)]
pub(super) struct Ending {
    reason: String,
}

/// Withdraws a pass: it admits nobody, and its place is free again.
#[utoipa::path(post, path = "/api/v1/passes/{id}/void", operation_id = "void_pass",
    request_body = Ending, responses((status = 204)))]
pub(super) async fn void(
    caller: Caller,
    Path(id): Path<PassId>,
    Json(Ending { reason }): Json<Ending>,
) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| passes::void(tx, ctx, id, &reason)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Withdraws a pass and notes that its price was given back.
#[utoipa::path(post, path = "/api/v1/passes/{id}/refund", operation_id = "refund_pass",
    request_body = Ending, responses((status = 204)))]
pub(super) async fn refund(
    caller: Caller,
    Path(id): Path<PassId>,
    Json(Ending { reason }): Json<Ending>,
) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| passes::refund(tx, ctx, id, &reason)).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[schema(as = PassTransfer)]
pub(super) struct Transfer {
    /// As many as the pass admits.
    holders: Vec<NewHolder>,
    #[serde(default)]
    email: String,
    #[serde(default)]
    reason: String,
}

/// Hands a pass on to others: its credential is issued anew, and those of before are superseded.
#[utoipa::path(post, path = "/api/v1/passes/{id}/transfer", operation_id = "transfer_pass",
    request_body = Transfer, responses((status = 204)))]
pub(super) async fn transfer(
    caller: Caller,
    Path(id): Path<PassId>,
    Json(body): Json<Transfer>,
) -> ApiResult<StatusCode> {
    let Transfer { holders: new, email, reason } = body;
    let input = TransferInput { holders: holders(&new), email, reason };
    caller.write(move |tx, ctx| passes::transfer(tx, ctx, id, &input)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a pass to its e-mail address again.
#[utoipa::path(post, path = "/api/v1/passes/{id}/letters", operation_id = "send_pass",
    responses((status = 204)))]
pub(super) async fn send(caller: Caller, Path(id): Path<PassId>) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| passes::send(tx, ctx, id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
