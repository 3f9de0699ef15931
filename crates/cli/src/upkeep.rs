//! Jobs that nobody waits for: meetings follow a change that concerns many classes; a node that
//! begins to replicate tells what it held before; files that were replaced and imports that were never
//! confirmed are thrown away.

use crate::node::Node;
use muster_app::{Ctx, Result, academics, attachments, imports, telling_nodes};
use muster_domain::ids::PersonId;
use muster_storage::WriteTx;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often to look.
const ROUND: Duration = Duration::from_hours(1);

/// Some of the work, a little at a time, so that marking goes on in between.
type Step = fn(&mut WriteTx<'_>, &Ctx) -> Result<bool>;

const STEPS: [Step; 2] = [attachments::throw_away, imports::let_go];

/// How often to look whether classes have to follow a change, or whether the node began to replicate: whoever
/// makes an edge's code or joins a hub waits for what comes of it.
const SOON: Duration = Duration::from_secs(1);

/// Brings classes in line, a few at a time, with what changed for many of them.
pub(crate) async fn follow(node: Node, mut stopped: watch::Receiver<bool>) {
    loop {
        while let Ok(Some(next)) = node.store.read(academics::following).await
            && !*stopped.borrow()
            && one(&node, next.asked_by, academics::follow_some).await
        {}
        tokio::select! {
            _ = stopped.changed() => return,
            () = tokio::time::sleep(SOON) => {}
        }
    }
}

/// Tells others what was here before this node replicated.
pub(crate) async fn tell(node: Node, mut stopped: watch::Receiver<bool>) {
    loop {
        while let Ok(true) = node.store.read(telling_nodes::waits).await
            && !*stopped.borrow()
            && one(&node, None, telling_nodes::tell_some).await
        {}
        tokio::select! {
            _ = stopped.changed() => return,
            () = tokio::time::sleep(SOON) => {}
        }
    }
}

/// Looks at the start, and then every now and then.
pub(crate) async fn tidy(node: Node, mut stopped: watch::Receiver<bool>) {
    loop {
        for step in STEPS {
            while !*stopped.borrow() && one(&node, None, step).await {}
        }
        tokio::select! {
            _ = stopped.changed() => return,
            () = tokio::time::sleep(ROUND) => {}
        }
    }
}

/// Whether there may be more.
async fn one(node: &Node, asked_by: Option<PersonId>, step: Step) -> bool {
    let mut ctx = node.ctx("job");
    ctx.act.actor = asked_by;
    let ctx = Arc::new(ctx);
    let shared = ctx.clone();
    match node.store.write(&ctx.act, move |tx| step(tx, &shared)).await {
        Ok(more) => more,
        Err(error) => {
            tracing::error!(%error, "a job could not go on");
            false
        }
    }
}
