//! Documents on paper: the institution's logo, and the template of each document with its preview.

use super::form::Errors;
use super::frame::crumbs;
use super::shell::{Flash, FlashKind, Shell};
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::printing;
use crate::routes::Access::{Needs, SignedIn};
use crate::routes::Routes;
use crate::upload;
use askama::Template;
use axum::Form;
use axum::extract::{DefaultBodyLimit, Multipart, Path, Query};
use axum::handler::Handler;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use data_encoding::BASE64;
use muster_app::Error;
use muster_app::documents;
use muster_documents::paper::Paper;
use muster_documents::photo::LARGEST;
use muster_domain::auth::Permission as P;
use muster_storage::ReadTx;
use serde::Deserialize;

/// The routes of logo and templates.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/settings/documents", Needs(P::ManageSettings), show)
        .get("/logo", SignedIn, shown_logo)
        .get("/settings/documents/logo", Needs(P::ManageSettings), logo)
        .post(
            "/settings/documents/logo",
            Needs(P::ManageSettings),
            set_logo.layer(DefaultBodyLimit::max(upload::MOST_READ)),
        )
        .post("/settings/documents/logo/removal", Needs(P::ManageSettings), remove_logo)
        .get("/settings/documents/{name}", Needs(P::ManageSettings), edit)
        .post("/settings/documents/{name}", Needs(P::ManageSettings), save)
        .post("/settings/documents/{name}/preview", Needs(P::ManageSettings), preview)
        .post("/settings/documents/{name}/removal", Needs(P::ManageSettings), reset)
}

#[derive(Template)]
#[template(path = "documents.html")]
struct Page {
    shell: Shell,
    errors: Errors,
    /// Changes with the logo, so that no browser shows an older one; empty without a logo.
    logo: String,
    documents: Vec<Item>,
}

struct Item {
    name: &'static str,
    label: &'static str,
    what: &'static str,
    own: bool,
}

#[derive(Default, Deserialize)]
pub(super) struct Done {
    #[serde(default)]
    saved: String,
}

impl Done {
    fn flash(&self) -> Option<Flash> {
        let text = match self.saved.as_str() {
            "logo" => "The logo is stored: documents made from now on show it.",
            "removed" => "The logo is gone: documents made from now on have none.",
            "template" => "Saved: documents made from now on follow this template.",
            "reset" => "Documents made from now on follow the template that comes with Muster.",
            _ => return None,
        };
        Some(Flash { kind: FlashKind::Ok, text: text.to_owned(), undo: None })
    }
}

/// `GET /settings/documents`
async fn show(caller: Caller, Query(done): Query<Done>) -> Result<Response, PageError> {
    let mut page = page(&caller, Errors::default()).await?;
    page.shell.flash = done.flash();
    Ok(render(&page))
}

async fn page(caller: &Caller, errors: Errors) -> Result<Page, PageError> {
    let read = caller.read(move |tx, ctx| {
        let logo = match documents::logo(tx, ctx) {
            Ok(logo) => logo.version.to_string(),
            Err(Error::NotFound) => String::new(),
            Err(error) => return Err(error),
        };
        Ok((documents::templates(tx, ctx)?, logo))
    });
    let (templates, logo) = read.await.map_err(|error| caller.error(error))?;
    let item = |template: documents::Template| Item {
        name: template.paper.name(),
        label: template.paper.label(),
        what: what(template.paper),
        own: template.own,
    };
    let mut shell = caller.shell("Documents");
    shell.crumbs = crumbs([
        ("/settings".to_owned(), "Settings".to_owned()),
        (String::new(), "Documents".to_owned()),
    ]);
    Ok(Page { shell, errors, logo, documents: templates.into_iter().map(item).collect() })
}

const fn what(paper: Paper) -> &'static str {
    match paper {
        Paper::Docket => "Admits a student to the sittings of an assessment",
        Paper::Receipt => "Confirms a payment",
        Paper::Pass => "Admits to an event",
        Paper::Slip => "Tells a student what they reached in a term",
        Paper::Badge => "Staff and student cards, ten to a sheet",
        Paper::Register => "Shows who was in the sessions of a class",
        Paper::RoomList => "Shows who sits in a room at an exam, and who came",
    }
}

/// `GET /settings/documents/logo`
async fn logo(caller: Caller) -> Result<Response, PageError> {
    let logo = caller.read(documents::logo).await.map_err(|error| caller.error(error))?;
    let headers = [(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, "private")];
    Ok((headers, logo.content).into_response())
}

/// `GET /logo`: at the head of pages that are printed.
async fn shown_logo(caller: Caller) -> Result<Response, PageError> {
    let logo = caller.read(documents::shown_logo).await.map_err(|error| caller.error(error))?;
    let headers =
        [(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, "private, max-age=300")];
    Ok((headers, logo.content).into_response())
}

/// The address of the logo, another for another picture; empty without one.
pub(super) fn logo_address(tx: &mut ReadTx<'_>) -> Result<String, Error> {
    let version = muster_storage::documents::logo_version(tx)?;
    Ok(if version > 0 { format!("/logo?version={version}") } else { String::new() })
}

/// `POST /settings/documents/logo`
async fn set_logo(caller: Caller, form: Multipart) -> Result<Response, PageError> {
    let done = store_logo(&caller, form).await;
    logo_done(&caller, done, "logo").await
}

