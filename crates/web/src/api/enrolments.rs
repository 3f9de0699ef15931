//! Who attends a class, for programs.

use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{EnrolmentKey, Items, Part};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::{Error, academics};
use muster_domain::academics::EnrolmentStatus;
use muster_domain::ids::{ClassId, PersonId};
use muster_storage::enrolment::{self, EnrolmentRow};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A student's place in a class.
#[derive(Serialize, ToSchema)]
pub(super) struct Enrolment {
    id: Uuid,
    person: Uuid,
    /// The institution's number of the student.
    number: String,
    name: String,
    roll_number: String,
    status: EnrolmentKey,
    version: i64,
}

impl From<EnrolmentRow> for Enrolment {
    fn from(row: EnrolmentRow) -> Self {
        Self {
            id: row.id.0,
            person: row.person.0,
            number: row.number,
            name: row.name,
            roll_number: row.roll_number,
            status: EnrolmentKey(row.status),
            version: row.version,
        }
    }
}

/// A class's roster.
#[utoipa::path(get, path = "/api/v1/classes/{id}/enrolments", operation_id = "list_enrolments",
    params(Part), responses((status = 200, body = Items<Enrolment>)))]
pub(super) async fn list(
    caller: Caller,
    Path(id): Path<ClassId>,
    Query(part): Query<Part>,
) -> ApiResult<Json<Items<Enrolment>>> {
    let read = caller.read(move |tx, ctx| {
        academics::class(tx, ctx, id)?;
        Ok(enrolment::roster(tx, id)?)
    });
    Ok(Json(Items::part(read.await?, part, |row| row.id.0)?))
}

#[derive(Deserialize, ToSchema)]
#[schema(as = NewEnrolments)]
pub(super) struct Numbers {
    /// The institution's numbers of the students.
    numbers: Option<Vec<String>>,
    /// Their ids, in place of `numbers`.
    #[schema(value_type = Option<Vec<Uuid>>)]
    people: Option<Vec<PersonId>>,
}

/// The places that were made.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeEnrolments {
    enrolments: Vec<Uuid>,
}

/// Enrols students by their numbers or ids: all of them, or none.
#[utoipa::path(post, path = "/api/v1/classes/{id}/enrolments", operation_id = "enrol",
    request_body = Numbers, responses((status = 201, body = MadeEnrolments)))]
pub(super) async fn enrol(
    caller: Caller,
    Path(id): Path<ClassId>,
    Json(body): Json<Numbers>,
) -> ApiResult<(StatusCode, Json<MadeEnrolments>)> {
    let write = caller.write(move |tx, ctx| match (&body.people, &body.numbers) {
        (Some(people), None) => academics::enrol_people(tx, ctx, id, people),
        (None, Some(numbers)) => academics::enrol_numbers(tx, ctx, id, numbers),
        _ => Err(Error::field("numbers", "Send numbers or people.")),
    });
    let enrolments = write.await?.into_iter().map(Into::into).collect();
    Ok((StatusCode::CREATED, Json(MadeEnrolments { enrolments })))
}

/// Members that are missing stay as they are.
#[derive(Deserialize, ToSchema)]
#[schema(as = EnrolmentChange)]
pub(super) struct PlaceBody {
    roll_number: Option<String>,
    #[schema(value_type = Option<EnrolmentKey>)]
    status: Option<EnrolmentStatus>,
}

/// Changes a student's roll number, withdraws them, or takes them back.
#[utoipa::path(patch, path = "/api/v1/classes/{id}/enrolments/{person}",
    operation_id = "change_enrolment", request_body = PlaceBody,
    responses((status = 200, body = Enrolment)))]
pub(super) async fn change(
    caller: Caller,
    Path((class, person)): Path<(ClassId, PersonId)>,
    Json(body): Json<PlaceBody>,
) -> ApiResult<Json<Enrolment>> {
    let write = caller.write(move |tx, ctx| {
        if let Some(roll_number) = &body.roll_number {
            academics::change_roll_number(tx, ctx, class, person, roll_number)?;
        }
        if let Some(status) = body.status {
            academics::set_enrolment(tx, ctx, class, person, status)?;
        }
        academics::class(tx, ctx, class)?;
        enrolment::place(tx, class, person)?.ok_or(Error::NotFound)
    });
    Ok(Json(write.await?.into()))
}
