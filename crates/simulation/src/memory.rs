//! A node that keeps in memory what storage keeps on disk: the rules alone.

use crate::bug::Bug;
use crate::checks::Failure;
use crate::node::{Making, Node, Offer, Taking};
use muster_domain::ids::{ActId, EntryId};
use muster_domain::time::Timestamp;
use muster_journal::sync::{
    Accepted, Batch, Heads, Hello, Item, Sent, Stands, Step, accept_by, plan, rungs,
};
use muster_journal::wire::{read, write};
use muster_journal::{Clock, Digest, Entry, GENESIS, Head, Series, entry_id, link};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use uuid::Uuid;

/// An entry where it was applied.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its series.
    pub series: Series,
    /// Its number.
    pub seq: i64,
    /// Its link.
    pub hash: Digest,
    /// The entry.
    pub entry: Rc<Entry>,
}

/// What survives a crash, and what a backup holds.
#[derive(Clone, Debug)]
pub struct Disk {
    /// The series in which the node writes.
    pub own: Series,
    /// The last reading.
    pub clock: i64,
    /// In the order in which they were applied.
    pub log: Vec<Line>,
    /// Where each series ends.
    pub heads: Heads,
    /// Every entry, in the order of its arrival.
    pub entries: Vec<Rc<Entry>>,
}

/// A node in memory.
#[derive(Clone, Debug)]
pub struct Memory {
    disk: Disk,
    skew: i64,
    bug: Option<Bug>,
}

impl Node for Memory {
    type Disk = Disk;

    fn new(id: Uuid, skew: i64, making: Making) -> Result<Self, Failure> {
        let own = Series { node: id, incarnation: 1 };
        let (log, entries, heads) = (Vec::new(), Vec::new(), Heads::default());
        let disk = Disk { own, clock: 0, log, heads, entries };
        Ok(Self { disk, skew, bug: making.bug })
    }

    fn skew(&self) -> i64 {
        self.skew
    }

    fn entries(&self) -> Result<Vec<Rc<Entry>>, Failure> {
        Ok(self.disk.entries.clone())
    }

    fn heads(&self) -> Result<Heads, Failure> {
        Ok(self.disk.heads.clone())
    }

    fn back_up(&self) -> Result<Disk, Failure> {
        Ok(self.disk.clone())
    }

    fn with(&self, disk: &Disk) -> Result<Self, Failure> {
        Ok(Self { disk: disk.clone(), ..*self })
    }

    fn export(&self) -> Result<Option<String>, Failure> {
        Ok(None)
    }

    fn amiss(&self) -> Result<Option<EntryId>, Failure> {
        Ok(None)
    }

    fn act(
        &mut self,
        now: i64,
        random: u128,
        changes: Vec<Entry>,
    ) -> Result<Vec<Rc<Entry>>, Failure> {
        let at = now + self.skew;
        let millis = u128::try_from(at / 1_000).unwrap_or_default() & ((1 << 48) - 1);
        let act = ActId(Uuid::from_u128(millis << 80 | random >> 48));
        let over = changes.iter().map(|change| change.clock).max().unwrap_or_default();
        let clock = self.issue(now, if self.bug == Some(Bug::IgnoresReadings) { 0 } else { over });
        let number = |(position, change): (usize, Entry)| {
            let id = entry_id(act, position);
            Rc::new(Entry { id, act, at: Timestamp(at), clock, ..change })
        };
        let entries: Vec<_> = changes.into_iter().enumerate().map(number).collect();
        for entry in &entries {
            self.disk.entries.push(Rc::clone(entry));
            self.append(entry);
        }
        Ok(entries)
    }

    fn hello(&self, forked: &BTreeSet<Series>) -> Result<Hello, Failure> {
        let ladder = |series: &Series| {
            let head = self.disk.heads.of(*series);
            let at = |seq| Some(Head { seq, hash: self.link_at(*series, seq)? });
            (*series, rungs(head.seq).filter_map(at).collect())
        };
        let rungs = forked.iter().map(ladder).collect();
        Ok(Hello { heads: self.disk.heads.clone(), rungs })
    }

    fn offer(&self, hello: &Hello, limit: usize) -> Result<Offer, Failure> {
        let plan = plan(&self.disk.heads, hello, |series, seq| self.link_at(series, seq));
        let lacks =
            |line: &&Line| plan.send.get(&line.series).is_some_and(|after| line.seq > *after);
        let mut ends = BTreeMap::new();
        let mut items = Vec::new();
        for Line { series, seq, hash, entry } in self.disk.log.iter().filter(lacks).take(limit) {
            ends.insert(*series, Head { seq: *seq, hash: *hash });
            let sent = Sent::new(*series, *seq, (**entry).clone());
            items.push(Item::Entry(Arc::new(sent)));
        }
        let bytes = write(&Batch { items, ends: ends.into_iter().collect() });
        Ok(Offer { heads: self.disk.heads.clone(), forked: plan.forked, bytes })
    }

    fn forks(&self, offer: &Offer) -> Result<BTreeSet<Series>, Failure> {
        if self.bug == Some(Bug::IgnoresForks) {
            return Ok(BTreeSet::new());
        }
        let theirs = Hello { heads: offer.heads.clone(), ..Hello::default() };
        let plan = plan(&self.disk.heads, &theirs, |series, seq| self.link_at(series, seq));
        Ok(plan.forked.into_iter().chain(offer.forked.iter().copied()).collect())
    }

