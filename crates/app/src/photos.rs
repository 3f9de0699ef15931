//! Photos of people: who may see one, storing and removing it.

use crate::people::need_power_over;
use crate::sign_in::hex;
use crate::{Ctx, Error, Result};
use muster_documents::photo;
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{ClassId, PersonId};
use muster_journal::Change;
use muster_storage::photos::{self, PhotoRow, SmallRow, UnshrunkRow};
use muster_storage::{ReadTx, WriteTx, academics, people};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The media type of what is stored: uploads are drawn anew.
const MEDIA_TYPE: &str = "image/jpeg";
/// How many photos are made small at a time.
const AT_ONCE: i64 = 20;

/// A person's photo: for those who manage people, for the staff of a class that they attend, and
/// for themself.
pub fn get(tx: &mut ReadTx<'_>, ctx: &Ctx, id: PersonId) -> Result<PhotoRow> {
    let own = ctx.person()? == id;
    if !own && ctx.need(Permission::ViewPeople, Target::Institution).is_err() {
        let classes = academics::attended_classes(tx, id)?;
        let may = |class: ClassId| ctx.need(Permission::ViewClass, Target::Class(class)).is_ok();
        if !classes.iter().any(|class| may(class.id)) {
            return Err(Error::Forbidden);
        }
    }
    photos::photo(tx, id)?.ok_or(Error::NotFound)
}

/// Whether the person who acts may change somebody's photo at all: asked before an upload is read
/// and unpacked, which costs more than the change itself.
pub fn need_change(tx: &mut ReadTx<'_>, ctx: &Ctx, id: PersonId) -> Result<()> {
    ctx.need(Permission::ManagePeople, Target::Institution)?;
    need_power_over(tx, ctx, id)?;
    people::get(tx, id)?.map(drop).ok_or(Error::NotFound)
}

/// Stores a thumbnail (JPEG) as a person's photo; returns its digest. The journal keeps digests
/// alone: a photo that was replaced is gone.
pub fn set(tx: &mut WriteTx<'_>, ctx: &Ctx, id: PersonId, thumbnail: &[u8]) -> Result<String> {
    need_change(tx, ctx, id)?;
    let digest = Sha256::digest(thumbnail).to_vec();
    let before = photos::state(tx, id)?;
    if before.as_ref().is_some_and(|before| before.digest == digest) {
        return Ok(hex(&digest));
    }
    let replaced = before.as_ref().map_or(0, |before| before.version);
    let shown = hex(&digest);
    let media_type = MEDIA_TYPE.to_owned();
    let row = PhotoRow { media_type, digest, content: thumbnail.to_vec() };
    photos::put_photo(tx, id, &row, replaced)?;
    let (old, new) = (stored(before.map(|before| before.digest)), stored(Some(row.digest)));
    tx.journal(Change::new("photo.set", "person", id).changed(&old, &new, replaced))?;
    Ok(shown)
}

/// Removes a person's photo.
pub fn remove(tx: &mut WriteTx<'_>, ctx: &Ctx, id: PersonId) -> Result<()> {
    need_change(tx, ctx, id)?;
    let before = photos::state(tx, id)?.ok_or(Error::NotFound)?;
    photos::drop_photo(tx, id)?;
    let (old, new) = (stored(Some(before.digest)), stored(None));
    let change = Change::new("photo.remove", "person", id);
    Ok(tx.journal(change.changed(&old, &new, before.version))?)
}

fn stored(digest: Option<Vec<u8>>) -> Value {
    json!({ "photo": digest.map(|digest| hex(&digest)) })
}

/// Photos that wait to be made small for packs, some of them.
pub fn unshrunk(tx: &mut ReadTx<'_>) -> Result<Vec<UnshrunkRow>> {
    Ok(photos::unshrunk(tx, AT_ONCE)?)
}

/// A photo made small, some milliseconds' work: as it is where that is small enough, and empty where
/// it can't be drawn.
pub fn shrunk(row: &UnshrunkRow) -> SmallRow {
    let (media_type, content) = if row.content.len() <= photo::TINIEST {
        (row.media_type.clone(), row.content.clone())
    } else {
        (MEDIA_TYPE.to_owned(), photo::tiny(&row.content).unwrap_or_default())
    };
    SmallRow { person: row.person, media_type, content }
}

/// Keeps small photos. Whatever they show is in the journal already.
pub fn shrink(tx: &mut WriteTx<'_>, made: &[(Vec<u8>, SmallRow)]) -> Result<()> {
    let mut keep = made.iter().map(|(digest, small)| photos::shrink(tx, digest, small));
    Ok(keep.try_for_each(|kept| kept)?)
}
