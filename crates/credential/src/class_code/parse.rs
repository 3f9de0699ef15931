//! Reading a class code as it comes back: the whole link, its path, or the bare characters.

use super::{CHARACTERS, ClassCode, ShortSessionId, VERSION};
use crate::bytes::take;
use data_encoding::{BASE32_NOPAD, DecodeKind};
use std::str::FromStr;

/// Why a text is no class code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// A link to somewhere else, or something after the code.
    #[error("this link does not lead to a class code")]
    NotACode,
    /// Too short or too long.
    #[error("a class code has {CHARACTERS} characters, this one {0}")]
    Length(usize),
    /// A character that base32 does not have.
    #[error("a class code has the letters A to Z and the digits 2 to 7 only")]
    Character,
    /// Bits set beyond the last byte: a second spelling of the same code.
    #[error("the last character of this class code is wrong")]
    NotCanonical,
    /// Made by a newer Muster, or damaged.
    #[error("class codes of version {0} are unknown here")]
    Version(u8),
}

impl FromStr for ClassCode {
    type Err = ParseError;

    /// Reads `HTTPS://HOST/C/CODE`, `/C/CODE` or `CODE`, in any case, white space around it aside.
    /// The host is not looked at: a code of another server belongs to no session here.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let code = bare(text.trim()).ok_or(ParseError::NotACode)?;
        let count = code.chars().count();
        if count != CHARACTERS {
            return Err(ParseError::Length(count));
        }
        let bytes =
            BASE32_NOPAD.decode(code.to_ascii_uppercase().as_bytes()).map_err(
                |error| match error.kind {
                    DecodeKind::Trailing => ParseError::NotCanonical,
                    _ => ParseError::Character,
                },
            )?;
        Self::from_bytes(&bytes)
    }
}

impl ClassCode {
    /// Reads the bytes of a code.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ParseError> {
        let (version, code) = fields(bytes).ok_or(ParseError::Length(bytes.len()))?;
        if version == VERSION { Ok(code) } else { Err(ParseError::Version(version)) }
    }
}

fn fields(mut rest: &[u8]) -> Option<(u8, ClassCode)> {
    let [version] = take(&mut rest)?;
    let session = ShortSessionId(take(&mut rest)?);
    let step = u16::from_be_bytes(take(&mut rest)?);
    let tag = take(&mut rest)?;
    rest.is_empty().then_some((version, ClassCode { session, step, tag }))
}

/// The code without its link: what follows `/C/`, or all of it.
fn bare(text: &str) -> Option<&str> {
    let path = match text.split_once("://") {
        Some((scheme, rest)) => {
            let known = ["https", "http"].iter().any(|name| scheme.eq_ignore_ascii_case(name));
            let slash = rest.find('/').filter(|at| known && *at > 0)?;
            rest.get(slash..)?
        }
        None => text,
    };
    let code = if path.starts_with('/') {
        let (prefix, code) = path.split_at_checked(3)?;
        prefix.eq_ignore_ascii_case("/C/").then_some(code)?
    } else {
        path
    };
    let only_code = !code.contains(['/', '?', '#', ':', '.']);
    only_code.then_some(code)
}
