//! Enrolment and meetings of classes.

use crate::{ReadTx, Result, WriteTx, args, record, row, statements};
use muster_domain::academics::{EnrolmentStatus, roll_order};
use muster_domain::ids::{ClassId, EnrolmentId, MeetingId, PersonId};
use muster_domain::text::fold;
use muster_domain::time::Timestamp;

record! {
    /// A student's place in a class.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct EnrolmentRow {
        /// Id.
        pub id: EnrolmentId,
        /// Class.
        pub class: ClassId,
        /// Student.
        pub person: PersonId,
        /// The student's name.
        pub name: String,
        /// The student's number.
        pub number: String,
        /// Roll number.
        pub roll_number: String,
        /// Whether they attend now.
        pub status: EnrolmentStatus,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

record! {
    /// Whether a person attends a class.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct StandingRow {
        /// Class.
        pub class: ClassId,
        /// Student.
        pub person: PersonId,
        /// Whether they attend now.
        pub status: EnrolmentStatus,
    }
}

record! {
    /// Who has a roll number in a class.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct RollRow {
        /// Class.
        pub class: ClassId,
        /// Roll number, folded.
        pub roll: String,
        /// Student.
        pub person: PersonId,
    }
}

record! {
    /// A meeting of a class.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct MeetingRow {
        /// Id.
        pub id: MeetingId,
        /// Class.
        pub class: ClassId,
        /// Start.
        pub starts_at: Timestamp,
        /// End.
        pub ends_at: Timestamp,
        /// Room.
        pub room: Option<String>,
        /// When it was cancelled.
        pub cancelled_at: Option<Timestamp>,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

statements! {
    ROSTER = "select e.id, e.class, e.person, p.name, p.number, e.roll_number, e.status, e.version
        from enrolments e join people p on p.id = e.person
        where e.class = ?1 order by e.roll_order, e.roll_folded, e.id";
    PLACE = "select e.id, e.class, e.person, p.name, p.number, e.roll_number, e.status, e.version
        from enrolments e join people p on p.id = e.person
        where e.class = ?1 and e.person = ?2 and e.contested = 0";
    STANDINGS = {
        sqlite: "select class, person, status from enrolments
        where class = ?1 and person = ?2 and contested = 0",
        postgres: "select e.class, e.person, e.status
        from unnest(?1::uuid[], ?2::uuid[]) as asked (class, person)
        join enrolments e on e.class = asked.class and e.person = asked.person
        where e.contested = 0",
    };
    ROLLS = {
        sqlite: "select class, roll_folded, person from enrolments
        where class = ?1 and roll_folded = ?2 and contested = 0 and status = 'active'",
        postgres: "select e.class, e.roll_folded, e.person
        from unnest(?1::uuid[], ?2::text[]) as asked (class, roll)
        join enrolments e on e.class = asked.class and e.roll_folded = asked.roll
        where e.contested = 0 and e.status = 'active'",
    };
    PUT = "insert into enrolments (id, class, person, roll_number, roll_folded, roll_order, status,
            enrolled_at, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    UPDATE = "update enrolments set roll_number = ?2, roll_folded = ?3, roll_order = ?4, status = ?5,
            version = ?6
        where id = ?1 and version = ?7";
    ENROLLED = "select count(*) from enrolments where class = ?1 and status = 'active'";
    MEETINGS = "select id, class, starts_at, ends_at, room, cancelled_at, version from meetings
        where class = ?1 and ends_at > ?2 and starts_at < ?3 order by starts_at, id";
    MEETING = "select id, class, starts_at, ends_at, room, cancelled_at, version
        from meetings where id = ?1";
    PUT_MEETING = "insert into meetings (id, class, starts_at, ends_at, room, version)
        values (?1, ?2, ?3, ?4, ?5, ?6)";
    UPDATE_MEETING = "update meetings set starts_at = ?2, ends_at = ?3, room = ?4,
            cancelled_at = ?5, version = ?6
        where id = ?1 and version = ?7";
}

/// Everyone who is or was enrolled in a class, by roll number.
pub fn roster(tx: &mut ReadTx<'_>, class: ClassId) -> Result<Vec<EnrolmentRow>> {
    tx.all(&ROSTER, args![class])
}

/// A person's place in a class.
pub fn place(
    tx: &mut ReadTx<'_>,
    class: ClassId,
    person: PersonId,
) -> Result<Option<EnrolmentRow>> {
    tx.opt(&PLACE, args![class, person])
}

/// Which of these people attend, or attended, which of these classes.
pub fn standings(tx: &mut ReadTx<'_>, asked: &[(ClassId, PersonId)]) -> Result<Vec<StandingRow>> {
    tx.all_many(&STANDINGS, asked.iter().map(|(class, person)| row![*class, *person]))
}

/// Who attend these classes under these roll numbers, folded.
pub fn by_rolls(tx: &mut ReadTx<'_>, asked: &[(ClassId, String)]) -> Result<Vec<RollRow>> {
    tx.all_many(&ROLLS, asked.iter().map(|(class, roll)| row![*class, roll.as_str()]))
}

/// Enrols a student.
pub fn insert(tx: &mut WriteTx<'_>, place: &EnrolmentRow, at: Timestamp) -> Result<()> {
    let roll = &place.roll_number;
    tx.execute(
        &PUT,
        args![
            place.id,
            place.class,
            place.person,
            roll,
            fold(roll),
            roll_order(roll),
            place.status,
            at,
            place.version
        ],
    )?;
    Ok(())
}

/// Changes roll number or status of a place whose stored version is still `seen`.
pub fn update(tx: &mut WriteTx<'_>, place: &EnrolmentRow, seen: i64) -> Result<bool> {
    let roll = &place.roll_number;
    Ok(tx.execute(
        &UPDATE,
        args![place.id, roll, fold(roll), roll_order(roll), place.status, place.version, seen],
    )? == 1)
}

/// How many students attend a class now.
pub fn enrolled(tx: &mut ReadTx<'_>, class: ClassId) -> Result<i64> {
    tx.number(&ENROLLED, args![class])
}

/// A class's meetings that touch the time from `from` to `until`.
pub fn meetings(
    tx: &mut ReadTx<'_>,
    class: ClassId,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<MeetingRow>> {
    tx.all(&MEETINGS, args![class, from, until])
}

/// The meeting of that id.
pub fn meeting(tx: &mut ReadTx<'_>, id: MeetingId) -> Result<Option<MeetingRow>> {
    tx.opt(&MEETING, args![id])
}

/// Adds a meeting.
pub fn insert_meeting(tx: &mut WriteTx<'_>, meeting: &MeetingRow) -> Result<()> {
    let MeetingRow { id, class, starts_at, ends_at, room, version, .. } = meeting;
    tx.execute(&PUT_MEETING, args![*id, *class, *starts_at, *ends_at, room, *version])?;
    Ok(())
}

/// Changes a meeting whose stored version is still `seen`.
pub fn update_meeting(tx: &mut WriteTx<'_>, meeting: &MeetingRow, seen: i64) -> Result<bool> {
    let MeetingRow { id, starts_at, ends_at, room, cancelled_at, version, .. } = meeting;
    Ok(tx.execute(
        &UPDATE_MEETING,
        args![*id, *starts_at, *ends_at, room, *cancelled_at, *version, seen],
    )? == 1)
}
