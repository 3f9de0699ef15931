//! Dockets for many at once: how far each batch has come, and what came of each person.

use crate::{ReadTx, Result, ToValue, WriteTx, args, record, row, statements};
use muster_domain::dockets::Outcome;
use muster_domain::ids::{AssessmentId, ClassId, DocketBatchId, PersonId, ProgrammeId};
use muster_domain::time::Timestamp;

record! {
    /// A batch.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct BatchRow {
        /// Id.
        pub id: DocketBatchId,
        /// For which assessment.
        pub assessment: AssessmentId,
        /// For the students of this class, or
        pub class: Option<ClassId>,
        /// of this programme,
        pub programme: Option<ProgrammeId>,
        /// or of this year of it.
        pub year: Option<i64>,
        /// How many people.
        pub total: i64,
        /// How many of them had their turn.
        pub done: i64,
        /// How many got a docket.
        pub issued: i64,
        /// How many had one already.
        pub kept: i64,
        /// How many are not eligible.
        pub refused: i64,
        /// Who asked for it.
        pub asked_by: PersonId,
        /// When.
        pub asked_at: Timestamp,
        /// When nothing was left to do.
        pub ended_at: Option<Timestamp>,
        /// Why it went no further.
        pub failure: Option<String>,
    }
}

record! {
    /// Somebody in a batch.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct BatchPersonRow {
        /// Their place in it, from 0.
        pub seq: i64,
        /// Who.
        pub person: PersonId,
        /// Their name.
        pub name: String,
        /// Their number.
        pub number: String,
        /// What came of them.
        pub outcome: Outcome,
        /// Why they are not eligible, a sentence to a line.
        pub reasons: Option<String>,
    }
}

statements! {
    GET = "select id, assessment, class, programme, year, total, done, issued, kept, refused,
            asked_by, asked_at, ended_at, failure
        from docket_batches where id = ?1";
    OF_ASSESSMENT = "select id, assessment, class, programme, year, total, done, issued, kept,
            refused, asked_by, asked_at, ended_at, failure
        from docket_batches where assessment = ?1 order by asked_at desc, id limit ?2";
    WORKING = "select id, assessment, class, programme, year, total, done, issued, kept, refused,
            asked_by, asked_at, ended_at, failure
        from docket_batches where ended_at is null order by asked_at limit 1";
    PUT = "insert into docket_batches (id, assessment, class, programme, year, total, done, issued,
            kept, refused, asked_by, asked_at, ended_at)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
    // The progress that was read must stand: of two workers one goes on.
    UPDATE = "update docket_batches set done = ?2, issued = ?3, kept = ?4, refused = ?5,
            ended_at = ?6, failure = ?7
        where id = ?1 and done = ?8 and ended_at is null";
    PUT_PEOPLE = {
        sqlite: "insert into docket_batch_people (batch, seq, person, outcome)
        values (?1, ?2, ?3, ?4)",
        postgres: "insert into docket_batch_people (batch, seq, person, outcome)
        select * from unnest(?1::uuid[], ?2::bigint[], ?3::uuid[], ?4::text[])",
    };
    UPDATE_PEOPLE = {
        sqlite: "update docket_batch_people set outcome = ?3, reasons = ?4
        where batch = ?1 and seq = ?2",
        postgres: "update docket_batch_people b set outcome = new.outcome, reasons = new.reasons
        from unnest(?1::uuid[], ?2::bigint[], ?3::text[], ?4::text[])
            as new (batch, seq, outcome, reasons)
        where b.batch = new.batch and b.seq = new.seq",
    };
    PEOPLE = "select b.seq, b.person, p.name, p.number, b.outcome, b.reasons
        from docket_batch_people b join people p on p.id = b.person
        where b.batch = ?1 and b.seq >= ?2 order by b.seq limit ?3";
    PEOPLE_OF = "select b.seq, b.person, p.name, p.number, b.outcome, b.reasons
        from docket_batch_people b join people p on p.id = b.person
        where b.batch = ?1 and b.seq >= ?2 and b.outcome = ?4 order by b.seq limit ?3";
    PRINTABLE = "select b.seq, b.person, p.name, p.number, b.outcome, b.reasons
        from docket_batch_people b join people p on p.id = b.person
        where b.batch = ?1 and b.seq >= ?2 and b.outcome in ('issued', 'kept')
        order by b.seq limit ?3";
}

/// The batch of that id.
pub fn get(tx: &mut ReadTx<'_>, id: DocketBatchId) -> Result<Option<BatchRow>> {
    tx.opt(&GET, args![id])
}

/// The batches of an assessment, the latest first.
pub fn of_assessment(
    tx: &mut ReadTx<'_>,
    assessment: AssessmentId,
    limit: i64,
) -> Result<Vec<BatchRow>> {
    tx.all(&OF_ASSESSMENT, args![assessment, limit])
}

/// The batch that waits longest for a worker.
pub fn working(tx: &mut ReadTx<'_>) -> Result<Option<BatchRow>> {
    tx.opt(&WORKING, args![])
}

/// Adds a batch with its people.
pub fn insert(tx: &mut WriteTx<'_>, row: &BatchRow, people: &[PersonId]) -> Result<()> {
    tx.execute(
        &PUT,
        args![
            row.id,
            row.assessment,
            row.class,
            row.programme,
            row.year,
            row.total,
            row.done,
            row.issued,
            row.kept,
            row.refused,
            row.asked_by,
            row.asked_at,
            row.ended_at
        ],
    )?;
    let waiting = Outcome::Waiting;
    let rows = people.iter().zip(0_i64..).map(|(person, seq)| row![row.id, seq, *person, waiting]);
    tx.execute_many(&PUT_PEOPLE, rows)?;
    Ok(())
}

/// Stores a batch's progress if it still stands as `before`; false if somebody else went on.
pub fn update(tx: &mut WriteTx<'_>, before: &BatchRow, after: &BatchRow) -> Result<bool> {
    let BatchRow { id, done, issued, kept, refused, ended_at, failure, .. } = after;
    let args = args![*id, *done, *issued, *kept, *refused, *ended_at, failure, before.done];
    Ok(tx.execute(&UPDATE, args)? == 1)
}

/// Stores what came of people.
pub fn update_people(
    tx: &mut WriteTx<'_>,
    id: DocketBatchId,
    people: &[(i64, Outcome, Option<String>)],
) -> Result<()> {
    let rows = people.iter().map(|(seq, outcome, reasons)| {
        [id.to_value(), seq.to_value(), outcome.to_value(), reasons.to_value()]
    });
    tx.execute_many(&UPDATE_PEOPLE, rows)?;
    Ok(())
}

/// The people of a batch from `seq` on; of one outcome alone if it is named.
pub fn people(
    tx: &mut ReadTx<'_>,
    id: DocketBatchId,
    outcome: Option<Outcome>,
    seq: i64,
    limit: i64,
) -> Result<Vec<BatchPersonRow>> {
    match outcome {
        Some(outcome) => tx.all(&PEOPLE_OF, args![id, seq, limit, outcome]),
        None => tx.all(&PEOPLE, args![id, seq, limit]),
    }
}

/// The people of a batch who have a docket by now, from `seq` on.
pub fn printable(
    tx: &mut ReadTx<'_>,
    id: DocketBatchId,
    seq: i64,
    limit: i64,
) -> Result<Vec<BatchPersonRow>> {
    tx.all(&PRINTABLE, args![id, seq, limit])
}
