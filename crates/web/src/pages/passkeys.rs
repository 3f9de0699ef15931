//! One's own passkeys: adding one with the browser, naming and removing it; and signing in by one.

use super::form::Errors;
use super::password::{Asked, check_present};
use super::security::{codes_page, shell};
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use data_encoding::BASE64URL_NOPAD;
use muster_app::Error;
use muster_app::factors::passkeys::{self, Question};
use muster_credential::passkey::{ALGORITHMS, Made, Party, Used};
use muster_domain::ids::PasskeyId;
use muster_storage::passkeys::PasskeyRow;
use serde::Deserialize;
use serde_json::json;

/// For whom browsers make passkeys here, if they make any.
pub(super) fn party(caller: &Caller) -> Option<Party> {
    match &caller.app.base_url {
        Some(base) => Party::at(base),
        // Nobody said where links lead; on the very machine the address is what it is.
        None if caller.known.local => {
            Party::at(&format!("http://{}", caller.host)).filter(|party| party.id == "localhost")
        }
        None => None,
    }
}

fn need_party(caller: &Caller) -> Result<Party, Error> {
    let detail = "Browsers make passkeys for addresses that begin with https alone, and this \
        server has to know its own (--base-url).";
    party(caller).ok_or_else(|| Error::field("name", detail))
}

#[derive(Template)]
#[template(path = "passkey_new.html")]
struct NewPage {
    shell: Shell,
    errors: Errors,
    possible: bool,
    name: String,
    /// What the browser is asked, once the password was right.
    options: String,
    challenge: String,
    asked: Asked,
}

async fn new_page(caller: &Caller, name: String, errors: Errors) -> Result<NewPage, PageError> {
    let (shell, asked) = (shell(caller, "Add a passkey"), Asked::of(caller).await?);
    let (options, challenge) = (String::new(), String::new());
    let possible = party(caller).is_some();
    Ok(NewPage { shell, errors, possible, name, options, challenge, asked })
}

/// `GET /security/passkeys/new`
pub(super) async fn new(caller: Caller) -> Result<Response, PageError> {
    Ok(render(&new_page(&caller, String::new(), Errors::default()).await?))
}

async fn refused(caller: &Caller, error: Error, name: String) -> Result<Response, PageError> {
    if matches!(error, Error::Forbidden | Error::NotFound) {
        return Err(caller.error(error));
    }
    let page = new_page(caller, name, Errors::from_error(&error, "name")).await?;
    Ok((status(&error), render(&page)).into_response())
}

#[derive(Deserialize)]
pub(super) struct BeginForm {
    name: String,
    #[serde(default)]
    present: String,
}

/// `POST /security/passkeys/new`: the page from which the browser asks the authenticator.
pub(super) async fn begin(
    caller: Caller,
    Form(form): Form<BeginForm>,
) -> Result<Response, PageError> {
    match try_begin(&caller, &form.name, form.present).await {
        Ok((party, question)) => {
            let options = creation(&caller, &party, &question);
            let challenge = BASE64URL_NOPAD.encode(&question.challenge);
            let page = new_page(&caller, form.name, Errors::default()).await?;
            Ok(render(&NewPage { options, challenge, ..page }))
        }
        Err(error) => refused(&caller, error, form.name).await,
    }
}

async fn try_begin(
    caller: &Caller,
    name: &str,
    present: String,
) -> Result<(Party, Question), Error> {
    let party = need_party(caller)?;
    passkeys::name(name)?;
    check_present(caller, present).await?;
    Ok((party, caller.write(passkeys::begin).await?))
}

/// What the browser hands to the authenticator.
fn creation(caller: &Caller, party: &Party, question: &Question) -> String {
    let name = caller.who.as_ref().map_or("", |who| who.name.as_str());
    let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    let known: Vec<String> = question.known.iter().map(|id| text(id)).collect();
    json!({
        "challenge": text(&question.challenge),
        "party": party.id,
        "partyName": caller.known.settings.institution,
        "user": text(&question.user),
        "userName": name,
        "algorithms": ALGORITHMS,
        "known": known,
    })
    .to_string()
}

#[derive(Deserialize)]
pub(super) struct MadeForm {
    name: String,
    challenge: String,
    credential: String,
    client_data: String,
    authenticator_data: String,
    public_key: String,
}

fn bytes(text: &str) -> Result<Vec<u8>, Error> {
    let decoded = BASE64URL_NOPAD.decode(text.as_bytes());
    decoded.map_err(|_| Error::field("name", "The browser's answer can't be read: begin again."))
}

