//! Leave of students, and the sessions that it touches.

use crate::corrections::Part;
use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::ids::{ClassId, LeaveId, PersonId, SessionId};
use muster_domain::requests::RequestState;
use muster_domain::time::{Date, Timestamp};
use std::collections::HashSet;

record! {
    /// A leave with the names around it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct LeaveRow {
        /// Id.
        pub id: LeaveId,
        /// The student.
        pub person: PersonId,
        /// Their name.
        pub name: String,
        /// Their number.
        pub number: String,
        /// First day.
        pub starts_on: Date,
        /// Last day.
        pub ends_on: Date,
        /// Why.
        pub reason: String,
        /// Digest of what is attached.
        pub attachment: Option<Vec<u8>>,
        /// Its name.
        pub attachment_name: Option<String>,
        /// How far it has come.
        pub state: RequestState,
        /// Who asked for it, or entered it.
        pub asked_by: PersonId,
        /// Their name.
        pub asker: Option<String>,
        /// When.
        pub asked_at: Timestamp,
        /// Who decided.
        pub decided_by: Option<PersonId>,
        /// Their name.
        pub decider: Option<String>,
        /// When it was decided, withdrawn or ended.
        pub decided_at: Option<Timestamp>,
        /// What they said to it.
        pub comment: Option<String>,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

record! {
    /// A session of a class that somebody attends.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct HeldRow {
        /// The session.
        pub session: SessionId,
        /// When its meeting began; when it was opened, if it has none.
        pub at: Timestamp,
    }
}

macro_rules! leaves {
    ($which:literal) => {
        concat!(
            "select l.id, l.person, p.name, p.number, l.starts_on, l.ends_on, l.reason,
            l.attachment, l.attachment_name, l.state, l.asked_by, a.name, l.asked_at, l.decided_by, d.name,
            l.decided_at, l.comment, l.version
        from leaves l join people p on p.id = l.person left join people a on a.id = l.asked_by
        left join people d on d.id = l.decided_by
        ",
            $which
        )
    };
}

statements! {
    LEAVE = (leaves!("where l.id = ?1"));
    OF_PERSON = (leaves!("where l.person = ?1 and l.id < ?2 order by l.id desc limit ?3"));
    OF_STATE = (leaves!("where l.state = ?1 and l.id < ?2 order by l.id desc limit ?3"));
    WAITING = "select count(*) from leaves where state = 'asked'";
    ON_LEAVE = "select l.person from enrolments e join leaves l on l.person = e.person
        where e.class = ?1 and l.state = 'approved' and l.starts_on <= ?2 and l.ends_on >= ?2";
    HELD = "select s.id, coalesce(m.starts_at, s.opened_at)
        from enrolments e join sessions s on s.class = e.class
        left join meetings m on m.id = s.meeting
        where e.person = ?1 and coalesce(m.starts_at, s.opened_at) >= ?2
        and coalesce(m.starts_at, s.opened_at) < ?3
        order by s.id";
    HOLD_PERSON = {
        // SQLite has one writer, so nobody can come between.
        sqlite: "select id from people where id = ?1",
        postgres: "select id from people where id = ?1 for no key update",
    };
    PUT = "insert into leaves (id, person, starts_on, ends_on, reason, attachment, attachment_name,
            state, asked_by, asked_at, decided_by, decided_at, comment, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    UPDATE = "update leaves set ends_on = ?2, attachment = ?3, attachment_name = ?4, state = ?5,
            decided_by = ?6, decided_at = ?7, comment = ?8, version = ?9
        where id = ?1 and version = ?10";
}

/// The leave of that id.
pub fn get(tx: &mut ReadTx<'_>, id: LeaveId) -> Result<Option<LeaveRow>> {
    tx.opt(&LEAVE, args![id])
}

/// A person's leaves.
pub fn of_person(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    part: Part<LeaveId>,
) -> Result<Vec<LeaveRow>> {
    tx.all(&OF_PERSON, args![person, part.before, part.limit])
}

/// Everybody's leaves in a state.
pub fn of_state(
    tx: &mut ReadTx<'_>,
    state: RequestState,
    part: Part<LeaveId>,
) -> Result<Vec<LeaveRow>> {
    tx.all(&OF_STATE, args![state, part.before, part.limit])
}

/// How many wait for a decision.
pub fn waiting(tx: &mut ReadTx<'_>) -> Result<i64> {
    tx.number(&WAITING, args![])
}

/// Those of a class who are on leave on a day.
pub fn on_leave(tx: &mut ReadTx<'_>, class: ClassId, day: Date) -> Result<HashSet<PersonId>> {
    let mut people = HashSet::new();
    tx.each(&ON_LEAVE, args![class, day], |row| {
        people.insert(row.columns().next()?);
        Ok(())
    })?;
    Ok(people)
}

/// The sessions of a person's classes that were held in that time, in the order of their ids.
pub fn held(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<HeldRow>> {
    tx.all(&HELD, args![person, from, until])
}

/// Lets one transaction at a time look at a person's leaves in order to add another.
pub fn hold_person(tx: &mut WriteTx<'_>, person: PersonId) -> Result<()> {
    tx.each(&HOLD_PERSON, args![person], |_| Ok(()))
}

/// Adds a leave.
pub fn insert(tx: &mut WriteTx<'_>, row: &LeaveRow) -> Result<()> {
    tx.execute(
        &PUT,
        args![
            row.id,
            row.person,
            row.starts_on,
            row.ends_on,
            row.reason,
            row.attachment,
            row.attachment_name,
            row.state,
            row.asked_by,
            row.asked_at,
            row.decided_by,
            row.decided_at,
            row.comment,
            row.version
        ],
    )?;
    Ok(())
}

/// Stores what changes of a leave if its stored version is still `seen`.
pub fn update(tx: &mut WriteTx<'_>, row: &LeaveRow, seen: i64) -> Result<bool> {
    let done = tx.execute(
        &UPDATE,
        args![
            row.id,
            row.ends_on,
            row.attachment,
            row.attachment_name,
            row.state,
            row.decided_by,
            row.decided_at,
            row.comment,
            row.version,
            seen
        ],
    )?;
    Ok(done == 1)
}
