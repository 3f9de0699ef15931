//! The class code: what the projector shows as a QR and as eight characters, new every few
//! seconds, and what a student's phone sends back.

mod judge;
mod parse;
mod typed;

pub use judge::{authenticate, judge, judge_typed};
pub use parse::ParseError;
pub use typed::{TypedCode, TypedCodeError, normalise_typed};

use crate::keys::SessionKey;
use crate::mac;
use data_encoding::BASE32_NOPAD;
use uuid::Uuid;

const LABEL: &[u8] = b"muster class 1";
const VERSION: u8 = 1;
/// The code's base32 characters.
const CHARACTERS: usize = 31;

/// The last six bytes of a session's id, by which a code finds its session.
///
/// Ids of version 7 and 5 are random there: among a thousand open sessions two share a tail once
/// in 560 million times. Look up all open sessions with the tail and let the tag decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShortSessionId(pub [u8; 6]);

/// A class code, genuine or not: parsing proves nothing, [`judge()`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClassCode {
    /// The session that it is for.
    pub session: ShortSessionId,
    /// The low 16 bits of the step in which it stands.
    pub step: u16,
    /// What only the holder of the session's key can make.
    pub tag: [u8; 10],
}

impl ShortSessionId {
    /// The short form of a session's id.
    pub const fn of(session: Uuid) -> Self {
        let [_, _, _, _, _, _, _, _, _, _, tail @ ..] = session.into_bytes();
        Self(tail)
    }
}

impl ClassCode {
    /// Version, short session id, step, tag.
    pub const BYTES: usize = 1 + 6 + 2 + 10;

    /// The code that stands on the screen during `step`.
    pub fn new(key: &SessionKey, session: Uuid, step: u64) -> Self {
        let [.., high, low] = step.to_be_bytes();
        Self {
            session: ShortSessionId::of(session),
            step: u16::from_be_bytes([high, low]),
            tag: tag(key, session, step),
        }
    }

    /// The QR's text for a server's host, all upper case, so that it needs alphanumeric mode only.
    pub fn link(&self, host: &str, https: bool) -> String {
        let scheme = if https { "HTTPS" } else { "HTTP" };
        format!("{scheme}://{}/C/{}", host.to_ascii_uppercase(), self.to_base32())
    }

    /// The path and the bare form: 31 characters of base32.
    pub fn to_base32(&self) -> String {
        BASE32_NOPAD.encode(&self.to_bytes())
    }

    /// The same tag in eight characters for typing.
    pub const fn typed_code(&self) -> TypedCode {
        TypedCode::of(&self.tag)
    }

    /// Its bytes, which are written in base32.
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [VERSION; Self::BYTES];
        let content = self.session.0.into_iter().chain(self.step.to_be_bytes()).chain(self.tag);
        bytes.iter_mut().skip(1).zip(content).for_each(|(to, from)| *to = from);
        bytes
    }
}

/// The first ten bytes of HMAC-SHA256(key, label ‖ session ‖ step).
fn tag(key: &SessionKey, session: Uuid, step: u64) -> [u8; 10] {
    mac::first(&mac::hmac(&key.0, &[LABEL, session.as_bytes(), &step.to_be_bytes()]))
}
