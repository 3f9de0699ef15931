//! Managing a class from its own page: its record and staff.

use super::class::page;
use super::classes::minutes;
use super::form::{Choice, Errors};
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::academics::{self, ClassInput};
use muster_app::{Ctx, Error, people};
use muster_domain::attendance::figures::Weights;
use muster_domain::attendance::location::Location;
use muster_domain::auth::Role;
use muster_domain::ids::{ClassId, GrantId};
use muster_storage::WriteTx;
use muster_storage::academics::ClassRow;
use muster_storage::people::StaffRow;
use serde::Deserialize;

/// The part of a class's page with which it is managed.
pub(super) struct Manage {
    pub edit: EditForm,
    pub staff: StaffForm,
    pub errors: Errors,
    pub roles: Vec<Choice>,
    pub staffed: Vec<StaffRow>,
    pub location: LocationForm,
}

/// What was typed and is shown again.
#[derive(Default)]
pub(super) struct Typed {
    edit: Option<EditForm>,
    staff: StaffForm,
    location: Option<LocationForm>,
    errors: Errors,
}

impl Manage {
    pub fn new(
        class: &ClassRow,
        staffed: Vec<StaffRow>,
        location: Option<Location>,
        typed: Typed,
    ) -> Self {
        let Typed { edit, staff, location: typed, errors } = typed;
        let roles = [Role::Teacher, Role::Assistant].map(|role| (role.key(), role.label()));
        Self {
            edit: edit.unwrap_or_else(|| EditForm::of(class)),
            roles: Choice::list(roles, &staff.role),
            staff,
            errors,
            staffed,
            location: typed.unwrap_or_else(|| LocationForm::of(location)),
        }
    }
}

/// The class's record as typed.
#[derive(Clone, Default, Deserialize)]
pub(super) struct EditForm {
    pub version: i64,
    pub section: String,
    #[serde(default)]
    pub room: String,
    #[serde(default)]
    pub duration_minutes: String,
    #[serde(default)]
    pub late_after_minutes: String,
    #[serde(flatten)]
    pub weights: WeightsForm,
    #[serde(default)]
    pub archived: String,
}

impl EditForm {
    fn of(class: &ClassRow) -> Self {
        Self {
            version: class.version,
            section: class.section.clone(),
            room: class.room.clone().unwrap_or_default(),
            duration_minutes: class.duration_minutes.map(|m| m.to_string()).unwrap_or_default(),
            late_after_minutes: class.late_after_minutes.map(|m| m.to_string()).unwrap_or_default(),
            weights: WeightsForm::of(class.weights),
            archived: if class.archived_at.is_some() { "true".to_owned() } else { String::new() },
        }
    }
}

/// `POST /classes/{id}`
pub(super) async fn change(
    caller: Caller,
    Path(id): Path<ClassId>,
    Form(form): Form<EditForm>,
) -> Result<Response, PageError> {
    let done = save(&caller, id, form.clone()).await;
    let mut typed = Typed { edit: Some(form), ..Typed::default() };
    if !matches!(done, Err(Error::Stale)) {
        return answer(&caller, id, done, typed).await;
    }
    let read = caller.read(move |tx, ctx| academics::class(tx, ctx, id)).await;
    let now = read.map_err(|error| caller.error(error))?;
    if let Some(edit) = &mut typed.edit {
        edit.version = now.version;
    }
    let room = now.room.as_deref().unwrap_or("none");
    let minutes =
        now.duration_minutes.map_or_else(|| "as the settings say".into(), |m| m.to_string());
    let is = format!("section {}, room {room}, minutes {minutes}", now.section);
    typed.errors = Errors::stale("class", &is);
    let page = page(&caller, id, typed).await?;
    Ok((status(&Error::Stale), render(&page)).into_response())
}

async fn save(caller: &Caller, id: ClassId, form: EditForm) -> Result<(), Error> {
    let duration_minutes = minutes("duration_minutes", &form.duration_minutes)?;
    let late_after_minutes = minutes("late_after_minutes", &form.late_after_minutes)?;
    let weights = form.weights.weights()?;
    let write = caller.write(move |tx, ctx| {
        let row = academics::class(tx, ctx, id)?;
        let input = ClassInput {
            course: row.course,
            term: row.term,
            section: form.section.clone(),
            room: form.room.clone(),
            duration_minutes,
            late_after_minutes,
            weights,
        };
        academics::change_class(tx, ctx, id, form.version, &input, !form.archived.is_empty())
    });
    write.await
}

