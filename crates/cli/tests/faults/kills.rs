//! Either side is killed at any moment of an exchange of many changes.

use crate::alike::come_to_hold_the_same;
use crate::chance::{Chance, number};
use crate::node::{Node, until};
use crate::work::{Acknowledged, Campus, found, sections};
use muster_testkit::{Proxy, Way};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Bytes on the wire that a change takes, more or less.
const BYTES: u64 = 40;
/// The longest pause between the byte that is waited for and the kill, in milliseconds: nothing passes
/// while either side writes what it got.
const PAUSE: u64 = 250;

/// About so many changes, when everybody of a class is enrolled and marked: students, and classes.
fn shape(changes: u64) -> (u64, u64) {
    let students = (changes / 2).isqrt().clamp(10, 500);
    (students, changes / (2 * students) + 1)
}

fn both_sides_work_apart(
    (hub, edge): (&Node, &Node),
    campus: &Campus,
    classes: u64,
) -> Acknowledged {
    let mut acknowledged = Acknowledged::default();
    acknowledged.attendance(edge, campus, &sections("E", classes - classes / 3));
    acknowledged.attendance(hub, campus, &sections("H", classes / 3));
    acknowledged
}

/// Lets the edge exchange, and kills one of both after so many bytes and a moment.
fn killed(victim: &Node, edge: &Node, way: &Proxy, (bytes, pause): (u64, u64)) {
    let passed = || way.bytes(Way::There) + way.bytes(Way::Back);
    let (end, over) = (passed() + bytes, AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // What it says does not matter: it may not live to say it.
            let _ = edge.button();
            over.store(true, Ordering::Release);
        });
        until("an exchange", || passed() >= end || over.load(Ordering::Acquire));
        std::thread::sleep(Duration::from_millis(pause));
        victim.signal("-9");
    });
}

fn an_exchange_survives(folder: &Path, mut hub: Node) {
    let mut chance = Chance::new("kills");
    let (changes, kills) = (number("MUSTER_FAULT_CHANGES", 3_000), number("MUSTER_FAULT_KILLS", 8));
    let (students, classes) = shape(changes);
    let campus = found(&mut hub, usize::try_from(students).unwrap());
    let way = Proxy::to(hub.address());
    let mut edge = Node::new(folder, "edge");
    edge.join(&hub, &way, &[]);
    let mut acknowledged = both_sides_work_apart((&hub, &edge), &campus, classes);
    for kill in 0..kills {
        // Acknowledged just before: the disk has it.
        acknowledged.person(&edge, &format!("EDGE-{kill}"));
        acknowledged.person(&hub, &format!("HUB-{kill}"));
        let moment = (chance.below(changes * BYTES / kills), chance.below(PAUSE));
        let at_hub = chance.below(2) == 0;
        eprintln!("kill {kill}: {} after {moment:?}", if at_hub { "hub" } else { "edge" });
        killed(if at_hub { &hub } else { &edge }, &edge, &way, moment);
        if at_hub {
            hub.serve();
            way.lead_to(hub.address());
        } else {
            edge.serve();
        }
    }
    come_to_hold_the_same(&hub, &[&edge], &[&acknowledged]);
}

#[test]
fn whoever_is_killed_in_an_exchange_loses_nothing_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let hub = Node::new(folder.path(), "hub");
    an_exchange_survives(folder.path(), hub);
}

#[test]
fn whoever_is_killed_in_an_exchange_loses_nothing_on_postgres() {
    let folder = tempfile::tempdir().unwrap();
    let hub = Node::on_postgres(folder.path(), "hub");
    an_exchange_survives(folder.path(), hub);
}
