//! Dockets: which student has one for which assessment, and since when.

use crate::{ReadTx, Result, ToValue, WriteTx, args, record, row, statements};
use muster_domain::ids::{AssessmentId, DocketId, PersonId};
use muster_domain::time::Timestamp;

record! {
    /// A docket.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct DocketRow {
        /// Id.
        pub id: DocketId,
        /// Whose.
        pub person: PersonId,
        /// For which assessment.
        pub assessment: AssessmentId,
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
        /// Logical clock of the last change.
        pub version: i64,
    }
}

record! {
    struct IdRow {
        id: DocketId,
    }
}

statements! {
    GET = "select id, person, assessment, issue, issued_by, issued_at, valid_from, valid_until,
            version
        from dockets where id = ?1";
    // Whoever lets somebody in with a docket holds its row: SQLite has one writer.
    LOCK = {
        sqlite: "select id from dockets where id = ?1",
        postgres: "select id from dockets where id = ?1 for update",
    };
    GET_MANY = {
        sqlite: "select id, person, assessment, issue, issued_by, issued_at, valid_from,
            valid_until, version
        from dockets where id = ?1",
        postgres: "select id, person, assessment, issue, issued_by, issued_at, valid_from,
            valid_until, version
        from dockets where id = any(?1::uuid[])",
    };
    OF_PERSON = "select id, person, assessment, issue, issued_by, issued_at, valid_from,
            valid_until, version
        from dockets where person = ?1 order by issued_at desc, id";
    COUNT = "select count(*) from dockets where assessment = ?1";
    // Whoever issues a docket at the same moment, too, finds this one.
    PUT = {
        sqlite: "insert into dockets (id, person, assessment, issue, issued_by, issued_at,
            valid_from, valid_until, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) on conflict (id) do nothing",
        postgres: "insert into dockets (id, person, assessment, issue, issued_by, issued_at,
            valid_from, valid_until, version)
        select * from unnest(?1::uuid[], ?2::uuid[], ?3::uuid[], ?4::bigint[], ?5::uuid[],
            ?6::bigint[], ?7::bigint[], ?8::bigint[], ?9::bigint[]) on conflict (id) do nothing",
    };
    UPDATE = "update dockets set issue = ?2, issued_by = ?3, issued_at = ?4, valid_from = ?5,
            valid_until = ?6, version = ?7
        where id = ?1 and version = ?8";
}

/// The docket of that id.
pub fn get(tx: &mut ReadTx<'_>, id: DocketId) -> Result<Option<DocketRow>> {
    tx.opt(&GET, args![id])
}

/// The docket of that id; until this transaction ends nobody else changes it or enters with it.
pub fn lock(tx: &mut WriteTx<'_>, id: DocketId) -> Result<Option<DocketRow>> {
    let locked: Option<IdRow> = tx.opt(&LOCK, args![id])?;
    locked.map_or(Ok(None), |locked| get(tx, locked.id))
}

/// The dockets of these ids, as far as there are any.
pub fn get_many(tx: &mut ReadTx<'_>, ids: &[DocketId]) -> Result<Vec<DocketRow>> {
    tx.all_many(&GET_MANY, ids.iter().map(|id| row![*id]))
}

/// A person's dockets, the latest first.
pub fn of_person(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<DocketRow>> {
    tx.all(&OF_PERSON, args![person])
}

/// How many dockets there are for an assessment.
pub fn count(tx: &mut ReadTx<'_>, assessment: AssessmentId) -> Result<i64> {
    tx.number(&COUNT, args![assessment])
}

/// Adds dockets; if somebody else added one of them in this very moment, all of this runs again.
pub fn insert_many(tx: &mut WriteTx<'_>, rows: &[DocketRow]) -> Result<()> {
    let rows = rows.iter().map(|row| {
        [
            row.id.to_value(),
            row.person.to_value(),
            row.assessment.to_value(),
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

/// Changes a docket whose stored version is still `seen`.
pub fn update(tx: &mut WriteTx<'_>, row: &DocketRow, seen: i64) -> Result<bool> {
    let DocketRow { id, issue, issued_by, issued_at, valid_from, valid_until, version, .. } = row;
    let args =
        args![*id, *issue, *issued_by, *issued_at, *valid_from, *valid_until, *version, seen];
    Ok(tx.execute(&UPDATE, args)? == 1)
}
