//! Forked series: another life of this node, numbers that are given up, entries issued again.

use super::heads::link_at;
use super::incoming::{Stored, keep, move_head, number, unknown};
use super::seals::drop_seals;
use crate::journal::follow;
use crate::journal::node::life;
use crate::{Error, Result, ToValue, WriteTx, args, record, statements};
use muster_domain::ids::EntryId;
use muster_journal::sync::{Sent, Step};
use muster_journal::{Chained, Change, Digest, GENESIS, Head, Series, link};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

record! {
    struct GivenRow {
        entry: EntryId,
        digest: Vec<u8>,
    }
}

record! {
    struct NumberedRow {
        entry: EntryId,
    }
}

statements! {
    // SQLite has one writer, so nobody can come between.
    HOLD = {
        sqlite: "select 1",
        postgres: "select pg_advisory_xact_lock(7235421)",
    };
    // The sequencer's own.
    HOLD_NUMBERS = {
        sqlite: "select 1",
        postgres: "select pg_advisory_xact_lock(7235419)",
    };
    END_LIFE = "insert into series (node, incarnation, seq, hash, base)
        values (?1, ?2, ?3, ?4, ?5)";
    BEGIN_LIFE = "update node set incarnation = ?1, base = ?2";
    SPANNED = "select min(first) from received where node = ?1 and incarnation = ?2
        and seq >= ?3 and first < ?3 and hash is not null";
    GIVEN = "select o.entry, j.digest from journal_order o join journal j on j.id = o.entry
        where o.node = ?1 and o.incarnation = ?2 and o.seq >= ?3 order by o.seq";
    DROP_NUMBERS = "delete from journal_order
        where node = ?1 and incarnation = ?2 and seq >= ?3";
    CUT_ARRIVALS = "update received set seq = ?3 - 1 where node = ?1 and incarnation = ?2
        and seq >= ?3 and first < ?3";
    DROP_ARRIVALS = "delete from received where node = ?1 and incarnation = ?2 and seq >= ?3";
    NUMBERED = {
        sqlite: "select entry from journal_order where entry = ?1 limit 1",
        postgres: "select distinct entry from journal_order where entry = any(?1::uuid[])",
    };
}

/// Lets one batch be taken up at a time.
pub(super) fn hold(tx: &mut WriteTx<'_>) -> Result<()> {
    tx.each(&HOLD, args![], |_| Ok(()))
}

/// Lets nothing get a number until the transaction ends.
pub(super) fn hold_numbers(tx: &mut WriteTx<'_>) -> Result<()> {
    tx.each(&HOLD_NUMBERS, args![], |_| Ok(()))
}

/// The node goes on under another incarnation, drawn by the chance in the act's id. What it wrote so
/// far stays the series that it was, and is one of those that others may have more of.
pub fn begin_anew(tx: &mut WriteTx<'_>) -> Result<Series> {
    hold_numbers(tx)?;
    let old = life(tx)?;
    let head = follow::heads(tx)?.pop().map_or(GENESIS, |row| row.head());
    let Series { node, incarnation } = old.series;
    tx.execute(&END_LIFE, args![node, incarnation, head.seq, head.hash, old.base])?;
    let new = old.series.anew(tx.act().id);
    tx.execute(&BEGIN_LIFE, args![new.incarnation, old.base + head.seq])?;
    tx.renumbered = true;
    // As text: it is larger than the numbers of scripts.
    let told = json!({"incarnation": new.incarnation.to_string(), "entries_before": head.seq});
    tx.journal(Change::new("node.begin_anew", "node", node).created(&told))?;
    Ok(new)
}

/// What was given up.
#[derive(Default)]
pub(super) struct GivenUp {
    /// The entries, in the order of the numbers that they had, and whether this node gave them these.
    pub entries: Vec<(Chained, bool)>,
    /// Series that were cut further down than the batch begins: of these nothing can be taken yet.
    pub cut: BTreeSet<Series>,
}

