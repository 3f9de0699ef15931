//! Connecting, with time-outs, keepalive and TLS where the URL asks for it.

use crate::engine::{Error, Result};
use postgres::config::{Host, SslMode};
use postgres::{Client, Config, NoTls};
use std::net::IpAddr;
use std::time::Duration;

/// How every client of this store connects.
#[derive(Clone)]
pub(super) struct Connector {
    config: Config,
    settings: &'static str,
}

/// A young table has no statistics, and a plan that walked it while it was empty would be kept
/// while it fills: whoever looks for a few rows by their keys is told to use indexes.
const BY_KEYS: &str = "set enable_seqscan = off; set enable_hashjoin = off;
     set enable_mergejoin = off";

impl Connector {
    pub fn new(url: &str) -> Result<Self> {
        let mut config: Config =
            url.parse().map_err(|error: postgres::Error| Error::Unavailable(error.to_string()))?;
        // Beyond this machine a password never travels unencrypted, unless the URL says so.
        if config.get_ssl_mode() == SslMode::Prefer && !config.get_hosts().iter().all(is_here) {
            config.ssl_mode(SslMode::Require);
        }
        config.application_name("muster");
        config.connect_timeout(Duration::from_secs(5));
        config.keepalives_idle(Duration::from_secs(30));
        Ok(Self { config, settings: "" })
    }

    /// The same, for statements that look for a few rows by their keys.
    pub fn by_keys(&self) -> Self {
        Self { settings: BY_KEYS, ..self.clone() }
    }

    /// Statements of pages are over before compiling them would pay.
    pub fn connect(&self) -> Result<Client> {
        let mut client = match self.config.get_ssl_mode() {
            SslMode::Require => self.config.connect(tls()?)?,
            _ => self.config.connect(NoTls)?,
        };
        client.batch_execute(
            "set statement_timeout = '30s'; set lock_timeout = '10s'; set jit = off;
             set idle_in_transaction_session_timeout = '60s'; set synchronous_commit = on",
        )?;
        client.batch_execute(self.settings)?;
        Ok(client)
    }
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
        }
        Host::Unix(_) => true,
    }
}

fn tls() -> Result<tokio_postgres_rustls::MakeRustlsConnect> {
    use rustls_platform_verifier::ConfigVerifierExt;
    let config = rustls::ClientConfig::with_platform_verifier()
        .map_err(|error| Error::Unavailable(error.to_string()))?;
    Ok(tokio_postgres_rustls::MakeRustlsConnect::new(config))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_reached_unencrypted() {
        let mode = |url| Connector::new(url).unwrap().config.get_ssl_mode();
        assert_eq!(mode("postgres://muster@127.0.0.1/muster"), SslMode::Prefer);
        assert_eq!(mode("postgres://muster@localhost/muster"), SslMode::Prefer);
        assert_eq!(mode("postgres:///muster?host=/run/postgresql"), SslMode::Prefer);
        assert_eq!(mode("postgres://muster@db.example.org/muster"), SslMode::Require);
        assert_eq!(mode("postgres://muster@10.0.0.7/muster?sslmode=disable"), SslMode::Disable);
    }
}
