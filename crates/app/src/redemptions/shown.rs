//! What somebody shows: the text of a QR, the characters of a code, or a name that is looked up.

use super::Offered;
use crate::{Ctx, Error, Result, badges, credentials, dockets, passes};
use muster_credential::keys::public::KeySet;
use muster_credential::payload::{Kind, ShortId};
use muster_credential::readable::ReadableCode;
use muster_credential::signature::{self, Refusal};
use muster_domain::auth::throttle::Limit;
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{BadgeId, DocketId, PassId};
use muster_domain::time::{Span, Timestamp};
use muster_storage::credentials::{self as stored, CredentialRow};
use muster_storage::dockets::DocketRow;
use muster_storage::passes::PassRow;
use muster_storage::{ReadTx, WriteTx, auth};

/// Codes that a verifier types right and that are nobody's: of a mistyped one 31 in 32 are noticed
/// before they are looked up, so that whoever has many of these is guessing.
const TYPED: Limit = Limit { free: 30, first_wait: Span::seconds(10), ..Limit::PERSON };
/// The most signs of something that was typed rather than scanned.
const LONGEST_TYPED: usize = 24;

/// Why a badge admits nobody, as its record says.
pub const A_BADGE: &str = "a staff or student card";

/// What was found out about what was shown.
pub(super) enum Shown {
    /// No credential of ours, or not as it was signed; why.
    Forged(&'static str),
    /// Nobody's; why.
    Unknown(String),
    /// An issue of that pass, and since when another one counts in its place.
    Pass(PassId, Option<Timestamp>),
    /// That issue of a docket.
    Docket(DocketId, i64),
    /// Somebody's badge: it says who they are, and admits nowhere.
    Badge,
}

impl Shown {
    pub fn remark(&self) -> Option<&str> {
        match self {
            Self::Forged(why) => Some(why),
            Self::Unknown(why) => Some(why),
            Self::Badge => Some(A_BADGE),
            Self::Pass(..) | Self::Docket(..) => None,
        }
    }
}

/// Reads what was offered.
pub(super) fn read(tx: &mut WriteTx<'_>, ctx: &Ctx, offered: &Offered) -> Result<Shown> {
    let text = match offered {
        Offered::Pass(id) => {
            let missing = || Error::field("pass", "There is no such pass: find it anew.");
            let pass = muster_storage::passes::get(tx, *id)?;
            // Whoever stands at the gates of one event looks up nobody of another.
            let seen = |pass: &PassRow| {
                ctx.need(Permission::ViewEvents, Target::Event(pass.event)).is_ok()
            };
            pass.filter(seen).ok_or_else(missing)?;
            return Ok(Shown::Pass(*id, None));
        }
        Offered::Docket(id) => {
            let missing = || Error::field("docket", "There is no such docket: find it anew.");
            let docket = muster_storage::dockets::get(tx, *id)?;
            let seen = |docket: &DocketRow| {
                ctx.need(Permission::ViewSittings, Target::Assessment(docket.assessment)).is_ok()
            };
            let docket = docket.filter(seen).ok_or_else(missing)?;
            return Ok(Shown::Docket(*id, docket.issue));
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
    let found = credentials::by_code(tx, ctx, code)?;
    if found.len() > 1 {
        return Ok(Shown::Unknown("two credentials have this code: scan the QR".to_owned()));
    }
    if let Some(shown) = found.first().and_then(issue_of) {
        return Ok(shown);
    }
    auth::put_failures(tx, &subject, TYPED.after_failure(failures, ctx.now()))?;
    Ok(Shown::Unknown("nobody has this code".to_owned()))
}

fn issue_of(row: &CredentialRow) -> Option<Shown> {
    match row.kind.as_str() {
        passes::KIND => Some(Shown::Pass(PassId(row.record), row.superseded_at)),
        dockets::KIND => Some(Shown::Docket(DocketId(row.record), row.issue)),
        badges::KIND => Some(Shown::Badge),
        _ => None,
    }
}

fn nobody() -> Shown {
    Shown::Unknown("signed by us, but no record has it".to_owned())
}

/// The text of a QR: signed by one of our keys, and of a record that says the same.
fn scanned(tx: &mut ReadTx<'_>, ctx: &Ctx, text: &str) -> Result<Shown> {
    let keys = KeySet::from(credentials::keys(ctx)?);
    let claims = match signature::verify(text, &keys) {
        Ok(claims) => claims,
        Err(refusal @ Refusal::UnknownKey(_)) => return Ok(Shown::Unknown(refusal.to_string())),
        Err(refusal) => return Ok(Shown::Forged(refusal.name())),
    };
    let Some(row) = stored::by_digest(tx, &claims.cti.digest())? else { return Ok(nobody()) };
    let said = match row.kind.as_str() {
        passes::KIND => {
            let pass = muster_storage::passes::get(tx, PassId(row.record))?;
            pass.map(|pass| (Kind::Pass, pass.event.0, pass.id.0))
        }
        dockets::KIND => {
            let docket = muster_storage::dockets::get(tx, DocketId(row.record))?;
            docket.map(|docket| (Kind::Docket, docket.assessment.0, docket.person.0))
        }
        badges::KIND => {
            let badge = muster_storage::badges::get(tx, BadgeId(row.record))?;
            badge.map(|badge| (Kind::Badge, badges::SCOPE, badge.person.0))
        }
        _ => None,
    };
    let same = said.is_some_and(|(kind, scope, holder)| {
        claims.kind == kind
            && claims.scope == ShortId::of(scope)
            && claims.holder == ShortId::of(holder)
    });
    Ok(issue_of(&row).filter(|_| same).unwrap_or_else(nobody))
}
