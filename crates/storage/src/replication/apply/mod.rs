//! Applying what came from other nodes: of every record that an entry changes, what stands is worked
//! out from all its changes, wherever they were made, and written in place of its row. Nothing but
//! the set of entries decides, so that every node comes to the same, in whatever order they come.
//!
//! - `changes`: the changes of records, from the journal and from what comes in
//! - `claims`, `derived`, `redirects`, `unite`: records that are one
//! - `drafts`, `refers`, `words`: rows, what they need, and what they may hold
//! - `write`, `unique`, `holders`, `leading`: storing them, who keeps what one alone may have, what
//!   else follows a record that leads to another one
//! - `counts`, `news`: what is added up, and what students are to be told
//! - `conflicts`, `pending`, `settled`: what is listed, what waits, what was looked at

pub(crate) mod changes;
pub(crate) mod claims;
pub(crate) mod conflicts;
pub(crate) mod counts;
mod derived;
mod drafts;
pub(crate) mod holders;
pub(crate) mod leading;
pub(crate) mod news;
pub(crate) mod pending;
pub(crate) mod redirects;
mod refers;
pub(crate) mod settled;
pub(crate) mod unique;
mod unite;
mod words;
mod write;

#[cfg(feature = "testing")]
pub(super) use counts::count_anew;
pub(super) use derived::KINDS as FOLLOWING;
pub use pending::{PendingRow, count_pending, list_pending};
pub(super) use redirects::Redirects;
pub use redirects::stands_for;
pub(super) use unique::contested_of as contested;
pub(super) use unite::lead;

use crate::{ReadTx, Result, Statement, WriteTx};
use changes::Journal;
use drafts::Drafts;
use muster_journal::kinds::kind_of;
use muster_journal::{Entry, Series};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A record: its kind and its id.
pub(crate) type Id = (&'static str, Uuid);

/// The name of a kind as long as the program runs; none if it is unknown.
fn entity_of(entity: &str) -> Option<&'static str> {
    kind_of(entity).map(|kind| kind.entity)
}

/// What is known while entries are applied.
pub(crate) struct Pass<'b> {
    journal: Journal<'b>,
    redirects: Redirects,
    /// The records that lead to those that are looked at.
    led: BTreeSet<Id>,
    /// What was written, to be thrown away while the database is at work.
    spent: Vec<Drafts>,
}

/// Applies entries that are not in the journal yet, each with the node that wrote it; which records they
/// changed, and which waited for these. What was needed for it is given back: to free all that takes a
/// while, in which the database can be at work.
pub(super) fn apply<'b>(
    tx: &mut WriteTx<'_>,
    own: Series,
    came: impl IntoIterator<Item = (&'b Entry, Uuid)>,
) -> Result<(BTreeSet<Id>, Pass<'b>)> {
    let mut pass = Pass::open(tx, Journal::new(own.node, came))?;
    let mut here = settled::since_last(tx, &mut pass.journal)?;
    let (mut changed, mut all) = (pass.journal.changed(), BTreeSet::new());
    while !changed.is_empty() || !here.is_empty() {
        let came = pass.round(tx, &changed, &std::mem::take(&mut here))?;
        all.append(&mut changed);
        changed = pass.waiting(tx, &came)?;
    }
    Ok((all, pass))
}

/// Looks again at records that waited for something that is here by now: a record, or what was
/// fetched by its digest, of which the first 16 bytes count as its id.
pub fn arrived(tx: &mut WriteTx<'_>, ids: &BTreeSet<Uuid>) -> Result<()> {
    let own = crate::journal::node::series(tx)?;
    let mut pass = Pass::open(tx, Journal::new(own.node, []))?;
    let changed = pass.waiting(tx, ids)?;
    pass.until_settled(tx, changed)
}

/// Works out again what stands of records, marks with their sessions.
pub(super) fn look_again(tx: &mut WriteTx<'_>, records: BTreeMap<Id, Option<Uuid>>) -> Result<()> {
    let own = crate::journal::node::series(tx)?;
    let mut pass = Pass::open(tx, Journal::new(own.node, []))?;
    for ((_, record), session) in &records {
        pass.journal.note(*record, *session);
    }
    pass.until_settled(tx, records.into_keys().collect())
}

impl<'b> Pass<'b> {
    fn open(tx: &mut ReadTx<'_>, journal: Journal<'b>) -> Result<Self> {
        let redirects = Redirects::open(tx)?;
        Ok(Self { journal, redirects, led: BTreeSet::new(), spent: Vec::new() })
    }

    /// Brings these up to date, and then whoever waited for them.
    fn until_settled(&mut self, tx: &mut WriteTx<'_>, mut changed: BTreeSet<Id>) -> Result<()> {
        while !changed.is_empty() {
            let came = self.round(tx, &changed, &BTreeSet::new())?;
            changed = self.waiting(tx, &came)?;
        }
        Ok(())
    }

    /// Who waits for these.
    fn waiting(&mut self, tx: &mut ReadTx<'_>, came: &BTreeSet<Uuid>) -> Result<BTreeSet<Id>> {
        pending::waiting(tx, came, |record, session| self.journal.note(record, session))
    }

    /// Brings the rows of changed records up to date, and of those that this node changed itself
    /// what else follows; which records are there by it.
    fn round(
        &mut self,
        tx: &mut WriteTx<'_>,
        changed: &BTreeSet<Id>,
        here: &BTreeSet<Id>,
    ) -> Result<BTreeSet<Uuid>> {
        let looked_at: BTreeSet<Id> = changed.union(here).copied().collect();
        let united = unite::unite(tx, self, &looked_at)?;
        self.led.clone_from(&united.led);
        // A row that this node wrote itself is as it should be, unless others turned out to be it, or
        // one that leads to it was changed elsewhere. What it only numbered may wait to be written.
        let waits = pending::among(tx, here)?;
        let stand = |id: Id| [(id.0, self.redirects.resolve(id)), id];
        let stale: BTreeSet<Id> = changed.union(&waits).copied().flat_map(stand).collect();
        let kept = here.difference(&stale).filter(|id| !united.follows.contains(*id));
        let kept: BTreeSet<Id> = kept.copied().collect();
        let mut drafts = drafts::drafts(tx, self, &united, &kept)?;
        let came = write::write(tx, self, &mut drafts, &united.led)?;
        let stand = drafts.all.iter().map(|draft| (draft.id, &*draft.changes, &draft.standing));
        let stand: Vec<_> = stand.collect();
        conflicts::list(tx, &stand, &self.led)?;
        let all = drafts.all.iter().map(|draft| draft.id).chain(self.led.iter().copied());
        let all: BTreeSet<Id> = all.chain(looked_at).collect();
        pending::put(tx, &all, &drafts.listed(), |record| self.journal.session(record))?;
        drafts.release();
        self.spent.push(drafts);
        self.journal.written();
        Ok(came)
    }
}

/// Which of these records, by kind and id, wait for something.
pub(super) fn waiting<'e>(
    tx: &mut ReadTx<'_>,
    records: impl Iterator<Item = (&'e str, Uuid)>,
) -> Result<BTreeSet<Uuid>> {
    let known = records.filter_map(|(entity, id)| Some((entity_of(entity)?, id)));
    Ok(pending::among(tx, &known.collect())?.into_iter().map(|(_, id)| id).collect())
}

/// The statements that are made from the tables, for the registry.
pub(crate) fn statements() -> Vec<&'static Statement> {
    [refers::made_statements(), unique::statements(), leading::statements()].concat()
}
