//! A person: their record, their roles, and the code that resets their password.

use super::first_codes;
use super::form::{Choice, Errors};
use super::frame::crumbs;
use super::merge::{MergedItem, leading};
use super::people::{PersonForm, programme_choices};
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::times;
use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::first_codes::Slip;
use muster_app::people::roles::{need_to_appoint, place_name};
use muster_app::people::{self, merge};
use muster_app::{Ctx, Error, events, factors, sign_in};
use muster_domain::auth::{Grant, Permission, Role, Scope, Target};
use muster_domain::ids::{GrantId, PersonId};
use muster_domain::time::Span;
use muster_storage::people::{GrantRow, PersonRow};
use muster_storage::{ReadTx, academics, programmes};
use serde::Deserialize;

/// The most events at which a role is offered.
const PLACES: i64 = 200;

#[derive(Template)]
#[template(path = "person.html")]
struct Page {
    shell: Shell,
    id: String,
    person: PersonRow,
    photo: String,
    roles: Vec<RoleItem>,
    grantable: Vec<Choice>,
    /// Where a role can be given.
    places: Vec<Choice>,
    /// What else is known of them, for whoever may look.
    more: Vec<More>,
    may_edit: bool,
    form: PersonForm,
    programmes: Vec<Choice>,
    errors: Errors,
    merges: Vec<MergedItem>,
    changed: Vec<Changed>,
    factors: Option<FactorItem>,
}

/// A page about them.
struct More {
    href: String,
    label: &'static str,
    icon: &'static str,
}

impl More {
    /// Attendance, account, dockets and results of a student, and what changed in the record.
    fn of(caller: &Caller, person: &PersonRow, student: bool) -> Vec<Self> {
        let (id, target) = (person.id, Target::Person(person.id));
        let may = |permission, target| caller.ctx.need(permission, target).is_ok();
        let about = times::query_value(&person.number);
        let pages = [
            (
                student && may(Permission::ViewAttendance, target),
                Self {
                    href: format!("/people/{id}/attendance"),
                    label: "Attendance",
                    icon: "chart",
                },
            ),
            (
                student && may(Permission::ViewFinance, Target::Institution),
                Self { href: format!("/people/{id}/account"), label: "Account", icon: "wallet" },
            ),
            (
                student && may(Permission::ViewDockets, Target::Institution),
                Self { href: format!("/people/{id}/dockets"), label: "Dockets", icon: "ticket" },
            ),
            (
                student && may(Permission::ViewResults, target),
                Self { href: format!("/people/{id}/results"), label: "Results", icon: "list" },
            ),
            (
                may(Permission::ViewBadges, target),
                Self { href: format!("/people/{id}/badge"), label: "Badge", icon: "qr" },
            ),
            (
                may(Permission::ViewJournal, Target::Institution),
                Self {
                    href: format!("/journal?about={about}"),
                    label: "History of changes",
                    icon: "history",
                },
            ),
        ];
        pages.into_iter().filter(|(shown, _)| *shown).map(|(_, page)| page).collect()
    }
}

/// The second factor of somebody, to be removed when it is lost.
struct FactorItem {
    since: String,
    passkeys: usize,
    codes_left: i64,
}

struct RoleItem {
    grant: String,
    label: &'static str,
    /// The page of what it is held for; empty for the institution.
    href: String,
    place: String,
    may_end: bool,
}

impl RoleItem {
    fn of(caller: &Caller, (row, place): &(GrantRow, String)) -> Self {
        Self {
            grant: row.id.to_string(),
            label: row.role.label(),
            href: match row.scope() {
                Scope::Institution => String::new(),
                Scope::Class(id) => format!("/classes/{id}"),
                Scope::Event(id) => format!("/events/{id}"),
                Scope::Assessment(id) => format!("/sittings?assessment={id}"),
            },
            place: place.clone(),
            may_end: need_to_appoint(&caller.ctx, row.grant()).is_ok(),
        }
    }
}

