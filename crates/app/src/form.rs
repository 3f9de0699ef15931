//! Reading fields that people filled in: every mistake is reported at once, at its field.

use crate::{Error, FieldError, Result};

/// Collects the mistakes of a form.
#[derive(Debug, Default)]
pub struct Form(Vec<FieldError>);

impl Form {
    /// The value, or none and a mistake noted.
    pub fn take<T, E: std::fmt::Display>(
        &mut self,
        field: &'static str,
        value: std::result::Result<T, E>,
    ) -> Option<T> {
        value.map_err(|error| self.wrong(field, error.to_string())).ok()
    }

    /// The value of an optional field: none if nothing was typed.
    pub fn optional<T: TryFrom<String>>(&mut self, field: &'static str, text: &str) -> Option<T>
    where
        T::Error: std::fmt::Display,
    {
        if text.trim().is_empty() {
            return None;
        }
        self.take(field, T::try_from(text.to_owned()))
    }

    /// Notes a mistake.
    pub fn wrong(&mut self, field: &'static str, detail: impl Into<String>) {
        self.0.push(FieldError { field, detail: detail.into() });
    }

    /// Passes if there was no mistake.
    pub fn check(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}
