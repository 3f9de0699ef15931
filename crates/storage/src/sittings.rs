//! Sittings: exams of classes within assessments, with who sits in which room.

use crate::{ReadTx, Result, ToValue, WriteTx, args, points, record, redemptions, row, statements};
use muster_domain::dockets::Rooms;
use muster_domain::ids::{AssessmentId, ClassId, PersonId, SittingId, TermId};
use muster_domain::text::fold;
use muster_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

record! {
    /// A sitting with the names around it.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct SittingRow {
        /// Id.
        pub id: SittingId,
        /// Of which assessment.
        pub assessment: AssessmentId,
        /// The assessment's code.
        pub assessment_code: String,
        /// Of which class.
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
        /// Its rooms, separated by semicolons.
        pub rooms: String,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

record! {
    /// When a sitting of a class is.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct TimesRow {
        /// The sitting.
        pub id: SittingId,
        /// Of which assessment.
        pub assessment: AssessmentId,
        /// Of which class.
        pub class: ClassId,
        /// Start.
        pub starts_at: Timestamp,
        /// End.
        pub ends_at: Timestamp,
    }
}

record! {
    struct AttendsRow {
        class: ClassId,
        person: PersonId,
    }
}

record! {
    /// A student of a sitting who sits another one at the same time.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ClashingRow {
        /// Who.
        pub person: PersonId,
        /// Their name.
        pub name: String,
        /// Their number.
        pub number: String,
        /// The other sitting.
        pub other: SittingId,
        /// The code of its course.
        pub course_code: String,
        /// When it begins.
        pub starts_at: Timestamp,
    }
}

record! {
    /// Who sits a sitting, and in which room if they were assigned one.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SitterRow {
        /// Who.
        pub person: PersonId,
        /// Their name.
        pub name: String,
        /// Their number.
        pub number: String,
        /// Their roll number in the class.
        pub roll_number: String,
        /// The room that they were assigned.
        pub room: Option<String>,
    }
}

record! {
    /// A class of a student with one of its sittings, if it has any.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PaperRow {
        /// The student.
        pub person: PersonId,
        /// The class.
        pub class: ClassId,
        /// The course's code.
        pub course_code: String,
        /// The course's name.
        pub course_name: String,
        /// The sitting.
        pub sitting: Option<SittingId>,
        /// Its start.
        pub starts_at: Option<Timestamp>,
        /// Its end.
        pub ends_at: Option<Timestamp>,
        /// Its rooms, separated by semicolons.
        pub rooms: Option<String>,
        /// The room that the student was assigned.
        pub room: Option<String>,
    }
}

/// Which sittings of an assessment are looked for.
#[derive(Clone, Debug)]
pub struct Search {
    /// The assessment.
    pub assessment: AssessmentId,
    /// The beginning of the course's code; any if empty.
    pub course: String,
    /// From then on.
    pub from: Timestamp,
    /// Until before then.
    pub until: Timestamp,
    /// Behind that one.
    pub after: (Timestamp, SittingId),
    /// At most so many.
    pub limit: i64,
}

