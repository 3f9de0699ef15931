//! The job that tells students what came of their sessions, and which results were published.

use crate::node::Node;
use muster_app::{Ctx, Error, results, telling};
use muster_storage::{ReadTx, WriteTx};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often to look whether something waits to be told.
const ROUND: Duration = Duration::from_secs(1);

/// Tells what waits, a few students at a time, so that marking goes on in between.
pub(crate) async fn tell(node: Node, mut stopped: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            _ = stopped.changed() => return,
            () = tokio::time::sleep(ROUND) => {}
        }
        while node.store.read(is_any).await.unwrap_or_default() && !*stopped.borrow() {
            let ctx = Arc::new(node.ctx("job"));
            let shared = ctx.clone();
            match node.store.write(&ctx.act, move |tx| step(tx, &shared)).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::error!(%error, "students could not be told");
                    break;
                }
            }
        }
    }
}

fn is_any(tx: &mut ReadTx<'_>) -> Result<bool, Error> {
    Ok(telling::is_any(tx)? || results::is_any(tx)?)
}

/// Tells what came of sessions first: it waits for nobody's decision.
fn step(tx: &mut WriteTx<'_>, ctx: &Ctx) -> Result<bool, Error> {
    if telling::is_any(tx)? { telling::step(tx, ctx) } else { results::step(tx, ctx) }
}
