//! Codes for first passwords, for many people at once.

use crate::caller::Caller;
use crate::pages::first_codes::{Asked, address, invited, made};
use crate::problem::ApiResult;
use crate::shapes::RoleKey;
use crate::times::rfc3339;
use axum::Json;
use axum::extract::Query;
use axum::http::StatusCode;
use muster_app::Error;
use muster_app::first_codes::{self, Group, LIFETIME};
use muster_domain::auth::Role;
use muster_domain::ids::PersonId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Who is meant: one of these.
#[derive(Deserialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
#[schema(as = FirstCodesGroup)]
pub(super) struct GroupBody {
    /// The students who attend this class.
    class: Option<Uuid>,
    /// The people whom this import added.
    import: Option<Uuid>,
    /// The students of this programme.
    programme: Option<Uuid>,
    /// Only those in this year of the programme.
    year: Option<i64>,
    /// Everybody with this role.
    #[schema(value_type = Option<RoleKey>)]
    #[param(value_type = Option<RoleKey>)]
    role: Option<Role>,
}

impl GroupBody {
    fn group(self) -> Result<Group, Error> {
        let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        let asked = Asked {
            class: text(self.class),
            import: text(self.import),
            programme: text(self.programme),
            year: self.year.map(|year| year.to_string()).unwrap_or_default(),
            role: self.role.map(|role| role.key().to_owned()).unwrap_or_default(),
            ..Asked::default()
        };
        let missing = "Name a class, an import, a programme or a role.";
        asked.group()?.ok_or_else(|| Error::field("role", missing))
    }
}

/// What codes for a group come to.
#[derive(Serialize, ToSchema)]
pub(super) struct FirstCodesPreview {
    /// How many get a code.
    waiting: usize,
    /// How many of them have an e-mail address for a letter.
    with_address: usize,
    /// How many have a password and get none.
    with_password: usize,
    inactive: usize,
    administrators: usize,
}

/// Tells who of a group waits for a first password.
#[utoipa::path(get, path = "/api/v1/first-codes", operation_id = "preview_first_codes",
    params(GroupBody), responses((status = 200, body = FirstCodesPreview)))]
pub(super) async fn preview(
    caller: Caller,
    Query(body): Query<GroupBody>,
) -> ApiResult<Json<FirstCodesPreview>> {
    let group = body.group()?;
    let found = caller.read(move |tx, ctx| first_codes::preview(tx, ctx, group)).await?;
    Ok(Json(FirstCodesPreview {
        waiting: found.waiting.len(),
        with_address: found.with_address(),
        with_password: found.with_password,
        inactive: found.inactive,
        administrators: found.administrators,
    }))
}

/// A person's code.
#[derive(Serialize, ToSchema)]
pub(super) struct FirstCode {
    #[schema(value_type = Uuid)]
    person: PersonId,
    number: String,
    name: String,
    code: String,
}

/// Codes with where and how long they can be used.
#[derive(Serialize, ToSchema)]
pub(super) struct FirstCodes {
    items: Vec<FirstCode>,
    /// Where people type their codes.
    address: String,
    #[schema(format = DateTime)]
    valid_until: String,
}

/// Makes one-time codes for those of a group who wait for a first password.
///
/// They are told this once, and over HTTPS only. Codes that these people were given before stop
/// working.
#[utoipa::path(post, path = "/api/v1/first-codes", operation_id = "make_first_codes",
    request_body = GroupBody, responses((status = 201, body = FirstCodes)))]
pub(super) async fn make(
    caller: Caller,
    Json(body): Json<GroupBody>,
) -> ApiResult<(StatusCode, Json<FirstCodes>)> {
    let slips = made(&caller, body.group()?).await?;
    let items = slips.into_iter().map(|slip| FirstCode {
        person: slip.person,
        number: slip.number,
        name: slip.name,
        code: slip.code,
    });
    let valid_until = rfc3339(caller.ctx.now() + LIFETIME);
    let codes = FirstCodes { items: items.collect(), address: address(&caller), valid_until };
    Ok((StatusCode::CREATED, Json(codes)))
}

/// How many letters were queued.
#[derive(Serialize, ToSchema)]
pub(super) struct FirstLetters {
    queued: usize,
}

/// Sends letters with a link to choose a password to those of a group who wait for a first one.
#[utoipa::path(post, path = "/api/v1/first-letters", operation_id = "send_first_letters",
    request_body = GroupBody, responses((status = 200, body = FirstLetters)))]
pub(super) async fn write_letters(
    caller: Caller,
    Json(body): Json<GroupBody>,
) -> ApiResult<Json<FirstLetters>> {
    let queued = invited(&caller, body.group()?).await?;
    Ok(Json(FirstLetters { queued }))
}