/// `POST /security/passkeys`
pub(super) async fn add(caller: Caller, Form(form): Form<MadeForm>) -> Result<Response, PageError> {
    match try_add(&caller, &form).await {
        // Who has codes already keeps them.
        Ok(codes) if codes.is_empty() => Ok(Redirect::to("/security").into_response()),
        Ok(codes) => Ok(codes_page(&caller, codes)),
        Err(error) => refused(&caller, error, form.name).await,
    }
}

async fn try_add(caller: &Caller, form: &MadeForm) -> Result<Vec<String>, Error> {
    let (party, name) = (need_party(caller)?, passkeys::name(&form.name)?);
    let challenge = bytes(&form.challenge)?;
    let made = Made {
        credential: bytes(&form.credential)?,
        client_data: bytes(&form.client_data)?,
        authenticator_data: bytes(&form.authenticator_data)?,
        public_key: bytes(&form.public_key)?,
    };
    let add = move |tx: &mut muster_storage::WriteTx<'_>, ctx: &muster_app::Ctx| {
        passkeys::add(tx, ctx, &party, &challenge, &made, &name)
    };
    caller.write(add).await
}

#[derive(Template)]
#[template(path = "passkey.html")]
struct OwnPage {
    shell: Shell,
    errors: Errors,
    id: String,
    name: String,
    asked: Asked,
}

/// `GET /security/passkeys/{id}`
pub(super) async fn show(caller: Caller, Path(id): Path<PasskeyId>) -> Result<Response, PageError> {
    Ok(render(&own_page(&caller, id, Errors::default()).await?))
}

async fn own_page(caller: &Caller, id: PasskeyId, errors: Errors) -> Result<OwnPage, PageError> {
    let row = caller.read(move |tx, ctx| passkeys::own(tx, ctx, id)).await;
    let PasskeyRow { name, .. } = row.map_err(|error| caller.error(error))?;
    let (shell, asked) = (shell(caller, &name), Asked::of(caller).await?);
    Ok(OwnPage { shell, errors, id: id.to_string(), name, asked })
}

/// Back to all of them, or the page again with what was wrong.
async fn done(
    caller: &Caller,
    id: PasskeyId,
    done: Result<(), Error>,
) -> Result<Response, PageError> {
    let Err(error) = done else { return Ok(Redirect::to("/security").into_response()) };
    let page = own_page(caller, id, Errors::from_error(&error, "name")).await?;
    Ok((status(&error), render(&page)).into_response())
}

#[derive(Deserialize)]
pub(super) struct NameForm {
    name: String,
}

/// `POST /security/passkeys/{id}`
pub(super) async fn rename(
    caller: Caller,
    Path(id): Path<PasskeyId>,
    Form(form): Form<NameForm>,
) -> Result<Response, PageError> {
    let renamed = match passkeys::name(&form.name) {
        Ok(name) => caller.write(move |tx, ctx| passkeys::rename(tx, ctx, id, &name)).await,
        Err(error) => Err(error),
    };
    done(&caller, id, renamed).await
}

#[derive(Deserialize)]
pub(super) struct PresentForm {
    #[serde(default)]
    present: String,
}

/// `POST /security/passkeys/{id}/removal`
pub(super) async fn remove(
    caller: Caller,
    Path(id): Path<PasskeyId>,
    Form(form): Form<PresentForm>,
) -> Result<Response, PageError> {
    let removed = try_remove(&caller, id, form.present).await;
    done(&caller, id, removed).await
}

pub(crate) async fn try_remove(
    caller: &Caller,
    id: PasskeyId,
    present: String,
) -> Result<(), Error> {
    check_present(caller, present).await?;
    caller.write(move |tx, ctx| passkeys::remove(tx, ctx, id)).await
}

/// What the browser asks for at the second step.
pub(super) fn request(party: &Party, challenge: &[u8; 32], known: &[Vec<u8>]) -> String {
    let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    let known: Vec<String> = known.iter().map(|id| text(id)).collect();
    json!({ "challenge": text(challenge), "party": party.id, "known": known }).to_string()
}

#[derive(Deserialize)]
pub(super) struct UsedForm {
    credential: String,
    client_data: String,
    authenticator_data: String,
    signature: String,
    #[serde(default)]
    pub back: String,
}

impl UsedForm {
    /// The answer, if it is one at all.
    pub fn read(&self) -> Result<Used, Error> {
        let unreadable = |_| Error::WrongSecondFactor;
        Ok(Used {
            credential: bytes(&self.credential).map_err(unreadable)?,
            client_data: bytes(&self.client_data).map_err(unreadable)?,
            authenticator_data: bytes(&self.authenticator_data).map_err(unreadable)?,
            signature: bytes(&self.signature).map_err(unreadable)?,
        })
    }
}
