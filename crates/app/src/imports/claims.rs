//! What only one line of a file may say, whichever step it is worked on in.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Who said something first.
#[derive(Debug, Default)]
pub(super) struct Claims(Mutex<HashMap<String, u64>>);

impl Claims {
    /// The earlier line that claims the same; the claim is the line's own if there is none. A line
    /// that is worked on again finds its own claim.
    pub fn first(&self, what: &str, key: &str, line: u64) -> Option<u64> {
        let mut claims = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = *claims.entry(format!("{what}\u{1f}{key}")).or_insert(line);
        (first != line).then_some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_claims_and_claims_again() {
        let claims = Claims::default();
        let said: Vec<_> = [("a", 2), ("a", 3), ("b", 3), ("a", 2)]
            .map(|(key, line)| claims.first("email", key, line))
            .into_iter()
            .collect();
        assert_eq!(said, [None, Some(2), None, None]);
        assert_eq!(claims.first("username", "a", 9), None);
    }
}
