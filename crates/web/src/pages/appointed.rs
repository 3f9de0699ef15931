//! Who holds a role for one event or one assessment: shown, given and ended where that is changed.

use super::assessments;
use super::event::{Typed, page as event_page};
use super::form::{Choice, Errors};
use crate::caller::Caller;
use crate::error::{PageError, status};
use crate::times;
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::people::roles::{self, Place, need_to_appoint};
use muster_app::{Ctx, Error};
use muster_domain::auth::{Grant, Permission, Role, Target};
use muster_domain::ids::{AssessmentId, EventId, GrantId};
use muster_storage::ReadTx;
use muster_storage::people::AppointedRow;
use serde::Deserialize;

/// Those who hold a role for a place, and the form that gives one to somebody else.
pub(super) struct Appointed {
    /// The address of that form.
    pub action: String,
    pub items: Vec<Item>,
    /// The roles that it gives; none where nobody is appointed any more.
    pub roles: Vec<Choice>,
    /// Whom it names, as typed.
    pub person: String,
}

/// Somebody who holds one.
pub(super) struct Item {
    pub grant: GrantId,
    /// Their page, for whoever may see it.
    pub href: String,
    pub name: String,
    pub number: String,
    pub role: &'static str,
    pub since: String,
    pub may_end: bool,
}

/// Somebody to be appointed, as typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct AppointForm {
    person: String,
    role: String,
}

/// Reads who holds a role for a place; nothing for whoever appoints nobody there.
pub(super) fn read(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    place: Place,
) -> muster_app::Result<Option<Vec<AppointedRow>>> {
    match roles::appointed(tx, ctx, place) {
        Ok(rows) => Ok(Some(rows)),
        Err(Error::Forbidden) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Appointed {
    pub fn of(
        caller: &Caller,
        place: Place,
        rows: Vec<AppointedRow>,
        (form, open): (&AppointForm, bool),
    ) -> Self {
        let grant = |role| Grant { role, scope: place.scope() };
        let may = |role: Role| need_to_appoint(&caller.ctx, grant(role)).is_ok();
        let sees = caller.ctx.need(Permission::ViewPeople, Target::Institution).is_ok();
        let held = |role: &Role| role.is_held_for(place.scope()) && open && may(*role);
        let roles = Role::ALL.into_iter().filter(held).map(|role| (role.key(), role.label()));
        let item = |row: AppointedRow| Item {
            grant: row.grant,
            href: if sees { format!("/people/{}", row.person) } else { String::new() },
            name: row.name,
            number: row.number,
            role: row.role.label(),
            since: times::moment(&caller.known.settings, row.granted_at),
            may_end: may(row.role),
        };
        Self {
            action: format!("{}/staff", address(place)),
            items: rows.into_iter().map(item).collect(),
            roles: Choice::list(roles, &form.role),
            person: form.person.clone(),
        }
    }
}

fn address(place: Place) -> String {
    match place {
        Place::Event(id) => format!("/events/{id}"),
        Place::Assessment(id) => format!("/assessments/{id}"),
    }
}

/// Gives the role that a form names, and shows the place again.
async fn appoint(caller: Caller, place: Place, form: AppointForm) -> Result<Response, PageError> {
    let typed = form.clone();
    let done = match Role::from_key(&form.role) {
        Some(role) => {
            let write = caller.write(move |tx, ctx| {
                roles::appoint(tx, ctx, place, (&typed.person, role)).map(drop)
            });
            write.await
        }
        None => Err(Error::field("role", "Choose a role.")),
    };
    let error = match done {
        Ok(()) => return Ok(back(place)),
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let errors = Errors::from_error(&error, "person");
    let page = match place {
        Place::Event(id) => {
            let typed = Typed { appointing: form, errors, ..Typed::default() };
            event_page(&caller, id, typed).await?
        }
        Place::Assessment(id) => assessments::with_appointing(&caller, id, &form, errors).await?,
    };
    Ok((status(&error), page).into_response())
}

async fn dismiss(caller: Caller, place: Place, grant: GrantId) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| roles::dismiss(tx, ctx, place, grant)).await;
    done.map_err(|error| caller.error(error))?;
    Ok(back(place))
}

fn back(place: Place) -> Response {
    Redirect::to(&format!("{}#appointed", address(place))).into_response()
}

/// `POST /events/{id}/staff`
pub(super) async fn at_event(
    caller: Caller,
    Path(id): Path<EventId>,
    Form(form): Form<AppointForm>,
) -> Result<Response, PageError> {
    appoint(caller, Place::Event(id), form).await
}

/// `POST /events/{id}/staff/{grant}/end`
pub(super) async fn end_at_event(
    caller: Caller,
    Path((id, grant)): Path<(EventId, GrantId)>,
) -> Result<Response, PageError> {
    dismiss(caller, Place::Event(id), grant).await
}

/// `POST /assessments/{id}/staff`
pub(super) async fn at_assessment(
    caller: Caller,
    Path(id): Path<AssessmentId>,
    Form(form): Form<AppointForm>,
) -> Result<Response, PageError> {
    appoint(caller, Place::Assessment(id), form).await
}

/// `POST /assessments/{id}/staff/{grant}/end`
pub(super) async fn end_at_assessment(
    caller: Caller,
    Path((id, grant)): Path<(AssessmentId, GrantId)>,
) -> Result<Response, PageError> {
    dismiss(caller, Place::Assessment(id), grant).await
}
