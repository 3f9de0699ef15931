//! First passwords: who waits for one, and codes for all of them, shown once.

use super::form::{Choice, Errors};
use super::frame::crumbs;
use super::shell::{Flash, FlashKind, Shell};
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::export::Format;
use crate::tables;
use crate::times::moment;
use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::Error;
use muster_app::first_codes::{self, AT_ONCE, Group, LIFETIME, Preview, Slip};
use muster_app::imports::Exported;
use muster_domain::auth::Role;
use muster_domain::ids::PersonId;
use serde::Deserialize;

/// Names that a preview shows.
const NAMES: usize = 12;

#[derive(Template)]
#[template(path = "first_codes.html")]
struct Page {
    shell: Shell,
    asked: Asked,
    programmes: Vec<Choice>,
    roles: Vec<Choice>,
    preview: Option<Preview>,
    names: String,
    mails: bool,
    errors: Errors,
}

impl Page {
    /// How many more wait than are named.
    fn more(&self) -> usize {
        let waiting = self.preview.as_ref().map_or(0, |preview| preview.waiting.len());
        waiting.saturating_sub(NAMES)
    }
}

/// The first few of those who wait.
fn names(preview: &Preview) -> String {
    let names = preview.waiting.iter().take(NAMES).map(|person| person.name.as_str());
    names.collect::<Vec<_>>().join(", ")
}

/// Who is meant: the first that is not empty.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    pub class: String,
    pub import: String,
    pub programme: String,
    pub year: String,
    pub role: String,
    /// `csv` or `xlsx`; slips to print without it.
    pub format: String,
    /// How many letters were queued.
    pub queued: String,
}

impl Asked {
    /// The group, if anything was chosen.
    pub fn group(&self) -> Result<Option<Group>, Error> {
        let wrong = |field, detail: &str| Error::field(field, detail);
        Ok(Some(if !self.class.is_empty() {
            Group::Class(self.class.parse().map_err(|_| wrong("class", "Choose a class."))?)
        } else if !self.import.is_empty() {
            Group::Import(self.import.parse().map_err(|_| wrong("import", "Choose an import."))?)
        } else if !self.programme.is_empty() {
            let programme = self.programme.parse();
            let year = match self.year.trim() {
                "" => None,
                year => Some(year.parse().map_err(|_| wrong("year", "Enter a number."))?),
            };
            let programme = programme.map_err(|_| wrong("programme", "Choose a programme."))?;
            Group::Programme(programme, year)
        } else if !self.role.is_empty() {
            Group::Role(Role::from_key(&self.role).ok_or_else(|| wrong("role", "Choose a role."))?)
        } else {
            return Ok(None);
        }))
    }

    fn chosen(&self) -> Result<Group, Error> {
        self.group()?.ok_or_else(|| Error::field("role", "Choose who gets a code."))
    }
}

/// `GET /people/first-codes`
pub(super) async fn show(
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let group = asked.group();
    let preview = match group {
        Ok(None) => return Ok(render(&page(&caller, asked, None, Errors::default()).await?)),
        Ok(Some(group)) => caller.read(move |tx, ctx| first_codes::preview(tx, ctx, group)).await,
        Err(error) => Err(error),
    };
    match preview {
        Ok(preview) => Ok(render(&page(&caller, asked, Some(preview), Errors::default()).await?)),
        Err(error) => wrong(&caller, asked, error).await,
    }
}

/// The page with what is wrong.
async fn wrong(caller: &Caller, asked: Asked, error: Error) -> Result<Response, PageError> {
    if !matches!(error, Error::Invalid(_)) {
        return Err(caller.error(error));
    }
    let page = page(caller, asked, None, Errors::from_error(&error, "")).await?;
    Ok((status(&error), render(&page)).into_response())
}

async fn page(
    caller: &Caller,
    asked: Asked,
    preview: Option<Preview>,
    errors: Errors,
) -> Result<Page, PageError> {
    let read = caller.read(muster_app::academics::programmes);
    let programmes = read.await.map_err(|error| caller.error(error))?;
    let open = programmes.into_iter().filter(|row| row.archived_at.is_none());
    let open = open.map(|row| (row.id.to_string(), format!("{} {}", row.code, row.name)));
    let roles = Role::ALL.into_iter().filter(|role| !role.is_administrator());
    let mut shell = shell(caller);
    if let Ok(queued) = asked.queued.parse::<usize>() {
        let text = match queued {
            0 => "There is nobody to write to any more.".to_owned(),
            1 => "1 letter is on its way.".to_owned(),
            queued => format!("{queued} letters are on their way."),
        };
        shell.flash = Some(Flash { kind: FlashKind::Ok, text, undo: None });
    }
    Ok(Page {
        shell,
        programmes: Choice::list(open, &asked.programme),
        roles: Choice::list(roles.map(|role| (role.key(), role.label())), &asked.role),
        names: preview.as_ref().map(names).unwrap_or_default(),
        preview,
        mails: caller.app.mail_from.is_some(),
        asked,
        errors,
    })
}

