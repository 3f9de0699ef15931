//! Results for programs. Points, percentages and grade points are decimal texts: they are exact.

use crate::caller::Caller;
use crate::pages::slip_pdf;
use crate::printing::{PDF, accepts};
use crate::problem::ApiResult;
use crate::shapes::Instant;
use axum::Json;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use muster_app::results::{
    self, CourseResult, Entered, Entry, Fault, Line, PartResult, SchemeInput, Sheet, TermResults,
};
use muster_app::{Error, Result};
use muster_domain::ids::{AssessmentId, ClassId, PersonId, TermId};
use muster_domain::results::{Grade, Points, Scheme, Total};
use muster_storage::results::ResultRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The results of a class.
#[derive(Serialize, ToSchema)]
pub(super) struct ClassResults {
    class: Uuid,
    assessments: Vec<ResultSheet>,
    students: Vec<ResultLine>,
}

/// How an assessment counts in a class, and whether students see it.
#[derive(Serialize, ToSchema)]
pub(super) struct ResultSheet {
    assessment: Uuid,
    code: String,
    name: String,
    /// Out of how many points.
    maximum: i64,
    /// Percent of the total, such as "20" or "12.5".
    weight: String,
    /// Null while it is a draft.
    published_at: Option<Instant>,
    /// 0 while nothing is stored.
    version: i64,
}

impl From<&Sheet> for ResultSheet {
    fn from(sheet: &Sheet) -> Self {
        Self {
            assessment: sheet.row.assessment.0,
            code: sheet.assessment.code.clone(),
            name: sheet.assessment.name.clone(),
            maximum: sheet.row.maximum,
            weight: Scheme::weight_words(sheet.row.weight),
            published_at: sheet.row.published_at.map(Instant),
            version: sheet.row.version,
        }
    }
}

/// A student's results in a class.
#[derive(Serialize, ToSchema)]
pub(super) struct ResultLine {
    person: Uuid,
    number: String,
    name: String,
    roll_number: String,
    results: Vec<ResultEntry>,
    /// In percent; null while something that counts is missing, and where the student is exempt.
    total: Option<String>,
    /// Whether the student is exempt from all that counts, so that no total is to come.
    exempt: bool,
    grade: Option<String>,
}

impl From<&Line> for ResultLine {
    fn from(line: &Line) -> Self {
        Self {
            person: line.place.person.0,
            number: line.place.number.clone(),
            name: line.place.name.clone(),
            roll_number: line.place.roll_number.clone(),
            results: line.results.iter().flatten().map(ResultEntry::from).collect(),
            total: percent(line.total),
            exempt: line.total == Total::Exempt,
            grade: line.grade.as_ref().map(|grade| grade.letter.clone()),
        }
    }
}

/// A result.
#[derive(Serialize, ToSchema)]
pub(super) struct ResultEntry {
    assessment: Uuid,
    /// Points such as "14.5", "AB" for absent, or "EX" for exempt.
    score: String,
    remark: Option<String>,
    version: i64,
}

impl From<&ResultRow> for ResultEntry {
    fn from(row: &ResultRow) -> Self {
        Self {
            assessment: row.assessment.0,
            score: row.score().to_string(),
            remark: row.remark.clone(),
            version: row.version,
        }
    }
}

fn percent(total: Total) -> Option<String> {
    total.percent().map(|percent| Points(percent.0).to_string())
}

async fn read(caller: &Caller, class: ClassId) -> Result<Json<ClassResults>> {
    let found = caller.read(move |tx, ctx| results::of_class(tx, ctx, class)).await?;
    Ok(Json(ClassResults {
        class: class.0,
        assessments: found.sheets.iter().map(Into::into).collect(),
        students: found.lines.iter().map(Into::into).collect(),
    }))
}

/// The results of a class, published or not, by roll number.
#[utoipa::path(get, path = "/api/v1/classes/{id}/results", operation_id = "list_class_results",
    responses((status = 200, body = ClassResults)))]
pub(super) async fn of_class(
    caller: Caller,
    Path(class): Path<ClassId>,
) -> ApiResult<Json<ClassResults>> {
    Ok(read(&caller, class).await?)
}

#[derive(Deserialize, ToSchema)]
pub(super) struct ResultsBody {
    items: Vec<NewResult>,
    /// Needed where a result that is published changes.
    reason: Option<String>,
}

