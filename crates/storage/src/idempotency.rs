//! Answers kept for requests that are sent again under the same key.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::time::Timestamp;

record! {
    /// A request that began under a key.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct RequestRow {
        /// SHA-256 of what was asked, to notice another request under the same key.
        pub request_digest: Vec<u8>,
        /// Status of its answer; 0 while it runs.
        pub status: i64,
        /// The answer; while it runs, what a second run needs.
        pub body: String,
        /// When it began.
        pub created_at: Timestamp,
    }
}

statements! {
    REQUEST = "select request_digest, status, body, created_at from idempotency where digest = ?1";
    BEGIN = "insert into idempotency (digest, request_digest, status, body, created_at)
        values (?1, ?2, 0, ?3, ?4) on conflict do nothing";
    FINISH = "update idempotency set status = ?2, body = ?3 where digest = ?1";
    FORGET = "delete from idempotency where digest = ?1";
    FORGET_OLD = "delete from idempotency where created_at < ?1";
}

/// The request that began under a key, by the key's digest.
pub fn request(tx: &mut ReadTx<'_>, digest: &[u8]) -> Result<Option<RequestRow>> {
    tx.opt(&REQUEST, args![digest])
}

/// Notes that a request begins. If the key was used meanwhile, the closure runs again.
pub fn begin(tx: &mut WriteTx<'_>, digest: &[u8], request: &RequestRow) -> Result<()> {
    let RequestRow { request_digest, body, created_at, .. } = request;
    tx.insert_or_retry(&BEGIN, args![digest, request_digest, body, *created_at])
}

/// Keeps a request's answer.
pub fn finish(tx: &mut WriteTx<'_>, digest: &[u8], status: i64, body: &str) -> Result<()> {
    tx.execute(&FINISH, args![digest, status, body])?;
    Ok(())
}

/// Forgets a request, so that its key may be used anew.
pub fn forget(tx: &mut WriteTx<'_>, digest: &[u8]) -> Result<()> {
    tx.execute(&FORGET, args![digest])?;
    Ok(())
}

/// Forgets requests that began before a time.
pub fn forget_old(tx: &mut WriteTx<'_>, before: Timestamp) -> Result<()> {
    tx.execute(&FORGET_OLD, args![before])?;
    Ok(())
}
