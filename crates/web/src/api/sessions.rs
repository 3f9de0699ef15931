//! Sessions for programs; their codes are in `codes`.

use super::record::{IfNoneMatch, Record, Tagged};
use crate::caller::Caller;
use crate::live::shapes::{SessionTimes, StatusCounts, StudentMark};
use crate::problem::{ApiResult, Problem};
use crate::shapes::{Instant, Items, MethodKey, ModeKey, Part};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::attendance::{self, Counts};
use muster_app::sessions::{self, OpenInput};
use muster_domain::attendance::{Method, Mode};
use muster_domain::ids::{ClassId, MeetingId, SessionId};
use muster_storage::sessions::SessionRow;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// The taking of attendance for a class.
#[derive(Serialize, ToSchema)]
pub(super) struct Session {
    #[serde(flatten)]
    times: SessionTimes,
    class: Uuid,
    /// The meeting at which attendance is taken, if any.
    meeting: Option<Uuid>,
    /// What it is about.
    topic: Option<String>,
    opened_by: Uuid,
    /// From when a mark is late.
    late_from: Instant,
    mode: ModeKey,
    methods: Vec<String>,
    counts: StatusCounts,
}

impl Tagged for Session {
    fn version(&self) -> Option<i64> {
        None
    }
}

impl Session {
    pub fn new(row: &SessionRow, counts: &Counts) -> Self {
        Self {
            times: row.into(),
            class: row.class.0,
            meeting: row.meeting.map(Into::into),
            topic: row.topic.clone(),
            opened_by: row.opened_by.0,
            late_from: Instant(row.late_from),
            mode: ModeKey(row.mode),
            methods: row.methods.split(' ').map(str::to_owned).collect(),
            counts: counts.into(),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[schema(as = NewSession)]
pub(super) struct OpenBody {
    /// The meeting at which attendance is taken.
    #[schema(value_type = Option<Uuid>)]
    meeting: Option<MeetingId>,
    /// How long it stays open; the class's or the institution's setting without it.
    duration_minutes: Option<i64>,
    #[serde(default = "in_class")]
    #[schema(value_type = ModeKey)]
    mode: Mode,
    /// How students mark themselves in class: `qr`, `code`. Both without this member; an empty list
    /// leaves it to staff, who can always mark by hand.
    #[schema(value_type = Option<Vec<MethodKey>>)]
    methods: Option<Vec<Method>>,
    #[serde(default)]
    topic: String,
}

const fn in_class() -> Mode {
    Mode::InClass
}

/// Opens a session.
#[utoipa::path(post, path = "/api/v1/classes/{id}/sessions", operation_id = "open_session",
    request_body = OpenBody,
    responses(
        (status = 201, body = Session),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "`session-open`: the class has an open session, or `meeting-taken`: \
                the meeting has one already; `session` names it."),
    ))]
pub(super) async fn open(
    caller: Caller,
    Path(class): Path<ClassId>,
    Json(body): Json<OpenBody>,
) -> ApiResult<(StatusCode, Json<Session>)> {
    let OpenBody { meeting, duration_minutes, mode, methods, topic } = body;
    let input = OpenInput { class, meeting, duration_minutes, mode, methods, topic };
    let session = caller.write(move |tx, ctx| {
        let id = sessions::open(tx, ctx, &input)?;
        sessions::get(tx, ctx, id)
    });
    let session = session.await?;
    Ok((StatusCode::CREATED, answer(&caller, session).await?))
}

impl From<(SessionRow, Counts)> for Session {
    fn from((row, counts): (SessionRow, Counts)) -> Self {
        Self::new(&row, &counts)
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// `next` of the page before.
    #[param(value_type = Option<Uuid>)]
    cursor: Option<SessionId>,
    /// At most so many: 1 to 200, 50 without it.
    limit: Option<i64>,
}

/// A class's sessions, the latest first.
#[utoipa::path(get, path = "/api/v1/classes/{id}/sessions", operation_id = "list_sessions",
    params(Page), responses((status = 200, body = Items<Session>)))]
pub(super) async fn list(
    caller: Caller,
    Path(class): Path<ClassId>,
    Query(Page { cursor, limit }): Query<Page>,
) -> ApiResult<Json<Items<Session>>> {
    let limit = limit.unwrap_or(50).clamp(1, 200);
    let rows =
        caller.read(move |tx, ctx| sessions::of_class(tx, ctx, class, cursor, limit + 1)).await?;
    Ok(Json(Items::cut(rows, limit, |(row, _)| row.id.0)))
}

/// An open session, with what tells it from others.
#[derive(Serialize, ToSchema)]
pub(super) struct OpenSession {
    #[serde(flatten)]
    session: Session,
    course_code: String,
    course_name: String,
    section: String,
    room: Option<String>,
    /// The name of who opened it.
    teacher: String,
}

