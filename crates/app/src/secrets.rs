//! By what people prove themselves, given to an edge, so that they sign in there without network:
//! sealed for that edge, person by person, and never in an entry. The hub alone gives; which people an
//! edge may have is for whoever carries it to say.

use crate::factors::totp::{open_seed, seal_seed};
use crate::{Ctx, Error, Result};
use data_encoding::BASE64;
use muster_credential::keys::SealingKey;
use muster_credential::seal;
use muster_domain::ids::{EntryId, PersonId};
use muster_domain::time::Timestamp;
use muster_storage::auth::{self, PasswordRow};
use muster_storage::pins::{self, PinRow};
use muster_storage::secrets::{self, SecretsRow};
use muster_storage::{ReadTx, WriteTx, factors, people};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Most people at once.
pub const AT_ONCE: i64 = 500;

/// One person's, sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Whose.
    pub person: Uuid,
    /// Base64.
    pub sealed: String,
}

/// How far a node has heard of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Logical clock.
    pub clock: i64,
    /// Entry.
    pub entry: Uuid,
}

impl Place {
    /// Before all of them.
    pub const START: Self = Self { clock: i64::MIN, entry: Uuid::nil() };
}

/// All of it, as it is sealed.
#[derive(Serialize, Deserialize)]
struct Whole {
    password: Option<Password>,
    totp: Option<Totp>,
    /// SHA-256 of recovery codes that were not used.
    recovery: Vec<String>,
    pin: Option<Pin>,
}

#[derive(Serialize, Deserialize)]
struct Password {
    hash: String,
    set_at: i64,
    must_change: bool,
}

#[derive(Serialize, Deserialize)]
struct Totp {
    seed: String,
    confirmed_at: i64,
}

#[derive(Serialize, Deserialize)]
struct Pin {
    hash: String,
    set_at: i64,
}

/// People whose sign-in changed after a place, and up to where this looked.
pub fn changed(tx: &mut ReadTx<'_>, after: Place) -> Result<(Vec<PersonId>, Place)> {
    let rows = secrets::changed(tx, (after.clock, EntryId(after.entry)), AT_ONCE)?;
    let last = rows.last().map(|row| Place { clock: row.clock, entry: row.entry.0 });
    let mut people: Vec<PersonId> = rows.into_iter().map(|row| row.person).collect();
    people.sort_unstable();
    people.dedup();
    Ok((people, last.unwrap_or(after)))
}

/// People who have a password, some of them: for an edge that begins.
pub fn holders(tx: &mut ReadTx<'_>, after: Option<PersonId>) -> Result<Vec<PersonId>> {
    Ok(secrets::holders(tx, after.unwrap_or(PersonId(Uuid::nil())), AT_ONCE)?)
}

/// What these people prove themselves by, sealed under the key that hub and edge share.
pub fn give(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    shared: &SealingKey,
    people: &[PersonId],
) -> Result<Vec<Sealed>> {
    let found = secrets::of_people(tx, people)?;
    let sealed = found.into_iter().map(|(row, codes)| {
        let person = row.person;
        let whole = whole(ctx, row, &codes);
        let text = serde_json::to_vec(&whole).unwrap_or_default();
        let nonce = *ctx.random().first_chunk().unwrap_or(&[0; 24]);
        let sealed = seal::seal(shared, &place(person), nonce, &text);
        Sealed { person: person.0, sealed: BASE64.encode(&sealed) }
    });
    Ok(sealed.collect())
}

fn whole(ctx: &Ctx, row: SecretsRow, codes: &[Vec<u8>]) -> Whole {
    let person = row.person;
    let password = row.password.zip(row.password_at).map(|(hash, at)| Password {
        hash,
        set_at: at.0,
        must_change: row.must_change.unwrap_or_default(),
    });
    let seed = row.seed.and_then(|sealed| open_seed(ctx, person, &sealed));
    let totp = seed
        .zip(row.confirmed_at)
        .map(|(seed, at)| Totp { seed: BASE64.encode(&seed), confirmed_at: at.0 });
    let pin = row.pin.zip(row.pin_at).map(|(hash, at)| Pin { hash, set_at: at.0 });
    Whole { password, totp, recovery: codes.iter().map(|code| BASE64.encode(code)).collect(), pin }
}

/// Stores what the hub gave in the place of what stood here. What this node can't open, or what is
/// of somebody unknown here, is refused and changes nothing.
pub fn take(tx: &mut WriteTx<'_>, ctx: &Ctx, shared: &SealingKey, given: &Sealed) -> Result<()> {
    let person = PersonId(given.person);
    let damaged = || Error::field("sealed", "This was not sealed for this node.");
    let sealed = BASE64.decode(given.sealed.as_bytes()).map_err(|_| damaged())?;
    let opened = seal::open(shared, &place(person), &sealed).ok_or_else(damaged)?;
    let whole: Whole = serde_json::from_slice(&opened).map_err(|_| damaged())?;
    people::get(tx, person)?.ok_or(Error::NotFound)?;
    match whole.password {
        Some(Password { hash, set_at, must_change }) => {
            let row = PasswordRow { hash, must_change };
            auth::put_password(tx, person, &row, Timestamp(set_at))?;
        }
        None => secrets::drop_password(tx, person)?,
    }
    match whole.totp {
        Some(Totp { seed, confirmed_at }) => {
            let seed = BASE64.decode(seed.as_bytes()).map_err(|_| damaged())?;
            let sealed = seal_seed(ctx, person, &seed);
            secrets::put_totp(tx, person, &sealed, Timestamp(confirmed_at))?;
        }
        None => drop(factors::drop_totp(tx, person)?),
    }
    let digests = whole.recovery.iter().map(|code| {
        let digest = BASE64.decode(code.as_bytes()).ok()?;
        <[u8; 32]>::try_from(digest).ok()
    });
    let digests: Vec<_> = digests.collect::<Option<_>>().ok_or_else(damaged)?;
    factors::replace_recovery(tx, person, &digests, ctx.now())?;
    match whole.pin {
        Some(Pin { hash, set_at }) => pins::put(tx, &PinRow { person, hash }, Timestamp(set_at))?,
        None => drop(pins::remove(tx, person)?),
    }
    Ok(())
}

/// For whom it is sealed: one person's opens as nobody else's.
fn place(person: PersonId) -> Vec<u8> {
    [b"muster sign-in 1".as_slice(), person.0.as_bytes()].concat()
}
