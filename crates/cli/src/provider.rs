//! The institution's own sign-in, as configured.

use anyhow::{Context, Result};
use clap::Args;
use muster_openid::{Config, Matching, Provider};
use std::path::PathBuf;

/// An OpenID Connect provider.
#[derive(Args, Clone)]
pub(crate) struct ProviderArgs {
    /// Issuer of the institution's OpenID Connect provider, e.g. https://id.example.edu/realms/all;
    /// its sign-in then stands beside passwords; needs --base-url
    #[arg(long = "openid-issuer", env = "MUSTER_OPENID_ISSUER", requires = "client_id")]
    issuer: Option<String>,
    /// Under which id the provider knows this server
    #[arg(long = "openid-client-id", env = "MUSTER_OPENID_CLIENT_ID")]
    client_id: Option<String>,
    /// File with the secret that the provider gave for that id
    #[arg(
        long = "openid-secret-file",
        env = "MUSTER_OPENID_SECRET_FILE",
        conflicts_with = "secret"
    )]
    secret_file: Option<PathBuf>,
    /// The secret itself; by the environment, so that no list of processes shows it
    #[arg(
        long = "openid-secret",
        env = "MUSTER_OPENID_SECRET",
        hide_env_values = true,
        hide = true
    )]
    secret: Option<String>,
    /// What the sign-in page calls the provider
    #[arg(
        id = "openid_name",
        long = "openid-name",
        env = "MUSTER_OPENID_NAME",
        default_value = "your institution"
    )]
    name: String,
    /// The claim by which people are found: email (a verified one), or the claim that holds the
    /// number
    #[arg(long = "openid-claim", env = "MUSTER_OPENID_CLAIM", default_value = "email")]
    claim: String,
}

impl ProviderArgs {
    /// The provider, if one is configured.
    pub fn provider(&self, base_url: Option<&str>) -> Result<Option<Provider>> {
        let Some(issuer) = &self.issuer else { return Ok(None) };
        base_url.context("--openid-issuer needs --base-url: people come back there")?;
        let client_id = self.client_id.as_deref().unwrap_or_default();
        let secret = match &self.secret_file {
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("can't read {}", path.display()))?;
                Some(text.trim().to_owned())
            }
            None => self.secret.clone(),
        };
        let config = Config::new(issuer, client_id, secret.filter(|secret| !secret.is_empty()))
            .context("can't use --openid-issuer and --openid-client-id")?;
        let config = config.called(&self.name);
        Ok(Some(Provider::new(config.finding_by(Matching::read(&self.claim)))))
    }
}
