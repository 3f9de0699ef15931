//! The second step of signing in. A right password alone opens nothing for whoever has a second
//! factor: it leaves a token, good for ten minutes, with which the factor is shown.

use super::{Factors, load, passkeys, recovery, totp};
use crate::sign_in::{Client, digest, open_login, subject_of_address};
use crate::{Ctx, Error, Result, settings, sign_in};
use muster_credential::passkey::{Party, Used};
use muster_domain::auth::factor::{NextStep, next_step};
use muster_domain::auth::throttle::Limit;
use muster_domain::ids::{OneTimeCodeId, PersonId};
use muster_domain::time::Span;
use muster_storage::auth::{LoginRow, NewCode};
use muster_storage::{ReadTx, WriteTx, auth, people};

/// How long the second step may take.
const LIFETIME: Span = Span::minutes(10);
/// The purpose under which tokens between the steps are stored.
const BETWEEN: &str = "second";

/// Somebody whose password was right.
#[derive(Clone, Debug)]
pub struct Entrant {
    /// As they named themselves.
    pub identifier: String,
    /// Who they are.
    pub person: PersonId,
    /// What they sign in with.
    pub client: Client,
}

/// What is shown as the second factor.
#[derive(Clone, Debug)]
pub enum Shown {
    /// A code of the app, or a recovery code, as typed.
    Code(String),
    /// A passkey, by its answer to [`challenge`].
    Passkey {
        /// For whom it was made.
        party: Party,
        /// The question.
        challenge: [u8; 32],
        /// The answer.
        used: Used,
    },
}

/// Where somebody between the steps stands.
#[derive(Clone, Debug)]
pub struct Waiting {
    code: OneTimeCodeId,
    /// Who.
    pub person: PersonId,
    /// What is left to do.
    pub step: NextStep,
}

/// Makes a login if the password was enough, and otherwise keeps `token` for the second step.
pub fn enter(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    entrant: &Entrant,
    token: &str,
) -> Result<Option<LoginRow>> {
    let person = entrant.person;
    let step = step_of(tx, person)?;
    if step == NextStep::SignIn {
        return sign_in::succeed(tx, ctx, &entrant.identifier, person, &entrant.client).map(Some);
    }
    if step == NextStep::Enrol && totp::offer_for(tx, ctx, person)?.is_none() {
        totp::begin_for(tx, ctx, person)?;
    }
    let stored = NewCode {
        id: ctx.fresh(),
        purpose: BETWEEN,
        person: Some(person),
        digest: &digest(token),
        created_by: None,
        created_at: ctx.now(),
        expires_at: ctx.now() + LIFETIME,
    };
    auth::insert_code(tx, &stored)?;
    Ok(None)
}

fn step_of(tx: &mut ReadTx<'_>, person: PersonId) -> Result<NextStep> {
    let grants: Vec<_> = people::grants(tx, person)?.iter().map(people::GrantRow::grant).collect();
    let must = settings::load(tx)?.administrators_second_factor;
    Ok(next_step(&grants, load(tx, person)?.any(), must))
}

/// Makes a login for a program, which shows password and code at once; none if the code is wrong.
pub fn enter_with_code(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    entrant: &Entrant,
    code: Option<&str>,
) -> Result<Option<LoginRow>> {
    let person = entrant.person;
    match (step_of(tx, person)?, code) {
        (NextStep::SignIn, _) => {}
        (NextStep::Enrol, _) => return Err(Error::EnrolFirst),
        (NextStep::Prove, None) => return Err(Error::SecondFactorNeeded),
        (NextStep::Prove, Some(code))
            if accept(tx, ctx, person, &Shown::Code(code.to_owned()))? => {}
        (NextStep::Prove, Some(_)) => return Ok(None),
    }
    sign_in::succeed(tx, ctx, &entrant.identifier, person, &entrant.client).map(Some)
}

