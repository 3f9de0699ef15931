//! What is shown to whoever connects: the certificate of now, and the answers by which an authority
//! sees that a name is ours.

use crate::authority::Root;
use crate::pair::Pair;
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// The protocol by which an authority asks for a proof inside of TLS (RFC 8737).
pub const PROOF: &[u8] = b"acme-tls/1";

/// The certificate of now.
#[derive(Debug, Default)]
pub struct Shown {
    pair: RwLock<Option<Pair>>,
    proofs: RwLock<HashMap<String, Arc<CertifiedKey>>>,
}

impl Shown {
    /// Shows this one to all who connect from now on.
    pub fn show(&self, pair: Pair) {
        *self.pair.write().unwrap_or_else(PoisonError::into_inner) = Some(pair);
    }

    /// What is shown.
    pub fn pair(&self) -> Option<Pair> {
        self.pair.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Proves to an authority that this name is ours.
    pub fn prove(&self, name: &str, proof: Arc<CertifiedKey>) {
        let mut proofs = self.proofs.write().unwrap_or_else(PoisonError::into_inner);
        proofs.insert(name.to_ascii_lowercase(), proof);
    }

    /// The proofs are no longer needed.
    pub fn forget_proofs(&self) {
        self.proofs.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let asks = hello.alpn().is_some_and(|mut names| names.any(|name| name == PROOF));
        if asks {
            let proofs = self.proofs.read().unwrap_or_else(PoisonError::into_inner);
            return proofs.get(&hello.server_name()?.to_ascii_lowercase()).cloned();
        }
        self.pair().map(|pair| pair.key)
    }
}

/// How TLS is spoken: 1.2 and 1.3, HTTP/2 before HTTP/1.1.
pub fn config(shown: Arc<Shown>) -> Result<ServerConfig, rustls::Error> {
    let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()));
    let builder = builder.with_safe_default_protocol_versions()?.with_no_client_auth();
    let mut config = builder.with_cert_resolver(shown);
    config.alpn_protocols = [&b"h2"[..], b"http/1.1", PROOF].map(<[u8]>::to_vec).to_vec();
    Ok(config)
}

/// The node's own root, if it has one; it may be made anew while serving.
#[derive(Clone, Debug, Default)]
pub struct Trusted(Arc<RwLock<Option<Root>>>);

impl Trusted {
    /// The root of now.
    pub fn root(&self) -> Option<Root> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// This one from now on.
    pub fn put(&self, root: Root) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(root);
    }
}

/// What an authority finds on this server under `/.well-known/acme-challenge/`, by token.
#[derive(Clone, Debug, Default)]
pub struct Answers(Arc<RwLock<HashMap<String, String>>>);

impl Answers {
    /// The answer to a token, if one is awaited.
    pub fn to(&self, token: &str) -> Option<String> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(token).cloned()
    }

    /// Answers so from now on.
    pub fn put(&self, token: &str, answer: &str) {
        let mut answers = self.0.write().unwrap_or_else(PoisonError::into_inner);
        answers.insert(token.to_owned(), answer.to_owned());
    }

    /// Nobody asks any more.
    pub fn clear(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
