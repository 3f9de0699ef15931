//! The link of a credential's page: what its holder gets by letter or messenger. Whoever has it can
//! show the credential, so it follows from the key file, as the credential does.

use crate::bytes::take;
use crate::keys::signing::IssuingSecret;
use crate::mac;
use data_encoding::BASE32_NOPAD;
use std::fmt;
use std::str::FromStr;
use subtle::ConstantTimeEq;
use uuid::Uuid;

const LABEL: &[u8] = b"muster page 1";
/// Record, tag.
const BYTES: usize = 16 + 16;
/// Its base32 characters.
const CHARACTERS: usize = 52;

/// The token in the link, genuine or not: [`PageToken::is_genuine`] tells.
#[derive(Clone, Copy)]
pub struct PageToken {
    /// The record that it names.
    pub record: Uuid,
    tag: [u8; 16],
}

/// Why a text is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not the link of a pass")]
pub struct NotAPage;

impl PageToken {
    /// The token of one issue of a record.
    pub fn new(secret: &IssuingSecret, record: Uuid, issue: u32) -> Self {
        let parts: [&[u8]; 3] = [LABEL, record.as_bytes(), &issue.to_be_bytes()];
        Self { record, tag: mac::first(&mac::hmac(&secret.0, &parts)) }
    }

    /// Whether it is that issue's.
    pub fn is_genuine(&self, secret: &IssuingSecret, issue: u32) -> bool {
        Self::new(secret, self.record, issue).tag.ct_eq(&self.tag).into()
    }
}

impl fmt::Display for PageToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.record.as_bytes()[..], &self.tag[..]].concat();
        out.pad(&BASE32_NOPAD.encode(&bytes).to_ascii_lowercase())
    }
}

impl fmt::Debug for PageToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PageToken(…)")
    }
}

impl FromStr for PageToken {
    type Err = NotAPage;

    /// Reads the token in any case.
    fn from_str(text: &str) -> Result<Self, NotAPage> {
        if text.len() != CHARACTERS {
            return Err(NotAPage);
        }
        let bytes = BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes());
        let bytes = bytes.map_err(|_| NotAPage)?;
        let mut rest = bytes.as_slice();
        match (take(&mut rest), take(&mut rest)) {
            (Some(record), Some(tag)) if bytes.len() == BYTES => {
                Ok(Self { record: Uuid::from_bytes(record), tag })
            }
            _ => Err(NotAPage),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::signing::SigningKey;

    const RECORD: Uuid = Uuid::from_bytes([3; 16]);

    fn secret(byte: u8) -> IssuingSecret {
        SigningKey::from_bytes([byte; 32]).issuing_secret()
    }

    #[test]
    fn a_link_opens_the_issue_for_which_it_was_made_and_no_other() {
        let token = PageToken::new(&secret(7), RECORD, 1).to_string();
        assert_eq!(token.len(), CHARACTERS);
        let read: PageToken = token.to_ascii_uppercase().parse().unwrap();
        assert_eq!(read.record, RECORD);
        assert!(read.is_genuine(&secret(7), 1));
        assert!(!read.is_genuine(&secret(7), 2));
        assert!(!read.is_genuine(&secret(8), 1));
    }

    #[test]
    fn the_link_of_another_record_needs_another_tag() {
        let own = PageToken::new(&secret(7), RECORD, 1);
        let moved = PageToken { record: Uuid::from_bytes([4; 16]), ..own };
        assert!(!moved.is_genuine(&secret(7), 1));
        assert_eq!(format!("{own:?}"), "PageToken(…)");
    }

    #[test]
    fn what_is_no_link_is_refused() {
        let text = PageToken::new(&secret(7), RECORD, 1).to_string();
        for wrong in ["", "aaaa", &text[1..], &text.replace(&text[..1], "1"), &"é".repeat(26)] {
            assert!(wrong.parse::<PageToken>().is_err(), "{wrong}");
        }
    }
}
