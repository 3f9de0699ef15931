//! Imports of tables: the file in parts, its problems, and what each line did.

use crate::{ReadTx, Result, ToValue, WriteTx, args, record, statements};
use muster_domain::ids::{EventId, ImportId, PersonId, TermId};
use muster_domain::imports::{Kind, State};
use muster_domain::time::Timestamp;
use uuid::Uuid;

record! {
    /// An import as stored.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ImportRow {
        /// Id.
        pub id: ImportId,
        /// What its lines are about.
        pub kind: Kind,
        /// Name of the file.
        pub file: String,
        /// Its size in bytes.
        pub size: i64,
        /// The term of lines that name none.
        pub term: Option<TermId>,
        /// The event of passes whose lines need not name one.
        pub event: Option<EventId>,
        /// The file's headings, a JSON array.
        pub headings: String,
        /// A cell below each heading, a JSON array.
        pub examples: String,
        /// Which column each of them is, a JSON array with null for none.
        pub mapping: String,
        /// Where it stands.
        pub state: State,
        /// Lines that were checked or written, or acts that were taken back, in this state.
        pub done: i64,
        /// Lines of the file.
        pub total: i64,
        /// Records that it makes.
        pub created: i64,
        /// Records that it changes.
        pub updated: i64,
        /// Lines that say what is known.
        pub unchanged: i64,
        /// Lines that repeat an earlier one.
        pub skipped: i64,
        /// Lines with a problem.
        pub wrong: i64,
        /// Records that were changed since and so not taken back.
        pub kept: i64,
        /// Passwords that are hashed on the way in.
        pub passwords_hashed: i64,
        /// Passwords that are hashed already and taken as they are.
        pub passwords_taken: i64,
        /// Passwords of people who have one, or are administrators, and so left out.
        pub passwords_left: i64,
        /// Some of the programmes that it names and nobody knows, a JSON array.
        pub unknown_programmes: String,
        /// A few of the changes, a JSON array.
        pub sample: String,
        /// Why it failed.
        pub failure: Option<String>,
        /// Whose it is.
        pub created_by: PersonId,
        /// Who asked for what is being done.
        pub asked_by: PersonId,
        /// Since when.
        pub created_at: Timestamp,
        /// When its state changed.
        pub changed_at: Timestamp,
    }
}

record! {
    /// What is wrong with a line.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ProblemRow {
        /// Its place among the import's problems, from 0.
        pub seq: i64,
        /// The line's number in the file.
        pub line: i64,
        /// The column, if it is one's fault.
        pub field: Option<String>,
        /// A sentence.
        pub detail: String,
    }
}

record! {
    /// What a line did.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ActRow {
        /// Its place among the import's acts, from 0.
        pub seq: i64,
        /// Kind of record.
        pub entity: String,
        /// Which.
        pub entity_id: Uuid,
        /// The record before, in JSON; none if the line made it.
        pub before: Option<String>,
        /// The record's version afterwards.
        pub version: i64,
    }
}

record! {
    struct PartRow {
        content: Vec<u8>,
    }
}

