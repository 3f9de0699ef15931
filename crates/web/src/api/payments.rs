//! Payments for programs.

use super::record::{IfNoneMatch, Tagged};
use crate::caller::Caller;
use crate::pages::receipt_pdf;
use crate::printing::{PDF, accepts};
use crate::problem::ApiResult;
use crate::shapes::{Amount, Day, Instant, Items, PaymentMethodKey, PaymentStateKey};
use crate::times;
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use muster_app::Error;
use muster_app::finance::{self, Filter, PaymentInput};
use muster_domain::finance::{Currency, Method, PaymentState};
use muster_domain::ids::{PaymentId, PersonId, TermId};
use muster_domain::time::Date;
use muster_storage::payments::PaymentRow;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Most payments in one answer.
const MOST: i64 = 200;

/// Money that a student paid.
#[derive(Serialize, ToSchema)]
pub(super) struct Payment {
    id: Uuid,
    person: Uuid,
    name: String,
    number: String,
    term: Uuid,
    term_name: String,
    amount: Amount,
    /// What for, in words.
    r#type: String,
    method: PaymentMethodKey,
    receipt: Option<String>,
    paid_on: Day,
    note: Option<String>,
    state: PaymentStateKey,
    /// Another node took the same receipt while both were apart.
    contested: bool,
    /// Name of who recorded it.
    recorded_by: Option<String>,
    recorded_at: Instant,
    /// Name of who reversed it.
    reversed_by: Option<String>,
    reversed_at: Option<Instant>,
    reversal_reason: Option<String>,
    version: i64,
}

impl Tagged for Payment {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl Payment {
    pub fn of(row: PaymentRow, currency: Currency) -> Self {
        Self {
            id: row.id.0,
            person: row.person.0,
            name: row.name,
            number: row.number,
            term: row.term.0,
            term_name: row.term_name,
            amount: Amount::new(row.amount, currency),
            r#type: row.kind,
            method: PaymentMethodKey(row.method),
            receipt: row.receipt,
            paid_on: Day(row.paid_on),
            note: row.note,
            state: PaymentStateKey(row.state),
            contested: row.contested,
            recorded_by: row.recorder,
            recorded_at: Instant(row.recorded_at),
            reversed_by: row.reverser,
            reversed_at: row.reversed_at.map(Instant),
            reversal_reason: row.reversal_reason,
            version: row.version,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Part of a name or number, or a receipt's number.
    #[serde(default)]
    q: String,
    /// For this term alone.
    #[param(value_type = Option<Uuid>)]
    term: Option<TermId>,
    /// `cash`, `card`, `bank_transfer`, `cheque`, `online` or `other`.
    method: Option<String>,
    /// `pending`, `completed` or `reversed`.
    state: Option<String>,
    /// From this day on.
    #[param(format = Date)]
    from: Option<String>,
    /// To this day.
    #[param(format = Date)]
    until: Option<String>,
    /// `next` of the page before.
    #[param(value_type = Option<Uuid>)]
    cursor: Option<PaymentId>,
    /// At most so many: 1 to 200, 50 without it.
    limit: Option<i64>,
}

/// A day that may be left out.
pub(super) fn day(field: &'static str, text: Option<&str>) -> Result<Option<Date>, Error> {
    let read = |text| {
        let wrong = || Error::field(field, "Give a day, for example 2026-11-21.");
        times::parse_date(text).ok_or_else(wrong)
    };
    text.map(read).transpose()
}

fn method(text: &str) -> Result<Method, Error> {
    let known = Method::ALL.map(Method::key).join(", ");
    let wrong = || Error::field("method", format!("Choose one of {known}."));
    Method::from_key(text).ok_or_else(wrong)
}

fn state(text: &str) -> Result<PaymentState, Error> {
    let known = PaymentState::ALL.map(PaymentState::key).join(", ");
    let wrong = || Error::field("state", format!("Choose one of {known}."));
    PaymentState::from_key(text).ok_or_else(wrong)
}

/// Payments, the latest first.
#[utoipa::path(get, path = "/api/v1/payments", operation_id = "list_payments", params(Wanted),
    responses((status = 200, body = Items<Payment>)))]
pub(super) async fn list(
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> ApiResult<Json<Items<Payment>>> {
    let limit = wanted.limit.unwrap_or(50).clamp(1, MOST);
    let filter = Filter {
        text: wanted.q,
        term: wanted.term,
        method: wanted.method.as_deref().map(method).transpose()?,
        state: wanted.state.as_deref().map(state).transpose()?,
        from: day("from", wanted.from.as_deref())?,
        until: day("until", wanted.until.as_deref())?,
        after: wanted.cursor,
        limit: limit + 1,
    };
    let rows = caller.read(move |tx, ctx| finance::payments(tx, ctx, &filter)).await?;
    let currency = caller.known.settings.currency;
    let rows = rows.into_iter().map(|row| Payment::of(row, currency)).collect();
    Ok(Json(Items::cut(rows, limit, |row: &Payment| row.id)))
}

/// One payment: for finance, and for whose it is. With `Accept: application/pdf` its receipt.
#[utoipa::path(get, path = "/api/v1/payments/{id}", operation_id = "get_payment",
    params(IfNoneMatch), responses((status = 200, body = Payment)))]
