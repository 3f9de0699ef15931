//! People for programs.

use super::member::Member;
use super::record::{IfMatch, IfNoneMatch, Record, Tagged};
use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{Items, RoleKey};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::Error;
use muster_app::people::{self, PersonInput};
use muster_domain::auth::Role;
use muster_domain::ids::PersonId;
use muster_storage::people::{GrantRow, PersonRow, Search};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Most people in one answer.
const MOST: i64 = 200;

/// A person known to the institution.
#[derive(Serialize, ToSchema)]
pub(super) struct Person {
    id: Uuid,
    /// The institution's number.
    number: String,
    name: String,
    username: Option<String>,
    email: Option<String>,
    title: Option<String>,
    phone: Option<String>,
    programme: Option<String>,
    /// Whether they may sign in and be enrolled.
    active: bool,
    version: i64,
    /// Missing in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<Vec<HeldRole>>,
}

impl Tagged for Person {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl From<PersonRow> for Person {
    fn from(row: PersonRow) -> Self {
        Self {
            id: row.id.0,
            number: row.number,
            name: row.name,
            username: row.username,
            email: row.email,
            title: row.title,
            phone: row.phone,
            programme: row.programme,
            active: row.active,
            version: row.version,
            roles: None,
        }
    }
}

impl From<(PersonRow, Vec<GrantRow>)> for Person {
    fn from((row, grants): (PersonRow, Vec<GrantRow>)) -> Self {
        Self { roles: Some(grants.iter().map(Into::into).collect()), ..row.into() }
    }
}

/// A role that somebody holds.
#[derive(Serialize, ToSchema)]
pub(super) struct HeldRole {
    /// The grant: ending it ends the role.
    id: Uuid,
    role: RoleKey,
    /// The class for which it holds; null for the whole institution.
    class: Option<Uuid>,
}

impl From<&GrantRow> for HeldRole {
    fn from(row: &GrantRow) -> Self {
        Self { id: row.id.0, role: RoleKey(row.role), class: row.class.map(Into::into) }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Words in name, number or address.
    #[serde(default)]
    q: String,
    /// Only who holds this role.
    #[serde(default)]
    role: String,
    /// `next` of the page before.
    #[param(value_type = Option<Uuid>)]
    cursor: Option<PersonId>,
    /// At most so many: 1 to 200, 50 without it.
    limit: Option<i64>,
}

/// People by name, page by page.
#[utoipa::path(get, path = "/api/v1/people", operation_id = "list_people", params(Filter),
    responses((status = 200, body = Items<Person>)))]
pub(super) async fn list(
    caller: Caller,
    Query(filter): Query<Filter>,
) -> ApiResult<Json<Items<Person>>> {
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
    let next = rows.last().filter(|_| more).map(|row| row.id.0);
    Ok(Json(Items::page(rows, next)))
}

/// One person with their roles.
#[utoipa::path(get, path = "/api/v1/people/{id}", operation_id = "get_person",
    params(IfNoneMatch), responses((status = 200, body = Person)))]
pub(super) async fn get(
    caller: Caller,
    known: IfNoneMatch,
    Path(id): Path<PersonId>,
) -> ApiResult<Record<Person>> {
    Ok(known.or(caller.read(move |tx, ctx| people::get(tx, ctx, id)).await?))
}

/// What is known of a person. Members that are missing stay as they are, null empties one.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = PersonChange)]
pub(super) struct PersonBody {
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    number: Member<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    name: Member<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    username: Member<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    email: Member<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    title: Member<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    phone: Member<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    programme: Member<String>,
    /// Whether they may sign in and be enrolled; not looked at when a person is added.
    active: Option<bool>,
    /// Of the record that was read; not looked at when a person is added.
    version: Option<i64>,
}

/// Adds a person: `number` and `name` at least.
#[utoipa::path(post, path = "/api/v1/people", operation_id = "create_person",
    request_body = PersonBody, responses((status = 201, body = Person)))]
pub(super) async fn create(
    caller: Caller,
    Json(body): Json<PersonBody>,
) -> ApiResult<(StatusCode, Json<Person>)> {
    let mut input = PersonInput::default();
    fill(&mut input, &body);
    let person = input.check()?;
    let made = caller.write(move |tx, ctx| {
        let id = people::create(tx, ctx, &person)?;
        people::get(tx, ctx, id)
    });
    Ok((StatusCode::CREATED, Json(made.await?.into())))
}

/// Changes a person.
///
/// Only the members given change. With `version` the change is refused if the record is another
/// by now.
#[utoipa::path(patch, path = "/api/v1/people/{id}", operation_id = "change_person",
    params(IfMatch), request_body = PersonBody, responses((status = 200, body = Person)))]
pub(super) async fn change(
    caller: Caller,
    meant: IfMatch,
    Path(id): Path<PersonId>,
    Json(body): Json<PersonBody>,
) -> ApiResult<Record<Person>> {
    let changed = caller.write(move |tx, ctx| {
        let (before, _) = people::get(tx, ctx, id)?;
        meant.check(before.version)?;
        let mut input = of(&before);
        fill(&mut input, &body);
        let active = body.active.unwrap_or(before.active);
        let seen = body.version.unwrap_or(before.version);
        people::change(tx, ctx, id, seen, &input.check()?, active)?;
        people::get(tx, ctx, id)
    });
    Ok(Record::of(changed.await?))
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
fn fill(input: &mut PersonInput, body: &PersonBody) {
    let PersonInput { number, name, username, email, title, phone, programme } = input;
    for (member, field) in [
        (&body.number, number),
        (&body.name, name),
        (&body.username, username),
        (&body.email, email),
        (&body.title, title),
        (&body.phone, phone),
        (&body.programme, programme),
    ] {
        if let Member::Given(value) = member {
            *field = value.clone().unwrap_or_default();
        }
    }
}
