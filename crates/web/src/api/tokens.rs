//! Signing in for programs, and who one is.

use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::times::rfc3339;
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use muster_app::{attendance, sign_in};
use muster_domain::auth::{Permission, Scope};
use muster_domain::ids::{LoginId, SessionId};
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

#[derive(Deserialize)]
pub(super) struct NewPassword {
    present: String,
    password: String,
}

/// `PUT /api/v1/me/password`: ends every other login.
pub(super) async fn change_password(
    caller: Caller,
    Json(NewPassword { present, password }): Json<NewPassword>,
) -> ApiResult<StatusCode> {
    crate::pages::change_password(&caller, present, password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/v1/me/logins`
pub(super) async fn logins(caller: Caller) -> ApiResult<Json<Value>> {
    let rows = caller.read(sign_in::logins).await?;
    let current = caller.ctx.actor.as_ref().and_then(|actor| actor.login);
    let items: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "id": row.id, "kind": row.kind, "client": row.client, "address": row.address,
                "created_at": rfc3339(row.created_at), "last_seen_at": rfc3339(row.last_seen_at),
                "expires_at": rfc3339(row.expires_at), "current": Some(row.id) == current,
            })
        })
        .collect();
    Ok(Json(json!({"items": items, "next": null})))
}

/// `DELETE /api/v1/me/logins/{id}`
pub(super) async fn end_login(caller: Caller, Path(id): Path<LoginId>) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| sign_in::sign_out(tx, ctx, id)).await?;
    Ok(StatusCode::NO_CONTENT)
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
