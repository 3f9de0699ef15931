//! The job that makes small copies of photos, which offline packs take along.

use crate::node::Node;
use muster_app::photos;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::spawn_blocking;

/// How often to look whether a photo waits.
const ROUND: Duration = Duration::from_secs(2);

/// Makes what waits small, a few at a time. They are drawn outside of any transaction.
pub(crate) async fn shrink(node: Node, mut stopped: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            _ = stopped.changed() => return,
            () = tokio::time::sleep(ROUND) => {}
        }
        while !*stopped.borrow() {
            match some(&node).await {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(%error, "photos could not be made small for packs");
                    break;
                }
            }
        }
    }
}

async fn some(node: &Node) -> anyhow::Result<usize> {
    let waiting = node.store.read(photos::unshrunk).await?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let draw = move || {
        let made = waiting.into_iter().map(|row| (row.digest.clone(), photos::shrunk(&row)));
        made.collect::<Vec<_>>()
    };
    let made = spawn_blocking(draw).await?;
    let (ctx, count) = (Arc::new(node.ctx("job")), made.len());
    node.store.write(&ctx.act, move |tx| photos::shrink(tx, &made)).await?;
    Ok(count)
}
