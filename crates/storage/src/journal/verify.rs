//! Verifying: follows the whole chain in constant memory and says where it breaks.

use super::node::series;
use crate::{Columns, Result, Row, Store, args, record, statements};
use muster_domain::ids::{ActId, EntryId, PersonId};
use muster_domain::time::Timestamp;
use muster_journal::{Break, Digest, Entry, Head, Link, Verifier};
use uuid::Uuid;

/// Links read at once.
const CHUNK: u16 = 2_000;

record! {
    struct LinkRow {
        seq: i64,
        hash: Vec<u8>,
        entry: EntryId,
        digest: Option<Vec<u8>>,
        stored: StoredEntry,
    }
}

/// The entry beside its link, if it is still there.
pub(crate) struct StoredEntry(pub(crate) Option<Entry>);

statements! {
    LINKS = "select o.seq, o.hash, o.entry, j.digest, j.id, j.act, j.at, j.clock, j.actor, j.via,
            j.action, j.entity, j.entity_id, j.topic, j.before, j.after, j.replaced, j.reason,
            j.schema
        from journal_order o left join journal j on j.id = o.entry
        where o.node = ?1 and o.incarnation = ?2 and o.seq > ?3
        order by o.seq limit ?4";
    UNNUMBERED = "select count(*) from journal j
        where not exists (select 1 from journal_order o where o.entry = j.id)";
    COUNT = "select count(*) from journal_order where node = ?1 and incarnation = ?2";
}

/// What verifying found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The last link that held.
    pub head: Head,
    /// The first one that did not, with its entry.
    pub broken: Option<(Break, Option<EntryId>)>,
    /// Entries without a number: on PostgreSQL, those of the last moment.
    pub unnumbered: i64,
}

impl Report {
    /// Whether every entry is there, unaltered.
    pub fn holds(&self) -> bool {
        self.broken.is_none()
    }
}

/// Follows the whole chain; `progress` hears how many entries have been checked.
pub fn verify(store: &Store, mut progress: impl FnMut(i64)) -> Result<Report> {
    let series = store.read(series).wait()?;
    let mut verifier = Verifier::new(series);
    loop {
        let after = verifier.head().seq;
        let links: Vec<LinkRow> = store
            .read(move |tx| {
                tx.all(&LINKS, args![series.node, series.incarnation, after, i64::from(CHUNK)])
            })
            .wait()?;
        for row in &links {
            if let Err(broken) = verifier.check(&row.link()) {
                let broken = Some((broken, Some(row.entry)));
                return report(store, verifier.head(), broken);
            }
        }
        progress(verifier.head().seq);
        if links.len() < usize::from(CHUNK) {
            return report(store, verifier.head(), None);
        }
    }
}

/// What has no number is counted last: what was written meanwhile has got one by then.
fn report(store: &Store, head: Head, broken: Option<(Break, Option<EntryId>)>) -> Result<Report> {
    let unnumbered = store.read(|tx| tx.number(&UNNUMBERED, args![])).wait()?;
    Ok(Report { head, broken, unnumbered })
}

impl LinkRow {
    fn link(&self) -> Link {
        Link {
            seq: self.seq,
            hash: digest(&self.hash),
            digest: digest(self.digest.as_deref().unwrap_or_default()),
            found: self.stored.0.as_ref().map(Entry::digest),
        }
    }
}

/// Bytes of another length are no digest: all zeros, which no entry has.
fn digest(bytes: &[u8]) -> Digest {
    bytes.try_into().unwrap_or_default()
}

impl crate::Column for StoredEntry {
    fn column(row: &Row<'_>, index: usize) -> Result<Self> {
        let Some(id) = <Option<EntryId> as crate::Column>::column(row, index)? else {
            return Ok(Self(None));
        };
        let mut columns = row.columns_from(index + 1);
        read(id, &mut columns).map(|entry| Self(Some(entry)))
    }
}

fn read(id: EntryId, columns: &mut Columns<'_, '_>) -> Result<Entry> {
    Ok(Entry {
        id,
        act: columns.next::<ActId>()?,
        at: columns.next::<Timestamp>()?,
        clock: columns.next()?,
        actor: columns.next::<Option<PersonId>>()?,
        via: columns.next()?,
        action: columns.next()?,
        entity: columns.next()?,
        entity_id: columns.next::<Uuid>()?,
        topic: columns.next()?,
        before: columns.next()?,
        after: columns.next()?,
        replaced: columns.next()?,
        reason: columns.next()?,
        schema: columns.next()?,
    })
}