statements! {
    GET = "select id, kind, file, size, term, event, headings, examples, mapping, state, done, total,
            created, updated, unchanged, skipped, wrong, kept, passwords_hashed,
            passwords_taken, passwords_left, unknown_programmes, sample, failure, created_by,
            asked_by, created_at, changed_at
        from imports where id = ?1";
    LATEST = "select id, kind, file, size, term, event, headings, examples, mapping, state, done, total,
            created, updated, unchanged, skipped, wrong, kept, passwords_hashed,
            passwords_taken, passwords_left, unknown_programmes, sample, failure, created_by,
            asked_by, created_at, changed_at
        from imports where created_at < ?1 order by created_at desc, id limit ?2";
    LATEST_OF_PERSON = "select id, kind, file, size, term, event, headings, examples, mapping, state, done, total,
            created, updated, unchanged, skipped, wrong, kept, passwords_hashed,
            passwords_taken, passwords_left, unknown_programmes, sample, failure, created_by,
            asked_by, created_at, changed_at
        from imports
        where created_by = ?1 and created_at < ?2 order by created_at desc, id limit ?3";
    LEFT = "select id, kind, file, size, term, event, headings, examples, mapping, state, done, total,
            created, updated, unchanged, skipped, wrong, kept, passwords_hashed,
            passwords_taken, passwords_left, unknown_programmes, sample, failure, created_by,
            asked_by, created_at, changed_at
        from imports
        where state in ('receiving', 'previewed') and changed_at < ?1
        order by changed_at limit ?2";
    WORKING = "select id, kind, file, size, term, event, headings, examples, mapping, state, done, total,
            created, updated, unchanged, skipped, wrong, kept, passwords_hashed,
            passwords_taken, passwords_left, unknown_programmes, sample, failure, created_by,
            asked_by, created_at, changed_at
        from imports where state in ('checking', 'importing', 'reversing')
        order by created_at limit 1";
    PUT = "insert into imports (id, kind, file, size, term, event, headings, examples, mapping, state, done,
            total, created, updated, unchanged, skipped, wrong, kept, passwords_hashed,
            passwords_taken, passwords_left, unknown_programmes, sample, failure, created_by,
            asked_by, created_at, changed_at)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
            ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28)";
    // The state and the progress that were read must stand: of two workers one goes on.
    UPDATE = "update imports set term = ?2, mapping = ?3, state = ?4, done = ?5, created = ?6,
            updated = ?7, unchanged = ?8, skipped = ?9, wrong = ?10, kept = ?11, sample = ?12,
            failure = ?13, asked_by = ?14, changed_at = ?15, examples = ?16,
            passwords_hashed = ?17, passwords_taken = ?18, passwords_left = ?19,
            unknown_programmes = ?20
        where id = ?1 and state = ?21 and done = ?22";
    PUT_PART = "insert into import_parts (import, seq, content) values (?1, ?2, ?3)";
    PARTS = "select content from import_parts where import = ?1 order by seq";
    DELETE_PARTS = "delete from import_parts where import = ?1";
    PUT_PROBLEMS = {
        sqlite: "insert into import_problems (import, seq, line, field, detail)
        values (?1, ?2, ?3, ?4, ?5)",
        postgres: "insert into import_problems (import, seq, line, field, detail)
        select * from unnest(?1::uuid[], ?2::bigint[], ?3::bigint[], ?4::text[], ?5::text[])",
    };
    PROBLEMS = "select seq, line, field, detail from import_problems
        where import = ?1 and seq >= ?2 order by seq limit ?3";
    COUNT_PROBLEMS = "select count(*) from import_problems where import = ?1";
    DELETE_PROBLEMS = "delete from import_problems where import = ?1";
    PUT_ACTS = {
        sqlite: "insert into import_acts (import, seq, entity, entity_id, before, version)
        values (?1, ?2, ?3, ?4, ?5, ?6)",
        postgres: "insert into import_acts (import, seq, entity, entity_id, before, version)
        select * from unnest(?1::uuid[], ?2::bigint[], ?3::text[], ?4::uuid[], ?5::text[],
            ?6::bigint[])",
    };
    LAST_ACT = "select seq, entity, entity_id, before, version from import_acts
        where import = ?1 order by seq desc limit 1";
    ACTS_ON = "select count(*) from import_acts where import = ?1 and entity_id = ?2";
    PEOPLE_ADDED = "select entity_id from import_acts
        where import = ?1 and entity = 'person' and before is null order by seq";
    ACTS_DOWN = "select seq, entity, entity_id, before, version from import_acts
        where import = ?1 and seq < ?2 order by seq desc limit ?3";
}

/// The import of that id.
pub fn get(tx: &mut ReadTx<'_>, id: ImportId) -> Result<Option<ImportRow>> {
    tx.opt(&GET, args![id])
}

/// Imports that began before a time, the latest first.
pub fn latest(tx: &mut ReadTx<'_>, before: Timestamp, limit: i64) -> Result<Vec<ImportRow>> {
    tx.all(&LATEST, args![before, limit])
}

