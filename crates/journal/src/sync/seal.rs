//! Seals: a hub signs where the series that it tells stand, so that whoever was told can prove it later.
//! A hub that comes back from a backup takes from an edge what it proves so, whoever wrote it, and
//! nothing else that the edge did not write itself.

use super::{Batch, Heads, Item, links};
use crate::chain::{Head, Series};
use crate::entry::Digest;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// Links of a series that a hub signed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seal {
    /// Whose links.
    pub series: Series,
    /// Their numbers, in order: where what was told ends and, since no link is known within a run, what
    /// stands before each run.
    pub numbers: Vec<i64>,
    /// Over [`sealed`].
    pub signature: [u8; 64],
}

/// What is signed: SHA-256 over `"muster seal 1"`, node, incarnation, and each number with its link;
/// numbers in 8 bytes, big-endian.
pub fn sealed(series: Series, links: &[Head]) -> Digest {
    let mut hash = Sha256::new();
    hash.update(b"muster seal 1");
    hash.update(series.node.as_bytes());
    hash.update(series.incarnation.to_be_bytes());
    for link in links {
        hash.update(link.seq.to_be_bytes());
        hash.update(link.hash);
    }
    hash.finalize().into()
}

/// So many numbers at most have one seal, so that a small part of what was told can be proven as well.
const STRETCH: i64 = 512;

/// The links that have to be signed so that all that is told can be proven.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    done: Vec<(Series, Vec<Head>)>,
    open: BTreeMap<Series, Stretch>,
    last: Heads,
}

/// Numbers that will have one seal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Stretch {
    after: i64,
    links: Vec<Head>,
}

impl Marks {
    /// Hears where a series stands before anything of it is told.
    pub fn begin(&mut self, series: Series, before: Head) {
        self.last.set(series, before);
    }

    /// Whether it heard of that series.
    pub fn knows(&self, series: Series) -> bool {
        self.last.of(series).seq > 0
    }

    /// Hears of what is told next: of an entry, or of a run.
    pub fn told(&mut self, series: Series, end: Head, is_run: bool) {
        let before = self.last.of(series);
        let anew = || Stretch { after: end.seq - 1, links: Vec::new() };
        let stretch = self.open.entry(series).or_insert_with(anew);
        if is_run && before.seq > 0 {
            stretch.links.push(before);
        }
        if end.seq - stretch.after >= STRETCH {
            stretch.links.push(end);
            self.done.push((series, std::mem::take(&mut stretch.links)));
            stretch.after = end.seq;
        }
        self.last.set(series, end);
    }

    /// What has to be signed: links of one series each, in order.
    pub fn links(mut self) -> Vec<(Series, Vec<Head>)> {
        for (series, Stretch { after, mut links }) in self.open {
            let end = self.last.of(series);
            if end.seq > after {
                links.push(end);
                self.done.push((series, links));
            }
        }
        self.done
    }
}

