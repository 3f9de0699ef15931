//! Who asks other servers over HTTP: nobody elsewhere is followed, and only those are believed whom the
//! system believes, or a file of certificates names.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};

/// How long one may take to connect, and to answer.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// To connect.
    pub connecting: Duration,
    /// For all of it.
    pub answering: Duration,
}

/// Why nobody can be asked.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// A file of certificates that can't be read.
    #[error("can't read {}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A file that holds something else.
    #[error("{} holds no certificates in PEM, or something else beside them", .0.display())]
    Certificates(PathBuf),
}

/// An agent that believes the system's authorities, or those of a file.
pub fn agent(ca: Option<&Path>, patience: Patience) -> Result<Agent, AgentError> {
    let roots = match ca {
        Some(file) => RootCerts::new_with_certs(&certificates(file)?),
        None => RootCerts::PlatformVerifier,
    };
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(roots)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .timeout_connect(Some(patience.connecting))
        .timeout_global(Some(patience.answering))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .build();
    Ok(config.into())
}

/// Why somebody was not reached, in words.
pub(crate) fn words(error: &ureq::Error) -> String {
    use std::io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable};
    match error {
        ureq::Error::HostNotFound => "its name is not known in this network".to_owned(),
        ureq::Error::ConnectionFailed => "nobody answers at its address".to_owned(),
        ureq::Error::Timeout(_) => "it takes too long to answer".to_owned(),
        ureq::Error::Io(error) => match error.kind() {
            ConnectionRefused => "nobody answers at its address".to_owned(),
            HostUnreachable | NetworkUnreachable => "no network leads there".to_owned(),
            _ => format!("the line broke ({error})"),
        },
        other => other.to_string(),
    }
}

fn certificates(file: &Path) -> Result<Vec<Certificate<'static>>, AgentError> {
    let read = std::fs::read(file);
    let pem = read.map_err(|error| AgentError::File { path: file.to_owned(), error })?;
    let mut found = Vec::new();
    for item in parse_pem(&pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => found.push(certificate),
            _ => return Err(AgentError::Certificates(file.to_owned())),
        }
    }
    if found.is_empty() { Err(AgentError::Certificates(file.to_owned())) } else { Ok(found) }
}
