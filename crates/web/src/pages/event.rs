//! One event: what it came to, and its pass types.

use super::appointed::{self, AppointForm, Appointed};
use super::event_file;
use super::events::{span, stage};
use super::form::{Choice, Errors};
use super::frame::crumbs;
use super::gates::{self, Gates};
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::tables::Wanted;
use crate::times;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::events::{self, EventFigures, PassTypeInput};
use muster_app::people::roles::Place;
use muster_app::{Error, events as app};
use muster_domain::auth::{Permission, Target};
use muster_domain::finance::Money;
use muster_domain::ids::{EventId, PassTypeId};
use muster_domain::passes::EntryKind;
use muster_domain::verification::Entries;
use muster_storage::events::{EventRow, PassTypeRow};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "event.html")]
struct Page {
    shell: Shell,
    event: EventRow,
    currency: String,
    when: String,
    doors: String,
    entry: String,
    stage: &'static str,
    may_issue: bool,
    /// The node that alone issues passes, if that is another one.
    elsewhere: Option<String>,
    may_verify: bool,
    manage: Option<TypeForm>,
    /// Who holds a role for this event, for whoever appoints them.
    appointed: Option<Appointed>,
    errors: Errors,
    figures: EventFigures,
    gates: Gates,
    /// The name of another gate, as typed.
    gate: String,
    /// Whether people leave and come back.
    reentry: bool,
    revenue: String,
    types: Vec<TypeItem>,
    payments: Vec<(&'static str, i64, String)>,
}

struct TypeItem {
    id: PassTypeId,
    name: String,
    price: String,
    admits: i64,
    sold: String,
    entered: i64,
    left: i64,
    revenue: String,
    on_sale: bool,
}

/// What was typed on an event's page, and what is wrong with it.
pub(super) struct Typed {
    pub kind: TypeForm,
    pub gate: String,
    pub appointing: AppointForm,
    pub errors: Errors,
}

impl Default for Typed {
    fn default() -> Self {
        let kind = TypeForm { admits: "1".to_owned(), on_sale: true, ..TypeForm::default() };
        Self {
            kind,
            gate: String::new(),
            appointing: AppointForm::default(),
            errors: Errors::default(),
        }
    }
}

/// A pass type as typed.
#[derive(Clone, Default, Deserialize)]
pub(super) struct TypeForm {
    #[serde(default)]
    version: i64,
    #[serde(default)]
    name: String,
    #[serde(default)]
    price: String,
    #[serde(default)]
    admits: String,
    #[serde(default)]
    quota: String,
    #[serde(default)]
    on_sale: bool,
}

impl TypeForm {
    fn of(event: &EventRow, row: &PassTypeRow) -> Self {
        Self {
            version: row.version,
            name: row.name.clone(),
            price: Money::new(row.price, app::currency(event)).digits(),
            admits: row.admits.to_string(),
            quota: row.quota.map(|quota| quota.to_string()).unwrap_or_default(),
            on_sale: row.on_sale,
        }
    }

    fn input(&self) -> Result<PassTypeInput, Error> {
        let number = "Give a whole number, or leave it empty.";
        let quota = super::events::optional(&self.quota);
        Ok(PassTypeInput {
            name: self.name.clone(),
            price: self.price.clone(),
            admits: self.admits.trim().parse().unwrap_or_default(),
            quota: quota.map_err(|_| Error::field("quota", number))?,
            on_sale: self.on_sale,
        })
    }
}

/// `GET /events/{id}`
pub(super) async fn show(
    caller: Caller,
    Path(id): Path<EventId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    if let Some(format) = wanted.file() {
        return event_file::file(&caller, id, format).await;
    }
    page(&caller, id, Typed::default()).await
}

/// The page of an event with what was typed there.
pub(super) async fn page(
    caller: &Caller,
    id: EventId,
    Typed { kind: form, gate, appointing, errors }: Typed,
) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| {
        let event = events::get(tx, ctx, id)?;
        let appointed = appointed::read(tx, ctx, Place::Event(id))?;
        let elsewhere = events::sold_elsewhere(tx, &event)?;
        let figures = events::figures(tx, ctx, id)?;
        Ok(((event, elsewhere), figures, gates::read(tx, ctx, id)?, appointed))
    });
    let ((event, elsewhere), figures, at_gates, appointed) =
        read.await.map_err(|error| caller.error(error))?;
    let settings = &caller.known.settings;
    let currency = app::currency(&event);
    let money = |minor| Money::new(minor, currency).to_string();
    let mut shell = caller.shell(event.name.clone());
    shell.crumbs =
        crumbs([("/events".to_owned(), "Events".to_owned()), (String::new(), event.name.clone())]);
    let live = event.archived_at.is_none();
    let may = |permission| caller.ctx.need(permission, Target::Event(id)).is_ok();
    let over = event.ends_at <= caller.ctx.now();
    let types = figures.types.iter().map(|(row, share)| TypeItem {
        id: row.id,
        name: row.name.clone(),
        price: if row.price == 0 { "Free".to_owned() } else { money(row.price) },
        admits: row.admits,
        sold: match row.quota {
            Some(quota) => format!("{} of {quota}", row.sold),
            None => row.sold.to_string(),
        },
        entered: share.admitted,
        left: share.left,
        revenue: money(share.revenue),
        on_sale: row.on_sale,
    });
    let payments = figures.payments.iter().filter(|(_, share)| share.passes > 0);
    Ok(render(&Page {
        shell,
        when: span(settings, &event),
        doors: times::moment(settings, event.doors_at),
        entry: entry_words(&event),
        stage: stage(&event, caller.ctx.now()),
        may_issue: may(Permission::IssuePasses)
            && live
            && !over
            && elsewhere.is_none()
            && figures.types.iter().any(|(row, _)| row.on_sale),
        elsewhere,
        may_verify: may(Permission::VerifyCredentials),
        manage: (may(Permission::ManageEvents) && live).then_some(form),
        appointed: appointed
            .map(|rows| Appointed::of(caller, Place::Event(id), rows, (&appointing, live))),
        gates: Gates::of(settings, at_gates),
        gate,
        reentry: events::rule(&event).entries == Entries::Reentry,
        errors,
        revenue: money(figures.whole.revenue),
        types: types.collect(),
        payments: payments
            .map(|(way, share)| (way.label(), share.passes, money(share.revenue)))
            .collect(),
        figures,
        currency: event.currency.clone(),
        event,
    }))
}

