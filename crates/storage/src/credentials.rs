//! Credentials that were issued: what finds each, and whether another took its place. Neither the
//! id inside nor the readable code stands here, only digests of both.

use crate::{ReadTx, Result, ToValue, WriteTx, args, record, row, statements};
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
        /// `pass`, `docket` or `badge`.
        pub kind: String,
        /// Of what: a pass, a docket, a badge.
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
    PUT = {
        sqlite: "insert into credentials (digest, code, kind, record, issue, signing_key, issued_at,
            superseded_at)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        postgres: "insert into credentials (digest, code, kind, record, issue, signing_key,
            issued_at, superseded_at)
        select * from unnest(?1::bytea[], ?2::bytea[], ?3::text[], ?4::uuid[], ?5::bigint[],
            ?6::bytea[], ?7::bigint[], ?8::bigint[])",
    };
    SUPERSEDE = {
        sqlite: "update credentials set superseded_at = ?2
        where record = ?1 and superseded_at is null",
        postgres: "update credentials c set superseded_at = asked.at
        from unnest(?1::uuid[], ?2::bigint[]) as asked (record, at)
        where c.record = asked.record and c.superseded_at is null",
    };
    ISSUE = "select digest, code, kind, record, issue, signing_key, issued_at, superseded_at
        from credentials where record = ?1 and issue = ?2";
    BY_DIGEST = {
        sqlite: "select digest, code, kind, record, issue, signing_key, issued_at, superseded_at
        from credentials where digest = ?1",
        postgres: "select digest, code, kind, record, issue, signing_key, issued_at, superseded_at
        from credentials where digest = any(?1::bytea[])",
    };
    BY_CODE = "select digest, code, kind, record, issue, signing_key, issued_at, superseded_at
        from credentials where code = ?1 order by issue";
    CURRENT_MANY = {
        sqlite: "select digest, code, kind, record, issue, signing_key, issued_at, superseded_at
        from credentials where record = ?1 order by issue desc limit 1",
        postgres: "select distinct on (record) digest, code, kind, record, issue, signing_key,
            issued_at, superseded_at
        from credentials where record = any(?1::uuid[]) order by record, issue desc",
    };
    CURRENT = "select digest, code, kind, record, issue, signing_key, issued_at, superseded_at
        from credentials where record = ?1 order by issue desc limit 1";
}

/// Adds credentials.
pub fn insert_many(tx: &mut WriteTx<'_>, rows: &[CredentialRow]) -> Result<()> {
    let rows = rows.iter().map(|row| {
        [
            row.digest.to_value(),
            row.code.to_value(),
            row.kind.to_value(),
            row.record.to_value(),
            row.issue.to_value(),
            row.signing_key.to_value(),
            row.issued_at.to_value(),
            row.superseded_at.to_value(),
        ]
    });
    tx.execute_many(&PUT, rows)?;
    Ok(())
}

/// Notes that another issue of these records takes the place of those before.
pub fn supersede_many(tx: &mut WriteTx<'_>, records: &[Uuid], at: Timestamp) -> Result<()> {
    tx.execute_many(&SUPERSEDE, records.iter().map(|record| row![*record, at]))?;
    Ok(())
}

/// One issue of a record.
pub fn issue(tx: &mut ReadTx<'_>, record: Uuid, issue: i64) -> Result<Option<CredentialRow>> {
    tx.opt(&ISSUE, args![record, issue])
}

/// The credential with that digest.
pub fn by_digest(tx: &mut ReadTx<'_>, digest: &[u8]) -> Result<Option<CredentialRow>> {
    Ok(by_digests(tx, &[digest])?.pop())
}

/// The credentials with these digests, as far as there are any.
pub fn by_digests(tx: &mut ReadTx<'_>, digests: &[impl AsRef<[u8]>]) -> Result<Vec<CredentialRow>> {
    tx.all_many(&BY_DIGEST, digests.iter().map(|digest| row![digest.as_ref()]))
}

/// The credentials with that readable code, by its digest: hardly ever more than one.
pub fn by_code(tx: &mut ReadTx<'_>, code: &[u8]) -> Result<Vec<CredentialRow>> {
    tx.all(&BY_CODE, args![code])
}

/// The latest issue of a record.
pub fn current(tx: &mut ReadTx<'_>, record: Uuid) -> Result<Option<CredentialRow>> {
    tx.opt(&CURRENT, args![record])
}

/// The latest issue of each of these records.
pub fn current_many(tx: &mut ReadTx<'_>, records: &[Uuid]) -> Result<Vec<CredentialRow>> {
    tx.all_many(&CURRENT_MANY, records.iter().map(|record| row![*record]))
}
