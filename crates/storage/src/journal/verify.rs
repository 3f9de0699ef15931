//! Verifying: follows the chain of every series in constant memory and says where one breaks.

use super::node::series;
use crate::replication::{self, heads::RunRow, heads::digest, heads::runs};
use crate::{Columns, Result, Row, Store, args, record, statements};
use muster_domain::ids::{ActId, EntryId, PersonId};
use muster_domain::time::Timestamp;
use muster_journal::{Break, Entry, GENESIS, Head, Link, Series, Verifier};
use uuid::Uuid;

/// Links read at once.
const CHUNK: u16 = 2_000;

record! {
    struct LinkRow {
        seq: i64,
        hash: Vec<u8>,
        entry: EntryId,
        digest: Option<Vec<u8>>,
        stored: StoredEntry,
    }
}

/// The entry beside its link, if it is still there.
pub(crate) struct StoredEntry(pub(crate) Option<Entry>);

statements! {
    LINKS = "select o.seq, o.hash, o.entry, j.digest, j.id, j.act, j.at, j.clock, j.actor, j.via,
            j.action, j.entity, j.entity_id, j.topic, j.before, j.after, j.replaced, j.reason,
            j.schema
        from journal_order o left join journal j on j.id = o.entry
        where o.node = ?1 and o.incarnation = ?2 and o.seq > ?3
        order by o.seq limit ?4";
    UNNUMBERED = "select count(*) from journal j
        where not exists (select 1 from journal_order o where o.entry = j.id)";
}

/// What verifying found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The last link of this node's own series that held.
    pub head: Head,
    /// How many entries held: of this node, its earlier lives, and others.
    pub entries: i64,
    /// The first link that did not hold, with its entry.
    pub broken: Option<(Break, Option<EntryId>)>,
    /// Entries without a number: on PostgreSQL, those of the last moment.
    pub unnumbered: i64,
}

impl Report {
    /// Whether every entry is there, unaltered.
    pub fn holds(&self) -> bool {
        self.broken.is_none()
    }
}

/// Follows the chain of each series; `progress` hears how many entries have been checked.
pub fn verify(store: &Store, mut progress: impl FnMut(i64)) -> Result<Report> {
    let own = store.read(series).wait()?;
    let heads = store.read(replication::heads).wait()?;
    let mut report = Report { head: GENESIS, entries: 0, broken: None, unnumbered: 0 };
    let others = heads.iter().filter(|(series, _)| *series != own);
    for (series, end) in [(own, heads.of(own))].into_iter().chain(others) {
        let before = report.entries;
        let mut told = |entries| progress(before + entries);
        let mut followed = follow(store, series, end, &mut told)?;
        // Numbers may have been given up while it was read.
        if followed.broken.is_some() {
            let end = store.read(replication::heads).wait()?.of(series);
            followed = follow(store, series, end, &mut told)?;
        }
        report.entries += followed.entries;
        if series == own {
            report.head = followed.verifier.head();
        }
        report.broken = followed.broken;
        if report.broken.is_some() {
            break;
        }
    }
    // What has no number is counted last: what was written meanwhile has got one by then.
    report.unnumbered = store.read(|tx| tx.number(&UNNUMBERED, args![])).wait()?;
    Ok(report)
}

/// How far a series was followed.
struct Followed {
    verifier: Verifier,
    entries: i64,
    broken: Option<(Break, Option<EntryId>)>,
}

/// Follows one series, which has to come at least to its end.
fn follow(
    store: &Store,
    series: Series,
    end: Head,
    progress: &mut impl FnMut(i64),
) -> Result<Followed> {
    let mut followed = Followed { verifier: Verifier::new(series), entries: 0, broken: None };
    loop {
        let after = followed.verifier.head().seq;
        let limit = i64::from(CHUNK);
        let chunk = store.read(move |tx| {
            let number = args![series.node, series.incarnation, after, limit];
            let links: Vec<LinkRow> = tx.all(&LINKS, number)?;
            Ok::<_, crate::Error>((links, runs(tx, series, after, limit)?))
        });
        let (links, runs) = chunk.wait()?;
        followed.check(&links, &runs);
        progress(followed.entries);
        let head = followed.verifier.head();
        if followed.broken.is_some() || head.seq == after {
            return Ok(followed.ended(end));
        }
    }
}

impl Followed {
    /// Checks what was read: some links, and some runs, in whose place others hold the entries.
    fn check(&mut self, links: &[LinkRow], runs: &[RunRow]) {
        let full = |rows: usize| rows == usize::from(CHUNK);
        // What lies beyond the last of a full chunk may have something between.
        let mut until = i64::MAX;
        if let Some(last) = links.last().filter(|_| full(links.len())) {
            until = until.min(last.seq);
        }
        if let Some(last) = runs.last().filter(|_| full(runs.len())) {
            until = until.min(last.seq);
        }
        let mut runs = runs.iter().filter(|run| run.seq <= until).peekable();
        for row in links.iter().filter(|row| row.seq <= until) {
            while let Some(run) = runs.next_if(|run| run.seq < row.seq) {
                self.pass(run);
            }
            if row.seq <= self.verifier.head().seq {
                continue;
            }
            if let Err(broken) = self.verifier.check(&row.link()) {
                self.broken = Some((broken, Some(row.entry)));
                return;
            }
            self.entries += 1;
        }
        runs.for_each(|run| self.pass(run));
    }

    fn pass(&mut self, run: &RunRow) {
        let next = self.verifier.head().seq + 1;
        if run.first <= next && run.seq >= next {
            self.verifier.pass(Head { seq: run.seq, hash: digest(&run.hash) });
        }
    }

    /// What was cut off at the end is missed, too.
    fn ended(mut self, end: Head) -> Self {
        let head = self.verifier.head();
        if self.broken.is_none() && head.seq < end.seq {
            self.broken = Some((Break::Missing(head.seq + 1), None));
        } else if self.broken.is_none() && head.seq == end.seq && head.hash != end.hash {
            self.broken = Some((Break::WrongLink(head.seq), None));
        }
        self
    }
}

impl LinkRow {
    fn link(&self) -> Link {
        Link {
            seq: self.seq,
            hash: digest(&self.hash),
            digest: digest(self.digest.as_deref().unwrap_or_default()),
            found: self.stored.0.as_ref().map(Entry::digest),
        }
    }
}

impl crate::Column for StoredEntry {
    fn column(row: &Row<'_>, index: usize) -> Result<Self> {
        let Some(id) = <Option<EntryId> as crate::Column>::column(row, index)? else {
            return Ok(Self(None));
        };
        let mut columns = row.columns_from(index + 1);
        read(id, &mut columns).map(|entry| Self(Some(entry)))
    }
}

fn read(id: EntryId, columns: &mut Columns<'_, '_>) -> Result<Entry> {
    Ok(Entry {
        id,
        act: columns.next::<ActId>()?,
        at: columns.next::<Timestamp>()?,
        clock: columns.next()?,
        actor: columns.next::<Option<PersonId>>()?,
        via: columns.next()?,
        action: columns.next()?,
        entity: columns.next()?,
        entity_id: columns.next::<Uuid>()?,
        topic: columns.next()?,
        before: columns.next()?,
        after: columns.next()?,
        replaced: columns.next()?,
        reason: columns.next()?,
        schema: columns.next()?,
    })
}
