//! Uniqueness that two nodes broke while apart: one holder keeps the value, the others are
//! contested and listed, and no apply is refused for it.

use crate::version::Version;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A record that holds a value which only one may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder<K> {
    /// The value, with what it is unique within.
    pub key: K,
    /// The record.
    pub record: Uuid,
    /// The change by which it took it.
    pub since: Version,
}

/// A record that has to give a value up, and for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contested {
    /// The one that lost.
    pub record: Uuid,
    /// The one that has it.
    pub holder: Uuid,
}

/// Who is contested: whoever took a value later than somebody else who holds it.
pub fn contested<K: Ord>(holders: impl IntoIterator<Item = Holder<K>>) -> Vec<Contested> {
    let mut by_key: BTreeMap<K, Vec<(Version, Uuid)>> = BTreeMap::new();
    for Holder { key, record, since } in holders {
        by_key.entry(key).or_default().push((since, record));
    }
    let mut lost = Vec::new();
    for mut holders in by_key.into_values() {
        holders.sort_unstable();
        let Some((_, holder)) = holders.first().copied() else { continue };
        let others = holders.into_iter().map(|(_, record)| record);
        lost.extend(
            others.filter(|record| *record != holder).map(|record| Contested { record, holder }),
        );
    }
    lost.sort_unstable();
    lost.dedup();
    lost
}
