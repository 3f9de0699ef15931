//! Files that people attach to what they ask for, found by the digest of their content.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
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

statements! {
    ATTACHMENT = "select media_type, content from attachments where digest = ?1";
    PUT = "insert into attachments (digest, media_type, content, stored_at)
        values (?1, ?2, ?3, ?4)
        on conflict do nothing";
}

/// The file of that digest.
pub fn get(tx: &mut ReadTx<'_>, digest: &[u8]) -> Result<Option<AttachmentRow>> {
    tx.opt(&ATTACHMENT, args![digest])
}

/// Stores a file under its digest, unless it is there already.
pub fn put(tx: &mut WriteTx<'_>, digest: &[u8], file: &AttachmentRow, at: Timestamp) -> Result<()> {
    tx.execute(&PUT, args![digest, file.media_type, file.content, at])?;
    Ok(())
}
