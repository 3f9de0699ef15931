//! Lines between nodes that cut, slow, alter and fall silent.

use crate::alike::come_to_hold_the_same;
use crate::node::{Node, until};
use crate::work::{Acknowledged, Campus, found, sections};
use muster_testkit::{Fault, Proxy, Way};
use std::path::Path;
use std::time::Duration;

/// A hub, an edge that is served, and the line between them; both have kilobytes for each other.
fn apart(folder: &Path) -> (Node, Node, Proxy, Campus, Acknowledged) {
    let mut hub = Node::new(folder, "hub");
    let campus = found(&mut hub, 30);
    let way = Proxy::to(hub.address());
    let mut edge = Node::new(folder, "edge");
    edge.join(&hub, &way, &[]);
    let mut acknowledged = Acknowledged::default();
    acknowledged.attendance(&edge, &campus, &sections("E", 3));
    acknowledged.attendance(&hub, &campus, &sections("H", 3));
    (hub, edge, way, campus, acknowledged)
}

#[test]
fn a_line_that_cuts_alters_and_slows_costs_time_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (hub, edge, way, _, mut acknowledged) = apart(folder.path());
    let faults = [
        Fault::Refuse,
        Fault::Cut(Way::There, 0),
        Fault::Cut(Way::There, 300),
        Fault::Cut(Way::There, 2_000),
        Fault::Cut(Way::Back, 0),
        Fault::Cut(Way::Back, 100),
        Fault::Cut(Way::Back, 2_000),
        Fault::Flip(Way::There, 2),
        Fault::Flip(Way::There, 2_000),
        Fault::Flip(Way::Back, 3),
        Fault::Flip(Way::Back, 2_000),
    ];
    for (number, fault) in faults.into_iter().enumerate() {
        acknowledged.person(&edge, &format!("EDGE-{number}"));
        acknowledged.person(&hub, &format!("HUB-{number}"));
        way.set(fault);
        let words = edge.button().unwrap().expect_err("it came through");
        assert!(words.contains("hub"), "{fault:?}: {words}");
        let standing = edge.get("/api/v1/nodes");
        assert_eq!(standing["hub"]["error"], words.as_str(), "{fault:?}");
    }
    way.set(Fault::Slow(64, Duration::from_millis(1)));
    let exchanged = edge.button().unwrap().unwrap();
    assert!(exchanged["came"].as_u64() > Some(90), "{exchanged}");
    let standing = edge.get("/api/v1/nodes");
    assert!(standing["hub"]["error"].is_null(), "{standing}");
    way.set(Fault::None);
    come_to_hold_the_same(&hub, &[&edge], &[&acknowledged]);
}

/// Exchanges over a line that falls silent; what the others do meanwhile, until it is cut.
fn silent(edge: &Node, way: &Proxy, fault: Fault, meanwhile: impl FnOnce()) {
    way.set(fault);
    let (Fault::Silence(side, bytes), before) = (fault, way.connections()) else { return };
    let passed = way.bytes(side);
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| edge.button());
        until("a connection", || way.connections() > before);
        way.passed(side, passed + bytes + 1);
        meanwhile();
        // Nobody has heard of anything: both still wait.
        assert!(!asking.is_finished());
        way.set(Fault::None);
        way.cut();
        let words = asking.join().unwrap().unwrap().expect_err("nothing came through");
        assert!(words.contains("can’t be reached"), "{words}");
    });
}

#[test]
fn a_half_open_line_holds_up_nobody_else_and_goes_on_when_it_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let (hub, edge, way, _, mut acknowledged) = apart(folder.path());
    let straight = Proxy::to(hub.address());
    let mut other = Node::new(folder.path(), "other");
    other.join(&hub, &straight, &[]);
    // The hub waits for the rest of a question, then the edge for the rest of an answer.
    for (name, side) in [("QUESTION", Way::There), ("ANSWER", Way::Back)] {
        silent(&edge, &way, Fault::Silence(side, 2_000), || {
            acknowledged.person(&other, &format!("{name}-OTHER"));
            acknowledged.person(&hub, &format!("{name}-HUB"));
            acknowledged.person(&edge, &format!("{name}-EDGE"));
            let exchanged = other.button().unwrap().unwrap();
            assert!(exchanged["went"].as_u64() > Some(0), "{exchanged}");
        });
    }
    come_to_hold_the_same(&hub, &[&edge, &other], &[&acknowledged]);
}
