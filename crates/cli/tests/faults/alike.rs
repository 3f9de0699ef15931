//! Whether nodes hold the same.

use crate::node::Node;
use crate::work::Acknowledged;
use std::collections::BTreeSet;

/// Rounds after which everything is everywhere: one brings it to the hub, the next to the others; some
/// more for series that were divided.
const ROUNDS: usize = 6;

/// Lets every edge exchange until all have heard of the same.
pub fn meet(hub: &Node, edges: &[&Node]) {
    for _ in 0..ROUNDS {
        for edge in edges {
            hub.settle();
            edge.settle();
            edge.exchange();
        }
        hub.settle();
        let heads = hub.heads();
        if edges.iter().all(|edge| edge.heads() == heads) {
            return;
        }
    }
    panic!("after {ROUNDS} rounds not everybody has heard of the same");
}

/// Lets every edge exchange until all have heard of the same: then they hold the same, byte for byte,
/// and all that was acknowledged.
pub fn come_to_hold_the_same(hub: &Node, edges: &[&Node], acknowledged: &[&Acknowledged]) {
    meet(hub, edges);
    hold_the_same(hub, edges, acknowledged);
}

/// That all nodes hold the same, byte for byte, and all that was acknowledged.
fn hold_the_same(hub: &Node, edges: &[&Node], acknowledged: &[&Acknowledged]) {
    let export = hub.export();
    for edge in edges {
        let other = edge.export();
        let name = edge.data.file_name().unwrap().to_string_lossy();
        assert!(other == export, "the hub and {name} differ:\n{}", difference(&export, &other));
    }
    for one in acknowledged {
        assert!(one.count() > 0, "nothing was acknowledged");
        one.are_in("everybody", &export);
    }
}

/// Some of the lines that are on one side alone.
pub fn difference(hub: &[String], edge: &[String]) -> String {
    let sides = [hub, edge].map(|lines| lines.iter().collect::<BTreeSet<_>>());
    let at_hub = sides[0].difference(&sides[1]).take(5).map(|line| format!("hub   {line}"));
    let at_edge = sides[1].difference(&sides[0]).take(5).map(|line| format!("edge  {line}"));
    at_hub.chain(at_edge).collect::<Vec<_>>().join("\n")
}
