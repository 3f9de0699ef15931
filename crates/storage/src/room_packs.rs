//! What goes into the offline packs of exam rooms and halls: the dockets of an assessment, all of them
//! or those that changed.

use crate::{ReadTx, Result, args, record, row, statements};
use muster_domain::ids::{AssessmentId, DocketId, PersonId, RedemptionId};
use muster_domain::time::Timestamp;
use uuid::Uuid;

record! {
    /// A credential that was issued for a docket.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct DocketIssueRow {
        /// The docket.
        pub docket: DocketId,
        /// Whose.
        pub person: PersonId,
        /// From when on the docket is valid.
        pub valid_from: Timestamp,
        /// From when on it no longer is.
        pub valid_until: Timestamp,
        /// SHA-256 of the id inside.
        pub digest: Vec<u8>,
        /// Which issue.
        pub issue: i64,
        /// The public name of the key that signs it.
        pub signing_key: Vec<u8>,
        /// Since when another counts in its place.
        pub superseded_at: Option<Timestamp>,
    }
}

record! {
    struct IdRow {
        id: DocketId,
    }
}

macro_rules! issues {
    ($which:literal) => {
        concat!(
            "select d.id, d.person, d.valid_from, d.valid_until, c.digest, c.issue, c.signing_key,
            c.superseded_at
        from dockets d join credentials c on c.record = d.id
        ",
            $which
        )
    };
}

/// Dockets with something behind them that changed.
macro_rules! behind {
    ($what:literal) => {
        concat!(
            "
        union
        select d.id from dockets d join ",
            $what,
            "
        where d.assessment = ?1 and x.version > ?2"
        )
    };
}

/// Dockets with which somebody went through.
macro_rules! passed {
    ($since:literal) => {
        concat!(
            "
        union
        select d.id from redemptions r join dockets d on d.id = r.record
        where r.scope = ?4 and ",
            $since
        )
    };
}

statements! {
    DOCKETS = "select id from dockets where assessment = ?1 order by id";
    DOCKET_ISSUES_OF = {
        sqlite: (issues!("where d.id = ?1 order by c.issue")),
        postgres: (issues!("where d.id = any(?1::uuid[]) order by d.id, c.issue")),
    };
    DOCKETS_CHANGED = (concat!(
        "select id from dockets where assessment = ?1 and version > ?2",
        behind!("people x on x.id = d.person"),
        behind!("students x on x.person = d.person"),
        behind!("photos x on x.person = d.person"),
        behind!("holds x on x.person = d.person"),
        behind!("payments x on x.person = d.person"),
        behind!("clearances x on x.person = d.person and x.assessment = d.assessment"),
        passed!("r.id > ?3"),
        passed!("r.undone_at > ?2")
    ));
}

/// The dockets of an assessment.
pub fn dockets(tx: &mut ReadTx<'_>, assessment: AssessmentId) -> Result<Vec<DocketId>> {
    let rows: Vec<IdRow> = tx.all(&DOCKETS, args![assessment])?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// The credentials of these dockets.
pub fn issues_of(tx: &mut ReadTx<'_>, dockets: &[DocketId]) -> Result<Vec<DocketIssueRow>> {
    tx.all_many(&DOCKET_ISSUES_OF, dockets.iter().map(|docket| row![*docket]))
}

/// The dockets of an assessment that changed since a moment, or what stands behind them did: their
/// student, holds, money; or with which somebody went through at a place. Perhaps some more. `first`
/// is the least id that a redemption of that moment can have.
pub fn changed(
    tx: &mut ReadTx<'_>,
    (assessment, scope): (AssessmentId, Uuid),
    (since, first): (Timestamp, RedemptionId),
) -> Result<Vec<DocketId>> {
    let rows: Vec<IdRow> = tx.all(&DOCKETS_CHANGED, args![assessment, since, first, scope])?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}
