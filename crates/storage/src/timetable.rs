//! A person's own meetings and sessions, over all their classes at once.

use crate::{ReadTx, Result, args, record, statements};
use muster_domain::attendance::Status;
use muster_domain::ids::{ClassId, MeetingId, PersonId, SessionId};
use muster_domain::time::Timestamp;

pub use crate::enrolment::MeetingRow;

record! {
    /// A session of a class that a student attends or attended, with their mark.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct OwnSessionRow {
        /// Session.
        pub session: SessionId,
        /// Its class.
        pub class: ClassId,
        /// Its meeting, if any.
        pub meeting: Option<MeetingId>,
        /// When it was opened.
        pub opened_at: Timestamp,
        /// When it closes by itself.
        pub ends_at: Timestamp,
        /// When it closed.
        pub closed_at: Option<Timestamp>,
        /// The student's mark.
        pub status: Option<Status>,
    }
}

record! {
    /// A session that was taken.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct TakenRow {
        /// Session.
        pub session: SessionId,
        /// Its class.
        pub class: ClassId,
        /// Its meeting, if any.
        pub meeting: Option<MeetingId>,
        /// When it was opened.
        pub opened_at: Timestamp,
    }
}

statements! {
    ATTENDED_MEETINGS = "select m.id, m.class, m.starts_at, m.ends_at, m.room, m.cancelled_at,
            m.version
        from enrolments e join meetings m on m.class = e.class
        where e.person = ?1 and e.contested = 0 and m.starts_at >= ?2 and m.starts_at < ?3
        order by m.starts_at, m.id";
    STAFFED_MEETINGS = "select m.id, m.class, m.starts_at, m.ends_at, m.room, m.cancelled_at,
            m.version
        from meetings m
        where m.class in (select g.class from role_grants g where g.person = ?1
            and g.class is not null and g.ended_at is null)
            and m.starts_at >= ?2 and m.starts_at < ?3
        order by m.starts_at, m.id";
    OWN_SESSIONS = "select s.id, s.class, s.meeting, s.opened_at, s.ends_at, s.closed_at, m.status
        from enrolments e join sessions s on s.class = e.class
            left join marks m on m.session = s.id and m.person = e.person
            left join meetings t on t.id = s.meeting
        where e.person = ?1 and e.contested = 0
            and coalesce(t.starts_at, s.opened_at) >= ?2 and coalesce(t.starts_at, s.opened_at) < ?3
        order by coalesce(t.starts_at, s.opened_at), s.id";
    STAFFED_SESSIONS = "select s.id, s.class, s.meeting, s.opened_at
        from sessions s left join meetings t on t.id = s.meeting
        where s.class in (select g.class from role_grants g where g.person = ?1
            and g.class is not null and g.ended_at is null)
            and coalesce(t.starts_at, s.opened_at) >= ?2 and coalesce(t.starts_at, s.opened_at) < ?3
        order by coalesce(t.starts_at, s.opened_at), s.id";
}

/// The meetings, from `from` to before `until`, of classes in which a person is or was enrolled.
pub fn attended_meetings(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<MeetingRow>> {
    tx.all(&ATTENDED_MEETINGS, args![person, from, until])
}

/// The meetings, from `from` to before `until`, of classes in which a person teaches or helps.
pub fn staffed_meetings(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<MeetingRow>> {
    tx.all(&STAFFED_MEETINGS, args![person, from, until])
}

/// The sessions held from `from` to before `until` in classes in which a person is or was
/// enrolled, the earliest first, each with their mark.
pub fn own_sessions(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<OwnSessionRow>> {
    tx.all(&OWN_SESSIONS, args![person, from, until])
}

/// The sessions, held from `from` to before `until`, in classes in which a person
/// teaches or helps.
pub fn staffed_sessions(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<TakenRow>> {
    tx.all(&STAFFED_SESSIONS, args![person, from, until])
}
