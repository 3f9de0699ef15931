//! Dockets or badges for many at once: how far each batch has come, and what came of each person.

use crate::{ReadTx, Result, ToValue, WriteTx, args, record, row, statements};
use muster_domain::auth::Role;
use muster_domain::batches::{BatchKind, Outcome};
use muster_domain::ids::{AssessmentId, BatchId, ClassId, PersonId, ProgrammeId};
use muster_domain::time::Timestamp;

record! {
    /// A batch.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct BatchRow {
        /// Id.
        pub id: BatchId,
        /// What it issues.
        pub kind: BatchKind,
        /// For which assessment, where it issues dockets.
        pub assessment: Option<AssessmentId>,
        /// For the students of this class, or
        pub class: Option<ClassId>,
        /// of this programme,
        pub programme: Option<ProgrammeId>,
        /// or of this year of it; for the staff where nothing is named.
        pub year: Option<i64>,
        /// How many people.
        pub total: i64,
        /// How many of them had their turn.
        pub done: i64,
        /// How many got theirs.
        pub issued: i64,
        /// How many had one already.
        pub kept: i64,
        /// How many may have none.
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
        /// Why they have none, a sentence to a line.
        pub reasons: Option<String>,
    }
}

macro_rules! batches {
    ($which:literal) => {
        concat!(
            "select id, kind, assessment, class, programme, year, total, done, issued, kept,
            refused, asked_by, asked_at, ended_at, failure
        from issue_batches ",
            $which
        )
    };
}

macro_rules! people {
    ($which:literal) => {
        concat!(
            "select b.seq, b.person, p.name, p.number, b.outcome, b.reasons
        from issue_batch_people b join people p on p.id = b.person
        where b.batch = ?1 and b.seq >= ?2 ",
            $which,
            " order by b.seq limit ?3"
        )
    };
}

statements! {
    GET = (batches!("where id = ?1"));
    LATEST = (batches!("where kind = ?1 and (assessment = ?2 or ?2 is null)
        order by asked_at desc, id desc limit ?3"));
    WORKING = (batches!("where ended_at is null order by asked_at limit 1"));
    PUT = "insert into issue_batches (id, kind, assessment, class, programme, year, total, done,
            issued, kept, refused, asked_by, asked_at)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
    // The progress that was read must stand: of two workers one goes on.
    UPDATE = "update issue_batches set done = ?2, issued = ?3, kept = ?4, refused = ?5,
            ended_at = ?6, failure = ?7
        where id = ?1 and done = ?8 and ended_at is null";
    PUT_PEOPLE = {
        sqlite: "insert into issue_batch_people (batch, seq, person, outcome)
        values (?1, ?2, ?3, ?4)",
        postgres: "insert into issue_batch_people (batch, seq, person, outcome)
        select * from unnest(?1::uuid[], ?2::bigint[], ?3::uuid[], ?4::text[])",
    };
    UPDATE_PEOPLE = {
        sqlite: "update issue_batch_people set outcome = ?3, reasons = ?4
        where batch = ?1 and seq = ?2",
        postgres: "update issue_batch_people b set outcome = new.outcome, reasons = new.reasons
        from unnest(?1::uuid[], ?2::bigint[], ?3::text[], ?4::text[])
            as new (batch, seq, outcome, reasons)
        where b.batch = new.batch and b.seq = new.seq",
    };
    PEOPLE = (people!(""));
    PEOPLE_OF = (people!("and b.outcome = ?4"));
    PRINTABLE = (people!("and b.outcome in ('issued', 'kept')"));
    WITH_ROLE = "select person from role_grants where role = ?1 and ended_at is null";
}

/// The batch of that id.
pub fn get(tx: &mut ReadTx<'_>, id: BatchId) -> Result<Option<BatchRow>> {
    tx.opt(&GET, args![id])
}

/// The latest batches of a kind, for one assessment alone if it is named; the latest first.
pub fn latest(
    tx: &mut ReadTx<'_>,
    kind: BatchKind,
    assessment: Option<AssessmentId>,
    limit: i64,
) -> Result<Vec<BatchRow>> {
    tx.all(&LATEST, args![kind, assessment, limit])
}

/// The batch that waits longest for a worker.
pub fn working(tx: &mut ReadTx<'_>) -> Result<Option<BatchRow>> {
    tx.opt(&WORKING, args![])
}

/// Everybody who holds a role, as often as they hold it.
pub fn with_role(tx: &mut ReadTx<'_>, role: Role) -> Result<Vec<PersonId>> {
    let mut people = Vec::new();
    tx.each(&WITH_ROLE, args![role], |row| {
        people.push(row.columns().next()?);
        Ok(())
    })?;
    Ok(people)
}

/// Adds a batch with its people.
pub fn insert(tx: &mut WriteTx<'_>, row: &BatchRow, people: &[PersonId]) -> Result<()> {
    let BatchRow { id, kind, assessment, class, programme, year, .. } = *row;
    let BatchRow { total, done, issued, kept, refused, asked_by, asked_at, .. } = *row;
    let args = args![
        id, kind, assessment, class, programme, year, total, done, issued, kept, refused, asked_by,
        asked_at
    ];
    tx.execute(&PUT, args)?;
    let waiting = Outcome::Waiting;
    let rows = people.iter().zip(0_i64..).map(|(person, seq)| row![id, seq, *person, waiting]);
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
    id: BatchId,
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
    id: BatchId,
    outcome: Option<Outcome>,
    seq: i64,
    limit: i64,
) -> Result<Vec<BatchPersonRow>> {
    match outcome {
        Some(outcome) => tx.all(&PEOPLE_OF, args![id, seq, limit, outcome]),
        None => tx.all(&PEOPLE, args![id, seq, limit]),
    }
}

/// The people of a batch who have theirs by now, from `seq` on.
pub fn printable(
    tx: &mut ReadTx<'_>,
    id: BatchId,
    seq: i64,
    limit: i64,
) -> Result<Vec<BatchPersonRow>> {
    tx.all(&PRINTABLE, args![id, seq, limit])
}
