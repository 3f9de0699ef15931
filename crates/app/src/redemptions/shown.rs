//! What somebody shows: the text of a QR, the characters of a code, or a name that is looked up.

use super::Offered;
use crate::{Ctx, Error, Result, credentials, passes};
use muster_credential::keys::public::KeySet;
use muster_credential::payload::{Kind, ShortId};
use muster_credential::readable::ReadableCode;
use muster_credential::signature::{self, Refusal};
use muster_domain::auth::throttle::Limit;
use muster_domain::ids::PassId;
use muster_domain::passes::PassState;
use muster_domain::time::{Span, Timestamp};
use muster_domain::verification::{Record, Standing, Window};
use muster_storage::credentials::{self as stored, CredentialRow};
use muster_storage::events::EventRow;
use muster_storage::passes::PassRow;
use muster_storage::points::PointRow;
use muster_storage::{ReadTx, WriteTx, auth, points};
use std::num::NonZeroU32;

/// Codes that a verifier types right and that are nobody's: of a mistyped one 31 in 32 are noticed
/// before they are looked up, so that whoever has many of these is guessing.
const TYPED: Limit = Limit { free: 30, first_wait: Span::seconds(10), ..Limit::PERSON };
/// The most signs of something that was typed rather than scanned.
const LONGEST_TYPED: usize = 24;

/// What was found out about what was shown.
pub(super) enum Shown {
    /// No credential of ours, or not as it was signed; why.
    Forged(&'static str),
    /// Nobody's; why.
    Unknown(String),
    /// An issue of that pass, and since when another one counts in its place.
    Issue(PassId, Option<Timestamp>),
}

impl Shown {
    pub const fn pass(&self) -> Option<PassId> {
        match self {
            Self::Issue(pass, _) => Some(*pass),
            Self::Forged(_) | Self::Unknown(_) => None,
        }
    }

    pub fn remark(&self) -> Option<&str> {
        match self {
            Self::Forged(why) => Some(why),
            Self::Unknown(why) => Some(why),
            Self::Issue(..) => None,
        }
    }

    /// What the rule has to know of the pass for a scan at that moment, and whether it was withdrawn
    /// or replaced since then.
    pub fn record(
        &self,
        tx: &mut ReadTx<'_>,
        pass: &PassRow,
        (event, point): (Option<&EventRow>, &PointRow),
        at: Timestamp,
    ) -> Result<(Record, bool)> {
        let superseded = match self {
            Self::Issue(_, superseded) => *superseded,
            Self::Forged(_) | Self::Unknown(_) => None,
        };
        let ended = (pass.state != PassState::Valid).then(|| pass.ended_at.unwrap_or(at));
        let standing = match (ended, superseded) {
            (Some(ended), _) if ended <= at => Standing::Revoked,
            (_, Some(superseded)) if superseded <= at => Standing::Superseded { at: superseded },
            _ => Standing::Current,
        };
        let ended_since =
            standing == Standing::Current && (ended.is_some() || superseded.is_some());
        let admits = u32::try_from(pass.admits).ok().and_then(NonZeroU32::new);
        let own = event.filter(|event| event.id == pass.event);
        let named = if own.is_some() { points::of_type(tx, pass.pass_type)? } else { Vec::new() };
        // Somebody with a pass of another event hears that first, whatever its hours are.
        let always = Window { from: Timestamp(i64::MIN), until: Timestamp(i64::MAX) };
        let everywhere = named.is_empty() || named.contains(&point.id);
        let record = Record {
            standing,
            validity: own.map_or(always, passes::validity),
            admits: admits.unwrap_or(NonZeroU32::MIN),
            points: if own.is_some() && everywhere { None } else { Some(named) },
        };
        Ok((record, ended_since))
    }
}

/// Reads what was offered.
pub(super) fn read(tx: &mut WriteTx<'_>, ctx: &Ctx, offered: &Offered) -> Result<Shown> {
    let text = match offered {
        Offered::Pass(id) => {
            let known = muster_storage::passes::get(tx, *id)?.is_some();
            let missing = || Error::field("pass", "There is no such pass: find it anew.");
            return known.then_some(Shown::Issue(*id, None)).ok_or_else(missing);
        }
        Offered::Text(text) => text.trim(),
    };
    if text.is_empty() {
        return Err(Error::field("credential", "Scan a code, or type its ten characters."));
    }
    match text.parse::<ReadableCode>() {
        Ok(code) => typed(tx, ctx, code),
        Err(error) if text.chars().count() <= LONGEST_TYPED && !text.contains([':', '/']) => {
            Ok(Shown::Unknown(error.to_string()))
        }
        Err(_) => scanned(tx, ctx, text),
    }
}

/// A code that was typed. Those that are nobody's are counted.
fn typed(tx: &mut WriteTx<'_>, ctx: &Ctx, code: ReadableCode) -> Result<Shown> {
    let subject = format!("redeem:{}", ctx.person()?);
    let failures = auth::failures(tx, &subject)?;
    if let Some(wait) = TYPED.wait(failures, ctx.now()) {
        return Err(Error::TooManyAttempts { wait });
    }
    match credentials::by_code(tx, ctx, code)?.as_slice() {
        [row] if row.kind == passes::KIND => Ok(issue_of(row)),
        [] | [_] => {
            auth::put_failures(tx, &subject, TYPED.after_failure(failures, ctx.now()))?;
            Ok(Shown::Unknown("no pass has this code".to_owned()))
        }
        _ => Ok(Shown::Unknown("two credentials have this code: scan the QR".to_owned())),
    }
}

fn issue_of(row: &CredentialRow) -> Shown {
    Shown::Issue(PassId(row.record), row.superseded_at)
}

/// The text of a QR: signed by one of our keys, and of a record that says the same.
fn scanned(tx: &mut ReadTx<'_>, ctx: &Ctx, text: &str) -> Result<Shown> {
    let keys = KeySet::from(credentials::keys(ctx)?);
    let claims = match signature::verify(text, &keys) {
        Ok(claims) => claims,
        Err(refusal @ Refusal::UnknownKey(_)) => return Ok(Shown::Unknown(refusal.to_string())),
        Err(refusal) => return Ok(Shown::Forged(refusal.name())),
    };
    let nobody = || Shown::Unknown("signed by us, but no record has it".to_owned());
    let Some(row) = stored::by_digest(tx, &claims.cti.digest())? else { return Ok(nobody()) };
    let pass = muster_storage::passes::get(tx, PassId(row.record))?;
    let same = pass.is_some_and(|pass| {
        claims.kind == Kind::Pass
            && claims.scope == ShortId::of(pass.event.0)
            && claims.holder == ShortId::of(pass.id.0)
    });
    Ok(if same { issue_of(&row) } else { nobody() })
}
