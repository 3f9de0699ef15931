//! Meetings that took place without anybody taking attendance.

use crate::{ReadTx, Result, args, record, statements};
use muster_domain::ids::{ClassId, MeetingId, PersonId, TermId};
use muster_domain::time::Timestamp;

record! {
    /// A meeting whose register was never taken.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct MissingRow {
        /// The meeting.
        pub meeting: MeetingId,
        /// Its class.
        pub class: ClassId,
        /// The course's code.
        pub course_code: String,
        /// The course's name.
        pub course_name: String,
        /// The class's section.
        pub section: String,
        /// Start.
        pub starts_at: Timestamp,
        /// End.
        pub ends_at: Timestamp,
        /// Room.
        pub room: Option<String>,
    }
}

record! {
    /// Somebody who teaches in a term.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct TeacherRow {
        /// Who.
        pub id: PersonId,
        /// Their name.
        pub name: String,
    }
}

statements! {
    // A session without a meeting counts for the one during which it was opened, or half an hour
    // before.
    OF_CLASS = "select m.id, m.class, k.code, k.name, c.section, m.starts_at, m.ends_at, m.room
        from classes c join courses k on k.id = c.course join meetings m on m.class = c.id
        where c.id = ?1 and m.ends_at <= ?2 and m.cancelled_at is null
        and not exists (select 1 from sessions s where s.meeting = m.id)
        and not exists (select 1 from sessions s where s.class = m.class and s.meeting is null
            and s.opened_at >= m.starts_at - 1800000000 and s.opened_at < m.ends_at)
        order by m.starts_at desc, m.id limit 500";
    OF_STAFF = "select m.id, m.class, k.code, k.name, c.section, m.starts_at, m.ends_at, m.room
        from classes c join courses k on k.id = c.course join meetings m on m.class = c.id
        where c.id in (select g.class from role_grants g where g.person = ?1
            and g.class is not null and g.ended_at is null)
        and c.archived_at is null and m.starts_at >= ?3 and m.ends_at <= ?2 and m.cancelled_at is null
        and not exists (select 1 from sessions s where s.meeting = m.id)
        and not exists (select 1 from sessions s where s.class = m.class and s.meeting is null
            and s.opened_at >= m.starts_at - 1800000000 and s.opened_at < m.ends_at)
        order by m.starts_at desc, m.id limit 50";
    OF_TERM = "select m.id, m.class, k.code, k.name, c.section, m.starts_at, m.ends_at, m.room
        from classes c join courses k on k.id = c.course join meetings m on m.class = c.id
        where c.term = ?1 and c.archived_at is null and (m.starts_at, m.id) < (?3, ?4)
        and m.ends_at <= ?2 and m.cancelled_at is null
        and not exists (select 1 from sessions s where s.meeting = m.id)
        and not exists (select 1 from sessions s where s.class = m.class and s.meeting is null
            and s.opened_at >= m.starts_at - 1800000000 and s.opened_at < m.ends_at)
        order by m.starts_at desc, m.id desc limit ?5";
    OF_TEACHER = "select m.id, m.class, k.code, k.name, c.section, m.starts_at, m.ends_at, m.room
        from classes c join courses k on k.id = c.course join meetings m on m.class = c.id
        where c.term = ?1 and c.archived_at is null and (m.starts_at, m.id) < (?3, ?4)
        and c.id in (select g.class from role_grants g where g.person = ?6
            and g.role = 'teacher' and g.class is not null and g.ended_at is null)
        and m.ends_at <= ?2 and m.cancelled_at is null
        and not exists (select 1 from sessions s where s.meeting = m.id)
        and not exists (select 1 from sessions s where s.class = m.class and s.meeting is null
            and s.opened_at >= m.starts_at - 1800000000 and s.opened_at < m.ends_at)
        order by m.starts_at desc, m.id desc limit ?5";
    TEACHERS = "select p.id, p.name from classes c join role_grants g on g.class = c.id
        join people p on p.id = g.person
        where c.term = ?1 and g.role = 'teacher' and g.ended_at is null
        group by p.id, p.name, p.name_folded order by p.name_folded, p.id";
}

/// A class's meetings that were over at `now` without a register, the latest first.
pub fn of_class(tx: &mut ReadTx<'_>, class: ClassId, now: Timestamp) -> Result<Vec<MissingRow>> {
    tx.all(&OF_CLASS, args![class, now])
}

/// The same for the classes in which somebody teaches or helps, of those that began at `since` or
/// later.
pub fn of_staff(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    now: Timestamp,
    since: Timestamp,
) -> Result<Vec<MissingRow>> {
    tx.all(&OF_STAFF, args![person, now, since])
}

/// Which of a term's meetings to list.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// The term.
    pub term: TermId,
    /// Only of classes that this person teaches.
    pub teacher: Option<PersonId>,
    /// The meeting before which the list begins, with its start.
    pub before: (Timestamp, MeetingId),
    /// At most so many.
    pub limit: i64,
}

/// The same for a whole term.
pub fn of_term(tx: &mut ReadTx<'_>, part: &Part, now: Timestamp) -> Result<Vec<MissingRow>> {
    let Part { term, teacher, before: (at, id), limit } = *part;
    match teacher {
        None => tx.all(&OF_TERM, args![term, now, at, id, limit]),
        Some(teacher) => tx.all(&OF_TEACHER, args![term, now, at, id, limit, teacher]),
    }
}

/// Who teaches in a term, by name.
pub fn teachers(tx: &mut ReadTx<'_>, term: TermId) -> Result<Vec<TeacherRow>> {
    tx.all(&TEACHERS, args![term])
}
