//! Numbers and ids as bytes.

use super::Malformed;
use uuid::Uuid;

/// Bytes being written.
#[derive(Default)]
pub(super) struct Out(pub Vec<u8>);

impl Out {
    pub fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// Seven bits a byte, the lowest first.
    pub fn number(&mut self, mut number: u64) {
        while number > 0x7f {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push((number & 0x7f) as u8);
    }

    pub fn count(&mut self, count: usize) {
        self.number(count as u64);
    }

    /// Small when it is near zero on either side.
    pub fn signed(&mut self, number: i64) {
        self.number(((number << 1) ^ (number >> 63)).cast_unsigned());
    }

    pub fn id(&mut self, id: Uuid) {
        self.0.extend_from_slice(id.as_bytes());
    }

    pub fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }
}

/// Bytes being read.
pub(super) struct In<'b>(pub &'b [u8]);

impl<'b> In<'b> {
    pub fn take(&mut self, length: usize) -> Result<&'b [u8], Malformed> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Malformed::Short)?;
        self.0 = rest;
        Ok(taken)
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.take(N)?.try_into().map_err(|_| Malformed::Short)
    }

    pub fn byte(&mut self) -> Result<u8, Malformed> {
        self.array().map(|[byte]| byte)
    }

    pub fn number(&mut self) -> Result<u64, Malformed> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            let last = byte & 0x80 == 0;
            // Neither bits beyond 64 nor a zero at the end: one form to a number.
            if (shift == 63 && bits > 1) || (last && shift > 0 && bits == 0) {
                return Err(Malformed::Number);
            }
            number |= bits << shift;
            if last {
                return Ok(number);
            }
        }
        Err(Malformed::Number)
    }

    /// How many of something follow, each of which takes a byte at least.
    pub fn count(&mut self) -> Result<usize, Malformed> {
        let count = usize::try_from(self.number()?).map_err(|_| Malformed::Number)?;
        if count > self.0.len() { Err(Malformed::Short) } else { Ok(count) }
    }

    pub fn signed(&mut self) -> Result<i64, Malformed> {
        let number = self.number()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    pub fn id(&mut self) -> Result<Uuid, Malformed> {
        self.array().map(Uuid::from_bytes)
    }

    pub fn text(&mut self) -> Result<&'b str, Malformed> {
        let length = self.count()?;
        std::str::from_utf8(self.take(length)?).map_err(|_| Malformed::Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_read_as_they_were_written(number: i64, other: u64) {
            let mut out = Out::default();
            out.signed(number);
            out.number(other);
            let mut read = In(&out.0);
            prop_assert_eq!(read.signed(), Ok(number));
            prop_assert_eq!(read.number(), Ok(other));
            prop_assert!(read.0.is_empty());
        }
    }

    #[test]
    fn a_number_has_one_form() {
        assert_eq!(In(&[0x80, 0]).number(), Err(Malformed::Number));
        assert_eq!(In(&[0xff; 11]).number(), Err(Malformed::Number));
        assert_eq!(In(&[0x80]).number(), Err(Malformed::Short));
    }
}
