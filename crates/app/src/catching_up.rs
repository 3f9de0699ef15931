//! What an upgraded program understands of what other nodes wrote, and the one before did not.

use crate::{Ctx, Result};
use muster_storage::{WriteTx, replication};

/// Entries looked at together.
const SOME: i64 = 5_000;

/// Looks at some of it; whether there is more. Until there is not, nothing else may be done: what an act finds
/// in its records is not yet what stands.
pub fn catch_up(tx: &mut WriteTx<'_>, _: &Ctx) -> Result<bool> {
    Ok(replication::catch_up(tx, SOME)?)
}
