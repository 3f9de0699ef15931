//! The one place that reads the clock and the system's randomness.

use muster_domain::time::Timestamp;

/// Now.
#[expect(clippy::disallowed_methods, reason = "everything else is handed the time from here")]
pub(crate) fn now() -> Timestamp {
    Timestamp(jiff::Timestamp::now().as_microsecond())
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