/// The rule of entry in words.
fn entry_words(event: &EventRow) -> String {
    let rule = events::rule(event);
    let often = match rule.entries {
        Entries::Times(times) => format!("{times} times"),
        other => EntryKind::of(other).label().to_owned(),
    };
    match rule.windows.len() {
        0 => often,
        1 => format!("{often}, in one span of hours"),
        spans => format!("{often}, in {spans} spans of hours"),
    }
}

/// `POST /events/{id}/pass-types`
pub(super) async fn add_type(
    caller: Caller,
    Path(id): Path<EventId>,
    Form(form): Form<TypeForm>,
) -> Result<Response, PageError> {
    let done = match form.input() {
        Ok(input) => caller.write(move |tx, ctx| events::add_type(tx, ctx, id, &input)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(Redirect::to(&format!("/events/{id}")).into_response()),
        Err(error @ (Error::Forbidden | Error::NotFound)) => Err(caller.error(error)),
        Err(error) => {
            let errors = Errors::from_error(&error, "");
            let page = page(&caller, id, Typed { kind: form, errors, ..Typed::default() }).await?;
            Ok((status(&error), page).into_response())
        }
    }
}

#[derive(Template)]
#[template(path = "pass_type.html")]
struct TypePage {
    shell: Shell,
    id: PassTypeId,
    form: TypeForm,
    errors: Errors,
    currency: String,
    gates: Vec<Choice>,
}

/// `GET /pass-types/{id}`
pub(super) async fn show_type(
    caller: Caller,
    Path(id): Path<PassTypeId>,
) -> Result<Response, PageError> {
    let (event, row, gates) = read_type(&caller, id).await?;
    let form = TypeForm::of(&event, &row);
    Ok(type_page(&caller, (&event, &row, gates), form, Errors::default()))
}

async fn read_type(
    caller: &Caller,
    id: PassTypeId,
) -> Result<(EventRow, PassTypeRow, Vec<Choice>), PageError> {
    let read = caller.read(move |tx, ctx| {
        let row = events::pass_type(tx, ctx, id)?;
        let gates = gates::choices(tx, ctx, (row.event, id))?;
        Ok((events::get(tx, ctx, row.event)?, row, gates))
    });
    read.await.map_err(|error| caller.error(error))
}

fn type_page(
    caller: &Caller,
    (event, row, gates): (&EventRow, &PassTypeRow, Vec<Choice>),
    form: TypeForm,
    errors: Errors,
) -> Response {
    let mut shell = caller.shell(row.name.clone());
    shell.crumbs = crumbs([
        ("/events".to_owned(), "Events".to_owned()),
        (format!("/events/{}", event.id), event.name.clone()),
        (String::new(), row.name.clone()),
    ]);
    let currency = event.currency.clone();
    render(&TypePage { shell, id: row.id, form, errors, currency, gates })
}

/// `POST /pass-types/{id}`
pub(super) async fn change_type(
    caller: Caller,
    Path(id): Path<PassTypeId>,
    Form(mut form): Form<TypeForm>,
) -> Result<Response, PageError> {
    let seen = form.version;
    let done = match form.input() {
        Ok(input) => {
            caller.write(move |tx, ctx| events::change_type(tx, ctx, id, seen, &input)).await
        }
        Err(error) => Err(error),
    };
    let error = match done {
        Ok(event) => return Ok(Redirect::to(&format!("/events/{event}")).into_response()),
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let (event, row, gates) = read_type(&caller, id).await?;
    let mut errors = Errors::from_error(&error, "");
    if matches!(error, Error::Stale) {
        form.version = row.version;
        errors = Errors::stale("pass type", &row.name);
    }
    Ok((status(&error), type_page(&caller, (&event, &row, gates), form, errors)).into_response())
}
