//! What only one line of a file may say, whichever step it is worked on in.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

/// Who said something first, and what lines took of what there is.
#[derive(Debug, Default)]
pub(super) struct Claims(Mutex<HashMap<String, u64>>, Mutex<HashMap<String, Taken>>);

/// What was gone when the first line asked, and what each line takes.
#[derive(Debug, Default)]
struct Taken {
    gone: i64,
    lines: BTreeMap<u64, i64>,
}

impl Claims {
    /// The earlier line that claims the same; the claim is the line's own if there is none. A line
    /// that is worked on again finds its own claim.
    pub fn first(&self, what: &str, key: &str, line: u64) -> Option<u64> {
        let mut claims = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = *claims.entry(format!("{what}\u{1f}{key}")).or_insert(line);
        (first != line).then_some(first)
    }

    /// How much of something is gone before a line takes its part, lines before it included; `gone` is
    /// how much the records say now. A line that is worked on again takes once.
    pub fn before(&self, what: &str, key: &str, (line, part): (u64, i64), gone: i64) -> i64 {
        let mut known = self.1.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Taken { gone, lines: BTreeMap::new() };
        let taken = known.entry(format!("{what}\u{1f}{key}")).or_insert_with(fresh);
        taken.lines.insert(line, part);
        taken.gone + taken.lines.range(..line).map(|(_, part)| part).sum::<i64>()
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

    #[test]
    fn lines_take_after_those_before_them_and_once() {
        let claims = Claims::default();
        let gone: Vec<_> = [(2, 7), (3, 7), (2, 7), (5, 9)]
            .map(|(line, gone)| claims.before("type", "a", (line, 2), gone))
            .into_iter()
            .collect();
        // What the records say later holds what earlier lines wrote.
        assert_eq!(gone, [7, 9, 7, 11]);
    }
}
