//! Asking the hub by itself: at the start, every few minutes, sooner after a failure with growing
//! pauses, and at once when this machine finds itself in another network.

use crate::node::Node;
use crate::outside::random;
use muster_app::nodes;
use muster_sync::{Syncer, pause};
use muster_web::{Clock, Entropy};
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

/// The file with certificates that are believed of the hub, in the node's folder.
const AUTHORITY: &str = "hub-ca.pem";
/// How often the network is looked at.
const LOOK: Duration = Duration::from_secs(5);

/// The file with certificates that are believed of the hub.
pub(crate) fn authority_file(data: &Path) -> PathBuf {
    data.join(AUTHORITY)
}

/// Who asks the hub of a node.
pub(crate) fn syncer(node: &Node, data: &Path, via: &'static str) -> Syncer {
    let (store, key) = (node.store.clone(), node.key.clone());
    let chance: (Clock, Entropy) = (node.clock.clone(), Arc::new(random));
    let syncer = Syncer::new((store, key), chance, via, Some(authority_file(data)));
    syncer.signing_by(node.signing.clone())
}

/// Asks again and again, until told to stop.
pub(crate) async fn keep(
    node: Node,
    (syncer, waking): (Arc<Syncer>, Arc<Notify>),
    mut stopped: watch::Receiver<bool>,
) {
    let (mut failures, mut network) = (0, addresses());
    loop {
        // An edge by hand alone, or no edge: until somebody changes that.
        let Ok(Some(every)) = node.store.read(nodes::pace).await else {
            tokio::select! {
                _ = stopped.changed() => return,
                () = waking.notified() => continue,
                // Somebody may have enrolled it at a shell.
                () = tokio::time::sleep(LOOK) => continue,
            }
        };
        failures = once(&syncer, failures).await;
        let pause = pause::after(failures, every, random()).unwrap_or(LOOK);
        let next = Instant::now() + pause;
        while Instant::now() < next {
            let look = next.min(Instant::now() + LOOK);
            tokio::select! {
                _ = stopped.changed() => {
                    syncer.stop();
                    return;
                }
                () = waking.notified() => break,
                () = tokio::time::sleep_until(look) => {}
            }
            let now = addresses();
            if now != network {
                network = now;
                break;
            }
        }
    }
}

/// One exchange; how many came to nothing one after the other.
async fn once(syncer: &Arc<Syncer>, failures: i64) -> i64 {
    let working = syncer.clone();
    match tokio::task::spawn_blocking(move || working.run()).await {
        Ok(Ok(exchanged)) => {
            if exchanged.came + exchanged.went > 0 {
                tracing::info!(
                    came = exchanged.came,
                    went = exchanged.went,
                    "exchanged with the hub"
                );
            }
            0
        }
        Ok(Err(error)) => {
            // A hub that is away is a normal state: it is said once.
            if failures == 0 {
                tracing::warn!(%error, "nothing was exchanged with the hub");
            }
            failures + 1
        }
        Err(error) => {
            tracing::error!(%error, "an exchange was interrupted");
            failures + 1
        }
    }
}

/// The addresses of this machine: they change when it comes into another network, or back.
fn addresses() -> BTreeSet<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    interfaces.into_iter().filter(|one| !one.is_loopback()).map(|one| one.ip()).collect()
}
