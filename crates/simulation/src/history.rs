//! One history: what happens, in which order, by a seed.

use crate::acts::Acting;
use crate::bug::Bug;
use crate::checks::{Failure, Witness};
use crate::node::{Making, Node, Offer, Taking};
use crate::rng::Rng;
use crate::world::World;
use muster_journal::sync::{Heads, Stands};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What a history is like.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many things happen.
    pub events: usize,
    /// A bug to plant.
    pub bug: Option<Bug>,
    /// Whether nodes on real stores act by their tables, and some of them alone until they begin to
    /// replicate, at any moment.
    pub late: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { events: 120, bug: None, late: false }
    }
}

/// Microseconds.
const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3_600 * SECOND;
/// Beyond these nodes no further ones are copied.
const MOST: usize = 6;

struct History<N: Node> {
    rng: Rng,
    now: i64,
    nodes: Vec<N>,
    /// Whether the first node is the hub: the others meet nobody else.
    has_hub: bool,
    /// Old disks of each node.
    backups: Vec<(usize, N::Disk)>,
    /// Pairs that do not reach each other.
    apart: Vec<(usize, usize)>,
    /// Batches that are still on their way: to whom.
    late: Vec<(usize, Offer)>,
    witness: Witness,
    options: Options,
}

/// Lives a history; how many entries were written.
pub fn run<N: Node>(seed: u64, options: Options) -> Result<usize, Failure> {
    let mut rng = Rng::new(seed);
    let count = 2 + rng.below(4);
    let skewed = rng.below(count);
    let node = |at: usize, rng: &mut Rng| {
        let hours = i64::try_from(rng.below(13)).unwrap_or_default() - 6;
        let year = if at == skewed && rng.percent(50) { 365 * 24 * HOUR } else { 0 };
        let making = Making { bug: options.bug, by_tables: options.late };
        N::new(Uuid::from_u128(rng.wide()), hours * HOUR + year, making)
    };
    let nodes = (0..count).map(|at| node(at, &mut rng)).collect::<Result<Vec<N>, _>>()?;
    let (now, witness) = (1_760_000_000 * SECOND, Witness::default());
    let (backups, apart, late) = (Vec::new(), Vec::new(), Vec::new());
    let has_hub = rng.percent(50);
    let mut history = History { rng, now, nodes, has_hub, backups, apart, late, witness, options };
    for at in 0..count {
        if options.late && history.rng.percent(60) {
            history.begin(at)?;
        }
    }
    for _ in 0..options.events {
        history.event()?;
    }
    history.settle()
}

impl<N: Node> History<N> {
    fn event(&mut self) -> Result<(), Failure> {
        self.now += i64::try_from(self.rng.below(600)).unwrap_or_default() * SECOND;
        let at = self.rng.below(self.nodes.len());
        if self.options.late {
            self.go_on(at)?;
        }
        match self.rng.below(100) {
            0..50 => return self.act(at),
            50..78 => return self.exchange(at),
            78..84 => return self.deliver(),
            84..90 => self.part(at),
            90..95 => return self.back_up(at),
            95..98 => return self.restore(),
            _ => return self.copy(at),
        }
        Ok(())
    }

    /// A node that acts alone begins to replicate some day, and tells by and by what it holds.
    fn go_on(&mut self, at: usize) -> Result<(), Failure> {
        if self.node(at)?.begun()? {
            let limit = 1 + self.rng.below(12);
            if self.rng.percent(40) { self.restate(at, limit).map(drop) } else { Ok(()) }
        } else if self.rng.percent(8) {
            self.begin(at)
        } else {
            Ok(())
        }
    }

    fn begin(&mut self, at: usize) -> Result<(), Failure> {
        let (now, random) = (self.now, self.rng.wide());
        let Some(node) = self.nodes.get_mut(at) else { return Ok(()) };
        node.begin(now, random)?;
        if let Some(rows) = node.rows()? {
            self.witness.begins(at, &rows);
        }
        Ok(())
    }

    fn restate(&mut self, at: usize, limit: usize) -> Result<bool, Failure> {
        let (now, random) = (self.now, self.rng.wide());
        let Some(node) = self.nodes.get_mut(at) else { return Ok(false) };
        let known = node.entries()?;
        let before: BTreeSet<_> = known.iter().map(|entry| entry.id).collect();
        let more = node.restate(now, random, i64::try_from(limit).unwrap_or(i64::MAX))?;
        let mut told = node.entries()?;
        told.retain(|entry| !before.contains(&entry.id));
        self.witness.saw(&known, &told);
        Ok(more)
    }

    fn act(&mut self, at: usize) -> Result<(), Failure> {
        let (now, bug) = (self.now, self.options.bug);
        let random = self.rng.wide();
        let Some(node) = self.nodes.get_mut(at) else { return Ok(()) };
        let known = node.entries()?;
        let (told, world) = (World::of(&known, bug), node.world(bug)?);
        let now_here = now + node.skew();
        let (signs_in, by_tables) = (self.has_hub, self.options.late);
        let rng = &mut self.rng;
        let mut acting =
            Acting { world: &world, told: &told, rng, now: now_here, signs_in, by_tables };
        let changes = acting.any();
        if changes.is_empty() {
            return Ok(());
        }
        self.witness.changes(at, &changes);
        let written = node.act(now, random, changes)?;
        self.witness.saw(&known, &written);
        Witness::is_seen(&node.world(bug)?, &written)
    }

