//! Passing a test runner's output on while adding up what it says about passed and failed tests.

use std::io::{BufRead, BufReader, Read, Write};
use std::ops::AddAssign;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::shell;

/// How many tests ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tests that held.
    pub passed: u64,
    /// Tests that did not.
    pub failed: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Runs to the end, showing all output; says whether it succeeded.
pub fn stream(command: &mut Command) -> Result<(Counts, bool)> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("could not start {}", shell::name(command)))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let mut counts = Counts::default();
    std::thread::scope(|scope| {
        let out = scope.spawn(|| copy(stdout, std::io::stdout()));
        let err = scope.spawn(|| copy(stderr, std::io::stderr()));
        for reader in [out, err] {
            counts += reader.join().unwrap_or_default();
        }
    });
    Ok((counts, child.wait()?.success()))
}

fn copy(from: Option<impl Read>, mut to: impl Write) -> Counts {
    let mut counts = Counts::default();
    let Some(from) = from else { return counts };
    let mut lines = BufReader::new(from);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        // Whoever closed our output still gets the verdict by the exit code.
        let _ = to.write_all(&line).and_then(|()| to.flush());
        counts += summary(&String::from_utf8_lossy(&line));
        line.clear();
    }
    counts
}

/// What a line says, if it is the summary of nextest, rustdoc, vitest or Playwright.
///
/// They are told by their indentation too: the output of a failed test is shown further in.
fn summary(line: &str) -> Counts {
    let line = plain(line);
    let starts = ["     Summary [", "test result:", "      Tests "];
    let playwright = line.strip_prefix("  ").is_some_and(|rest| {
        let mut words = rest.split_whitespace();
        rest.starts_with(|c: char| c.is_ascii_digit())
            && matches!(words.nth(1), Some("passed" | "failed"))
    });
    if playwright || starts.iter().any(|start| line.starts_with(start)) {
        Counts { passed: before(&line, "passed"), failed: before(&line, "failed") }
    } else {
        Counts::default()
    }
}

/// The number before a word, 0 without one.
fn before(line: &str, word: &str) -> u64 {
    let separators = [' ', ',', ';', '|', ':', '\n'];
    let words: Vec<_> = line.split(separators).filter(|word| !word.is_empty()).collect();
    words
        .windows(2)
        .find_map(|pair| match pair {
            [number, name] if *name == word => number.parse().ok(),
            _ => None,
        })
        .unwrap_or(0)
}

/// A line without colours.
fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            characters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            text.push(character);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(line: &str) -> (u64, u64) {
        let counts = summary(line);
        (counts.passed, counts.failed)
    }

    #[test]
    fn summaries_of_all_runners_are_read() {
        let nextest =
            "     Summary [   1.405s] 14 tests run: 12 passed (1 slow), 2 failed, 3 skipped";
        assert_eq!(counted(nextest), (12, 2));
        assert_eq!(counted("test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured"), (3, 0));
        assert_eq!(counted("      Tests  1 failed | 8 passed (9)"), (8, 1));
        assert_eq!(counted("  7 passed (12.4s)"), (7, 0));
        assert_eq!(counted("  2 failed\n"), (0, 2));
    }

    #[test]
    fn colours_do_not_matter() {
        assert_eq!(counted("\u{1b}[32m  7 passed\u{1b}[39m\u{1b}[2m (2s)\u{1b}[22m"), (7, 0));
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(counted(" Test Files  2 passed (2)"), (0, 0));
        assert_eq!(counted("        PASS [   0.004s] muster-domain 3 passed"), (0, 0));
        assert_eq!(counted("the student who failed 3 times"), (0, 0));
        let within_nextest = "    test result: FAILED. 0 passed; 1 failed; 0 ignored";
        assert_eq!(counted(within_nextest), (0, 0));
    }
}
