//! What people attach to what they ask for: checked by its content, kept by its digest, so much of
//! one person and no more.

use crate::{Ctx, Error, Form, Result};
use data_encoding::HEXLOWER;
use muster_domain::attachment::{self, DAY, KEPT};
use muster_domain::ids::PersonId;
use muster_domain::time::Timestamp;
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

/// Most replaced files that are looked at in one transaction.
const AT_ONCE: i64 = 50;

/// Checks the file in the field `attachment`, if there is one, that belongs to what `person` asks
/// for. Only who asks for themself has a limit: the office enters files of many.
pub(crate) fn check(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    form: &mut Form,
    person: PersonId,
    upload: Option<&Upload>,
) -> Result<Option<Checked>> {
    let Some(Upload { name, content }) = upload else { return Ok(None) };
    let Some(kind) = form.take("attachment", attachment::check(content)) else { return Ok(None) };
    if ctx.person()? == person {
        let today = attachments::stored(tx, person, ctx.now() - DAY)?;
        let ever = attachments::stored(tx, person, Timestamp(i64::MIN))?;
        form.take("attachment", attachment::fits(content.len(), today, ever));
    }
    Ok(Some(Checked {
        digest: Sha256::digest(content).to_vec(),
        name: attachment::file_name(name, kind),
        row: AttachmentRow { media_type: kind.media_type().to_owned(), content: content.to_vec() },
    }))
}

/// Stores a file; nothing happens if the same is stored already.
pub(crate) fn store(tx: &mut WriteTx<'_>, ctx: &Ctx, file: &Checked) -> Result<()> {
    Ok(attachments::put(tx, &file.digest, &file.row, ctx.act.actor, ctx.now())?)
}

/// Checks and stores the person's own file in the place of another, which a job throws away later.
pub(crate) fn replace(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    before: Option<&[u8]>,
    upload: &Upload,
) -> Result<Checked> {
    let mut form = Form::default();
    let file = check(tx, ctx, &mut form, ctx.person()?, Some(upload))?;
    form.check()?;
    let file = file.ok_or(Error::NotFound)?;
    if let Some(digest) = before {
        attachments::replace(tx, digest, ctx.now())?;
    }
    store(tx, ctx, &file)?;
    Ok(file)
}

/// What the journal says of a file: its digest, by which it is found in a backup, too.
pub(crate) fn written(digest: Option<&[u8]>) -> Option<String> {
    digest.map(|digest| HEXLOWER.encode(digest))
}

/// Throws away some files that were replaced a while ago; false if there are no more.
pub fn throw_away(tx: &mut WriteTx<'_>, ctx: &Ctx) -> Result<bool> {
    Ok(attachments::throw_away(tx, ctx.now() - KEPT, AT_ONCE)? > 0)
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
