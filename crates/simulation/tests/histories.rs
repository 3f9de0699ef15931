//! Histories hold, in memory and on real stores, and each planted bug is caught by some of them.

use muster_simulation::{Bug, Memory, Node, Options, Stored, run};

fn hold<N: Node>(seeds: impl IntoIterator<Item = u64>, options: Options) {
    for seed in seeds {
        if let Err(failure) = run::<N>(seed, options) {
            panic!("seed {seed}: {}", failure.0);
        }
    }
}

fn is_caught<N: Node>(bug: Bug, most: u64) {
    let options = Options { bug: Some(bug), ..Options::default() };
    let caught = (0..most).find_map(|seed| {
        let failure = run::<N>(seed, options).err()?;
        // It is the bug that was seen.
        run::<N>(seed, Options::default()).ok()?;
        Some((seed, failure))
    });
    let Some((seed, failure)) = caught else { panic!("{bug:?} went unseen") };
    println!("{bug:?}: seed {seed}: {}", failure.0.lines().next().unwrap_or_default());
}

#[test]
fn nodes_come_to_the_same_whatever_happens_to_them() {
    hold::<Memory>(0..60, Options::default());
}

#[test]
fn nodes_on_real_stores_come_to_the_same_whatever_happens_to_them() {
    // The last ones did not hold once.
    hold::<Stored>((0..40).chain([51, 95]), Options::default());
}

#[test]
fn nodes_that_begin_to_replicate_at_any_moment_come_to_the_same() {
    hold::<Stored>(0..20, Options { late: true, ..Options::default() });
}

#[test]
fn every_planted_bug_is_caught() {
    for bug in Bug::ALL {
        is_caught::<Memory>(bug, 600);
    }
}

#[test]
fn bugs_planted_around_real_stores_are_caught() {
    let around = [Bug::IgnoresForks, Bug::JoinsByArrival, Bug::NamesNothing];
    for bug in around {
        is_caught::<Stored>(bug, 200);
    }
}
