//! Runs of which a hub was told by an edge that may not see what stands there: it asks the others.

use super::KNOWN;
use crate::Result;
use data_encoding::BASE64URL_NOPAD;
use muster_journal::sync::Batch;
use muster_journal::wire::{read, write};
use muster_storage::{ReadTx, replication};
use serde_json::Value;

/// As they stand in an answer; nothing while there are none.
pub(super) fn runs_as_text(runs: &Batch) -> Option<String> {
    (!runs.items.is_empty()).then(|| BASE64URL_NOPAD.encode(&write(runs)))
}

/// What this node knows to stand behind the runs of which its hub's answer asks.
pub fn known_of(tx: &mut ReadTx<'_>, about: &Value) -> Result<Batch> {
    let text = about.get("runs").and_then(Value::as_str).unwrap_or_default();
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap_or_default();
    let runs = read(&bytes).unwrap_or_default();
    let all = about.get("classes").is_some_and(Value::is_null);
    Ok(replication::known_of(tx, (&runs, all), KNOWN)?)
}
