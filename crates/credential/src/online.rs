//! The link of an online class: what a teacher shares, and nobody guesses. Together with the
//! one-time password it marks; alone it only names the session.

use crate::bytes::take;
use crate::class_code::ShortSessionId;
use crate::keys::SessionKey;
use crate::mac;
use data_encoding::BASE32_NOPAD;
use std::fmt;
use std::str::FromStr;
use subtle::ConstantTimeEq;
use uuid::Uuid;

const LABEL: &[u8] = b"muster online 1";
/// Short session id, tag.
const BYTES: usize = 6 + 16;
/// Its base32 characters.
const CHARACTERS: usize = 36;

/// The token in the link, genuine or not: [`OnlineToken::is_genuine`] tells.
#[derive(Clone, Copy, Debug)]
pub struct OnlineToken {
    /// The session that it names.
    pub session: ShortSessionId,
    tag: [u8; 16],
}

/// Why a text is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not the link of an online class")]
pub struct NotAToken;

impl OnlineToken {
    /// The token of a session.
    pub fn new(key: &SessionKey, session: Uuid) -> Self {
        let code = mac::hmac(&key.0, &[LABEL, session.as_bytes()]);
        Self { session: ShortSessionId::of(session), tag: mac::first(&code) }
    }

    /// Whether it is this session's.
    pub fn is_genuine(&self, key: &SessionKey, session: Uuid) -> bool {
        let right = Self::new(key, session);
        right.session == self.session && right.tag.ct_eq(&self.tag).into()
    }
}

impl fmt::Display for OnlineToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.session.0[..], &self.tag[..]].concat();
        out.pad(&BASE32_NOPAD.encode(&bytes).to_ascii_lowercase())
    }
}

impl FromStr for OnlineToken {
    type Err = NotAToken;

    /// Reads the token in any case, or the link that ends in it.
    fn from_str(text: &str) -> Result<Self, NotAToken> {
        let text = text.trim().trim_end_matches('/');
        let token = text.rsplit_once("/online/").map_or(text, |(_, token)| token);
        if token.len() != CHARACTERS {
            return Err(NotAToken);
        }
        let bytes = BASE32_NOPAD.decode(token.to_ascii_uppercase().as_bytes());
        let bytes = bytes.map_err(|_| NotAToken)?;
        let mut rest = bytes.as_slice();
        let (session, tag) = (take(&mut rest), take(&mut rest));
        match (session, tag) {
            (Some(session), Some(tag)) if bytes.len() == BYTES => {
                Ok(Self { session: ShortSessionId(session), tag })
            }
            _ => Err(NotAToken),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::MasterKey;

    const SESSION: Uuid = Uuid::from_bytes([3; 16]);

    fn token() -> (SessionKey, OnlineToken) {
        let key = MasterKey::from_bytes([7; 32]).session_key(SESSION);
        let token = OnlineToken::new(&key, SESSION);
        (key, token)
    }

    #[test]
    fn a_token_survives_its_link() {
        let (key, token) = token();
        for text in [token.to_string(), format!("https://muster.example/online/{token}/")] {
            assert!(text.parse::<OnlineToken>().unwrap().is_genuine(&key, SESSION), "{text}");
        }
    }

    #[test]
    fn another_sessions_key_makes_another_token() {
        let (_, token) = token();
        let other = MasterKey::from_bytes([8; 32]).session_key(SESSION);
        assert!(!token.is_genuine(&other, SESSION));
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let (_, token) = token();
        let text = token.to_string();
        for wrong in
            ["", "aaaa", &text[1..], &text.replace(&text[..1], "1"), "é".repeat(18).as_str()]
        {
            assert!(wrong.parse::<OnlineToken>().is_err(), "{wrong}");
        }
    }
}
