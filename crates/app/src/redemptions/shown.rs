//! What somebody shows: the text of a QR, the characters of a code, or a name that is looked up.

use super::Offered;
use crate::{Ctx, Error, Result, badges, credentials, dockets, passes, signing_keys};
use muster_credential::keys::public::KeySet;
use muster_credential::payload::{Claims, Kind};
use muster_credential::readable::ReadableCode;
use muster_credential::signature::{self, Refusal};
use muster_domain::ids::{DocketId, PassId};
use muster_domain::time::Timestamp;
use muster_storage::ReadTx;
use muster_storage::credentials::CredentialRow;

/// The most signs of something that was typed rather than scanned.
const LONGEST_TYPED: usize = 24;

/// Why a badge admits nobody, as its record says.
pub const A_BADGE: &str = "a staff or student card";

/// What was offered, read as far as that takes no database: whoever waits for one need not wait for
/// signatures.
#[derive(Clone)]
pub(super) enum Reading {
    /// No credential of ours, or not as it was signed; why.
    Forged(&'static str),
    /// Nobody's; why.
    Unknown(String),
    /// The text of a QR that no key of this node has signed: perhaps one of another node has.
    Elsewhere(String),
    /// What one of our keys has signed.
    Signed(Claims),
    /// A code that was typed.
    Typed(ReadableCode),
    /// A pass that was found by name.
    Pass(PassId),
    /// A docket that was found by its student's name.
    Docket(DocketId),
}

impl Reading {
    /// Reads what was offered, and verifies its signature.
    pub fn of(ctx: &Ctx, offered: &Offered) -> Result<Self> {
        let text = match offered {
            Offered::Pass(id) => return Ok(Self::Pass(*id)),
            Offered::Docket(id) => return Ok(Self::Docket(*id)),
            Offered::Text(text) => text.trim(),
        };
        if text.is_empty() {
            return Err(Error::field("credential", "Scan a code, or type its ten characters."));
        }
        match text.parse::<ReadableCode>() {
            Ok(code) => credentials::keys(ctx).map(|_| Self::Typed(code)),
            Err(error) if text.chars().count() <= LONGEST_TYPED && !text.contains([':', '/']) => {
                Ok(Self::Unknown(error.to_string()))
            }
            Err(_) => scanned(ctx, text),
        }
    }

    /// Whether it is a docket, as far as that is seen from it.
    pub fn is_docket(&self) -> bool {
        match self {
            // What another node issued may be one, too.
            Self::Docket(_) | Self::Elsewhere(_) => true,
            Self::Signed(claims) => claims.kind == Kind::Docket,
            Self::Forged(_) | Self::Unknown(_) | Self::Typed(_) | Self::Pass(_) => false,
        }
    }

    /// What it is by the keys of all nodes, if those of this one do not tell.
    pub fn by_all_keys(&self, tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Option<Self>> {
        let Self::Elsewhere(text) = self else { return Ok(None) };
        Ok(Some(match signing_keys::verify(tx, ctx, text)? {
            Ok(claims) => Self::Signed(claims),
            Err(refusal @ Refusal::UnknownKey(_)) => Self::Unknown(refusal.to_string()),
            Err(refusal) => Self::Forged(refusal.name()),
        }))
    }
}

/// The text of a QR: signed by one of our keys.
fn scanned(ctx: &Ctx, text: &str) -> Result<Reading> {
    let keys = KeySet::from(credentials::keys(ctx)?);
    Ok(match signature::verify(text, &keys) {
        Ok(claims) => Reading::Signed(claims),
        Err(Refusal::UnknownKey(_)) => Reading::Elsewhere(text.to_owned()),
        Err(refusal) => Reading::Forged(refusal.name()),
    })
}

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
    /// Which issue of a record a credential is.
    pub fn issue_of(row: &CredentialRow) -> Option<Self> {
        match row.kind.as_str() {
            passes::KIND => Some(Self::Pass(PassId(row.record), row.superseded_at)),
            dockets::KIND => Some(Self::Docket(DocketId(row.record), row.issue)),
            badges::KIND => Some(Self::Badge),
            _ => None,
        }
    }

    /// Signed by one of our keys, of no record.
    pub fn nobody() -> Self {
        Self::Unknown("signed by us, but no record has it".to_owned())
    }

    /// Why it is nobody's, or no credential of ours.
    pub fn remark(&self) -> Option<&str> {
        match self {
            Self::Forged(why) => Some(why),
            Self::Unknown(why) => Some(why),
            Self::Badge => Some(A_BADGE),
            Self::Pass(..) | Self::Docket(..) => None,
        }
    }
}
