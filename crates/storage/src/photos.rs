//! Photos of people.

use crate::replication::files;
use crate::{ReadTx, Result, WriteTx, args, record, row, statements};
use muster_domain::ids::{ClassId, PersonId};
use std::collections::HashSet;

record! {
    /// A photo, ready to send.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PhotoRow {
        /// Media type.
        pub media_type: String,
        /// SHA-256 of the content.
        pub digest: Vec<u8>,
        /// The picture.
        pub content: Vec<u8>,
    }
}

record! {
    /// Which photo is stored, without the picture.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PhotoState {
        /// SHA-256 of the content.
        pub digest: Vec<u8>,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

record! {
    /// A photo as packs take it along: some kilobytes at most.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SmallRow {
        /// Whose.
        pub person: PersonId,
        /// Media type.
        pub media_type: String,
        /// The picture; empty where none could be made.
        pub content: Vec<u8>,
    }
}

record! {
    /// A photo of which there is no small copy yet.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct UnshrunkRow {
        /// Whose.
        pub person: PersonId,
        /// Media type.
        pub media_type: String,
        /// SHA-256 of the content.
        pub digest: Vec<u8>,
        /// The picture.
        pub content: Vec<u8>,
    }
}

record! {
    struct HasPhotoRow {
        person: PersonId,
    }
}

statements! {
    PHOTO = "select media_type, digest, content from photos where person = ?1";
    STATE = "select digest, version from photos where person = ?1";
    HAVE_PHOTOS = {
        sqlite: "select person from photos where person = ?1",
        postgres: "select person from photos where person = any(?1::uuid[])",
    };
    PHOTOGRAPHED = "select f.person from enrolments e join photos f on f.person = e.person
        where e.class = ?1";
    PUT_PHOTO = "insert into photos (person, media_type, digest, content, version)
        values (?1, ?2, ?3, ?4, ?5)
        on conflict (person) do update set media_type = excluded.media_type,
            digest = excluded.digest, content = excluded.content, version = excluded.version,
            small = null, small_type = null";
    UNSHRUNK = "select person, media_type, digest, content from photos
        where small is null order by person limit ?1";
    SHRINK = "update photos set small = ?3, small_type = ?4 where person = ?1 and digest = ?2";
    SMALL = {
        sqlite: "select person, small_type, small from photos
        where person = ?1 and small is not null",
        postgres: "select person, small_type, small from photos
        where person = any(?1::uuid[]) and small is not null",
    };
    DROP_PHOTO = "delete from photos where person = ?1";
}

/// A person's photo.
pub fn photo(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Option<PhotoRow>> {
    tx.opt(&PHOTO, args![person])
}

/// Which photo of a person is stored.
pub fn state(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Option<PhotoState>> {
    tx.opt(&STATE, args![person])
}

/// Those of these people who have a photo.
pub fn have_photos(tx: &mut ReadTx<'_>, people: &[PersonId]) -> Result<HashSet<PersonId>> {
    let rows: Vec<HasPhotoRow> =
        tx.all_many(&HAVE_PHOTOS, people.iter().map(|person| row![*person]))?;
    Ok(rows.into_iter().map(|row| row.person).collect())
}

/// Those of a class's students who have a photo.
pub fn photographed(tx: &mut ReadTx<'_>, class: ClassId) -> Result<HashSet<PersonId>> {
    let mut people = HashSet::new();
    tx.each(&PHOTOGRAPHED, args![class], |row| {
        people.insert(row.columns().next()?);
        Ok(())
    })?;
    Ok(people)
}

/// Stores a person's photo in place of the one before; `replaced` is that one's version, or 0.
pub fn put_photo(
    tx: &mut WriteTx<'_>,
    person: PersonId,
    photo: &PhotoRow,
    replaced: i64,
) -> Result<()> {
    let version = tx.version_over(replaced);
    tx.execute(&PUT_PHOTO, args![person, photo.media_type, photo.digest, photo.content, version])?;
    files::unwant_photo(tx, person)
}

/// Photos of which there is no small copy yet.
pub fn unshrunk(tx: &mut ReadTx<'_>, limit: i64) -> Result<Vec<UnshrunkRow>> {
    tx.all(&UNSHRUNK, args![limit])
}

/// Keeps the small copy of the photo of that digest; one that was replaced meanwhile has none yet.
pub fn shrink(tx: &mut WriteTx<'_>, digest: &[u8], small: &SmallRow) -> Result<()> {
    let SmallRow { person, media_type, content } = small;
    tx.execute(&SHRINK, args![*person, digest, content, media_type])?;
    Ok(())
}

/// The small photos of those of these people who have one.
pub fn small(tx: &mut ReadTx<'_>, people: &[PersonId]) -> Result<Vec<SmallRow>> {
    let mut rows: Vec<SmallRow> = tx.all_many(&SMALL, people.iter().map(|person| row![*person]))?;
    rows.retain(|row| !row.content.is_empty());
    Ok(rows)
}

/// Removes a person's photo; false if there is none.
pub fn drop_photo(tx: &mut WriteTx<'_>, person: PersonId) -> Result<bool> {
    files::unwant_photo(tx, person)?;
    Ok(tx.execute(&DROP_PHOTO, args![person])? == 1)
}
