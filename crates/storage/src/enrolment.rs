//! Enrolment and meetings of classes.

use crate::{ReadTx, Result, ToValue, WriteTx, args, record, row, statements, tallies};
use muster_domain::academics::{EnrolmentStatus, roll_order};
use muster_domain::ids::{ClassId, EnrolmentId, MeetingId, PersonId};
use muster_domain::text::fold;
use muster_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

record! {
    /// A student's place in a class.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
        /// Whether they were enrolled, withdrawn, or completed it.
        pub status: EnrolmentStatus,
        /// Whether the student's record is in use.
        #[serde(default)]
        pub in_use: bool,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

impl EnrolmentRow {
    /// Whether the student belongs to the class now: nobody does whose record is not in use.
    pub fn attends(&self) -> bool {
        self.in_use && self.status == EnrolmentStatus::Active
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
        /// Whether they may still sign in.
        pub active: bool,
    }
}

record! {
    /// A meeting of a class.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    ROSTER = "select e.id, e.class, e.person, p.name, p.number, e.roll_number, e.status, p.active,
            e.version
        from enrolments e join people p on p.id = e.person
        where e.class = ?1 order by e.roll_order, e.roll_folded, e.id";
    PLACE = "select e.id, e.class, e.person, p.name, p.number, e.roll_number, e.status, p.active,
            e.version
        from enrolments e join people p on p.id = e.person
        where e.class = ?1 and e.person = ?2 and e.contested = 0";
    STANDINGS = {
        sqlite: "select class, person, status from enrolments
        where class = ?1 and person = ?2 and contested = 0",
        postgres: "select e.class, e.person, e.status
        from unnest(?1::uuid[], ?2::uuid[]) as asked (class, person)
        cross join lateral (select * from enrolments one where one.class = asked.class
            and one.person = asked.person and one.contested = 0 offset 0) e",
    };
    ROLLS = {
        sqlite: "select e.class, e.roll_folded, e.person, p.active
        from enrolments e join people p on p.id = e.person
        where e.class = ?1 and e.roll_folded = ?2 and e.contested = 0 and e.status = 'active'",
        postgres: "select e.class, e.roll_folded, e.person, p.active
        from unnest(?1::uuid[], ?2::text[]) as asked (class, roll)
        cross join lateral (select * from enrolments one where one.class = asked.class
            and one.roll_folded = asked.roll and one.contested = 0
            and one.status = 'active' offset 0) e
        join people p on p.id = e.person",
    };
    PUT = {
        sqlite: "insert into enrolments (id, class, person, roll_number, roll_folded, roll_order, status,
            enrolled_at, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        postgres: "insert into enrolments (id, class, person, roll_number, roll_folded, roll_order, status,
            enrolled_at, version)
        select * from unnest(?1::uuid[], ?2::uuid[], ?3::uuid[], ?4::text[], ?5::text[],
            ?6::bigint[], ?7::text[], ?8::bigint[], ?9::bigint[])",
    };
    REMOVE = "delete from enrolments where id = ?1 and version = ?2
        and not exists (select 1 from tallies t
            where t.class = enrolments.class and t.person = enrolments.person)
        and not exists (select 1 from sessions s
            join marks m on m.session = s.id and m.person = enrolments.person
            where s.class = enrolments.class)
        and not exists (select 1 from results r
            where r.class = enrolments.class and r.person = enrolments.person)";
    UPDATE = "update enrolments set roll_number = ?2, roll_folded = ?3, roll_order = ?4, status = ?5,
            version = ?6
        where id = ?1 and version = ?7";
    PARK = "update enrolments set roll_folded = ?3
        where class = ?1 and roll_folded = ?2 and contested = 0 and status = 'active'";
    ENROLLED = "select count(*) from enrolments e join people p on p.id = e.person
        where e.class = ?1 and e.status = 'active' and p.active = 1";
    MEETINGS = "select id, class, starts_at, ends_at, room, cancelled_at, version from meetings
        where class = ?1 and ends_at > ?2 and starts_at < ?3 order by starts_at, id";
    MEETINGS_OF_MANY = {
        sqlite: "select id, class, starts_at, ends_at, room, cancelled_at, version from meetings
        where class = ?1 and ends_at > ?2 and starts_at < ?3 order by starts_at, id",
        postgres: "select m.id, m.class, m.starts_at, m.ends_at, m.room, m.cancelled_at, m.version
        from unnest(?1::uuid[], ?2::bigint[], ?3::bigint[]) as asked (class, since, until)
        join meetings m on m.class = asked.class and m.ends_at > asked.since
            and m.starts_at < asked.until
        order by m.starts_at, m.id",
    };
    MEETING = "select id, class, starts_at, ends_at, room, cancelled_at, version
        from meetings where id = ?1";
    PUT_MEETING = {
        sqlite: "insert into meetings (id, class, starts_at, ends_at, room, room_folded, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        postgres: "insert into meetings (id, class, starts_at, ends_at, room, room_folded, version)
        select * from unnest(?1::uuid[], ?2::uuid[], ?3::bigint[], ?4::bigint[], ?5::text[],
            ?6::text[], ?7::bigint[])",
    };
    REMOVE_MEETING = "delete from meetings where id = ?1 and version = ?2
        and not exists (select 1 from sessions where meeting = ?1)";
    UPDATE_MEETING = "update meetings set starts_at = ?2, ends_at = ?3, room = ?4,
            room_folded = ?5, cancelled_at = ?6, version = ?7
        where id = ?1 and version = ?8";
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
    insert_many(tx, &[place], at)
}

