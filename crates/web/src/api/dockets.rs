//! Dockets for programs: who is eligible, issuing one, and what stands on it.

use super::own_address;
use crate::caller::Caller;
use crate::pages::docket_pdf;
use crate::printing::{PDF, accepts};
use crate::problem::ApiResult;
use crate::shapes::{Instant, Items, Made};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use muster_app::Error;
use muster_app::dockets::{self, AssessmentEligibility, Group, Paper, Sheet, StudentEligibility};
use muster_domain::ids::{AssessmentId, ClassId, DocketId, PersonId, ProgrammeId, TermId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Most students in one answer.
const MOST: usize = 200;

/// Whether a student is eligible for an assessment.
#[derive(Serialize, ToSchema)]
pub(super) struct Eligibility {
    assessment: Uuid,
    code: String,
    /// Dockets are issued for it now.
    active: bool,
    eligible: bool,
    /// Every reason why not, a sentence each.
    reasons: Vec<String>,
    /// What the reasons are, in the same order: `held`, `not_active` or `not_cleared`.
    obstacles: Vec<&'static str>,
    /// The docket that was issued.
    docket: Option<Uuid>,
}

impl From<AssessmentEligibility> for Eligibility {
    fn from(one: AssessmentEligibility) -> Self {
        let obstacles = one.eligibility.obstacles().iter();
        Self {
            assessment: one.assessment.id.0,
            active: one.assessment.active,
            eligible: one.eligibility.is_eligible(),
            obstacles: obstacles.map(muster_domain::dockets::Obstacle::key).collect(),
            reasons: one.reasons,
            docket: one.docket.map(|row| row.id.0),
            code: one.assessment.code,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct OfTerm {
    /// The term that runs now without it.
    #[param(value_type = Option<Uuid>)]
    term: Option<TermId>,
}

/// For which assessments of a term a student is eligible: all of them, with every reason why not.
#[utoipa::path(get, path = "/api/v1/people/{id}/eligibility", operation_id = "get_eligibility",
    params(OfTerm), responses((status = 200, body = Items<Eligibility>)))]
pub(super) async fn eligibility(
    caller: Caller,
    Path(id): Path<PersonId>,
    Query(of): Query<OfTerm>,
) -> ApiResult<Json<Items<Eligibility>>> {
    let found = caller.read(move |tx, ctx| dockets::eligibility(tx, ctx, id, of.term)).await?;
    Ok(Json(Items::all(found.items)))
}

/// A student of a class or a programme.
#[derive(Serialize, ToSchema)]
#[schema(as = StudentEligibility)]
pub(super) struct Student {
    person: Uuid,
    name: String,
    number: String,
    eligible: bool,
    /// Every reason why not, a sentence each.
    reasons: Vec<String>,
    docket: Option<Uuid>,
}

impl From<StudentEligibility> for Student {
    fn from(one: StudentEligibility) -> Self {
        Self {
            person: one.person.id.0,
            name: one.person.name,
            number: one.person.number,
            eligible: one.reasons.is_empty(),
            reasons: one.reasons,
            docket: one.docket.map(|row| row.id.0),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct OfGroup {
    /// The students of this class, or
    #[param(value_type = Option<Uuid>)]
    class: Option<ClassId>,
    /// of this programme,
    #[param(value_type = Option<Uuid>)]
    programme: Option<ProgrammeId>,
    /// or of this year of it.
    year: Option<i64>,
    /// Students to pass over, by name.
    #[serde(default)]
    from: usize,
    /// At most so many: 1 to 200, 50 without it.
    limit: Option<usize>,
}

/// The group that is meant.
pub(super) fn group(
    class: Option<ClassId>,
    programme: Option<ProgrammeId>,
    year: Option<i64>,
) -> Result<Group, Error> {
    match (class, programme) {
        (Some(class), None) => Ok(Group::Class(class)),
        (None, Some(programme)) => Ok(Group::Programme(programme, year)),
        _ => Err(Error::field("class", "Name either a class or a programme.")),
    }
}

/// Who of a class or a programme is eligible for an assessment, by name.
#[utoipa::path(get, path = "/api/v1/assessments/{id}/eligibility",
    operation_id = "list_eligibility", params(OfGroup),
    responses((status = 200, body = Items<Student>)))]
pub(super) async fn of_group(
    caller: Caller,
    Path(id): Path<AssessmentId>,
    Query(of): Query<OfGroup>,
) -> ApiResult<Json<Items<Student>>> {
    let group = group(of.class, of.programme, of.year)?;
    let part = (of.from, of.limit.unwrap_or(50).clamp(1, MOST));
    let read =
        caller.read(move |tx, ctx| dockets::group_eligibility(tx, ctx, id, group, part)).await?;
    Ok(Json(Items::all(read.students)))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct NewDocket {
    #[schema(value_type = Uuid)]
    assessment: AssessmentId,
}

/// Issues a student's docket; whoever has it already keeps it.
///
/// Not eligible: 409 `not-eligible`, with every reason in `reasons`. Issued before: 200. The
/// credential is in the answer to `GET` alone.
#[utoipa::path(post, path = "/api/v1/people/{id}/dockets", operation_id = "issue_docket",
    request_body = NewDocket,
    responses((status = 201, body = Made), (status = 200, body = Made)))]
pub(super) async fn issue(
    caller: Caller,
    Path(id): Path<PersonId>,
    Json(body): Json<NewDocket>,
) -> ApiResult<(StatusCode, Json<Made>)> {
    let issued = caller.write(move |tx, ctx| dockets::issue(tx, ctx, id, body.assessment)).await?;
    let status = if issued.is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(Made::new(issued.id))))
}

