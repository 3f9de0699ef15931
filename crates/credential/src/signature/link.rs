//! The text in the QR: a link that the phone's own camera opens, or the digits behind `MUSTER:`
//! where there is no host to name.

use super::{Credential, Refusal};
use crate::digits;
use std::str::FromStr;

const PREFIX: &str = "MUSTER:";
const PATH: &str = "/v#";

impl Credential {
    /// The QR's text for a server's host. What follows `#` stays in the browser: no server, and
    /// no log of one, ever sees it.
    pub fn link(&self, host: &str, https: bool) -> String {
        let scheme = if https { "https" } else { "http" };
        format!("{scheme}://{host}{PATH}{}", digits::encode(&self.to_bytes()))
    }

    /// The QR's text without a host.
    pub fn bare(&self) -> String {
        format!("{PREFIX}{}", digits::encode(&self.to_bytes()))
    }
}

impl FromStr for Credential {
    type Err = Refusal;

    /// Reads `https://HOST/v#DIGITS`, the same with `http`, or `MUSTER:DIGITS`, white space around
    /// it aside. The host is not looked at: the key decides whose it is.
    fn from_str(text: &str) -> Result<Self, Refusal> {
        let digits = after_link(text.trim_matches([' ', '\t', '\r', '\n']));
        let bytes = digits::decode(digits.ok_or(Refusal::NotOurs)?);
        Ok(Self::from_bytes(&bytes.map_err(super::Malformed::from)?)?)
    }
}

/// What follows the link or the prefix, each of which may be written in any case up to the path.
fn after_link(text: &str) -> Option<&str> {
    let after = |prefix: &str| {
        let (head, rest) = text.split_at_checked(prefix.len())?;
        head.eq_ignore_ascii_case(prefix).then_some(rest)
    };
    if let Some(digits) = after(PREFIX) {
        return Some(digits);
    }
    let (host, digits) = after("https://").or_else(|| after("http://"))?.split_once(PATH)?;
    let letter = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'/' | b'?' | b'#' | b'@');
    (!host.is_empty() && host.bytes().all(letter)).then_some(digits)
}
