//! What a student at a shell is told: sentences, or a line of JSON for each thing that happens.

use super::queue::{Answered, Queue};
use crate::outside::{remark, say};
use anyhow::Result;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

/// How it is told.
#[derive(Clone, Copy)]
pub(crate) struct Report {
    pub json: bool,
}

impl Report {
    /// A code was presented and answered.
    pub(super) fn marked(self, answer: &Answered, took: Duration) -> Result<()> {
        self.tell(with("mark", answer, took), || format!("{} ({})", words(answer), millis(took)))
    }

    /// A scan that was kept was sent and answered.
    pub(super) fn sent(self, answer: &Answered, took: Duration) -> Result<()> {
        let id = answer.text("id").to_owned();
        self.tell(with("sync", answer, took), || {
            format!("{}: {} ({})", short(&id), words(answer), millis(took))
        })
    }

    /// A scan was kept.
    pub(super) fn kept(self, id: Uuid, waiting: usize) -> Result<()> {
        let told = json!({"action": "keep", "id": id, "waiting": waiting});
        self.tell(told, || {
            let short = short(&id.to_string()).to_owned();
            format!("{short}: kept on this computer; {} to be sent.", count(waiting))
        })
    }

    /// The server did not answer.
    pub(super) fn away(why: &str) {
        remark(format_args!("The server is away ({why}): what is scanned is kept and sent later."));
    }

    /// All that was ever kept.
    pub(super) fn queue(self, queue: &Queue) -> Result<()> {
        for (kept, answer) in queue.all() {
            let receipt = &kept.signed.receipt;
            let at = jiff::Timestamp::from_microsecond(receipt.scanned_at).ok();
            let at = at.map(|at| at.to_string()).unwrap_or_default();
            let told = answer.map_or(Value::Null, |answer| answer.told.clone());
            let line = json!({
                "action": "queue", "id": kept.id, "scanned_at": at, "sequence": receipt.sequence,
                "waiting": answer.is_none(), "answer": told,
            });
            self.tell(line, || {
                let state = answer.map_or_else(|| "waits".to_owned(), words);
                format!("{}: scanned {at}, {state}", short(&kept.id.to_string()))
            })?;
        }
        if !self.json {
            say(format_args!("{} to be sent.", count(queue.waiting().len())))?;
        }
        Ok(())
    }

    fn tell(self, told: Value, words: impl FnOnce() -> String) -> Result<()> {
        if self.json { say(told) } else { say(words()) }
    }
}

fn with(action: &str, answer: &Answered, took: Duration) -> Value {
    let mut told = answer.told.clone();
    if let Value::Object(members) = &mut told {
        members.insert("action".to_owned(), json!(action));
        let micros = i32::try_from(took.as_micros()).unwrap_or(i32::MAX);
        members.insert("latency_ms".to_owned(), json!(f64::from(micros) / 1000.0));
    }
    told
}

/// The server's answer in words.
fn words(answer: &Answered) -> String {
    let at = answer.text("at");
    match answer.result() {
        "accepted" if answer.text("status").is_empty() => {
            format!("kept by the server: {}", answer.text("detail"))
        }
        "accepted" => format!("marked {}, at {at}", answer.text("status")),
        "already" => format!("marked {} already, at {at}", answer.text("status")),
        _ => format!("refused ({}): {}", answer.text("reason"), answer.text("detail")),
    }
}

fn millis(took: Duration) -> String {
    format!("{}.{} ms", took.as_millis(), took.subsec_micros() % 1000 / 100)
}

fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

fn count(waiting: usize) -> String {
    match waiting {
        0 => "nothing waits".to_owned(),
        1 => "1 scan waits".to_owned(),
        many => format!("{many} scans wait"),
    }
}
