//! A line of a key file: the format's name, the key's public name as a check, the secret.

use super::KeyLineError;
use data_encoding::BASE64URL_NOPAD;
use std::fmt::Display;
use zeroize::Zeroizing;

/// A secret of 32 bytes that stands on a line of a key file.
pub trait LineKey: Sized {
    /// Its public name.
    type Id: Copy + Eq + Display;
    /// What its lines begin with.
    const NAME: &'static str;
    /// What a new file begins with.
    const HEADER: &'static str;

    /// The key of these bytes.
    fn of(bytes: [u8; 32]) -> Self;
    /// Its bytes.
    fn secret(&self) -> &[u8; 32];
    /// Its public name.
    fn name(&self) -> Self::Id;
}

/// Reads a line, surrounding white space aside.
pub(super) fn parse<K: LineKey>(line: &str) -> Result<K, KeyLineError> {
    let mut parts = line.trim().split(':');
    let (Some(name), Some(id), Some(secret), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(KeyLineError::Format(K::NAME));
    };
    if name != K::NAME {
        return Err(KeyLineError::Format(K::NAME));
    }
    let bytes = BASE64URL_NOPAD.decode(secret.as_bytes()).map_err(|_| KeyLineError::Encoding)?;
    let bytes = Zeroizing::new(bytes);
    let key = K::of(bytes.as_slice().try_into().map_err(|_| KeyLineError::Encoding)?);
    if key.name().to_string() == id { Ok(key) } else { Err(KeyLineError::Mismatch) }
}

/// The line that holds a key. Secret: for the file alone.
pub(super) fn write<K: LineKey>(key: &K) -> Zeroizing<String> {
    let secret = Zeroizing::new(BASE64URL_NOPAD.encode(key.secret()));
    Zeroizing::new(format!("{}:{}:{}", K::NAME, key.name(), *secret))
}
