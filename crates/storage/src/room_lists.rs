//! What came of dockets: who was admitted or refused at the rooms of a sitting or the halls of an
//! assessment, and how many of its dockets admitted anybody.

use crate::{ReadTx, Result, args, record, statements};
use muster_domain::ids::{AssessmentId, PersonId, PointId, RedemptionId, TermId};
use muster_domain::time::Timestamp;
use muster_domain::verification::VerdictKind;
use uuid::Uuid;

record! {
    /// A docket that was presented, and not taken back.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PresentedRow {
        /// The redemption.
        pub id: RedemptionId,
        /// Whose docket it is.
        pub person: PersonId,
        /// Their name.
        pub name: String,
        /// Their number.
        pub number: String,
        /// Where.
        pub point: PointId,
        /// What that is called.
        pub room: String,
        /// What was decided.
        pub verdict: VerdictKind,
        /// Whether they went in.
        pub admitted: bool,
        /// What the verdict was before somebody overrode it.
        pub overridden: Option<VerdictKind>,
        /// When.
        pub at: Timestamp,
        /// The name of whoever scanned.
        pub verifier: String,
    }
}

record! {
    /// A student with a docket.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct HolderRow {
        /// Who.
        pub person: PersonId,
        /// Their name.
        pub name: String,
        /// Their number.
        pub number: String,
    }
}

record! {
    /// How many students were refused, and why.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct RefusedRow {
        /// What they were told.
        pub verdict: VerdictKind,
        /// Students.
        pub students: i64,
    }
}

record! {
    struct PersonRow {
        person: PersonId,
    }
}

statements! {
    PRESENTED = "select r.id, d.person, p.name, p.number, r.point, o.name, r.verdict, r.admitted,
            r.overridden, r.scanned_at, w.name
        from redemptions r join dockets d on d.id = r.record join people p on p.id = d.person
        join points o on o.id = r.point join people w on w.id = r.person
        where r.scope = ?1 and r.undone_at is null order by r.scanned_at, r.id";
    HOLDERS = "select d.person, p.name, p.number
        from dockets d join people p on p.id = d.person
        where d.assessment = ?1 order by p.name_folded, p.id";
    VERIFIED = "select count(*) from dockets d where d.assessment = ?1
        and exists (select 1 from redemptions r join points o on o.id = r.point
            where r.record = d.id and r.admitted = 1 and r.undone_at is null and o.kind <> 'gate')";
    REFUSED = "select r.verdict, count(distinct d.person)
        from dockets d join redemptions r on r.record = d.id
        where d.assessment = ?1 and r.admitted = 0 group by r.verdict order by r.verdict";
    STUDENTS = "select distinct e.person
        from classes c join enrolments e on e.class = c.id join people p on p.id = e.person
        where c.term = ?1 and c.archived_at is null and e.status = 'active' and e.contested = 0
        and p.active = 1 order by e.person";
}

/// The dockets that were presented at the points of a place, in the order of their scans.
pub fn presented(tx: &mut ReadTx<'_>, scope: Uuid) -> Result<Vec<PresentedRow>> {
    tx.all(&PRESENTED, args![scope])
}

/// The students who have a docket for an assessment, by name.
pub fn holders(tx: &mut ReadTx<'_>, assessment: AssessmentId) -> Result<Vec<HolderRow>> {
    tx.all(&HOLDERS, args![assessment])
}

/// How many dockets of an assessment admitted their student anywhere.
pub fn verified(tx: &mut ReadTx<'_>, assessment: AssessmentId) -> Result<i64> {
    tx.number(&VERIFIED, args![assessment])
}

/// How many students with a docket of an assessment were refused somewhere, by what they were told.
pub fn refused(tx: &mut ReadTx<'_>, assessment: AssessmentId) -> Result<Vec<RefusedRow>> {
    tx.all(&REFUSED, args![assessment])
}

/// The students who attend classes of a term.
pub fn students(tx: &mut ReadTx<'_>, term: TermId) -> Result<Vec<PersonId>> {
    let rows: Vec<PersonRow> = tx.all(&STUDENTS, args![term])?;
    Ok(rows.into_iter().map(|row| row.person).collect())
}
