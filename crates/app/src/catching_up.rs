//! What an upgraded program understands of what other nodes wrote, and the one before did not.

use crate::{Ctx, Result};
use muster_storage::{WriteTx, replication};

/// Entries looked at together, so that marking goes on in between.
const SOME: usize = 500;

/// Looks at some of it; whether there is more.
pub fn catch_up(tx: &mut WriteTx<'_>, _: &Ctx) -> Result<bool> {
    Ok(replication::catch_up(tx, SOME)?)
}