/// Gives up the numbers of weaker branches.
pub(super) fn give_up(tx: &mut WriteTx<'_>, own: Series, steps: &[Step]) -> Result<GivenUp> {
    let mut given_up = GivenUp::default();
    for step in steps {
        let Step::Drop(series, from) = step else { continue };
        let first = outside_of_runs(tx, *series, *from)?;
        if first < *from {
            given_up.cut.insert(*series);
        }
        let numbers = args![series.node, series.incarnation, first];
        let rows: Vec<GivenRow> = tx.all(&GIVEN, numbers)?;
        given_up.entries.extend(rows.into_iter().map(|row| (row.chained(), *series == own)));
        let head = before(tx, *series, first)?;
        tx.execute(&DROP_NUMBERS, numbers)?;
        tx.execute(&CUT_ARRIVALS, numbers)?;
        tx.execute(&DROP_ARRIVALS, numbers)?;
        drop_seals(tx, *series, first)?;
        move_head(tx, *series, head)?;
    }
    Ok(given_up)
}

/// The number, or the first one of the run in which it lies: within a run no link is known.
fn outside_of_runs(tx: &mut WriteTx<'_>, series: Series, from: i64) -> Result<i64> {
    let mut from = from;
    loop {
        match tx.number(&SPANNED, args![series.node, series.incarnation, from])? {
            0 => return Ok(from),
            first => from = first,
        }
    }
}

fn before(tx: &mut WriteTx<'_>, series: Series, first: i64) -> Result<Head> {
    let seq = first - 1;
    if seq < 1 {
        return Ok(GENESIS);
    }
    let hash = link_at(tx, series, seq)?;
    let missing = || Error::Database(format!("number {seq} of a series is missing"));
    Ok(Head { seq, hash: hash.ok_or_else(missing)? })
}

/// Takes up what this node wrote and lost, where it used the same numbers again meanwhile: under new ones.
/// That it wrote them was proven.
pub(super) fn restore(tx: &mut WriteTx<'_>, own: Series, lost: &[Arc<Sent>]) -> Result<Stored> {
    let written = lost.iter().map(|sent| &**sent).filter(|sent| sent.series.node == own.node);
    let lost = unknown(tx, written)?;
    if lost.is_empty() {
        return Ok(Stored::default());
    }
    hold_numbers(tx)?;
    let records = keep(tx, own, &lost)?;
    let given = |(sent, digest): &(&Sent, Digest)| {
        (Chained { entry: sent.entry.id, digest: *digest }, false)
    };
    issue_again(tx, &GivenUp { entries: lost.iter().map(given).collect(), ..GivenUp::default() })?;
    Ok(Stored { new: lost.len(), records })
}

/// Numbers entries in this node's own series that were left without any number; those that it wrote
/// itself in any case: its listeners may not have come to their old places. Whoever gives numbers up
/// holds the sequencer off.
pub(super) fn issue_again(tx: &mut WriteTx<'_>, given_up: &GivenUp) -> Result<()> {
    let ids = given_up.entries.iter().map(|(entry, _)| [entry.entry.to_value()]);
    let rows: Vec<NumberedRow> = tx.all_many(&NUMBERED, ids)?;
    let numbered: BTreeSet<EntryId> = rows.into_iter().map(|row| row.entry).collect();
    let mut issued = BTreeSet::new();
    let left = given_up.entries.iter().filter(|(entry, own)| {
        (*own || !numbered.contains(&entry.entry)) && issued.insert(entry.entry)
    });
    let own = life(tx)?.series;
    let mut head = follow::heads(tx)?.pop().map_or(GENESIS, |row| row.head());
    let next = |(entry, _): &(Chained, bool)| {
        head = link(own, head, &entry.digest);
        (own, head, entry.entry)
    };
    let numbers: Vec<_> = left.map(next).collect();
    number(tx, &numbers)?;
    tx.renumbered |= !numbers.is_empty();
    Ok(())
}

impl GivenRow {
    fn chained(self) -> Chained {
        Chained { entry: self.entry, digest: super::heads::digest(&self.digest) }
    }
}