async fn store_logo(caller: &Caller, mut form: Multipart) -> Result<(), Error> {
    documents::need_change(&caller.ctx)?;
    let broken = |error| upload::broken(&error, "logo", LARGEST);
    let mut file = Vec::new();
    while let Some(mut field) = form.next_field().await.map_err(broken)? {
        if field.name() == Some("logo") {
            file = upload::file(&mut field, "logo", LARGEST).await?;
        }
    }
    if file.is_empty() {
        return Err(Error::field("logo", "Choose a picture first."));
    }
    let png = caller.app.logo(file).await?;
    caller.write(move |tx, ctx| documents::set_logo(tx, ctx, &png)).await.map(drop)
}

/// `POST /settings/documents/logo/removal`
async fn remove_logo(caller: Caller) -> Result<Response, PageError> {
    let done = match caller.write(documents::remove_logo).await {
        // Somebody else was faster: what was wanted is so.
        Err(Error::NotFound) => Ok(()),
        done => done,
    };
    logo_done(&caller, done, "removed").await
}

async fn logo_done(
    caller: &Caller,
    done: Result<(), Error>,
    what: &str,
) -> Result<Response, PageError> {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/settings/documents?saved={what}")).into_response()),
        Err(error @ Error::Forbidden) => Err(caller.error(error)),
        Err(error) => {
            let page = page(caller, Errors::from_error(&error, "logo")).await?;
            Ok((status(&error), render(&page)).into_response())
        }
    }
}

#[derive(Template)]
#[template(path = "document_template.html")]
struct TemplatePage {
    shell: Shell,
    errors: Errors,
    name: &'static str,
    label: &'static str,
    own: bool,
    version: i64,
    source: String,
    /// What the template finds, by name.
    names: Vec<String>,
    /// The pages of a sample, each a picture in text.
    pictures: Vec<String>,
}

/// A template as typed.
#[derive(Deserialize)]
struct TemplateForm {
    #[serde(default)]
    version: i64,
    #[serde(default)]
    source: String,
}

fn named(caller: &Caller, name: &str) -> Result<Paper, PageError> {
    Paper::named(name).ok_or_else(|| caller.error(Error::NotFound))
}

async fn template_page(caller: &Caller, paper: Paper) -> Result<TemplatePage, PageError> {
    let read = caller.read(move |tx, ctx| documents::template(tx, ctx, paper));
    let template = read.await.map_err(|error| caller.error(error))?;
    let mut shell = caller.shell(format!("Template of the {}", paper.name()));
    shell.crumbs = crumbs([
        ("/settings".to_owned(), "Settings".to_owned()),
        ("/settings/documents".to_owned(), "Documents".to_owned()),
        (String::new(), paper.label().to_owned()),
    ]);
    Ok(TemplatePage {
        shell,
        errors: Errors::default(),
        name: paper.name(),
        label: paper.label(),
        own: template.own,
        version: template.version,
        source: template.source,
        names: paper.names(),
        pictures: Vec::new(),
    })
}

/// `GET /settings/documents/{name}`
async fn edit(
    caller: Caller,
    Path(name): Path<String>,
    Query(done): Query<Done>,
) -> Result<Response, PageError> {
    let mut page = template_page(&caller, named(&caller, &name)?).await?;
    page.shell.flash = done.flash();
    Ok(render(&page))
}

/// `POST /settings/documents/{name}/preview`: a sample by what was typed; nothing is saved.
async fn preview(
    caller: Caller,
    Path(name): Path<String>,
    Form(form): Form<TemplateForm>,
) -> Result<Response, PageError> {
    let paper = named(&caller, &name)?;
    let made = printing::preview(&caller, paper, &form.source).await;
    let mut page = template_page(&caller, paper).await?;
    match made {
        Ok(pictures) => {
            page.pictures = pictures.iter().map(|picture| BASE64.encode(picture)).collect();
            (page.source, page.version) = (form.source, form.version);
            Ok(render(&page))
        }
        Err(error) => refused(&caller, page, form, error),
    }
}

/// `POST /settings/documents/{name}`: kept once it has set a sample.
async fn save(
    caller: Caller,
    Path(name): Path<String>,
    Form(form): Form<TemplateForm>,
) -> Result<Response, PageError> {
    let paper = named(&caller, &name)?;
    let (source, seen) = (form.source.clone(), form.version);
    let done = match printing::check(&caller, paper, &form.source).await {
        Ok(()) => {
            let write =
                caller.write(move |tx, ctx| documents::set_template(tx, ctx, paper, &source, seen));
            write.await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => {
            let to = format!("/settings/documents/{name}?saved=template");
            Ok(Redirect::to(&to).into_response())
        }
        Err(error) => {
            let page = template_page(&caller, paper).await?;
            refused(&caller, page, form, error)
        }
    }
}

/// The form again with what was typed, and what is wrong with it.
fn refused(
    caller: &Caller,
    page: TemplatePage,
    form: TemplateForm,
    error: Error,
) -> Result<Response, PageError> {
    if matches!(error, Error::Forbidden) {
        return Err(caller.error(error));
    }
    let errors = Errors::from_error(&error, "");
    // Somebody else saved one meanwhile: saving again replaces that.
    let version = if matches!(error, Error::Stale) { page.version } else { form.version };
    let page = TemplatePage { errors, source: form.source, version, ..page };
    Ok((status(&error), render(&page)).into_response())
}

/// `POST /settings/documents/{name}/removal`: back to the one that comes with the program.
async fn reset(caller: Caller, Path(name): Path<String>) -> Result<Response, PageError> {
    let paper = named(&caller, &name)?;
    let done = caller.write(move |tx, ctx| documents::reset_template(tx, ctx, paper)).await;
    done.map_err(|error| caller.error(error))?;
    Ok(Redirect::to(&format!("/settings/documents/{name}?saved=reset")).into_response())
}
