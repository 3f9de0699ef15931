//! The job that tells students what came of their sessions.

use crate::outside::{now, random};
use muster_app::{Ctx, telling};
use muster_credential::keys::MasterKey;
use muster_storage::Store;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often to look whether something waits to be told.
const ROUND: Duration = Duration::from_secs(1);

/// Tells what waits, a few students at a time, so that marking goes on in between.
pub(crate) async fn tell(store: Store, key: Arc<MasterKey>, mut stopped: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            _ = stopped.changed() => return,
            () = tokio::time::sleep(ROUND) => {}
        }
        while store.read(telling::is_any).await.unwrap_or_default() && !*stopped.borrow() {
            let ctx = Arc::new(Ctx::new("job", now(), random(), key.clone()));
            let shared = ctx.clone();
            match store.write(&ctx.act, move |tx| telling::step(tx, &shared)).await {
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
