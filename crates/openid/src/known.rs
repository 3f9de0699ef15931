//! What the provider says about itself: its addresses and keys, kept for a day.

use crate::client::Client;
use crate::config::is_safe;
use crate::keys::Keys;
use crate::{Config, Failure};
use serde::Deserialize;
use std::sync::{Mutex, PoisonError};
use url::Url;

/// How long it is kept, in seconds.
const KEPT: u64 = 24 * 3600;
/// How often at most it is asked for new keys, or asked again after it did not answer, in seconds:
/// neither a forged token nor a crowd at the sign-in page may make us ask on and on.
const PAUSE: u64 = 10;

/// Where the provider is (`OpenID` Connect Discovery 1.0; RFC 8414).
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Metadata {
    issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub userinfo_endpoint: Option<String>,
    jwks_uri: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

impl Metadata {
    /// Whether the secret goes into the head: what holds unless something else is said.
    pub fn takes_basic(&self) -> bool {
        let methods = &self.token_endpoint_auth_methods_supported;
        methods.is_empty() || methods.iter().any(|method| method == "client_secret_basic")
    }

    /// Checks that it speaks for that issuer, and of addresses that nobody listens to.
    fn check(&self, config: &Config) -> Result<(), Failure> {
        if self.issuer != config.issuer {
            let text = format!("it calls itself {}, not {}", self.issuer, config.issuer);
            return Err(Failure::Unreachable(text));
        }
        let endpoints = [
            Some(&self.authorization_endpoint),
            Some(&self.token_endpoint),
            Some(&self.jwks_uri),
            self.userinfo_endpoint.as_ref(),
        ];
        let plain = |endpoint: &&String| !Url::parse(endpoint).is_ok_and(|url| is_safe(&url));
        match endpoints.into_iter().flatten().find(plain) {
            Some(endpoint) => Err(Failure::Unreachable(format!("no https: {endpoint}"))),
            None => Ok(()),
        }
    }
}

/// What was learnt, and when, in seconds.
#[derive(Debug, Default)]
pub(crate) struct Known {
    metadata: Kept<Metadata>,
    keys: Kept<Keys>,
}

#[derive(Debug)]
struct Kept<T>(Mutex<State<T>>);

#[derive(Clone, Debug)]
struct State<T> {
    held: Option<(T, i64)>,
    asked_at: Option<i64>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::new(State { held: None, asked_at: None }))
    }
}

impl<T: Clone> Kept<T> {
    /// What is held, or what asking yields; `anew` if what is held does not do.
    fn get(
        &self,
        now: i64,
        anew: bool,
        ask: impl FnOnce() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let State { held, asked_at } = self.state().clone();
        let fresh = |at: i64, long: u64| now.abs_diff(at) < long;
        let paused = asked_at.is_some_and(|at| fresh(at, PAUSE));
        match held {
            Some((held, at)) if paused || (!anew && fresh(at, KEPT)) => return Ok(held),
            None if paused => {
                return Err(Failure::Unreachable("it did not answer a moment ago".to_owned()));
            }
            _ => {}
        }
        let learnt = ask();
        let mut state = self.state();
        state.asked_at = Some(now);
        match learnt {
            Ok(learnt) => {
                state.held = Some((learnt.clone(), now));
                Ok(learnt)
            }
            Err(error) => {
                tracing::warn!(%error, "the sign-in provider does not answer as one should");
                // What was true yesterday does better than nothing.
                let held = state.held.as_ref().filter(|_| !anew);
                held.map(|(held, _)| held.clone()).ok_or(error)
            }
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// Where the provider is.
    pub fn metadata(
        &self,
        config: &Config,
        client: &Client,
        now: i64,
    ) -> Result<Metadata, Failure> {
        self.metadata.get(now, false, || {
            let base = config.issuer.trim_end_matches('/');
            let url = format!("{base}/.well-known/openid-configuration");
            let (status, said) = client.get(&url, None)?;
            let said: Result<Metadata, _> = serde_json::from_value(said);
            let said = said.map_err(|error| {
                Failure::Unreachable(format!("{url} answers {status}: {error}"))
            })?;
            said.check(config)?;
            Ok(said)
        })
    }

    /// The provider's keys (RFC 7517); `anew` if one is missing among those that are held.
    pub fn keys(
        &self,
        metadata: &Metadata,
        client: &Client,
        now: i64,
        anew: bool,
    ) -> Result<Keys, Failure> {
        self.keys.get(now, anew, || {
            let (status, said) = client.get(&metadata.jwks_uri, None)?;
            Keys::read(&said)
                .ok_or_else(|| Failure::Unreachable(format!("its keys can't be read ({status})")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn down() -> Result<u8, Failure> {
        Err(Failure::Unreachable("down".to_owned()))
    }

    #[test]
    fn what_is_held_does_for_a_day_and_longer_if_nobody_answers() {
        let kept = Kept::default();
        assert_eq!(kept.get(0, false, || Ok(1)), Ok(1));
        assert_eq!(kept.get(86_399, false, || Ok(2)), Ok(1));
        assert_eq!(kept.get(86_400, false, down), Ok(1));
        assert_eq!(kept.get(86_500, false, || Ok(3)), Ok(3));
    }

    #[test]
    fn new_keys_are_asked_for_at_once_and_then_only_after_a_pause() {
        let kept = Kept::default();
        assert_eq!(kept.get(0, false, || Ok(1)), Ok(1));
        assert_eq!(kept.get(9, true, || Ok(2)), Ok(1));
        assert_eq!(kept.get(10, true, || Ok(3)), Ok(3));
    }

    #[test]
    fn a_silent_provider_is_not_asked_on_and_on() {
        let kept = Kept::default();
        assert_eq!(kept.get(0, false, down), down());
        assert!(kept.get(9, false, || Ok(1)).is_err());
        assert_eq!(kept.get(10, false, || Ok(2)), Ok(2));
    }
}
