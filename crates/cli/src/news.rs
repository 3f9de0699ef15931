//! The job that tells students what came of their sessions.

use crate::node::Node;
use muster_app::telling;
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
        while node.store.read(telling::is_any).await.unwrap_or_default() && !*stopped.borrow() {
            let ctx = Arc::new(node.ctx("job"));
            let shared = ctx.clone();
            match node.store.write(&ctx.act, move |tx| telling::step(tx, &shared)).await {
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
