//! The authenticator app: set up by a seed that is shown until its first code was right.

use super::{own_staff, recovery, tell};
use crate::{Ctx, Error, Result, settings};
use muster_credential::seal;
use muster_credential::totp::{SEED, Seed};
use muster_domain::ids::PersonId;
use muster_domain::time::{Span, Timestamp};
use muster_journal::Change;
use muster_storage::factors::TotpRow;
use muster_storage::{ReadTx, WriteTx, factors, people};
use std::ops::Deref;

/// How long setting an app up may take: whoever comes by later needs the password again.
const PATIENCE: Span = Span::minutes(10);

/// What an app is set up with. Never shown by `Debug`: it holds the seed.
pub struct Offer {
    /// For an app that reads a QR.
    pub link: String,
    /// For typing.
    pub secret: String,
}

/// Begins to set up an app for the person, for whom the present password was just checked.
pub fn begin(tx: &mut WriteTx<'_>, ctx: &Ctx) -> Result<()> {
    let person = own_staff(tx, ctx)?;
    begin_for(tx, ctx, person)
}

pub(super) fn begin_for(tx: &mut WriteTx<'_>, ctx: &Ctx, person: PersonId) -> Result<()> {
    let bytes = ctx.random();
    let seed = Seed::new(*bytes.first_chunk::<SEED>().unwrap_or(&[0; SEED]));
    let sealed = seal_seed(ctx, person, seed.as_bytes());
    if !factors::begin_totp(tx, person, &sealed, ctx.now())? {
        return Err(Error::field("present", "You use an authenticator app already."));
    }
    Ok(tx.journal_as(person, Change::new("totp.begin", "person", person))?)
}

/// What the app that is being set up is to be told; none if none is.
pub fn offer(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Option<Offer>> {
    let person = own_staff(tx, ctx)?;
    offer_for(tx, ctx, person)
}

pub(super) fn offer_for(tx: &mut ReadTx<'_>, ctx: &Ctx, person: PersonId) -> Result<Option<Offer>> {
    let Some(seed) = pending(tx, ctx, person)? else { return Ok(None) };
    let institution = settings::load(tx)?.institution;
    let person = people::get(tx, person)?.ok_or(Error::NotFound)?;
    let link = seed.to_link(&institution, &person.number).to_string();
    Ok(Some(Offer { link, secret: seed.to_text().to_string() }))
}

/// The seed of the app that is being set up.
fn pending(tx: &mut ReadTx<'_>, ctx: &Ctx, person: PersonId) -> Result<Option<Seed>> {
    let begun = factors::totp(tx, person)?.filter(|row| row.confirmed_at.is_none());
    let fresh = begun.filter(|row| ctx.now() - row.created_at < PATIENCE);
    Ok(fresh.and_then(|row| seed(ctx, &row)))
}

/// Puts the app in use by its first code. The recovery codes, if the person has none yet: they
/// are told this once.
pub fn confirm(tx: &mut WriteTx<'_>, ctx: &Ctx, code: &str) -> Result<Vec<String>> {
    let person = own_staff(tx, ctx)?;
    confirm_for(tx, ctx, person, code)
}

pub(super) fn confirm_for(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    person: PersonId,
    code: &str,
) -> Result<Vec<String>> {
    let seed = pending(tx, ctx, person)?;
    let seed = seed.ok_or_else(|| Error::field("code", "This took too long: begin again."))?;
    let Some(step) = seed.step_of(code, unix_seconds(ctx)) else {
        let detail = "This is not the code that the app should show now. Check that the clock of \
            your phone is right, and type the next code.";
        return Err(Error::field("code", detail));
    };
    if !factors::confirm_totp(tx, person, ctx.now(), step)? {
        return Err(Error::Stale);
    }
    tx.journal_as(person, Change::new("totp.confirm", "person", person))?;
    let codes = recovery::first(tx, ctx, person)?;
    let body = "From now on signing in asks for its code after your password.";
    tell(tx, ctx, person, "An authenticator app was added", body)?;
    Ok(codes)
}

/// Removes the app of the person, for whom the present password was just checked; with the last
/// second factor the recovery codes go too.
pub fn remove(tx: &mut WriteTx<'_>, ctx: &Ctx) -> Result<()> {
    let person = ctx.person()?;
    if !factors::drop_totp(tx, person)? {
        return Err(Error::NotFound);
    }
    if !super::load(tx, person)?.any() {
        factors::drop_recovery(tx, person)?;
    }
    tx.journal(Change::new("totp.remove", "person", person))?;
    tell(
        tx,
        ctx,
        person,
        "Your authenticator app was removed",
        "Its codes are no longer asked for.",
    )
}

/// Whether that is a code of the person's app, and none that was taken before.
pub(super) fn accept(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    person: PersonId,
    typed: &str,
) -> Result<bool> {
    let used = factors::totp(tx, person)?.filter(|row| row.confirmed_at.is_some());
    let step = used
        .and_then(|row| seed(ctx, &row))
        .and_then(|seed| seed.step_of(typed, unix_seconds(ctx)));
    match step {
        Some(step) => Ok(factors::take_step(tx, person, step)?),
        None => Ok(false),
    }
}

fn unix_seconds(ctx: &Ctx) -> i64 {
    (ctx.now() - Timestamp(0)).as_seconds()
}

/// The seed; none if it was sealed with another node's key.
fn seed(ctx: &Ctx, row: &TotpRow) -> Option<Seed> {
    let opened = open_seed(ctx, row.person, &row.seed)?;
    Seed::from_slice(&opened)
}

/// A seed as it is stored on this node.
pub(crate) fn seal_seed(ctx: &Ctx, person: PersonId, seed: &[u8]) -> Vec<u8> {
    let nonce = *ctx.random().first_chunk().unwrap_or(&[0; 24]);
    seal::seal(&ctx.key.sealing_key(), &place(person), nonce, seed)
}

/// What was sealed so; none if it was damaged, or sealed elsewhere.
pub(crate) fn open_seed(
    ctx: &Ctx,
    person: PersonId,
    sealed: &[u8],
) -> Option<impl Deref<Target = Vec<u8>> + use<>> {
    seal::open(&ctx.key.sealing_key(), &place(person), sealed)
}

/// For whom a seed is sealed.
fn place(person: PersonId) -> Vec<u8> {
    [b"muster totp 1".as_slice(), person.0.as_bytes()].concat()
}
