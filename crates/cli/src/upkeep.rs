//! The job that throws away what nobody needs any more: files that were replaced, and imports that
//! were never confirmed.

use crate::node::Node;
use muster_app::{Ctx, Result, attachments, imports};
use muster_storage::WriteTx;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often to look.
const ROUND: Duration = Duration::from_secs(3600);

/// Something to throw away, a little at a time, so that marking goes on in between.
type Step = fn(&mut WriteTx<'_>, &Ctx) -> Result<bool>;

const STEPS: [Step; 2] = [attachments::throw_away, imports::let_go];

/// Looks at the start, and then every now and then.
pub(crate) async fn tidy(node: Node, mut stopped: watch::Receiver<bool>) {
    loop {
        for step in STEPS {
            while !*stopped.borrow() && one(&node, step).await {}
        }
        tokio::select! {
            _ = stopped.changed() => return,
            () = tokio::time::sleep(ROUND) => {}
        }
    }
}

/// Whether there may be more.
async fn one(node: &Node, step: Step) -> bool {
    let ctx = Arc::new(node.ctx("job"));
    let shared = ctx.clone();
    match node.store.write(&ctx.act, move |tx| step(tx, &shared)).await {
        Ok(more) => more,
        Err(error) => {
            tracing::error!(%error, "what nobody needs could not be thrown away");
            false
        }
    }
}
