//! Credentials that were issued: what finds each, and whether another took its place. Neither the
//! id inside nor the readable code stands here, only digests of both.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::time::Timestamp;
use uuid::Uuid;

record! {
    /// One issue of a record.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CredentialRow {
        /// SHA-256 of the id inside.
        pub digest: Vec<u8>,
        /// HMAC of the readable code, under a key outside the database.
        pub code: Vec<u8>,
        /// `pass`.
        pub kind: String,
        /// Of what: a pass.
        pub record: Uuid,
        /// Which issue, counted from 1.
        pub issue: i64,
        /// The public name of the key that signs it.
        pub signing_key: Vec<u8>,
        /// When.
        pub issued_at: Timestamp,
        /// Since when another counts in its place.
        pub superseded_at: Option<Timestamp>,
    }
}

statements! {
    PUT = "insert into credentials (digest, code, kind, record, issue, signing_key, issued_at,
            superseded_at)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    SUPERSEDE = "update credentials set superseded_at = ?2
        where record = ?1 and superseded_at is null";
    BY_DIGEST = "select digest, code, kind, record, issue, signing_key, issued_at, superseded_at
        from credentials where digest = ?1";
    BY_CODE = "select digest, code, kind, record, issue, signing_key, issued_at, superseded_at
        from credentials where code = ?1 order by issue";
    CURRENT = "select digest, code, kind, record, issue, signing_key, issued_at, superseded_at
        from credentials where record = ?1 order by issue desc limit 1";
}

/// Adds a credential.
pub fn insert(tx: &mut WriteTx<'_>, row: &CredentialRow) -> Result<()> {
    let CredentialRow { digest, code, kind, record, issue, signing_key, .. } = row;
    let (issued_at, superseded_at) = (row.issued_at, row.superseded_at);
    let args = args![digest, code, kind, *record, *issue, signing_key, issued_at, superseded_at];
    tx.execute(&PUT, args)?;
    Ok(())
}

/// Notes that another issue of the record takes the place of those before.
pub fn supersede(tx: &mut WriteTx<'_>, record: Uuid, at: Timestamp) -> Result<()> {
    tx.execute(&SUPERSEDE, args![record, at])?;
    Ok(())
}

/// The credential with that digest.
pub fn by_digest(tx: &mut ReadTx<'_>, digest: &[u8]) -> Result<Option<CredentialRow>> {
    tx.opt(&BY_DIGEST, args![digest])
}

/// The credentials with that readable code, by its digest: hardly ever more than one.
pub fn by_code(tx: &mut ReadTx<'_>, code: &[u8]) -> Result<Vec<CredentialRow>> {
    tx.all(&BY_CODE, args![code])
}

/// The latest issue of a record.
pub fn current(tx: &mut ReadTx<'_>, record: Uuid) -> Result<Option<CredentialRow>> {
    tx.opt(&CURRENT, args![record])
}