pub(super) async fn get(
    caller: Caller,
    known: IfNoneMatch,
    headers: HeaderMap,
    Path(id): Path<PaymentId>,
) -> ApiResult<Response> {
    if accepts(&headers, PDF) {
        let receipt = caller.read(move |tx, ctx| finance::receipt(tx, ctx, id)).await?;
        return Ok(receipt_pdf(&caller, receipt).await?);
    }
    let row = caller.read(move |tx, ctx| finance::payment(tx, ctx, id)).await?;
    Ok(known.or::<Payment>(Payment::of(row, caller.known.settings.currency)).into_response())
}

#[derive(Deserialize, ToSchema)]
#[schema(as = NewPayment)]
pub(super) struct PaymentBody {
    /// Whose; or `number` instead.
    #[schema(value_type = Option<Uuid>)]
    person: Option<PersonId>,
    /// Whose, by number, user name or e-mail address.
    number: Option<String>,
    /// The term; the one that runs now without it.
    #[schema(value_type = Option<Uuid>)]
    term: Option<TermId>,
    amount: Amount,
    /// What for; `Fees` without it.
    #[serde(default)]
    r#type: String,
    /// `cash`, `card`, `bank_transfer`, `cheque`, `online` or `other`; `other` without it.
    method: Option<String>,
    /// Number of the receipt, where there is one: each counts once.
    #[serde(default)]
    receipt: String,
    /// Today without it.
    #[schema(format = Date)]
    paid_on: Option<String>,
    #[serde(default)]
    note: String,
    /// `completed`, or `pending` if the money is not here yet; `completed` without it.
    state: Option<String>,
}

impl PaymentBody {
    fn input(&self, person: PersonId) -> Result<PaymentInput, Error> {
        let pending = match self.state.as_deref().map(state).transpose()? {
            None | Some(PaymentState::Completed) => false,
            Some(PaymentState::Pending) => true,
            Some(PaymentState::Reversed) => {
                return Err(Error::field("state", "A new payment is completed or pending."));
            }
        };
        Ok(PaymentInput {
            person,
            term: self.term,
            amount: self.amount.money()?,
            kind: self.r#type.clone(),
            method: self.method.as_deref().map_or(Ok(Method::Other), method)?,
            receipt: self.receipt.clone(),
            paid_on: day("paid_on", self.paid_on.as_deref())?,
            note: self.note.clone(),
            pending,
        })
    }
}

/// Records a payment: the student's balance and clearances follow at once.
///
/// A receipt that is recorded already is refused: 409 `receipt-taken`.
#[utoipa::path(post, path = "/api/v1/payments", operation_id = "record_payment",
    request_body = PaymentBody, responses((status = 201, body = Payment)))]
pub(super) async fn create(
    caller: Caller,
    Json(body): Json<PaymentBody>,
) -> ApiResult<(StatusCode, Json<Payment>)> {
    let write = caller.write(move |tx, ctx| {
        let person = match (body.person, &body.number) {
            (Some(person), _) => person,
            (None, Some(number)) => finance::payer(tx, ctx, number)?,
            (None, None) => return Err(Error::field("person", "Say who paid.")),
        };
        let id = finance::record_payment(tx, ctx, &body.input(person)?)?;
        finance::payment(tx, ctx, id)
    });
    let payment = Payment::of(write.await?, caller.known.settings.currency);
    Ok((StatusCode::CREATED, Json(payment)))
}

/// The money of a pending payment is here: it counts from now on.
#[utoipa::path(post, path = "/api/v1/payments/{id}/completion", operation_id = "complete_payment",
    responses((status = 200, body = Payment)))]
pub(super) async fn complete(
    caller: Caller,
    Path(id): Path<PaymentId>,
) -> ApiResult<Json<Payment>> {
    let write = caller.write(move |tx, ctx| {
        finance::complete_payment(tx, ctx, id)?;
        finance::payment(tx, ctx, id)
    });
    Ok(Json(Payment::of(write.await?, caller.known.settings.currency)))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct PaymentReversal {
    /// Why; the student reads it.
    #[serde(default)]
    reason: String,
}

/// Takes a payment back: it counts no more, and stays in the list with the reason.
#[utoipa::path(post, path = "/api/v1/payments/{id}/reversal", operation_id = "reverse_payment",
    request_body = PaymentReversal, responses((status = 200, body = Payment)))]
pub(super) async fn reverse(
    caller: Caller,
    Path(id): Path<PaymentId>,
    Json(body): Json<PaymentReversal>,
) -> ApiResult<Json<Payment>> {
    let write = caller.write(move |tx, ctx| {
        finance::reverse_payment(tx, ctx, id, &body.reason)?;
        finance::payment(tx, ctx, id)
    });
    Ok(Json(Payment::of(write.await?, caller.known.settings.currency)))
}
