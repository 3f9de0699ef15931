//! Somebody in between, who answers an edge as its hub would, with a key of their own.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use data_encoding::BASE64URL_NOPAD;
use muster_credential::keys::MasterKey;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use uuid::Uuid;

/// Gone with the test's runtime.
pub struct Thief {
    pub url: String,
    heard: Arc<Mutex<String>>,
}

impl Thief {
    pub async fn listening() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(String::new()));
        let path = "/api/v1/sync/enrolments";
        let router = Router::new().route(path, post(answer)).with_state(heard.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, heard }
    }

    /// What the edge told it last.
    pub fn heard(&self) -> String {
        self.heard.lock().unwrap().clone()
    }
}

async fn answer(
    State(heard): State<Arc<Mutex<String>>>,
    Json(told): Json<Value>,
) -> (StatusCode, Json<Value>) {
    *heard.lock().unwrap() = told.to_string();
    let key = MasterKey::from_bytes([66; 32]).node_key().public();
    let answer = json!({
        "id": Uuid::from_u128(1),
        "hub": Uuid::from_u128(2),
        "hub_name": "Test",
        "hub_key": BASE64URL_NOPAD.encode(key.as_bytes()),
        // The one that it heard is all that it has.
        "proof": told["proof"],
        "scope": {"all": true, "classes": []},
    });
    (StatusCode::CREATED, Json(answer))
}
