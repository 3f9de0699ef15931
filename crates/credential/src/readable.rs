//! The readable code: ten characters on a docket, pass or badge by which a person finds it where
//! its QR can't be scanned. Nine carry it, the last one checks them.

use crate::keys::signing::{IssuingSecret, LookupKey};
use crate::mac;
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CHARACTERS: usize = 10;
const LABEL: &[u8] = b"muster readable code 1";
const LOOKUP_LABEL: &[u8] = b"muster readable lookup 1";
/// Crockford's check symbols are the remainders by 37; codes whose symbol is none of the 32
/// characters are not issued.
const MODULUS: u64 = 37;

/// A readable code. It names a credential and proves nothing: the record decides.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReadableCode(u64);

/// Why a text is no readable code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadableCodeError {
    /// Too short or too long.
    #[error("the code has {CHARACTERS} characters, this one {0}")]
    Length(usize),
    /// A character that no code has.
    #[error("the code has no {0:?}")]
    Character(char),
    /// The last character does not belong to the others.
    #[error("the code is mistyped: compare it character by character")]
    Check,
}

impl ReadableCode {
    /// The code of one issue of a record. Two records share one once in 35 million million; a
    /// lookup that finds two asks for the QR.
    pub fn derive(secret: &IssuingSecret, record: Uuid, issue: u32) -> Self {
        let parts: [&[u8]; 3] = [LABEL, record.as_bytes(), &issue.to_be_bytes()];
        let value = u64::from_be_bytes(mac::first(&mac::hmac(&secret.0, &parts))) >> 19;
        // A remainder of 32 to 36 has no character: five less has.
        Self(if value % MODULUS < 32 { value } else { value - 5 })
    }

    /// HMAC-SHA256 of the code under a key outside the database: what a database stores and finds
    /// it by. Whoever looks a typed code up tries the key of every key in the file.
    pub fn stored(&self, key: &LookupKey) -> [u8; 32] {
        mac::hmac(&key.0, &[LOOKUP_LABEL, &self.characters()])
    }

    fn characters(self) -> [u8; CHARACTERS] {
        let mut text = [0; CHARACTERS];
        let check = self.0 % MODULUS;
        let digits = (0..9).rev().map(|at| self.0 >> (5 * at) & 31).chain([check]);
        for (to, digit) in text.iter_mut().zip(digits) {
            *to = usize::try_from(digit).ok().and_then(|at| ALPHABET.get(at)).map_or(0, |c| *c);
        }
        text
    }
}

impl FromStr for ReadableCode {
    type Err = ReadableCodeError;

    /// Reads what somebody typed: any case, white space and hyphens anywhere, O for 0, I and L
    /// for 1.
    fn from_str(text: &str) -> Result<Self, ReadableCodeError> {
        let (mut value, mut check, mut count) = (0_u64, 0, 0);
        for c in text.chars().filter(|c| !matches!(c, ' ' | '\t' | '\r' | '\n' | '-')) {
            let digit = digit(c).ok_or(ReadableCodeError::Character(c))?;
            count += 1;
            if count < CHARACTERS {
                value = value << 5 | digit;
            } else {
                check = digit;
            }
        }
        if count != CHARACTERS {
            return Err(ReadableCodeError::Length(count));
        }
        if value % MODULUS == check { Ok(Self(value)) } else { Err(ReadableCodeError::Check) }
    }
}

/// In two groups of five, as it is printed.
impl fmt::Display for ReadableCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.characters().map(char::from);
        let (head, tail) = text.split_at(CHARACTERS / 2);
        let shown: String = head.iter().chain(&['-']).chain(tail).collect();
        out.pad(&shown)
    }
}

impl fmt::Debug for ReadableCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ReadableCode(…)")
    }
}

fn digit(c: char) -> Option<u64> {
    let plain = match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    ALPHABET.iter().position(|letter| char::from(*letter) == plain).map(|at| at as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::signing::SigningKey;

    fn codes() -> impl Iterator<Item = ReadableCode> {
        let secret = SigningKey::from_bytes([7; 32]).issuing_secret();
        (0..500).map(move |issue| ReadableCode::derive(&secret, Uuid::from_bytes([1; 16]), issue))
    }

    #[test]
    fn what_people_mistype_is_understood() {
        let code: ReadableCode = "01234 5678V".parse().unwrap();
        assert_eq!(code.to_string(), "01234-5678V");
        for text in ["o1234-5678v", "OL2345678V", " oi234 567 8v\n", "0-1-2-3-4-5-6-7-8-V"] {
            assert_eq!(text.parse(), Ok(code), "{text}");
        }
    }

    #[test]
    fn every_code_reads_back_from_the_alphabet_alone() {
        for code in codes() {
            assert_eq!(code.to_string().parse(), Ok(code));
        }
    }

    #[test]
    fn one_wrong_character_or_two_swapped_are_noticed() {
        for code in codes().take(50) {
            let right = code.characters().map(char::from);
            for at in 0..CHARACTERS {
                for letter in ALPHABET {
                    let mut wrong = right;
                    wrong[at] = char::from(*letter);
                    let read = wrong.iter().collect::<String>().parse::<ReadableCode>();
                    assert_eq!(read.is_ok(), wrong == right, "{wrong:?}");
                }
                let mut wrong = right;
                wrong.swap(at, (at + 1).min(CHARACTERS - 1));
                let read = wrong.iter().collect::<String>().parse::<ReadableCode>();
                assert_eq!(read.is_ok(), wrong == right, "{wrong:?}");
            }
        }
    }

    #[test]
    fn what_is_no_code_says_why() {
        let refusal = |text: &str| text.parse::<ReadableCode>().unwrap_err();
        assert_eq!(refusal(""), ReadableCodeError::Length(0));
        assert_eq!(refusal("01234-5678"), ReadableCodeError::Length(9));
        assert_eq!(refusal(&"0".repeat(1_000)), ReadableCodeError::Length(1_000));
        assert_eq!(refusal("U1234-56780"), ReadableCodeError::Character('U'));
        assert_eq!(refusal("01234-5678*"), ReadableCodeError::Character('*'));
        assert_eq!(refusal("01234-5678T"), ReadableCodeError::Check);
    }

    #[test]
    fn what_is_stored_depends_on_a_key_outside_the_database() {
        let code: ReadableCode = "01234-5678V".parse().unwrap();
        let key = |byte| SigningKey::from_bytes([byte; 32]).lookup_key();
        assert_eq!(code.stored(&key(1)), code.stored(&key(1)));
        assert_ne!(code.stored(&key(1)), code.stored(&key(2)));
    }
}