statements! {
    GET = "select s.id, s.assessment, a.code, s.class, k.code, k.name, c.section, s.starts_at,
            s.ends_at, s.rooms, s.version
        from sittings s join assessments a on a.id = s.assessment join classes c on c.id = s.class
        join courses k on k.id = c.course where s.id = ?1";
    LIST = "select s.id, s.assessment, a.code, s.class, k.code, k.name, c.section, s.starts_at,
            s.ends_at, s.rooms, s.version
        from sittings s join assessments a on a.id = s.assessment join classes c on c.id = s.class
        join courses k on k.id = c.course
        where s.assessment = ?1 and (s.starts_at, s.id) > (?2, ?3) and s.starts_at >= ?4
        and s.starts_at < ?5 and (?6 = '' or (k.code_folded >= ?6 and k.code_folded < ?7))
        order by s.starts_at, s.id limit ?8";
    OF_TERM = "select s.id, s.assessment, a.code, s.class, k.code, k.name, c.section, s.starts_at,
            s.ends_at, s.rooms, s.version
        from assessments a join sittings s on s.assessment = a.id join classes c on c.id = s.class
        join courses k on k.id = c.course
        where a.term = ?1 order by a.position, s.starts_at, s.id";
    OF_CLASS = "select s.id, s.assessment, a.code, s.class, k.code, k.name, c.section, s.starts_at,
            s.ends_at, s.rooms, s.version
        from sittings s join assessments a on a.id = s.assessment join classes c on c.id = s.class
        join courses k on k.id = c.course
        where s.class = ?1 order by s.starts_at, s.id";
    PUT = {
        sqlite: "insert into sittings (id, assessment, class, starts_at, ends_at, rooms, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        postgres: "insert into sittings (id, assessment, class, starts_at, ends_at, rooms, version)
        select * from unnest(?1::uuid[], ?2::uuid[], ?3::uuid[], ?4::bigint[], ?5::bigint[],
            ?6::text[], ?7::bigint[])",
    };
    UPDATE = "update sittings set starts_at = ?2, ends_at = ?3, rooms = ?4, version = ?5
        where id = ?1 and version = ?6";
    REMOVE = "delete from sittings where id = ?1 and version = ?2";
    DROP_PLACES = "delete from sitting_places where sitting = ?1";
    DROP_PLACE = "delete from sitting_places where sitting = ?1 and person = ?2";
    PUT_PLACE = {
        sqlite: "insert into sitting_places (sitting, person, room) values (?1, ?2, ?3)",
        postgres: "insert into sitting_places (sitting, person, room)
        select * from unnest(?1::uuid[], ?2::uuid[], ?3::text[])",
    };
    SITTERS = "select e.person, p.name, p.number, e.roll_number, w.room
        from sittings s join enrolments e on e.class = s.class join people p on p.id = e.person
        left join sitting_places w on w.sitting = s.id and w.person = e.person
        where s.id = ?1 and e.status = 'active' and e.contested = 0 and p.active = 1
        order by e.roll_order, e.roll_folded, e.id";
    BEGINNING = "select id, assessment, class, starts_at, ends_at from sittings
        where starts_at > ?1 and starts_at < ?2";
    STUDENTS = {
        sqlite: "select class, person from enrolments
        where class = ?1 and status = 'active' and contested = 0",
        postgres: "select e.class, e.person
        from unnest(?1::uuid[]) as wanted (class) join enrolments e on e.class = wanted.class
        where e.status = 'active' and e.contested = 0",
    };
    CLASHING = "select e.person, p.name, p.number, o.id, k.code, o.starts_at
        from sittings s join enrolments e on e.class = s.class
        join enrolments f on f.person = e.person
        join sittings o on o.class = f.class and o.id <> s.id and o.starts_at < s.ends_at
            and o.ends_at > s.starts_at
        join classes c on c.id = o.class join courses k on k.id = c.course
        join people p on p.id = e.person
        where s.id = ?1 and e.status = 'active' and e.contested = 0 and f.status = 'active'
        and f.contested = 0
        order by p.name_folded, e.person, o.starts_at limit ?2";
    PAPERS = {
        sqlite: "select e.person, c.id, k.code, k.name, s.id, s.starts_at, s.ends_at, s.rooms,
            w.room
        from enrolments e join classes c on c.id = e.class join courses k on k.id = c.course
        left join sittings s on s.class = c.id and s.assessment = ?2
        left join sitting_places w on w.sitting = s.id and w.person = e.person
        where e.person = ?1 and c.term = ?3 and c.archived_at is null and e.status = 'active'
        and e.contested = 0
        order by k.code_folded, c.id, s.starts_at",
        postgres: "select e.person, c.id, k.code, k.name, s.id, s.starts_at, s.ends_at, s.rooms,
            w.room
        from unnest(?1::uuid[], ?2::uuid[], ?3::uuid[]) as wanted (person, assessment, term)
        join enrolments e on e.person = wanted.person
        join classes c on c.id = e.class and c.term = wanted.term
        join courses k on k.id = c.course
        left join sittings s on s.class = c.id and s.assessment = wanted.assessment
        left join sitting_places w on w.sitting = s.id and w.person = e.person
        where c.archived_at is null and e.status = 'active' and e.contested = 0
        order by k.code_folded, c.id, s.starts_at",
    };
    LAST_END = "select max(ends_at) from sittings where assessment = ?1";
}

/// The sitting of that id.
pub fn get(tx: &mut ReadTx<'_>, id: SittingId) -> Result<Option<SittingRow>> {
    tx.opt(&GET, args![id])
}

/// Sittings that are looked for, by time.
pub fn list(tx: &mut ReadTx<'_>, search: &Search) -> Result<Vec<SittingRow>> {
    let Search { assessment, course, from, until, after, limit } = search;
    let course = fold(course);
    let end = format!("{course}{}", char::MAX);
    tx.all(&LIST, args![*assessment, after.0, after.1, *from, *until, course, end, *limit])
}

/// All sittings of a term, assessment by assessment.
pub fn of_term(tx: &mut ReadTx<'_>, term: TermId) -> Result<Vec<SittingRow>> {
    tx.all(&OF_TERM, args![term])
}