/// As [`latest`], of those that a person began.
pub fn latest_of_person(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<ImportRow>> {
    tx.all(&LATEST_OF_PERSON, args![person, before, limit])
}

/// Imports that nobody went on with since a time: their files never came, or nobody confirmed them.
pub fn left(tx: &mut ReadTx<'_>, since: Timestamp, limit: i64) -> Result<Vec<ImportRow>> {
    tx.all(&LEFT, args![since, limit])
}

/// The import that waits longest for a worker.
pub fn working(tx: &mut ReadTx<'_>) -> Result<Option<ImportRow>> {
    tx.opt(&WORKING, args![])
}

/// Adds an import.
pub fn insert(tx: &mut WriteTx<'_>, import: &ImportRow) -> Result<()> {
    tx.execute(
        &PUT,
        args![
            import.id,
            import.kind,
            import.file,
            import.size,
            import.term,
            import.event,
            import.headings,
            import.examples,
            import.mapping,
            import.state,
            import.done,
            import.total,
            import.created,
            import.updated,
            import.unchanged,
            import.skipped,
            import.wrong,
            import.kept,
            import.passwords_hashed,
            import.passwords_taken,
            import.passwords_left,
            import.unknown_programmes,
            import.sample,
            import.failure,
            import.created_by,
            import.asked_by,
            import.created_at,
            import.changed_at
        ],
    )?;
    Ok(())
}

/// Stores an import's progress if it still stands as `before`; false if somebody else went on.
pub fn update(tx: &mut WriteTx<'_>, before: &ImportRow, after: &ImportRow) -> Result<bool> {
    let changed = tx.execute(
        &UPDATE,
        args![
            after.id,
            after.term,
            after.mapping,
            after.state,
            after.done,
            after.created,
            after.updated,
            after.unchanged,
            after.skipped,
            after.wrong,
            after.kept,
            after.sample,
            after.failure,
            after.asked_by,
            after.changed_at,
            after.examples,
            after.passwords_hashed,
            after.passwords_taken,
            after.passwords_left,
            after.unknown_programmes,
            before.state,
            before.done
        ],
    )?;
    Ok(changed == 1)
}

/// Stores a part of an import's file.
pub fn put_part(tx: &mut WriteTx<'_>, import: ImportId, seq: i64, content: &[u8]) -> Result<()> {
    tx.execute(&PUT_PART, args![import, seq, content])?;
    Ok(())
}

/// An import's file; empty if it was let go.
pub fn content(tx: &mut ReadTx<'_>, import: ImportId) -> Result<Vec<u8>> {
    let parts: Vec<PartRow> = tx.all(&PARTS, args![import])?;
    Ok(parts.into_iter().flat_map(|part| part.content).collect())
}

/// Lets an import's file go.
pub fn delete_parts(tx: &mut WriteTx<'_>, import: ImportId) -> Result<()> {
    tx.execute(&DELETE_PARTS, args![import])?;
    Ok(())
}

/// Stores problems.
pub fn put_problems(tx: &mut WriteTx<'_>, import: ImportId, problems: &[ProblemRow]) -> Result<()> {
    let rows = problems.iter().map(|problem| {
        [
            import.to_value(),
            problem.seq.to_value(),
            problem.line.to_value(),
            problem.field.to_value(),
            problem.detail.to_value(),
        ]
    });
    tx.execute_many(&PUT_PROBLEMS, rows)?;
    Ok(())
}

/// An import's problems from `seq` on.
pub fn problems(
    tx: &mut ReadTx<'_>,
    import: ImportId,
    seq: i64,
    limit: i64,
) -> Result<Vec<ProblemRow>> {
    tx.all(&PROBLEMS, args![import, seq, limit])
}

/// How many problems an import has.
pub fn count_problems(tx: &mut ReadTx<'_>, import: ImportId) -> Result<i64> {
    tx.number(&COUNT_PROBLEMS, args![import])
}

/// Forgets an import's problems.
pub fn delete_problems(tx: &mut WriteTx<'_>, import: ImportId) -> Result<()> {
    tx.execute(&DELETE_PROBLEMS, args![import])?;
    Ok(())
}

/// Notes what lines did.
pub fn put_acts(tx: &mut WriteTx<'_>, import: ImportId, acts: &[ActRow]) -> Result<()> {
    let rows = acts.iter().map(|act| {
        [
            import.to_value(),
            act.seq.to_value(),
            act.entity.to_value(),
            act.entity_id.to_value(),
            act.before.to_value(),
            act.version.to_value(),
        ]
    });
    tx.execute_many(&PUT_ACTS, rows)?;
    Ok(())
}

/// How many acts an import has.
pub fn count_acts(tx: &mut ReadTx<'_>, import: ImportId) -> Result<i64> {
    let last: Option<ActRow> = tx.opt(&LAST_ACT, args![import])?;
    Ok(last.map_or(0, |act| act.seq + 1))
}

/// Whether an import did anything to a record.
pub fn acted_on(tx: &mut ReadTx<'_>, import: ImportId, record: Uuid) -> Result<bool> {
    Ok(tx.number(&ACTS_ON, args![import, record])? > 0)
}

/// The people whom an import added.
pub fn people_added(tx: &mut ReadTx<'_>, import: ImportId) -> Result<Vec<PersonId>> {
    let mut people = Vec::new();
    tx.each(&PEOPLE_ADDED, args![import], |row| {
        people.push(row.columns().next()?);
        Ok(())
    })?;
    Ok(people)
}

/// An import's acts before `seq`, the last first.
pub fn acts_down(
    tx: &mut ReadTx<'_>,
    import: ImportId,
    seq: i64,
    limit: i64,
) -> Result<Vec<ActRow>> {
    tx.all(&ACTS_DOWN, args![import, seq, limit])
}
