//! Files that another node has: known by their digest from its entries, fetched after them.

use super::beside::Beside;
use super::server::TestServer;
use axum::http::StatusCode;
use data_encoding::HEXLOWER;
use muster_app::files::{self, Lacking};
use muster_domain::ids::LeaveId;
use muster_domain::time::Span;
use muster_journal::Change;
use muster_storage::attachments;
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

on_both!(
    a_photo_comes_by_its_digest,
    a_photo_that_was_removed_later_goes_here_too,
    an_attachment_has_its_place_before_it_comes,
    what_is_no_such_file_is_refused,
    all_that_is_missing_is_gone_through_once_from_any_place,
);

const JPEG: [u8; 6] = [0xff, 0xd8, 0xff, 0xe0, 1, 2];

fn digest(content: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(content))
}

fn missing(server: &TestServer) -> Vec<String> {
    server.act(None, |tx, _| Lacking::from([0; 32]).part(tx))
}

/// Of which a node told that does not tell all.
fn take(server: &TestServer, name: &str, content: &[u8]) -> bool {
    let (name, content) = (name.to_owned(), content.to_vec());
    server.plant(None, move |tx, _| files::take(tx, &name, &content))
}

fn set(server: &TestServer, edge: &mut Beside, photo: Option<&str>) {
    let action = if photo.is_some() { "photo.set" } else { "photo.remove" };
    let change =
        Change::new(action, "person", server.people["student"]).created(&json!({"photo": photo}));
    edge.write(server.now(), server.people["registrar"], change);
    server.turn(Span::seconds(1));
}

async fn a_photo_comes_by_its_digest(server: TestServer) {
    let (mut edge, name) = (Beside::start(2), digest(&JPEG));
    set(&server, &mut edge, Some(&digest(b"an older one")));
    set(&server, &mut edge, Some(&name));
    edge.meet(&server);
    assert_eq!(missing(&server), std::slice::from_ref(&name));
    let path = format!("/api/v1/people/{}/photo", server.people["student"]);
    assert_eq!(server.get("registrar", &path).await.status, StatusCode::NOT_FOUND);
    assert!(take(&server, &name, &JPEG));
    let photo = server.get("registrar", &path).await;
    assert_eq!((photo.status, photo.bytes.as_slice()), (StatusCode::OK, JPEG.as_slice()));
    assert_eq!(missing(&server), Vec::<String>::new());
    // Sent again it changes nothing, and this node gives it on.
    assert!(!take(&server, &name, &JPEG));
    let given = server.act(None, move |tx, _| files::file(tx, &name));
    assert_eq!(
        (given.media_type.as_str(), given.content.as_slice()),
        ("image/jpeg", JPEG.as_slice())
    );
}

async fn a_photo_that_was_removed_later_goes_here_too(server: TestServer) {
    let (mut edge, name) = (Beside::start(2), digest(&JPEG));
    set(&server, &mut edge, Some(&name));
    edge.meet(&server);
    assert!(take(&server, &name, &JPEG));
    set(&server, &mut edge, None);
    edge.meet(&server);
    let path = format!("/api/v1/people/{}/photo", server.people["student"]);
    assert_eq!(server.get("registrar", &path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(missing(&server), Vec::<String>::new());
}

async fn an_attachment_has_its_place_before_it_comes(server: TestServer) {
    let mut edge = Beside::start(2);
    let content = b"%PDF-1.7 a letter";
    let name = digest(content);
    let fields = json!({"person": server.people["student"], "attachment": "letter.pdf",
        "attachment_sha256": name});
    let change = Change::new("leave.ask", "leave", LeaveId(Uuid::from_u128(7))).created(&fields);
    edge.write(server.now(), server.people["student"], change);
    edge.meet(&server);
    assert_eq!(missing(&server), std::slice::from_ref(&name));
    let key = Sha256::digest(content).to_vec();
    let asked = key.clone();
    assert_eq!(server.act(None, move |tx, _| Ok(attachments::get(tx, &asked)?)), None);
    assert!(take(&server, &name, content));
    let stored = server.act(None, move |tx, _| Ok(attachments::get(tx, &key)?)).unwrap();
    assert_eq!(
        (stored.media_type.as_str(), stored.content.as_slice()),
        ("application/pdf", content.as_slice())
    );
    assert_eq!(missing(&server), Vec::<String>::new());
}

async fn what_is_no_such_file_is_refused(server: TestServer) {
    let (mut edge, name) = (Beside::start(2), digest(&JPEG));
    set(&server, &mut edge, Some(&name));
    edge.meet(&server);
    for content in [b"%PDF-1.7 another".to_vec(), JPEG[..5].to_vec()] {
        let name = name.clone();
        let taken = server.act(None, move |tx, _| Ok(files::take(tx, &name, &content).is_ok()));
        assert!(!taken);
    }
    assert_eq!(missing(&server), std::slice::from_ref(&name));
    let unknown = server.act(None, |tx, _| files::take(tx, &digest(b"unknown"), b"unknown"));
    assert!(!unknown);
    assert!(take(&server, &name, &JPEG));
}

async fn all_that_is_missing_is_gone_through_once_from_any_place(server: TestServer) {
    let mut edge = Beside::start(2);
    // More than one part.
    let mut names: Vec<_> = (0..1_100_u32).map(|n| digest(&n.to_be_bytes())).collect();
    let change = |(n, name): (u128, &String)| {
        Change::new("photo.set", "person", Uuid::from_u128(n)).created(&json!({"photo": name}))
    };
    let changes = (1..).zip(&names).map(change).collect();
    edge.write_all(server.now(), server.people["registrar"], changes);
    edge.meet(&server);
    names.sort_unstable();
    for at in [0, 7, 600, 1_099] {
        let place = HEXLOWER.decode(names[at].as_bytes()).unwrap().try_into().unwrap();
        let gone_through = server.act(None, move |tx, _| {
            let (mut lacking, mut all) = (Lacking::from(place), Vec::new());
            loop {
                let part = lacking.part(tx)?;
                if part.is_empty() {
                    return Ok(all);
                }
                all.extend(part);
            }
        });
        let mut wanted = names.clone();
        wanted.rotate_left(at + 1);
        assert!(gone_through == wanted, "from {at}: {} of {}", gone_through.len(), wanted.len());
    }
}
