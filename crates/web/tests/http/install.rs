//! The installable app: what is handed to anybody, and that none of it is personal.

use super::server::TestServer;
use axum::http::StatusCode;
use muster_testkit::sqlite;
use serde_json::Value;

#[tokio::test]
async fn the_manifest_names_icons_that_are_served() {
    let server = TestServer::start(sqlite());
    let answer = server.get("nobody", "/manifest.webmanifest").await;
    assert_eq!(answer.headers["content-type"], "application/manifest+json");
    let manifest: Value = answer.json();
    assert_eq!((&manifest["start_url"], &manifest["scope"]), (&"/".into(), &"/".into()));
    assert!(manifest["name"].as_str().unwrap().starts_with("Muster"));
    let icons = manifest["icons"].as_array().unwrap();
    assert!(icons.iter().any(|icon| icon["purpose"] == "maskable"));
    for icon in icons {
        let drawn = server.get("nobody", icon["src"].as_str().unwrap()).await;
        assert_eq!(drawn.status, StatusCode::OK, "{icon}");
        assert_eq!(drawn.headers["content-type"], icon["type"].as_str().unwrap());
    }
    let page = server.get("nobody", "/sign-in").await.text;
    for link in ["rel=\"manifest\"", "rel=\"apple-touch-icon\"", "name=\"theme-color\""] {
        assert!(page.contains(link), "{link}");
    }
}

#[tokio::test]
async fn the_worker_knows_its_assets_and_the_same_pages_for_everybody() {
    let server = TestServer::start(sqlite());
    let worker = server.get("student", "/worker.js").await;
    assert_eq!(worker.headers["content-type"], "text/javascript; charset=utf-8");
    assert_eq!(worker.headers["cache-control"], "no-cache");
    let first = worker.text.lines().next().unwrap();
    let version = first.trim_start_matches("self.muster=").trim_end_matches(';');
    let version: Value = serde_json::from_str(version).unwrap();
    let kept = ["assets", "extras"].map(|list| version[list].as_array().unwrap());
    for asset in kept.into_iter().flatten() {
        let found = server.get("nobody", asset.as_str().unwrap()).await;
        assert_eq!(found.status, StatusCode::OK, "{asset}");
    }
    let apps = version["apps"].as_array().unwrap().iter().map(|app| &app["page"]);
    for page in apps.chain([&version["offline"]]) {
        let address = page.as_str().unwrap();
        let own = server.get("student", address).await;
        assert_eq!(own.status, StatusCode::OK, "{address}");
        assert_eq!(own.text, server.get("nobody", address).await.text, "{address}");
    }
    assert_eq!(server.get("nobody", "/worker.js").await.text, worker.text);
}
