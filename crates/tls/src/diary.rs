//! How asking for a certificate went: kept beside it, so that pauses outlive the process and
//! somebody at a shell learns the reason.

use serde::{Deserialize, Serialize};
use std::path::Path;

/// The file, in the folder.
const FILE: &str = "acme-diary.json";
/// The first pause; each is four times the one before.
const SHORTEST: i64 = 60;
/// The longest one: a day.
const LONGEST: i64 = 24 * 3600;

/// What happened last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diary {
    /// Failures in a row.
    pub failures: u32,
    /// What was wrong the last time.
    pub error: Option<String>,
    /// When it was asked last.
    pub tried: Option<i64>,
    /// Not before that.
    pub next: Option<i64>,
}

impl Diary {
    /// Of this folder; an empty one where nothing happened yet, or nobody can read what did.
    pub fn load(folder: &Path) -> Self {
        let text = std::fs::read_to_string(folder.join(FILE)).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Keeps it in the folder.
    pub fn save(&self, folder: &Path) -> std::io::Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        crate::private::write(&folder.join(FILE), &text)
    }

    /// Whether it is time to ask.
    pub fn is_due(&self, now: i64) -> bool {
        self.next.is_none_or(|next| next <= now)
    }

    /// It went well.
    pub const fn succeeded(now: i64) -> Self {
        Self { failures: 0, error: None, tried: Some(now), next: None }
    }

    /// It did not: the pause grows.
    #[must_use]
    pub fn failed(&self, error: String, now: i64) -> Self {
        let failures = self.failures.saturating_add(1);
        let pause = SHORTEST.saturating_mul(4_i64.saturating_pow(self.failures)).min(LONGEST);
        Self { failures, error: Some(error), tried: Some(now), next: Some(now + pause) }
    }

    /// Somebody wants it now.
    #[must_use]
    pub fn hurried(mut self, now: i64) -> Self {
        self.next = Some(now);
        self
    }
}