/// Issues a docket anew: the credential of before no longer admits anybody.
#[utoipa::path(post, path = "/api/v1/dockets/{id}/renewal", operation_id = "renew_docket",
    responses((status = 204)))]
pub(super) async fn renew(caller: Caller, Path(id): Path<DocketId>) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| dockets::renew(tx, ctx, id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A docket with what stands on it.
#[derive(Serialize, ToSchema)]
pub(super) struct Docket {
    id: Uuid,
    person: Uuid,
    name: String,
    number: String,
    faculty: Option<String>,
    programme: Option<String>,
    assessment: Uuid,
    code: String,
    term: Uuid,
    /// How often it was issued; the credentials of before are superseded.
    issue: i64,
    issued_at: Instant,
    valid_from: Instant,
    valid_until: Instant,
    /// By time; what is not scheduled last.
    papers: Vec<DocketPaper>,
    /// Reasons of holds: while one stands, it admits nobody.
    holds: Vec<String>,
    /// Why Finance no longer clears the student: until it does, it admits nobody either.
    not_cleared: Option<String>,
    /// What its QR holds, for whoever may issue it and while nothing is on hold.
    credential: Option<String>,
    /// The docket's number, for typing.
    readable_code: Option<String>,
}

/// A class that the student sits.
#[derive(Serialize, ToSchema)]
pub(super) struct DocketPaper {
    code: String,
    name: String,
    sitting: Option<Uuid>,
    starts_at: Option<Instant>,
    ends_at: Option<Instant>,
    /// The room that the student was assigned, or each room of the sitting.
    rooms: Vec<String>,
    /// The student sits another one at the same time.
    clashes: bool,
}

impl From<Paper> for DocketPaper {
    fn from(paper: Paper) -> Self {
        let Paper { code, name, sitting } = paper;
        Self {
            code,
            name,
            sitting: sitting.as_ref().map(|one| one.id.0),
            starts_at: sitting.as_ref().map(|one| Instant(one.starts_at)),
            ends_at: sitting.as_ref().map(|one| Instant(one.ends_at)),
            clashes: sitting.as_ref().is_some_and(|one| one.clashes),
            rooms: sitting.map(|one| one.rooms).unwrap_or_default(),
        }
    }
}

impl Docket {
    fn of(caller: &Caller, sheet: Sheet) -> Self {
        let own = own_address(caller);
        let credential = sheet.drawn.as_ref().and_then(|drawn| {
            let (scheme, host) = own.split_once("://")?;
            Some(drawn.credential.link(host, scheme == "https"))
        });
        Self {
            id: sheet.docket.id.0,
            person: sheet.person.id.0,
            name: sheet.person.name,
            number: sheet.person.number,
            faculty: sheet.faculty,
            programme: sheet.studies.programme_name.or(sheet.person.programme),
            assessment: sheet.assessment.id.0,
            code: sheet.assessment.code,
            term: sheet.term.id.0,
            issue: sheet.docket.issue,
            issued_at: Instant(sheet.docket.issued_at),
            valid_from: Instant(sheet.docket.valid_from),
            valid_until: Instant(sheet.docket.valid_until),
            papers: sheet.papers.into_iter().map(Into::into).collect(),
            holds: sheet.holds,
            not_cleared: sheet.not_cleared,
            credential,
            readable_code: sheet.drawn.as_ref().map(|drawn| drawn.code.to_string()),
        }
    }
}

/// A docket, the same however often it is asked for; with `Accept: application/pdf` on paper.
#[utoipa::path(get, path = "/api/v1/dockets/{id}", operation_id = "get_docket",
    responses((status = 200, body = Docket)))]
pub(super) async fn get(
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<DocketId>,
) -> ApiResult<Response> {
    if accepts(&headers, PDF) {
        return Ok(docket_pdf(&caller, id).await?);
    }
    let sheet = caller.read(move |tx, ctx| dockets::sheet(tx, ctx, id)).await?;
    Ok(Json(Docket::of(&caller, sheet)).into_response())
}
