//! People for programs.

use super::member::Member;
use super::record::{IfMatch, IfNoneMatch, Record, Tagged};
use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{Items, RoleKey};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::people::{self, PersonInput};
use muster_app::{Ctx, Error};
use muster_domain::auth::Role;
use muster_domain::ids::PersonId;
use muster_storage::ReadTx;
use muster_storage::finding::Search;
use muster_storage::people::{GrantRow, PersonRow};
use muster_storage::students::StudentRow;
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
    /// Of students: the programme's code, or what was typed where there is no such programme.
    programme: Option<String>,
    /// Whether they may sign in and be enrolled.
    active: bool,
    version: i64,
    /// Missing in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    studies: Option<Studies>,
    /// Missing in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<Vec<HeldRole>>,
}

/// What is known of students besides.
#[derive(Serialize, ToSchema)]
pub(super) struct Studies {
    /// The programme, if `programme` is one.
    programme: Option<Uuid>,
    programme_name: Option<String>,
    /// Year of the programme, from 1.
    year: Option<i64>,
    /// Semester of the year, from 1.
    semester: Option<i64>,
    enrolment_number: Option<String>,
    second_email: Option<String>,
    guardian_email: Option<String>,
}

impl From<StudentRow> for Studies {
    fn from(row: StudentRow) -> Self {
        Self {
            programme: row.programme.map(Into::into),
            programme_name: row.programme_name,
            year: row.year,
            semester: row.semester,
            enrolment_number: row.enrolment_number,
            second_email: row.second_email,
            guardian_email: row.guardian_email,
        }
    }
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
            studies: None,
            roles: None,
        }
    }
}

/// A person's whole record.
type Whole = (PersonRow, Vec<GrantRow>, StudentRow);

/// Reads a person's whole record.
fn whole(tx: &mut ReadTx<'_>, ctx: &Ctx, id: PersonId) -> Result<Whole, Error> {
    let (row, grants) = people::get(tx, ctx, id)?;
    Ok((row, grants, people::student(tx, ctx, id)?))
}

impl From<Whole> for Person {
    fn from((row, grants, student): Whole) -> Self {
        let roles = Some(grants.iter().map(Into::into).collect());
        Self { studies: Some(student.into()), roles, ..row.into() }
    }
}

/// A role that somebody holds.
#[derive(Serialize, ToSchema)]
pub(super) struct HeldRole {
    /// The grant: ending it ends the role.
    id: Uuid,
    role: RoleKey,
    /// The class for which it holds. Where class, event and assessment are null, it is for the
    /// institution.
    class: Option<Uuid>,
    /// The event for which it holds.
    event: Option<Uuid>,
    /// The assessment for which it holds.
    assessment: Option<Uuid>,
}

impl From<&GrantRow> for HeldRole {
    fn from(row: &GrantRow) -> Self {
        Self {
            id: row.id.0,
            role: RoleKey(row.role),
            class: row.class.map(Into::into),
            event: row.event.map(Into::into),
            assessment: row.assessment.map(Into::into),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// Beginnings of words of name, number, user name or address; or a roll number.
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
    Ok(known.or(caller.read(move |tx, ctx| whole(tx, ctx, id)).await?))
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
    /// A programme's code or name; what names none is kept as text.
    programme: Member<String>,
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    year: Member<i64>,
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    semester: Member<i64>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    enrolment_number: Member<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    second_email: Member<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    guardian_email: Member<String>,
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
        whole(tx, ctx, id)
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
        let (before, _, student) = whole(tx, ctx, id)?;
        meant.check(before.version)?;
        let mut input = PersonInput::of(&before, &student);
        fill(&mut input, &body);
        let active = body.active.unwrap_or(before.active);
        let seen = body.version.unwrap_or(before.version);
        people::change(tx, ctx, id, seen, &input.check()?, active)?;
        whole(tx, ctx, id)
    });
    Ok(Record::of(changed.await?))
}

/// Takes the members that are there; null empties one.
fn fill(input: &mut PersonInput, body: &PersonBody) {
    for (member, field) in [
        (&body.number, &mut input.number),
        (&body.name, &mut input.name),
        (&body.username, &mut input.username),
        (&body.email, &mut input.email),
        (&body.title, &mut input.title),
        (&body.phone, &mut input.phone),
        (&body.programme, &mut input.programme),
        (&body.enrolment_number, &mut input.enrolment_number),
        (&body.second_email, &mut input.second_email),
        (&body.guardian_email, &mut input.guardian_email),
    ] {
        if let Member::Given(value) = member {
            *field = value.clone().unwrap_or_default();
        }
    }
    for (member, field) in [(&body.year, &mut input.year), (&body.semester, &mut input.semester)] {
        if let Member::Given(value) = member {
            *field = value.map(|number| number.to_string()).unwrap_or_default();
        }
    }
}
