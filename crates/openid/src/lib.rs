//! Signing in by an `OpenID` Connect provider: where to send somebody, and who came back. The
//! authorization code flow with PKCE and nothing else. Knows no database; `leave` and `arrive`
//! wait for the provider, so call them beside asynchronous threads.
//!
//! - `config`: what an operator says about the provider
//! - `client`: requests over HTTP
//! - `known`: what the provider says about itself, kept for a day
//! - `token`: what the provider signed, checked; `keys`: by which of its keys

mod client;
mod config;
mod keys;
mod known;
mod token;

pub use config::{Config, ConfigError, Matching};

use client::Client;
use data_encoding::BASE64URL_NOPAD;
use known::{Known, Metadata};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use token::{Asked, TokenError};
use url::Url;

/// Why nobody was signed in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The provider does not answer, or not as one should.
    #[error("the provider can't be reached: {0}")]
    Unreachable(String),
    /// The provider does not take the code: it was used, or is too old.
    #[error("the provider refused the code: {0}")]
    Code(String),
    /// What the provider signed is not for us, not for this sign-in, or no longer true.
    #[error("the provider's answer does not hold: {0}")]
    Token(String),
}

/// What a browser must keep between leaving for the provider and coming back.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secrets {
    /// Comes back in the address (RFC 6749, section 10.12).
    pub state: String,
    /// Comes back in what the provider signs.
    pub nonce: String,
    /// Proves that whoever spends the code is who asked for it (RFC 7636): 43 to 128 letters.
    pub verifier: String,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Secrets(…)")
    }
}

/// Who came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The provider's own id of them.
    pub subject: String,
    /// By what they are found here: a verified address, or the claim that holds the number.
    pub key: Option<String>,
}

/// A provider.
#[derive(Debug)]
pub struct Provider {
    config: Config,
    client: Client,
    known: Known,
}

impl Provider {
    /// A provider that nothing was asked of yet.
    pub fn new(config: Config) -> Self {
        Self { config, client: Client::new(), known: Known::default() }
    }

    /// What the operator says about it.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The address to which a browser is sent. `redirect` is where it comes back, `now` in seconds.
    pub fn leave(&self, redirect: &str, secrets: &Secrets, now: i64) -> Result<String, Failure> {
        let known = self.known.metadata(&self.config, &self.client, now)?;
        let mut url = Url::parse(&known.authorization_endpoint)
            .map_err(|error| Failure::Unreachable(error.to_string()))?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.config.client_id)
            .append_pair("redirect_uri", redirect)
            .append_pair("scope", self.config.scope())
            .append_pair("state", &secrets.state)
            .append_pair("nonce", &secrets.nonce)
            .append_pair("code_challenge", &challenge(&secrets.verifier))
            .append_pair("code_challenge_method", "S256");
        Ok(url.into())
    }

    /// Who came back with that code.
    pub fn arrive(
        &self,
        redirect: &str,
        secrets: &Secrets,
        code: &str,
        now: i64,
    ) -> Result<Identity, Failure> {
        let known = self.known.metadata(&self.config, &self.client, now)?;
        let answer = self.exchange(&known, redirect, secrets, code)?;
        let asked = Asked {
            issuer: &self.config.issuer,
            client_id: &self.config.client_id,
            nonce: &secrets.nonce,
            now,
        };
        let keys = self.known.keys(&known, &self.client, now, false)?;
        let claims = match token::verify(&answer.id_token, &keys, &asked) {
            // It may have a new key: ask for the keys of now.
            Err(TokenError::UnknownKey) => {
                let keys = self.known.keys(&known, &self.client, now, true)?;
                token::verify(&answer.id_token, &keys, &asked)
            }
            verified => verified,
        };
        let claims = claims.map_err(|error| Failure::Token(error.to_string()))?;
        let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default().to_owned();
        let key = match self.config.matching.key(&claims) {
            Some(key) => Some(key),
            None => self.told(&known, answer.access_token.as_deref(), &subject)?,
        };
        Ok(Identity { subject, key })
    }

    /// Spends the code (RFC 6749, section 4.1.3; RFC 7636, section 4.5).
    fn exchange(
        &self,
        known: &Metadata,
        redirect: &str,
        secrets: &Secrets,
        code: &str,
    ) -> Result<TokenAnswer, Failure> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect),
            ("code_verifier", secrets.verifier.as_str()),
        ];
        let (status, answer) =
            self.client.post(&known.token_endpoint, &form, &self.config, known.takes_basic())?;
        if status == 200 {
            return serde_json::from_value(answer)
                .map_err(|_| Failure::Token("it signed nothing".to_owned()));
        }
        let error = answer.get("error").and_then(Value::as_str).unwrap_or_default();
        if error == "invalid_grant" {
            return Err(Failure::Code(error.to_owned()));
        }
        Err(Failure::Unreachable(format!("its token endpoint answers {status} {error}")))
    }

    /// Some providers tell an address only to who asks for it (`OpenID` Connect Core, 5.3).
    fn told(
        &self,
        known: &Metadata,
        access: Option<&str>,
        subject: &str,
    ) -> Result<Option<String>, Failure> {
        let (Some(endpoint), Some(access)) = (&known.userinfo_endpoint, access) else {
            return Ok(None);
        };
        let (status, claims) = self.client.get(endpoint, Some(access))?;
        if status != 200 {
            return Ok(None);
        }
        if claims.get("sub").and_then(Value::as_str) != Some(subject) {
            return Err(Failure::Token("it tells of somebody else".to_owned()));
        }
        Ok(self.config.matching.key(&claims))
    }
}

/// What the token endpoint answers.
#[derive(Deserialize)]
struct TokenAnswer {
    id_token: String,
    access_token: Option<String>,
}

/// What shows the provider a verifier without telling it (RFC 7636, section 4.2).
fn challenge(verifier: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes());
    BASE64URL_NOPAD.encode(digest.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_rfc_7636_appendix_b() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(challenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
