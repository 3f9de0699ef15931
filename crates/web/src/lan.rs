//! Where phones of the same network find this node.

use std::sync::{PoisonError, RwLock};

/// Changes while serving: a laptop is carried from one network into another.
#[derive(Debug, Default)]
pub struct Lan(RwLock<Option<Found>>);

/// How a node is reached in its network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Where links in codes lead, without a slash at the end: never to `localhost`.
    pub link: String,
    /// Where camera and offline app work, once the phone trusts the node.
    pub https: Option<String>,
    /// The same as `link`, by the name that is announced; not every phone finds it.
    pub named: Option<String>,
}

impl Lan {
    /// How it is reached, if it has a network.
    pub fn found(&self) -> Option<Found> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// It is reached like this from now on.
    pub fn moved(&self, found: Option<Found>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = found;
    }
}
