//! The word of finance officers on students' clearances.

use crate::{ReadTx, Result, WriteTx, args, record, row, statements};
use muster_domain::ids::{AssessmentId, ClearanceId, PersonId, TermId};
use muster_domain::time::{Date, Timestamp};

record! {
    /// A word on one student and assessment.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ClearanceRow {
        /// Id.
        pub id: ClearanceId,
        /// On whom.
        pub person: PersonId,
        /// For which assessment.
        pub assessment: AssessmentId,
        /// Whether it clears.
        pub cleared: bool,
        /// Why.
        pub reason: String,
        /// The last day on which it counts.
        pub until_on: Date,
        /// Who gave it.
        pub made_by: Option<PersonId>,
        /// Their name.
        pub maker: Option<String>,
        /// When.
        pub made_at: Timestamp,
        /// When it was taken back, or another one came.
        pub ended_at: Option<Timestamp>,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

statements! {
    GET = "select c.id, c.person, c.assessment, c.cleared, c.reason, c.until_on, c.made_by, m.name,
            c.made_at, c.ended_at, c.version
        from clearances c left join people m on m.id = c.made_by where c.id = ?1";
    OF_PEOPLE = {
        sqlite: "select c.id, c.person, c.assessment, c.cleared, c.reason, c.until_on, c.made_by,
            m.name, c.made_at, c.ended_at, c.version
        from clearances c left join people m on m.id = c.made_by
        where c.person = ?1 and c.ended_at is null and c.until_on >= ?2
        order by c.made_at, c.id",
        postgres: "select c.id, c.person, c.assessment, c.cleared, c.reason, c.until_on, c.made_by,
            m.name, c.made_at, c.ended_at, c.version
        from unnest(?1::uuid[], ?2::bigint[]) as wanted (person, day)
        join clearances c on c.person = wanted.person
        left join people m on m.id = c.made_by
        where c.ended_at is null and c.until_on >= wanted.day
        order by c.made_at, c.id",
    };
    OF_TERM = "select c.id, c.person, c.assessment, c.cleared, c.reason, c.until_on, c.made_by,
            m.name, c.made_at, c.ended_at, c.version
        from assessments a join clearances c on c.assessment = a.id
        left join people m on m.id = c.made_by
        where a.term = ?1 and c.ended_at is null and c.until_on >= ?2
        order by c.made_at, c.id";
    PUT = "insert into clearances (id, person, assessment, cleared, reason, until_on, made_by,
            made_at, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    END = "update clearances set ended_at = ?2, version = ?3 where id = ?1 and ended_at is null";
}

/// The word of that id.
pub fn get(tx: &mut ReadTx<'_>, id: ClearanceId) -> Result<Option<ClearanceRow>> {
    tx.opt(&GET, args![id])
}

/// The words on these people that count on that day, the latest on each of them last.
pub fn of_people(
    tx: &mut ReadTx<'_>,
    people: &[PersonId],
    today: Date,
) -> Result<Vec<ClearanceRow>> {
    tx.all_many(&OF_PEOPLE, people.iter().map(|person| row![*person, today]))
}

/// The words on all students of a term that count on that day, the latest last.
pub fn of_term(tx: &mut ReadTx<'_>, term: TermId, today: Date) -> Result<Vec<ClearanceRow>> {
    tx.all(&OF_TERM, args![term, today])
}

/// Adds a word.
pub fn insert(tx: &mut WriteTx<'_>, row: &ClearanceRow) -> Result<()> {
    let ClearanceRow { id, person, assessment, cleared, reason, until_on, made_by, .. } = row;
    tx.execute(
        &PUT,
        args![
            *id,
            *person,
            *assessment,
            *cleared,
            reason,
            *until_on,
            *made_by,
            row.made_at,
            row.version
        ],
    )?;
    Ok(())
}

/// Ends a word; false if it had ended before.
pub fn end(tx: &mut WriteTx<'_>, id: ClearanceId, at: Timestamp, version: i64) -> Result<bool> {
    Ok(tx.execute(&END, args![id, at, version])? == 1)
}
