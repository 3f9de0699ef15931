//! An entry of the journal, and the digest that stands for it in the chain.

use muster_domain::ids::{ActId, EntryId, PersonId};
use muster_domain::time::Timestamp;
use sha2::{Digest as _, Sha256};
use std::ops::Deref;
use std::sync::OnceLock;
use uuid::Uuid;

/// SHA-256 of an entry, or of a link of the chain.
pub type Digest = [u8; 32];

/// One change as the journal keeps it: who, when, what, before and after, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Id.
    pub id: EntryId,
    /// The act to which it belongs.
    pub act: ActId,
    /// Wall time.
    pub at: Timestamp,
    /// Logical time.
    pub clock: i64,
    /// Who; none for jobs and the system.
    pub actor: Option<PersonId>,
    /// How: `web`, `api`, `cli`, `job`.
    pub via: String,
    /// What was done.
    pub action: String,
    /// To what kind of record.
    pub entity: String,
    /// To which record.
    pub entity_id: Uuid,
    /// What listeners may follow.
    pub topic: Option<Uuid>,
    /// JSON object of the fields before.
    pub before: Option<String>,
    /// JSON object of the fields after.
    pub after: Option<String>,
    /// JSON object of the versions that were overwritten, by field.
    pub replaced: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// What the fields of `before` and `after` mean: see [`SCHEMA`](Self::SCHEMA).
    pub schema: i64,
}

impl Entry {
    /// The schema that entries have now. Older ones keep theirs.
    pub const SCHEMA: i64 = 1;

    /// SHA-256 over `"muster entry 1"` and every field in the order of the struct. A field is a
    /// length of 8 bytes, big-endian, and its bytes; one that is absent has the length 2⁶⁴ − 1.
    pub fn digest(&self) -> Digest {
        let mut hash = Fields(Sha256::new());
        hash.field(Some(b"muster entry 1"));
        hash.field(Some(self.id.0.as_bytes()));
        hash.field(Some(self.act.0.as_bytes()));
        hash.field(Some(&self.at.0.to_be_bytes()));
        hash.field(Some(&self.clock.to_be_bytes()));
        hash.field(self.actor.as_ref().map(|actor| actor.0.as_bytes().as_slice()));
        hash.field(Some(self.via.as_bytes()));
        hash.field(Some(self.action.as_bytes()));
        hash.field(Some(self.entity.as_bytes()));
        hash.field(Some(self.entity_id.as_bytes()));
        hash.field(self.topic.as_ref().map(|topic| topic.as_bytes().as_slice()));
        hash.field(self.before.as_deref().map(str::as_bytes));
        hash.field(self.after.as_deref().map(str::as_bytes));
        hash.field(self.replaced.as_deref().map(str::as_bytes));
        hash.field(self.reason.as_deref().map(str::as_bytes));
        hash.field(Some(&self.schema.to_be_bytes()));
        hash.0.finalize().into()
    }
}

/// An entry that nobody changes any more. Its digest is worked out once, by whoever asks first.
#[derive(Clone, Debug)]
pub struct Fixed {
    entry: Entry,
    digest: OnceLock<Digest>,
}

impl Fixed {
    /// As [`Entry::digest`].
    pub fn digest(&self) -> Digest {
        *self.digest.get_or_init(|| self.entry.digest())
    }
}

impl From<Entry> for Fixed {
    fn from(entry: Entry) -> Self {
        Self { entry, digest: OnceLock::new() }
    }
}

impl Deref for Fixed {
    type Target = Entry;

    fn deref(&self) -> &Entry {
        &self.entry
    }
}

impl PartialEq for Fixed {
    fn eq(&self, other: &Self) -> bool {
        self.entry == other.entry
    }
}

impl Eq for Fixed {}

/// The same act makes the same ids when it runs again: 6 bytes of its own, which are its time, so
/// that new entries stand beside each other on disk; 7 of its hash, so that acts with neighbouring
/// ids do not meet; and 3 of the entry's position, so that ids tell the order within the act.
pub fn entry_id(act: ActId, position: usize) -> EntryId {
    let hash = Uuid::new_v5(&act.0, b"entry").as_u128() & ((1 << 56) - 1);
    let time = act.0.as_u128() >> 80;
    EntryId(Uuid::from_u128(time << 80 | hash << 24 | (position as u128 & 0xff_ffff)))
}

struct Fields(Sha256);

impl Fields {
    fn field(&mut self, bytes: Option<&[u8]>) {
        let length = bytes.map_or(u64::MAX, |bytes| bytes.len() as u64);
        self.0.update(length.to_be_bytes());
        self.0.update(bytes.unwrap_or_default());
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::collections::BTreeSet;

    pub(crate) fn sample() -> Entry {
        Entry {
            id: EntryId(Uuid::from_u128(1)),
            act: ActId(Uuid::from_u128(2)),
            at: Timestamp(3),
            clock: 4,
            actor: None,
            via: "web".to_owned(),
            action: "mark.make".to_owned(),
            entity: "mark".to_owned(),
            entity_id: Uuid::from_u128(5),
            topic: Some(Uuid::from_u128(6)),
            before: None,
            after: Some(r#"{"status":"present"}"#.to_owned()),
            replaced: Some(r#"{"status":3}"#.to_owned()),
            reason: None,
            schema: 1,
        }
    }

    #[test]
    fn ids_tell_the_order_within_an_act_and_neighbouring_acts_do_not_meet() {
        let acts =
            0x0198_0000_0000_7000_8000_0000_0000_0000..0x0198_0000_0000_7000_8000_0000_0000_0020;
        let ids: Vec<_> = acts
            .flat_map(|act: u128| (0..300).map(move |n| entry_id(ActId(Uuid::from_u128(act)), n).0))
            .collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 32 * 300);
        assert!(ids.chunks(300).all(<[Uuid]>::is_sorted));
        assert!(ids.iter().all(|id| id.as_u128() >> 80 == 0x0198_0000_0000));
    }

    #[test]
    fn the_digest_of_a_known_entry_never_changes() {
        assert_eq!(
            hex(&sample().digest()),
            "a919dc98d4d77ef515b537b19e4eab95056b86bd597126e523307e14b33e9db7"
        );
    }

    pub(crate) fn hex(digest: &Digest) -> String {
        use std::fmt::Write as _;
        digest.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        })
    }

    #[test]
    fn an_entry_of_another_schema_is_another_entry() {
        assert_ne!(Entry { schema: 2, ..sample() }.digest(), sample().digest());
    }

    #[test]
    fn absent_and_empty_differ() {
        let empty = Entry { reason: Some(String::new()), ..sample() };
        assert_ne!(empty.digest(), sample().digest());
    }

    #[test]
    fn text_can_not_move_from_one_field_to_the_next() {
        let entry = |via: &str, action: &str| Entry {
            via: via.to_owned(),
            action: action.to_owned(),
            ..sample()
        };
        assert_ne!(entry("we", "bmark").digest(), entry("web", "mark").digest());
    }
}
