//! The class code for typing: the first 40 bits of its tag in Crockford's base32, which leaves
//! out the letters that are taken for digits.

use std::fmt;
use subtle::ConstantTimeEq;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CHARACTERS: usize = 8;

/// Eight characters from a class code's tag.
#[derive(Clone, Copy, Debug)]
pub struct TypedCode([u8; 5]);

/// Why a text is no typed code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TypedCodeError {
    /// Too short or too long.
    #[error("the code on the screen has {CHARACTERS} characters, this one {0}")]
    Length(usize),
    /// A character that no code has.
    #[error("the code on the screen has no {0:?}")]
    Character(char),
}

/// Reads what somebody typed: any case, spaces and hyphens anywhere, O for 0, I and L for 1.
pub fn normalise_typed(text: &str) -> Result<TypedCode, TypedCodeError> {
    let mut bits = 0_u64;
    let mut count = 0;
    for c in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        count += 1;
        bits = bits << 5 | digit(c).ok_or(TypedCodeError::Character(c))?;
    }
    if count != CHARACTERS {
        return Err(TypedCodeError::Length(count));
    }
    let [_, _, _, code @ ..] = bits.to_be_bytes();
    Ok(TypedCode(code))
}

fn digit(c: char) -> Option<u64> {
    let plain = match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    ALPHABET.iter().position(|letter| char::from(*letter) == plain).map(|at| at as u64)
}

impl TypedCode {
    pub(super) const fn of(tag: &[u8; 10]) -> Self {
        let [head @ .., _, _, _, _, _] = *tag;
        Self(head)
    }
}

/// Takes the same time wherever the two differ.
impl PartialEq for TypedCode {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for TypedCode {}

impl fmt::Display for TypedCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.0.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        let letter = |at: usize| ALPHABET.get((bits >> (35 - 5 * at) & 31) as usize);
        let text: String =
            (0..CHARACTERS).filter_map(letter).map(|letter| char::from(*letter)).collect();
        out.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_code_reads_back() {
        let code = TypedCode([0x00, 0x44, 0x32, 0x14, 0xc7]);
        assert_eq!(code.to_string(), "01234567");
        assert_eq!(normalise_typed("01234567"), Ok(code));
        assert_eq!(TypedCode([0xff; 5]).to_string(), "ZZZZZZZZ");
    }

    #[test]
    fn what_people_mistype_is_understood() {
        let code = normalise_typed("01AB CDEF").unwrap();
        for text in ["01abcdef", "oIab-cdef", " O l a b c d e f ", "0-1-A-B-C-D-E-F", "0iABCDEF"] {
            assert_eq!(normalise_typed(text), Ok(code), "{text}");
        }
    }

    #[test]
    fn what_is_no_code_says_why() {
        assert_eq!(normalise_typed(""), Err(TypedCodeError::Length(0)));
        assert_eq!(normalise_typed("01ABCDE"), Err(TypedCodeError::Length(7)));
        assert_eq!(normalise_typed(&"0".repeat(1_000_000)), Err(TypedCodeError::Length(1_000_000)));
        assert_eq!(normalise_typed("U1ABCDEF"), Err(TypedCodeError::Character('U')));
        assert_eq!(normalise_typed("٠1ABCDEF"), Err(TypedCodeError::Character('٠')));
    }
}
