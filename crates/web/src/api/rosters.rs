//! Rosters of terms for programs.

use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{EnrolmentKey, Items};
use axum::Json;
use axum::extract::{Path, Query};
use muster_app::academics;
use muster_domain::ids::{ClassId, PersonId, ProgrammeId, TermId};
use muster_storage::rosters::{RosterRow, Search, TermPlaceRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Most students in one answer.
const MOST: i64 = 500;

/// A student of a term.
#[derive(Serialize, ToSchema)]
pub(super) struct RosterStudent {
    person: Uuid,
    number: String,
    name: String,
    /// The programme's code, or what was typed where there is no such programme.
    programme: Option<String>,
    /// Year of the programme, from 1.
    year: Option<i64>,
    /// Their places in the term's classes.
    classes: Vec<RosterPlace>,
}

/// A student's place in a class of the term.
#[derive(Serialize, ToSchema)]
pub(super) struct RosterPlace {
    class: Uuid,
    course_code: String,
    section: String,
    roll_number: String,
    status: EnrolmentKey,
}

impl From<TermPlaceRow> for RosterPlace {
    fn from(row: TermPlaceRow) -> Self {
        let TermPlaceRow { class, course_code, section, roll_number, status, .. } = row;
        Self { class: class.0, course_code, section, roll_number, status: EnrolmentKey(status) }
    }
}

impl From<RosterRow> for RosterStudent {
    fn from(row: RosterRow) -> Self {
        let RosterRow { person, number, name, programme, year, places } = row;
        let classes = places.into_iter().map(Into::into).collect();
        Self { person: person.0, number, name, programme, year, classes }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Beginnings of words of a name, number, user name or e-mail address.
    #[serde(default)]
    q: String,
    /// Only of this programme.
    #[param(value_type = Option<Uuid>)]
    programme: Option<ProgrammeId>,
    /// Only of this year.
    year: Option<i64>,
    /// Only of this class of the term.
    #[param(value_type = Option<Uuid>)]
    class: Option<ClassId>,
    /// `next` of the answer before.
    #[param(value_type = Option<Uuid>)]
    cursor: Option<PersonId>,
    /// At most so many: 1 to 500, 50 without it.
    limit: Option<i64>,
}

/// The students who have a place in a class of the term, by name.
///
/// `GET /api/v1/exports/enrolments.csv?term=…` is the whole term as a table.
#[utoipa::path(get, path = "/api/v1/terms/{id}/roster", operation_id = "list_roster",
    params(Asked), responses((status = 200, body = Items<RosterStudent>)))]
pub(super) async fn list(
    caller: Caller,
    Path(id): Path<TermId>,
    Query(asked): Query<Asked>,
) -> ApiResult<Json<Items<RosterStudent>>> {
    let Asked { q: text, programme, year, class, cursor: after, limit } = asked;
    let limit = limit.unwrap_or(50).clamp(1, MOST);
    let search = Search { text, programme, year, class, after, limit: limit + 1 };
    let rows = caller.read(move |tx, ctx| academics::roster(tx, ctx, id, &search)).await?;
    Ok(Json(Items::cut(rows, limit, |row| row.person.0)))
}
