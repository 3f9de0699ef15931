//! The institution's settings for programs.

use crate::caller::Caller;
use crate::problem::ApiResult;
use axum::Json;
use muster_app::settings;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What holds for the whole institution.
#[derive(Serialize, ToSchema)]
pub(super) struct Settings {
    institution: String,
    /// IANA name.
    time_zone: String,
    /// How long a session stays open.
    session_minutes: i64,
    /// How long after the start a mark is still on time.
    late_after_minutes: i64,
    /// For how long a class code is on screen.
    step_seconds: i64,
}

impl From<settings::Settings> for Settings {
    fn from(now: settings::Settings) -> Self {
        Self {
            institution: now.institution,
            time_zone: now.time_zone,
            session_minutes: now.session_minutes,
            late_after_minutes: now.late_after_minutes,
            step_seconds: now.step_seconds,
        }
    }
}

/// The settings.
#[utoipa::path(get, path = "/api/v1/settings", operation_id = "get_settings",
    responses((status = 200, body = Settings)))]
pub(super) async fn get(caller: Caller) -> ApiResult<Json<Settings>> {
    Ok(Json(caller.read(settings::get).await?.into()))
}

/// Members that are missing stay as they are.
#[derive(Deserialize, ToSchema)]
#[schema(as = SettingsChange)]
pub(super) struct Body {
    institution: Option<String>,
    time_zone: Option<String>,
    session_minutes: Option<i64>,
    late_after_minutes: Option<i64>,
    step_seconds: Option<i64>,
}

/// Changes settings: only the members given, all of them or none.
#[utoipa::path(patch, path = "/api/v1/settings", operation_id = "change_settings",
    request_body = Body, responses((status = 200, body = Settings)))]
pub(super) async fn change(caller: Caller, Json(body): Json<Body>) -> ApiResult<Json<Settings>> {
    let number = |value: Option<i64>| value.map(|number| number.to_string());
    let values: Vec<_> = [
        ("institution", body.institution),
        ("time_zone", body.time_zone),
        ("session_minutes", number(body.session_minutes)),
        ("late_after_minutes", number(body.late_after_minutes)),
        ("step_seconds", number(body.step_seconds)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect();
    let write = caller.write(move |tx, ctx| {
        settings::change(tx, ctx, &values)?;
        settings::get(tx, ctx)
    });
    Ok(Json(write.await?.into()))
}
