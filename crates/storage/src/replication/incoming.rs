//! What comes in: kept as entries of the journal under the numbers of their series, and applied.

use super::guarded::guarded;
use super::heads::{digest, heads, link_at};
use super::seals::Proven;
use super::{apply, files, forks, openings, restating, within};
use crate::journal::node::{place, series as own_series};
use crate::{Error, ReadTx, Result, ToValue, Value, WriteTx, args, record, statements};
use muster_domain::ids::EntryId;
use muster_journal::kinds::{Writer, kind_of};
use muster_journal::sync::{
    self, Accepted, Batch, Heads, Item, Run, Sent, Stands, Step, accept_by,
};
use muster_journal::{Digest, Entry, Head, Series};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// How many entries are new.
    pub new: usize,
    /// The records, by kind and id, that these changed, and those that had waited for them.
    pub records: BTreeSet<(&'static str, Uuid)>,
    /// Whether anything is otherwise than before: if not, asking again is of no use.
    pub moved: bool,
    /// The series in which this node goes on from now, if it had to begin another.
    pub anew: Option<Series>,
    /// How far each series is now: the acknowledgement.
    pub heads: Heads,
    /// Series that are forked further down than the batch begins, or that were altered on their
    /// way: nothing of them was taken. A hello with their rungs finds where they part.
    pub forked: BTreeSet<Series>,
    /// What the other has no right to write: noted as a run, and nothing more of it.
    pub refused: Vec<Refused>,
}

/// An entry that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What was to be done.
    pub action: String,
    /// To what kind of record.
    pub entity: String,
    /// What it has no right to.
    pub why: Why,
}

/// Why an entry was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The hub alone writes such records.
    Kind,
    /// The hub alone changes what staff sign in by.
    Staff,
    /// It is about a class that the edge may not see.
    Scope,
}

/// Whose batch it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// Of a node of the same standing: all of it is believed.
    Peer,
    /// Of the hub: all of it is believed, and of forked series its branch stands.
    Hub,
    /// Of an edge that sees everything, whose node that is.
    Edge(Uuid),
    /// Of an edge that sees a part.
    Part(Uuid),
}

impl Author {
    const fn is_edge(self) -> bool {
        matches!(self, Self::Edge(_) | Self::Part(_))
    }

    /// Whether numbers of a series are given up for what it brings: of one that another edge writes,
    /// that one has to bring it.
    fn may_drop(self, series: Series, own: Uuid) -> bool {
        !self.is_edge() || self.writes(series) || series.node == own
    }

    /// Those of these entries that it may not bring: no edge writes what only the hub writes, what staff
    /// sign in by, of classes that it never saw, or a reading of the clock after which no later one is
    /// left for the others. What this hub wrote was proven, and what is here was allowed once. That of
    /// another edge is looked at like its own: a proven link may be that of an entry refused before.
    pub(super) fn barred<'e>(
        self,
        tx: &mut WriteTx<'_>,
        items: impl IntoIterator<Item = &'e Item>,
    ) -> Result<BTreeMap<EntryId, Why>> {
        let mut barred = BTreeMap::new();
        if !self.is_edge() {
            return Ok(barred);
        }
        let own = own_series(tx)?.node;
        let sent = items.into_iter().filter_map(|item| match item {
            Item::Entry(sent) if sent.series.node != own => Some(&**sent),
            Item::Entry(_) | Item::Run(_) => None,
        });
        let (sent, latest): (Vec<&Sent>, i64) = (sent.collect(), tx.latest_of_edges());
        let entries = || sent.iter().map(|sent| &*sent.entry);
        let by_hub = |entry: &&Entry| {
            kind_of(&entry.entity).is_none_or(|kind| kind.writer == Writer::Hub)
                || entry.clock > latest
        };
        barred.extend(entries().filter(by_hub).map(|entry| (entry.id, Why::Kind)));
        for writer in sent.iter().map(|sent| sent.series.node).collect::<BTreeSet<Uuid>>() {
            let written = sent.iter().filter(|sent| sent.series.node == writer);
            let outside = within::outside(tx, writer, written.map(|sent| &*sent.entry))?;
            barred.extend(outside.into_iter().map(|id| (id, Why::Scope)));
        }
        let staff = guarded(tx, entries())?;
        barred.extend(staff.into_iter().map(|id| (id, Why::Staff)));
        let barred_ones = sent.iter().filter(|sent| barred.contains_key(&sent.entry.id));
        let new = unknown(tx, barred_ones.copied())?;
        let new: BTreeSet<EntryId> = new.iter().map(|(sent, _)| sent.entry.id).collect();
        barred.retain(|id, _| new.contains(id));
        Ok(barred)
    }

    /// Whether it writes that series itself.
    fn writes(self, series: Series) -> bool {
        [Self::Edge(series.node), Self::Part(series.node)].contains(&self)
    }

    /// Which branch of a forked series stands between it and this node.
    const fn stands(self) -> Stands {
        match self {
            Self::Peer => Stands::Smaller,
            Self::Hub => Stands::Theirs,
            Self::Edge(_) | Self::Part(_) => Stands::Mine,
        }
    }

    /// Whether somebody else may see what it can't: of its runs more may be told.
    pub(super) fn by_hearsay(self, series: Series) -> bool {
        matches!(self, Self::Part(_)) && !self.writes(series)
    }
}

