//! Terms, courses and classes.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::attendance::figures::Weights;
use muster_domain::ids::{ClassId, CourseId, PersonId, TermId};
use muster_domain::text::fold;
use muster_domain::time::{Date, Timestamp};
use serde::{Deserialize, Serialize};

record! {
    /// A term.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct TermRow {
        /// Id.
        pub id: TermId,
        /// Name.
        pub name: String,
        /// First day.
        pub starts_on: Date,
        /// Last day.
        pub ends_on: Date,
        /// When it was archived.
        pub archived_at: Option<Timestamp>,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

record! {
    /// A course.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct CourseRow {
        /// Id.
        pub id: CourseId,
        /// Code.
        pub code: String,
        /// Name.
        pub name: String,
        /// Credits.
        pub credits: Option<i64>,
        /// When it was archived.
        pub archived_at: Option<Timestamp>,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

record! {
    /// A class with the names of its course and term.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct ClassRow {
        /// Id.
        pub id: ClassId,
        /// Its course.
        pub course: CourseId,
        /// The course's code.
        pub course_code: String,
        /// The course's name.
        pub course_name: String,
        /// Its term.
        pub term: TermId,
        /// The term's name.
        pub term_name: String,
        /// Section.
        pub section: String,
        /// Usual room.
        pub room: Option<String>,
        /// How long its sessions stay open; the institution's default if none.
        pub duration_minutes: Option<i64>,
        /// After how many minutes a mark is late; the institution's default if none.
        pub late_after_minutes: Option<i64>,
        /// What each status counts; as in the institution's settings if none.
        pub weights: Option<Weights>,
        /// When it was archived.
        pub archived_at: Option<Timestamp>,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

record! {
    /// How much of an institution is there: 1 of each kind of record that has any, else 0.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct BegunRow {
        /// Terms.
        pub terms: i64,
        /// Courses.
        pub courses: i64,
        /// Students.
        pub students: i64,
        /// Classes.
        pub classes: i64,
        /// Places of students in classes.
        pub enrolments: i64,
    }
}

statements! {
    // Each part ends at the first row.
    BEGUN = "select (select count(*) from (select 1 from terms limit 1) a_term),
        (select count(*) from (select 1 from courses limit 1) a_course),
        (select count(*) from (select 1 from role_grants
            where role = 'student' and ended_at is null limit 1) a_student),
        (select count(*) from (select 1 from classes limit 1) a_class),
        (select count(*) from (select 1 from enrolments limit 1) a_place)";
    TERMS = "select id, name, starts_on, ends_on, archived_at, version
        from terms order by starts_on desc, id";
    TERM = "select id, name, starts_on, ends_on, archived_at, version from terms where id = ?1";
    PUT_TERM = "insert into terms (id, name, name_folded, starts_on, ends_on, version)
        values (?1, ?2, ?3, ?4, ?5, ?6)";
    UPDATE_TERM = "update terms set name = ?2, name_folded = ?3, starts_on = ?4, ends_on = ?5,
            archived_at = ?6, version = ?7
        where id = ?1 and version = ?8";
    COURSES = "select id, code, name, credits, archived_at, version
        from courses order by code_folded, id";
    COURSE = "select id, code, name, credits, archived_at, version from courses where id = ?1";
    PUT_COURSE = "insert into courses (id, code, code_folded, name, name_folded, credits, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    UPDATE_COURSE = "update courses set code = ?2, code_folded = ?3, name = ?4, name_folded = ?5,
            credits = ?6, archived_at = ?7, version = ?8
        where id = ?1 and version = ?9";
    CLASS = "select c.id, c.course, k.code, k.name, c.term, t.name, c.section, c.room,
            c.duration_minutes, c.late_after_minutes, c.weights, c.archived_at, c.version
        from classes c join courses k on k.id = c.course join terms t on t.id = c.term
        where c.id = ?1";
    // SQLite has one writer, so nobody can come between; archiving waits for whoever holds a class.
    HOLD_CLASS = {
        sqlite: "select id from classes where id = ?1",
        postgres: "select id from classes where id = ?1 for share",
    };
    CLASSES = "select c.id, c.course, k.code, k.name, c.term, t.name, c.section, c.room,
            c.duration_minutes, c.late_after_minutes, c.weights, c.archived_at, c.version
        from classes c join courses k on k.id = c.course join terms t on t.id = c.term
        order by t.starts_on desc, k.code_folded, c.section_folded, c.id";
    OF_TERM = "select id from classes where term = ?1 order by id";
    STAFFED = "select c.id, c.course, k.code, k.name, c.term, t.name, c.section, c.room,
            c.duration_minutes, c.late_after_minutes, c.weights, c.archived_at, c.version
        from classes c join courses k on k.id = c.course join terms t on t.id = c.term
        where c.id in (select g.class from role_grants g where g.person = ?1
            and g.class is not null and g.ended_at is null)
        order by t.starts_on desc, k.code_folded, c.section_folded, c.id";
    ATTENDED = "select c.id, c.course, k.code, k.name, c.term, t.name, c.section, c.room,
            c.duration_minutes, c.late_after_minutes, c.weights, c.archived_at, c.version
        from classes c join courses k on k.id = c.course join terms t on t.id = c.term
        where c.id in (select e.class from enrolments e where e.person = ?1)
        order by t.starts_on desc, k.code_folded, c.section_folded, c.id";
    SECTION = "select count(*) from classes
        where course = ?1 and term = ?2 and section_folded = ?3 and contested = 0";
    PUT_CLASS = "insert into classes (id, course, term, section, section_folded, room,
            duration_minutes, weights, version, archived_at, late_after_minutes)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    REMOVE_TERM = "delete from terms where id = ?1 and version = ?2
        and not exists (select 1 from classes where term = ?1)
        and not exists (select 1 from imports where term = ?1)
        and not exists (select 1 from term_locks where term = ?1)
        and not exists (select 1 from assessments where term = ?1)
        and not exists (select 1 from fees where term = ?1)
        and not exists (select 1 from payments where term = ?1)";
    REMOVE_COURSE = "delete from courses where id = ?1 and version = ?2
        and not exists (select 1 from classes where course = ?1)";
    REMOVE_CLASS = "delete from classes where id = ?1 and version = ?2
        and not exists (select 1 from enrolments where class = ?1)
        and not exists (select 1 from meetings where class = ?1)
        and not exists (select 1 from patterns where class = ?1)
        and not exists (select 1 from sessions where class = ?1)
        and not exists (select 1 from class_locations where class = ?1)
        and not exists (select 1 from role_grants where class = ?1)
        and not exists (select 1 from announcements where class = ?1)
        and not exists (select 1 from sittings where class = ?1)
        and not exists (select 1 from result_sheets where class = ?1)
        and not exists (select 1 from results where class = ?1)
        and not exists (select 1 from issue_batches where class = ?1)";
    UPDATE_CLASS = "update classes set section = ?2, section_folded = ?3, room = ?4,
            duration_minutes = ?5, weights = ?6, archived_at = ?7, version = ?8,
            late_after_minutes = ?10
        where id = ?1 and version = ?9";
}

/// All terms, the latest first.
pub fn terms(tx: &mut ReadTx<'_>) -> Result<Vec<TermRow>> {
    tx.all(&TERMS, args![])
}

/// The term of that id.
pub fn term(tx: &mut ReadTx<'_>, id: TermId) -> Result<Option<TermRow>> {
    tx.opt(&TERM, args![id])
}

/// Adds a term.
pub fn insert_term(tx: &mut WriteTx<'_>, term: &TermRow) -> Result<()> {
    let TermRow { id, name, starts_on, ends_on, version, .. } = term;
    tx.execute(&PUT_TERM, args![*id, name, fold(name), *starts_on, *ends_on, *version])?;
    Ok(())
}

/// Changes a term whose stored version is still `seen`.
pub fn update_term(tx: &mut WriteTx<'_>, term: &TermRow, seen: i64) -> Result<bool> {
    let TermRow { id, name, starts_on, ends_on, archived_at, version } = term;
    Ok(tx.execute(
        &UPDATE_TERM,
        args![*id, name, fold(name), *starts_on, *ends_on, *archived_at, *version, seen],
    )? == 1)
}

/// All courses, by code.
pub fn courses(tx: &mut ReadTx<'_>) -> Result<Vec<CourseRow>> {
    tx.all(&COURSES, args![])
}

/// The course of that id.
pub fn course(tx: &mut ReadTx<'_>, id: CourseId) -> Result<Option<CourseRow>> {
    tx.opt(&COURSE, args![id])
}

/// Adds a course.
pub fn insert_course(tx: &mut WriteTx<'_>, course: &CourseRow) -> Result<()> {
    let CourseRow { id, code, name, credits, version, .. } = course;
    tx.execute(&PUT_COURSE, args![*id, code, fold(code), name, fold(name), *credits, *version])?;
    Ok(())
}

/// Changes a course whose stored version is still `seen`.
pub fn update_course(tx: &mut WriteTx<'_>, course: &CourseRow, seen: i64) -> Result<bool> {
    let CourseRow { id, code, name, credits, archived_at, version } = course;
    Ok(tx.execute(
        &UPDATE_COURSE,
        args![*id, code, fold(code), name, fold(name), *credits, *archived_at, *version, seen],
    )? == 1)
}

/// The class of that id.
pub fn class(tx: &mut ReadTx<'_>, id: ClassId) -> Result<Option<ClassRow>> {
    tx.opt(&CLASS, args![id])
}

/// The class of that id, which nobody changes until this transaction ends.
pub fn hold_class(tx: &mut WriteTx<'_>, id: ClassId) -> Result<Option<ClassRow>> {
    tx.each(&HOLD_CLASS, args![id], |_| Ok(()))?;
    class(tx, id)
}

/// All classes, those of the latest term first.
pub fn classes(tx: &mut ReadTx<'_>) -> Result<Vec<ClassRow>> {
    tx.all(&CLASSES, args![])
}

/// The ids of a term's classes.
pub fn classes_of_term(tx: &mut ReadTx<'_>, term: TermId) -> Result<Vec<ClassId>> {
    let mut classes = Vec::new();
    tx.each(&OF_TERM, args![term], |row| {
        classes.push(row.columns().next()?);
        Ok(())
    })?;
    Ok(classes)
}

/// The classes in which a person teaches or helps.
pub fn staffed_classes(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<ClassRow>> {
    tx.all(&STAFFED, args![person])
}

/// The classes in which a person is or was enrolled.
pub fn attended_classes(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<ClassRow>> {
    tx.all(&ATTENDED, args![person])
}

/// Whether a term has that section of a course.
pub fn has_section(
    tx: &mut ReadTx<'_>,
    course: CourseId,
    term: TermId,
    section: &str,
) -> Result<bool> {
    Ok(tx.number(&SECTION, args![course, term, fold(section)])? > 0)
}

/// Adds a class.
pub fn insert_class(tx: &mut WriteTx<'_>, class: &ClassRow) -> Result<()> {
    let ClassRow { id, course, term, section, room, duration_minutes, version, .. } = class;
    let weights = class.weights.map(Weights::key);
    tx.execute(
        &PUT_CLASS,
        args![
            *id,
            *course,
            *term,
            section,
            fold(section),
            room,
            *duration_minutes,
            weights,
            *version,
            class.archived_at,
            class.late_after_minutes
        ],
    )?;
    Ok(())
}

/// Changes a class whose stored version is still `seen`.
pub fn update_class(tx: &mut WriteTx<'_>, class: &ClassRow, seen: i64) -> Result<bool> {
    let ClassRow { id, section, room, duration_minutes, archived_at, version, .. } = class;
    let weights = class.weights.map(Weights::key);
    Ok(tx.execute(
        &UPDATE_CLASS,
        args![
            *id,
            section,
            fold(section),
            room,
            *duration_minutes,
            weights,
            *archived_at,
            *version,
            seen,
            class.late_after_minutes
        ],
    )? == 1)
}

/// Removes a term whose stored version is still `seen` and that has no records; false otherwise.
pub fn remove_term(tx: &mut WriteTx<'_>, id: TermId, seen: i64) -> Result<bool> {
    Ok(tx.execute(&REMOVE_TERM, args![id, seen])? == 1)
}

/// Removes a course whose stored version is still `seen` and that has no classes; false otherwise.
pub fn remove_course(tx: &mut WriteTx<'_>, id: CourseId, seen: i64) -> Result<bool> {
    Ok(tx.execute(&REMOVE_COURSE, args![id, seen])? == 1)
}

/// Removes a class whose stored version is still `seen` and that has no records; false otherwise.
pub fn remove_class(tx: &mut WriteTx<'_>, id: ClassId, seen: i64) -> Result<bool> {
    Ok(tx.execute(&REMOVE_CLASS, args![id, seen])? == 1)
}

/// How much of an institution is there.
pub fn begun(tx: &mut ReadTx<'_>) -> Result<Option<BegunRow>> {
    tx.opt(&BEGUN, args![])
}
