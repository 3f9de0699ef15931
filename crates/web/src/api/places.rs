//! Many students of a class at once, for programs: who could attend, another section, numbers.

use super::enrolments::Enrolment;
use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::Items;
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::Error;
use muster_app::academics::{self, Numbered};
use muster_domain::academics::RollOrder;
use muster_domain::ids::{ClassId, PersonId, ProgrammeId};
use muster_storage::candidates::{CandidateRow, Search};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Most students in one answer.
const MOST: i64 = 500;

/// A student with what they study.
#[derive(Serialize, ToSchema)]
pub(super) struct Candidate {
    person: Uuid,
    number: String,
    name: String,
    /// The programme's code.
    programme: Option<String>,
    year: Option<i64>,
    semester: Option<i64>,
}

impl From<CandidateRow> for Candidate {
    fn from(row: CandidateRow) -> Self {
        let CandidateRow { person, name, number, programme, year, semester } = row;
        Self { person: person.0, number, name, programme, year, semester }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Part of a name, or the beginning of a number.
    #[serde(default)]
    q: String,
    /// Only of this programme.
    #[param(value_type = Option<Uuid>)]
    programme: Option<ProgrammeId>,
    /// Only of this year.
    year: Option<i64>,
    /// Only of this semester.
    semester: Option<i64>,
    /// At most so many: 1 to 500, 50 without it.
    limit: Option<i64>,
}

/// Students who do not attend a class now, by name.
#[utoipa::path(get, path = "/api/v1/classes/{id}/candidates", operation_id = "list_candidates",
    params(Asked), responses((status = 200, body = Items<Candidate>)))]
pub(super) async fn candidates(
    caller: Caller,
    Path(id): Path<ClassId>,
    Query(asked): Query<Asked>,
) -> ApiResult<Json<Items<Candidate>>> {
    let Asked { q: text, programme, year, semester, limit } = asked;
    let limit = limit.unwrap_or(50).clamp(1, MOST);
    let search = Search { text, programme, year, semester, limit };
    let read = caller.read(move |tx, ctx| academics::candidates(tx, ctx, id, &search));
    Ok(Json(Items::all(read.await?)))
}

#[derive(Deserialize, ToSchema)]
#[schema(as = Transfer)]
pub(super) struct TransferBody {
    /// The other section.
    #[schema(value_type = Uuid)]
    to: ClassId,
    #[schema(value_type = Vec<Uuid>)]
    people: Vec<PersonId>,
}

/// Moves students to another section of the same course and term: all of them, or none.
///
/// They are withdrawn here, where their history stays, and enrolled there.
#[utoipa::path(post, path = "/api/v1/classes/{id}/transfers", operation_id = "transfer",
    request_body = TransferBody, responses((status = 204)))]
pub(super) async fn transfer(
    caller: Caller,
    Path(id): Path<ClassId>,
    Json(TransferBody { to, people }): Json<TransferBody>,
) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| academics::transfer(tx, ctx, id, to, &people)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A student and the roll number that they would get.
#[derive(Serialize, ToSchema)]
pub(super) struct NumberedPlace {
    enrolment: Enrolment,
    /// The roll number in order.
    roll_number: String,
}

impl From<Numbered> for NumberedPlace {
    fn from(row: Numbered) -> Self {
        Self { enrolment: row.place.into(), roll_number: row.roll_number }
    }
}

#[derive(Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
#[schema(as = Numbering)]
pub(super) struct Order {
    /// `name` or `number`.
    order: String,
}

impl Order {
    fn read(&self) -> Result<RollOrder, Error> {
        let wrong = || Error::field("order", "Choose name or number.");
        RollOrder::from_key(&self.order).ok_or_else(wrong)
    }
}

/// What the students of a class would get as roll numbers, from 1 in order.
#[utoipa::path(get, path = "/api/v1/classes/{id}/numbering", operation_id = "preview_numbering",
    params(Order), responses((status = 200, body = Items<NumberedPlace>)))]
pub(super) async fn preview(
    caller: Caller,
    Path(id): Path<ClassId>,
    Query(order): Query<Order>,
) -> ApiResult<Json<Items<NumberedPlace>>> {
    let read = caller.read(move |tx, ctx| academics::numbering(tx, ctx, id, order.read()?));
    Ok(Json(Items::all(read.await?)))
}

/// How many records were changed.
#[derive(Serialize, ToSchema)]
pub(super) struct Changed {
    changed: usize,
}

/// Numbers the students of a class from 1 in order.
#[utoipa::path(post, path = "/api/v1/classes/{id}/numbering", operation_id = "number_in_order",
    request_body = Order, responses((status = 200, body = Changed)))]
pub(super) async fn number(
    caller: Caller,
    Path(id): Path<ClassId>,
    Json(order): Json<Order>,
) -> ApiResult<Json<Changed>> {
    let write = caller.write(move |tx, ctx| {
        let order = order.read()?;
        academics::number_in_order(tx, ctx, id, order)
    });
    Ok(Json(Changed { changed: write.await? }))
}
