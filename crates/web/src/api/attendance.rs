//! A person's attendance for programs.

use super::classes::ClassName;
use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{BadgeKey, Instant, MethodKey, StatusKey};
use axum::Json;
use axum::extract::{Path, Query};
use muster_app::attendance::{self, History};
use muster_app::standing::{self, ClassStanding, Terms};
use muster_domain::attendance::figures::Scale;
use muster_domain::attendance::{Percentage, Streak, Tally};
use muster_domain::ids::{ClassId, PersonId, TermId};
use muster_storage::sessions::{MarkRow, SessionRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A person's attendance.
#[derive(Serialize, ToSchema)]
pub(super) struct Attendance {
    overall: Figures,
    classes: Vec<ClassAttendance>,
}

/// How often somebody attended.
#[derive(Serialize, ToSchema)]
pub(super) struct Figures {
    /// To a tenth; null where nothing was taken.
    percentage: Option<f64>,
    level: BadgeKey,
    present: i64,
    late: i64,
    excused: i64,
    absent: i64,
    /// How many sessions in a row, attended in full, bring it back to safe; 0 if it is, null if no
    /// number does.
    sessions_to_safe: Option<i64>,
}

impl Figures {
    /// These counts, with what they come to.
    pub fn new(tally: &Tally, share: Percentage, scale: &Scale) -> Self {
        Self {
            percentage: share.permille().and_then(percent),
            level: BadgeKey(scale.badge(share)),
            present: tally.present,
            late: tally.late,
            excused: tally.excused,
            absent: tally.absent,
            sessions_to_safe: scale.sessions_to_safe(share),
        }
    }
}

pub(super) fn percent(permille: i64) -> Option<f64> {
    i32::try_from(permille).ok().map(|permille| f64::from(permille) / 10.0)
}

/// Sessions one after the other; excused ones neither go on nor break a run.
#[derive(Serialize, ToSchema)]
pub(super) struct Runs {
    /// Attended in a row up to now.
    attended: i64,
    /// The most ever attended in a row.
    longest: i64,
    /// Missed in a row up to now.
    missed: i64,
}

impl From<Streak> for Runs {
    fn from(Streak { attended, longest, missed }: Streak) -> Self {
        Self { attended, longest, missed }
    }
}

/// A class with what somebody attended of it.
#[derive(Serialize, ToSchema)]
pub(super) struct ClassAttendance {
    #[serde(flatten)]
    name: ClassName,
    attendance: Figures,
    streak: Runs,
    /// Whether this deserves attention: a low share, or too many absences in a row.
    at_risk: bool,
    /// The latest first.
    sessions: Vec<AttendedSession>,
}

impl ClassAttendance {
    fn new(of: ClassStanding, sessions: History) -> Self {
        Self {
            attendance: Figures::new(&of.tally, of.share(), &of.scale),
            streak: of.streak.into(),
            at_risk: of.is_at_risk(),
            sessions: sessions.2.into_iter().map(Into::into).collect(),
            name: of.class.into(),
        }
    }
}

/// A session with somebody's mark in it.
#[derive(Serialize, ToSchema)]
pub(super) struct AttendedSession {
    id: Uuid,
    opened_at: Instant,
    /// To when its marks belong: the start of its meeting, or when it was opened.
    held_at: Instant,
    /// Of the mark.
    mark: Option<Uuid>,
    status: Option<StatusKey>,
    method: Option<MethodKey>,
    at: Option<Instant>,
    /// Whether staff made it rather than the student, or nobody.
    by_staff: bool,
    /// Why, where staff said so.
    reason: Option<String>,
    /// What the session is about.
    topic: Option<String>,
}

impl From<(SessionRow, Option<MarkRow>)> for AttendedSession {
    fn from((session, mark): (SessionRow, Option<MarkRow>)) -> Self {
        Self {
            id: session.id.0,
            opened_at: Instant(session.opened_at),
            held_at: Instant(session.held_at),
            mark: mark.as_ref().map(|mark| mark.id.0),
            status: mark.as_ref().map(|mark| StatusKey(mark.status)),
            method: mark.as_ref().map(|mark| MethodKey(mark.method)),
            at: mark.as_ref().map(|mark| Instant(mark.at)),
            by_staff: mark.as_ref().is_some_and(|mark| mark.marked_by.is_some()),
            reason: mark.and_then(|mark| mark.reason),
            topic: session.topic,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Only classes of this term; without it all of them.
    #[param(value_type = Option<Uuid>)]
    term: Option<TermId>,
    /// Only this class.
    #[param(value_type = Option<Uuid>)]
    class: Option<ClassId>,
}

/// A person's attendance: overall, per class, and session by session.
#[utoipa::path(get, path = "/api/v1/people/{id}/attendance", operation_id = "get_attendance",
    params(Which), responses((status = 200, body = Attendance)))]
pub(super) async fn get(
    caller: Caller,
    Path(id): Path<PersonId>,
    Query(which): Query<Which>,
) -> ApiResult<Json<Attendance>> {
    let read = caller.read(move |tx, ctx| {
        let terms = which.term.map_or(Terms::All, Terms::One);
        let standing = standing::within(tx, ctx, id, terms, which.class)?;
        let sessions = standing.classes.iter();
        let sessions = sessions.map(|item| attendance::history(tx, ctx, id, item.class.id));
        let sessions = sessions.collect::<muster_app::Result<Vec<_>>>()?;
        Ok((standing, sessions))
    });
    let (standing, sessions) = read.await?;
    let classes = standing.classes.into_iter().zip(sessions);
    Ok(Json(Attendance {
        overall: Figures::new(&standing.overall, standing.share, &standing.scale),
        classes: classes.map(|(class, sessions)| ClassAttendance::new(class, sessions)).collect(),
    }))
}
