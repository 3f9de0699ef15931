//! What a history does to a node, wherever that keeps what it knows.

use crate::bug::Bug;
use crate::checks::Failure;
use crate::world::World;
use muster_domain::ids::EntryId;
use muster_journal::sync::{Heads, Hello, Stands};
use muster_journal::{Entry, Series};
use std::collections::BTreeSet;
use std::rc::Rc;
use uuid::Uuid;

/// What one node sends to another.
#[derive(Clone, Debug)]
pub struct Offer {
    /// How far it is itself.
    pub heads: Heads,
    /// Series that the receiver holds otherwise.
    pub forked: BTreeSet<Series>,
    /// The batch as bytes.
    pub bytes: Vec<u8>,
}

/// How a batch is taken up.
#[derive(Clone, Copy, Debug)]
pub struct Taking {
    /// The node's true time.
    pub now: i64,
    /// Chance.
    pub random: u128,
    /// Steps of a transaction, where it may be several.
    pub chunk: usize,
    /// After how many transactions the node crashes, if it does.
    pub crash_after: Option<usize>,
    /// Which branch of a forked series stands.
    pub stands: Stands,
}

/// How a node is made.
#[derive(Clone, Copy, Debug)]
pub struct Making {
    /// A bug that it has.
    pub bug: Option<Bug>,
    /// Whether it acts by its tables.
    pub by_tables: bool,
}

/// A node of the network.
pub trait Node: Sized {
    /// What survives a crash, and what a backup or a copied stick holds.
    type Disk: Clone;

    /// A new node; by its tables, if it acts as the program does and its journal is told of it
    /// afterwards. Such a one replicates once it begins to.
    fn new(id: Uuid, skew: i64, making: Making) -> Result<Self, Failure>;

    /// Whether it replicates.
    fn begun(&self) -> Result<bool, Failure> {
        Ok(true)
    }

    /// Begins to replicate.
    fn begin(&mut self, _now: i64, _random: u128) -> Result<(), Failure> {
        Ok(())
    }

    /// Tells of some of what it held before it began; whether there is more.
    fn restate(&mut self, _now: i64, _random: u128, _limit: i64) -> Result<bool, Failure> {
        Ok(false)
    }

    /// What stands in its tables, where it has some.
    fn rows(&self) -> Result<Option<World>, Failure> {
        Ok(None)
    }

    /// What stands on it, as whoever acts there sees it.
    fn world(&self, bug: Option<Bug>) -> Result<World, Failure> {
        Ok(World::of(&self.entries()?, bug))
    }

    /// By how much its wall clock is wrong.
    fn skew(&self) -> i64;

    /// Every entry that it holds.
    fn entries(&self) -> Result<Vec<Rc<Entry>>, Failure>;

    /// How far it holds each series.
    fn heads(&self) -> Result<Heads, Failure>;

    /// Writes what an act changed, in one transaction.
    fn act(
        &mut self,
        now: i64,
        random: u128,
        changes: Vec<Entry>,
    ) -> Result<Vec<Rc<Entry>>, Failure>;

    /// What it says of itself before it is sent anything, with rungs of these series.
    fn hello(&self, forked: &BTreeSet<Series>) -> Result<Hello, Failure>;

    /// What it has for a node that says so of itself, at most `limit` entries.
    fn offer(&self, hello: &Hello, limit: usize) -> Result<Offer, Failure>;

    /// Series of which the sender of an offer has something else: it has to offer again, by rungs.
    fn forks(&self, offer: &Offer) -> Result<BTreeSet<Series>, Failure>;

    /// Takes up a batch. What it could not read it leaves.
    fn take(&mut self, offer: &Offer, taking: Taking) -> Result<(), Failure>;

    /// Its disk as it is now.
    fn back_up(&self) -> Result<Self::Disk, Failure>;

    /// The node as another disk has it.
    fn with(&self, disk: &Self::Disk) -> Result<Self, Failure>;

    /// All its records as text, and which of them wait, where it keeps records.
    fn export(&self) -> Result<Option<String>, Failure>;

    /// An entry that it wrote and of which its listeners were not told, and anything else that is
    /// wrong with it alone.
    fn amiss(&self) -> Result<Option<EntryId>, Failure>;
}
