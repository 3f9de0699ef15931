//! Files by their digest: entries tell of photos, attachments and the logo by digest alone, and the
//! content is fetched after them.

use super::apply;
use super::scope::Sight;
use crate::attachments::{self, AttachmentRow};
use crate::documents;
use crate::photos::{self, PhotoRow};
use crate::{ReadTx, Result, ToValue, WriteTx, args, record, row, statements};
use muster_domain::ids::PersonId;
use muster_journal::Entry;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What is asked for by its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Media type.
    pub media_type: String,
    /// The file.
    pub content: Vec<u8>,
}

record! {
    struct FileRow {
        media_type: String,
        content: Vec<u8>,
    }
}

record! {
    struct DigestRow {
        digest: Vec<u8>,
    }
}

record! {
    struct OwnerRow {
        owner: Uuid,
    }
}

record! {
    struct OwnedRow {
        digest: Vec<u8>,
        owner: Option<Uuid>,
    }
}

record! {
    struct ToldRow {
        clock: i64,
        after: Option<String>,
    }
}

record! {
    struct WantedRow {
        kind: String,
        owner: Uuid,
        version: i64,
    }
}

statements! {
    // The latest change says which photo or logo stands, whoever heard of it when.
    LATEST = "select clock, after from journal
        where entity_id = ?1 and entity <> 'mark' and entity = ?2
            and (action in (?3, ?4) or (action = ?5 and after like ?6))
        order by clock desc, id desc limit 1";
    AWAITING = {
        sqlite: "select owner from wanted_files where kind in ('photo', 'logo') and owner = ?1",
        postgres: "select owner from wanted_files
        where kind in ('photo', 'logo') and owner = any(?1::uuid[])",
    };
    WANT = "insert into wanted_files (kind, owner, digest, version) values (?1, ?2, ?3, ?4)
        on conflict (kind, owner) do update set digest = excluded.digest,
            version = excluded.version";
    UNWANT_LOGO = "delete from wanted_files where kind = 'logo'";
    UNWANT = "delete from wanted_files where kind = ?1 and owner = ?2";
    WANTED = "select kind, owner, version from wanted_files where digest = ?1";
    MISSING = "select digest from attachments where awaited = 1 and digest > ?1
        union select digest from wanted_files where digest > ?1 order by digest limit ?2";
    AWAITED = "select count(*) from attachments where digest = ?1 and awaited = 1";
    // Of the logo, which everybody may see, nobody.
    OWNERS = {
        sqlite: "select digest, case kind when 'photo' then owner end
            from wanted_files where digest = ?1
        union select digest, person from photos where digest = ?1
        union select digest, null from logo where id = 1 and digest = ?1
        union select attachment, person from leaves where attachment = ?1
        union select attachment, class from corrections where attachment = ?1",
        postgres: "select digest, case kind when 'photo' then owner end
            from wanted_files where digest = any(?1::bytea[])
        union select digest, person from photos where digest = any(?1::bytea[])
        union select digest, null from logo where id = 1 and digest = any(?1::bytea[])
        union select attachment, person from leaves where attachment = any(?1::bytea[])
        union select attachment, class from corrections where attachment = any(?1::bytea[])",
    };
    PHOTO = "select media_type, content from photos where digest = ?1 limit 1";
    LOGO = "select 'image/png', content from logo where id = 1 and digest = ?1";
    PHOTO_HERE = "select digest from photos where person = ?1";
    LOGO_HERE = "select digest from logo where id = 1";
}

/// Which of these a person's photo or the logo is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Photo,
    Logo,
}

impl Kind {
    const fn key(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Logo => "logo",
        }
    }

    /// Of which an entry tells.
    fn of(entry: &Entry) -> Option<Self> {
        match entry.action.as_str() {
            "photo.set" | "photo.remove" => Some(Self::Photo),
            "document.set_logo" | "document.remove_logo" => Some(Self::Logo),
            // What was there before the node replicated.
            "person.restate" => Some(Self::Photo).filter(|kind| kind.is_told(entry)),
            "document.restate" => Some(Self::Logo).filter(|kind| kind.is_told(entry)),
            _ => None,
        }
    }

    fn is_told(self, entry: &Entry) -> bool {
        member(entry.after.as_deref(), self.key()).is_some()
    }

    const fn told_by(self) -> (&'static str, [&'static str; 2]) {
        match self {
            Self::Photo => ("person", ["photo.set", "photo.remove"]),
            Self::Logo => ("document", ["document.set_logo", "document.remove_logo"]),
        }
    }
}

