//! The one place that reads the clock and the system's randomness, and writes to the terminal.

use anyhow::{Context, Result};
use muster_domain::time::Timestamp;
use muster_web::Clock;
use std::fmt::Display;
use std::io::Write;
use std::sync::Arc;

/// Now.
#[expect(clippy::disallowed_methods, reason = "everything else is handed the time from here")]
pub(crate) fn now() -> Timestamp {
    Timestamp(jiff::Timestamp::now().as_microsecond())
}

/// The machine's clock, or one that stands still at that moment.
pub(crate) fn clock(still: Option<jiff::Timestamp>) -> Clock {
    match still.map(|at| Timestamp(at.as_microsecond())) {
        Some(at) => Arc::new(move || at),
        None => Arc::new(now),
    }
}

/// Fresh random bytes of the operating system.
pub(crate) fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    if let Err(error) = getrandom::fill(&mut bytes) {
        // Without randomness no token is safe: nothing may go on.
        remark(format_args!("muster: the system gives no randomness: {error}"));
        std::process::abort();
    }
    bytes
}

/// A line on standard output; fails where nobody reads it any more.
pub(crate) fn say(line: impl Display) -> Result<()> {
    writeln!(std::io::stdout().lock(), "{line}").context("can't write to standard output")
}

/// A line on standard error; lost where nobody reads it any more.
pub(crate) fn remark(line: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
