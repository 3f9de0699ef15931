//! One history: what happens, in which order, by a seed.

use crate::acts::Acting;
use crate::bug::Bug;
use crate::checks::{Failure, Witness};
use crate::node::{Disk, Node, Offer};
use crate::rng::Rng;
use crate::world::World;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What a history is like.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many things happen.
    pub events: usize,
    /// A bug to plant.
    pub bug: Option<Bug>,
}

impl Default for Options {
    fn default() -> Self {
        Self { events: 120, bug: None }
    }
}

/// Microseconds.
const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3_600 * SECOND;
/// Beyond these nodes no further ones are copied.
const MOST: usize = 6;

struct History {
    rng: Rng,
    now: i64,
    nodes: Vec<Node>,
    /// Old disks of each node.
    backups: Vec<(usize, Disk)>,
    /// Pairs that do not reach each other.
    apart: Vec<(usize, usize)>,
    /// Batches that are still on their way: to whom.
    late: Vec<(usize, Offer)>,
    witness: Witness,
    options: Options,
}

/// Lives a history; how many entries were written.
pub fn run(seed: u64, options: Options) -> Result<usize, Failure> {
    let mut rng = Rng::new(seed);
    let count = 2 + rng.below(4);
    let skewed = rng.below(count);
    let node = |at: usize, rng: &mut Rng| {
        let hours = i64::try_from(rng.below(13)).unwrap_or_default() - 6;
        let year = if at == skewed && rng.percent(50) { 365 * 24 * HOUR } else { 0 };
        Node::new(Uuid::from_u128(rng.wide()), hours * HOUR + year, options.bug)
    };
    let nodes = (0..count).map(|at| node(at, &mut rng)).collect();
    let (now, witness) = (1_760_000_000 * SECOND, Witness::default());
    let (backups, apart, late) = (Vec::new(), Vec::new(), Vec::new());
    let mut history = History { rng, now, nodes, backups, apart, late, witness, options };
    for _ in 0..options.events {
        history.event()?;
    }
    history.settle()
}

impl History {
    fn event(&mut self) -> Result<(), Failure> {
        self.now += i64::try_from(self.rng.below(600)).unwrap_or_default() * SECOND;
        let at = self.rng.below(self.nodes.len());
        match self.rng.below(100) {
            0..50 => return self.act(at),
            50..78 => self.exchange(at),
            78..84 => self.deliver(),
            84..90 => self.part(at),
            90..95 => self.back_up(at),
            95..98 => self.restore(),
            _ => self.copy(at),
        }
        Ok(())
    }

    fn act(&mut self, at: usize) -> Result<(), Failure> {
        let (now, bug) = (self.now, self.options.bug);
        let random = self.rng.wide();
        let Some(node) = self.nodes.get_mut(at) else { return Ok(()) };
        let world = World::of(&node.disk.entries, bug);
        let changes = Acting { world: &world, rng: &mut self.rng, now: now + node.skew }.any();
        if changes.is_empty() {
            return Ok(());
        }
        let before = node.clone();
        let written = node.act(now, random, changes);
        self.witness.saw(&before, &written);
        Witness::is_seen(&World::of(&node.disk.entries, bug), &written)
    }

    /// One node fetches from another, and much may happen to the batch.
    fn exchange(&mut self, to: usize) {
        let from = self.rng.below(self.nodes.len());
        if from == to || self.apart.contains(&(from.min(to), from.max(to))) {
            return;
        }
        let limit = 1 + self.rng.below(20);
        let Some(mut offer) = self.offer(from, to, limit) else { return };
        if self.rng.percent(10) {
            let length = self.rng.below(offer.bytes.len());
            offer.bytes.truncate(length);
        }
        if self.rng.percent(20) {
            self.late.push((to, offer.clone()));
        }
        if self.rng.percent(90) {
            self.take(to, &offer);
        }
    }

    /// A forked series is offered from the last number that both have.
    fn offer(&self, from: usize, to: usize, limit: usize) -> Option<Offer> {
        let (from, to) = (self.nodes.get(from)?, self.nodes.get(to)?);
        let offer = from.offer(&to.hello(&BTreeSet::new()), limit);
        let forked = to.forks(&offer);
        if forked.is_empty() {
            return Some(offer);
        }
        Some(from.offer(&to.hello(&forked), limit))
    }

    fn take(&mut self, to: usize, offer: &Offer) {
        let chunk = 1 + self.rng.below(6);
        let crash = self.rng.percent(15).then(|| self.rng.below(4));
        let random = self.rng.wide();
        if let Some(node) = self.nodes.get_mut(to) {
            node.take(offer, random, chunk, crash);
        }
    }

    /// A batch arrives late, or once more.
    fn deliver(&mut self) {
        if self.late.is_empty() {
            return;
        }
        let at = self.rng.below(self.late.len());
        let (to, offer) = if self.rng.percent(50) {
            self.late.swap_remove(at)
        } else {
            let Some(late) = self.late.get(at).cloned() else { return };
            late
        };
        self.take(to, &offer);
    }

    /// Two nodes lose sight of each other, or meet again.
    fn part(&mut self, one: usize) {
        let other = self.rng.below(self.nodes.len());
        let pair = (one.min(other), one.max(other));
        if let Some(at) = self.apart.iter().position(|apart| *apart == pair) {
            self.apart.swap_remove(at);
        } else if one != other {
            self.apart.push(pair);
        }
    }

    fn back_up(&mut self, at: usize) {
        if let Some(node) = self.nodes.get(at) {
            self.backups.push((at, node.disk.clone()));
        }
    }

    /// A disk is lost; the node goes on from a backup, however old.
    fn restore(&mut self) {
        let Some((at, disk)) = self.rng.of(&self.backups).cloned() else { return };
        let Some(old) = self.nodes.get(at).cloned() else { return };
        let new = old.with(disk);
        if let Some(node) = self.nodes.get_mut(at) {
            *node = new;
        }
        self.witness.lost(&old, &self.nodes);
    }

    /// A stick is copied, and both are used.
    fn copy(&mut self, at: usize) {
        let Some(node) = self.nodes.get(at) else { return };
        if self.nodes.len() < MOST {
            self.nodes.push(node.with(node.disk.clone()));
        }
    }

    /// Everybody reaches everybody until nothing is left to tell; then all has to hold.
    fn settle(&mut self) -> Result<usize, Failure> {
        self.apart.clear();
        for _ in 0..40 {
            let before: Vec<_> = self.nodes.iter().map(|node| node.disk.heads.clone()).collect();
            for to in 0..self.nodes.len() {
                for from in 0..self.nodes.len() {
                    self.now += SECOND;
                    let Some(offer) = self.offer(from, to, 1_000) else { continue };
                    let Some(node) = self.nodes.get_mut(to).filter(|_| from != to) else {
                        continue;
                    };
                    node.take(&offer, self.rng.wide(), 500, None);
                }
            }
            let after = self.nodes.iter().map(|node| &node.disk.heads);
            if before.iter().eq(after)
                && before.windows(2).all(|pair| matches!(pair, [a, b] if a == b))
            {
                break;
            }
        }
        let worlds: Vec<_> =
            self.nodes.iter().map(|node| World::of(&node.disk.entries, self.options.bug)).collect();
        self.witness.check(&self.nodes, &worlds)?;
        Ok(self.witness.written.len())
    }
}
