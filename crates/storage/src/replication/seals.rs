//! What a hub signed of what it told: an edge keeps it, and proves by it what it gives back to a hub that
//! came from a backup.

use super::heads::link_at;
use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_journal::sync::{self, Batch, Seal};
use muster_journal::{Digest, Head, Series};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

record! {
    struct AnyRow {
        node: Uuid,
        incarnation: i64,
        seq: i64,
        numbers: String,
        signature: Vec<u8>,
    }
}

record! {
    struct SealRow {
        seq: i64,
        numbers: String,
        signature: Vec<u8>,
    }
}

/// Of neighbouring seals that hold nothing but how far was told, those between the first and the last of
/// so many numbers are of no use: far fewer than a batch holds.
const STRETCH: i64 = 512;

statements! {
    KEEP = "insert into seals (node, incarnation, seq, numbers, signature)
        values (?1, ?2, ?3, ?4, ?5) on conflict do nothing";
    // Those of one number alone.
    THIN = "delete from seals where node = ?1 and incarnation = ?2 and seq < ?3
        and seq > (select min(s.seq) from seals s
            where s.node = ?1 and s.incarnation = ?2 and s.seq >= ?4)
        and numbers not like '%,%'";
    OF = "select seq, numbers, signature from seals
        where node = ?1 and incarnation = ?2 and seq >= ?3
            and seq <= coalesce((select min(s.seq) from seals s
                where s.node = ?1 and s.incarnation = ?2 and s.seq >= ?4), ?4)
        order by seq, signature";
    ALL_OF_THEM = "select node, incarnation, seq, numbers, signature from seals
        where (node, incarnation, seq, signature) > (?1, ?2, ?3, ?4)
        order by node, incarnation, seq, signature limit ?5";
    FORGET = "delete from seals";
    DROP = "delete from seals where node = ?1 and incarnation = ?2 and seq >= ?3";
}

/// A batch in which its sender can't have invented anything of others.
#[derive(Clone, Debug)]
pub struct Proven(Batch);

impl Proven {
    /// What is believed.
    pub const fn batch(&self) -> &Batch {
        &self.0
    }
}

/// What of a batch is believed that a node brings: what it wrote itself, and of others what this node's
/// seals prove. In parts, to be taken up in a transaction each.
pub fn prove(
    tx: &mut ReadTx<'_>,
    (batch, seals, sender): (Batch, &[Seal], Uuid),
    most: usize,
    has_signed: impl Fn(&Digest, &[u8; 64]) -> bool,
) -> Result<Vec<Proven>> {
    // A failed statement fails the transaction, so that what follows from it is never used.
    let mut link = |series, seq| link_at(tx, series, seq).ok().flatten();
    let by_sender = |series: Series| series.node == sender;
    let proven = sync::proven(batch, seals, by_sender, &mut link, has_signed);
    Ok(sync::parts(link, proven, most).into_iter().map(Proven).collect())
}

/// Keeps what the hub signed.
pub fn keep_seals(tx: &mut WriteTx<'_>, seals: &[Seal]) -> Result<()> {
    for Seal { series: Series { node, incarnation }, numbers, signature } in seals {
        let Some(seq) = numbers.last() else { continue };
        let text = serde_json::to_string(numbers).unwrap_or_default();
        tx.execute(&KEEP, args![*node, *incarnation, *seq, text, *signature])?;
        let stretch = seq - seq % STRETCH;
        tx.execute(&THIN, args![*node, *incarnation, *seq, stretch])?;
    }
    Ok(())
}

/// Forgets all of them, as they are another hub's.
pub fn forget_seals(tx: &mut WriteTx<'_>) -> Result<()> {
    tx.execute(&FORGET, args![])?;
    Ok(())
}

/// What proves a batch, as far as this node did not write it.
pub fn seals(tx: &mut ReadTx<'_>, batch: &Batch, own: Uuid) -> Result<Vec<Seal>> {
    let mut spans: BTreeMap<Series, (i64, i64)> = BTreeMap::new();
    for (series, first, last) in batch.items.iter().map(sync::Item::span) {
        if series.node != own {
            let span = spans.entry(series).or_insert((first, last));
            *span = (span.0.min(first), span.1.max(last));
        }
    }
    let mut seals = BTreeSet::new();
    for (series, (first, last)) in spans {
        let Series { node, incarnation } = series;
        let rows: Vec<SealRow> = tx.all(&OF, args![node, incarnation, first, last])?;
        seals.extend(rows.into_iter().filter_map(|row| row.seal(series)));
    }
    Ok(seals.into_iter().collect())
}

/// Up to where seals were looked at.
pub type SealPlace = (Series, i64, Vec<u8>);

/// All that the hub signed, behind a place.
pub fn seals_after(
    tx: &mut ReadTx<'_>,
    after: Option<&SealPlace>,
    limit: i64,
) -> Result<Vec<(SealPlace, Seal)>> {
    let nothing = (Series { node: Uuid::nil(), incarnation: i64::MIN }, 0, Vec::new());
    let (Series { node, incarnation }, seq, signature) = after.cloned().unwrap_or(nothing);
    let rows: Vec<AnyRow> =
        tx.all(&ALL_OF_THEM, args![node, incarnation, seq, signature, limit])?;
    let seal = |AnyRow { node, incarnation, seq, numbers, signature }: AnyRow| {
        let series = Series { node, incarnation };
        let place = (series, seq, signature.clone());
        Some((place, SealRow { seq, numbers, signature }.seal(series)?))
    };
    Ok(rows.into_iter().filter_map(seal).collect())
}

/// The links that a seal is about, as they are here; none where one is not here.
pub fn links_of(tx: &mut ReadTx<'_>, seal: &Seal) -> Result<Option<Vec<Head>>> {
    let mut links = Vec::new();
    for seq in &seal.numbers {
        let Some(hash) = link_at(tx, seal.series, *seq)? else { return Ok(None) };
        links.push(Head { seq: *seq, hash });
    }
    Ok(Some(links))
}

/// Forgets what is of numbers that are given up.
pub(super) fn drop_seals(tx: &mut WriteTx<'_>, series: Series, first: i64) -> Result<()> {
    tx.execute(&DROP, args![series.node, series.incarnation, first])?;
    Ok(())
}

impl SealRow {
    fn seal(self, series: Series) -> Option<Seal> {
        let numbers: Vec<i64> = serde_json::from_str(&self.numbers).ok()?;
        let whole = numbers.last() == Some(&self.seq);
        let signature = self.signature.try_into().ok()?;
        whole.then_some(Seal { series, numbers, signature })
    }
}