/// Where a role can be given to somebody: for the institution, an event that is not over, or an
/// assessment of a term that is not.
fn places(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<(String, String)>, Error> {
    let mut places = vec![(String::new(), "The institution".to_owned())];
    for event in events::list(tx, ctx, None, PLACES)? {
        if event.archived_at.is_none() && event.ends_at > ctx.now() {
            places.push((format!("event:{}", event.id), event.name));
        }
    }
    for term in academics::terms(tx)? {
        if term.archived_at.is_some() || term.ends_on.midnight() + Span::days(2) < ctx.now() {
            continue;
        }
        for row in muster_storage::assessments::of_term(tx, term.id)? {
            places
                .push((format!("assessment:{}", row.id), format!("{} · {}", row.code, term.name)));
        }
    }
    Ok(places)
}

/// A field that somebody else changed, as it is now.
struct Changed {
    label: &'static str,
    now: String,
}

/// `GET /people/{id}`: a record that was merged leads to the one that stayed.
pub(super) async fn show(caller: Caller, Path(id): Path<PersonId>) -> Result<Response, PageError> {
    match page(&caller, id).await {
        Err(PageError(Error::Merged { kept }, _)) => Ok(leading(kept, "")),
        page => Ok(render(&page?)),
    }
}

async fn page(caller: &Caller, id: PersonId) -> Result<Page, PageError> {
    let read = caller.read(move |tx, ctx| {
        let (person, grants) = people::get(tx, ctx, id)?;
        let mut roles = Vec::new();
        for grant in grants {
            let place = place_name(tx, grant.scope())?;
            roles.push((grant, place));
        }
        let photo = muster_storage::photos::state(tx, id)?;
        let student = people::student(tx, ctx, id)?;
        let programmes = programmes::programmes(tx)?;
        let managed = ctx.need(Permission::ManagePeople, Target::Institution).is_ok();
        let factors = managed.then(|| factors::of(tx, ctx, id)).transpose()?;
        let merges = managed.then(|| merge::merges_of(tx, ctx, id)).transpose()?;
        let places = if managed { places(tx, ctx)? } else { Vec::new() };
        let of_record = (photo, student, programmes, factors, merges.unwrap_or_default());
        Ok((person, roles, places, of_record))
    });
    let (person, roles, places, (photo, student, programmes, factors, merges)) =
        read.await.map_err(|error| caller.error(error))?;
    let may = |permission| caller.ctx.need(permission, Target::Institution).is_ok();
    let edits = may(Permission::ManagePeople);
    let administrators = may(Permission::ManageAdministrators);
    let may_touch = |role: Role| if role.is_administrator() { administrators } else { edits };
    let own = caller.ctx.person().is_ok_and(|own| own == id);
    let mut shell = caller.shell(person.name.clone());
    shell.crumbs =
        crumbs([("/people".to_owned(), "People".to_owned()), (String::new(), person.name.clone())]);
    let grantable = Role::ALL.into_iter().filter(|role| !role.is_class_staff() && may_touch(*role));
    let held = |role: &Role| {
        let mut held = roles.iter().map(|(row, _)| row.grant());
        held.any(|grant| grant == Grant { role: *role, scope: Scope::Institution })
            && !role.is_event_staff()
            && !role.is_exam_staff()
    };
    Ok(Page {
        shell,
        id: id.to_string(),
        more: More::of(caller, &person, roles.iter().any(|(grant, _)| grant.role == Role::Student)),
        grantable: Choice::list(
            grantable.filter(|role| !held(role)).map(|role| (role.key(), role.label())),
            "",
        ),
        may_edit: edits
            && (own || administrators || !roles.iter().any(|(g, _)| g.role.is_administrator())),
        roles: roles.iter().map(|held| RoleItem::of(caller, held)).collect(),
        places: Choice::list(places, ""),
        // Another address for another picture, since browsers keep it for some minutes.
        photo: photo.map_or_else(String::new, |state| {
            format!("/people/{id}/photo?version={}", state.version)
        }),
        programmes: programme_choices(&programmes, person.programme.as_deref().unwrap_or_default()),
        form: PersonForm::of(&person, &student),
        person,
        errors: Errors::default(),
        merges: merges.into_iter().map(|row| MergedItem::new(caller, row)).collect(),
        changed: Vec::new(),
        factors: factors.filter(|factors| !own && factors.any()).map(|factors| FactorItem {
            since: factors
                .totp_since
                .map_or_else(String::new, |at| times::moment(&caller.known.settings, at)),
            passkeys: factors.passkeys.len(),
            codes_left: factors.recovery_left,
        }),
    })
}

/// `POST /people/{id}`: a record that somebody else changed meanwhile is shown as it is now,
/// beside what was typed; sending it again replaces it.
pub(super) async fn change(
    caller: Caller,
    Path(id): Path<PersonId>,
    Form(form): Form<PersonForm>,
) -> Result<Response, PageError> {
    let (seen, active) = (form.version, !form.active.is_empty());
    let done = match form.input().check() {
        Ok(person) => {
            caller.write(move |tx, ctx| people::change(tx, ctx, id, seen, &person, active)).await
        }
        Err(error) => Err(error),
    };
    let Err(error) = done else { return Ok(back(id)) };
    if is_refusal(&error) {
        return Err(caller.error(error));
    }
    let mut page = page(&caller, id).await?;
    let mut form = form;
    if matches!(error, Error::Stale) {
        page.changed = differences(&page.form, &form);
        form.version = page.person.version;
    }
    for choice in &mut page.programmes {
        choice.selected = choice.value == form.programme;
    }
    page.form = form;
    page.errors = Errors::from_error(&error, "");
    Ok((status(&error), render(&page)).into_response())
}

fn differences(now: &PersonForm, typed: &PersonForm) -> Vec<Changed> {
    let state = |form: &PersonForm| if form.active.is_empty() { "No" } else { "Yes" }.to_owned();
    let fields = [
        ("Full name", now.name.clone(), typed.name.clone()),
        ("Number", now.number.clone(), typed.number.clone()),
        ("User name", now.username.clone(), typed.username.clone()),
        ("E-mail address", now.email.clone(), typed.email.clone()),
        ("Phone", now.phone.clone(), typed.phone.clone()),
        ("Title", now.title.clone(), typed.title.clone()),
        ("Programme", now.programme.clone(), typed.programme.clone()),
        ("Year", now.year.clone(), typed.year.clone()),
        ("Semester", now.semester.clone(), typed.semester.clone()),
        ("Enrolment number", now.enrolment_number.clone(), typed.enrolment_number.clone()),
        ("Second e-mail address", now.second_email.clone(), typed.second_email.clone()),
        ("Guardian’s e-mail address", now.guardian_email.clone(), typed.guardian_email.clone()),
        ("Active", state(now), state(typed)),
    ];
    let differ = fields.into_iter().filter(|(_, now, typed)| now != typed);
    differ
        .map(|(label, now, _)| Changed {
            label,
            now: if now.is_empty() { "–".to_owned() } else { now },
        })
        .collect()
}

#[derive(Deserialize)]
pub(super) struct RoleForm {
    role: String,
    #[serde(default)]
    place: String,
}

impl RoleForm {
    fn grant(&self) -> Result<Grant, Error> {
        let missing = || Error::field("place", "Choose where the role is held.");
        let role = Role::from_key(&self.role);
        let role = role.ok_or_else(|| Error::field("role", "Choose a role."))?;
        let scope = match self.place.split_once(':') {
            None if self.place.is_empty() => Scope::Institution,
            Some(("event", id)) => Scope::Event(id.parse().map_err(|_| missing())?),
            Some(("assessment", id)) => Scope::Assessment(id.parse().map_err(|_| missing())?),
            _ => return Err(missing()),
        };
        Ok(Grant { role, scope })
    }
}

/// `POST /people/{id}/roles`
pub(super) async fn grant(
    caller: Caller,
    Path(id): Path<PersonId>,
    Form(form): Form<RoleForm>,
) -> Result<Response, PageError> {
    let done = match form.grant() {
        Ok(Grant { role, scope }) => {
            caller.write(move |tx, ctx| people::grant(tx, ctx, id, role, scope)).await
        }
        Err(error) => Err(error),
    };
    shown(&caller, id, done.map(|_| ())).await
}

/// `POST /people/{id}/roles/{grant}/end`
pub(super) async fn end_grant(
    caller: Caller,
    Path((id, grant)): Path<(PersonId, GrantId)>,
) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| people::end_grant(tx, ctx, grant)).await;
    shown(&caller, id, done).await
}

