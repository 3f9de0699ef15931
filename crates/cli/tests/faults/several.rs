//! Several edges with one hub on PostgreSQL, and an edge that may see more and more.

use crate::alike::{come_to_hold_the_same, difference};
use crate::node::Node;
use crate::work::{Acknowledged, Campus, class, found, sections};
use muster_testkit::Proxy;
use serde_json::{Value, json};

#[test]
fn three_edges_and_their_hub_come_to_hold_the_same_on_postgres() {
    let folder = tempfile::tempdir().unwrap();
    let mut hub = Node::on_postgres(folder.path(), "hub");
    let campus = found(&mut hub, 15);
    let way = Proxy::to(hub.address());
    let mut edges = ["one", "two", "three"].map(|name| Node::new(folder.path(), name));
    let mut acknowledged = Acknowledged::default();
    for edge in &mut edges {
        edge.join(&hub, &way, &[]);
    }
    // All at once, while two of them exchange.
    let [one, two, three] = &edges;
    std::thread::scope(|scope| {
        let exchanging = [one, two]
            .map(|edge| scope.spawn(|| (0..4).try_for_each(|_| edge.button().unwrap().map(drop))));
        for (side, node) in [("H", &hub), ("A", one), ("B", two), ("C", three)] {
            acknowledged.person(node, &format!("{side}-1"));
            acknowledged.attendance(node, &campus, &sections(side, 2));
        }
        for exchanging in exchanging {
            assert_eq!(exchanging.join().unwrap(), Ok(()));
        }
    });
    come_to_hold_the_same(&hub, &[one, two, three], &[&acknowledged]);
}

/// That an edge holds nothing else than its hub, and of what is shown to it all.
fn holds_what_is_shown(hub: &Node, edge: &Node, shown: &[&String], hidden: &[&String]) {
    hub.settle();
    edge.exchange();
    // What came into its sight with this exchange is opened with the next.
    edge.exchange();
    let (there, here) = (hub.export(), edge.export());
    assert!(here.iter().all(|line| there.contains(line)), "{}", difference(&there, &here));
    let about = |line: &String, ids: &[&String]| ids.iter().any(|id| line.contains(id.as_str()));
    let missing: Vec<_> = there.iter().filter(|line| about(line, shown)).collect();
    let missing: Vec<_> = missing.into_iter().filter(|line| !here.contains(line)).collect();
    assert!(missing.is_empty(), "the edge lacks {missing:#?}");
    let seen: Vec<_> = here.iter().filter(|line| about(line, hidden)).collect();
    assert!(seen.is_empty(), "the edge sees {seen:#?}");
}

fn let_see(hub: &Node, scope: &Value) {
    let peer = hub.told(&["sync", "peers", "--json"]);
    let path = format!("/api/v1/nodes/{}/scope", peer["id"].as_str().unwrap());
    hub.asked("PUT", &path, scope);
}

#[test]
fn an_edge_that_may_see_more_gets_what_was_hidden_from_it_on_postgres() {
    let folder = tempfile::tempdir().unwrap();
    let mut hub = Node::on_postgres(folder.path(), "hub");
    let campus = found(&mut hub, 16);
    let (some, rest) = campus.students.split_at(8);
    let [ours, theirs] =
        [some, rest].map(|students| Campus { students: students.to_vec(), ..campus.clone() });
    let [a, b] = [(&ours, "A"), (&theirs, "B")].map(|(campus, name)| class(&hub, campus, name));
    let way = Proxy::to(hub.address());
    let mut edge = Node::new(folder.path(), "edge");
    edge.join(&hub, &way, &[&a]);
    let mut acknowledged = Acknowledged::default();
    let held = acknowledged.session(&edge, &a);
    let other = acknowledged.session(&hub, &b);
    let hidden: Vec<_> = rest.iter().chain([&b, &other]).collect();
    let shown: Vec<_> = some.iter().chain([&a, &held]).collect();
    holds_what_is_shown(&hub, &edge, &shown, &hidden);

    let_see(&hub, &json!({"classes": [a, b]}));
    let shown: Vec<_> = shown.into_iter().chain(hidden).collect();
    holds_what_is_shown(&hub, &edge, &shown, &[]);

    let_see(&hub, &json!({"all": true}));
    acknowledged.person(&hub, "NOBODY-S");
    come_to_hold_the_same(&hub, &[&edge], &[&acknowledged]);
}
