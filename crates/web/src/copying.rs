//! Copying classes into another term: planned once, then a few in each transaction.

use crate::caller::Caller;
use muster_app::academics::{self, COPIED_AT_ONCE, Copied, Copying};
use muster_domain::ids::ClassId;

/// Copies the chosen classes, all of them without a choice.
pub(crate) async fn copy(
    caller: &Caller,
    copying: Copying,
    chosen: Option<Vec<ClassId>>,
) -> muster_app::Result<Copied> {
    let read =
        caller.read(move |tx, ctx| academics::chosen_copies(tx, ctx, copying, chosen.as_deref()));
    let plan = read.await?;
    let mut copied = Copied::default();
    for some in plan.chunks(COPIED_AT_ONCE) {
        let some = some.to_vec();
        let write = caller.write_more(move |tx, ctx| academics::copy_some(tx, ctx, copying, &some));
        let done = write.await?;
        copied.classes += done.classes;
        copied.patterns += done.patterns;
    }
    Ok(copied)
}
