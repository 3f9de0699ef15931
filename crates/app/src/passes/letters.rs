//! The pass in its holder's hands: by letter, and by the link that the letter holds.

use super::{Pass, opened_by, read};
use crate::zone::Zone;
use crate::{Ctx, Error, Result, mail, settings};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::PassId;
use muster_domain::passes::{PassState, StateError};
use muster_journal::Change;
use muster_storage::letters::LetterRow;
use muster_storage::{ReadTx, WriteTx, events, passes};

/// Sends a pass to its holder again.
pub fn send(tx: &mut WriteTx<'_>, ctx: &Ctx, id: PassId) -> Result<()> {
    let row = passes::get(tx, id)?.ok_or(Error::NotFound)?;
    ctx.need(Permission::IssuePasses, Target::Event(row.event))?;
    match row.state {
        PassState::Valid => {}
        PassState::Void => return Err(StateError::Void.into()),
        PassState::Refunded => return Err(StateError::Refunded.into()),
    }
    let no_address = "This pass has no e-mail address: share its link instead.";
    let email = row.email.as_ref().ok_or_else(|| Error::field("email", no_address))?;
    if !ctx.mails {
        let detail = "This server sends no letters: share the link of the pass instead.";
        return Err(Error::field("email", detail));
    }
    let event = events::get(tx, row.event)?.ok_or(Error::NotFound)?;
    mail::insert(tx, ctx, mail::PASS, email, (&event.name, &id.to_string()))?;
    Ok(tx.journal(Change::new("pass.send", "pass", id).on(row.event))?)
}

/// The letter with the link to a pass; none if the pass is withdrawn by now or has another
/// address.
pub(crate) fn write_letter(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    letter: LetterRow,
    base: &str,
) -> Result<Option<LetterRow>> {
    let Ok(id) = letter.body.parse::<PassId>() else { return Ok(None) };
    let Pass { row, event, holders, drawn } = read(tx, ctx, id)?;
    let Some(drawn) = drawn.filter(|_| row.email.as_deref() == Some(letter.recipient.as_str()))
    else {
        return Ok(None);
    };
    let settings = settings::load(tx)?;
    let names: Vec<_> = holders.into_iter().map(|holder| holder.name).collect();
    let when = Zone::of(&settings).words(event.starts_at);
    let body = format!(
        "Hello {},\n\nhere is your pass to {}, {} ({}). Show it at the entrance:\n\n\
         {base}/p/{}\n\nIf the code can't be scanned there, this one can be typed: {}\n\n\
         The link is yours alone: whoever has it can enter with it.\n\n{}\n",
        names.join(", "),
        event.name,
        event.venue,
        when,
        drawn.page,
        drawn.code,
        settings.institution,
    );
    let subject = format!("Your pass to {}", event.name);
    Ok(Some(LetterRow { subject, body, ..letter }))
}

/// The pass whose page a link opens; whoever has the link may see it.
pub fn shown_by_link(tx: &mut ReadTx<'_>, ctx: &Ctx, token: &str) -> Result<Pass> {
    opened_by(tx, ctx, token)
}
