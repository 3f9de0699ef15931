//! Files that people attach to what they ask for, found by the digest of their content.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::attachment::Stored;
use muster_domain::ids::PersonId;
use muster_domain::time::Timestamp;

record! {
    /// A file, ready to send.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AttachmentRow {
        /// Media type.
        pub media_type: String,
        /// The file.
        pub content: Vec<u8>,
    }
}

record! {
    struct StoredRow {
        files: i64,
        bytes: i64,
    }
}

record! {
    struct DigestRow {
        digest: Vec<u8>,
    }
}

statements! {
    ATTACHMENT = "select media_type, content from attachments where digest = ?1 and awaited = 0";
    // One that waits to be thrown away stays: the row's lock decides against the job.
    PUT = "insert into attachments (digest, media_type, content, stored_at, size, stored_by)
        values (?1, ?2, ?3, ?4, ?5, ?6)
        on conflict (digest) do update set replaced_at = null, media_type = excluded.media_type,
            content = excluded.content, size = excluded.size, awaited = 0";
    EXPECT = "insert into attachments (digest, media_type, content, stored_at, size, awaited)
        values (?1, '', ?2, ?3, 0, 1) on conflict (digest) do nothing";
    FILL = "update attachments set media_type = ?2, content = ?3, size = ?4, awaited = 0
        where digest = ?1 and awaited = 1";
    STORED = "select count(*), cast(coalesce(sum(size), 0) as bigint)
        from attachments where stored_by = ?1 and stored_at >= ?2";
    REPLACE = "update attachments set replaced_at = ?2 where digest = ?1";
    REPLACED = "select digest from attachments
        where replaced_at is not null and replaced_at < ?1 order by replaced_at limit ?2";
    THROW_AWAY = "delete from attachments where digest = ?1 and replaced_at < ?2
        and not exists (select 1 from leaves l where l.attachment = ?1)
        and not exists (select 1 from corrections c where c.attachment = ?1)";
    KEEP = "update attachments set replaced_at = null where digest = ?1 and replaced_at < ?2";
}

/// The file of that digest.
pub fn get(tx: &mut ReadTx<'_>, digest: &[u8]) -> Result<Option<AttachmentRow>> {
    tx.opt(&ATTACHMENT, args![digest])
}

/// Stores somebody's file under its digest, unless it is there already.
pub fn put(
    tx: &mut WriteTx<'_>,
    digest: &[u8],
    file: &AttachmentRow,
    by: Option<PersonId>,
    at: Timestamp,
) -> Result<()> {
    let size = i64::try_from(file.content.len()).unwrap_or(i64::MAX);
    tx.execute(&PUT, args![digest, file.media_type, file.content, at, size, by])?;
    Ok(())
}

/// Makes room for a file of which an entry of another node tells: its content comes later.
pub fn expect(tx: &mut WriteTx<'_>, digest: &[u8], at: Timestamp) -> Result<()> {
    let nothing: &[u8] = &[];
    tx.execute(&EXPECT, args![digest, nothing, at])?;
    Ok(())
}

/// The content of a file that is awaited; false if it is not, or no longer.
pub fn fill(tx: &mut WriteTx<'_>, digest: &[u8], file: &AttachmentRow) -> Result<bool> {
    let size = i64::try_from(file.content.len()).unwrap_or(i64::MAX);
    Ok(tx.execute(&FILL, args![digest, file.media_type, file.content, size])? == 1)
}

/// What somebody stored since `from`.
pub fn stored(tx: &mut ReadTx<'_>, person: PersonId, from: Timestamp) -> Result<Stored> {
    let row: Option<StoredRow> = tx.opt(&STORED, args![person, from])?;
    Ok(row.map_or_else(Stored::default, |StoredRow { files, bytes }| Stored { files, bytes }))
}

/// Notes that another file took a file's place.
pub fn replace(tx: &mut WriteTx<'_>, digest: &[u8], at: Timestamp) -> Result<()> {
    tx.execute(&REPLACE, args![digest, at])?;
    Ok(())
}

/// Throws away some of the files that were replaced before a time and belong to nothing else;
/// how many were looked at.
pub fn throw_away(tx: &mut WriteTx<'_>, before: Timestamp, limit: i64) -> Result<usize> {
    let replaced: Vec<DigestRow> = tx.all(&REPLACED, args![before, limit])?;
    for DigestRow { digest } in &replaced {
        if tx.execute(&THROW_AWAY, args![digest, before])? == 0 {
            tx.execute(&KEEP, args![digest, before])?;
        }
    }
    Ok(replaced.len())
}