record! {
    struct KnownRow {
        id: EntryId,
        digest: Vec<u8>,
    }
}

statements! {
    KNOWN = {
        sqlite: "select id, digest from journal where id = ?1",
        postgres: "select id, digest from journal where id = any(?1::uuid[])",
    };
    NUMBER = {
        sqlite: "insert into journal_order (node, incarnation, seq, entry, hash)
            values (?1, ?2, ?3, ?4, ?5)",
        postgres: "insert into journal_order (node, incarnation, seq, entry, hash)
            select * from unnest(?1::uuid[], ?2::bigint[], ?3::bigint[], ?4::uuid[], ?5::bytea[])",
    };
    RECEIVE = {
        sqlite: "insert into received (after, node, incarnation, seq, first, hash, hearsay)
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        postgres: "insert into received (after, node, incarnation, seq, first, hash, hearsay)
            select * from unnest(?1::bigint[], ?2::uuid[], ?3::bigint[], ?4::bigint[],
                ?5::bigint[], ?6::bytea[], ?7::bigint[])",
    };
    MOVE_HEAD = "insert into series (node, incarnation, seq, hash) values (?1, ?2, ?3, ?4)
        on conflict (node, incarnation) do update set seq = excluded.seq, hash = excluded.hash";
}

/// How many entries are taken up in one transaction: more of them together are cheaper, and others wait
/// longer, on SQLite everybody who writes.
pub const fn portion(tx: &ReadTx<'_>) -> usize {
    if tx.is_alone() { 500 } else { 2_000 }
}

/// A batch in parts, to be taken up in a transaction each.
pub fn parts(tx: &mut ReadTx<'_>, batch: &Batch, most: usize) -> Result<Vec<Batch>> {
    // A failed statement fails the transaction, so that what follows from it is never used.
    let link = |series, seq| link_at(tx, series, seq).ok().flatten();
    Ok(sync::parts(link, batch.clone(), most))
}

/// Takes up a batch: what is new of it, as far as nothing is missing before it. Of a forked series
/// the numbers of the weaker branch are given up; a node that loses some of its own so, or hears of
/// more than it wrote, goes on under another incarnation.
pub fn take(tx: &mut WriteTx<'_>, batch: &Batch) -> Result<Taken> {
    take_from(tx, batch, Author::Peer)
}

/// Takes up a batch of the hub or of a node of the same standing, or what an edge itself wrote: of what
/// that has no right to write the number alone is noted.
pub fn take_from(tx: &mut WriteTx<'_>, batch: &Batch, author: Author) -> Result<Taken> {
    let own = |item: &Item| !author.is_edge() || author.writes(item.span().0);
    if batch.items.iter().all(own) {
        return take_by(tx, batch, author, author.stands());
    }
    let items = batch.items.iter().filter(|item| own(item)).cloned().collect();
    let batch = Batch { items, ends: batch.ends.clone() };
    take_by(tx, &batch, author, author.stands())
}

/// Takes up what an edge brings: what an edge wrote as far as that one has a right to, and all of what this
/// hub wrote, which is proven.
pub fn take_proven(tx: &mut WriteTx<'_>, batch: &Proven, author: Author) -> Result<Taken> {
    take_by(tx, batch.batch(), author, author.stands())
}

