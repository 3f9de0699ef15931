//! What a credential says: whom it admits to what, and when. A CWT claims set (RFC 8392) of five
//! claims in deterministic CBOR.

use crate::cbor::{ARRAY, BYTES, CborError, MAP, NEGATIVE, Reader, TEXT, UNSIGNED, Writer};
use crate::cti::{self, Cti};
use data_encoding::BASE64URL_NOPAD;
use std::fmt;
use uuid::Uuid;

/// Claim numbers: subject, expiry, not before, id. Ours is −65537, in the range that is left to
/// private use; what it holds may only change together with its number.
const SUBJECT: u64 = 2;
const EXPIRES: u64 = 4;
const NOT_BEFORE: u64 = 5;
const ID: u64 = 7;
const PURPOSE: u64 = 65_536;

/// What kind of credential it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Admits a student to the sittings of an assessment: its scope.
    Docket,
    /// Admits its holder to an event: its scope.
    Pass,
    /// A person's own card; its scope is the institution.
    Badge,
}

/// The last eight bytes of an id, which find it among those of an institution.
///
/// Ids of version 7 and 5 are random there. Nothing is decided by it alone: the credential's
/// record is found by its [`Cti`], and holder and scope have to be the record's.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShortId(pub [u8; 8]);

/// From when on, and until when, in seconds since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Validity {
    not_before: u64,
    expires: u64,
}

/// What a credential says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claims {
    /// What it is.
    pub kind: Kind,
    /// What it admits to: an assessment, an event, an institution.
    pub scope: ShortId,
    /// Whom it admits.
    pub holder: ShortId,
    /// When.
    pub validity: Validity,
    /// Which one it is.
    pub cti: Cti,
}

/// Why bytes are no claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// They are not CBOR in its one spelling.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// A claim is missing, unknown, twice there or out of order.
    #[error("the claims are not the five of a credential")]
    Claims,
    /// No kind that is known here: made by a newer Muster.
    #[error("credentials of kind {0} are unknown here")]
    Kind(u64),
    /// The holder, the scope or the credential's own id has another form.
    #[error("an id has another form")]
    Id,
    /// It ends before it begins.
    #[error("it ends before it begins")]
    Validity,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Docket, Self::Pass, Self::Badge];

    const fn number(self) -> u64 {
        match self {
            Self::Docket => 1,
            Self::Pass => 2,
            Self::Badge => 3,
        }
    }
}

impl ShortId {
    /// The short form of an id.
    pub const fn of(id: Uuid) -> Self {
        let [_, _, _, _, _, _, _, _, tail @ ..] = id.into_bytes();
        Self(tail)
    }
}

impl fmt::Debug for ShortId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "ShortId({})", BASE64URL_NOPAD.encode(&self.0))
    }
}

impl Validity {
    /// From the first second on until just before the second one; none if that is never, or
    /// beyond what a credential can say.
    pub const fn new(not_before: u64, expires: u64) -> Option<Self> {
        let fine = not_before < expires && expires < 1 << 53;
        if fine { Some(Self { not_before, expires }) } else { None }
    }

    /// The first second in which it is valid.
    pub const fn not_before(self) -> u64 {
        self.not_before
    }

    /// The first second in which it is no longer valid.
    pub const fn expires(self) -> u64 {
        self.expires
    }
}

impl Claims {
    /// The claims as they stand in a credential.
    pub fn to_cbor(&self) -> Vec<u8> {
        let holder = BASE64URL_NOPAD.encode(&self.holder.0);
        Writer::new()
            .head(MAP, 5)
            .head(UNSIGNED, SUBJECT)
            .string(TEXT, holder.as_bytes())
            .head(UNSIGNED, EXPIRES)
            .head(UNSIGNED, self.validity.expires)
            .head(UNSIGNED, NOT_BEFORE)
            .head(UNSIGNED, self.validity.not_before)
            .head(UNSIGNED, ID)
            .string(BYTES, self.cti.as_bytes())
            .head(NEGATIVE, PURPOSE)
            .head(ARRAY, 2)
            .head(UNSIGNED, self.kind.number())
            .string(BYTES, &self.scope.0)
            .done()
    }

    /// Reads claims; takes the bytes of [`Claims::to_cbor`] and no others.
    pub fn from_cbor(bytes: &[u8]) -> Result<Self, PayloadError> {
        let mut reader = Reader::new(bytes);
        expect(&mut reader, MAP, 5)?;
        expect(&mut reader, UNSIGNED, SUBJECT)?;
        let holder = BASE64URL_NOPAD.decode(reader.string(TEXT)?).map_err(|_| PayloadError::Id)?;
        expect(&mut reader, UNSIGNED, EXPIRES)?;
        let expires = reader.number(UNSIGNED)?;
        expect(&mut reader, UNSIGNED, NOT_BEFORE)?;
        let not_before = reader.number(UNSIGNED)?;
        expect(&mut reader, UNSIGNED, ID)?;
        let cti: [u8; cti::BYTES] = exactly(reader.string(BYTES)?)?;
        expect(&mut reader, NEGATIVE, PURPOSE)?;
        expect(&mut reader, ARRAY, 2)?;
        let number = reader.number(UNSIGNED)?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.number() == number);
        let claims = Self {
            kind: kind.ok_or(PayloadError::Kind(number))?,
            scope: ShortId(exactly(reader.string(BYTES)?)?),
            holder: ShortId(exactly(&holder)?),
            validity: Validity::new(not_before, expires).ok_or(PayloadError::Validity)?,
            cti: Cti::from_bytes(cti),
        };
        reader.end()?;
        Ok(claims)
    }
}

fn expect(reader: &mut Reader<'_>, kind: u8, value: u64) -> Result<(), PayloadError> {
    if reader.is(kind, value)? { Ok(()) } else { Err(PayloadError::Claims) }
}

fn exactly<const N: usize>(bytes: &[u8]) -> Result<[u8; N], PayloadError> {
    bytes.try_into().map_err(|_| PayloadError::Id)
}
