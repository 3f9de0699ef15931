//! A client that trusts one root and nobody else.

use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

/// A server at a port of this machine, under a name.
pub struct Client {
    config: Arc<ClientConfig>,
    pub name: String,
    pub port: u16,
    pub token: String,
}

impl Client {
    /// Trusts the roots in this PEM.
    pub fn new(roots: &str, name: &str, port: u16) -> Self {
        let mut store = RootCertStore::empty();
        for root in CertificateDer::pem_slice_iter(roots.as_bytes()) {
            store.add(root.unwrap()).unwrap();
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider);
        let config = config.with_safe_default_protocol_versions().unwrap();
        let mut config = config.with_root_certificates(store).with_no_client_auth();
        // A session that goes on would not look at the certificate again.
        config.resumption = Resumption::disabled();
        let (name, token) = (name.to_owned(), String::new());
        Self { config: Arc::new(config), name, port, token }
    }

    /// The answer, or why the server is not believed.
    pub fn send(&self, method: &str, path: &str, body: &str) -> Result<String, String> {
        let kind = if body.starts_with('{') { "json" } else { "x-www-form-urlencoded" };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}:{}\r\nConnection: close\r\nContent-Length: {}\r\n\
             Content-Type: application/{kind}\r\nAuthorization: Bearer {}\r\n\r\n{body}",
            self.name,
            self.port,
            body.len(),
            self.token
        );
        let stream = TcpStream::connect(("127.0.0.1", self.port)).map_err(|e| e.to_string())?;
        let name = ServerName::try_from(self.name.clone()).unwrap();
        let connection = ClientConnection::new(self.config.clone(), name).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        stream.write_all(request.as_bytes()).map_err(|error| error.to_string())?;
        let mut answer = Vec::new();
        // Who closes without saying so has said everything before.
        let _ = stream.read_to_end(&mut answer);
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    /// The JSON of an answer.
    pub fn json(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.send(method, path, &body).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }

    /// Whether the server answers, and is believed.
    pub fn healthy(&self) -> bool {
        self.send("GET", "/healthz", "").is_ok_and(|answer| answer.contains("200 OK"))
    }
}
