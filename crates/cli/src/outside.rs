//! The one place that reads the clock and the system's randomness.

use muster_domain::time::Timestamp;
use muster_web::Clock;
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
        eprintln!("muster: the system gives no randomness: {error}");
        std::process::abort();
    }
    bytes
}
