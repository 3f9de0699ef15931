//! The part of CBOR (RFC 8949) that credentials are made of, in its one deterministic spelling:
//! lengths in their shortest form, nothing indefinite, numbers that every language holds exactly.

/// The largest number, 2^53 − 1: what a JavaScript number holds exactly.
const LARGEST: u64 = (1 << 53) - 1;

/// The kinds of items, by the three bits that begin them.
pub(crate) const UNSIGNED: u8 = 0;
pub(crate) const NEGATIVE: u8 = 1;
pub(crate) const BYTES: u8 = 2;
pub(crate) const TEXT: u8 = 3;
pub(crate) const ARRAY: u8 = 4;
pub(crate) const MAP: u8 = 5;
pub(crate) const TAG: u8 = 6;

/// Why bytes are no deterministic CBOR, or not the items that were expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CborError {
    /// The bytes end within an item.
    #[error("the bytes end too early")]
    Truncated,
    /// A number or length takes more bytes than it needs.
    #[error("a number is not in its shortest form")]
    NotShortest,
    /// An indefinite length or a reserved value.
    #[error("a length is indefinite or reserved")]
    Indefinite,
    /// A number beyond 2^53 − 1.
    #[error("a number is too large")]
    Range,
    /// Another kind of item stands there.
    #[error("an item is of another kind")]
    Type,
    /// Something follows the last item.
    #[error("something follows the end")]
    Trailing,
}

/// Writes items one after the other.
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub fn new() -> Self {
        Self(Vec::with_capacity(160))
    }

    /// The beginning of an item: its kind and its number or length.
    pub fn head(mut self, kind: u8, value: u64) -> Self {
        let kind = kind << 5;
        let [.., b4, b3, b2, b1] = value.to_be_bytes();
        match value {
            0..=23 => self.0.push(kind + b1),
            24..=0xff => self.0.extend([kind + 24, b1]),
            0x100..=0xffff => self.0.extend([kind + 25, b2, b1]),
            0x1_0000..=0xffff_ffff => self.0.extend([kind + 26, b4, b3, b2, b1]),
            _ => {
                self.0.push(kind + 27);
                self.0.extend(value.to_be_bytes());
            }
        }
        self
    }

    /// A byte string, or a text of these bytes.
    pub fn string(self, kind: u8, bytes: &[u8]) -> Self {
        let mut own = self.head(kind, bytes.len() as u64);
        own.0.extend_from_slice(bytes);
        own
    }

    pub fn done(self) -> Vec<u8> {
        self.0
    }
}

/// Reads items one after the other.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The beginning of the next item.
    pub fn head(&mut self) -> Result<(u8, u64), CborError> {
        let [first] = self.take()?;
        let (value, smallest) = match first & 31 {
            small @ 0..=23 => (u64::from(small), 0),
            24 => (u64::from(u8::from_be_bytes(self.take()?)), 24),
            25 => (u64::from(u16::from_be_bytes(self.take()?)), 1 << 8),
            26 => (u64::from(u32::from_be_bytes(self.take()?)), 1 << 16),
            27 => (u64::from_be_bytes(self.take()?), 1 << 32),
            _ => return Err(CborError::Indefinite),
        };
        if value < smallest {
            return Err(CborError::NotShortest);
        }
        if value > LARGEST { Err(CborError::Range) } else { Ok((first >> 5, value)) }
    }

    /// Whether the next item begins like this; it is read either way.
    pub fn is(&mut self, kind: u8, value: u64) -> Result<bool, CborError> {
        Ok(self.head()? == (kind, value))
    }

    /// The number of an item of this kind.
    pub fn number(&mut self, kind: u8) -> Result<u64, CborError> {
        let (found, value) = self.head()?;
        if found == kind { Ok(value) } else { Err(CborError::Type) }
    }

    /// The content of a byte string, or the bytes of a text.
    pub fn string(&mut self, kind: u8) -> Result<&'a [u8], CborError> {
        let length = usize::try_from(self.number(kind)?).map_err(|_| CborError::Truncated)?;
        let (content, rest) = self.0.split_at_checked(length).ok_or(CborError::Truncated)?;
        self.0 = rest;
        Ok(content)
    }

    pub const fn end(&self) -> Result<(), CborError> {
        if self.0.is_empty() { Ok(()) } else { Err(CborError::Trailing) }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], CborError> {
        crate::bytes::take(&mut self.0).ok_or(CborError::Truncated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_their_shortest_form_and_read_back() {
        for (value, bytes) in [
            (0, vec![0x00]),
            (23, vec![0x17]),
            (24, vec![0x18, 24]),
            (255, vec![0x18, 255]),
            (256, vec![0x19, 1, 0]),
            (65_535, vec![0x19, 255, 255]),
            (65_536, vec![0x1a, 0, 1, 0, 0]),
            (u64::from(u32::MAX), vec![0x1a, 255, 255, 255, 255]),
            (1 << 32, vec![0x1b, 0, 0, 0, 1, 0, 0, 0, 0]),
            (LARGEST, vec![0x1b, 0, 0x1f, 255, 255, 255, 255, 255, 255]),
        ] {
            assert_eq!(Writer::new().head(UNSIGNED, value).done(), bytes, "{value}");
            assert_eq!(Reader::new(&bytes).number(UNSIGNED), Ok(value), "{value}");
        }
    }

    #[test]
    fn every_other_spelling_is_refused() {
        for (bytes, error) in [
            (&[][..], CborError::Truncated),
            (&[0x18], CborError::Truncated),
            (&[0x18, 23], CborError::NotShortest),
            (&[0x19, 0, 255], CborError::NotShortest),
            (&[0x1a, 0, 0, 255, 255], CborError::NotShortest),
            (&[0x1b, 0, 0, 0, 0, 255, 255, 255, 255], CborError::NotShortest),
            (&[0x1b, 0, 0x20, 0, 0, 0, 0, 0, 0], CborError::Range),
            (&[0x1c], CborError::Indefinite),
            (&[0x1f], CborError::Indefinite),
            (&[0x41, 0], CborError::Type),
        ] {
            assert_eq!(Reader::new(bytes).number(UNSIGNED), Err(error), "{bytes:?}");
        }
    }

    #[test]
    fn a_string_longer_than_what_follows_is_refused() {
        assert_eq!(Reader::new(&[0x42, 1]).string(BYTES), Err(CborError::Truncated));
        let huge = [0x5b, 0, 0x1f, 255, 255, 255, 255, 255, 255];
        assert_eq!(Reader::new(&huge).string(BYTES), Err(CborError::Truncated));
        assert_eq!(Reader::new(&[0x42, 1, 2]).string(BYTES), Ok(&[1, 2][..]));
    }
}
