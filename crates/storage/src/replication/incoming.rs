//! What comes in: kept as entries of the journal under the numbers of their series, and applied.

use super::{apply, files};
use super::heads::{heads, link_at};
use crate::journal::node::series as own_series;
use crate::{Result, ToValue, Value, WriteTx, args, record, statements};
use muster_domain::ids::EntryId;
use muster_journal::kinds::{Writer, kind_of};
use muster_journal::sync::{Batch, Heads, Item, Run, Sent, Step, accept};
use muster_journal::{Digest, Entry, Head, Series};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// How many entries are new.
    pub new: usize,
    /// How far each series is now: the acknowledgement.
    pub heads: Heads,
    /// Series that two nodes wrote, or that were altered on their way: nothing of them was taken.
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
}

/// Whose batch it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// Of the hub, or of a node of the same standing: all of it is believed.
    Hub,
    /// Of an edge, whose node that is.
    Edge(Uuid),
}

impl Author {
    /// Whether it may bring that entry.
    fn may_bring(self, sent: &Sent) -> bool {
        let by_hub = kind_of(&sent.entry.entity).is_none_or(|kind| kind.writer == Writer::Hub);
        self == Self::Hub || !by_hub
    }

    /// Whether it writes that series itself.
    fn writes(self, series: Series) -> bool {
        self == Self::Edge(series.node)
    }
}

record! {
    struct KnownRow {
        id: EntryId,
    }
}

statements! {
    KNOWN = {
        sqlite: "select id from journal where id = ?1",
        postgres: "select id from journal where id = any(?1::uuid[])",
    };
    NUMBER = {
        sqlite: "insert into journal_order (node, incarnation, seq, entry, hash)
            values (?1, ?2, ?3, ?4, ?5)",
        postgres: "insert into journal_order (node, incarnation, seq, entry, hash)
            select * from unnest(?1::uuid[], ?2::bigint[], ?3::bigint[], ?4::uuid[], ?5::bytea[])",
    };
    RECEIVE = {
        sqlite: "insert into received (after, node, incarnation, seq, first, hash)
            values (?1, ?2, ?3, ?4, ?5, ?6)",
        postgres: "insert into received (after, node, incarnation, seq, first, hash)
            select * from unnest(?1::bigint[], ?2::uuid[], ?3::bigint[], ?4::bigint[],
                ?5::bigint[], ?6::bytea[])",
    };
    MOVE_HEAD = "insert into series (node, incarnation, seq, hash) values (?1, ?2, ?3, ?4)
        on conflict (node, incarnation) do update set seq = excluded.seq, hash = excluded.hash";
}

/// Takes up a batch: what is new of it, as far as nothing is missing before it.
pub fn take(tx: &mut WriteTx<'_>, batch: &Batch) -> Result<Taken> {
    take_from(tx, batch, Author::Hub)
}

/// Takes up a batch, but for what its author has no right to write: of the author's own series the
/// number alone is noted, and of other series that were brought with such an entry, nothing from
/// there on.
pub fn take_from(tx: &mut WriteTx<'_>, batch: &Batch, author: Author) -> Result<Taken> {
    let (own, before) = (own_series(tx)?, heads(tx)?);
    // A failed statement fails the transaction, so that what follows from it is never kept.
    let link = |series, seq| link_at(tx, series, seq).ok().flatten();
    let accepted = accept(&before, link, batch.clone());
    let mut forked = accepted.forked;
    forked.extend(accepted.steps.iter().filter_map(|step| divided(step, own)));
    let mut incoming = Incoming::default();
    let (mut refused, mut cut) = (Vec::new(), BTreeSet::new());
    for step in &accepted.steps {
        match step {
            Step::Take(item, _) if cut.contains(&item.span().0) => {}
            Step::Take(Item::Entry(sent), hash)
                if !forked.contains(&sent.series) && !author.may_bring(sent) =>
            {
                let (action, entity) = (sent.entry.action.clone(), sent.entry.entity.clone());
                refused.push(Refused { action, entity });
                if !author.writes(sent.series) {
                    cut.insert(sent.series);
                    continue;
                }
                let last = Head { seq: sent.seq, hash: *hash };
                let run = Run { series: sent.series, first: sent.seq, last };
                incoming.came.push(Came { series: sent.series, seq: sent.seq, run: Some(run) });
                incoming.heads.insert(sent.series, last);
            }
            Step::Take(Item::Entry(sent), hash) if !forked.contains(&sent.series) => {
                incoming.came.push(Came { series: sent.series, seq: sent.seq, run: None });
                incoming.entries.push((sent, *hash));
                let head = Head { seq: sent.seq, hash: *hash };
                incoming.heads.insert(sent.series, head);
            }
            Step::Take(Item::Run(run), _) if !forked.contains(&run.series) => {
                let seq = run.last.seq;
                incoming.came.push(Came { series: run.series, seq, run: Some(*run) });
                incoming.heads.insert(run.series, run.last);
            }
            _ => {}
        }
    }
    let new = incoming.store(tx, own, before.of(own).seq)?;
    Ok(Taken { new, heads: heads(tx)?, forked, refused })
}

