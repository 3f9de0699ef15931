//! Chance that can be repeated, and numbers that can be set by hand.

use std::hash::{BuildHasher, Hasher, RandomState};

/// `SplitMix64`.
pub struct Chance(u64);

impl Chance {
    /// From `MUSTER_FAULT_SEED`; without it from one that is drawn. Either is printed.
    pub fn new(test: &str) -> Self {
        let drawn = || RandomState::new().build_hasher().finish() % 1_000_000;
        let seed = std::env::var("MUSTER_FAULT_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = seed.unwrap_or_else(drawn);
        eprintln!("{test}: MUSTER_FAULT_SEED={seed}");
        Self(seed)
    }

    /// A number below that one.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }
}

/// A number from the environment, or the usual one.
pub fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().expect("a number"))
}
