//! Who one is, and where one is signed in, for programs.

use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{Instant, Items, RoleKey};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use muster_app::people::ContactInput;
use muster_app::{people, sign_in};
use muster_domain::auth::Permission;
use muster_domain::ids::LoginId;
use muster_storage::people::GrantRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The caller.
#[derive(Serialize, ToSchema)]
pub(super) struct Me {
    id: Uuid,
    number: String,
    name: String,
    email: Option<String>,
    roles: Vec<OwnRole>,
    /// What the roles allow for anything at all.
    permissions: Vec<&'static str>,
    /// How many notices are new.
    unread_notices: i64,
}

/// A role of the caller's.
#[derive(Serialize, ToSchema)]
pub(super) struct OwnRole {
    role: RoleKey,
    /// The class for which it holds. Without class, event and assessment it is for the institution.
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<Uuid>,
    /// The event for which it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<Uuid>,
    /// The assessment for which it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    assessment: Option<Uuid>,
}

impl From<&GrantRow> for OwnRole {
    fn from(row: &GrantRow) -> Self {
        Self {
            role: RoleKey(row.role),
            class: row.class.map(Into::into),
            event: row.event.map(Into::into),
            assessment: row.assessment.map(Into::into),
        }
    }
}

/// Who the caller is.
#[utoipa::path(get, path = "/api/v1/me", operation_id = "get_me",
    responses((status = 200, body = Me)))]
pub(super) async fn get(caller: Caller) -> ApiResult<Json<Me>> {
    let (person, grants) = caller.read(|tx, ctx| people::get(tx, ctx, ctx.person()?)).await?;
    let actor = caller.ctx.actor.as_ref();
    let may = |permission: &Permission| actor.is_some_and(|actor| actor.may_somewhere(*permission));
    Ok(Json(Me {
        id: person.id.0,
        number: person.number,
        name: person.name,
        email: person.email,
        roles: grants.iter().map(Into::into).collect(),
        permissions: Permission::ALL.into_iter().filter(may).map(Permission::key).collect(),
        unread_notices: caller.who.as_ref().map_or(0, |who| who.unread),
    }))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct NewContact {
    /// Empty: none.
    #[serde(default)]
    phone: String,
    /// Another address of the caller's; empty: none.
    #[serde(default)]
    second_email: String,
    /// The password that holds now. Whoever has none leaves it out within 15 minutes of signing in
    /// by the provider.
    #[serde(default)]
    present: String,
}

/// What people keep up to date themselves.
#[derive(Serialize, ToSchema)]
pub(super) struct Contact {
    phone: Option<String>,
    second_email: Option<String>,
}

/// Changes the caller's own phone and second e-mail address. The rest of the record is the office's.
#[utoipa::path(put, path = "/api/v1/me/contact", operation_id = "change_contact",
    request_body = NewContact, responses((status = 200, body = Contact)))]
pub(super) async fn change_contact(
    caller: Caller,
    Json(NewContact { phone, second_email, present }): Json<NewContact>,
) -> ApiResult<Json<Contact>> {
    let input = ContactInput { phone, second_email };
    let (person, student) = crate::pages::save_contact(&caller, input, present).await?;
    Ok(Json(Contact { phone: person.phone, second_email: student.second_email }))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct NewPassword {
    /// The password that holds now. Whoever has none leaves it out within 15 minutes of signing in
    /// by the provider.
    #[serde(default)]
    present: String,
    /// The new one.
    password: String,
}

/// Changes the caller's password, and ends every other login.
#[utoipa::path(put, path = "/api/v1/me/password", operation_id = "change_password",
    request_body = NewPassword, responses((status = 204)))]
pub(super) async fn change_password(
    caller: Caller,
    Json(NewPassword { present, password }): Json<NewPassword>,
) -> ApiResult<StatusCode> {
    crate::pages::change_password(&caller, present, password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A browser or program that is signed in.
#[derive(Serialize, ToSchema)]
pub(super) struct Login {
    id: Uuid,
    /// `cookie` or `bearer`.
    kind: String,
    /// What the client called itself.
    client: String,
    address: String,
    created_at: Instant,
    /// To a few minutes.
    last_seen_at: Instant,
    expires_at: Instant,
    /// Whether it is this one.
    current: bool,
}

/// Where the caller is signed in.
#[utoipa::path(get, path = "/api/v1/me/logins", operation_id = "list_logins",
    responses((status = 200, body = Items<Login>)))]
pub(super) async fn logins(caller: Caller) -> ApiResult<Json<Items<Login>>> {
    let rows = caller.read(sign_in::logins).await?;
    let current = caller.ctx.actor.as_ref().and_then(|actor| actor.login);
    Ok(Json(Items::all(rows.into_iter().map(|row| Login {
        id: row.id.0,
        current: Some(row.id) == current,
        kind: row.kind,
        client: row.client,
        address: row.address,
        created_at: Instant(row.created_at),
        last_seen_at: Instant(row.last_seen_at),
        expires_at: Instant(row.expires_at),
    }))))
}

/// Ends a login.
#[utoipa::path(delete, path = "/api/v1/me/logins/{id}", operation_id = "end_login",
    responses((status = 204)))]
pub(super) async fn end_login(caller: Caller, Path(id): Path<LoginId>) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| sign_in::sign_out(tx, ctx, id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