/// The series of which numbers would have to be given up, or this node's own, of which somebody
/// else has more than it wrote.
fn divided(step: &Step, own: Series) -> Option<Series> {
    match step {
        Step::Drop(series, _) => Some(*series),
        Step::Take(Item::Entry(sent), _) => Some(sent.series).filter(|series| *series == own),
        Step::Take(Item::Run(run), _) => Some(run.series).filter(|series| *series == own),
    }
}

/// Something in the order in which it came.
pub(super) struct Came {
    pub series: Series,
    pub seq: i64,
    pub run: Option<Run>,
}

#[derive(Default)]
pub(super) struct Incoming<'b> {
    pub entries: Vec<(&'b Sent, Digest)>,
    pub came: Vec<Came>,
    pub heads: BTreeMap<Series, Head>,
}

impl Incoming<'_> {
    /// Stores and applies all of it; how many entries were not here before.
    pub fn store(&self, tx: &mut WriteTx<'_>, own: Series, after: i64) -> Result<usize> {
        let ids = self.entries.iter().map(|(sent, _)| [sent.entry.id.to_value()]);
        let known: Vec<KnownRow> = tx.all_many(&KNOWN, ids)?;
        let mut known: BTreeSet<EntryId> = known.into_iter().map(|row| row.id).collect();
        let new = self.entries.iter().filter(|(sent, _)| known.insert(sent.entry.id));
        let new: Vec<&Sent> = new.map(|(sent, _)| *sent).collect();
        files::expect(tx, new.iter().map(|sent| &sent.entry))?;
        apply::apply(tx, own, new.iter().map(|sent| (&sent.entry, sent.series.node)))?;
        let new: Vec<(Entry, Digest)> =
            new.iter().map(|sent| (sent.entry.clone(), sent.entry.digest())).collect();
        tx.keep_entries(&new)?;
        files::note(tx, new.iter().map(|(entry, _)| entry))?;
        let numbers = self.entries.iter().map(|(sent, hash)| {
            let Series { node, incarnation } = sent.series;
            let (node, number) = (Value::Uuid(node), Value::Int(sent.seq));
            [node, Value::Int(incarnation), number, sent.entry.id.to_value(), Value::Bytes(hash)]
        });
        tx.execute_many(&NUMBER, numbers)?;
        tx.execute_many(&RECEIVE, self.came.iter().map(|came| came.columns(after)))?;
        for (series, head) in &self.heads {
            let Series { node, incarnation } = *series;
            tx.execute(&MOVE_HEAD, args![node, incarnation, head.seq, head.hash])?;
        }
        Ok(new.len())
    }
}

impl Came {
    fn columns(&self, after: i64) -> [Value<'_>; 6] {
        let Series { node, incarnation } = self.series;
        let first = self.run.as_ref().map_or(Value::Null, |run| Value::Int(run.first));
        let hash = self.run.as_ref().map_or(Value::Null, |run| Value::Bytes(&run.last.hash));
        let (node, incarnation) = (Value::Uuid(node), Value::Int(incarnation));
        [Value::Int(after), node, incarnation, Value::Int(self.seq), first, hash]
    }
}
