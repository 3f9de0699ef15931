//! What lies on a disk comes twice, or again: a backup that is put back, a stick that is copied; and a
//! stick that nobody heard of for a term.

use crate::alike::come_to_hold_the_same;
use crate::node::Node;
use crate::work::{Acknowledged, act, class, found, sections};
use muster_app::marks::bulk;
use muster_app::people::{self, PersonInput};
use muster_app::sessions::{self, OpenInput};
use muster_domain::attendance::{Extent, Mode, Status};
use muster_domain::ids::{ClassId, PersonId};
use muster_domain::time::Span;
use muster_testkit::{NOON, Proxy};
use serde_json::json;

/// Weeks of a term.
const WEEKS: i64 = 14;

/// Whether a node's audit log says that somebody goes on under another incarnation.
fn says_that_somebody_began_anew(node: &Node) -> bool {
    node.get("/api/v1/journal?action=node.").to_string().contains("node.begin_anew")
}

#[test]
fn a_hub_that_comes_back_from_a_backup_hears_again_of_what_it_lost() {
    comes_back_from_a_backup(0);
}

#[test]
fn so_does_a_hub_that_wrote_more_since_than_it_had_lost() {
    comes_back_from_a_backup(12);
}

/// A hub comes back from a backup, and takes attendance so often before it hears of anybody.
fn comes_back_from_a_backup(times: u64) {
    let folder = tempfile::tempdir().unwrap();
    let mut hub = Node::new(folder.path(), "hub");
    let campus = found(&mut hub, 12);
    let way = Proxy::to(hub.address());
    let [mut one, mut two] = ["one", "two"].map(|name| Node::new(folder.path(), name));
    let mut acknowledged = Acknowledged::default();
    for edge in [&mut one, &mut two] {
        edge.join(&hub, &way, &[]);
    }
    let before = acknowledged.attendance(&one, &campus, &sections("BEFORE", 1)).remove(0);
    one.exchange();
    two.exchange();
    hub.stop();
    let backup = hub.copied(folder.path(), "backup");
    hub.serve();
    way.lead_to(hub.address());

    // Also what edges may not write, and what comes after it.
    let role = format!("/api/v1/people/{}/roles", campus.students[0]);
    hub.asked("POST", &role, &json!({"role": "teacher", "class": before}));
    acknowledged.attendance(&one, &campus, &sections("EDGE", 2));
    acknowledged.attendance(&hub, &campus, &sections("HUB", 2));
    acknowledged.person(&hub, "HUB-DAY");
    acknowledged.person(&two, "TWO-DAY");
    one.exchange();
    two.exchange();

    hub.signal("-9");
    hub.put_back(&backup);
    hub.serve();
    way.lead_to(hub.address());
    // It writes the same numbers once more, before it hears of anybody.
    acknowledged.person(&hub, "HUB-AGAIN");
    acknowledged.attendance(&hub, &campus, &sections("AGAIN", times));
    acknowledged.person(&one, "ONE-AGAIN");
    // What only a hub writes comes back as well: the edges have its word for it.
    come_to_hold_the_same(&hub, &[&one, &two], &[&acknowledged]);
    assert!(hub.export().iter().any(|line| line.contains("teacher")));
    let peers = hub.run(&["sync", "peers", "--json"]);
    let peers = String::from_utf8(peers.stdout).unwrap();
    assert_eq!(peers.matches("\"refused\":0").count(), 2, "{peers}");
}

#[test]
fn of_a_copied_stick_both_go_on_and_nothing_of_either_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let mut hub = Node::new(folder.path(), "hub");
    let campus = found(&mut hub, 12);
    let way = Proxy::to(hub.address());
    let mut stick = Node::new(folder.path(), "stick");
    let mut acknowledged = Acknowledged::default();
    stick.join(&hub, &way, &[]);
    acknowledged.person(&stick, "BEFORE");
    stick.stop();
    let mut copy = stick.copied(folder.path(), "copy");
    stick.serve();
    copy.serve();
    for (node, name) in [(&stick, "STICK"), (&copy, "COPY")] {
        acknowledged.person(node, name);
        acknowledged.attendance(node, &campus, &sections(name, 2));
    }
    acknowledged.person(&hub, "HUB");
    for (round, node) in [&stick, &copy, &stick, &copy].into_iter().enumerate() {
        node.exchange();
        acknowledged.person(node, &format!("ROUND-{round}"));
    }
    come_to_hold_the_same(&hub, &[&stick, &copy], &[&acknowledged]);
    assert!(says_that_somebody_began_anew(&hub));
}

#[test]
fn a_stick_that_was_away_for_a_term_and_its_hub_come_to_hold_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let mut hub = Node::new(folder.path(), "hub");
    let campus = found(&mut hub, 20);
    let way = Proxy::to(hub.address());
    let taught = class(&hub, &campus, "AWAY");
    let mut stick = Node::new(folder.path(), "stick");
    stick.join(&hub, &way, &[]);
    stick.stop();

    // The stick's clock is months behind that of the hub.
    let mut acknowledged = Acknowledged::default();
    let (store, class) = (stick.store(), ClassId(taught.parse().unwrap()));
    for week in 0..WEEKS {
        let at = NOON + Span::days(7 * week);
        let (session, marked) = act(&store, (Some(campus.root), at), move |tx, ctx| {
            let (meeting, duration_minutes, methods) = (None, None, None);
            let (mode, topic) = (Mode::InClass, format!("Week {week}"));
            let input = OpenInput { class, meeting, duration_minutes, mode, methods, topic };
            let session = sessions::open(tx, ctx, &input)?;
            let reason = "no phones";
            let done = bulk::mark_all(tx, ctx, session, Status::Present, Extent::All, reason)?;
            sessions::close(tx, ctx, session)?;
            Ok((session, done.1))
        });
        for person in marked {
            acknowledged.mark(session.0.to_string(), person.0.to_string());
        }
    }
    let student = PersonId(campus.students[0].parse().unwrap());
    act(&store, (Some(campus.root), NOON + Span::days(100)), move |tx, ctx| {
        let (number, name) = ("S0".to_owned(), "Named on the stick".to_owned());
        let input = PersonInput { number, name, ..PersonInput::default() };
        let seen = muster_storage::people::get(tx, student)?.unwrap().version;
        people::change(tx, ctx, student, seen, &input.check()?, true)
    });
    drop(store);
    acknowledged.attendance(&hub, &campus, &sections("HUB", 6));
    let path = format!("/api/v1/people/{}", campus.students[0]);
    hub.asked("PATCH", &path, &json!({"name": "Named at the hub"}));

    come_to_hold_the_same(&hub, &[&stick], &[&acknowledged]);
    let held = hub.get(&format!("/api/v1/classes/{taught}/sessions"));
    assert_eq!(held["items"].as_array().unwrap().len(), 14, "{held}");
    // Of two edits of one field one stands, and the other is listed.
    let listed = hub.get("/api/v1/conflicts");
    assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{listed}");
    let person = hub.get(&path);
    let mut names = [&listed["items"][0]["lost"]["value"], &person["name"]];
    names.sort_by_key(|name| name.as_str());
    assert_eq!(names, ["Named at the hub", "Named on the stick"]);
}
