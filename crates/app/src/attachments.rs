//! What people attach to what they ask for: checked by its content, kept by its digest.

use crate::{Ctx, Error, Form, Result};
use muster_domain::attachment;
use muster_storage::attachments::AttachmentRow;
use muster_storage::{ReadTx, WriteTx, attachments};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// A file as it was sent.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The name that it had there.
    pub name: String,
    /// The file.
    pub content: Arc<[u8]>,
}

/// A file that may be stored.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    /// SHA-256 of its content.
    pub digest: Vec<u8>,
    /// The name under which it is kept.
    pub name: String,
    row: AttachmentRow,
}

/// A file, ready to send.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// Media type.
    pub media_type: String,
    /// Its name.
    pub name: String,
    /// The file.
    pub content: Vec<u8>,
}

/// Checks the file in the field `attachment`, if there is one.
pub(crate) fn check(form: &mut Form, upload: Option<&Upload>) -> Option<Checked> {
    let Upload { name, content } = upload?;
    let kind = form.take("attachment", attachment::check(content))?;
    Some(Checked {
        digest: Sha256::digest(content).to_vec(),
        name: attachment::file_name(name, kind),
        row: AttachmentRow { media_type: kind.media_type().to_owned(), content: content.to_vec() },
    })
}

/// Stores a file; nothing happens if the same is stored already.
pub(crate) fn store(tx: &mut WriteTx<'_>, ctx: &Ctx, file: &Checked) -> Result<()> {
    Ok(attachments::put(tx, &file.digest, &file.row, ctx.now())?)
}

/// The file of that digest, under that name.
pub(crate) fn load(
    tx: &mut ReadTx<'_>,
    digest: Option<Vec<u8>>,
    name: Option<String>,
) -> Result<Attachment> {
    let row = match digest {
        Some(digest) => attachments::get(tx, &digest)?,
        None => None,
    };
    let AttachmentRow { media_type, content } = row.ok_or(Error::NotFound)?;
    Ok(Attachment { media_type, content, name: name.unwrap_or_default() })
}
