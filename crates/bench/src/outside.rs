//! The clock and the randomness of this machine.

use anyhow::{Context, Result};
use muster_domain::time::Timestamp;

/// Now.
#[expect(clippy::disallowed_methods, reason = "everything else is handed the time from here")]
pub fn now() -> Timestamp {
    Timestamp(jiff::Timestamp::now().as_microsecond())
}

/// Fresh random bytes.
pub fn random() -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).ok().context("the system gives no randomness")?;
    Ok(bytes)
}
