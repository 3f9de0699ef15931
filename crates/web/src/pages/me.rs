//! The person's own page: what is known of them, and how they wish to be told and shown.

use super::form::Errors;
use super::password::{Asked, check_present};
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::times;
use askama::Template;
use axum::Form;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::channels::{self, Channel};
use muster_app::people::ContactInput;
use muster_app::people::roles::place_name;
use muster_app::{Error, devices, leaderboard, people};
use muster_domain::auth::{Permission, Scope};
use muster_domain::notices::NoticeKind;
use muster_storage::ReadTx;
use muster_storage::devices::BindingRow;
use muster_storage::people::{GrantRow, PersonRow};
use muster_storage::students::StudentRow;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "me.html")]
struct Page {
    shell: Shell,
    name: String,
    photo: String,
    roles: String,
    /// What the office keeps: words and values.
    facts: Vec<(&'static str, String)>,
    email: String,
    /// Whether this server sends letters.
    sends: bool,
    channels: Vec<Item>,
    /// None where nobody is named.
    named: Option<bool>,
    devices: Vec<String>,
    student: bool,
    calendar: bool,
    /// Address of their badge; empty for whoever has none.
    badge: String,
    contact: ContactForm,
    asked: Asked,
    errors: Errors,
}

/// What people keep up to date themselves, as typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ContactForm {
    phone: String,
    second_email: String,
    present: String,
}

struct Item {
    key: &'static str,
    label: &'static str,
    email: bool,
}

impl From<Channel> for Item {
    fn from(channel: Channel) -> Self {
        Self { key: channel.kind.key(), label: channel.kind.label(), email: channel.email }
    }
}

/// `GET /me`
pub(super) async fn show(caller: Caller) -> Result<Response, PageError> {
    Ok(render(&page(&caller, None, Errors::default()).await?))
}

/// The page, perhaps with what was typed and what is wrong with it.
async fn page(
    caller: &Caller,
    typed: Option<ContactForm>,
    errors: Errors,
) -> Result<Page, PageError> {
    let read = caller.read(|tx, ctx| {
        let person = ctx.person()?;
        let known = (people::get(tx, ctx, person)?, people::student(tx, ctx, person)?);
        let has_photo = muster_storage::photos::state(tx, person)?.is_some();
        let chosen = (channels::own(tx, ctx)?, leaderboard::own(tx, ctx)?);
        let roles = roles(tx, &known.0.1)?;
        Ok((known, has_photo, roles, chosen, devices::own(tx, ctx)?))
    });
    let (known, has_photo, roles, (chosen, named), devices) =
        read.await.map_err(|error| caller.error(error))?;
    let ((person, _), studies) = known;
    let may =
        |permission| caller.who.as_ref().is_some_and(|who| who.actor.may_somewhere(permission));
    let student = may(Permission::MarkSelf);
    let contact = typed.unwrap_or_else(|| ContactForm {
        phone: person.phone.clone().unwrap_or_default(),
        second_email: studies.second_email.clone().unwrap_or_default(),
        present: String::new(),
    });
    Ok(Page {
        shell: caller.shell("Your profile"),
        photo: if has_photo { format!("/people/{}/photo", person.id) } else { String::new() },
        roles,
        facts: facts(&person, &studies),
        email: person.email.clone().unwrap_or_default(),
        name: person.name,
        sends: caller.app.mail_from.is_some(),
        channels: chosen.into_iter().map(Into::into).collect(),
        named,
        devices: devices.iter().map(|row| since(caller, row)).collect(),
        student,
        badge: if may(Permission::ViewBadges) {
            format!("/people/{}/badge", person.id)
        } else {
            String::new()
        },
        calendar: student || may(Permission::ViewClass),
        contact,
        asked: Asked::of(caller).await?,
        errors,
    })
}

/// `POST /me/contact`
pub(super) async fn change_contact(
    caller: Caller,
    Form(form): Form<ContactForm>,
) -> Result<Response, PageError> {
    let ContactForm { phone, second_email, present } = form.clone();
    let done = save_contact(&caller, ContactInput { phone, second_email }, present).await;
    let Err(error) = done else {
        return Ok(Redirect::to("/me").into_response());
    };
    let errors = Errors::from_error(&error, "present");
    let page = page(&caller, Some(form), errors).await?;
    Ok((status(&error), render(&page)).into_response())
}

/// Changes phone and second address for whoever may change what protects their login.
pub(crate) async fn save_contact(
    caller: &Caller,
    input: ContactInput,
    present: String,
) -> Result<(PersonRow, StudentRow), Error> {
    check_present(caller, present).await?;
    caller.write(move |tx, ctx| people::change_own_contact(tx, ctx, &input)).await
}

/// The roles by name, those for one event or assessment with what it is called.
fn roles(tx: &mut ReadTx<'_>, grants: &[GrantRow]) -> muster_app::Result<String> {
    let mut roles = Vec::with_capacity(grants.len());
    for grant in grants {
        let label = grant.role.label();
        roles.push(match grant.scope() {
            Scope::Institution | Scope::Class(_) => label.to_owned(),
            scope => format!("{label} ({})", place_name(tx, scope)?),
        });
    }
    roles.sort_unstable();
    roles.dedup();
    Ok(roles.join(", "))
}

/// What is known, without what is not.
fn facts(person: &PersonRow, studies: &StudentRow) -> Vec<(&'static str, String)> {
    let number = |value: Option<i64>| value.map(|value| value.to_string());
    let programme = studies.programme_name.clone().or_else(|| person.programme.clone());
    let all = [
        ("Number", Some(person.number.clone())),
        ("Enrolment number", studies.enrolment_number.clone()),
        ("Title", person.title.clone()),
        ("E-mail", person.email.clone()),
        ("Second e-mail", studies.second_email.clone()),
        ("Phone", person.phone.clone()),
        ("Programme", programme),
        ("Year", number(studies.year)),
        ("Semester", number(studies.semester)),
        ("E-mail of a guardian", studies.guardian_email.clone()),
    ];
    all.into_iter().filter_map(|(word, value)| Some((word, value?))).collect()
}

fn since(caller: &Caller, row: &BindingRow) -> String {
    let day = times::moment(&caller.known.settings, row.bound_at);
    let here = caller.ctx.device == Some(row.device);
    if here { format!("This one, since {day}") } else { format!("Another one, since {day}") }
}

/// `POST /me/notice-channels`: the kinds that are ticked.
pub(super) async fn choose(
    caller: Caller,
    Form(ticked): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let wanted: Vec<_> = ticked.iter().filter_map(|(key, _)| NoticeKind::from_key(key)).collect();
    let done = caller.write(move |tx, ctx| channels::choose(tx, ctx, &wanted)).await;
    done.map_err(|error| caller.error(error))?;
    Ok(Redirect::to("/me#notices").into_response())
}

/// Whether the box is ticked.
#[derive(Deserialize)]
pub(super) struct Named {
    #[serde(default)]
    named: bool,
}

/// `POST /me/leaderboard`
pub(super) async fn name(caller: Caller, Form(form): Form<Named>) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| leaderboard::choose(tx, ctx, form.named)).await;
    done.map_err(|error| caller.error(error))?;
    Ok(Redirect::to("/me#leaderboard").into_response())
}
