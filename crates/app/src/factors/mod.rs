//! What staff prove themselves with besides a password, set up and removed by themselves; and the
//! help of an administrator for whoever lost it.

pub mod passkeys;
pub mod recovery;
pub mod second_step;
pub mod totp;

use crate::notices::{self, Notice};
use crate::{Ctx, Error, Result, mail, people, settings};
use muster_domain::auth::{Permission, Target, factor};
use muster_domain::ids::{LoginId, PersonId};
use muster_domain::notices::NoticeKind;
use muster_domain::people::Email;
use muster_domain::time::Timestamp;
use muster_journal::Change;
use muster_storage::passkeys::PasskeyRow;
use muster_storage::{ReadTx, WriteTx, auth, factors};
use serde_json::json;
use uuid::Uuid;

/// The second factors of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factors {
    /// Whether they may have any: students are not offered them.
    pub offered: bool,
    /// Since when they use an authenticator app.
    pub totp_since: Option<Timestamp>,
    /// Passkeys, the first added first.
    pub passkeys: Vec<PasskeyRow>,
    /// Recovery codes not used yet.
    pub recovery_left: i64,
}

impl Factors {
    /// Whether a password alone no longer signs this person in.
    pub fn any(&self) -> bool {
        self.totp_since.is_some() || !self.passkeys.is_empty()
    }
}

/// The own second factors.
pub fn own(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Factors> {
    load(tx, ctx.person()?)
}

/// Another person's second factors, for those who manage people.
pub fn of(tx: &mut ReadTx<'_>, ctx: &Ctx, person: PersonId) -> Result<Factors> {
    ctx.need(Permission::ManagePeople, Target::Institution)?;
    load(tx, person)
}

fn load(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Factors> {
    let grants = muster_storage::people::grants(tx, person)?;
    let grants: Vec<_> = grants.iter().map(muster_storage::people::GrantRow::grant).collect();
    Ok(Factors {
        offered: factor::is_offered(&grants),
        totp_since: factors::totp(tx, person)?.and_then(|totp| totp.confirmed_at),
        passkeys: muster_storage::passkeys::of_person(tx, person)?,
        recovery_left: factors::recovery_left(tx, person)?,
    })
}

/// The person who acts, if they are offered second factors.
fn own_staff(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<PersonId> {
    let person = ctx.person()?;
    if load(tx, person)?.offered { Ok(person) } else { Err(Error::Forbidden) }
}

/// Removes every second factor of somebody who lost theirs, and ends their logins: whoever has
/// the lost phone shall not stay signed in.
pub fn reset(tx: &mut WriteTx<'_>, ctx: &Ctx, person: PersonId, reason: &str) -> Result<()> {
    ctx.need(Permission::ManagePeople, Target::Institution)?;
    people::need_power_over(tx, ctx, person)?;
    if ctx.person()? == person {
        return Err(Error::field("reason", "Change your own second factor under Security."));
    }
    clear(tx, ctx, person, reason)
}

/// The same from the shell of the server, where nobody is signed in.
pub fn clear(tx: &mut WriteTx<'_>, ctx: &Ctx, person: PersonId, reason: &str) -> Result<()> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::field("reason", "Say why, for example: lost phone, came in person."));
    }
    let before = load(tx, person)?;
    if !before.any() {
        return Err(Error::field("reason", "This person has no second factor."));
    }
    factors::drop_totp(tx, person)?;
    muster_storage::passkeys::delete_all(tx, person)?;
    factors::drop_recovery(tx, person)?;
    auth::drop_codes(tx, person, ctx.now())?;
    auth::end_other_logins(tx, person, LoginId(Uuid::nil()), ctx.now())?;
    let change = Change::new("second_factor.reset", "person", person).because(Some(reason));
    let held = json!({"totp": before.totp_since.is_some(), "passkeys": before.passkeys.len()});
    tx.journal(Change { before: Some(held), ..change })?;
    let body = "Somebody in the office removed it on request. You are signed out everywhere. \
        Set it up again as soon as you have signed in.";
    tell(tx, ctx, person, "Your second factor was removed", body)
}

/// Tells a person that their way of signing in changed: in the inbox, and by a letter where
/// letters are sent.
pub(crate) fn tell(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    person: PersonId,
    title: &str,
    body: &str,
) -> Result<()> {
    let body = format!("{body} If it was not you, change your password and tell the office.");
    let notice = Notice {
        kind: NoticeKind::SignInChanged,
        occasion: format!("sign-in/{}/{title}", ctx.act.id),
        title: title.to_owned(),
        body: body.clone(),
        link: Some("/security".to_owned()),
    };
    notices::notify(tx, ctx, person, &notice)?;
    if !ctx.mails {
        return Ok(());
    }
    let Some(row) = muster_storage::people::get(tx, person)? else { return Ok(()) };
    if let Some(to) = row.email.and_then(|address| Email::try_from(address).ok()) {
        let institution = settings::load(tx)?.institution;
        let text = format!("Hello {},\n\n{title} at {institution}. {body}\n", row.name);
        mail::queue(tx, ctx, &to, title, &text)?;
    }
    Ok(())
}
