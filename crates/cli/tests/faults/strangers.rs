//! Who may not, or does not fit: a revoked edge, a stolen one that makes itself an administrator, a hub
//! or an edge of another version.

use crate::alike::{come_to_hold_the_same, difference};
use crate::node::{Node, PASSWORD};
use crate::work::{Acknowledged, Campus, found, sections};
use data_encoding::BASE64URL_NOPAD;
use muster_credential::keys::{MasterKey, file};
use muster_credential::node::{Answer, Question};
use muster_storage::replication;
use muster_sync::body::{COUNT, NODE, SIGNATURE, TYPE, pack};
use muster_testkit::{Proxy, disguise};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;

const PATH: &str = "/api/v1/sync/exchanges";

fn hub_and_edge(folder: &Path) -> (Node, Node, Proxy, Campus) {
    let mut hub = Node::new(folder, "hub");
    let campus = found(&mut hub, 12);
    let way = Proxy::to(hub.address());
    let mut edge = Node::new(folder, "edge");
    edge.join(&hub, &way, &[]);
    (hub, edge, way, campus)
}

fn words(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_revoked_edge_keeps_what_it_acknowledged_until_it_is_enrolled_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (hub, edge, way, campus) = hub_and_edge(folder.path());
    let mut acknowledged = Acknowledged::default();
    let before = hub.export();
    assert!(hub.run(&["sync", "revoke", "edge"]).status.success());
    acknowledged.attendance(&edge, &campus, &sections("EDGE", 2));
    let refused = edge.run(&["sync", "now"]);
    assert!(!refused.status.success());
    assert!(words(&refused).contains("was revoked at its hub"), "{refused:?}");
    assert_eq!(hub.export(), before);
    acknowledged.person(&hub, "HUB");
    assert!(!edge.export().iter().any(|line| line.contains("\"HUB\"")));
    edge.enrol(&hub, &way, &[]);
    come_to_hold_the_same(&hub, &[&edge], &[&acknowledged]);
}

#[test]
fn an_edge_that_makes_itself_an_administrator_is_refused_at_the_hub_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let (hub, mut edge, _way, _) = hub_and_edge(folder.path());
    let mut acknowledged = Acknowledged::default();
    acknowledged.person(&edge, "HONEST");
    edge.stop();
    // Whoever has the disk in hand lets the program take it for a hub, where that is allowed.
    let own = edge.data.join("muster.db");
    disguise(&own, "hub");
    let mut forged = edge.command(&["admin", "create", "--number", "THIEF", "--name", "Thief"]);
    assert!(forged.env("MUSTER_PASSWORD", PASSWORD).status().unwrap().success());
    disguise(&own, "edge");
    edge.exchange();

    let peer = hub.told(&["sync", "peers", "--json"]);
    assert_eq!(peer["refused"], 1, "{peer}");
    assert!(peer["error"].as_str().unwrap().contains("role.grant"), "{peer}");
    let status = edge.run(&["sync", "status"]);
    assert!(String::from_utf8_lossy(&status.stdout).contains("only the hub changes a role"));
    let administrators = hub.get("/api/v1/people?role=super_administrator");
    assert_eq!(administrators["items"].as_array().unwrap().len(), 1, "{administrators}");
    let sign_in = json!({"identifier": "THIEF", "password": PASSWORD});
    assert_eq!(hub.send("POST", "/api/v1/tokens", &sign_in).unwrap().0, 401);

    // The edge goes on; of all that it holds the hub lacks that one role.
    edge.serve();
    acknowledged.person(&edge, "LATER");
    edge.exchange();
    edge.exchange();
    let (there, here) = (hub.export(), edge.export());
    let forged: Vec<_> = here.iter().filter(|line| !there.contains(line)).collect();
    assert!(forged.len() == 1 && forged[0].starts_with("role "), "{}", difference(&there, &here));
    assert!(there.iter().all(|line| here.contains(line)), "{}", difference(&there, &here));
    acknowledged.are_in("the hub", &there);
}

/// Somebody with the hub's key whose messages begin with another number.
fn hub_of_version(hub: &Node, number: u8) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let keys = file::load::<MasterKey>(&hub.data.join("keys")).unwrap();
    let body = pack(&message(number)).unwrap();
    std::thread::spawn(move || {
        let key = keys.active().node_key();
        for stream in listener.incoming().map_while(Result::ok) {
            let Some((peer, count)) = heard(&stream) else { continue };
            let answer = Answer { peer, count, status: 200, body: &body };
            let signature = BASE64URL_NOPAD.encode(&key.answer(&answer));
            let head = format!(
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n{SIGNATURE}: \
                 {signature}\r\n\r\n",
                body.len()
            );
            let _ = (&stream).write_all(head.as_bytes()).and_then(|()| (&stream).write_all(&body));
        }
    });
    address
}

