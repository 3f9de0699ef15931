//! What somebody shows before what protects their login is changed: their present password. Whoever
//! has none, because the institution's provider signs them in, shows a login of theirs that is young.

use crate::{Ctx, Error, Result};
use muster_domain::auth::throttle::Limit;
use muster_domain::ids::PersonId;
use muster_domain::time::Span;
use muster_storage::{ReadTx, WriteTx, auth};

/// How long a login by the provider counts in place of a password.
pub const YOUNG: Span = Span::minutes(15);

/// What the person has to show.
#[derive(Clone, PartialEq, Eq)]
pub enum Proof {
    /// The password that belongs to this hash.
    Password(String),
    /// They have no password: a login by the provider, and whether this one is young enough.
    Login {
        /// Whether it is.
        young: bool,
    },
}

/// What the person who acts has to show.
pub fn proof(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Proof> {
    let person = ctx.person()?;
    if let Some(password) = auth::password(tx, person)? {
        return Ok(Proof::Password(password.hash));
    }
    let current = ctx.actor.as_ref().and_then(|actor| actor.login);
    let login = auth::logins(tx, person, ctx.now())?;
    let young = login.iter().any(|login| {
        let is_by_provider = login.means == "provider" && login.class.is_none();
        Some(login.id) == current && is_by_provider && ctx.now() - login.created_at <= YOUNG
    });
    Ok(Proof::Login { young })
}

/// The same, unless they gave a wrong password too often.
pub fn demand(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Proof> {
    let proof = proof(tx, ctx)?;
    if matches!(proof, Proof::Password(_)) {
        let failures = auth::failures(tx, &subject(ctx.person()?))?;
        if let Some(wait) = Limit::PERSON.wait(failures, ctx.now()) {
            return Err(Error::TooManyAttempts { wait });
        }
    }
    Ok(proof)
}

/// Counts a wrong present password: whoever finds an unlocked phone may not guess on.
pub fn fail(tx: &mut WriteTx<'_>, ctx: &Ctx) -> Result<()> {
    let subject = subject(ctx.person()?);
    let failures = auth::failures(tx, &subject)?;
    Ok(auth::put_failures(tx, &subject, Limit::PERSON.after_failure(failures, ctx.now()))?)
}

/// Forgets the wrong ones: a new password was set.
pub(crate) fn forgive(tx: &mut WriteTx<'_>, person: PersonId) -> Result<()> {
    Ok(auth::clear_failures(tx, &subject(person))?)
}

fn subject(person: PersonId) -> String {
    format!("own-password:person:{person}")
}
