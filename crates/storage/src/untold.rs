//! What waits to be told after sessions closed or their marks changed, and who was told that their
//! attendance fell.

use crate::{ReadTx, Result, WriteTx, args, record, row, statements};
use muster_domain::attendance::{Status, Tally};
use muster_domain::ids::{ClassId, PersonId, SessionId, UntoldId};
use muster_domain::time::Timestamp;
use std::collections::{HashMap, HashSet};

record! {
    /// Something that waits to be told.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct UntoldRow {
        /// Id.
        pub id: UntoldId,
        /// The session.
        pub session: SessionId,
        /// Whose mark changed; everybody's if none.
        pub person: Option<PersonId>,
        /// Up to whom it is done.
        pub after: PersonId,
    }
}

record! {
    struct MarkedRow {
        person: PersonId,
        status: Status,
    }
}

record! {
    struct TallyRow {
        person: PersonId,
        present: i64,
        late: i64,
        excused: i64,
        absent: i64,
    }
}

record! {
    struct ToldRow {
        person: PersonId,
    }
}

statements! {
    FIRST = "select id, session, person, after from untold order by id limit 1";
    PUT = "insert into untold (id, session, person, after) values (?1, ?2, ?3, ?4)
        on conflict do nothing";
    ADVANCE = "update untold set after = ?3 where id = ?1 and after = ?2";
    DONE = "delete from untold where id = ?1 and after = ?2";
    MARKED = "select person, status from marks where session = ?1 and person > ?2
        order by person limit ?3";
    TALLIES = {
        sqlite: "select person, present, late, excused, absent from tallies
        where class = ?1 and person = ?2",
        postgres: "select t.person, t.present, t.late, t.excused, t.absent
        from unnest(?1::uuid[], ?2::uuid[]) as asked (class, person)
        join tallies t on t.class = asked.class and t.person = asked.person",
    };
    TOLD = {
        sqlite: "select person from low_attendance where class = ?1 and person = ?2",
        postgres: "select t.person from unnest(?1::uuid[], ?2::uuid[]) as asked (class, person)
        join low_attendance t on t.class = asked.class and t.person = asked.person",
    };
    PUT_LOW = "insert into low_attendance (class, person, told_at) values (?1, ?2, ?3)
        on conflict (class, person) do update set told_at = excluded.told_at";
    DROP_LOW = "delete from low_attendance where class = ?1 and person = ?2";
}

/// Something that waits.
pub fn first(tx: &mut ReadTx<'_>) -> Result<Option<UntoldRow>> {
    tx.opt(&FIRST, args![])
}

/// Adds something to tell.
pub fn insert(tx: &mut WriteTx<'_>, row: &UntoldRow) -> Result<()> {
    tx.execute(&PUT, args![row.id, row.session, row.person, row.after])?;
    Ok(())
}

/// Notes up to whom something is told; false if somebody else went on with it meanwhile.
pub fn advance(tx: &mut WriteTx<'_>, row: &UntoldRow, after: PersonId) -> Result<bool> {
    Ok(tx.execute(&ADVANCE, args![row.id, row.after, after])? == 1)
}

/// Notes that something is told; false if somebody else went on with it meanwhile.
pub fn done(tx: &mut WriteTx<'_>, row: &UntoldRow) -> Result<bool> {
    Ok(tx.execute(&DONE, args![row.id, row.after])? == 1)
}

/// Marks of a session, by person, from the one after `after` on.
pub fn marked(
    tx: &mut ReadTx<'_>,
    session: SessionId,
    after: PersonId,
    limit: i64,
) -> Result<Vec<(PersonId, Status)>> {
    let rows: Vec<MarkedRow> = tx.all(&MARKED, args![session, after, limit])?;
    Ok(rows.into_iter().map(|row| (row.person, row.status)).collect())
}

/// What these students have come to in a class.
pub fn tallies(
    tx: &mut ReadTx<'_>,
    class: ClassId,
    people: &[PersonId],
) -> Result<HashMap<PersonId, Tally>> {
    let rows: Vec<TallyRow> =
        tx.all_many(&TALLIES, people.iter().map(|person| row![class, *person]))?;
    let tally = |row: TallyRow| {
        let TallyRow { person, present, late, excused, absent } = row;
        (person, Tally { present, late, excused, absent })
    };
    Ok(rows.into_iter().map(tally).collect())
}

/// Who of these was told that their attendance in a class fell, and has not risen since.
pub fn told_low(
    tx: &mut ReadTx<'_>,
    class: ClassId,
    people: &[PersonId],
) -> Result<HashSet<PersonId>> {
    let rows: Vec<ToldRow> =
        tx.all_many(&TOLD, people.iter().map(|person| row![class, *person]))?;
    Ok(rows.into_iter().map(|row| row.person).collect())
}

/// Notes that a student was told that their attendance fell.
pub fn put_low(
    tx: &mut WriteTx<'_>,
    class: ClassId,
    person: PersonId,
    at: Timestamp,
) -> Result<()> {
    tx.execute(&PUT_LOW, args![class, person, at])?;
    Ok(())
}

/// Notes that a student's attendance rose.
pub fn drop_low(tx: &mut WriteTx<'_>, class: ClassId, person: PersonId) -> Result<()> {
    tx.execute(&DROP_LOW, args![class, person])?;
    Ok(())
}