/// Gives attachments of which new entries of other nodes tell a place, for their requests refer to
/// them.
pub(crate) fn expect<'e>(
    tx: &mut WriteTx<'_>,
    entries: impl Iterator<Item = &'e Entry>,
) -> Result<()> {
    for entry in entries.filter(|entry| matches!(&*entry.entity, "correction" | "leave")) {
        if let Some(digest) = member(entry.after.as_deref(), "attachment_sha256") {
            attachments::expect(tx, &digest, entry.at)?;
        }
    }
    Ok(())
}

/// Notes of which photos and logos new entries of other nodes tell, which are in the journal by now.
pub(crate) fn note<'e>(
    tx: &mut WriteTx<'_>,
    entries: impl Iterator<Item = &'e Entry>,
) -> Result<()> {
    let told = entries.filter_map(|entry| Some((Kind::of(entry)?, entry.entity_id)));
    for (kind, owner) in told.collect::<BTreeSet<_>>() {
        stand(tx, kind, owner)?;
    }
    Ok(())
}

/// Brings what is stored in line with the latest change: it is asked for, or goes.
fn stand(tx: &mut WriteTx<'_>, kind: Kind, owner: Uuid) -> Result<()> {
    let Some(latest) = latest(tx, kind, owner)? else { return Ok(()) };
    let wanted = latest.digest(kind);
    let here: Option<DigestRow> = match kind {
        Kind::Photo => tx.opt(&PHOTO_HERE, args![owner])?,
        Kind::Logo => tx.opt(&LOGO_HERE, args![])?,
    };
    unwant(tx, kind, owner)?;
    match wanted {
        Some(digest) if here.as_ref().is_some_and(|here| here.digest == digest) => {}
        Some(digest) => {
            tx.execute(&WANT, args![kind.key(), owner, digest, latest.clock])?;
        }
        None if here.is_some() => match kind {
            Kind::Photo => drop(photos::drop_photo(tx, PersonId(owner))?),
            Kind::Logo => drop(documents::drop_logo(tx)?),
        },
        None => {}
    }
    Ok(())
}

/// The latest change of a photo or of the logo.
fn latest(tx: &mut ReadTx<'_>, kind: Kind, owner: Uuid) -> Result<Option<ToldRow>> {
    let (entity, [set, remove]) = kind.told_by();
    let (restate, tells) = (format!("{entity}.restate"), format!("%\"{}\":%", kind.key()));
    tx.opt(&LATEST, args![owner, entity, set, remove, restate, tells])
}

/// Which of these records have a file of which entries tell and that is not here yet.
pub(crate) fn awaited(
    tx: &mut ReadTx<'_>,
    owners: impl IntoIterator<Item = Uuid>,
) -> Result<BTreeSet<Uuid>> {
    let rows: Vec<OwnerRow> =
        tx.all_many(&AWAITING, owners.into_iter().map(|owner| row![owner]))?;
    Ok(rows.into_iter().map(|row| row.owner).collect())
}

/// Notes that this node has its own photo of a person now, or none.
pub(crate) fn unwant_photo(tx: &mut WriteTx<'_>, person: PersonId) -> Result<()> {
    unwant(tx, Kind::Photo, person.0)
}

fn unwant(tx: &mut WriteTx<'_>, kind: Kind, owner: Uuid) -> Result<()> {
    tx.execute(&UNWANT, args![kind.key(), owner])?;
    Ok(())
}

/// The same of the logo.
pub(crate) fn unwant_logo(tx: &mut WriteTx<'_>) -> Result<()> {
    tx.execute(&UNWANT_LOGO, args![])?;
    Ok(())
}

impl ToldRow {
    /// Which file stands by it, if any does.
    fn digest(&self, kind: Kind) -> Option<Vec<u8>> {
        member(self.after.as_deref(), kind.key())
    }
}

