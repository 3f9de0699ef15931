//! Photos: sending, seeing and removing them, by forms and by the interface.

use super::server::{Answer, TestServer};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use muster_testkit::{Database, postgres, sqlite};
use std::io::Cursor;

pub(super) fn picture(ink: [u8; 3]) -> Vec<u8> {
    let picture = DynamicImage::from(RgbImage::from_pixel(80, 60, Rgb(ink)));
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn path(server: &TestServer, who: &str) -> String {
    format!("/api/v1/people/{}/photo", server.people[who])
}

async fn put(server: &TestServer, by: &str, path: &str, file: Vec<u8>) -> Answer {
    server.send(server.request(by, Method::PUT, path, Body::from(file))).await
}

async fn send(server: &TestServer, by: &str, path: &str, parts: &[(&str, &[u8])]) -> Answer {
    let mut body = Vec::new();
    for (name, value) in parts {
        let file = if *name == "photo" { "; filename=\"me.png\"" } else { "" };
        let head =
            format!("--cut\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
        body.extend([head.as_bytes(), value, b"\r\n"].concat());
    }
    body.extend(b"--cut--\r\n");
    let mut request = server.request(by, Method::POST, path, Body::from(body));
    let kind = "multipart/form-data; boundary=cut".parse().unwrap();
    request.headers_mut().insert("content-type", kind);
    server.send(request).await
}

async fn is_stored_seen_and_removed(database: Database) {
    let server = TestServer::start(database);
    let path = path(&server, "student");
    assert_eq!(server.get("student", &path).await.status, StatusCode::NOT_FOUND);
    let first = put(&server, "registrar", &path, picture([200, 0, 0])).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.text);
    let second = put(&server, "registrar", &path, picture([0, 0, 200])).await.json();
    assert_ne!(first.json()["digest"], second["digest"]);
    let seen = server.get("teacher", &path).await;
    assert_eq!(
        (seen.status, &seen.headers["content-type"]),
        (StatusCode::OK, &"image/jpeg".parse().unwrap())
    );
    assert_eq!(server.get("teacher_b", &path).await.status, StatusCode::FORBIDDEN);
    let journal = server.get("registrar", "/api/v1/journal").await.text;
    assert!(journal.contains("photo.set") && journal.contains(second["digest"].as_str().unwrap()));
    let removed = server.call("registrar", Method::DELETE, &path, serde_json::json!({})).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    assert_eq!(server.get("teacher", &path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_photo_is_stored_seen_and_removed() {
    is_stored_seen_and_removed(sqlite()).await;
}

#[tokio::test]
async fn a_photo_is_stored_seen_and_removed_on_postgres() {
    is_stored_seen_and_removed(postgres()).await;
}

#[tokio::test]
async fn a_form_stores_the_chosen_square() {
    let server = TestServer::start(sqlite());
    let page = format!("/people/{}", server.people["student"]);
    let form = format!("{page}/photo");
    let file = picture([0, 200, 0]);
    let parts: [(&str, &[u8]); 4] = [("x", b"10"), ("y", b"5"), ("side", b"50"), ("photo", &file)];
    let sent = send(&server, "registrar", &form, &parts).await;
    assert_eq!(
        (sent.status, &sent.headers["location"]),
        (StatusCode::SEE_OTHER, &page.parse().unwrap())
    );
    assert!(server.get("registrar", &page).await.text.contains(&format!("{form}?version=")));
    let removal =
        server.request("registrar", Method::POST, &format!("{form}/removal"), Body::empty());
    assert_eq!(server.send(removal).await.status, StatusCode::SEE_OTHER);
    assert!(!server.get("registrar", &page).await.text.contains("?version="));
}

#[tokio::test]
async fn a_file_that_is_no_photo_is_answered_by_a_sentence_beside_the_field() {
    let server = TestServer::start(sqlite());
    let form = format!("/people/{}/photo", server.people["student"]);
    for (file, sentence) in [
        (b"<svg onload=alert(1)>".to_vec(), "not a JPEG, PNG or WebP"),
        (picture([0; 3])[..40].to_vec(), "damaged"),
        (vec![0xff; 11 << 20], "too large: at most 10 MiB"),
        (Vec::new(), "Choose a picture first."),
    ] {
        let refused = send(&server, "registrar", &form, &[("photo", &file)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{sentence}");
        assert!(
            refused.text.contains("photo-error") && refused.text.contains(sentence),
            "{sentence}"
        );
    }
}

#[tokio::test]
async fn a_body_of_a_hundred_megabytes_is_read_and_refused() {
    let server = TestServer::start(sqlite());
    let path = path(&server, "student");
    let refused = put(&server, "registrar", &path, vec![0; 100_000_000]).await;
    let answer = refused.json();
    assert_eq!(
        (refused.status, &answer["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &"/photo".into())
    );
}

#[tokio::test]
async fn nobody_but_a_super_administrator_changes_an_administrators_photo() {
    let server = TestServer::start(sqlite());
    let path = path(&server, "super_administrator");
    for by in ["registrar", "student", "teacher"] {
        let refused = put(&server, by, &path, picture([0; 3])).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{by}");
    }
    assert_eq!(put(&server, "super_administrator", &path, picture([0; 3])).await.status, 200);
}

#[tokio::test]
async fn a_square_outside_the_picture_is_refused() {
    let server = TestServer::start(sqlite());
    for query in ["?x=40&y=0&side=60", "?x=1"] {
        let path = path(&server, "student") + query;
        let refused = put(&server, "registrar", &path, picture([0; 3])).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
    }
}

/// A small picture whose head says that it has 60,000 by 60,000 pixels.
fn picture_that_claims_much() -> Vec<u8> {
    let mut bytes = picture([0; 3]);
    bytes[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    bytes[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    let mut sum = u32::MAX;
    for byte in &bytes[12..29] {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
        }
    }
    bytes[29..33].copy_from_slice(&(!sum).to_be_bytes());
    bytes
}

#[tokio::test]
async fn a_picture_that_would_unpack_to_gigabytes_is_refused() {
    let server = TestServer::start(sqlite());
    let form = format!("/people/{}/photo", server.people["student"]);
    let bomb = picture_that_claims_much();
    let refused = send(&server, "registrar", &form, &[("photo", &bomb)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("too many pixels"), "{}", refused.text);
}