/// Enrols students.
pub fn insert_many(tx: &mut WriteTx<'_>, places: &[&EnrolmentRow], at: Timestamp) -> Result<()> {
    let rolls =
        places.iter().map(|place| (fold(&place.roll_number), roll_order(&place.roll_number)));
    let rolls: Vec<_> = rolls.collect();
    let rows = places.iter().zip(&rolls).map(|(place, (folded, order))| {
        [
            place.id.to_value(),
            place.class.to_value(),
            place.person.to_value(),
            place.roll_number.to_value(),
            folded.to_value(),
            order.to_value(),
            place.status.to_value(),
            at.to_value(),
            place.version.to_value(),
        ]
    });
    tx.execute_many(&PUT, rows)?;
    Ok(())
}

/// Removes a place whose stored version is still `seen` if the student was never marked in the
/// class; false otherwise.
pub fn remove(tx: &mut WriteTx<'_>, id: EnrolmentId, seen: i64) -> Result<bool> {
    tallies::drop_empty(tx, id)?;
    Ok(tx.execute(&REMOVE, args![id, seen])? == 1)
}

/// Changes roll number or status of a place whose stored version is still `seen`.
pub fn update(tx: &mut WriteTx<'_>, place: &EnrolmentRow, seen: i64) -> Result<bool> {
    let roll = &place.roll_number;
    Ok(tx.execute(
        &UPDATE,
        args![place.id, roll, fold(roll), roll_order(roll), place.status, place.version, seen],
    )? == 1)
}

/// Lets go of a roll number, folded, whose holder is about to get another one.
pub fn park(tx: &mut WriteTx<'_>, class: ClassId, roll: &str) -> Result<()> {
    tx.execute(&PARK, args![class, roll, parked(roll)])?;
    Ok(())
}

/// Gives a roll number back to whoever let it go and got no other one.
pub fn unpark(tx: &mut WriteTx<'_>, class: ClassId, roll: &str) -> Result<()> {
    tx.execute(&PARK, args![class, parked(roll), roll])?;
    Ok(())
}

/// No roll number begins with a control character.
fn parked(roll: &str) -> String {
    format!("\u{1}{roll}")
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

/// The meetings of several classes that touch that time, each class's earliest first.
pub fn meetings_of_many(
    tx: &mut ReadTx<'_>,
    classes: &[ClassId],
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<MeetingRow>> {
    tx.all_many(&MEETINGS_OF_MANY, classes.iter().map(|class| row![*class, from, until]))
}

/// The meeting of that id.
pub fn meeting(tx: &mut ReadTx<'_>, id: MeetingId) -> Result<Option<MeetingRow>> {
    tx.opt(&MEETING, args![id])
}

/// Adds a meeting.
pub fn insert_meeting(tx: &mut WriteTx<'_>, meeting: &MeetingRow) -> Result<()> {
    insert_meetings(tx, &[meeting])
}

/// Adds meetings.
pub fn insert_meetings(tx: &mut WriteTx<'_>, meetings: &[&MeetingRow]) -> Result<()> {
    let rooms: Vec<_> = meetings.iter().map(|meeting| meeting.room.as_deref().map(fold)).collect();
    let rows = meetings.iter().zip(&rooms).map(|(meeting, folded)| {
        [
            meeting.id.to_value(),
            meeting.class.to_value(),
            meeting.starts_at.to_value(),
            meeting.ends_at.to_value(),
            meeting.room.to_value(),
            folded.to_value(),
            meeting.version.to_value(),
        ]
    });
    tx.execute_many(&PUT_MEETING, rows)?;
    Ok(())
}

/// Removes a meeting whose stored version is still `seen` and that has no session; false
/// otherwise.
pub fn remove_meeting(tx: &mut WriteTx<'_>, id: MeetingId, seen: i64) -> Result<bool> {
    Ok(tx.execute(&REMOVE_MEETING, args![id, seen])? == 1)
}

/// Changes a meeting whose stored version is still `seen`.
pub fn update_meeting(tx: &mut WriteTx<'_>, meeting: &MeetingRow, seen: i64) -> Result<bool> {
    let MeetingRow { id, starts_at, ends_at, room, cancelled_at, version, .. } = meeting;
    let folded = room.as_deref().map(fold);
    Ok(tx.execute(
        &UPDATE_MEETING,
        args![*id, *starts_at, *ends_at, room, folded, *cancelled_at, *version, seen],
    )? == 1)
}