impl From<attendance::OpenSession> for OpenSession {
    fn from(open: attendance::OpenSession) -> Self {
        let attendance::OpenSession { session, class, teacher, counts } = open;
        Self {
            session: Session::new(&session, &counts),
            course_code: class.course_code,
            course_name: class.course_name,
            section: class.section,
            room: class.room,
            teacher,
        }
    }
}

/// Which sessions of the institution are listed: those of a class have a list of their own.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ListedState {
    #[default]
    Open,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Listed {
    /// `open`, also without it.
    #[serde(default, rename = "state")]
    #[param(inline)]
    _state: ListedState,
}

/// Every open session of the institution.
#[utoipa::path(get, path = "/api/v1/sessions", operation_id = "list_open_sessions",
    params(Listed, Part), responses((status = 200, body = Items<OpenSession>)))]
pub(super) async fn open_ones(
    caller: Caller,
    Query(_open): Query<Listed>,
    Query(part): Query<Part>,
) -> ApiResult<Json<Items<OpenSession>>> {
    let open = caller.read(attendance::overview).await?;
    Ok(Json(Items::part(open, part, |one| one.session.id.0)?))
}

/// One session with its counts.
#[utoipa::path(get, path = "/api/v1/sessions/{id}", operation_id = "get_session",
    params(IfNoneMatch), responses((status = 200, body = Session)))]
pub(super) async fn get(
    caller: Caller,
    known: IfNoneMatch,
    Path(id): Path<SessionId>,
) -> ApiResult<Record<Session>> {
    let session = caller.read(move |tx, ctx| sessions::get(tx, ctx, id)).await?;
    let Json(session) = answer(&caller, session).await?;
    Ok(known.or(session))
}

async fn answer(caller: &Caller, session: SessionRow) -> ApiResult<Json<Session>> {
    let row = session.clone();
    let counts = caller.read(move |tx, _| attendance::counts(tx, &row)).await?;
    Ok(Json(Session::new(&session, &counts)))
}

/// The marks of a session, with what deserves a look.
#[utoipa::path(get, path = "/api/v1/sessions/{id}/marks", operation_id = "list_marks",
    params(Part), responses((status = 200, body = Items<StudentMark>)))]
pub(super) async fn marks(
    caller: Caller,
    Path(id): Path<SessionId>,
    Query(part): Query<Part>,
) -> ApiResult<Json<Items<StudentMark>>> {
    let register = caller.read(move |tx, ctx| attendance::register(tx, ctx, id)).await?;
    let marked = register.students.iter().filter(|(_, mark)| mark.is_some());
    let marks = marked
        .map(|(place, mark)| StudentMark::new(place, mark.as_ref(), &register.details))
        .collect();
    Ok(Json(Items::part(marks, part, StudentMark::whose)?))
}

#[derive(Deserialize, ToSchema)]
#[schema(as = Extension)]
pub(super) struct Minutes {
    minutes: i64,
}

/// Keeps a session open for longer.
#[utoipa::path(post, path = "/api/v1/sessions/{id}/extension", operation_id = "extend_session",
    request_body = Minutes, responses((status = 200, body = Session)))]
pub(super) async fn extend(
    caller: Caller,
    Path(id): Path<SessionId>,
    Json(body): Json<Minutes>,
) -> ApiResult<Json<Session>> {
    let done = caller.write(move |tx, ctx| sessions::extend(tx, ctx, id, body.minutes)).await?;
    answer(&caller, done).await
}

/// Closes a session: who has no mark is absent.
#[utoipa::path(post, path = "/api/v1/sessions/{id}/closure", operation_id = "close_session",
    responses((status = 200, body = Session)))]
pub(super) async fn close(caller: Caller, Path(id): Path<SessionId>) -> ApiResult<Json<Session>> {
    let done = caller.write(move |tx, ctx| sessions::close(tx, ctx, id)).await?;
    answer(&caller, done).await
}

#[derive(Deserialize, ToSchema)]
pub(super) struct Reopening {
    reason: String,
    /// For how long; the institution's setting without it.
    minutes: Option<i64>,
}

/// Opens a closed session again.
#[utoipa::path(post, path = "/api/v1/sessions/{id}/reopening", operation_id = "reopen_session",
    request_body = Reopening, responses((status = 200, body = Session)))]
pub(super) async fn reopen(
    caller: Caller,
    Path(id): Path<SessionId>,
    Json(body): Json<Reopening>,
) -> ApiResult<Json<Session>> {
    let minutes = body.minutes.unwrap_or(caller.known.settings.session_minutes);
    let reason = body.reason;
    let done = caller.write(move |tx, ctx| sessions::reopen(tx, ctx, id, minutes, &reason)).await?;
    answer(&caller, done).await
}