    /// One node fetches from another, and much may happen to the batch.
    fn exchange(&mut self, to: usize) -> Result<(), Failure> {
        let from = self.rng.below(self.nodes.len());
        // Where there is a hub, an edge that would meet another one meets that.
        let from = if self.has_hub && to > 0 { 0 } else { from };
        if from == to || self.apart.contains(&(from.min(to), from.max(to))) {
            return Ok(());
        }
        if !self.node(from)?.begun()? || !self.node(to)?.begun()? {
            return Ok(());
        }
        let limit = 1 + self.rng.below(20);
        let mut offer = self.offer(from, to, limit)?;
        if self.rng.percent(10) {
            let length = self.rng.below(offer.bytes.len());
            offer.bytes.truncate(length);
        }
        if self.rng.percent(20) {
            self.late.push((to, offer.clone()));
        }
        if self.rng.percent(90) { self.take(to, &offer) } else { Ok(()) }
    }

    /// A forked series is offered from the last number that both have.
    fn offer(&self, from: usize, to: usize, limit: usize) -> Result<Offer, Failure> {
        let (from, to) = (self.node(from)?, self.node(to)?);
        let offer = from.offer(&to.hello(&BTreeSet::new())?, limit)?;
        let forked = to.forks(&offer)?;
        if forked.is_empty() {
            return Ok(offer);
        }
        from.offer(&to.hello(&forked)?, limit)
    }

    fn node(&self, at: usize) -> Result<&N, Failure> {
        self.nodes.get(at).ok_or_else(|| Failure(format!("there is no node {at}")))
    }

    fn take(&mut self, to: usize, offer: &Offer) -> Result<(), Failure> {
        let chunk = 1 + self.rng.below(6);
        let crash_after = self.rng.percent(15).then(|| self.rng.below(4));
        let (random, stands) = (self.rng.wide(), self.stands(to));
        let taking = Taking { now: self.now, random, chunk, crash_after, stands };
        match self.nodes.get_mut(to) {
            Some(node) => node.take(offer, taking),
            None => Ok(()),
        }
    }

    /// Which branch of a forked series stands for that node.
    const fn stands(&self, to: usize) -> Stands {
        match (self.has_hub, to) {
            (false, _) => Stands::Smaller,
            (true, 0) => Stands::Mine,
            (true, _) => Stands::Theirs,
        }
    }

    /// A batch arrives late, or once more.
    fn deliver(&mut self) -> Result<(), Failure> {
        if self.late.is_empty() {
            return Ok(());
        }
        let at = self.rng.below(self.late.len());
        let (to, offer) = if self.rng.percent(50) {
            self.late.swap_remove(at)
        } else {
            let Some(late) = self.late.get(at).cloned() else { return Ok(()) };
            late
        };
        if self.node(to)?.begun()? { self.take(to, &offer) } else { Ok(()) }
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

    fn back_up(&mut self, at: usize) -> Result<(), Failure> {
        let disk = self.node(at)?.back_up()?;
        self.backups.push((at, disk));
        Ok(())
    }

    /// A disk is lost; the node goes on from a backup, however old.
    fn restore(&mut self) -> Result<(), Failure> {
        let Some((at, disk)) = self.rng.of(&self.backups).cloned() else { return Ok(()) };
        let (old, new) = (self.node(at)?.entries()?, self.node(at)?.with(&disk)?);
        if let Some(node) = self.nodes.get_mut(at) {
            *node = new;
        }
        let others = self.nodes.iter().map(N::entries).collect::<Result<Vec<_>, _>>()?;
        self.witness.lost(at, &old, &others);
        Ok(())
    }

    /// A stick is copied, and both are used.
    fn copy(&mut self, at: usize) -> Result<(), Failure> {
        if self.nodes.len() < MOST {
            let node = self.node(at)?;
            let copy = node.with(&node.back_up()?)?;
            self.nodes.push(copy);
        }
        Ok(())
    }

    /// Everybody reaches everybody until nothing is left to tell; then all has to hold.
    fn settle(&mut self) -> Result<usize, Failure> {
        self.apart.clear();
        for at in 0..self.nodes.len() {
            if !self.node(at)?.begun()? {
                self.begin(at)?;
            }
            while self.restate(at, 100)? {}
        }
        for _ in 0..40 {
            let before = self.heads()?;
            for to in 0..self.nodes.len() {
                let meets = |from: &usize| *from != to && (!self.has_hub || *from == 0 || to == 0);
                for from in (0..self.nodes.len()).filter(meets).collect::<Vec<_>>() {
                    self.now += SECOND;
                    let offer = self.offer(from, to, 1_000)?;
                    let random = self.rng.wide();
                    let (crash_after, stands) = (None, self.stands(to));
                    let taking = Taking { now: self.now, random, chunk: 500, crash_after, stands };
                    if let Some(node) = self.nodes.get_mut(to) {
                        node.take(&offer, taking)?;
                    }
                }
            }
            let after = self.heads()?;
            if before == after && after.windows(2).all(|pair| matches!(pair, [a, b] if a == b)) {
                break;
            }
        }
        self.witness.check(&self.nodes, self.options.bug)?;
        Ok(self.witness.written.len())
    }

    fn heads(&self) -> Result<Vec<Heads>, Failure> {
        self.nodes.iter().map(N::heads).collect()
    }
}
