//! Histories hold, and each planted bug is caught by some of them.

use muster_simulation::{Bug, Options, run};

#[test]
fn nodes_come_to_the_same_whatever_happens_to_them() {
    for seed in 0..60 {
        if let Err(failure) = run(seed, Options::default()) {
            panic!("seed {seed}: {}", failure.0);
        }
    }
}

#[test]
fn every_planted_bug_is_caught() {
    for bug in Bug::ALL {
        let options = Options { bug: Some(bug), ..Options::default() };
        let caught = (0..600).find_map(|seed| Some((seed, run(seed, options).err()?)));
        let Some((seed, failure)) = caught else { panic!("{bug:?} went unseen") };
        println!("{bug:?}: seed {seed}: {}", failure.0.lines().next().unwrap_or_default());
    }
}
