//! A node on a real store: a SQLite file in a folder of its own. A crash leaves the file and its log
//! as they are and opens them again; a backup and a copied stick are copies of the file.

use crate::bug::Bug;
use crate::checks::Failure;
use crate::node::{Making, Node, Offer, Taking};
use crate::world::World;
use muster_domain::ids::{ActId, EntryId};
use muster_domain::time::Timestamp;
use muster_journal::sync::{Heads, Hello};
use muster_journal::wire::{read, write};
use muster_journal::{Entry, Series};
use muster_storage::journal::{self, verify};
use muster_storage::replication::{self, testing};
use muster_storage::{Act, Error, ReadTx, Store, StoreConfig, WriteTx, template};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};
use tempfile::TempDir;
use uuid::Uuid;

const FILE: &str = "muster.db";
/// What a crash leaves beside the file.
const LOG: &str = "muster.db-wal";
/// Entries that listeners read at once.
const FEW: i64 = 3;

/// A node on a store.
pub struct Stored {
    store: Store,
    folder: TempDir,
    id: Uuid,
    skew: i64,
    making: Making,
    heard: RefCell<Heard>,
}

/// What those who listen to this run of the program have heard.
#[derive(Default)]
struct Heard {
    place: i64,
    entries: BTreeSet<EntryId>,
    written: BTreeSet<EntryId>,
}

impl Stored {
    fn open(folder: TempDir, id: Uuid, skew: i64, making: Making) -> Result<Self, Failure> {
        let url = format!("sqlite:{}", folder.path().join(FILE).display());
        let config = StoreConfig { readers: 1, ..StoreConfig::new(url, id, Timestamp(0)) };
        let store = Store::open(&config).map_err(failed)?;
        let heard = Heard { place: *store.feed().borrow(), ..Heard::default() };
        Ok(Self { store, folder, id, skew, making, heard: RefCell::new(heard) })
    }

    /// Goes on from what is on the disk at this moment.
    fn crash(&mut self) -> Result<(), Failure> {
        let folder = folder()?;
        // The log first: what is copied out of it meanwhile is in both.
        for name in [LOG, FILE] {
            copy(&self.folder.path().join(name), &folder.path().join(name))?;
        }
        *self = Self::open(folder, self.id, self.skew, self.making)?;
        Ok(())
    }

    /// Tells listeners of some of what they have not heard; whether there was anything.
    fn tell(&self, limit: i64) -> Result<bool, Failure> {
        let mut heard = self.heard.borrow_mut();
        let place = heard.place;
        let rows = self.store.read(move |tx| journal::since(tx, place, limit)).wait();
        let rows = rows.map_err(failed)?;
        heard.place = rows.iter().filter_map(|row| row.seq).max().unwrap_or(place);
        heard.entries.extend(rows.iter().map(|row| row.id));
        Ok(!rows.is_empty())
    }

    /// Does something; what came of it, and all that it wrote into the journal.
    fn telling<T: Send + 'static>(
        &self,
        act: &Act,
        work: impl Fn(&mut WriteTx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<(T, Vec<Rc<Entry>>), Failure> {
        let before: BTreeSet<_> = self.entries()?.iter().map(|entry| entry.id).collect();
        let done = self.store.write(act, work).wait().map_err(failed)?;
        let mut after = self.entries()?;
        after.retain(|entry| !before.contains(&entry.id));
        Ok((done, after))
    }

    fn act_at(&self, now: i64, random: u128) -> Act {
        let at = now + self.skew;
        let millis = u128::try_from(at / 1_000).unwrap_or_default() & ((1 << 48) - 1);
        let id = ActId(Uuid::from_u128(millis << 80 | random >> 48));
        Act { id, at: Timestamp(at), actor: None, via: "web" }
    }
}

impl Node for Stored {
    type Disk = Arc<TempDir>;

    fn new(id: Uuid, skew: i64, making: Making) -> Result<Self, Failure> {
        let folder = folder()?;
        fs::write(folder.path().join(FILE), blank()?).map_err(failed)?;
        Self::open(folder, id, skew, making)
    }

    fn skew(&self) -> i64 {
        self.skew
    }

    fn begun(&self) -> Result<bool, Failure> {
        self.store.read(replication::replicates).wait().map_err(failed)
    }

    fn begin(&mut self, now: i64, random: u128) -> Result<(), Failure> {
        let begun = self.store.write(&self.act_at(now, random), replication::begin);
        begun.wait().map(drop).map_err(failed)
    }

    fn restate(&mut self, now: i64, random: u128, limit: i64) -> Result<bool, Failure> {
        let act = self.act_at(now, random);
        let (more, told) = self.telling(&act, move |tx| replication::restate(tx, limit))?;
        self.heard.borrow_mut().written.extend(told.iter().map(|entry| entry.id));
        Ok(more)
    }

    fn rows(&self) -> Result<Option<World>, Failure> {
        let records = self.store.read(testing::records).wait().map_err(failed)?;
        Ok(Some(World::of_rows(records)))
    }

    fn world(&self, bug: Option<Bug>) -> Result<World, Failure> {
        if !self.making.by_tables {
            return Ok(World::of(&self.entries()?, bug));
        }
        Ok(self.rows()?.unwrap_or_default())
    }

    fn entries(&self) -> Result<Vec<Rc<Entry>>, Failure> {
        let entries = self.store.read(testing::entries).wait().map_err(failed)?;
        Ok(entries.into_iter().map(Rc::new).collect())
    }

