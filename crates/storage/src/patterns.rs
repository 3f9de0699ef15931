//! Weekly patterns of classes, the meetings they made, and where those clash with others.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::ids::{ClassId, MeetingId, PatternId, TermId};
use muster_domain::text::fold;
use muster_domain::time::{Date, Timestamp};
use muster_domain::timetable::{Closed, Wanted, Weekday, Weekly};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

record! {
    /// When a class meets every week.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct PatternRow {
        /// Id.
        pub id: PatternId,
        /// Class.
        pub class: ClassId,
        /// On which day.
        pub weekday: Weekday,
        /// Start, in minutes after midnight.
        pub starts_minute: i64,
        /// End, in minutes after midnight.
        pub ends_minute: i64,
        /// Room, where it is another than the class's usual one.
        pub room: Option<String>,
        /// From this day on.
        pub first_on: Date,
        /// Up to this day.
        pub last_on: Date,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

record! {
    /// A meeting that a pattern made.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct GeneratedRow {
        /// Id.
        pub id: MeetingId,
        /// The pattern.
        pub pattern: PatternId,
        /// The Monday of the week for which it was made.
        pub week: Date,
        /// Start.
        pub starts_at: Timestamp,
        /// End.
        pub ends_at: Timestamp,
        /// Room.
        pub room: Option<String>,
        /// Whether somebody moved or cancelled it.
        pub by_hand: bool,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

record! {
    /// A meeting of another class at the same time, in the same room or with the same teacher.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ClashRow {
        /// The class's own meeting.
        pub meeting: MeetingId,
        /// When that begins.
        pub starts_at: Timestamp,
        /// The other class.
        pub class: ClassId,
        /// The code of its course.
        pub course_code: String,
        /// Its section.
        pub section: String,
        /// The room that both want.
        pub room: Option<String>,
        /// The teacher whom both want.
        pub teacher: Option<String>,
    }
}

impl PatternRow {
    /// The pattern as the rules read it.
    pub fn weekly(&self) -> Weekly {
        let Self { weekday, starts_minute, ends_minute, first_on, last_on, .. } = *self;
        Weekly { weekday, starts_minute, ends_minute, first_on, last_on }
    }
}

statements! {
    OF_CLASS = "select id, class, weekday, starts_minute, ends_minute, room, first_on, last_on,
            version
        from patterns where class = ?1 and ended_at is null order by first_on, starts_minute, id";
    OF_TERM = "select p.id, p.class, p.weekday, p.starts_minute, p.ends_minute, p.room, p.first_on,
            p.last_on, p.version
        from classes c join patterns p on p.class = c.id
        where c.term = ?1 and p.ended_at is null order by p.first_on, p.starts_minute, p.id";
    GET = "select id, class, weekday, starts_minute, ends_minute, room, first_on, last_on, version
        from patterns where id = ?1 and ended_at is null";
    PUT = "insert into patterns (id, class, weekday, starts_minute, ends_minute, room, first_on,
            last_on, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    UPDATE = "update patterns set weekday = ?2, starts_minute = ?3, ends_minute = ?4, room = ?5,
            first_on = ?6, last_on = ?7, version = ?8
        where id = ?1 and version = ?9 and ended_at is null";
    END = "update patterns set ended_at = ?2, version = ?3 where id = ?1 and ended_at is null";
    // In one order, so that two that follow a change each never wait for each other in a circle.
    MEETING_ON = "select distinct class from patterns
        where ended_at is null and last_on >= ?1 and first_on <= ?2 order by class";
    HOLD_CLASS = {
        // SQLite has one writer, so nobody can come between.
        sqlite: "select id from classes where id = ?1",
        postgres: "select id from classes where id = ?1 for no key update",
    };
    GENERATED = "select id, pattern, week, starts_at, ends_at, room, by_hand, version
        from meetings where class = ?1 and pattern is not null and week is not null
        order by starts_at, id";
    TAKEN = "select meeting from sessions where class = ?1 and meeting is not null";
    PUT_GENERATED = "insert into meetings (id, class, starts_at, ends_at, room, room_folded, pattern,
            week, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    MOVE_GENERATED = "update meetings set starts_at = ?2, ends_at = ?3, room = ?4,
            room_folded = ?5, version = ?6
        where id = ?1 and by_hand = 0";
    REMOVE_GENERATED = "delete from meetings where id = ?1 and by_hand = 0";
    KEEP = "update meetings set by_hand = 1 where id = ?1 and by_hand = 0";
    FOLLOW = "update meetings set by_hand = 0 where id = ?1";
    SINGLE = "select starts_at from meetings where class = ?1 and pattern is null";
    REMOVE = "delete from patterns where id = ?1";
    ROOM_CLASHES = "select a.id, a.starts_at, b.class, k.code, c.section, a.room,
            cast(null as text)
        from meetings a
        join meetings b on b.starts_at > a.starts_at - 43200000000 and b.starts_at < a.ends_at
        join classes c on c.id = b.class
        join courses k on k.id = c.course
        where a.class = ?1 and a.starts_at > ?2 and a.cancelled_at is null
            and b.class <> a.class and b.cancelled_at is null and b.ends_at > a.starts_at
            and b.room_folded = a.room_folded and c.archived_at is null
        order by a.starts_at, k.code_folded, c.section_folded limit ?3";
    // SQLite joins in this order: it would go through every teacher for each meeting.
    TEACHER_CLASHES = "select a.id, a.starts_at, b.class, k.code, c.section, cast(null as text),
            p.name
        from role_grants mine cross join role_grants theirs
        cross join meetings a cross join meetings b
        join people p on p.id = mine.person
        join classes c on c.id = b.class
        join courses k on k.id = c.course
        where mine.class = ?1 and mine.role = 'teacher' and mine.ended_at is null
            and theirs.person = mine.person and theirs.class <> mine.class
            and theirs.role = 'teacher' and theirs.ended_at is null
            and a.class = ?1 and a.starts_at > ?2 and a.cancelled_at is null
            and b.class = theirs.class and b.starts_at > a.starts_at - 43200000000
            and b.starts_at < a.ends_at and b.ends_at > a.starts_at and b.cancelled_at is null
            and c.archived_at is null
        order by a.starts_at, k.code_folded, c.section_folded limit ?3";
}

/// The patterns of a class.
pub fn of_class(tx: &mut ReadTx<'_>, class: ClassId) -> Result<Vec<PatternRow>> {
    tx.all(&OF_CLASS, args![class])
}

/// The patterns of all classes of a term.
pub fn of_term(tx: &mut ReadTx<'_>, term: TermId) -> Result<Vec<PatternRow>> {
    tx.all(&OF_TERM, args![term])
}

/// The pattern of that id, unless it has ended.
pub fn get(tx: &mut ReadTx<'_>, id: PatternId) -> Result<Option<PatternRow>> {
    tx.opt(&GET, args![id])
}

/// Adds a pattern.
pub fn insert(tx: &mut WriteTx<'_>, row: &PatternRow) -> Result<()> {
    let PatternRow { id, class, weekday, starts_minute, ends_minute, .. } = row;
    let PatternRow { room, first_on, last_on, version, .. } = row;
    tx.execute(
        &PUT,
        args![
            *id,
            *class,
            *weekday,
            *starts_minute,
            *ends_minute,
            room,
            *first_on,
            *last_on,
            *version
        ],
    )?;
    Ok(())
}

/// Changes a pattern whose stored version is still `seen`.
pub fn update(tx: &mut WriteTx<'_>, row: &PatternRow, seen: i64) -> Result<bool> {
    let PatternRow { id, weekday, starts_minute, ends_minute, .. } = row;
    let PatternRow { room, first_on, last_on, version, .. } = row;
    let changed = tx.execute(
        &UPDATE,
        args![
            *id,
            *weekday,
            *starts_minute,
            *ends_minute,
            room,
            *first_on,
            *last_on,
            *version,
            seen
        ],
    )?;
    Ok(changed == 1)
}

/// Ends a pattern; false if it had ended.
pub fn end(tx: &mut WriteTx<'_>, id: PatternId, at: Timestamp, version: i64) -> Result<bool> {
    Ok(tx.execute(&END, args![id, at, version])? == 1)
}

/// Removes a pattern of which no meeting is left.
pub fn remove(tx: &mut WriteTx<'_>, id: PatternId) -> Result<()> {
    tx.execute(&REMOVE, args![id])?;
    Ok(())
}

/// The classes that have a pattern during some of these days.
pub fn classes_during(tx: &mut ReadTx<'_>, days: Closed) -> Result<Vec<ClassId>> {
    let mut classes = Vec::new();
    tx.each(&MEETING_ON, args![days.first_on, days.last_on], |row| {
        classes.push(row.columns().next()?);
        Ok(())
    })?;
    Ok(classes)
}

/// Lets one transaction at a time bring a class's meetings in line.
pub fn hold_class(tx: &mut WriteTx<'_>, class: ClassId) -> Result<()> {
    tx.each(&HOLD_CLASS, args![class], |_| Ok(()))
}

/// The meetings of a class that patterns made, past ones included.
pub fn generated(tx: &mut ReadTx<'_>, class: ClassId) -> Result<Vec<GeneratedRow>> {
    tx.all(&GENERATED, args![class])
}

/// When the meetings of a class begin that no pattern made.
pub fn single(tx: &mut ReadTx<'_>, class: ClassId) -> Result<HashSet<Timestamp>> {
    let mut starts = HashSet::new();
    tx.each(&SINGLE, args![class], |row| {
        starts.insert(row.columns().next()?);
        Ok(())
    })?;
    Ok(starts)
}

/// The meetings of a class of which a session was taken.
pub fn taken(tx: &mut ReadTx<'_>, class: ClassId) -> Result<HashSet<MeetingId>> {
    let mut meetings = HashSet::new();
    tx.each(&TAKEN, args![class], |row| {
        meetings.insert(row.columns().next()?);
        Ok(())
    })?;
    Ok(meetings)
}

/// Adds a meeting that a pattern wants.
pub fn insert_generated(
    tx: &mut WriteTx<'_>,
    id: MeetingId,
    class: ClassId,
    wanted: &Wanted,
) -> Result<()> {
    let version = tx.version();
    let Wanted { occurrence: (pattern, week), starts_at, ends_at, room } = wanted;
    let folded = room.as_deref().map(fold);
    tx.execute(
        &PUT_GENERATED,
        args![id, class, *starts_at, *ends_at, room, folded, *pattern, *week, version],
    )?;
    Ok(())
}

/// Moves a meeting to where its pattern wants it.
pub fn move_generated(
    tx: &mut WriteTx<'_>,
    id: MeetingId,
    wanted: &Wanted,
    version: i64,
) -> Result<()> {
    let Wanted { starts_at, ends_at, room, .. } = wanted;
    let folded = room.as_deref().map(fold);
    tx.execute(&MOVE_GENERATED, args![id, *starts_at, *ends_at, room, folded, version])?;
    Ok(())
}

/// Takes back a meeting that no pattern wants any more.
pub fn remove_generated(tx: &mut WriteTx<'_>, id: MeetingId) -> Result<()> {
    tx.execute(&REMOVE_GENERATED, args![id])?;
    Ok(())
}

/// Notes that somebody moved or cancelled a meeting, so that its pattern leaves it alone; false if
/// that was known.
pub fn keep(tx: &mut WriteTx<'_>, id: MeetingId) -> Result<bool> {
    Ok(tx.execute(&KEEP, args![id])? == 1)
}

/// Lets a meeting follow its pattern again.
pub fn follow(tx: &mut WriteTx<'_>, id: MeetingId) -> Result<()> {
    tx.execute(&FOLLOW, args![id])?;
    Ok(())
}

/// Where meetings of a class after `from` meet others in their room or with their teacher; at
/// most `limit` of either kind.
pub fn clashes(
    tx: &mut ReadTx<'_>,
    class: ClassId,
    from: Timestamp,
    limit: i64,
) -> Result<Vec<ClashRow>> {
    let mut found: Vec<ClashRow> = tx.all(&ROOM_CLASHES, args![class, from, limit])?;
    found.extend(tx.all::<ClashRow>(&TEACHER_CLASHES, args![class, from, limit])?);
    found.sort_by_key(|clash| clash.starts_at);
    Ok(found)
}
