//! Signing in for programs, and who one is.

use crate::caller::Caller;
use crate::problem::ApiResult;
use axum::Json;
use axum::http::StatusCode;
use muster_app::attendance;
use muster_domain::auth::{Permission, Scope};
use muster_domain::ids::SessionId;
use muster_storage::academics::ClassRow;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
pub(super) struct Credentials {
    identifier: String,
    password: String,
}

/// `POST /api/v1/tokens`
pub(super) async fn create(
    caller: Caller,
    Json(input): Json<Credentials>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    let signed = crate::pages::sign_in(&caller, "bearer", &input.identifier, input.password);
    let (token, seconds) = signed.await?;
    let answer = json!({"access_token": token, "token_type": "Bearer", "expires_in": seconds});
    Ok((StatusCode::CREATED, Json(answer)))
}

/// `GET /api/v1/me`
pub(super) async fn me(caller: Caller) -> ApiResult<Json<Value>> {
    let read = caller.read(|tx, ctx| muster_app::people::get(tx, ctx, ctx.person()?));
    let (person, grants) = read.await?;
    let roles: Vec<Value> = grants
        .iter()
        .map(|row| match row.grant().scope {
            Scope::Institution => json!({"role": row.role.key()}),
            Scope::Class(class) => json!({"role": row.role.key(), "class": class}),
        })
        .collect();
    let actor = caller.ctx.actor.as_ref();
    let may = |permission: &Permission| actor.is_some_and(|actor| actor.may_somewhere(*permission));
    let permissions: Vec<_> =
        Permission::ALL.into_iter().filter(may).map(Permission::key).collect();
    Ok(Json(json!({
        "id": person.id, "number": person.number, "name": person.name, "email": person.email,
        "roles": roles, "permissions": permissions,
    })))
}

/// `GET /api/v1/classes`: the caller's own, taught and attended.
pub(super) async fn classes(caller: Caller) -> ApiResult<Json<Value>> {
    let read = caller.read(|tx, ctx| {
        let mut classes = attendance::staffed_today(tx, ctx)?;
        classes.extend(attendance::attended_today(tx, ctx)?);
        Ok(classes)
    });
    let items: Vec<Value> = read
        .await?
        .iter()
        .map(|today| class(&today.class, today.open.as_ref().map(|open| open.id)))
        .collect();
    Ok(Json(json!({"items": items, "next": null})))
}

pub(super) fn class(row: &ClassRow, open: Option<SessionId>) -> Value {
    json!({
        "id": row.id, "course_code": row.course_code, "course_name": row.course_name,
        "section": row.section, "term": row.term_name, "room": row.room, "open_session": open,
    })
}
