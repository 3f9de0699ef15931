//! A new password by a link in a letter. Whether an address is anybody's is found out when the
//! letter is sent: whoever asks can tell neither by the answer nor by its time.

use crate::sign_in::{digest, hex, one_time_code};
use crate::{Ctx, Error, Result, first_codes, mail, settings};
use muster_domain::auth::throttle::Limit;
use muster_domain::people::Email;
use muster_domain::text::fold;
use muster_domain::time::Span;
use muster_journal::Change;
use muster_storage::letters::LetterRow;
use muster_storage::people::PersonRow;
use muster_storage::{ReadTx, WriteTx, auth, peers, people};

/// How long a link can be used.
const LIFETIME: Span = Span::minutes(30);
/// Letters to one address.
const TO_ONE: Limit = Limit { free: 3, first_wait: Span::minutes(5), ..Limit::PERSON };

/// Asks for a letter with a link, as often as limits allow.
pub fn ask(tx: &mut WriteTx<'_>, ctx: &Ctx, address: &Email) -> Result<()> {
    if peers::is_edge(tx)? {
        return Err(muster_storage::Error::AtHub.into());
    }
    for (subject, limit) in subjects(tx, ctx, address)? {
        let asked = auth::failures(tx, &subject)?;
        if let Some(wait) = limit.wait(asked, ctx.now()) {
            return Err(Error::TooManyAttempts { wait });
        }
        auth::put_failures(tx, &subject, limit.after_failure(asked, ctx.now()))?;
    }
    mail::insert(tx, ctx, mail::RESET, address.as_str(), ("Choose a new password", "")).map(drop)
}

fn subjects(tx: &mut ReadTx<'_>, ctx: &Ctx, address: &Email) -> Result<[(String, Limit); 2]> {
    let to = hex(&digest(&fold(address.as_str())));
    let people = people::count(tx)?;
    Ok([
        (format!("link:to:{to}"), TO_ONE),
        (format!("link:address:{}", ctx.address), Limit::address(people)),
    ])
}

/// The letter with its link, to the address as it stands in the person's record; none if nobody
/// active has that address.
pub(crate) fn write(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    letter: LetterRow,
    base: &str,
) -> Result<Option<LetterRow>> {
    // It was asked for before this node was an edge.
    if peers::is_edge(tx)? {
        return Ok(None);
    }
    let asked = fold(&letter.recipient);
    let found = people::by_identifier(tx, &letter.recipient)?.filter(|person| person.active);
    let Some(person) = found else { return Ok(None) };
    let Some(recipient) = person.email.clone().filter(|email| fold(email) == asked) else {
        return Ok(None);
    };
    if letter.purpose == mail::WELCOME {
        return welcome(tx, ctx, letter, &person, base);
    }
    let code = one_time_code(ctx.random());
    let stored = auth::NewCode {
        id: ctx.fresh(),
        purpose: RESET_CODE,
        person: Some(person.id),
        digest: &digest(&code),
        created_by: None,
        created_at: ctx.now(),
        expires_at: ctx.now() + LIFETIME,
    };
    auth::insert_code(tx, &stored)?;
    tx.journal(Change::new("password.send_link", "person", person.id))?;
    let institution = settings::load(tx)?.institution;
    let body = format!(
        "Hello {},\n\nsomebody asked for a new password for you at {institution}. Choose one \
         here within 30 minutes:\n\n{base}/reset?code={code}\n\nIf it was not you, ignore this \
         letter: your password stays as it is.\n",
        person.name
    );
    let subject = format!("Choose a new password for {institution}");
    Ok(Some(LetterRow { recipient, subject, body, ..letter }))
}

/// The letter to somebody who chooses a first password; none if they have one by now.
fn welcome(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    letter: LetterRow,
    person: &PersonRow,
    base: &str,
) -> Result<Option<LetterRow>> {
    if auth::password(tx, person.id)?.is_some() {
        return Ok(None);
    }
    let code = first_codes::store(tx, ctx, person.id)?;
    tx.journal(Change::new("password.send_link", "person", person.id))?;
    let institution = settings::load(tx)?.institution;
    let days = first_codes::LIFETIME.as_seconds() / 86_400;
    let body = format!(
        "Hello {},\n\nyou have an account at {institution}. Choose your password here within \
         {days} days; the link works once:\n\n{base}/reset?code={code}\n\nYou sign in with your \
         number, {}, or with this e-mail address.\n",
        person.name, person.number
    );
    let subject = format!("Choose your password for {institution}");
    Ok(Some(LetterRow { subject, body, ..letter }))
}

/// The purpose under which codes that set a password are stored.
const RESET_CODE: &str = "reset";
