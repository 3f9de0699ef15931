//! One question to the hub, signed, and its answer, whose signature is checked before anything else.

use crate::agent::words;
use crate::body::{COUNT, MOST_SENT, NODE, SIGNATURE, TYPE, pack, unpack};
use data_encoding::BASE64URL_NOPAD;
use muster_app::nodes::{Asking, NodeError};
use muster_credential::node::{Answer, NodeKey, Question};
use muster_journal::wire::Message;
use serde_json::Value;
use ureq::Agent;
use ureq::http::Response;

/// Why an exchange came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The hub was out of reach: it may answer later.
    #[error("The hub can’t be reached: {0}")]
    Away(String),
    /// Somebody answered who is not the hub that this node was enrolled with, or somebody altered what
    /// that one answered.
    #[error(
        "What answers there is not the hub of this node, or the answer was altered on its way: its \
         signature is another one. Nothing was taken. If that goes on, look at the address, or enrol \
         this node anew if the hub was set up anew."
    )]
    Stranger,
    /// The hub refuses.
    #[error("{detail}")]
    Refused {
        /// A stable name for programs.
        reason: String,
        /// A sentence.
        detail: String,
    },
    /// The two programs do not fit, or what came can't be read.
    #[error("{0}")]
    Unfit(NodeError),
    /// This question's number was used: the hub tells the last one.
    #[error("This question was asked before.")]
    Repeated(i64),
    /// This node failed.
    #[error("{0}")]
    Here(String),
}

/// The body of a question about entries.
pub(crate) fn body_of(asking: &Asking) -> Result<Vec<u8>, Failure> {
    let Asking { message, pressed, .. } = asking;
    let body = match pressed {
        // Frames that follow each other are unpacked as one.
        Some(batch) => pack(&message.write_head()).map(|head| [head.as_slice(), batch].concat()),
        None => pack(&message.write()),
    };
    body.map_err(|error| Failure::Here(error.to_string()))
}

/// The message that a body is.
pub(crate) fn message_of(body: &[u8]) -> Result<Message, Failure> {
    let message = unpack(body).ok_or(Failure::Unfit(NodeError::Malformed))?;
    Message::read(&message).map_err(|error| Failure::Unfit(NodeError::of_answer(error)))
}

/// Asks; what the hub answers. `sent` hears how many bytes went and came.
pub(crate) fn ask(
    agent: &Agent,
    key: &NodeKey,
    (asking, path, body): (&Asking, &str, &[u8]),
    mut sent: impl FnMut(usize, usize),
) -> Result<Vec<u8>, Failure> {
    let Asking { url, hub, peer, count, .. } = asking;
    let signature = key.ask(&Question { peer: *peer, hub: *hub, count: *count, path, body });
    let request = agent
        .post(format!("{url}{path}"))
        .header("content-type", TYPE)
        .header(NODE, peer.to_string())
        .header(COUNT, count.to_string())
        .header(SIGNATURE, BASE64URL_NOPAD.encode(&signature));
    let away = |error: ureq::Error| Failure::Away(words(&error));
    let mut response = request.send(body).map_err(away)?;
    let most = u64::try_from(MOST_SENT).unwrap_or(u64::MAX);
    let answer = response.body_mut().with_config().limit(most).read_to_vec().map_err(away)?;
    sent(body.len(), answer.len());
    judge(asking, &response, &answer)?;
    Ok(answer)
}

const UNPROVEN: &str = "what answered could not tell that this node asked (401), and can’t be believed. If \
    that goes on, ask whoever manages the hub if this node is still enrolled there.";

/// Passes if the hub answered, and well.
fn judge(asking: &Asking, response: &Response<ureq::Body>, body: &[u8]) -> Result<(), Failure> {
    let status = response.status().as_u16();
    let header = |name: &str| response.headers().get(name)?.to_str().ok();
    let signature = header(SIGNATURE).and_then(|text| BASE64URL_NOPAD.decode(text.as_bytes()).ok());
    let Some(signature) = signature.and_then(|bytes| <[u8; 64]>::try_from(bytes).ok()) else {
        // A hub signs for those alone who prove themselves: this may be one that does not know this
        // node, or somebody who altered the question. Neither is a reason to give up.
        if status == 401 {
            return Err(Failure::Away(UNPROVEN.to_owned()));
        }
        // A proxy, a portal of a guest network, a hub that is overloaded: nobody who can be believed.
        return Err(Failure::Away(format!("what answered gave no signed answer ({status})")));
    };
    let answer = Answer { peer: asking.peer, count: asking.count, status, body };
    if !answer.is_by(&asking.key, &signature) {
        return Err(Failure::Stranger);
    }
    if status < 300 {
        return Ok(());
    }
    let (reason, detail) = problem(body);
    if reason == NodeError::Repeated.key() {
        // What was signed says which number was the last one.
        let told: Option<Value> = serde_json::from_slice(body).ok();
        let count = told.and_then(|told| told.get("count")?.as_i64());
        return Err(Failure::Repeated(count.unwrap_or(asking.count)));
    }
    if status >= 500 {
        return Err(Failure::Away(detail));
    }
    Err(Failure::Refused { reason, detail })
}

/// The reason and the sentence of problem details.
pub(crate) fn problem(body: &[u8]) -> (String, String) {
    let told: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| told.get(name).and_then(Value::as_str);
    let mut errors = told.get("errors").and_then(Value::as_array).into_iter().flatten();
    let first = errors.find_map(|error| error.get("detail")?.as_str());
    let reason = text("type").and_then(|kind| kind.rsplit('/').next()).unwrap_or_default();
    let detail = first.or_else(|| text("detail")).unwrap_or("The hub did not take it.");
    (reason.to_owned(), detail.to_owned())
}
