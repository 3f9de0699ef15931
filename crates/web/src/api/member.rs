//! A member of a body that changes a record: missing and null are different things.

use serde::{Deserialize, Deserializer};

/// What a body says of a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Member<T> {
    /// Nothing: it stays as it is.
    #[default]
    Missing,
    /// Its new value; null empties it.
    Given(Option<T>),
}

impl<T> Member<T> {
    /// The value given, or the one that stands.
    pub fn or(self, before: Option<T>) -> Option<T> {
        match self {
            Self::Missing => before,
            Self::Given(value) => value,
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Member<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Option::deserialize(from).map(Self::Given)
    }
}
