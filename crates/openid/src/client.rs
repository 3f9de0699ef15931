//! Requests to the provider: few, short, and nowhere else.

use crate::{Config, Failure};
use data_encoding::BASE64;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use ureq::http::Response;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Body};
use url::form_urlencoded;

/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest answer, in bytes.
const LONGEST: u64 = 1 << 20;

/// Sends requests.
#[derive(Debug)]
pub(crate) struct Client(Agent);

impl Client {
    /// Trusts what the system trusts, and follows nobody elsewhere.
    pub fn new() -> Self {
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .timeout_global(Some(PATIENCE))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .build();
        Self(config.into())
    }

    /// The status and the JSON of an answer; null if it is none.
    pub fn get(&self, url: &str, bearer: Option<&str>) -> Result<(u16, Value), Failure> {
        let mut request = self.0.get(url).header("accept", "application/json");
        if let Some(token) = bearer {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        read(request.call())
    }

    /// Sends a form as the configured client: with its secret in the head (RFC 6749, section
    /// 2.3.1) or in the form, as the provider takes it; without one, by its id alone.
    pub fn post(
        &self,
        url: &str,
        form: &[(&str, &str)],
        config: &Config,
        basic: bool,
    ) -> Result<(u16, Value), Failure> {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form);
        let mut request = self.0.post(url).header("accept", "application/json");
        request = request.header("content-type", "application/x-www-form-urlencoded");
        match &config.client_secret {
            Some(secret) if basic => {
                let pair = format!("{}:{}", encoded(&config.client_id), encoded(secret));
                let pair = BASE64.encode(pair.as_bytes());
                request = request.header("authorization", format!("Basic {pair}"));
            }
            secret => {
                body.append_pair("client_id", &config.client_id);
                if let Some(secret) = secret {
                    body.append_pair("client_secret", secret);
                }
            }
        }
        read(request.send(body.finish()))
    }
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn read(answer: Result<Response<Body>, ureq::Error>) -> Result<(u16, Value), Failure> {
    let unreachable = |error: ureq::Error| Failure::Unreachable(error.to_string());
    let mut answer = answer.map_err(unreachable)?;
    let status = answer.status().as_u16();
    let bytes = answer.body_mut().with_config().limit(LONGEST).read_to_vec();
    let bytes = bytes.map_err(unreachable)?;
    Ok((status, serde_json::from_slice(&bytes).unwrap_or_default()))
}
