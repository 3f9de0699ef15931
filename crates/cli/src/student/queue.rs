//! What waits to be sent: a file to which lines are appended, each on the disk before anybody is told.
//! A line that a kill cut off was never told and is dropped; what was answered stays as history.

use anyhow::{Context, Result, bail};
use muster_credential::class_code::ClassCode;
use muster_credential::receipt::Signed;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use uuid::Uuid;

/// Something that was scanned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    pub id: Uuid,
    pub code: ClassCode,
    pub signed: Signed,
}

/// What the server made of a scan; without an id where it was presented at once.
#[derive(Clone, Debug)]
pub(super) struct Answered {
    pub id: Option<Uuid>,
    /// As the server said it.
    pub told: Value,
}

impl Answered {
    /// `accepted`, `already` or `refused`.
    pub fn result(&self) -> &str {
        self.text("result")
    }

    /// A member of the answer; empty if it has none of that name.
    pub fn text(&self, name: &str) -> &str {
        self.told.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether it counts for nothing.
    pub fn is_refused(&self) -> bool {
        self.result() == "refused"
    }
}

/// The queue, which one process at a time has open.
pub(super) struct Queue {
    file: File,
    kept: Vec<Kept>,
    answered: HashMap<Uuid, Answered>,
}

impl Queue {
    /// Opens the queue, or makes an empty one.
    pub fn open(path: &Path) -> Result<Self> {
        let mut options = OpenOptions::new();
        let file = options.read(true).append(true).create(true).mode(0o600).open(path);
        let mut file = file.with_context(|| format!("can't open {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                bail!("another muster student has this queue open: end that one first")
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).context("can't lock the queue");
            }
        }
        if let Some(folder) = path.parent() {
            File::open(folder).and_then(|folder| folder.sync_all()).context("can't sync")?;
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).with_context(|| format!("can't read {}", path.display()))?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        // A line without an end was being written when the process was killed.
        if whole < bytes.len() {
            let length = u64::try_from(whole).unwrap_or_default();
            file.set_len(length).context("can't mend the queue")?;
        }
        let mut queue = Self { file, kept: Vec::new(), answered: HashMap::new() };
        let text = String::from_utf8_lossy(bytes.get(..whole).unwrap_or_default()).into_owned();
        for (at, line) in text.lines().enumerate() {
            let damaged = || format!("line {} of {} is damaged", at + 1, path.display());
            queue.take(line).with_context(damaged)?;
        }
        Ok(queue)
    }

    fn take(&mut self, line: &str) -> Option<()> {
        let line: Value = serde_json::from_str(line).ok()?;
        if let Some(receipt) = line.get("kept") {
            let signed = Signed::parse(receipt.as_str()?).ok()?;
            let (id, code) = (signed.receipt.id, signed.receipt.code);
            self.kept.push(Kept { id, code, signed });
        } else {
            let told = line.get("answered")?.clone();
            let id: Uuid = told.get("id")?.as_str()?.parse().ok()?;
            self.answered.insert(id, Answered { id: Some(id), told });
        }
        Some(())
    }

    /// Writes a scan down.
    pub fn keep(&mut self, kept: &Kept) -> Result<()> {
        self.append(&[json!({"kept": kept.signed.to_text()})])?;
        self.kept.push(*kept);
        Ok(())
    }

    /// Writes down what the server answered: what it names waits no longer.
    pub fn settle(&mut self, answers: &[Answered]) -> Result<()> {
        let lines: Vec<_> = answers.iter().map(|one| json!({"answered": one.told})).collect();
        self.append(&lines)?;
        let settled = answers.iter().filter_map(|one| Some((one.id?, one.clone())));
        self.answered.extend(settled);
        Ok(())
    }

    fn append(&mut self, lines: &[Value]) -> Result<()> {
        let text: Vec<_> = lines.iter().map(Value::to_string).collect();
        let text = text.join("\n") + "\n";
        self.file.write_all(text.as_bytes()).context("can't write the queue")?;
        self.file.sync_data().context("can't write the queue to the disk")
    }

    /// Number and hash of the latest receipt of a key.
    pub fn head(&self, key: Uuid) -> Option<(u64, [u8; 32])> {
        let mut own = self.kept.iter().filter(|kept| kept.signed.receipt.key == key);
        own.next_back().map(|kept| (kept.signed.receipt.sequence, kept.signed.hash()))
    }

    /// What waits, in the order in which it was signed.
    pub fn waiting(&self) -> Vec<Kept> {
        self.all().filter(|(_, answer)| answer.is_none()).map(|(kept, _)| *kept).collect()
    }

    /// Everything, with what the server made of it.
    pub fn all(&self) -> impl Iterator<Item = (&Kept, Option<&Answered>)> {
        self.kept.iter().map(|kept| (kept, self.answered.get(&kept.id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use muster_credential::class_code::ShortSessionId;
    use muster_credential::receipt::{NOTHING, Receipt, Signer};

    fn kept(sequence: u64) -> Kept {
        let code = ClassCode { session: ShortSessionId([1; 6]), step: 1, tag: [2; 10] };
        let id = Uuid::from_u128(u128::from(sequence));
        let (key, previous) = (Uuid::nil(), NOTHING);
        let receipt = Receipt { id, key, sequence, previous, scanned_at: 0, code, next: None };
        Kept { id, code, signed: Signer::from_seed(&[3; 32]).sign(&receipt) }
    }

    fn answer(sequence: u64) -> Answered {
        let id = Uuid::from_u128(u128::from(sequence));
        Answered { id: Some(id), told: json!({"id": id, "result": "accepted"}) }
    }

    #[test]
    fn what_was_kept_is_there_wherever_a_kill_cuts_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue");
        let mut queue = Queue::open(&path).unwrap();
        let mut ends = vec![0];
        for sequence in 1..=3 {
            queue.keep(&kept(sequence)).unwrap();
            ends.push(std::fs::metadata(&path).unwrap().len());
        }
        drop(queue);
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let mut queue = Queue::open(&path).unwrap();
            let full = ends.iter().filter(|end| **end > 0 && **end <= cut as u64).count();
            assert_eq!(queue.waiting().len(), full, "cut at {cut}");
            // And it goes on from there.
            queue.keep(&kept(9)).unwrap();
            drop(queue);
            assert_eq!(Queue::open(&path).unwrap().waiting().len(), full + 1);
        }
    }

    #[test]
    fn what_was_answered_waits_no_longer_and_the_chain_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue");
        let mut queue = Queue::open(&path).unwrap();
        queue.keep(&kept(1)).unwrap();
        queue.keep(&kept(2)).unwrap();
        queue.settle(&[answer(1), answer(2)]).unwrap();
        drop(queue);
        let queue = Queue::open(&path).unwrap();
        assert!(queue.waiting().is_empty());
        assert_eq!(queue.head(Uuid::nil()), Some((2, kept(2).signed.hash())));
        assert_eq!(queue.head(Uuid::from_u128(7)), None);
    }

    #[test]
    fn a_second_process_is_told_instead_of_mixing_in() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue");
        let first = Queue::open(&path).unwrap();
        assert!(Queue::open(&path).is_err());
        drop(first);
        assert!(Queue::open(&path).is_ok());
    }

    #[test]
    fn a_damaged_line_is_named_and_nothing_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue");
        std::fs::write(&path, "{}\n").unwrap();
        let error = Queue::open(&path).err().unwrap().to_string();
        assert!(error.contains("line 1"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{}\n");
    }
}