/// `POST /people/{id}/reset`: the code is shown this once.
pub(super) async fn reset(caller: Caller, Path(id): Path<PersonId>) -> Result<Response, PageError> {
    if !caller.is_private() {
        let text = "A one-time code is shown over HTTPS only. Open this page by its https address.";
        return shown(&caller, id, Err(Error::field("", text))).await;
    }
    let made = caller.write(move |tx, ctx| {
        let code = sign_in::offer_reset(tx, ctx, id)?;
        let (person, _) = people::get(tx, ctx, id)?;
        Ok(Slip { person: id, number: person.number, name: person.name, code })
    });
    let slip = made.await.map_err(|error| caller.error(error))?;
    let mut shell = caller.shell("One-time code");
    shell.crumbs = crumbs([
        ("/people".to_owned(), "People".to_owned()),
        (format!("/people/{id}"), slip.name.clone()),
        (String::new(), "One-time code".to_owned()),
    ]);
    Ok(first_codes::shown(&caller, shell, vec![slip], sign_in::CODE_LIFETIME))
}

#[derive(Deserialize)]
pub(super) struct ReasonForm {
    #[serde(default)]
    reason: String,
}

/// `POST /people/{id}/second-factor/removal`
pub(super) async fn reset_factor(
    caller: Caller,
    Path(id): Path<PersonId>,
    Form(form): Form<ReasonForm>,
) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| factors::reset(tx, ctx, id, &form.reason)).await;
    shown(&caller, id, done).await
}

/// The person's page again; a mistake is told above it.
pub(super) async fn shown(
    caller: &Caller,
    id: PersonId,
    done: Result<(), Error>,
) -> Result<Response, PageError> {
    let Err(error) = done else { return Ok(back(id)) };
    if is_refusal(&error) {
        return Err(caller.error(error));
    }
    let errors = Errors::from_error(&error, "");
    let page = Page { errors, ..page(caller, id).await? };
    Ok((status(&error), render(&page)).into_response())
}

pub(super) fn is_refusal(error: &Error) -> bool {
    matches!(error, Error::Forbidden | Error::NotFound | Error::NotSignedIn)
}

pub(super) fn back(id: PersonId) -> Response {
    Redirect::to(&format!("/people/{id}")).into_response()
}