fn shell(caller: &Caller) -> Shell {
    let mut shell = caller.shell("First passwords");
    shell.crumbs = crumbs([
        ("/people".to_owned(), "People".to_owned()),
        (String::new(), "First passwords".to_owned()),
    ]);
    shell
}

/// `POST /people/first-codes`: the codes are shown, or saved, this once.
pub(super) async fn make(caller: Caller, Form(asked): Form<Asked>) -> Result<Response, PageError> {
    let slips = match asked.chosen() {
        Ok(group) => made(&caller, group).await,
        Err(error) => Err(error),
    };
    let slips = match slips {
        Ok(slips) => slips,
        Err(error) => return wrong(&caller, asked, error).await,
    };
    if Format::parse(&asked.format).is_some() {
        let table = table(&caller, slips);
        let sent = tables::sent(&caller, table, "first-codes".to_owned(), &asked.format).await;
        return sent.map_err(|error| caller.error(error));
    }
    Ok(shown(&caller, shell(&caller), slips, LIFETIME))
}

/// Codes for those of a group who wait for a password, made some at a time.
pub(crate) async fn made(caller: &Caller, group: Group) -> Result<Vec<Slip>, Error> {
    if !caller.is_private() {
        let text = "One-time codes are shown over HTTPS only. Open this page by its https address.";
        return Err(Error::field("", text));
    }
    let mut slips = Vec::new();
    for some in waiting(caller, group).await? {
        slips.extend(caller.write(move |tx, ctx| first_codes::offer(tx, ctx, &some)).await?);
    }
    Ok(slips)
}

/// Letters to those of a group who wait for a password; how many.
pub(crate) async fn invited(caller: &Caller, group: Group) -> Result<usize, Error> {
    let mut queued = 0;
    for some in waiting(caller, group).await? {
        queued += caller.write(move |tx, ctx| first_codes::write_letters(tx, ctx, &some)).await?;
    }
    Ok(queued)
}

async fn waiting(caller: &Caller, group: Group) -> Result<Vec<Vec<PersonId>>, Error> {
    let preview = caller.read(move |tx, ctx| first_codes::preview(tx, ctx, group)).await?;
    let ids: Vec<_> = preview.waiting.iter().map(|person| person.id).collect();
    Ok(ids.chunks(AT_ONCE).map(<[PersonId]>::to_vec).collect())
}

/// `POST /people/first-codes/letters`
pub(super) async fn write_letters(
    caller: Caller,
    Form(asked): Form<Asked>,
) -> Result<Response, PageError> {
    let done = match asked.chosen() {
        Ok(group) => invited(&caller, group).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(queued) => {
            Ok(Redirect::to(&format!("/people/first-codes?queued={queued}")).into_response())
        }
        Err(error) => wrong(&caller, asked, error).await,
    }
}

/// Where people type their codes.
pub(crate) fn address(caller: &Caller) -> String {
    format!("{}/reset", crate::api::own_address(caller))
}

fn table(caller: &Caller, slips: Vec<Slip>) -> Exported {
    let (address, until) = (address(caller), until(caller, LIFETIME));
    let line = |slip: Slip| vec![slip.number, slip.name, slip.code, address.clone(), until.clone()];
    let lines = slips.into_iter().map(line).collect();
    Exported { headings: vec!["number", "name", "code", "address", "valid_until"], lines }
}

fn until(caller: &Caller, lifetime: muster_domain::time::Span) -> String {
    moment(&caller.known.settings, caller.ctx.now() + lifetime)
}

#[derive(Template)]
#[template(path = "first_slips.html")]
struct SlipPage {
    shell: Shell,
    slips: Vec<Slip>,
    address: String,
    until: String,
    institution: String,
}

/// Codes as slips to be cut: this answer is the only one that has them.
pub(super) fn shown(
    caller: &Caller,
    shell: Shell,
    slips: Vec<Slip>,
    lifetime: muster_domain::time::Span,
) -> Response {
    render(&SlipPage {
        shell,
        slips,
        address: address(caller),
        until: until(caller, lifetime),
        institution: caller.known.settings.institution.clone(),
    })
}
