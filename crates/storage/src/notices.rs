//! What people are told in their inbox.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::ids::{NoticeId, PersonId};
use muster_domain::notices::NoticeKind;
use muster_domain::time::Timestamp;

record! {
    /// A notice to a person.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct NoticeRow {
        /// Id.
        pub id: NoticeId,
        /// To whom.
        pub person: PersonId,
        /// Its sort.
        pub kind: NoticeKind,
        /// What happened, in a few words.
        pub title: String,
        /// The rest, in a sentence or two; may be empty.
        pub body: String,
        /// Path of the page that it is about.
        pub link: Option<String>,
        /// When.
        pub created_at: Timestamp,
        /// When it was read.
        pub read_at: Option<Timestamp>,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

statements! {
    OF_PERSON = "select id, person, kind, title, body, link, created_at, read_at, version
        from notices where person = ?1 and (created_at, id) < (?2, ?3)
        order by created_at desc, id desc limit ?4";
    NOTICE = "select id, person, kind, title, body, link, created_at, read_at, version
        from notices where id = ?1";
    PUT = "insert into notices (id, person, kind, title, body, link, created_at, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        on conflict do nothing";
    READ = "update notices set read_at = ?2, version = ?3 where id = ?1 and read_at is null";
    READ_ALL = "update notices set read_at = ?2, version = ?3
        where person = ?1 and read_at is null";
}

/// A person's notices before a point in their inbox, the latest first.
pub fn of_person(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    (at, id): (Timestamp, NoticeId),
    limit: i64,
) -> Result<Vec<NoticeRow>> {
    tx.all(&OF_PERSON, args![person, at, id, limit])
}

/// The notice of that id.
pub fn get(tx: &mut ReadTx<'_>, id: NoticeId) -> Result<Option<NoticeRow>> {
    tx.opt(&NOTICE, args![id])
}

/// Adds a notice; false if its person was told before.
pub fn insert(tx: &mut WriteTx<'_>, notice: &NoticeRow) -> Result<bool> {
    let NoticeRow { id, person, kind, title, body, link, created_at, version, .. } = notice;
    let done =
        tx.execute(&PUT, args![*id, *person, *kind, title, body, link, *created_at, *version])?;
    Ok(done == 1)
}

/// Notes that one was read; false if it was before.
pub fn read(tx: &mut WriteTx<'_>, id: NoticeId, at: Timestamp) -> Result<bool> {
    let version = tx.version();
    Ok(tx.execute(&READ, args![id, at, version])? == 1)
}

/// Notes that a person read all of theirs; how many were new.
pub fn read_all(tx: &mut WriteTx<'_>, person: PersonId, at: Timestamp) -> Result<u64> {
    let version = tx.version();
    tx.execute(&READ_ALL, args![person, at, version])
}
