//! The institution's settings for programs.

use crate::caller::Caller;
use crate::problem::ApiResult;
use axum::Json;
use muster_app::settings::{self, Settings};
use serde::Deserialize;
use serde_json::{Value, json};

fn fields(now: &Settings) -> Value {
    json!({
        "institution": now.institution, "time_zone": now.time_zone,
        "session_minutes": now.session_minutes, "late_after_minutes": now.late_after_minutes,
        "step_seconds": now.step_seconds,
    })
}

/// `GET /api/v1/settings`
pub(super) async fn get(caller: Caller) -> ApiResult<Json<Value>> {
    Ok(Json(fields(&caller.read(settings::get).await?)))
}

#[derive(Deserialize)]
pub(super) struct Body {
    institution: Option<String>,
    time_zone: Option<String>,
    session_minutes: Option<i64>,
    late_after_minutes: Option<i64>,
    step_seconds: Option<i64>,
}

/// `PATCH /api/v1/settings`: only the members given change, all of them or none.
pub(super) async fn change(caller: Caller, Json(body): Json<Body>) -> ApiResult<Json<Value>> {
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
    Ok(Json(fields(&write.await?)))
}
