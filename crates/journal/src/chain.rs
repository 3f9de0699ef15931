//! The chain: each link is a hash over the one before and the entry's digest.

use crate::entry::Digest;
use muster_domain::ids::{ActId, EntryId};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// A node's own sequence of entries. A restored or copied node begins a new incarnation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Series {
    /// The node.
    pub node: Uuid,
    /// Which life of the node.
    pub incarnation: i64,
}

impl Series {
    /// Another life of the node, drawn by the chance that is in an act's id: two copies of a node
    /// have the same clock, but no act in common.
    #[must_use]
    pub fn anew(self, act: ActId) -> Self {
        let drawn = act.0.as_u128() & ((1 << 62) - 1);
        Self { incarnation: i64::try_from(drawn).unwrap_or_default(), ..self }
    }
}

/// An entry's place in the chain-to-be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chained {
    /// The entry.
    pub entry: EntryId,
    /// Its digest.
    pub digest: Digest,
}

/// The end of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Number of the last entry; 0 before the first.
    pub seq: i64,
    /// Its link.
    pub hash: Digest,
}

/// Before the first entry.
pub const GENESIS: Head = Head { seq: 0, hash: [0; 32] };

/// SHA-256 over `"muster chain 1"`, node, incarnation, number, the link before and the digest;
/// numbers in 8 bytes, big-endian.
pub fn link(series: Series, before: Head, digest: &Digest) -> Head {
    let seq = before.seq + 1;
    let mut hash = Sha256::new();
    hash.update(b"muster chain 1");
    hash.update(series.node.as_bytes());
    hash.update(series.incarnation.to_be_bytes());
    hash.update(seq.to_be_bytes());
    hash.update(before.hash);
    hash.update(digest);
    Head { seq, hash: hash.finalize().into() }
}

/// A stored link, as read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Stored number.
    pub seq: i64,
    /// Stored link.
    pub hash: Digest,
    /// Stored digest.
    pub digest: Digest,
    /// Digest of the entry as it stands; none if the entry is gone.
    pub found: Option<Digest>,
}

/// Where a chain breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    /// Numbers jump.
    #[error("entry {0} is missing from the chain")]
    Missing(i64),
    /// The entry is gone though the chain counts it.
    #[error("entry {0} was deleted")]
    Deleted(i64),
    /// The entry isn't what it was.
    #[error("entry {0} was altered")]
    Altered(i64),
    /// The link doesn't follow from the one before.
    #[error("the chain does not hold at entry {0}: an entry was replaced or reordered")]
    WrongLink(i64),
}

/// Follows a chain link by link.
#[derive(Clone, Copy, Debug)]
pub struct Verifier {
    series: Series,
    head: Head,
}

impl Verifier {
    /// From before the first entry of `series`.
    pub const fn new(series: Series) -> Self {
        Self { series, head: GENESIS }
    }

    /// Checks the next link.
    pub fn check(&mut self, stored: &Link) -> Result<(), Break> {
        let expected = link(self.series, self.head, &stored.digest);
        if stored.seq != expected.seq {
            return Err(Break::Missing(expected.seq));
        }
        match stored.found {
            None => return Err(Break::Deleted(stored.seq)),
            Some(found) if found != stored.digest => return Err(Break::Altered(stored.seq)),
            Some(_) => {}
        }
        if stored.hash != expected.hash {
            return Err(Break::WrongLink(stored.seq));
        }
        self.head = expected;
        Ok(())
    }

    /// Goes on after a run, whose entries are not here: the next link shows whether its last fits.
    pub const fn pass(&mut self, last: Head) {
        self.head = last;
    }