/// Reads a request; who asks, and under which number.
fn heard(stream: &TcpStream) -> Option<(uuid::Uuid, i64)> {
    let (mut reader, mut line) = (BufReader::new(stream), String::new());
    let (mut peer, mut count, mut length) = (None, None, 0);
    while reader.read_line(&mut line).ok()? > 2 {
        if let Some((name, value)) = line.trim().split_once(": ") {
            match name {
                name if name.eq_ignore_ascii_case(NODE) => peer = value.parse().ok(),
                name if name.eq_ignore_ascii_case(COUNT) => count = value.parse().ok(),
                name if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().ok()?;
                }
                _ => {}
            }
        }
        line.clear();
    }
    std::io::copy(&mut reader.take(length), &mut std::io::sink()).ok()?;
    peer.zip(count)
}

/// The beginning of a message of a format with that number: nobody else reads on from there.
fn message(number: u8) -> Vec<u8> {
    [b"MusterS".as_slice(), &[number], b"what only that one understands"].concat()
}

#[test]
fn a_hub_of_another_version_is_told_from_one_that_is_away_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let (hub, edge, way, campus) = hub_and_edge(folder.path());
    let mut acknowledged = Acknowledged::default();
    acknowledged.attendance(&edge, &campus, &sections("EDGE", 2));
    acknowledged.person(&hub, "HUB");
    let held = edge.export();
    for (number, advice) in [(2, "Upgrade this node"), (0, "Upgrade the hub")] {
        way.lead_to(hub_of_version(&hub, number));
        let refused = edge.run(&["sync", "now"]);
        assert!(!refused.status.success() && words(&refused).contains(advice), "{refused:?}");
        let status = edge.get("/api/v1/nodes");
        let error = status["hub"]["error"].as_str().unwrap();
        assert!(error.contains(advice) && error.contains("nothing was exchanged"), "{error}");
        assert_eq!(edge.export(), held);
    }
    way.lead_to(hub.address());
    come_to_hold_the_same(&hub, &[&edge], &[&acknowledged]);
}

/// Asks a hub as that edge does, with a message that begins with another number.
fn asked_by_version(hub: &Node, edge: &Node, (number, count): (u8, i64)) -> (u16, Value) {
    let peer = hub.told(&["sync", "peers", "--json"])["id"].as_str().unwrap().parse().unwrap();
    let own = hub.store().read(replication::own).wait().unwrap().node;
    let keys = file::load::<MasterKey>(&edge.data.join("keys")).unwrap();
    let body = pack(&message(number)).unwrap();
    let question = Question { peer, hub: own, count, path: PATH, body: &body };
    let signature = BASE64URL_NOPAD.encode(&keys.active().node_key().ask(&question));
    let config = ureq::Agent::config_builder().http_status_as_error(false).build();
    let request = ureq::Agent::from(config).post(format!("http://{}{PATH}", hub.address()));
    let request = request.header("content-type", TYPE).header(NODE, peer.to_string());
    let request = request.header(COUNT, count.to_string()).header(SIGNATURE, signature);
    let mut answer = request.send(&body[..]).unwrap();
    (answer.status().as_u16(), answer.body_mut().read_json().unwrap())
}

#[test]
fn an_edge_of_another_version_is_told_and_listed_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let (hub, edge, _way, campus) = hub_and_edge(folder.path());
    let mut acknowledged = Acknowledged::default();
    acknowledged.attendance(&edge, &campus, &sections("EDGE", 2));
    for (number, count, advice) in [(2, 1_000, "Upgrade the hub"), (0, 1_001, "Upgrade this node")]
    {
        let (status, answer) = asked_by_version(&hub, &edge, (number, count));
        assert_eq!(status, 409, "{answer}");
        assert!(answer["detail"].as_str().unwrap().contains(advice), "{answer}");
        let peer = hub.told(&["sync", "peers", "--json"]);
        assert!(peer["error"].as_str().unwrap().contains(advice), "{peer}");
    }
    // Upgraded, it goes on from the number that was used last.
    come_to_hold_the_same(&hub, &[&edge], &[&acknowledged]);
}
