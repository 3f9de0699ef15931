//! Letters by e-mail: queued in the transaction of what they tell, taken and sent by a job.

use crate::{Ctx, Error, Result, passes, password_link};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::LetterId;
use muster_domain::letters::{KEPT, LEASE, pause};
use muster_domain::people::Email;
use muster_domain::time::Timestamp;
use muster_journal::Change;
use muster_storage::letters::{self, LetterRow};
use muster_storage::{ReadTx, WriteTx, people};
use uuid::Uuid;

/// Letters that are taken at once.
const AT_ONCE: i64 = 20;
/// Longest explanation of a mail server that is kept.
const LONGEST_WHY: usize = 500;

/// Purpose of a letter whose text is made when it is sent.
pub(crate) const RESET: &str = "reset";
/// Purpose of a letter with the link to a first password, made when it is sent as well.
pub(crate) const WELCOME: &str = "welcome";
/// Purpose of a letter with links, of which only the sender knows where they lead.
pub(crate) const NOTICE: &str = "notice";
/// Purpose of a letter with the link to a pass, made when it is sent: who has that link can enter.
pub(crate) const PASS: &str = "pass";
/// Stands for where links lead, until a letter is sent.
pub(crate) const BASE: &str = "{muster}";

/// Queues a letter inside the transaction of what it tells: it is sent if that is committed.
pub fn queue(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    to: &Email,
    subject: &str,
    text: &str,
) -> Result<LetterId> {
    insert(tx, ctx, "letter", to.as_str(), (subject, text))
}

pub(crate) fn insert(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    purpose: &str,
    to: &str,
    (subject, body): (&str, &str),
) -> Result<LetterId> {
    let row = LetterRow {
        id: ctx.fresh(),
        purpose: purpose.to_owned(),
        recipient: to.to_owned(),
        subject: subject.to_owned(),
        body: body.to_owned(),
        created_at: ctx.now(),
        tries: 0,
        due_at: Some(ctx.now()),
        sent_at: None,
        failed_at: None,
        failure: None,
    };
    letters::insert(tx, &row)?;
    Ok(row.id)
}

/// Letters on their way and done with, for those who manage settings.
pub fn recent(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    after: Option<LetterId>,
    limit: i64,
) -> Result<Vec<LetterRow>> {
    ctx.need(Permission::ManageSettings, Target::Institution)?;
    let from = match after {
        Some(id) => (letters::get(tx, id)?.ok_or(Error::NotFound)?.created_at, id),
        None => (Timestamp(i64::MAX), LetterId(Uuid::max())),
    };
    Ok(letters::recent(tx, from, limit)?)
}

/// Tries a letter that was given up once more.
pub fn retry(tx: &mut WriteTx<'_>, ctx: &Ctx, id: LetterId) -> Result<()> {
    ctx.need(Permission::ManageSettings, Target::Institution)?;
    letters::get(tx, id)?.ok_or(Error::NotFound)?;
    if !letters::revive(tx, id, ctx.now())? {
        return Ok(());
    }
    Ok(tx.journal(Change::new("letter.retry", "letter", id))?)
}

/// Queues a letter to whoever asks, to see whether letters arrive.
pub fn try_out(tx: &mut WriteTx<'_>, ctx: &Ctx) -> Result<LetterId> {
    ctx.need(Permission::ManageSettings, Target::Institution)?;
    let person = people::get(tx, ctx.person()?)?.ok_or(Error::NotFound)?;
    let address = person.email.and_then(|address| Email::try_from(address).ok());
    let address = address.ok_or_else(|| {
        Error::field("email", "Your own record has no e-mail address: add one first.")
    })?;
    queue(tx, ctx, &address, "A letter from Muster", "Letters from Muster arrive here.\n")
}

/// The letters whose time has come. The job asks this often, so it only reads.
pub fn due(tx: &mut ReadTx<'_>, now: Timestamp) -> Result<Vec<(LetterId, Timestamp)>> {
    let due = letters::due(tx, now, AT_ONCE)?;
    Ok(due.into_iter().filter_map(|row| Some((row.id, row.due_at?))).collect())
}

/// Takes a letter to send it: with its text, whose links lead to `base`. None if somebody else
/// took it, or there is nobody to send it to.
pub fn take(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    (id, due_at): (LetterId, Timestamp),
    base: &str,
) -> Result<Option<LetterRow>> {
    if !letters::take(tx, id, due_at, ctx.now() + LEASE)? {
        return Ok(None);
    }
    letters::purge(tx, ctx.now() - KEPT)?;
    let Some(letter) = letters::get(tx, id)? else { return Ok(None) };
    if letter.purpose == NOTICE {
        let body = letter.body.replace(BASE, base);
        return Ok(Some(LetterRow { body, ..letter }));
    }
    let written = match letter.purpose.as_str() {
        RESET | WELCOME => password_link::write(tx, ctx, letter, base)?,
        PASS => passes::write_letter(tx, ctx, letter, base)?,
        _ => return Ok(Some(letter)),
    };
    if written.is_none() {
        letters::remove(tx, id)?;
    }
    Ok(written)
}

/// Notes that the mail server took a letter.
pub fn sent(tx: &mut WriteTx<'_>, ctx: &Ctx, id: LetterId) -> Result<()> {
    Ok(letters::sent(tx, id, ctx.now())?)
}

/// Notes why a letter was not taken; it is tried again unless that is final.
pub fn failed(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    id: LetterId,
    why: &str,
    is_final: bool,
) -> Result<()> {
    let Some(letter) = letters::get(tx, id)? else { return Ok(()) };
    let why: String = why.chars().filter(|letter| *letter != '\0').take(LONGEST_WHY).collect();
    match pause(letter.tries).filter(|_| !is_final) {
        Some(pause) => letters::again(tx, id, ctx.now() + pause, &why)?,
        None => letters::give_up(tx, id, ctx.now(), &why)?,
    }
    Ok(())
}