/// The sittings of a class, by time.
pub fn of_class(tx: &mut ReadTx<'_>, class: ClassId) -> Result<Vec<SittingRow>> {
    tx.all(&OF_CLASS, args![class])
}

/// Adds sittings; their rooms become check-in points.
pub fn insert_many(tx: &mut WriteTx<'_>, rows: &[SittingRow]) -> Result<()> {
    let of = |row: &SittingRow| points::of_rooms(row.id, &Rooms::stored(&row.rooms), row.version);
    let rooms: Vec<_> = rows.iter().flat_map(of).collect();
    let rows = rows.iter().map(|row| {
        [
            row.id.to_value(),
            row.assessment.to_value(),
            row.class.to_value(),
            row.starts_at.to_value(),
            row.ends_at.to_value(),
            row.rooms.to_value(),
            row.version.to_value(),
        ]
    });
    tx.execute_many(&PUT, rows)?;
    points::insert_many(tx, &rooms)
}

/// Changes a sitting whose stored version is still `seen`; its check-in points follow its rooms.
pub fn update(tx: &mut WriteTx<'_>, row: &SittingRow, seen: i64) -> Result<bool> {
    let SittingRow { id, starts_at, ends_at, rooms, version, .. } = row;
    if tx.execute(&UPDATE, args![*id, *starts_at, *ends_at, rooms, *version, seen])? != 1 {
        return Ok(false);
    }
    points::keep_rooms(tx, *id, &Rooms::stored(rooms))?;
    Ok(true)
}

/// Removes a sitting whose stored version is still `seen`, with who sits where. One at whose rooms
/// something was presented stays.
pub fn remove(tx: &mut WriteTx<'_>, id: SittingId, seen: i64) -> Result<bool> {
    if get(tx, id)?.is_none_or(|row| row.version != seen) || redemptions::any(tx, id.0)? {
        return Ok(false);
    }
    points::remove_of(tx, id.0)?;
    tx.execute(&DROP_PLACES, args![id])?;
    Ok(tx.execute(&REMOVE, args![id, seen])? == 1)
}

/// Who sits a sitting, by roll number.
pub fn sitters(tx: &mut ReadTx<'_>, id: SittingId) -> Result<Vec<SitterRow>> {
    tx.all(&SITTERS, args![id])
}

/// Assigns rooms of a sitting in place of those before.
pub fn put_places(
    tx: &mut WriteTx<'_>,
    id: SittingId,
    places: &[(PersonId, String)],
) -> Result<()> {
    tx.execute(&DROP_PLACES, args![id])?;
    let rows = places.iter().map(|(person, room)| row![id, *person, room]);
    tx.execute_many(&PUT_PLACE, rows)?;
    Ok(())
}

/// Assigns one student a room of a sitting, or none.
pub fn put_place(
    tx: &mut WriteTx<'_>,
    id: SittingId,
    person: PersonId,
    room: Option<&str>,
) -> Result<()> {
    tx.execute(&DROP_PLACE, args![id, person])?;
    tx.execute_many(&PUT_PLACE, room.map(|room| row![id, person, room]))?;
    Ok(())
}

/// The sittings of all assessments that begin between these times.
pub fn beginning(
    tx: &mut ReadTx<'_>,
    (after, before): (Timestamp, Timestamp),
) -> Result<Vec<TimesRow>> {
    tx.all(&BEGINNING, args![after, before])
}

/// Who attends these classes: a row for each class and student.
pub fn students(tx: &mut ReadTx<'_>, classes: &[ClassId]) -> Result<Vec<(ClassId, PersonId)>> {
    let rows: Vec<AttendsRow> = tx.all_many(&STUDENTS, classes.iter().map(|class| row![*class]))?;
    Ok(rows.into_iter().map(|row| (row.class, row.person)).collect())
}

/// The students of a sitting who sit another one at the same time, by name.
pub fn clashing(tx: &mut ReadTx<'_>, id: SittingId, limit: i64) -> Result<Vec<ClashingRow>> {
    tx.all(&CLASHING, args![id, limit])
}

/// The classes of these students in a term, each with its sittings of an assessment.
pub fn papers(
    tx: &mut ReadTx<'_>,
    people: &[PersonId],
    assessment: AssessmentId,
    term: TermId,
) -> Result<Vec<PaperRow>> {
    tx.all_many(&PAPERS, people.iter().map(|person| row![*person, assessment, term]))
}

/// When the last sitting of an assessment ends.
pub fn last_end(tx: &mut ReadTx<'_>, assessment: AssessmentId) -> Result<Option<Timestamp>> {
    let end = tx.number(&LAST_END, args![assessment])?;
    Ok((end > 0).then_some(Timestamp(end)))
}