    /// The end of what held so far.
    pub const fn head(&self) -> Head {
        self.head
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::tests::hex;
    use proptest::prelude::*;

    const SERIES: Series = Series { node: Uuid::from_u128(9), incarnation: 1 };

    fn chain(length: u8) -> Vec<Link> {
        let mut head = GENESIS;
        (0..length)
            .map(|n| {
                let digest = [n; 32];
                head = link(SERIES, head, &digest);
                Link { seq: head.seq, hash: head.hash, digest, found: Some(digest) }
            })
            .collect()
    }

    fn verify(links: &[Link]) -> Result<Head, Break> {
        let mut verifier = Verifier::new(SERIES);
        links.iter().try_for_each(|link| verifier.check(link))?;
        Ok(verifier.head())
    }

    #[test]
    fn the_link_of_a_known_entry_never_changes() {
        let first = link(SERIES, GENESIS, &[1; 32]);
        let second = link(SERIES, first, &[2; 32]);
        assert_eq!(
            (first.seq, hex(&first.hash).as_str()),
            (1, "3696d0351fee70559b9eb9dc63194c78da54769e4f61ba1bd01a73b7fc5062df")
        );
        assert_eq!(
            (second.seq, hex(&second.hash).as_str()),
            (2, "90bd41c04797daf99e63d7517bbdde9b65df38e676c5729c415c3222f60d203a")
        );
    }

    #[test]
    fn an_untouched_chain_holds() {
        assert_eq!(verify(&chain(20)).map(|head| head.seq), Ok(20));
    }

    #[test]
    fn another_incarnation_has_other_links() {
        let other = Series { incarnation: 2, ..SERIES };
        assert_ne!(link(SERIES, GENESIS, &[1; 32]), link(other, GENESIS, &[1; 32]));
    }

    #[test]
    fn a_run_is_passed_and_what_follows_it_must_fit() {
        let links = chain(9);
        let after = |hash| {
            let mut verifier = Verifier::new(SERIES);
            verifier.check(&links[0])?;
            verifier.pass(Head { seq: 4, hash });
            links[4..].iter().try_for_each(|link| verifier.check(link)).map(|()| verifier.head())
        };
        assert_eq!(after(links[3].hash).map(|head| head.seq), Ok(9));
        assert_eq!(after([9; 32]), Err(Break::WrongLink(5)));
    }

    #[test]
    fn another_life_is_drawn_from_the_act() {
        let act = |random: u128| ActId(Uuid::from_u128(0x0199 << 112 | 0x7 << 76 | random));
        let lives = [SERIES.anew(act(1)), SERIES.anew(act(2)), SERIES];
        assert_eq!(lives.map(|life| life.incarnation), [1_i64, 2, 1]);
        assert_eq!(lives.map(|life| life.node), [SERIES.node; 3]);
        assert!(SERIES.anew(ActId(Uuid::max())).incarnation > 0);
    }

    proptest! {
        #[test]
        fn an_altered_entry_is_found(at in 0..20_u8) {
            let mut links = chain(20);
            links[usize::from(at)].found = Some([99; 32]);
            prop_assert_eq!(verify(&links), Err(Break::Altered(i64::from(at) + 1)));
        }

        #[test]
        fn a_missing_entry_is_found(at in 0..19_u8) {
            let mut links = chain(20);
            links.remove(usize::from(at));
            prop_assert_eq!(verify(&links), Err(Break::Missing(i64::from(at) + 1)));
        }

        #[test]
        fn swapped_entries_are_found(at in 0..19_u8) {
            let mut links = chain(20);
            let at_index = usize::from(at);
            let (first, second) = (links[at_index], links[at_index + 1]);
            links[at_index] = Link { seq: first.seq, ..second };
            links[at_index + 1] = Link { seq: second.seq, ..first };
            prop_assert_eq!(verify(&links), Err(Break::WrongLink(i64::from(at) + 1)));
        }

        #[test]
        fn an_entry_altered_together_with_its_digest_is_found(at in 0..20_u8) {
            let mut links = chain(20);
            links[usize::from(at)].digest = [99; 32];
            links[usize::from(at)].found = Some([99; 32]);
            prop_assert_eq!(verify(&links), Err(Break::WrongLink(i64::from(at) + 1)));
        }
    }
}
