//! Badges: who has one, and since when.

use crate::{ReadTx, Result, ToValue, WriteTx, args, record, row, statements};
use muster_domain::ids::{BadgeId, PersonId};
use muster_domain::time::Timestamp;

record! {
    /// A badge.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct BadgeRow {
        /// Id.
        pub id: BadgeId,
        /// Whose.
        pub person: PersonId,
        /// How often it was issued.
        pub issue: i64,
        /// Who issued it last.
        pub issued_by: Option<PersonId>,
        /// When.
        pub issued_at: Timestamp,
        /// From when on its credential is valid.
        pub valid_from: Timestamp,
        /// From when on it no longer is.
        pub valid_until: Timestamp,
        /// When it was withdrawn.
        pub voided_at: Option<Timestamp>,
        /// Why.
        pub void_reason: Option<String>,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

statements! {
    GET = "select id, person, issue, issued_by, issued_at, valid_from, valid_until, voided_at,
            void_reason, version
        from badges where id = ?1";
    GET_MANY = {
        sqlite: "select id, person, issue, issued_by, issued_at, valid_from, valid_until, voided_at,
            void_reason, version
        from badges where id = ?1",
        postgres: "select id, person, issue, issued_by, issued_at, valid_from, valid_until,
            voided_at, void_reason, version
        from badges where id = any(?1::uuid[])",
    };
    // Whoever issues a badge at the same moment, too, finds this one.
    PUT = {
        sqlite: "insert into badges (id, person, issue, issued_by, issued_at, valid_from,
            valid_until, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) on conflict (id) do nothing",
        postgres: "insert into badges (id, person, issue, issued_by, issued_at, valid_from,
            valid_until, version)
        select * from unnest(?1::uuid[], ?2::uuid[], ?3::bigint[], ?4::uuid[], ?5::bigint[],
            ?6::bigint[], ?7::bigint[], ?8::bigint[]) on conflict (id) do nothing",
    };
    UPDATE = "update badges set issue = ?2, issued_by = ?3, issued_at = ?4, valid_from = ?5,
            valid_until = ?6, voided_at = ?7, void_reason = ?8, version = ?9
        where id = ?1 and version = ?10";
}

/// The badge of that id.
pub fn get(tx: &mut ReadTx<'_>, id: BadgeId) -> Result<Option<BadgeRow>> {
    tx.opt(&GET, args![id])
}

/// The badges of these ids, as far as there are any.
pub fn get_many(tx: &mut ReadTx<'_>, ids: &[BadgeId]) -> Result<Vec<BadgeRow>> {
    tx.all_many(&GET_MANY, ids.iter().map(|id| row![*id]))
}

/// Adds badges; if somebody else added one of them in this very moment, all of this runs again.
pub fn insert_many(tx: &mut WriteTx<'_>, rows: &[BadgeRow]) -> Result<()> {
    let rows = rows.iter().map(|row| {
        [
            row.id.to_value(),
            row.person.to_value(),
            row.issue.to_value(),
            row.issued_by.to_value(),
            row.issued_at.to_value(),
            row.valid_from.to_value(),
            row.valid_until.to_value(),
            row.version.to_value(),
        ]
    });
    tx.insert_many_or_retry(&PUT, rows)
}

/// Changes a badge whose stored version is still `seen`.
pub fn update(tx: &mut WriteTx<'_>, row: &BadgeRow, seen: i64) -> Result<bool> {
    let args = args![
        row.id,
        row.issue,
        row.issued_by,
        row.issued_at,
        row.valid_from,
        row.valid_until,
        row.voided_at,
        row.void_reason,
        row.version,
        seen
    ];
    Ok(tx.execute(&UPDATE, args)? == 1)
}
