//! The caller's own meetings, for programs.

use super::classes::ClassName;
use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{Instant, Items, StatusKey};
use crate::times;
use axum::Json;
use axum::extract::Query;
use muster_app::Error;
use muster_app::timetable::{self, Slot};
use muster_app::zone::Zone;
use muster_domain::attendance::Outcome;
use muster_domain::time::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Most days that are listed at once.
const MOST_DAYS: i64 = 370;

/// A meeting of the caller's, or a session that was opened without one.
#[derive(Serialize, ToSchema)]
pub(super) struct OwnMeeting {
    meeting: Option<Uuid>,
    session: Option<Uuid>,
    class: ClassName,
    starts_at: Instant,
    ends_at: Instant,
    room: Option<String>,
    /// Whether the caller teaches or helps there rather than attends.
    staff: bool,
    /// `planned`, `cancelled`, `not_taken`, `taken`, or `marked`.
    outcome: &'static str,
    /// The caller's own mark.
    status: Option<StatusKey>,
}

impl From<Slot> for OwnMeeting {
    fn from(slot: Slot) -> Self {
        let (outcome, status) = match slot.outcome {
            Outcome::Planned => ("planned", None),
            Outcome::Cancelled => ("cancelled", None),
            Outcome::NotTaken => ("not_taken", None),
            Outcome::Taken => ("taken", None),
            Outcome::Marked(status) => ("marked", Some(StatusKey(status))),
        };
        Self {
            meeting: slot.meeting.map(Into::into),
            session: slot.session.map(Into::into),
            class: slot.class.into(),
            starts_at: Instant(slot.starts_at),
            ends_at: Instant(slot.ends_at),
            room: slot.room,
            staff: slot.staff,
            outcome,
            status,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Days {
    /// The first day, by the institution's clock; today if missing.
    from: Option<String>,
    /// The last day; six days after the first if missing.
    until: Option<String>,
}

/// The caller's own meetings, as student and as staff, the earliest first.
#[utoipa::path(get, path = "/api/v1/me/meetings", operation_id = "list_own_meetings",
    params(Days), responses((status = 200, body = Items<OwnMeeting>)))]
pub(super) async fn own(
    caller: Caller,
    Query(days): Query<Days>,
) -> ApiResult<Json<Items<OwnMeeting>>> {
    let zone = Zone::of(&caller.known.settings);
    let first = date("from", days.from.as_deref())?.unwrap_or(zone.date(caller.ctx.now()));
    let last = date("until", days.until.as_deref())?.unwrap_or(Date(first.0 + 6));
    if last < first || last.0 - first.0 > MOST_DAYS {
        let text = format!("Choose a day from the first one to {MOST_DAYS} days after it.");
        return Err(Error::field("until", text).into());
    }
    let range = zone.range(first, last);
    let slots = caller.read(move |tx, ctx| timetable::own(tx, ctx, range)).await?;
    Ok(Json(Items::all(slots)))
}

fn date(field: &'static str, text: Option<&str>) -> Result<Option<Date>, Error> {
    let Some(text) = text else { return Ok(None) };
    let wrong = || Error::field(field, "Write the day like 2026-11-21.");
    times::parse_date(text).map(Some).ok_or_else(wrong)
}
