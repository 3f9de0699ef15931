//! Fees for programs.

use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{Amount, Items};
use axum::Json;
use axum::extract::Path;
use muster_app::finance::{self, Cell};
use muster_domain::finance::Currency;
use muster_domain::ids::{ProgrammeId, TermId};
use muster_storage::fees::FeeRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What a year and semester of a programme costs in a term.
#[derive(Serialize, ToSchema)]
pub(super) struct Fee {
    id: Uuid,
    programme: Uuid,
    year: i64,
    semester: i64,
    amount: Amount,
    version: i64,
}

impl Fee {
    fn of(row: &FeeRow, currency: Currency) -> Self {
        Self {
            id: row.id.0,
            programme: row.programme.0,
            year: row.year,
            semester: row.semester,
            amount: Amount::new(row.amount, currency),
            version: row.version,
        }
    }
}

async fn listed(caller: &Caller, term: TermId) -> ApiResult<Json<Items<Fee>>> {
    let fees = caller.read(move |tx, ctx| finance::fees(tx, ctx, Some(term))).await?;
    Ok(Json(Items::all(fees.fees.iter().map(|row| Fee::of(row, fees.currency)))))
}

/// The fees of a term, by programme, year and semester.
#[utoipa::path(get, path = "/api/v1/terms/{id}/fees", operation_id = "list_fees",
    responses((status = 200, body = Items<Fee>)))]
pub(super) async fn list(caller: Caller, Path(term): Path<TermId>) -> ApiResult<Json<Items<Fee>>> {
    listed(&caller, term).await
}

#[derive(Deserialize, ToSchema)]
pub(super) struct FeesBody {
    items: Vec<NewFee>,
}

/// A fee to be set.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewFee {
    #[schema(value_type = Uuid)]
    programme: ProgrammeId,
    year: i64,
    semester: i64,
    /// Null: no fee is set any more.
    amount: Option<Amount>,
}

/// Sets fees of a term: balances and clearances follow at once. Fees that are not named stay.
#[utoipa::path(patch, path = "/api/v1/terms/{id}/fees", operation_id = "set_fees",
    request_body = FeesBody, responses((status = 200, body = Items<Fee>)))]
pub(super) async fn set(
    caller: Caller,
    Path(term): Path<TermId>,
    Json(body): Json<FeesBody>,
) -> ApiResult<Json<Items<Fee>>> {
    let cell = |fee: NewFee| {
        let amount = fee.amount.map(|amount| amount.money()).transpose()?;
        let NewFee { programme, year, semester, .. } = fee;
        Ok(Cell { programme, year, semester, amount })
    };
    let cells = body.items.into_iter().map(cell).collect::<muster_app::Result<Vec<_>>>()?;
    caller.write(move |tx, ctx| finance::set_fees(tx, ctx, term, &cells)).await?;
    listed(&caller, term).await
}

#[derive(Deserialize, ToSchema)]
pub(super) struct FeeCopy {
    /// The term whose fees are taken over.
    #[schema(value_type = Uuid)]
    from: TermId,
}

/// Takes over another term's fees where none is set yet.
#[utoipa::path(post, path = "/api/v1/terms/{id}/fee-copies", operation_id = "copy_fees",
    request_body = FeeCopy, responses((status = 200, body = Items<Fee>)))]
pub(super) async fn copy(
    caller: Caller,
    Path(term): Path<TermId>,
    Json(FeeCopy { from }): Json<FeeCopy>,
) -> ApiResult<Json<Items<Fee>>> {
    caller.write(move |tx, ctx| finance::copy_fees(tx, ctx, from, term)).await?;
    listed(&caller, term).await
}
