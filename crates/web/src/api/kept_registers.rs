//! Registers to keep, for programs: of a session, and of a class over its term.

use super::attendance::Figures;
use super::classes::ClassName;
use super::sessions::Session;
use crate::caller::Caller;
use crate::export::Format;
use crate::live::shapes::StudentMark;
use crate::pages::{register_pdf, session_register_file, term_register_file};
use crate::printing::{PDF, accepts};
use crate::problem::ApiResult;
use crate::shapes::{Instant, StatusKey};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use muster_app::attendance::{self, Register};
use muster_app::figures::{self, TermRegister};
use muster_domain::ids::{ClassId, SessionId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// `json`, `csv` or `xlsx`, of a class `pdf` too; as `Accept` says without it.
    #[serde(default)]
    format: String,
}

/// A session with everybody of its class.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionRegister {
    session: Session,
    class: ClassName,
    /// By roll number; who was withdrawn only with a mark.
    students: Vec<StudentMark>,
}

impl From<Register> for SessionRegister {
    fn from(register: Register) -> Self {
        let Register { session, class, students, counts, details, .. } = register;
        let students = students.iter();
        Self {
            students: students
                .map(|(place, mark)| StudentMark::new(place, mark.as_ref(), &details))
                .collect(),
            session: Session::new(&session, &counts),
            class: class.into(),
        }
    }
}

/// The register of a session: everybody of the class, marked or not.
///
/// As JSON, or as a table by `format` or `Accept`.
#[utoipa::path(get, path = "/api/v1/sessions/{id}/register", operation_id = "get_session_register",
    params(Wanted), responses((status = 200, body = SessionRegister)))]
pub(super) async fn of_session(
    caller: Caller,
    Path(id): Path<SessionId>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let format = Format::asked(&wanted.format, &headers)?;
    let register = caller.read(move |tx, ctx| attendance::register(tx, ctx, id)).await?;
    Ok(match format {
        Some(format) => session_register_file(&caller, &register, format).await?,
        None => Json(SessionRegister::from(register)).into_response(),
    })
}

/// A class's register over its term.
#[derive(Serialize, ToSchema)]
pub(super) struct ClassRegister {
    class: ClassName,
    /// The closed ones, the earliest first.
    sessions: Vec<RegisteredSession>,
    /// Those who attend, by roll number.
    students: Vec<RegisteredStudent>,
}

/// A column of a class's register.
#[derive(Serialize, ToSchema)]
pub(super) struct RegisteredSession {
    id: Uuid,
    opened_at: Instant,
    /// The start of its meeting, or when it was opened.
    held_at: Instant,
    topic: Option<String>,
}

/// A row of a class's register.
#[derive(Serialize, ToSchema)]
pub(super) struct RegisteredStudent {
    person: Uuid,
    number: String,
    name: String,
    roll_number: String,
    /// One for each session, in their order; null where the student was not in the class.
    statuses: Vec<Option<StatusKey>>,
    attendance: Figures,
}

impl From<TermRegister> for ClassRegister {
    fn from(register: TermRegister) -> Self {
        let TermRegister { figures, sessions, marks } = register;
        let students = figures.students.into_iter().map(|item| RegisteredStudent {
            statuses: sessions
                .iter()
                .map(|session| marks.get(&(item.place.person, session.id)).copied().map(StatusKey))
                .collect(),
            attendance: Figures::new(&item.tally, item.share, &figures.scale),
            person: item.place.person.0,
            number: item.place.number,
            name: item.place.name,
            roll_number: item.place.roll_number,
        });
        let students = students.collect();
        let session = |row: muster_storage::sessions::SessionRow| RegisteredSession {
            id: row.id.0,
            opened_at: Instant(row.opened_at),
            held_at: Instant(row.held_at),
            topic: row.topic,
        };
        Self {
            class: figures.class.into(),
            students,
            sessions: sessions.into_iter().map(session).collect(),
        }
    }
}

/// The register of a class over its term: who had which status in which session.
///
/// As JSON, or as a table or on paper by `format` or `Accept`.
#[utoipa::path(get, path = "/api/v1/classes/{id}/register", operation_id = "get_class_register",
    params(Wanted), responses((status = 200, body = ClassRegister)))]
pub(super) async fn of_class(
    caller: Caller,
    Path(id): Path<ClassId>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    if wanted.format == "pdf" || wanted.format.is_empty() && accepts(&headers, PDF) {
        let read = caller.read(move |tx, ctx| {
            Ok((figures::term_register(tx, ctx, id)?, figures::timetabled(tx, ctx, id)?))
        });
        let (register, timetabled) = read.await?;
        return Ok(register_pdf(&caller, &register, timetabled).await?);
    }
    let format = Format::asked(&wanted.format, &headers)?;
    let register = caller.read(move |tx, ctx| figures::term_register(tx, ctx, id)).await?;
    Ok(match format {
        Some(format) => term_register_file(&caller, &register, format).await?,
        None => Json(ClassRegister::from(register)).into_response(),
    })
}
