//! Handing a teacher over to the hub for an online class: the page of an edge that leads there, and
//! arriving at the hub.

use super::form::Errors;
use super::shell::Shell;
use super::sign_in::{browser, need_student, opened};
use crate::caller::Caller;
use crate::error::{render, sentence, status};
use crate::routes::Access::Public;
use crate::routes::Routes;
use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::Error;
use muster_app::nodes::{self, HANDOVER, Wish};
use muster_app::sign_in::Client;
use muster_domain::ids::ClassId;
use serde::Deserialize;

/// The routes by which somebody arrives who is handed over: their code says who they are.
pub(super) fn routes(routes: Routes) -> Routes {
    routes.get("/handed-over", Public, show).post("/handed-over", Public, arrive)
}

/// The way to the hub, on an edge.
#[derive(Template)]
#[template(path = "handover.html")]
pub(super) struct LeavePage {
    pub shell: Shell,
    pub class: String,
    pub link: String,
}

/// Asks the hub to let whoever asks go on there; under which address, or why not.
pub(super) async fn leave(caller: &Caller, class: ClassId) -> Result<String, Error> {
    let wish = Wish { person: caller.ctx.person()?, class };
    let syncer = caller.app.syncer.clone();
    let asking = move || syncer.hand_over(wish);
    let asked = crate::server::beside(&caller.app.exchanging, asking).await?;
    asked.map_err(|failure| Error::field("mode", format!("{HELD} {failure}")))
}

const HELD: &str = "Online classes are held on the hub, where students can reach them.";

#[derive(Template)]
#[template(path = "handed_over.html")]
struct ArrivePage {
    shell: Shell,
    errors: Errors,
    class: String,
    code: String,
}

/// What the address of somebody who is handed over holds.
#[derive(Clone, Deserialize)]
struct Coming {
    class: ClassId,
    #[serde(default)]
    code: String,
}

/// `GET /handed-over`: nothing is used up yet, since programs look at addresses before people do.
async fn show(caller: Caller, Query(coming): Query<Coming>) -> Response {
    if caller.who.is_some() {
        return on(coming.class);
    }
    page(&caller, Errors::default(), coming)
}

fn page(caller: &Caller, errors: Errors, Coming { class, code }: Coming) -> Response {
    let shell = caller.shell("Your online class");
    render(&ArrivePage { shell, errors, class: class.to_string(), code })
}

/// `POST /handed-over`
async fn arrive(caller: Caller, Form(coming): Form<Coming>) -> Response {
    match open(&caller, &coming).await {
        Ok(token) => (opened(&caller, token), on(coming.class)).into_response(),
        Err(error) => {
            let mut errors = Errors::from_error(&error, "");
            if !matches!(error, Error::Invalid(_)) {
                errors = Errors::default();
                errors.add("", sentence(&error));
            }
            let code = String::new();
            (status(&error), page(&caller, errors, Coming { code, ..coming })).into_response()
        }
    }
}

/// Opens a login for the class; its token.
async fn open(caller: &Caller, Coming { class, code }: &Coming) -> Result<String, Error> {
    let (class, shown) = (*class, code.clone());
    let person = caller.read(move |tx, ctx| nodes::handed_over(tx, ctx, (class, &shown))).await?;
    if !caller.is_private() {
        need_student(caller, person, "").await?;
    }
    let client = Client { means: HANDOVER, class: Some(class), ..browser(caller) };
    let (token, code) = (client.token.clone(), code.clone());
    caller.write(move |tx, ctx| nodes::arrive(tx, ctx, &code, &client).map(drop)).await?;
    Ok(token)
}

/// To where the session is opened.
fn on(class: ClassId) -> Response {
    Redirect::to(&format!("/classes/{class}/sessions/new?mode=online")).into_response()
}
