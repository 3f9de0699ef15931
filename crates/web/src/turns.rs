//! One after the other, of each peer: an edge puts its next question while the hub works on the last.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};
use uuid::Uuid;

/// Whose turn it is, for each peer that ever proved itself.
#[derive(Clone, Default)]
pub(crate) struct Turns(Arc<Mutex<HashMap<Uuid, Arc<Turn<()>>>>>);

impl Turns {
    /// Waits until those are through who came before. It goes on when the guard is dropped.
    pub async fn wait(&self, peer: Uuid) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            turns.entry(peer).or_default().clone()
        };
        turn.lock_owned().await
    }
}
