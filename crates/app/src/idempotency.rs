//! A request that is sent again under the same key is done once.
//!
//! Before it runs, the key is noted with the seed and the time from which its act's id and every
//! fresh id derive; afterwards its answer is kept for a day. If the process dies between the two,
//! a second run makes the same ids: either the act's entry is in the journal, and nothing is done
//! again, or it is not, and everything is done as if for the first time.

use crate::{Ctx, Error, Result};
use data_encoding::HEXLOWER;
use muster_domain::ids::ActId;
use muster_domain::time::{Span, Timestamp};
use muster_storage::idempotency::{self, RequestRow};
use muster_storage::{ReadTx, WriteTx, journal};
use sha2::{Digest, Sha256};

/// How long an answer is kept.
const KEPT: Span = Span::days(1);
/// After which time a request that has not answered is taken for interrupted.
const LONGEST: Span = Span::minutes(1);

/// A request under a key of its sender's.
#[derive(Clone, Debug)]
pub struct Keyed {
    digest: [u8; 32],
    request: [u8; 32],
}

/// What is to be done with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Run it with this seed, as if it had begun at that time.
    Run {
        /// Of the act's randomness.
        seed: [u8; 32],
        /// Of the act's id.
        began: Timestamp,
    },
    /// It was answered.
    Answered {
        /// Status.
        status: i64,
        /// Body.
        body: String,
    },
}

impl Keyed {
    /// A request to `path` with that body. Keys of two people never meet.
    pub fn new(ctx: &Ctx, key: &str, path: &str, body: &[u8]) -> Self {
        let person = ctx.actor.as_ref().map(|actor| actor.person.to_string()).unwrap_or_default();
        let hash = |parts: &[&[u8]]| -> [u8; 32] {
            let mut hash = Sha256::new();
            for part in parts {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
            hash.finalize().into()
        };
        let digest = hash(&[person.as_bytes(), path.as_bytes(), key.as_bytes()]);
        Self { digest, request: hash(&[body]) }
    }
}

/// Begins a request, or says what came of it.
pub fn begin(tx: &mut WriteTx<'_>, ctx: &Ctx, keyed: &Keyed) -> Result<Turn> {
    idempotency::forget_old(tx, ctx.now() - KEPT)?;
    let Some(known) = idempotency::request(tx, &keyed.digest)? else {
        let seed = ctx.random();
        let request = RequestRow {
            request_digest: keyed.request.to_vec(),
            status: 0,
            body: HEXLOWER.encode(&seed),
            created_at: ctx.now(),
        };
        idempotency::begin(tx, &keyed.digest, &request)?;
        return Ok(Turn::Run { seed, began: ctx.now() });
    };
    if known.request_digest != keyed.request {
        return Err(Error::KeyReused);
    }
    if known.status != 0 {
        return Ok(Turn::Answered { status: known.status, body: known.body });
    }
    if ctx.now() - known.created_at < LONGEST {
        return Err(Error::InProgress);
    }
    resume(tx, &known)
}

/// A request that never answered: runs again unless its act was recorded.
fn resume(tx: &mut ReadTx<'_>, known: &RequestRow) -> Result<Turn> {
    let seed = HEXLOWER.decode(known.body.as_bytes()).ok().and_then(|seed| seed.try_into().ok());
    let seed: [u8; 32] = seed.ok_or(Error::AlreadyDone)?;
    let began = known.created_at;
    if journal::recorded(tx, ActId(crate::ctx::id_at(began, &seed)))? {
        return Err(Error::AlreadyDone);
    }
    Ok(Turn::Run { seed, began })
}

/// Keeps what came of a request that changed something, and forgets one that was refused: nothing
/// was changed, so it may be sent again. One that failed stays as begun: it may have been done.
pub fn finish(tx: &mut WriteTx<'_>, keyed: &Keyed, status: u16, body: &str) -> Result<()> {
    match status {
        200..=299 => Ok(idempotency::finish(tx, &keyed.digest, status.into(), body)?),
        500.. => Ok(()),
        _ => Ok(idempotency::forget(tx, &keyed.digest)?),
    }
}