/// The same by what stands between the author and this node.
pub(super) fn take_by(
    tx: &mut WriteTx<'_>,
    batch: &Batch,
    author: Author,
    stands: Stands,
) -> Result<Taken> {
    if !batch.items.is_empty() {
        restating::need_told(tx)?;
    }
    forks::hold(tx)?;
    let opened = openings::open_hearsay(tx, batch, author)?;
    let mut accepted = judge(tx, batch, stands)?;
    let own = own_series(tx)?;
    if accepted.steps.iter().any(|step| divides(step, own)) {
        // Nothing is numbered from here on until this is done; what was meanwhile counts, too.
        forks::hold_numbers(tx)?;
        accepted = judge(tx, batch, stands)?;
    }
    let items = accepted.steps.iter().filter_map(|step| match step {
        Step::Take(item, _) => Some(item),
        Step::Drop(..) => None,
    });
    let barred = author.barred(tx, items)?;
    let (steps, refused) = allowed(accepted.steps, author, own.node, &barred);
    let anew = steps.iter().any(|step| concerns(step, own));
    // First of all: what is issued again must not get a number that comes with the batch.
    let anew = if anew { Some(forks::begin_anew(tx)?) } else { None };
    let given_up = forks::give_up(tx, own, &steps)?;
    let mut incoming = Incoming::default();
    for step in &steps {
        match step {
            Step::Take(Item::Entry(sent), hash) if !given_up.cut.contains(&sent.series) => {
                incoming.entry(sent, *hash);
                let head = Head { seq: sent.seq, hash: *hash };
                incoming.heads.insert(sent.series, head);
            }
            Step::Take(Item::Run(run), _) if !given_up.cut.contains(&run.series) => {
                let hearsay = author.by_hearsay(run.series);
                incoming.run(*run, hearsay);
                incoming.heads.insert(run.series, run.last);
            }
            _ => {}
        }
    }
    // Its own life before this batch: what it did in that is looked at.
    let after = place(tx)?;
    let mut stored = opened;
    let mut moved = stored.new > 0 || !steps.is_empty();
    stored.join(incoming.store(tx, own, after)?);
    forks::issue_again(tx, &given_up)?;
    if author.is_edge() {
        let returned = forks::restore(tx, own, &accepted.passed)?;
        moved |= returned.new > 0;
        stored.join(returned);
    }
    let (Stored { new, records }, forked) = (stored, accepted.forked);
    Ok(Taken { new, records, moved, anew, heads: heads(tx)?, forked, refused })
}

/// What of these an author may bring, and what not.
fn allowed(
    steps: Vec<Step>,
    author: Author,
    own: Uuid,
    barred: &BTreeMap<EntryId, Why>,
) -> (Vec<Step>, Vec<Refused>) {
    // What an edge may not write is noted as a run, and what follows it is taken.
    let (mut all, mut refused, mut cut) = (Vec::new(), Vec::new(), BTreeSet::new());
    for step in steps {
        let series = of(&step);
        match step {
            _ if cut.contains(&series) => {}
            Step::Drop(..) if !author.may_drop(series, own) => {
                cut.insert(series);
            }
            Step::Take(Item::Entry(sent), hash) => {
                let Sent { seq, entry, .. } = &*sent;
                let Some(why) = barred.get(&entry.id).copied() else {
                    all.push(Step::Take(Item::Entry(sent), hash));
                    continue;
                };
                let (action, entity) = (entry.action.clone(), entry.entity.clone());
                refused.push(Refused { action, entity, why });
                let run = Run { series, first: *seq, last: Head { seq: *seq, hash } };
                all.push(Step::Take(Item::Run(run), hash));
            }
            step => all.push(step),
        }
    }
    (all, refused)
}

/// The series that it is about.
fn of(step: &Step) -> Series {
    match step {
        Step::Drop(series, _) => *series,
        Step::Take(item, _) => item.span().0,
    }
}

fn judge(tx: &mut WriteTx<'_>, batch: &Batch, stands: Stands) -> Result<Accepted> {
    let before = heads(tx)?;
    // A failed statement fails the transaction, so that what follows from it is never kept.
    let link = |series, seq| link_at(tx, series, seq).ok().flatten();
    Ok(accept_by(&before, stands, link, batch.clone()))
}

/// Whether numbers change that were given already.
fn divides(step: &Step, own: Series) -> bool {
    matches!(step, Step::Drop(..)) || concerns(step, own)
}

/// Whether it is about the series in which this node writes.
fn concerns(step: &Step, own: Series) -> bool {
    of(step) == own
}

/// Numbers that came one after the other: of entries, or of a run.
struct Came {
    series: Series,
    first: i64,
    last: i64,
    /// The last link of a run.
    link: Option<Digest>,
    /// Whether somebody told of a run who may not see what stands there.
    hearsay: bool,
}

/// What became of entries that were stored.
#[derive(Default)]
pub(super) struct Stored {
    /// How many were not here before.
    pub new: usize,
    /// The records that changed by them.
    pub records: BTreeSet<apply::Id>,
}

#[derive(Default)]
pub(super) struct Incoming<'b> {
    entries: Vec<(&'b Sent, Digest)>,
    came: Vec<Came>,
    pub heads: BTreeMap<Series, Head>,
}

impl<'b> Incoming<'b> {
    /// Adds an entry with its link.
    pub fn entry(&mut self, sent: &'b Sent, hash: Digest) {
        let Sent { series, seq, .. } = *sent;
        self.entries.push((sent, hash));
        let follows =
            |came: &&mut Came| came.link.is_none() && came.series == series && came.last + 1 == seq;
        if let Some(came) = self.came.last_mut().filter(follows) {
            came.last = seq;
        } else {
            let (first, last) = (seq, seq);
            self.came.push(Came { series, first, last, link: None, hearsay: false });
        }
    }