/// A result to be entered.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewResult {
    #[schema(value_type = Uuid)]
    person: PersonId,
    #[schema(value_type = Uuid)]
    assessment: AssessmentId,
    /// Points such as "14.5", "AB" or "EX"; null takes the result away.
    score: Option<String>,
    /// Without it, the remark that stands stays.
    remark: Option<String>,
    /// The version that was read, 0 where nothing stood: refused if it is another by now.
    version: Option<i64>,
}

/// Enters results of a class, all or none. Results that are not named stay.
#[utoipa::path(put, path = "/api/v1/classes/{id}/results", operation_id = "enter_results",
    request_body = ResultsBody, responses((status = 200, body = ClassResults)))]
pub(super) async fn enter(
    caller: Caller,
    Path(class): Path<ClassId>,
    Json(body): Json<ResultsBody>,
) -> ApiResult<Json<ClassResults>> {
    let entry = |item: NewResult| {
        let NewResult { person, assessment, score, remark, version: seen } = item;
        Entry { assessment, person, score: score.unwrap_or_default(), remark, seen }
    };
    let entries: Vec<_> = body.items.into_iter().map(entry).collect();
    let reason = body.reason.unwrap_or_default();
    let write =
        caller.write(move |tx, ctx| results::enter(tx, ctx, class, &entries, &reason)).await?;
    saved(write)?;
    Ok(read(&caller, class).await?)
}

/// What is wrong with entries, as one answer.
fn saved(entered: Entered) -> Result<()> {
    let Entered::Refused(faults) = entered else { return Ok(()) };
    let words = |fault: &Fault| {
        let Fault { assessment, person, detail } = fault;
        if person.0.is_nil() {
            format!("Assessment {assessment}: {detail}")
        } else {
            format!("Person {person}, assessment {assessment}: {detail}")
        }
    };
    Err(Error::field("items", faults.iter().map(words).collect::<Vec<_>>().join(" ")))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct SchemeBody {
    items: Vec<SchemePart>,
    /// Needed where something is published already.
    reason: Option<String>,
}

/// How an assessment is to count.
#[derive(Deserialize, ToSchema)]
pub(super) struct SchemePart {
    #[schema(value_type = Uuid)]
    assessment: AssessmentId,
    /// Out of how many whole points.
    maximum: i64,
    /// Percent of the total; all of a class make 100.
    weight: String,
    /// The version that was read.
    version: Option<i64>,
}

/// Says how the assessments of a class count. Those that are not named stay.
#[utoipa::path(put, path = "/api/v1/classes/{id}/result-scheme",
    operation_id = "set_result_scheme", request_body = SchemeBody,
    responses((status = 200, body = ClassResults)))]
pub(super) async fn set_scheme(
    caller: Caller,
    Path(class): Path<ClassId>,
    Json(body): Json<SchemeBody>,
) -> ApiResult<Json<ClassResults>> {
    let input = |part: SchemePart| SchemeInput {
        assessment: part.assessment,
        maximum: part.maximum.to_string(),
        weight: part.weight,
        seen: part.version,
    };
    let inputs: Vec<_> = body.items.into_iter().map(input).collect();
    let reason = body.reason.unwrap_or_default();
    let write = caller
        .write(move |tx, ctx| results::change_scheme(tx, ctx, class, &inputs, &reason))
        .await?;
    saved(write)?;
    Ok(read(&caller, class).await?)
}

/// Shows the results of a class in an assessment to its students; each is told.
#[utoipa::path(post, path = "/api/v1/classes/{id}/results/{assessment}/publication",
    operation_id = "publish_results", responses((status = 204)))]
pub(super) async fn publish(
    caller: Caller,
    Path((class, assessment)): Path<(ClassId, AssessmentId)>,
) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| results::publish(tx, ctx, class, assessment)).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
pub(super) struct Withdrawal {
    reason: String,
}

/// Hides the results of a class in an assessment from its students again.
#[utoipa::path(post, path = "/api/v1/classes/{id}/results/{assessment}/withdrawal",
    operation_id = "withdraw_results", request_body = Withdrawal, responses((status = 204)))]
pub(super) async fn withdraw(
    caller: Caller,
    Path((class, assessment)): Path<(ClassId, AssessmentId)>,
    Json(Withdrawal { reason }): Json<Withdrawal>,
) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| results::withdraw(tx, ctx, class, assessment, &reason)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How many classes were published.
#[derive(Serialize, ToSchema)]
pub(super) struct Published {
    classes: usize,
}

/// Publishes an assessment in every class that has results in it.
#[utoipa::path(post, path = "/api/v1/assessments/{id}/publication",
    operation_id = "publish_assessment", responses((status = 200, body = Published)))]
