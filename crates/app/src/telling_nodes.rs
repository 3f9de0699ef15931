//! What a node tells others: of what it held before it replicated, a little at a time.

use crate::{Ctx, Result};
use muster_storage::{ReadTx, WriteTx, replication};

/// Records looked at together, so that marking goes on in between.
const SOME: i64 = 200;

/// Whether something of before is yet to be told.
pub fn waits(tx: &mut ReadTx<'_>) -> Result<bool> {
    Ok(replication::restating(tx)?)
}

/// Tells some of what was here before; whether there is more.
pub fn tell_some(tx: &mut WriteTx<'_>, _: &Ctx) -> Result<bool> {
    Ok(replication::restate(tx, SOME)?)
}