    /// Adds a run; by hearsay if whoever told of it may not see what stands there.
    pub fn run(&mut self, run: Run, hearsay: bool) {
        let Run { series, first, last: Head { seq: last, hash } } = run;
        self.came.push(Came { series, first, last, link: Some(hash), hearsay });
    }

    /// Stores and applies all of it.
    pub fn store(&self, tx: &mut WriteTx<'_>, own: Series, after: i64) -> Result<Stored> {
        let new = unknown(tx, self.entries.iter().map(|(sent, _)| *sent))?;
        let records = keep(tx, own, &new)?;
        let number_of = |(sent, hash): &(&Sent, Digest)| {
            (sent.series, Head { seq: sent.seq, hash: *hash }, sent.entry.id)
        };
        number(tx, &self.entries.iter().map(number_of).collect::<Vec<_>>())?;
        tx.append_many(&RECEIVE, self.came.iter().map(|came| came.columns(after)))?;
        for (series, head) in &self.heads {
            move_head(tx, *series, *head)?;
        }
        Ok(Stored { new: new.len(), records })
    }
}

impl Stored {
    pub fn join(&mut self, mut other: Self) {
        self.new += other.new;
        self.records.append(&mut other.records);
    }
}

/// Those of these entries that are not here. One that is here in other words would break the chain: its
/// sender is wrong, or lies.
pub(super) fn unknown<'e>(
    tx: &mut WriteTx<'_>,
    sent: impl Iterator<Item = &'e Sent>,
) -> Result<Vec<(&'e Sent, Digest)>> {
    let sent: Vec<(&Sent, Digest)> = sent.map(|sent| (sent, sent.entry.digest())).collect();
    let ids = sent.iter().map(|(sent, _)| [sent.entry.id.to_value()]);
    let known: Vec<KnownRow> = tx.all_many(&KNOWN, ids)?;
    let known = known.into_iter().map(|row| (row.id, digest(&row.digest)));
    let mut known: BTreeMap<EntryId, Digest> = known.collect();
    let mut new = Vec::new();
    for (sent, digest) in sent {
        match known.insert(sent.entry.id, digest) {
            None => new.push((sent, digest)),
            Some(here) if here == digest => {}
            Some(_) => {
                let id = sent.entry.id.0;
                return Err(Error::Database(format!("entry {id} is here in other words")));
            }
        }
    }
    Ok(new)
}

/// Applies and keeps entries that are new, without numbers; which records changed by them.
pub(super) fn keep(
    tx: &mut WriteTx<'_>,
    own: Series,
    new: &[(&Sent, Digest)],
) -> Result<BTreeSet<apply::Id>> {
    let entries = || new.iter().map(|(sent, _)| &*sent.entry);
    files::expect(tx, entries())?;
    let came = new.iter().map(|(sent, _)| (&*sent.entry, sent.series.node));
    let (records, spent) = apply::apply(tx, own, came)?;
    let kept: Vec<_> = new.iter().map(|(sent, digest)| (&*sent.entry, *digest)).collect();
    tx.keep_entries(&kept, || drop(spent))?;
    files::note(tx, entries())?;
    Ok(records)
}

/// Gives entries their numbers and links.
pub(super) fn number(tx: &mut WriteTx<'_>, numbers: &[(Series, Head, EntryId)]) -> Result<()> {
    let rows = numbers.iter().map(|(series, head, entry)| {
        let Series { node, incarnation } = *series;
        let (node, incarnation) = (Value::Uuid(node), Value::Int(incarnation));
        [node, incarnation, Value::Int(head.seq), entry.to_value(), Value::Bytes(&head.hash)]
    });
    tx.append_many(&NUMBER, rows)?;
    Ok(())
}

/// Says where a series of another node, or of an earlier life, ends.
pub(super) fn move_head(tx: &mut WriteTx<'_>, series: Series, head: Head) -> Result<()> {
    let Series { node, incarnation } = series;
    tx.execute(&MOVE_HEAD, args![node, incarnation, head.seq, head.hash])?;
    Ok(())
}

impl Came {
    fn columns(&self, after: i64) -> [Value<'_>; 7] {
        let Series { node, incarnation } = self.series;
        let (first, last) = (Value::Int(self.first), Value::Int(self.last));
        let hash = self.link.as_ref().map_or(Value::Null, |hash| Value::Bytes(hash));
        let (node, incarnation) = (Value::Uuid(node), Value::Int(incarnation));
        let hearsay = if self.hearsay { Value::Int(1) } else { Value::Null };
        [Value::Int(after), node, incarnation, last, first, hash, hearsay]
    }
}