/// A digest in hexadecimal digits, in a member of an entry's fields.
fn member(fields: Option<&str>, name: &str) -> Option<Vec<u8>> {
    let fields: Map<String, Value> = serde_json::from_str(fields?).ok()?;
    let digits = fields.get(name)?.as_str()?;
    if digits.len() != 64 || !digits.is_ascii() {
        return None;
    }
    let byte = |at: usize| u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok();
    (0..32).map(byte).collect()
}

/// Digests of files that are not here, some of them, in order, after that one.
pub fn missing(tx: &mut ReadTx<'_>, (after, limit): (&[u8], i64)) -> Result<Vec<Vec<u8>>> {
    let rows: Vec<DigestRow> = tx.all(&MISSING, args![after, limit])?;
    Ok(rows.into_iter().map(|row| row.digest).collect())
}

/// Which of these files belong to people and classes within sight, or to everybody, in order.
pub fn within(
    tx: &mut ReadTx<'_>,
    digests: &[Vec<u8>],
    sight: &Sight,
) -> Result<BTreeSet<Vec<u8>>> {
    let rows: Vec<OwnedRow> =
        tx.all_many(&OWNERS, digests.iter().map(|digest| [digest.to_value()]))?;
    let seen = rows.into_iter().filter(|row| row.owner.is_none_or(|owner| sight.sees(owner)));
    Ok(seen.map(|row| row.digest).collect())
}

/// The file of that digest, if it is here.
pub fn file(tx: &mut ReadTx<'_>, digest: &[u8]) -> Result<Option<File>> {
    if let Some(AttachmentRow { media_type, content }) = attachments::get(tx, digest)? {
        return Ok(Some(File { media_type, content }));
    }
    let row: Option<FileRow> = match tx.opt(&PHOTO, args![digest])? {
        None => tx.opt(&LOGO, args![digest])?,
        found => found,
    };
    Ok(row.map(|FileRow { media_type, content }| File { media_type, content }))
}

/// What a file is asked for as: what may stand there differs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// What somebody attached.
    pub attachment: bool,
    /// A photo of a person.
    pub photo: bool,
    /// The logo.
    pub logo: bool,
}

/// As what the file of that digest is asked for.
pub fn asked(tx: &mut ReadTx<'_>, digest: &[u8]) -> Result<Asked> {
    let wanted: Vec<WantedRow> = tx.all(&WANTED, args![digest])?;
    let is = |kind: Kind| wanted.iter().any(|row| row.kind == kind.key());
    let attachment = tx.number(&AWAITED, args![digest])? > 0;
    Ok(Asked { attachment, photo: is(Kind::Photo), logo: is(Kind::Logo) })
}

/// Stores a file wherever it is asked for; how many places that were. Its digest was checked.
pub fn put(tx: &mut WriteTx<'_>, digest: &[u8], file: &File) -> Result<usize> {
    let File { media_type, content } = file;
    let row = AttachmentRow { media_type: media_type.clone(), content: content.clone() };
    let mut places = usize::from(attachments::fill(tx, digest, &row)?);
    let wanted: Vec<WantedRow> = tx.all(&WANTED, args![digest])?;
    for WantedRow { kind, owner, version } in wanted {
        let known = if kind == Kind::Photo.key() { Kind::Photo } else { Kind::Logo };
        if latest(tx, known, owner)?.and_then(|latest| latest.digest(known)).as_deref()
            != Some(digest)
        {
            // Somebody changed it here meanwhile.
            unwant(tx, known, owner)?;
            continue;
        }
        if known == Kind::Photo {
            let (digest, content) = (digest.to_vec(), content.clone());
            let row = PhotoRow { media_type: media_type.clone(), digest, content };
            photos::put_photo(tx, PersonId(owner), &row, version)?;
        } else {
            documents::put_logo(tx, digest, content, version)?;
        }
        places += 1;
    }
    if let Some(beginning) = digest.get(..16).and_then(|bytes| Uuid::from_slice(bytes).ok()) {
        apply::arrived(tx, &BTreeSet::from([beginning]))?;
    }
    Ok(places)
}
