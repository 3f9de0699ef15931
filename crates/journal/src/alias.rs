//! Natural keys: what makes two records one, though two nodes made them while apart.

use crate::version::Version;
use muster_domain::ids::NAMESPACE;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The name under which a change tells which claims of its record's key it takes over.
pub const KEY: &str = "(key)";

/// A natural key of a kind of record, as an id in our namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AliasId(pub Uuid);

impl AliasId {
    /// Of the parts of a key, folded where they are text.
    pub fn of(kind: &str, parts: &[&str]) -> Self {
        let mut name = b"alias".to_vec();
        for part in [kind].iter().chain(parts) {
            name.extend_from_slice(&(part.len() as u64).to_be_bytes());
            name.extend_from_slice(part.as_bytes());
        }
        Self(Uuid::new_v5(&NAMESPACE, &name))
    }
}

/// A record took a key, by creation or by a change that says which claims it takes over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The record.
    pub record: Uuid,
    /// The claims of the same key that it takes over, of which its writer knew: a key that is used
    /// again after its record gave it up does not make the two one.
    pub over: BTreeSet<Version>,
}

/// All claims that are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aliases {
    claims: BTreeMap<AliasId, BTreeMap<Version, Claim>>,
}

impl Aliases {
    /// Adds a claim; the same one again changes nothing.
    pub fn add(&mut self, key: AliasId, version: Version, claim: Claim) {
        self.claims.entry(key).or_default().entry(version).or_insert(claim);
    }

    /// Adds all that the other has.
    pub fn join(&mut self, other: &Self) {
        for (key, claims) in &other.claims {
            for (version, claim) in claims {
                self.add(*key, *version, claim.clone());
            }
        }
    }

    /// Every claim of a key that is known: what a new one names, so that nobody who lacks one
    /// between takes two records for one.
    pub fn known(&self, key: AliasId) -> BTreeSet<Version> {
        self.claims.get(&key).into_iter().flatten().map(|(version, _)| *version).collect()
    }

    /// Whether a record has claimed a key.
    pub fn has_claimed(&self, key: AliasId, record: Uuid) -> bool {
        let mut claims = self.claims.get(&key).into_iter().flatten();
        claims.any(|(_, claim)| claim.record == record)
    }

    /// The claims of a key that no other one takes over.
    pub fn standing(&self, key: AliasId) -> BTreeMap<Version, Uuid> {
        let claims = self.claims.get(&key).into_iter().flatten();
        let taken = |version: &Version| {
            let mut all = self.claims.get(&key).into_iter().flatten();
            all.any(|(later, claim)| later > version && claim.over.contains(version))
        };
        claims
            .filter(|(version, _)| !taken(version))
            .map(|(version, claim)| (*version, claim.record))
            .collect()
    }

    /// To which record each other one redirects: of those that share a key without knowing of
    /// each other the smallest is the one.
    pub fn redirects(&self) -> Redirects {
        let mut redirects = Redirects::default();
        for claims in self.claims.values() {
            for (version, claim) in claims {
                for (earlier, other) in claims.range(..version) {
                    if !knows(claims, claim, *earlier) {
                        redirects.unite(claim.record, other.record);
                    }
                }
            }
        }
        redirects
    }
}

/// Whether a claim takes over an earlier one, or one that does. What it names is earlier than
/// itself, so that this ends whatever entries say.
fn knows(claims: &BTreeMap<Version, Claim>, claim: &Claim, earlier: Version) -> bool {
    let mut waiting: Vec<Version> = claim.over.iter().copied().collect();
    let mut seen = BTreeSet::new();
    while let Some(version) = waiting.pop() {
        if version == earlier {
            return true;
        }
        if version > earlier && seen.insert(version) {
            let before = claims.get(&version).into_iter().flat_map(|claim| &claim.over);
            waiting.extend(before.filter(|before| **before < version));
        }
    }
    false
}

/// Which records are the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redirects(BTreeMap<Uuid, Uuid>);

impl Redirects {
    /// The record that stands for this one.
    pub fn resolve(&self, record: Uuid) -> Uuid {
        let mut at = record;
        // Every step leads to a smaller id.
        while let Some(next) = self.0.get(&at) {
            at = *next;
        }
        at
    }

    /// Makes two records one; the smaller id stands for both.
    pub fn unite(&mut self, one: Uuid, other: Uuid) {
        let (one, other) = (self.resolve(one), self.resolve(other));
        if one != other {
            self.0.insert(one.max(other), one.min(other));
        }
    }

    /// Every record that redirects, with where to.
    pub fn all(&self) -> impl Iterator<Item = (Uuid, Uuid)> {
        self.0.keys().map(|record| (*record, self.resolve(*record)))
    }
}