    fn heads(&self) -> Result<Heads, Failure> {
        self.store.read(replication::heads).wait().map_err(failed)
    }

    fn act(
        &mut self,
        now: i64,
        random: u128,
        changes: Vec<Entry>,
    ) -> Result<Vec<Rc<Entry>>, Failure> {
        let act = self.act_at(now, random);
        let written = if self.making.by_tables {
            // What an action says before its node replicates is some of what it did, or nothing.
            let mute = random.is_multiple_of(2) && !self.begun()?;
            self.telling(&act, move |tx| testing::act(tx, changes.clone(), mute))?.1
        } else {
            let write = self.store.write(&act, move |tx| testing::write(tx, changes.clone()));
            write.wait().map_err(failed)?.into_iter().map(Rc::new).collect()
        };
        self.heard.borrow_mut().written.extend(written.iter().map(|entry| entry.id));
        Ok(written)
    }

    fn hello(&self, forked: &BTreeSet<Series>) -> Result<Hello, Failure> {
        self.tell(FEW)?;
        let forked = forked.clone();
        self.store.read(move |tx| replication::hello(tx, &forked)).wait().map_err(failed)
    }

    fn offer(&self, hello: &Hello, limit: usize) -> Result<Offer, Failure> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let hello = hello.clone();
        let offer = self.store.read(move |tx| replication::offer(tx, &hello, limit)).wait();
        let replication::Offer { heads, forked, batch, .. } = offer.map_err(failed)?;
        Ok(Offer { heads, forked, bytes: write(&batch) })
    }

    fn forks(&self, offer: &Offer) -> Result<BTreeSet<Series>, Failure> {
        if self.making.bug == Some(Bug::IgnoresForks) {
            return Ok(BTreeSet::new());
        }
        let (heads, forked) = (offer.heads.clone(), offer.forked.clone());
        let asked = replication::Offer { heads, forked, ..replication::Offer::default() };
        self.store.read(move |tx| replication::forks(tx, &asked)).wait().map_err(failed)
    }

    fn take(&mut self, offer: &Offer, taking: Taking) -> Result<(), Failure> {
        let Ok(batch) = read(&offer.bytes) else { return Ok(()) };
        let chunk = taking.chunk;
        let parts = self.store.read(move |tx| replication::parts(tx, &batch, chunk)).wait();
        for (at, part) in parts.map_err(failed)?.into_iter().enumerate() {
            if taking.crash_after == Some(at) {
                return self.crash();
            }
            // Each transaction is an act of its own.
            let act = self.act_at(taking.now, taking.random ^ (at as u128) << 48);
            let take = self.store.write(&act, move |tx| testing::take(tx, &part, taking.stands));
            match take.wait() {
                Ok(_) => {}
                // It comes again.
                Err(Error::Restating) => return Ok(()),
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(())
    }

    fn back_up(&self) -> Result<Arc<TempDir>, Failure> {
        let folder = folder()?;
        let (from, to) = (self.folder.path().join(FILE), folder.path().join(FILE));
        Store::copy(&from, &to).map_err(failed)?;
        Ok(Arc::new(folder))
    }

    fn with(&self, disk: &Arc<TempDir>) -> Result<Self, Failure> {
        let folder = folder()?;
        copy(&disk.path().join(FILE), &folder.path().join(FILE))?;
        Self::open(folder, self.id, self.skew, self.making)
    }

    fn export(&self) -> Result<Option<String>, Failure> {
        let read = |tx: &mut ReadTx<'_>| {
            let mut lines = Vec::new();
            replication::export(tx, |line| lines.push(line))?;
            let mut waits = replication::list_pending(tx, None, i64::MAX)?;
            // They are listed as they came.
            waits.sort_by_key(|row| row.record);
            lines.extend(waits.iter().map(|row| format!("{} {} waits", row.entity, row.record)));
            Ok::<_, Error>(lines.join("\n"))
        };
        self.store.read(read).wait().map(Some).map_err(failed)
    }

    fn amiss(&self) -> Result<Option<EntryId>, Failure> {
        while self.tell(i64::MAX)? {}
        let report = verify(&self.store, |_| {}).map_err(failed)?;
        if let Some((broken, _)) = report.broken {
            return Err(Failure(broken.to_string()));
        }
        let miscounted = self.store.read(testing::miscounted).wait().map_err(failed)?;
        if let Some((of, person)) = miscounted.first().filter(|_| self.making.by_tables) {
            return Err(Failure(format!("the attendance of {person} in {of} is miscounted")));
        }
        if report.unnumbered > 0 {
            return Err(Failure(format!("{} entries have no number", report.unnumbered)));
        }
        let heard = self.heard.borrow();
        Ok(heard.written.difference(&heard.entries).next().copied())
    }
}

/// A new folder: in memory, where the system has files there, for nothing outlives the history.
fn folder() -> Result<TempDir, Failure> {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.map_err(failed)
}

/// A database with tables and no rows: its bytes, made once.
fn blank() -> Result<&'static [u8], Failure> {
    static BLANK: OnceLock<Result<Vec<u8>, Failure>> = OnceLock::new();
    let make = || {
        let folder = folder()?;
        let path = folder.path().join(FILE);
        template::blank(&path).map_err(failed)?;
        fs::read(&path).map_err(failed)
    };
    BLANK.get_or_init(make).as_deref().map_err(Failure::clone)
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    match fs::copy(from, to) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

#[allow(clippy::needless_pass_by_value, reason = "as map_err hands it over")]
fn failed(error: impl std::fmt::Display) -> Failure {
    Failure(error.to_string())
}
