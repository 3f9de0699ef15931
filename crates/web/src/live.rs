//! The live feed: follows the journal and tells every open page what changed.
//!
//! One task reads each new entry once, whichever process wrote it, and prepares a message per
//! session, or per event or exam with check-in points; listeners only forward. A listener first
//! subscribes, then reads a snapshot, so that nothing falls between; whoever falls behind gets a new
//! snapshot.

pub(crate) mod doors;
pub(crate) mod incidents;
mod message;
pub(crate) mod shapes;
pub(crate) mod stream;

use message::{Message, changed};
use muster_storage::Store;
use std::sync::Arc;
use tokio::sync::broadcast;

/// Messages that a slow listener may lag behind.
const BACKLOG: usize = 256;
/// Entries read at once.
const CHUNK: i64 = 500;

/// Where listeners subscribe.
#[derive(Clone)]
pub(crate) struct Hub {
    messages: broadcast::Sender<Arc<Message>>,
}

impl Hub {
    /// Begins to follow a store's journal; ends with the store.
    pub fn start(store: &Store) -> Self {
        let (messages, _) = broadcast::channel(BACKLOG);
        let hub = Self { messages: messages.clone() };
        let store = store.clone();
        tokio::spawn(async move { follow(&store, &messages).await });
        hub
    }

    fn subscribe(&self) -> broadcast::Receiver<Arc<Message>> {
        self.messages.subscribe()
    }
}

async fn follow(store: &Store, messages: &broadcast::Sender<Arc<Message>>) {
    let mut feed = store.feed();
    let mut seq = *feed.borrow_and_update();
    while feed.changed().await.is_ok() {
        let newest = *feed.borrow_and_update();
        if messages.receiver_count() == 0 {
            seq = newest;
            continue;
        }
        while seq < newest {
            let after = seq;
            match store.read(move |tx| changed(tx, after, CHUNK)).await {
                Ok((last, new)) => {
                    seq = last.max(seq + 1);
                    for message in new {
                        // Nobody may be listening any more: that is no failure.
                        let _ = messages.send(Arc::new(message));
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the live feed could not read the journal");
                    break;
                }
            }
        }
    }
}
