//! People for programs, and the search behind the command palette.

use crate::caller::Caller;
use crate::pages::search::{Asked, find};
use crate::problem::ApiResult;
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::people::{self, PersonInput};
use muster_app::{Error, sign_in};
use muster_domain::auth::Role;
use muster_domain::ids::{ClassId, GrantId, PersonId};
use muster_storage::people::{GrantRow, PersonRow, Search};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Most people in one answer.
const MOST: i64 = 200;

#[derive(Deserialize)]
pub(super) struct Filter {
    #[serde(default)]
    q: String,
    #[serde(default)]
    role: String,
    cursor: Option<PersonId>,
    limit: Option<i64>,
}

/// `GET /api/v1/people`
pub(super) async fn list(caller: Caller, Query(filter): Query<Filter>) -> ApiResult<Json<Value>> {
    let Filter { q, role, cursor, limit } = filter;
    let limit = limit.unwrap_or(50).clamp(1, MOST);
    let role = match role.as_str() {
        "" => None,
        key => Some(
            Role::from_key(key).ok_or_else(|| Error::field("role", "There is no such role."))?,
        ),
    };
    let read = caller.read(move |tx, ctx| {
        people::search(tx, ctx, &Search { text: &q, role, after: cursor, limit: limit + 1 })
    });
    let mut rows = read.await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > most;
    rows.truncate(most);
    let next = rows.last().filter(|_| more).map(|row| row.id);
    let items: Vec<Value> = rows.iter().map(fields).collect();
    Ok(Json(json!({"items": items, "next": next})))
}

/// `GET /api/v1/people/{id}`
pub(super) async fn get(caller: Caller, Path(id): Path<PersonId>) -> ApiResult<Json<Value>> {
    let (person, grants) = caller.read(move |tx, ctx| people::get(tx, ctx, id)).await?;
    Ok(Json(whole(&person, &grants)))
}

/// `POST /api/v1/people`
pub(super) async fn create(
    caller: Caller,
    Json(body): Json<Map<String, Value>>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    let mut input = PersonInput::default();
    fill(&mut input, &body)?;
    let person = input.check()?;
    let made = caller.write(move |tx, ctx| {
        let id = people::create(tx, ctx, &person)?;
        people::get(tx, ctx, id)
    });
    let (person, grants) = made.await?;
    Ok((StatusCode::CREATED, Json(whole(&person, &grants))))
}

/// `PATCH /api/v1/people/{id}`: only the members given change. With `version` the change is
/// refused if the record is another by now.
pub(super) async fn change(
    caller: Caller,
    Path(id): Path<PersonId>,
    Json(body): Json<Map<String, Value>>,
) -> ApiResult<Json<Value>> {
    let changed = caller.write(move |tx, ctx| {
        let (before, _) = people::get(tx, ctx, id)?;
        let mut input = of(&before);
        fill(&mut input, &body)?;
        let active = match body.get("active") {
            None => before.active,
            Some(value) => {
                value.as_bool().ok_or_else(|| Error::field("active", "Send true or false."))?
            }
        };
        let seen = match body.get("version") {
            None => before.version,
            Some(value) => {
                value.as_i64().ok_or_else(|| Error::field("version", "Send a whole number."))?
            }
        };
        people::change(tx, ctx, id, seen, &input.check()?, active)?;
        people::get(tx, ctx, id)
    });
    let (person, grants) = changed.await?;
    Ok(Json(whole(&person, &grants)))
}

#[derive(Deserialize)]
pub(super) struct RoleBody {
    role: Role,
    class: Option<ClassId>,
}

/// `POST /api/v1/people/{id}/roles`
pub(super) async fn grant(
    caller: Caller,
    Path(id): Path<PersonId>,
    Json(RoleBody { role, class }): Json<RoleBody>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    let grant = caller.write(move |tx, ctx| people::grant(tx, ctx, id, role, class)).await?;
    Ok((StatusCode::CREATED, Json(json!({"id": grant}))))
}

/// `DELETE /api/v1/people/{id}/roles/{grant}`
pub(super) async fn end_grant(
    caller: Caller,
    Path((_, grant)): Path<(PersonId, GrantId)>,
) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| people::end_grant(tx, ctx, grant)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/v1/people/{id}/reset-codes`: a one-time code with which the person sets a new
/// password; told this once, and over HTTPS only.
pub(super) async fn offer_reset(
    caller: Caller,
    Path(id): Path<PersonId>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    if !caller.is_private() {
        return Err(Error::Forbidden.into());
    }
    let code = caller.write(move |tx, ctx| sign_in::offer_reset(tx, ctx, id)).await?;
    Ok((StatusCode::CREATED, Json(json!({"code": code}))))
}

/// `GET /api/v1/search`
pub(super) async fn search(caller: Caller, Query(asked): Query<Asked>) -> ApiResult<Json<Value>> {
    Ok(Json(json!({"items": find(&caller, &asked.q).await?})))
}

fn of(row: &PersonRow) -> PersonInput {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    PersonInput {
        number: row.number.clone(),
        name: row.name.clone(),
        username: text(&row.username),
        email: text(&row.email),
        title: text(&row.title),
        phone: text(&row.phone),
        programme: text(&row.programme),
    }
}

/// Takes the members that are there; null empties one.
fn fill(input: &mut PersonInput, body: &Map<String, Value>) -> muster_app::Result<()> {
    let PersonInput { number, name, username, email, title, phone, programme } = input;
    let fields: [(&'static str, &mut String); 7] = [
        ("number", number),
        ("name", name),
        ("username", username),
        ("email", email),
        ("title", title),
        ("phone", phone),
        ("programme", programme),
    ];
    for (field, value) in fields {
        match body.get(field) {
            None => {}
            Some(Value::Null) => value.clear(),
            Some(Value::String(text)) => value.clone_from(text),
            Some(_) => return Err(Error::field(field, "Send a text.")),
        }
    }
    Ok(())
}

fn fields(row: &PersonRow) -> Value {
    json!({
        "id": row.id, "number": row.number, "name": row.name, "username": row.username,
        "email": row.email, "title": row.title, "phone": row.phone, "programme": row.programme,
        "active": row.active, "version": row.version,
    })
}

fn whole(row: &PersonRow, grants: &[GrantRow]) -> Value {
    let roles: Vec<Value> = grants
        .iter()
        .map(|grant| json!({"id": grant.id, "role": grant.role.key(), "class": grant.class}))
        .collect();
    let mut value = fields(row);
    if let Some(object) = value.as_object_mut() {
        object.insert("roles".to_owned(), roles.into());
    }
    value
}
