//! Letters by e-mail, on their way and done with.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::ids::LetterId;
use muster_domain::time::Timestamp;

record! {
    /// A letter.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct LetterRow {
        /// Id.
        pub id: LetterId,
        /// `letter`; or `reset`, whose text is made when it is sent.
        pub purpose: String,
        /// Address.
        pub recipient: String,
        /// Subject.
        pub subject: String,
        /// Text; empty when it is done with.
        pub body: String,
        /// When it was written.
        pub created_at: Timestamp,
        /// How often it was tried.
        pub tries: i64,
        /// When it is tried next; none when it is done with.
        pub due_at: Option<Timestamp>,
        /// When the mail server took it.
        pub sent_at: Option<Timestamp>,
        /// When it was given up.
        pub failed_at: Option<Timestamp>,
        /// Why the last try failed.
        pub failure: Option<String>,
    }
}

statements! {
    GET = "select id, purpose, recipient, subject, body, created_at, tries, due_at, sent_at, failed_at,
            failure
        from letters where id = ?1";
    DUE = "select id, purpose, recipient, subject, body, created_at, tries, due_at, sent_at, failed_at,
            failure
        from letters where due_at <= ?1 order by due_at limit ?2";
    RECENT = "select id, purpose, recipient, subject, body, created_at, tries, due_at, sent_at,
            failed_at, failure
        from letters where (created_at, id) < (?1, ?2) order by created_at desc, id desc limit ?3";
    WAITING = "select count(*) from letters where due_at is not null";
    PUT = "insert into letters (id, purpose, recipient, subject, body, created_at, due_at)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?6)";
    TAKE = "update letters set due_at = ?3, tries = tries + 1 where id = ?1 and due_at = ?2";
    SENT = "update letters set due_at = null, sent_at = ?2, failure = null, body = '' where id = ?1";
    AGAIN = "update letters set due_at = ?2, failure = ?3 where id = ?1";
    GIVEN_UP = "update letters set due_at = null, failed_at = ?2, failure = ?3 where id = ?1";
    REVIVE = "update letters set due_at = ?2, failed_at = null, tries = 0
        where id = ?1 and failed_at is not null";
    DROP = "delete from letters where id = ?1";
    PURGE = "delete from letters where created_at < ?1 and due_at is null";
}

/// The letter of that id.
pub fn get(tx: &mut ReadTx<'_>, id: LetterId) -> Result<Option<LetterRow>> {
    tx.opt(&GET, args![id])
}

/// Letters whose time has come.
pub fn due(tx: &mut ReadTx<'_>, now: Timestamp, limit: i64) -> Result<Vec<LetterRow>> {
    tx.all(&DUE, args![now, limit])
}

/// Letters before a point in time, the latest first.
pub fn recent(
    tx: &mut ReadTx<'_>,
    (at, id): (Timestamp, LetterId),
    limit: i64,
) -> Result<Vec<LetterRow>> {
    tx.all(&RECENT, args![at, id, limit])
}

/// How many are on their way.
pub fn waiting(tx: &mut ReadTx<'_>) -> Result<i64> {
    tx.number(&WAITING, args![])
}

/// Adds a letter, due at once.
pub fn insert(tx: &mut WriteTx<'_>, letter: &LetterRow) -> Result<()> {
    let LetterRow { id, purpose, recipient, subject, body, created_at, .. } = letter;
    tx.execute(&PUT, args![*id, purpose, recipient, subject, body, *created_at])?;
    Ok(())
}

/// Takes a letter that was due at `due_at` to send it, until `lease`; false if somebody was faster.
pub fn take(
    tx: &mut WriteTx<'_>,
    id: LetterId,
    due_at: Timestamp,
    lease: Timestamp,
) -> Result<bool> {
    Ok(tx.execute(&TAKE, args![id, due_at, lease])? == 1)
}

/// Notes that a letter was sent, and drops its text.
pub fn sent(tx: &mut WriteTx<'_>, id: LetterId, at: Timestamp) -> Result<()> {
    tx.execute(&SENT, args![id, at])?;
    Ok(())
}

/// Notes why a try failed, and when the next one is.
pub fn again(tx: &mut WriteTx<'_>, id: LetterId, due_at: Timestamp, why: &str) -> Result<()> {
    tx.execute(&AGAIN, args![id, due_at, why])?;
    Ok(())
}

/// Notes that a letter is given up, and why.
pub fn give_up(tx: &mut WriteTx<'_>, id: LetterId, at: Timestamp, why: &str) -> Result<()> {
    tx.execute(&GIVEN_UP, args![id, at, why])?;
    Ok(())
}

/// Makes a letter that was given up due again; false if it was not given up.
pub fn revive(tx: &mut WriteTx<'_>, id: LetterId, due_at: Timestamp) -> Result<bool> {
    Ok(tx.execute(&REVIVE, args![id, due_at])? == 1)
}

/// Removes a letter.
pub fn remove(tx: &mut WriteTx<'_>, id: LetterId) -> Result<()> {
    tx.execute(&DROP, args![id])?;
    Ok(())
}

/// Removes letters from before that are done with.
pub fn purge(tx: &mut WriteTx<'_>, before: Timestamp) -> Result<u64> {
    tx.execute(&PURGE, args![before])
}