/// Who is between the steps with that token.
pub fn waiting(tx: &mut ReadTx<'_>, ctx: &Ctx, token: &str) -> Result<Waiting> {
    let found = auth::code(tx, BETWEEN, &digest(token), ctx.now())?.ok_or(Error::SecondStepOver)?;
    let person = found.person.ok_or(Error::SecondStepOver)?;
    let active = people::get(tx, person)?.is_some_and(|row| row.active);
    let step = step_of(tx, person)?;
    if !active || step == NextStep::SignIn {
        return Err(Error::SecondStepOver);
    }
    Ok(Waiting { code: found.id, person, step })
}

/// What a passkey is asked at the second step: another question for each token, and spent with it.
pub fn challenge(token: &str) -> [u8; 32] {
    digest(&format!("passkey challenge {token}"))
}

/// What the app is to be told of somebody who must set one up before they get in.
pub fn offer(tx: &mut ReadTx<'_>, ctx: &Ctx, waiting: &Waiting) -> Result<totp::Offer> {
    let offer = match waiting.step {
        NextStep::Enrol => totp::offer_for(tx, ctx, waiting.person)?,
        NextStep::SignIn | NextStep::Prove => None,
    };
    offer.ok_or(Error::SecondStepOver)
}

/// What somebody between the steps may show.
pub fn held(tx: &mut ReadTx<'_>, waiting: &Waiting) -> Result<Factors> {
    load(tx, waiting.person)
}

/// Makes a login by the second factor; none if it is wrong.
pub fn prove(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    token: &str,
    shown: &Shown,
    client: &Client,
) -> Result<Option<LoginRow>> {
    let waiting = waiting(tx, ctx, token)?;
    if waiting.step != NextStep::Prove {
        return Err(Error::SecondStepOver);
    }
    if !accept(tx, ctx, waiting.person, shown)? {
        return Ok(None);
    }
    finish(tx, ctx, &waiting, client).map(Some)
}

/// Makes a login for somebody who set up an app on the way in; and their recovery codes.
pub fn enrol(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    token: &str,
    code: &str,
    client: &Client,
) -> Result<(LoginRow, Vec<String>)> {
    let waiting = waiting(tx, ctx, token)?;
    if waiting.step != NextStep::Enrol {
        return Err(Error::SecondStepOver);
    }
    let codes = totp::confirm_for(tx, ctx, waiting.person, code)?;
    Ok((finish(tx, ctx, &waiting, client)?, codes))
}

fn finish(tx: &mut WriteTx<'_>, ctx: &Ctx, waiting: &Waiting, client: &Client) -> Result<LoginRow> {
    if !auth::use_code(tx, waiting.code, ctx.now())? {
        return Err(Error::SecondStepOver);
    }
    open_login(tx, ctx, waiting.person, client)
}

/// Whether that is right; what is wrong is counted, for the person and for the address.
fn accept(tx: &mut WriteTx<'_>, ctx: &Ctx, person: PersonId, shown: &Shown) -> Result<bool> {
    let own = (format!("second:person:{person}"), Limit::PERSON);
    let subjects = [own, subject_of_address(tx, ctx)?];
    for (subject, limit) in &subjects {
        let failures = auth::failures(tx, subject)?;
        if let Some(wait) = limit.wait(failures, ctx.now()) {
            return Err(Error::TooManyAttempts { wait });
        }
    }
    let right = match shown {
        Shown::Code(code) => {
            totp::accept(tx, ctx, person, code)? || recovery::accept(tx, ctx, person, code)?
        }
        Shown::Passkey { party, challenge, used } => {
            passkeys::accept(tx, ctx, person, party, challenge, used)?
        }
    };
    if right {
        let [(own, _), _] = &subjects;
        auth::clear_failures(tx, own)?;
        return Ok(true);
    }
    for (subject, limit) in &subjects {
        let failures = auth::failures(tx, subject)?;
        auth::put_failures(tx, subject, limit.after_failure(failures, ctx.now()))?;
    }
    Ok(false)
}
