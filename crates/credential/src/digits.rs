//! Bytes as decimal digits, which a QR packs tighter than letters: 7 bytes are 17 digits, and a
//! last group of fewer bytes has fewer.

use std::fmt::Write;

/// Digits of a group, by its bytes.
const WIDTHS: [usize; 8] = [0, 3, 5, 8, 10, 13, 15, 17];
const GROUP: usize = 7;
const FULL: usize = 17;

/// Why digits are no bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigitsError {
    /// Nothing there.
    #[error("there are no digits")]
    Empty,
    /// Something else than a digit from 0 to 9.
    #[error("there is something else among the digits")]
    Character,
    /// The last group is no whole number of bytes.
    #[error("digits are missing at the end, or too many")]
    Length,
    /// A group stands for more than its bytes hold.
    #[error("a group of digits is too large")]
    Overflow,
}

/// The digits of these bytes.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(GROUP) * FULL);
    for group in bytes.chunks(GROUP) {
        let value = group.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
        let width = WIDTHS.get(group.len()).copied().unwrap_or(FULL);
        // Writing to a string never fails.
        let _ = write!(text, "{value:0width$}");
    }
    text
}

/// The bytes that [`encode`] makes these digits of; each byte string has one spelling.
pub fn decode(digits: &str) -> Result<Vec<u8>, DigitsError> {
    if digits.is_empty() {
        return Err(DigitsError::Empty);
    }
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DigitsError::Character);
    }
    let mut bytes = Vec::with_capacity(digits.len().div_ceil(FULL) * GROUP);
    for group in digits.as_bytes().chunks(FULL) {
        let length = WIDTHS.iter().position(|width| *width == group.len());
        let length = length.ok_or(DigitsError::Length)?;
        let value = group.iter().fold(0_u64, |value, digit| value * 10 + u64::from(digit - b'0'));
        if value >> (8 * length) != 0 {
            return Err(DigitsError::Overflow);
        }
        bytes.extend(value.to_be_bytes().iter().skip(8 - length));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_as_wide_as_their_largest_value() {
        for (length, width) in WIDTHS.into_iter().enumerate().skip(1) {
            let digits = encode(&vec![0xff; length]);
            assert_eq!(digits.len(), width);
            assert_eq!(decode(&digits), Ok(vec![0xff; length]));
            assert_eq!(decode(&encode(&vec![0; length])), Ok(vec![0; length]));
        }
        assert_eq!(encode(b"\x01\x02\x03\x04\x05\x06\x07\x08"), "00283686952306183008");
    }

    #[test]
    fn one_more_than_the_largest_value_is_refused() {
        for digits in ["256", "65536", "16777216", "4294967296", "72057594037927936"] {
            assert_eq!(decode(digits), Err(DigitsError::Overflow), "{digits}");
        }
    }

    #[test]
    fn what_is_no_whole_group_of_digits_is_refused() {
        assert_eq!(decode(""), Err(DigitsError::Empty));
        for digits in ["1", "12", "1234", "123456", "1234567", "000000000000000001"] {
            assert_eq!(decode(digits), Err(DigitsError::Length), "{digits}");
        }
        for digits in ["12 ", "+12", "٣٣٣", "1_2", "0x1"] {
            assert_eq!(decode(digits), Err(DigitsError::Character), "{digits}");
        }
    }
}