pub(super) async fn publish_everywhere(
    caller: Caller,
    Path(id): Path<AssessmentId>,
) -> ApiResult<Json<Published>> {
    let write = caller.write(move |tx, ctx| results::publish_everywhere(tx, ctx, id));
    Ok(Json(Published { classes: write.await? }))
}

/// A student's published results.
#[derive(Serialize, ToSchema)]
pub(super) struct OwnResults {
    person: Uuid,
    /// The latest first.
    terms: Vec<OwnTerm>,
}

/// What a student reached in a term.
#[derive(Serialize, ToSchema)]
pub(super) struct OwnTerm {
    term: Uuid,
    name: String,
    /// The grade points by credits; null while no course with credits has a grade.
    average: Option<String>,
    /// The credits that it weighs.
    credits: i64,
    /// Whether every course with credits has a grade.
    complete: bool,
    courses: Vec<OwnCourse>,
}

/// What a student reached in a course.
#[derive(Serialize, ToSchema)]
pub(super) struct OwnCourse {
    class: Uuid,
    course_code: String,
    course_name: String,
    section: String,
    credits: Option<i64>,
    assessments: Vec<OwnResult>,
    /// In percent; null until all that counts is published, and where the student is exempt.
    total: Option<String>,
    /// Whether the student is exempt from all that counts, so that no total is to come.
    exempt: bool,
    /// Whether something that counts is not published yet.
    unpublished: bool,
    grade: Option<String>,
    grade_point: Option<String>,
}

/// What a student reached in a published assessment.
#[derive(Serialize, ToSchema)]
pub(super) struct OwnResult {
    code: String,
    name: String,
    maximum: i64,
    weight: String,
    /// Points, "AB" or "EX"; null where nothing was entered.
    score: Option<String>,
    remark: Option<String>,
    published_at: Instant,
}

impl From<PartResult> for OwnResult {
    fn from(part: PartResult) -> Self {
        Self {
            code: part.code,
            name: part.name,
            maximum: part.maximum,
            weight: Scheme::weight_words(part.weight),
            score: part.score.map(|score| score.to_string()),
            remark: part.remark,
            published_at: Instant(part.published_at),
        }
    }
}

impl From<TermResults> for OwnTerm {
    fn from(one: TermResults) -> Self {
        Self {
            term: one.term.id.0,
            name: one.term.name,
            average: one.average.map(|average| average.to_string()),
            credits: one.credits,
            complete: one.complete,
            courses: one.courses.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<CourseResult> for OwnCourse {
    fn from(course: CourseResult) -> Self {
        let (letter, point) = match course.grade {
            Some(Grade { letter, point, .. }) => (Some(letter), Some(point.to_string())),
            None => (None, None),
        };
        Self {
            class: course.class.id.0,
            course_code: course.class.course_code,
            course_name: course.class.course_name,
            section: course.class.section,
            credits: course.credits,
            assessments: course.parts.into_iter().map(Into::into).collect(),
            total: percent(course.total),
            exempt: course.total == Total::Exempt,
            unpublished: course.waits,
            grade: letter,
            grade_point: point,
        }
    }
}

/// A student's published results, by term.
#[utoipa::path(get, path = "/api/v1/people/{id}/results", operation_id = "list_person_results",
    responses((status = 200, body = OwnResults)))]
pub(super) async fn of_person(
    caller: Caller,
    Path(id): Path<PersonId>,
) -> ApiResult<Json<OwnResults>> {
    let found = caller.read(move |tx, ctx| results::of_person(tx, ctx, id)).await?;
    let terms = found.terms.into_iter().map(Into::into);
    Ok(Json(OwnResults { person: id.0, terms: terms.collect() }))
}

/// A student's results slip of a term; with `Accept: application/pdf` on paper.
#[utoipa::path(get, path = "/api/v1/people/{id}/results/{term}", operation_id = "get_results_slip",
    responses((status = 200, body = OwnTerm)))]
pub(super) async fn slip(
    caller: Caller,
    headers: HeaderMap,
    Path((id, term)): Path<(PersonId, TermId)>,
) -> ApiResult<Response> {
    if accepts(&headers, PDF) {
        return Ok(slip_pdf(&caller, id, term).await?);
    }
    let found = caller.read(move |tx, ctx| results::slip(tx, ctx, id, term)).await?;
    Ok(Json(OwnTerm::from(found.results)).into_response())
}
