//! Becoming an edge: by a code of the hub both sides show that they know it, and keep each other's key.

use crate::agent::words;
use crate::hub::problem;
use data_encoding::BASE64URL_NOPAD;
use muster_app::nodes::{ENROLMENTS, Joined};
use muster_credential::enrolment::{EnrolmentKey, Told};
use muster_credential::keys::public::PublicKey;
use muster_credential::node::NodeKey;
use serde_json::{Value, json};
use ureq::Agent;
use uuid::Uuid;

/// Longest answer, in bytes.
const LONGEST: u64 = 1 << 20;

/// A hub and a code of its, as they are typed or read from a QR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where the hub is.
    pub url: String,
    /// The code.
    pub code: String,
}

/// Why a node did not become an edge.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// An address without its scheme.
    #[error("Write the hub's address with http:// or https://, as a browser shows it.")]
    Address,
    /// No code.
    #[error("Type the code that the hub shows.")]
    Code,
    /// Nobody answers there, or somebody else.
    #[error("The hub can’t be reached: {0}")]
    Away(String),
    /// The hub refuses.
    #[error("{0}")]
    Refused(String),
    /// Whoever answers is not the hub that made the code.
    #[error(
        "What answers there does not know this code, so it is not the hub that made it. Check the \
         address: somebody may be in between."
    )]
    Stranger,
}

impl Link {
    /// Reads an address and a code. The text of a QR holds both: it goes for the address, and the code
    /// may be empty.
    pub fn read(url: &str, code: &str) -> Result<Self, JoinError> {
        let (url, inside) = match url.trim().split_once("#enrol=") {
            Some((url, inside)) => (url, inside),
            None => (url.trim(), ""),
        };
        let url = url.trim_end_matches('/').trim_end_matches("/nodes").trim_end_matches('/');
        let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        if host.is_none_or(str::is_empty) {
            return Err(JoinError::Address);
        }
        let code = if code.trim().is_empty() { inside } else { code };
        let code = code.trim().to_uppercase();
        if code.is_empty() {
            return Err(JoinError::Code);
        }
        Ok(Self { url: url.to_owned(), code })
    }

    /// The text of a QR.
    pub fn text(&self) -> String {
        format!("{}/nodes#enrol={}", self.url, self.code)
    }
}

/// Asks the hub by the code, which is not told; who it is that took this node in.
pub fn join(
    agent: &Agent,
    key: &NodeKey,
    (link, node, name): (&Link, Uuid, &str),
) -> Result<Joined, JoinError> {
    let code = EnrolmentKey::of(&link.code);
    let asked = code.ask(node, &key.public());
    let body = json!({
        "name": name,
        "node": node,
        "public_key": BASE64URL_NOPAD.encode(key.public().as_bytes()),
        "proof": BASE64URL_NOPAD.encode(&asked),
        "signature": BASE64URL_NOPAD.encode(&key.enrol(&asked)),
    });
    let away = |error: ureq::Error| JoinError::Away(words(&error));
    let mut response =
        agent.post(format!("{}{ENROLMENTS}", link.url)).send_json(&body).map_err(away)?;
    let status = response.status().as_u16();
    let told = response.body_mut().with_config().limit(LONGEST).read_to_vec().map_err(away)?;
    if (400..500).contains(&status) && serde_json::from_slice::<Value>(&told).is_ok() {
        return Err(JoinError::Refused(problem(&told).1));
    }
    let told: Option<Value> = serde_json::from_slice(&told).ok();
    let joined = told.filter(|_| status == 201).and_then(|told| read(&told, &link.url));
    let (joined, proof) = joined
        .ok_or_else(|| JoinError::Away(format!("what answers there is no Muster ({status})")))?;
    let Joined { hub, name, key, peer, .. } = &joined;
    let told = Told { peer: *peer, hub: *hub, name, key };
    if !code.has_told(&asked, &told, &proof) {
        return Err(JoinError::Stranger);
    }
    Ok(joined)
}

/// The hub that an answer tells of, and its proof.
fn read(told: &Value, url: &str) -> Option<(Joined, [u8; 32])> {
    let text = |name: &str| told.get(name).and_then(Value::as_str);
    let bytes = |name: &str| -> Option<[u8; 32]> {
        BASE64URL_NOPAD.decode(text(name)?.as_bytes()).ok()?.try_into().ok()
    };
    let joined = Joined {
        url: url.to_owned(),
        hub: text("hub")?.parse().ok()?,
        name: text("hub_name")?.to_owned(),
        key: PublicKey::from_bytes(bytes("hub_key")?)?,
        peer: text("id")?.parse().ok()?,
    };
    Some((joined, bytes("proof")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_and_a_code_are_read_as_people_type_them() {
        let wanted = Link { url: "https://hub.example.edu".to_owned(), code: "AB-CD".to_owned() };
        for (url, code) in [
            ("https://hub.example.edu", "AB-CD"),
            (" https://hub.example.edu/ ", " ab-cd "),
            ("https://hub.example.edu/nodes#enrol=AB-CD", ""),
        ] {
            assert_eq!(Link::read(url, code), Ok(wanted.clone()));
        }
        assert_eq!(Link::read(&wanted.text(), ""), Ok(wanted));
    }

    #[test]
    fn what_lacks_a_part_is_told() {
        assert_eq!(Link::read("hub.example.edu", "AB"), Err(JoinError::Address));
        assert_eq!(Link::read("https://", "AB"), Err(JoinError::Address));
        assert_eq!(Link::read("https://hub.example.edu", " "), Err(JoinError::Code));
    }
}
