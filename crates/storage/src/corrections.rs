//! Corrections: requests to change a mark.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::attendance::Status;
use muster_domain::ids::{ClassId, CorrectionId, PersonId, SessionId};
use muster_domain::requests::RequestState;
use muster_domain::time::Timestamp;

record! {
    /// A correction with the names around it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CorrectionRow {
        /// Id.
        pub id: CorrectionId,
        /// The session of the mark.
        pub session: SessionId,
        /// Its class.
        pub class: ClassId,
        /// The student, who also asks.
        pub person: PersonId,
        /// Their name.
        pub name: String,
        /// Their number.
        pub number: String,
        /// The course's code.
        pub course_code: String,
        /// The course's name.
        pub course_name: String,
        /// The class's section.
        pub section: String,
        /// When the session was opened.
        pub opened_at: Timestamp,
        /// The mark's status when it was asked; none where nobody had marked them.
        pub was: Option<Status>,
        /// The status that is asked for.
        pub wanted: Status,
        /// The status that was given, where it is another.
        pub given: Option<Status>,
        /// Why.
        pub reason: String,
        /// Digest of what is attached.
        pub attachment: Option<Vec<u8>>,
        /// Its name.
        pub attachment_name: Option<String>,
        /// How far it has come.
        pub state: RequestState,
        /// When it was asked.
        pub asked_at: Timestamp,
        /// Who decided.
        pub decided_by: Option<PersonId>,
        /// Their name.
        pub decider: Option<String>,
        /// When it was decided or withdrawn.
        pub decided_at: Option<Timestamp>,
        /// What they said to it.
        pub comment: Option<String>,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

macro_rules! corrections {
    ($which:literal) => {
        concat!(
            "select c.id, c.session, c.class, c.person, p.name, p.number, k.code, k.name,
            l.section,
            coalesce((select t.starts_at from meetings t where t.id = s.meeting), s.opened_at), c.was, c.wanted, c.given, c.reason, c.attachment,
            c.attachment_name, c.state, c.asked_at, c.decided_by, d.name, c.decided_at, c.comment,
            c.version
        from corrections c join people p on p.id = c.person join sessions s on s.id = c.session
        join classes l on l.id = c.class join courses k on k.id = l.course
        left join people d on d.id = c.decided_by
        ",
            $which
        )
    };
}

statements! {
    CORRECTION = (corrections!("where c.id = ?1"));
    OPEN_OF = (corrections!("where c.session = ?1 and c.person = ?2 and c.state = 'asked'
        and c.contested = 0"));
    OF_PERSON = (corrections!("where c.person = ?1 and c.id < ?2 order by c.id desc limit ?3"));
    OF_CLASS = (corrections!("where c.class = ?1 and c.state = ?2 and c.id < ?3
        order by c.id desc limit ?4"));
    OF_TEACHER = (corrections!("where c.class in (select g.class from role_grants g
            where g.person = ?1 and g.role = 'teacher' and g.class is not null
                and g.ended_at is null)
        and c.state = ?2 and c.id < ?3 order by c.id desc limit ?4"));
    OF_STATE = (corrections!("where c.state = ?1 and c.id < ?2 order by c.id desc limit ?3"));
    SESSIONS_OF_PERSON = "select s.id from enrolments e join sessions s on s.class = e.class
        where e.person = ?1";
    WAITING = "select count(*) from corrections where state = 'asked'";
    WAITING_OF_TEACHER = "select count(*) from corrections c
        where c.class in (select g.class from role_grants g where g.person = ?1
            and g.role = 'teacher' and g.class is not null and g.ended_at is null)
        and c.state = 'asked'";
    PUT = "insert into corrections (id, session, class, person, was, wanted, reason, attachment,
            attachment_name, state, asked_at, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
        on conflict do nothing";
    UPDATE = "update corrections set state = ?2, decided_by = ?3, decided_at = ?4, comment = ?5,
            attachment = ?6, attachment_name = ?7, given = ?8, version = ?9
        where id = ?1 and version = ?10";
}

/// A part of a list: rows before `before`, the latest first.
#[derive(Clone, Copy, Debug)]
pub struct Part<I> {
    /// The row before which it begins; the greatest id for the start.
    pub before: I,
    /// At most so many.
    pub limit: i64,
}

/// The correction of that id.
pub fn get(tx: &mut ReadTx<'_>, id: CorrectionId) -> Result<Option<CorrectionRow>> {
    tx.opt(&CORRECTION, args![id])
}

/// The correction that waits for a person's mark in a session.
pub fn open_of(
    tx: &mut ReadTx<'_>,
    session: SessionId,
    person: PersonId,
) -> Result<Option<CorrectionRow>> {
    tx.opt(&OPEN_OF, args![session, person])
}

/// What a person asked for.
pub fn of_person(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    part: Part<CorrectionId>,
) -> Result<Vec<CorrectionRow>> {
    tx.all(&OF_PERSON, args![person, part.before, part.limit])
}

/// What was asked for in a class.
pub fn of_class(
    tx: &mut ReadTx<'_>,
    class: ClassId,
    state: RequestState,
    part: Part<CorrectionId>,
) -> Result<Vec<CorrectionRow>> {
    tx.all(&OF_CLASS, args![class, state, part.before, part.limit])
}

/// What was asked for in the classes that somebody teaches.
pub fn of_teacher(
    tx: &mut ReadTx<'_>,
    teacher: PersonId,
    state: RequestState,
    part: Part<CorrectionId>,
) -> Result<Vec<CorrectionRow>> {
    tx.all(&OF_TEACHER, args![teacher, state, part.before, part.limit])
}

/// What was asked for anywhere.
pub fn of_state(
    tx: &mut ReadTx<'_>,
    state: RequestState,
    part: Part<CorrectionId>,
) -> Result<Vec<CorrectionRow>> {
    tx.all(&OF_STATE, args![state, part.before, part.limit])
}

/// The sessions of the classes in which a person is or was enrolled.
pub fn sessions_of_person(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<SessionId>> {
    let mut sessions = Vec::new();
    tx.each(&SESSIONS_OF_PERSON, args![person], |row| {
        sessions.push(row.columns().next()?);
        Ok(())
    })?;
    Ok(sessions)
}

/// How many wait anywhere.
pub fn waiting(tx: &mut ReadTx<'_>) -> Result<i64> {
    tx.number(&WAITING, args![])
}

/// How many wait in the classes that somebody teaches.
pub fn waiting_of_teacher(tx: &mut ReadTx<'_>, teacher: PersonId) -> Result<i64> {
    tx.number(&WAITING_OF_TEACHER, args![teacher])
}

/// Adds a correction. If another one for the mark came first, the closure runs again.
pub fn insert(tx: &mut WriteTx<'_>, row: &CorrectionRow) -> Result<()> {
    tx.insert_or_retry(
        &PUT,
        args![
            row.id,
            row.session,
            row.class,
            row.person,
            row.was,
            row.wanted,
            row.reason,
            row.attachment,
            row.attachment_name,
            row.state,
            row.asked_at,
            row.version
        ],
    )
}

/// Stores what changes of a correction if its stored version is still `seen`.
pub fn update(tx: &mut WriteTx<'_>, row: &CorrectionRow, seen: i64) -> Result<bool> {
    let done = tx.execute(
        &UPDATE,
        args![
            row.id,
            row.state,
            row.decided_by,
            row.decided_at,
            row.comment,
            row.attachment,
            row.attachment_name,
            row.given,
            row.version,
            seen
        ],
    )?;
    Ok(done == 1)
}