/// A batch without what is not proven of series that its sender does not write itself (`by_sender`).
/// An item is proven if its link is known here (`link_at`) or in a seal that `has_signed` passes, or if
/// an entry follows it that is proven: a link follows from the one before. Whatever follows an item
/// that is left out is left out, too.
pub fn proven(
    batch: Batch,
    seals: &[Seal],
    by_sender: impl Fn(Series) -> bool,
    mut link_at: impl FnMut(Series, i64) -> Option<Digest>,
    has_signed: impl Fn(&Digest, &[u8; 64]) -> bool,
) -> Batch {
    if batch.items.iter().all(|item| by_sender(item.span().0)) {
        return batch;
    }
    let (told, _) = links(&mut link_at, &batch);
    let ends = batch.items.iter().zip(&told).filter_map(|(item, link)| {
        let (series, _, seq) = item.span();
        Some(((series, seq), (*link)?))
    });
    let ends: BTreeMap<(Series, i64), Digest> = ends.collect();
    let mut signed: BTreeMap<(Series, i64), Digest> = BTreeMap::new();
    for Seal { series, numbers, signature } in seals.iter().filter(|seal| !by_sender(seal.series)) {
        let link = |seq: &i64| {
            let told = ends.get(&(*series, *seq)).copied();
            Some(Head { seq: *seq, hash: told.or_else(|| link_at(*series, *seq))? })
        };
        let known: Option<Vec<Head>> = numbers.iter().map(link).collect();
        let known = known.filter(|links| has_signed(&sealed(*series, links), signature));
        let links = known.into_iter().flatten();
        signed.extend(links.map(|link| ((*series, link.seq), link.hash)));
    }
    // From the end, since an entry proves what stands before it.
    let mut proves: BTreeMap<Series, i64> = BTreeMap::new();
    let mut is_proven = |(item, link): (&Item, &Option<Digest>)| {
        let (series, first, seq) = item.span();
        // What has no link here was passed over when the next one's was worked out.
        let Some(link) = *link else { return false };
        let holds = proves.get(&series) == Some(&seq)
            || signed.get(&(series, seq)) == Some(&link)
            || link_at(series, seq) == Some(link);
        match item {
            Item::Entry(_) if holds => proves.insert(series, first - 1),
            _ => proves.remove(&series),
        };
        holds
    };
    let all = batch.items.iter().zip(&told).rev();
    let mut holds: Vec<bool> = all.map(&mut is_proven).collect();
    holds.reverse();
    let mut cut: BTreeMap<Series, i64> = BTreeMap::new();
    let mut stays = |item: &Item, holds: bool| {
        let (series, first, seq) = item.span();
        let stays = by_sender(series) || (holds && cut.get(&series) != Some(&(first - 1)));
        if !stays {
            cut.insert(series, seq);
        }
        stays
    };
    let items = batch.items.into_iter().zip(holds);
    let items = items.filter_map(|(item, holds)| stays(&item, holds).then_some(item)).collect();
    Batch { items, ends: batch.ends }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::{Run, Sent};
    use crate::{GENESIS, link};
    use proptest::prelude::*;
    use std::sync::Arc;
    use uuid::Uuid;

    const HUBS: Series = Series { node: Uuid::from_u128(1), incarnation: 1 };
    const EDGES: Series = Series { node: Uuid::from_u128(2), incarnation: 1 };

    /// The hub's word is the digest itself.
    fn word(digest: &Digest) -> [u8; 64] {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(digest);
        bytes
    }

    fn is_word(digest: &Digest, signature: &[u8; 64]) -> bool {
        word(digest) == *signature
    }

    fn sent(series: Series, seq: i64, topic: u128) -> Item {
        let mut entry = crate::entry::tests::sample();
        entry.topic = Some(Uuid::from_u128(topic));
        Item::Entry(Arc::new(Sent::new(series, seq, entry)))
    }

    /// Entries of the hub from 1 on, of which an edge hears those numbers as runs.
    fn told(count: i64, hidden: &[i64]) -> (Vec<Item>, Vec<Head>, Vec<Seal>) {
        let (mut items, mut links, mut marks) = (Vec::new(), vec![GENESIS], Marks::default());
        for seq in 1..=count {
            let item = sent(HUBS, seq, seq.unsigned_abs().into());
            let Item::Entry(entry) = &item else { unreachable!() };
            let last = link(HUBS, links[links.len() - 1], &entry.entry.digest());
            links.push(last);
            let is_run = hidden.contains(&seq);
            marks.told(HUBS, last, is_run);
            items.push(if is_run {
                Item::Run(Run { series: HUBS, first: seq, last })
            } else {
                item
            });
        }
        let seal = |(series, links): (Series, Vec<Head>)| {
            let signature = word(&sealed(series, &links));
            Seal { series, numbers: links.iter().map(|link| link.seq).collect(), signature }
        };
        (items, links, marks.links().into_iter().map(seal).collect())
    }

    /// What a hub that holds the first `held` of these links believes of what an edge brings.
    fn believed(items: &[Item], seals: &[Seal], links: &[Head], held: i64) -> Vec<Item> {
        let known = |series, seq: i64| {
            let link = links.get(usize::try_from(seq).unwrap())?;
            (series == HUBS && seq <= held).then_some(link.hash)
        };
        let batch = Batch { items: items.to_vec(), ends: Vec::new() };
        proven(batch, seals, |series| series == EDGES, known, is_word).items
    }

    #[test]
    fn what_is_signed_never_changes() {
        let links = [Head { seq: 3, hash: [3; 32] }, Head { seq: 9, hash: [9; 32] }];
        assert_eq!(
            crate::entry::tests::hex(&sealed(HUBS, &links)),
            "b93ac1a5d28713c83e8c194632044fe1ad126ecad8546d711f9bcf5a37ec04ff"
        );
    }

    #[test]
    fn without_a_seal_nothing_of_others_is_believed_and_all_of_its_own_is() {
        let (items, links, _) = told(3, &[]);
        let own = sent(EDGES, 1, 50);
        let all = [items.as_slice(), std::slice::from_ref(&own)].concat();
        assert_eq!(believed(&all, &[], &links, 0), [own]);
    }

    #[test]
    fn a_part_of_what_was_told_is_proven_by_the_seals_within_it() {
        let (items, links, seals) = told(1_100, &[700]);
        let ends: Vec<_> = seals.iter().map(|seal| seal.numbers.clone()).collect();
        assert_eq!(ends, [vec![512], vec![699, 1_024], vec![1_100]]);
        let part = &items[100..1_050];
        assert_eq!(believed(part, &seals, &links, 100), items[100..1_024]);
    }

    #[test]
    fn what_comes_behind_the_last_seal_waits() {
        let (items, links, seals) = told(3, &[]);
        let more = [items.clone(), vec![sent(HUBS, 4, 4), sent(HUBS, 5, 5)]].concat();
        assert_eq!(believed(&more, &seals, &links, 1), items);
    }

    #[test]
    fn of_two_entries_under_one_number_the_true_one_is_believed() {
        let (items, links, seals) = told(3, &[]);
        let invented = sent(HUBS, 2, 99);
        for at in 0..=3 {
            let mut all = items.clone();
            all.insert(at, invented.clone());
            assert!(!believed(&all, &seals, &links, 0).contains(&invented), "at {at}");
        }
    }

    #[test]
    fn entries_behind_a_run_that_is_known_are_believed_by_its_end() {
        let (items, links, _) = told(6, &[]);
        // Of 3 to 5 the hub knows the last link alone.
        let known = |_, seq: i64| match seq {
            2 => Some(links[2].hash),
            5 => Some(links[5].hash),
            _ => None,
        };
        let by_end = |items: &[Item]| {
            let batch = Batch { items: items.to_vec(), ends: Vec::new() };
            proven(batch, &[], |_| false, known, is_word).items
        };
        assert_eq!(by_end(&items[2..5]), items[2..5]);
        assert_eq!(by_end(&items[2..4]), []);
        let Item::Entry(fourth) = &items[3] else { unreachable!() };
        let rest = Run { series: HUBS, first: fourth.seq, last: links[5] };
        let invented = [sent(HUBS, 3, 99), Item::Run(rest)];
        assert!(!by_end(&invented).contains(&invented[0]));
    }

    proptest! {
        #[test]
        fn whatever_a_hub_told_is_proven_whatever_it_still_holds(
            hidden in proptest::collection::btree_set(1..=12_i64, 0..12), held in 0..=12_i64,
        ) {
            let hidden: Vec<i64> = hidden.into_iter().collect();
            let (items, links, seals) = told(12, &hidden);
            let rest = &items[usize::try_from(held).unwrap()..];
            prop_assert_eq!(believed(rest, &seals, &links, held), rest);
        }

        #[test]
        fn an_invention_is_believed_nowhere(
            hidden in proptest::collection::btree_set(1..=12_i64, 0..12), at in 0..12_usize,
        ) {
            let hidden: Vec<i64> = hidden.into_iter().collect();
            let (mut items, links, seals) = told(12, &hidden);
            items[at] = sent(HUBS, i64::try_from(at).unwrap() + 1, 99);
            let believed = believed(&items, &seals, &links, 0);
            prop_assert!(!believed.contains(&items[at]));
        }
    }
}
