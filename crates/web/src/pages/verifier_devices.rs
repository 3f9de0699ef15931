//! Verifiers' phones: their list, a code as a QR that enrols one, and withdrawing one.

use super::form::{Choice, Errors};
use super::frame::crumbs;
use super::shell::Shell;
use crate::api::enrolment_link;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::times::moment;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::verifiers::{self, Offer};
use muster_app::{Ctx, Error};
use muster_documents::qr::{Correction, QrImage, to_svg};
use muster_domain::ids::{PersonId, VerifierDeviceId};
use muster_domain::verification::PACK_LIFETIME;
use muster_storage::ReadTx;
use muster_storage::verifiers::DeviceRow;
use serde::Deserialize;

/// Phones on one page.
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "verifier_devices.html")]
struct Page {
    shell: Shell,
    errors: Errors,
    code: Option<Code>,
    name: String,
    people: Vec<Choice>,
    items: Vec<Item>,
    first: String,
    next: String,
}

/// A code that was just made.
struct Code {
    name: String,
    link: String,
    svg: String,
    until: String,
}

struct Item {
    id: String,
    name: String,
    person: String,
    seen: String,
    pack: String,
    pack_is_old: bool,
    queued: i64,
    revoked: String,
}

fn item(caller: &Caller, row: DeviceRow) -> Item {
    let words = |at| moment(&caller.known.settings, at);
    let old = |at: muster_domain::time::Timestamp| caller.ctx.now() - at >= PACK_LIFETIME;
    let pack = row.pack_at.map(|at| match &row.pack_name {
        Some(point) => format!("{point}, {}", words(at)),
        None => words(at),
    });
    Item {
        id: row.id.to_string(),
        name: row.name,
        person: row.person_name,
        seen: words(row.seen_at),
        pack: pack.unwrap_or_default(),
        pack_is_old: row.pack_at.is_some_and(old),
        queued: row.queued,
        revoked: row.revoked_at.map(words).unwrap_or_default(),
    }
}

#[derive(Default, Deserialize)]
pub(super) struct From {
    #[serde(default)]
    after: String,
}

/// A code as it is asked for.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct CodeForm {
    name: String,
    person: String,
}

/// `GET /verifier-devices`
pub(super) async fn list(caller: Caller, Query(from): Query<From>) -> Result<Response, PageError> {
    let page = page(&caller, &from, (CodeForm::default(), Errors::default(), None)).await?;
    Ok(render(&page))
}

async fn page(
    caller: &Caller,
    from: &From,
    (form, errors, code): (CodeForm, Errors, Option<Code>),
) -> Result<Page, PageError> {
    let after = from.after.parse::<VerifierDeviceId>().ok();
    let most = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let read = caller.read(move |tx: &mut ReadTx<'_>, ctx: &Ctx| {
        Ok((verifiers::list(tx, ctx, after, most)?, verifiers::people(tx, ctx)?))
    });
    let (mut rows, people) = read.await.map_err(|error| caller.error(error))?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more);
    let next = next.map(|row| format!("/verifier-devices?after={}", row.id));
    let people = people.into_iter().map(|row| {
        let label = format!("{} ({})", row.name, row.number);
        (row.id.to_string(), label)
    });
    let mut shell = caller.shell("Verifiers’ phones");
    shell.crumbs = crumbs([
        ("/verify".to_owned(), "Verify".to_owned()),
        (String::new(), "Verifiers’ phones".to_owned()),
    ]);
    Ok(Page {
        shell,
        errors,
        code,
        people: Choice::list(people, &form.person),
        name: form.name,
        items: rows.into_iter().map(|row| item(caller, row)).collect(),
        first: if after.is_some() { "/verifier-devices".to_owned() } else { String::new() },
        next: next.unwrap_or_default(),
    })
}

/// `POST /verifier-devices`: a code, shown this once.
pub(super) async fn offer(
    caller: Caller,
    Form(form): Form<CodeForm>,
) -> Result<Response, PageError> {
    let typed = form.clone();
    let write = caller.write(move |tx, ctx| {
        let person = typed.person.parse::<PersonId>();
        let person = person.map_err(|_| Error::field("person", "Choose somebody."))?;
        verifiers::offer(tx, ctx, &typed.name, Some(person))
    });
    match write.await {
        Ok(Offer { code, expires_at }) => {
            let link = enrolment_link(&caller, &code);
            let svg = QrImage::new(&link, Correction::Medium).map(|image| to_svg(&image, 4));
            let until = moment(&caller.known.settings, expires_at);
            let svg = svg.unwrap_or_default();
            let code = Code { name: form.name, link, svg, until };
            let blank = (CodeForm::default(), Errors::default(), Some(code));
            Ok(render(&page(&caller, &From::default(), blank).await?))
        }
        Err(error @ Error::Invalid(_)) => {
            let errors = Errors::from_error(&error, "name");
            let page = page(&caller, &From::default(), (form, errors, None)).await?;
            Ok((status(&error), render(&page)).into_response())
        }
        Err(error) => Err(caller.error(error)),
    }
}

/// `POST /verifier-devices/{id}/revocation`
pub(super) async fn revoke(
    caller: Caller,
    Path(id): Path<VerifierDeviceId>,
) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| verifiers::revoke(tx, ctx, id).map(drop)).await;
    done.map_err(|error| caller.error(error))?;
    Ok(Redirect::to("/verifier-devices").into_response())
}
