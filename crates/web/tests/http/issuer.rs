//! A provider to sign in by: real HTTP on this machine, with keys of its own.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use muster_openid::Config;
use ring::rand::SystemRandom;
use ring::signature::{
    self, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

pub const RSA: &str = include_str!("keys/provider-rsa.pem");
pub const SECRET: &str = "hidden & dangerous";

/// What the provider signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    Rsa,
    P256,
    Edwards,
    /// By the secret that it shares with us, or by its public key taken for a secret.
    Shared(&'static [u8]),
    Nothing,
    /// By a key that it does not name.
    Stranger,
}

/// What the provider will say for a code, once.
pub struct Approved {
    pub challenge: String,
    pub claims: Value,
}

pub struct Inner {
    pub address: String,
    pub approved: Mutex<HashMap<String, Approved>>,
    hand: Mutex<Hand>,
    pub userinfo: Mutex<Value>,
    pub asked_for_keys: Mutex<u32>,
    ecdsa: EcdsaKeyPair,
}

#[derive(Clone)]
pub struct Mock(pub Arc<Inner>);

impl Mock {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let random = SystemRandom::new();
        let stored =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let mock = Self(Arc::new(Inner {
            address,
            approved: Mutex::default(),
            hand: Mutex::new(Hand::Rsa),
            userinfo: Mutex::default(),
            asked_for_keys: Mutex::new(0),
            ecdsa: EcdsaKeyPair::from_pkcs8(
                &ECDSA_P256_SHA256_FIXED_SIGNING,
                stored.as_ref(),
                &random,
            )
            .unwrap(),
        }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(about))
            .route("/jwks", get(keys))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .with_state(mock.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        mock
    }

    pub fn config(&self) -> Config {
        let config = Config::new(&self.0.address, "muster", Some(SECRET.to_owned())).unwrap();
        config.called("Campus")
    }

    fn hand(&self) -> Hand {
        *self.0.hand.lock().unwrap()
    }

    pub fn sign_by(&self, hand: Hand) {
        *self.0.hand.lock().unwrap() = hand;
    }

    /// A compact token (RFC 7515, section 3.1).
    fn sign(&self, claims: &Value) -> String {
        let (alg, kid) = match self.hand() {
            Hand::Rsa => ("RS256", Some("first")),
            Hand::P256 => ("ES256", Some("second")),
            Hand::Edwards => ("EdDSA", Some("third")),
            Hand::Shared(_) => ("HS256", Some("first")),
            Hand::Nothing => ("none", None),
            Hand::Stranger => ("EdDSA", Some("fourth")),
        };
        let mut header = json!({"typ": "JWT", "alg": alg});
        if let Some(kid) = kid {
            header["kid"] = json!(kid);
        }
        let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let signed = format!("{}.{}", part(&header), part(claims));
        let random = SystemRandom::new();
        let bytes = signed.as_bytes();
        let signature = match self.hand() {
            Hand::Rsa => {
                let pair = rsa();
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&signature::RSA_PKCS1_SHA256, &random, bytes, &mut signature).unwrap();
                signature
            }
            Hand::P256 => self.0.ecdsa.sign(&random, bytes).unwrap().as_ref().to_vec(),
            Hand::Edwards => edwards(3).sign(bytes).as_ref().to_vec(),
            Hand::Stranger => edwards(4).sign(bytes).as_ref().to_vec(),
            Hand::Shared(secret) => {
                let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret);
                ring::hmac::sign(&key, bytes).as_ref().to_vec()
            }
            Hand::Nothing => Vec::new(),
        };
        format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature))
    }
}

fn rsa() -> RsaKeyPair {
    let lines = RSA.lines().filter(|line| !line.starts_with('-'));
    let der = BASE64.decode(lines.collect::<String>().as_bytes()).unwrap();
    RsaKeyPair::from_der(&der).unwrap()
}

fn edwards(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

async fn about(State(mock): State<Mock>) -> Json<Value> {
    let address = &mock.0.address;
    Json(json!({
        "issuer": address, "authorization_endpoint": format!("{address}/authorize?tenant=1"),
        "token_endpoint": format!("{address}/token"), "jwks_uri": format!("{address}/jwks"),
        "userinfo_endpoint": format!("{address}/userinfo"),
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
    }))
}

/// The key of now alone; whoever signs by nothing or by a secret still names the first.
async fn keys(State(mock): State<Mock>) -> Json<Value> {
    *mock.0.asked_for_keys.lock().unwrap() += 1;
    let base = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    let key = match mock.hand() {
        Hand::P256 => {
            let point = mock.0.ecdsa.public_key().as_ref();
            json!({"kty": "EC", "crv": "P-256", "kid": "second", "x": base(&point[1..33]),
                "y": base(&point[33..])})
        }
        Hand::Edwards => {
            let pair = edwards(3);
            json!({"kty": "OKP", "crv": "Ed25519", "kid": "third", "alg": "EdDSA",
                "x": base(pair.public_key().as_ref())})
        }
        _ => {
            let pair = rsa();
            let public: signature::RsaPublicKeyComponents<Vec<u8>> = pair.public().into();
            json!({"kty": "RSA", "kid": "first", "use": "sig", "n": base(&public.n),
                "e": base(&public.e)})
        }
    };
    Json(json!({"keys": [key]}))
}

async fn userinfo(State(mock): State<Mock>, headers: HeaderMap) -> (StatusCode, Json<Value>) {
    let status = match headers.get("authorization").map(|value| value.to_str().unwrap()) {
        Some("Bearer opaque") => StatusCode::OK,
        _ => StatusCode::UNAUTHORIZED,
    };
    (status, Json(mock.0.userinfo.lock().unwrap().clone()))
}

async fn token(
    State(mock): State<Mock>,
    headers: HeaderMap,
    Form(form): Form<BTreeMap<String, String>>,
) -> (StatusCode, Json<Value>) {
    let expected = format!("Basic {}", BASE64.encode(b"muster:hidden+%26+dangerous"));
    if headers["authorization"] != expected {
        return (StatusCode::UNAUTHORIZED, Json(json!({"error": "invalid_client"})));
    }
    assert_eq!(form["grant_type"], "authorization_code");
    assert!(form["redirect_uri"].ends_with("/sign-in/provider/return"));
    let approved = mock.0.approved.lock().unwrap().remove(&form["code"]);
    let digest = ring::digest::digest(&ring::digest::SHA256, form["code_verifier"].as_bytes());
    let proof = BASE64URL_NOPAD.encode(digest.as_ref());
    match approved.filter(|approved| approved.challenge == proof) {
        Some(Approved { claims, .. }) => (
            StatusCode::OK,
            Json(json!({
                "access_token": "opaque", "token_type": "Bearer", "id_token": mock.sign(&claims),
            })),
        ),
        None => (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant"}))),
    }
}
