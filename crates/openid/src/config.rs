//! What an operator says about the provider.

use serde_json::Value;
use url::Url;

/// By which of the provider's claims people are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matching {
    /// The e-mail address, if the provider verified it.
    Email,
    /// The number, in a claim of that name.
    Number(String),
}

impl Matching {
    /// `email`, or the name of the claim that holds the number.
    pub fn read(claim: &str) -> Self {
        match claim.trim() {
            "" | "email" => Self::Email,
            claim => Self::Number(claim.to_owned()),
        }
    }

    /// By what somebody with these claims is found.
    pub(crate) fn key(&self, claims: &Value) -> Option<String> {
        let text = |name: &str| match claims.get(name)? {
            Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        match self {
            Self::Email => {
                let verified = match claims.get("email_verified") {
                    Some(Value::Bool(verified)) => *verified,
                    Some(Value::String(verified)) => verified == "true",
                    _ => false,
                };
                text("email").filter(|_| verified)
            }
            Self::Number(claim) => text(claim),
        }
    }
}

/// A provider as it is configured.
#[derive(Clone)]
pub struct Config {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: Option<String>,
    /// What its button is called.
    pub name: String,
    /// By which claim people are found.
    pub matching: Matching,
}

impl std::fmt::Debug for Config {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Config")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("name", &self.name)
            .field("matching", &self.matching)
            .finish_non_exhaustive()
    }
}

/// Why a configuration was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// No address.
    #[error("the provider's issuer is no address: {0}")]
    Issuer(String),
    /// Without encryption whoever stands between could sign anybody in.
    #[error("the provider's issuer must begin with https")]
    Plain,
    /// No client id.
    #[error("the provider's client id is missing")]
    ClientId,
}

impl Config {
    /// Checks what the operator says.
    pub fn new(
        issuer: &str,
        client_id: &str,
        client_secret: Option<String>,
    ) -> Result<Self, ConfigError> {
        let issuer = issuer.trim().to_owned();
        let url = Url::parse(&issuer).map_err(|error| ConfigError::Issuer(error.to_string()))?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(ConfigError::Issuer("it has a query or a fragment".to_owned()));
        }
        if !is_safe(&url) {
            return Err(ConfigError::Plain);
        }
        let client_id = client_id.trim().to_owned();
        if client_id.is_empty() {
            return Err(ConfigError::ClientId);
        }
        let name = "your institution".to_owned();
        let matching = Matching::Email;
        Ok(Self { issuer, client_id, client_secret, name, matching })
    }

    /// The same, its button called so.
    #[must_use]
    pub fn called(mut self, name: &str) -> Self {
        name.trim().clone_into(&mut self.name);
        self
    }

    /// The same, people being found by that.
    #[must_use]
    pub fn finding_by(mut self, matching: Matching) -> Self {
        self.matching = matching;
        self
    }

    /// What is asked of the provider.
    pub(crate) const fn scope(&self) -> &'static str {
        match self.matching {
            Matching::Email => "openid email",
            Matching::Number(_) => "openid profile email",
        }
    }
}

/// Whether nobody between here and there can read along: over TLS, or on this machine.
pub(crate) fn is_safe(url: &Url) -> bool {
    let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    url.scheme() == "https" || (url.scheme() == "http" && here)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_address_counts_only_if_it_was_verified() {
        let key = |verified: Value| {
            Matching::Email.key(&json!({"email": "a@campus.example", "email_verified": verified}))
        };
        assert_eq!(key(json!(true)).as_deref(), Some("a@campus.example"));
        assert_eq!(key(json!("true")).as_deref(), Some("a@campus.example"));
        assert_eq!([key(json!(false)), key(json!("false")), key(Value::Null)], [None, None, None]);
        assert_eq!(Matching::Email.key(&json!({"email": "a@campus.example"})), None);
    }

    #[test]
    fn a_number_may_be_text_or_a_number() {
        let matching = Matching::read("employee_id");
        assert_eq!(matching.key(&json!({"employee_id": 4711})).as_deref(), Some("4711"));
        assert_eq!(matching.key(&json!({"employee_id": " T-1 "})).as_deref(), Some("T-1"));
        assert_eq!(matching.key(&json!({"employee_id": ""})), None);
    }

    #[test]
    fn a_provider_elsewhere_must_speak_https() {
        let new = |issuer| Config::new(issuer, "muster", None).map(drop);
        assert_eq!(new("http://id.campus.example"), Err(ConfigError::Plain));
        assert_eq!(new("https://id.campus.example"), Ok(()));
        assert_eq!(new("http://127.0.0.1:9000"), Ok(()));
        assert_eq!(new("ftp://127.0.0.1"), Err(ConfigError::Plain));
        assert!(matches!(new("campus"), Err(ConfigError::Issuer(_))));
        assert!(matches!(new("https://id.campus.example/?a=b"), Err(ConfigError::Issuer(_))));
    }

    #[test]
    fn a_configuration_does_not_show_its_secret() {
        let config = Config::new("https://id.example", "muster", Some("hidden".to_owned()));
        assert!(!format!("{:?}", config.unwrap()).contains("hidden"));
    }
}