/// What each status counts in the class, in percent; all of it empty: as the settings say.
#[derive(Clone, Default, Deserialize)]
pub(super) struct WeightsForm {
    #[serde(default, rename = "weight_present")]
    pub present: String,
    #[serde(default, rename = "weight_late")]
    pub late: String,
    #[serde(default, rename = "weight_excused")]
    pub excused: String,
    #[serde(default, rename = "weight_absent")]
    pub absent: String,
}

impl WeightsForm {
    fn of(weights: Option<Weights>) -> Self {
        let Some(Weights { present, late, excused, absent }) = weights else {
            return Self::default();
        };
        Self {
            present: present.to_string(),
            late: late.to_string(),
            excused: excused.map(|weight| weight.to_string()).unwrap_or_default(),
            absent: absent.to_string(),
        }
    }

    fn weights(&self) -> Result<Option<Weights>, Error> {
        let texts = [&self.present, &self.late, &self.excused, &self.absent];
        let [present, late, excused, absent] = texts.map(|text| text.trim().parse::<i64>().ok());
        if texts.iter().all(|text| text.trim().is_empty()) {
            return Ok(None);
        }
        match (present, late, absent) {
            (Some(present), Some(late), Some(absent))
                if excused.is_some() || self.excused.trim().is_empty() =>
            {
                Ok(Some(Weights { present, late, excused, absent }))
            }
            _ => {
                let detail = "Enter percentages for present, late and absent, or leave all four \
                              empty.";
                Err(Error::field("weights", detail))
            }
        }
    }
}

/// Where the room is, as typed or as the browser tells.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct LocationForm {
    pub latitude: String,
    pub longitude: String,
}

impl LocationForm {
    fn of(location: Option<Location>) -> Self {
        let (latitude, longitude) = location.map(Location::degrees).unwrap_or_default();
        Self { latitude, longitude }
    }
}

/// `POST /classes/{id}/location`
pub(super) async fn locate(
    caller: Caller,
    Path(id): Path<ClassId>,
    Form(form): Form<LocationForm>,
) -> Result<Response, PageError> {
    let done = match academics::read_location(&form.latitude, &form.longitude) {
        Ok(location) => {
            act(&caller, move |tx, ctx| academics::locate_class(tx, ctx, id, location)).await
        }
        Err(error) => Err(error),
    };
    answer(&caller, id, done, Typed { location: Some(form), ..Typed::default() }).await
}

/// Somebody who is to teach or help.
#[derive(Clone, Default, Deserialize)]
pub(super) struct StaffForm {
    pub staff_number: String,
    pub role: String,
}

async fn act(
    caller: &Caller,
    action: impl Fn(&mut WriteTx<'_>, &Ctx) -> muster_app::Result<()> + Send + 'static,
) -> Result<(), Error> {
    caller.write(action).await
}

/// `POST /classes/{id}/staff`
pub(super) async fn name_staff(
    caller: Caller,
    Path(id): Path<ClassId>,
    Form(form): Form<StaffForm>,
) -> Result<Response, PageError> {
    let done = match Role::from_key(&form.role) {
        Some(role) => {
            let number = form.staff_number.clone();
            let named = act(&caller, move |tx, ctx| {
                academics::name_staff_by_number(tx, ctx, id, &number, role)
            });
            named.await
        }
        None => Err(Error::field("role", "Choose teacher or assistant.")),
    };
    answer(&caller, id, done, Typed { staff: form, ..Typed::default() }).await
}

/// `POST /classes/{id}/staff/{grant}/end`
pub(super) async fn end_staff(
    caller: Caller,
    Path((id, grant)): Path<(ClassId, GrantId)>,
) -> Result<Response, PageError> {
    let done = act(&caller, move |tx, ctx| people::end_grant(tx, ctx, grant)).await;
    answer(&caller, id, done, Typed::default()).await
}

/// Back to the class, or its page again with what is wrong.
async fn answer(
    caller: &Caller,
    id: ClassId,
    done: Result<(), Error>,
    typed: Typed,
) -> Result<Response, PageError> {
    let error = match done {
        Ok(()) => return Ok(Redirect::to(&format!("/classes/{id}")).into_response()),
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let typed = Typed { errors: Errors::from_error(&error, ""), ..typed };
    let page = page(caller, id, typed).await?;
    Ok((status(&error), render(&page)).into_response())
}
