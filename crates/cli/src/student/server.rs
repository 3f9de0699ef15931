//! What a student's computer asks the server.

use super::queue::{Answered, Kept};
use anyhow::{Result, bail};
use muster_domain::time::Timestamp;
use muster_sync::agent::{Patience, agent};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use ureq::Agent;

/// How long one may take to connect, and to answer.
const CONNECTING: Duration = Duration::from_secs(3);
const ANSWERING: Duration = Duration::from_secs(20);
/// Longest answer, in bytes.
const LONGEST: u64 = 4 << 20;

/// The server of a student.
pub(super) struct Server {
    agent: Agent,
    address: String,
    token: Option<String>,
}

/// Why a request came to nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// It was out of reach, or could not answer: the same may be tried again.
    #[error("the server is away: {0}")]
    Away(String),
    /// Nobody is signed in.
    #[error("the server wants you to sign in")]
    SignedOut,
    /// This computer's key was withdrawn.
    #[error("this computer was withdrawn")]
    Withdrawn,
    /// It refuses what was asked.
    #[error("{0}")]
    Refused(String),
    /// This computer failed.
    #[error(transparent)]
    Here(#[from] anyhow::Error),
}

impl Failure {
    /// An answer that makes no sense, as of something else than the server on the way there.
    pub fn odd(what: &str) -> Self {
        Self::Away(what.to_owned())
    }
}

/// An address as it was typed, without what follows the host.
pub(super) fn address(typed: &str) -> Result<String> {
    let typed = typed.trim().trim_end_matches('/');
    let known = ["http://", "https://"].iter().any(|scheme| typed.starts_with(scheme));
    if !known {
        bail!("write the server's address with http:// or https://");
    }
    Ok(typed.to_owned())
}

impl Server {
    pub fn new(address: String, ca: Option<&Path>, token: Option<String>) -> Result<Self> {
        let patience = Patience { connecting: CONNECTING, answering: ANSWERING };
        Ok(Self { agent: agent(ca, patience)?, address, token })
    }

    /// Signs in; the token, which is used from here on.
    pub fn sign_in(&mut self, name: &str, password: &str) -> std::result::Result<String, Failure> {
        self.token = None;
        let body = json!({"identifier": name, "password": password});
        let told = match self.send_body("/tokens", &body)? {
            (status, told) if status < 300 => told,
            (_, told) => return Err(Failure::Refused(detail(&told))),
        };
        let token = told.get("access_token").and_then(Value::as_str);
        let token = token.ok_or_else(|| Failure::odd("it gave no token"))?.to_owned();
        self.token = Some(token.clone());
        Ok(token)
    }

    /// Sends something as the student; what the server answers.
    pub fn post(&self, path: &str, body: &Value) -> std::result::Result<Value, Failure> {
        match self.send_body(path, body)? {
            (401, _) => Err(Failure::SignedOut),
            (status, told) if status < 300 => Ok(told),
            (_, told) if reason(&told) == "key-withdrawn" => Err(Failure::Withdrawn),
            (_, told) => Err(Failure::Refused(detail(&told))),
        }
    }

    /// Presents a code at once.
    pub fn present(&self, code: &str) -> std::result::Result<Answered, Failure> {
        let told = match self.send_body("/marks", &json!({"code": code}))? {
            (401, _) => return Err(Failure::SignedOut),
            (status, told) if status < 300 => {
                let already = told.get("already").and_then(Value::as_bool).unwrap_or_default();
                let result = if already { "already" } else { "accepted" };
                let member = |name: &str| told.get(name).cloned().unwrap_or_default();
                json!({"result": result, "status": member("status"), "at": member("at")})
            }
            (_, told) => {
                json!({"result": "refused", "reason": reason(&told), "detail": detail(&told)})
            }
        };
        Ok(Answered { id: None, told })
    }

    /// Sends receipts; an answer to each that the server took.
    pub fn send(
        &self,
        lot: &[Kept],
        now: Timestamp,
    ) -> std::result::Result<Vec<Answered>, Failure> {
        let items: Vec<_> = lot
            .iter()
            .map(|kept| json!({"id": kept.id, "receipt": kept.signed.to_text()}))
            .collect();
        let sent_at = jiff::Timestamp::from_microsecond(now.0).map(|at| at.to_string()).ok();
        let told = self.post("/marks", &json!({"receipts": items, "sent_at": sent_at}))?;
        let items = told.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        let answered = |told: Value| {
            let id = told.get("id").and_then(Value::as_str).and_then(|id| id.parse().ok());
            Answered { id, told }
        };
        Ok(items.into_iter().map(answered).collect())
    }

    fn send_body(&self, path: &str, body: &Value) -> std::result::Result<(u16, Value), Failure> {
        let mut request = self.agent.post(format!("{}/api/v1{path}", self.address));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let away = |error: ureq::Error| Failure::Away(error.to_string());
        let mut answer = request.send_json(body).map_err(away)?;
        let status = answer.status().as_u16();
        if status >= 500 || status == 429 || status < 200 || (300..400).contains(&status) {
            return Err(Failure::Away(format!("it answered {status}")));
        }
        let told = answer.body_mut().with_config().limit(LONGEST).read_json();
        match told {
            Ok(told) => Ok((status, told)),
            Err(_) if status == 401 => Ok((status, Value::Null)),
            Err(error) => Err(away(error)),
        }
    }
}

/// The last part of a problem's type.
fn reason(told: &Value) -> &str {
    let kind = told.get("type").and_then(Value::as_str).unwrap_or_default();
    kind.rsplit('/').next().unwrap_or_default()
}

fn detail(told: &Value) -> String {
    let own = told.get("detail").and_then(Value::as_str);
    let mut errors = told.get("errors").and_then(Value::as_array).into_iter().flatten();
    let first = errors.find_map(|error| error.get("detail")?.as_str());
    first.or(own).unwrap_or("The server did not take it.").to_owned()
}