    fn take(&mut self, offer: &Offer, taking: Taking) -> Result<(), Failure> {
        let Ok(batch) = read(&offer.bytes) else { return Ok(()) };
        let accepted = self.accept(batch, taking.stands);
        // Before anything is numbered anew: it must not get a number that comes with the batch.
        let own = |step: &Step| match step {
            Step::Drop(series, _) => *series == self.disk.own,
            Step::Take(Item::Entry(sent), _) => sent.series == self.disk.own,
            Step::Take(Item::Run(_), _) => false,
        };
        if accepted.steps.iter().any(own) && self.bug != Some(Bug::IgnoresForks) {
            self.begin_anew(taking.random);
        }
        for (at, steps) in accepted.steps.chunks(taking.chunk.max(1)).enumerate() {
            if taking.crash_after == Some(at) {
                if self.bug == Some(Bug::AcknowledgesBeforeItKeeps) {
                    self.disk.heads = accepted.heads;
                }
                return Ok(());
            }
            for step in steps {
                self.step(step);
            }
        }
        Ok(())
    }
}

impl Memory {
    fn issue(&mut self, now: i64, over: i64) -> i64 {
        let clock = Clock::after(self.disk.clock);
        self.disk.clock = clock.issue(Timestamp(now + self.skew), over);
        self.disk.clock
    }

    /// Gives an entry the next number of the own series.
    fn append(&mut self, entry: &Rc<Entry>) {
        let own = self.disk.own;
        let head = link(own, self.disk.heads.of(own), &entry.digest());
        self.number(own, head, entry);
    }

    fn number(&mut self, series: Series, head: Head, entry: &Rc<Entry>) {
        let entry = Rc::clone(entry);
        self.disk.log.push(Line { series, seq: head.seq, hash: head.hash, entry });
        self.disk.heads.set(series, head);
    }

    fn link_at(&self, series: Series, seq: i64) -> Option<Digest> {
        let mut found = self.disk.log.iter().filter(|l| l.series == series && l.seq == seq);
        found.next().map(|line| line.hash)
    }

    fn accept(&self, mut batch: Batch, stands: Stands) -> Accepted {
        let known = self.disk.heads.clone();
        if self.bug == Some(Bug::TakesAfterGaps) {
            batch.ends.clear();
            let mut heads = known;
            let take = |item: Item| {
                let Item::Entry(sent) = &item else { return None };
                let before = heads.of(sent.series);
                let hash = link(sent.series, before, &sent.entry.digest()).hash;
                if sent.seq <= before.seq {
                    return None;
                }
                heads.set(sent.series, Head { seq: sent.seq, hash });
                Some(Step::Take(item, hash))
            };
            let steps = batch.items.into_iter().filter_map(take).collect();
            return Accepted { steps, heads, ..Accepted::default() };
        }
        accept_by(&known, stands, |series, seq| self.link_at(series, seq), batch)
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Drop(series, from) => self.give_up(*series, *from),
            Step::Take(Item::Entry(sent), hash) => {
                let entry = self.keep(&sent.entry);
                self.number(sent.series, Head { seq: sent.seq, hash: *hash }, &entry);
            }
            Step::Take(Item::Run(run), _) => self.disk.heads.set(run.series, run.last),
        }
    }

    /// The entry as it is here; it is applied if it is new.
    fn keep(&mut self, entry: &Entry) -> Rc<Entry> {
        if let Some(known) = self.entry(entry.id) {
            return known;
        }
        if self.bug != Some(Bug::IgnoresReadings) {
            self.disk.clock = self.disk.clock.max(entry.clock);
        }
        let entry = Rc::new(entry.clone());
        self.disk.entries.push(Rc::clone(&entry));
        entry
    }

    fn entry(&self, id: EntryId) -> Option<Rc<Entry>> {
        self.disk.entries.iter().find(|entry| entry.id == id).cloned()
    }

    /// Another incarnation: what was written in the old one may have been written by a copy, too.
    /// Drawn by chance: copies have the same clock.
    fn begin_anew(&mut self, random: u128) {
        let incarnation = i64::try_from(random >> 65).unwrap_or_default();
        self.disk.own = Series { incarnation, ..self.disk.own };
    }

    fn give_up(&mut self, series: Series, from: i64) {
        let (gone, left) = std::mem::take(&mut self.disk.log)
            .into_iter()
            .partition::<Vec<_>, _>(|line| line.series == series && line.seq >= from);
        self.disk.log = left;
        let hash = self.link_at(series, from - 1);
        let head = hash.map_or(GENESIS, |hash| Head { seq: from - 1, hash });
        self.disk.heads.set(series, head);
        for Line { entry, .. } in gone {
            let numbered = self.disk.log.iter().any(|line| line.entry.id == entry.id);
            if self.bug == Some(Bug::ForgetsOrphans) {
                self.disk.entries.retain(|known| known.id != entry.id || numbered);
            } else if !numbered {
                self.append(&entry);
            }
        }
    }
}
