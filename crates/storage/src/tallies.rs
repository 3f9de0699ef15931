//! Tallies: what each student of a class, and each session, has come to over closed sessions.

use crate::sessions::SessionRow;
use crate::{ReadTx, Result, WriteTx, args, record, row, statements};
use muster_domain::attendance::{Status, Tally};
use muster_domain::ids::{ClassId, EnrolmentId, MeetingId, PersonId, SessionId, TermId};
use muster_domain::time::Timestamp;
use std::collections::BTreeMap;

record! {
    struct TallyRow {
        class: ClassId,
        person: PersonId,
        present: i64,
        late: i64,
        excused: i64,
        absent: i64,
    }
}

record! {
    struct ClassTallyRow {
        class: ClassId,
        present: i64,
        late: i64,
        excused: i64,
        absent: i64,
    }
}

record! {
    struct TermTallyRow {
        term: TermId,
        present: i64,
        late: i64,
        excused: i64,
        absent: i64,
    }
}

record! {
    /// What a closed session came to.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SessionTallyRow {
        /// Session.
        pub session: SessionId,
        /// To when its marks belong, see `SessionRow`.
        pub held_at: Timestamp,
        /// Students present.
        pub present: i64,
        /// Students late.
        pub late: i64,
        /// Students excused.
        pub excused: i64,
        /// Students absent.
        pub absent: i64,
    }
}

impl SessionTallyRow {
    /// The counts.
    pub const fn tally(&self) -> Tally {
        let Self { present, late, excused, absent, .. } = *self;
        Tally { present, late, excused, absent }
    }
}

record! {
    /// A student's status in a session.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct StatusRow {
        /// Session.
        pub session: SessionId,
        /// Student.
        pub person: PersonId,
        /// Status.
        pub status: Status,
    }
}

statements! {
    OF_CLASS = "select class, person, present, late, excused, absent
        from tallies where class = ?1";
    OF_CLASSES = {
        sqlite: "select class, cast(sum(present) as bigint), cast(sum(late) as bigint),
            cast(sum(excused) as bigint), cast(sum(absent) as bigint)
        from session_tallies where class = ?1 group by class",
        postgres: "select class, cast(sum(present) as bigint), cast(sum(late) as bigint),
            cast(sum(excused) as bigint), cast(sum(absent) as bigint)
        from session_tallies where class = any(?1::uuid[]) group by class",
    };
    OF_PERSON = "select class, person, present, late, excused, absent
        from tallies where person = ?1";
    SESSIONS_OF_CLASS = "select session, opened_at, present, late, excused, absent
        from session_tallies where class = ?1 order by opened_at, session";
    MOVE_SESSION = "update session_tallies set opened_at = ?2
        where session in (select id from sessions where meeting = ?1)";
    MARKS_OF_CLASS = "select m.session, m.person, m.status
        from sessions s join marks m on m.session = s.id
        where s.class = ?1 and s.closed_at is not null";
    ADD = {
        sqlite: "insert into tallies (class, person, present, late, excused, absent)
        values (?1, ?2, ?3, ?4, ?5, ?6)
        on conflict (class, person) do update set
            present = tallies.present + excluded.present, late = tallies.late + excluded.late,
            excused = tallies.excused + excluded.excused, absent = tallies.absent + excluded.absent",
        postgres: "insert into tallies (class, person, present, late, excused, absent)
        select * from unnest(?1::uuid[], ?2::uuid[], ?3::bigint[], ?4::bigint[], ?5::bigint[],
            ?6::bigint[])
        on conflict (class, person) do update set
            present = tallies.present + excluded.present, late = tallies.late + excluded.late,
            excused = tallies.excused + excluded.excused, absent = tallies.absent + excluded.absent",
    };
    ADD_TO_SESSION = {
        sqlite: "insert into session_tallies (session, class, opened_at, present, late, excused,
            absent)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        on conflict (session) do update set
            present = session_tallies.present + excluded.present,
            late = session_tallies.late + excluded.late,
            excused = session_tallies.excused + excluded.excused,
            absent = session_tallies.absent + excluded.absent",
        postgres: "insert into session_tallies (session, class, opened_at, present, late, excused,
            absent)
        select * from unnest(?1::uuid[], ?2::uuid[], ?3::bigint[], ?4::bigint[], ?5::bigint[],
            ?6::bigint[], ?7::bigint[])
        on conflict (session) do update set
            present = session_tallies.present + excluded.present,
            late = session_tallies.late + excluded.late,
            excused = session_tallies.excused + excluded.excused,
            absent = session_tallies.absent + excluded.absent",
    };
    ADD_TO_TERM = {
        sqlite: "insert into term_tallies (term, person, present, late, excused, absent)
        select c.term, ?2, ?3, ?4, ?5, ?6 from classes c where c.id = ?1
        on conflict (term, person) do update set
            present = term_tallies.present + excluded.present,
            late = term_tallies.late + excluded.late,
            excused = term_tallies.excused + excluded.excused,
            absent = term_tallies.absent + excluded.absent",
        // A student's classes of one term are added up first: no row can change twice.
        postgres: "insert into term_tallies (term, person, present, late, excused, absent)
        select c.term, t.person, sum(t.present), sum(t.late), sum(t.excused), sum(t.absent)
        from unnest(?1::uuid[], ?2::uuid[], ?3::bigint[], ?4::bigint[], ?5::bigint[], ?6::bigint[])
            as t (class, person, present, late, excused, absent)
        join classes c on c.id = t.class
        group by c.term, t.person order by t.person
        on conflict (term, person) do update set
            present = term_tallies.present + excluded.present,
            late = term_tallies.late + excluded.late,
            excused = term_tallies.excused + excluded.excused,
            absent = term_tallies.absent + excluded.absent",
    };
    OF_TERMS = "select term, present, late, excused, absent
        from term_tallies where person = ?1";
    DROP_EMPTY_OF_TERM = "delete from term_tallies
        where term = (select c.term from enrolments e join classes c on c.id = e.class
            where e.id = ?1)
        and person = (select person from enrolments where id = ?1)
        and present = 0 and late = 0 and excused = 0 and absent = 0";
    DROP_EMPTY = "delete from tallies
        where class = (select class from enrolments where id = ?1)
        and person = (select person from enrolments where id = ?1)
        and present = 0 and late = 0 and excused = 0 and absent = 0";
    DROP_EMPTY_OF_PERSON = "delete from tallies where person = ?1
        and present = 0 and late = 0 and excused = 0 and absent = 0";
    DROP_EMPTY_TERMS_OF_PERSON = "delete from term_tallies where person = ?1
        and present = 0 and late = 0 and excused = 0 and absent = 0";
    DROP_EMPTY_OF_SESSION = "delete from session_tallies where session = ?1
        and present = 0 and late = 0 and excused = 0 and absent = 0";
}

/// What each student of a class has come to, over closed sessions.
pub fn tallies_of_class(tx: &mut ReadTx<'_>, class: ClassId) -> Result<Vec<(PersonId, Tally)>> {
    let rows: Vec<TallyRow> = tx.all(&OF_CLASS, args![class])?;
    Ok(rows.into_iter().map(|row| (row.person, row.tally())).collect())
}

/// What everybody in each of those classes has come to together, over closed sessions.
pub fn tallies_of_classes(
    tx: &mut ReadTx<'_>,
    classes: &[ClassId],
) -> Result<Vec<(ClassId, Tally)>> {
    let rows: Vec<ClassTallyRow> =
        tx.all_many(&OF_CLASSES, classes.iter().map(|class| row![*class]))?;
    Ok(rows.into_iter().map(|row| (row.class, row.tally())).collect())
}

/// What a student has come to in each class, over closed sessions.
pub fn tallies_of_person(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<(ClassId, Tally)>> {
    let rows: Vec<TallyRow> = tx.all(&OF_PERSON, args![person])?;
    Ok(rows.into_iter().map(|row| (row.class, row.tally())).collect())
}

/// What each closed session of a class came to, the earliest first.
pub fn sessions_of_class(tx: &mut ReadTx<'_>, class: ClassId) -> Result<Vec<SessionTallyRow>> {
    tx.all(&SESSIONS_OF_CLASS, args![class])
}

/// Everybody's status in each closed session of a class.
pub fn marks_of_class(tx: &mut ReadTx<'_>, class: ClassId) -> Result<Vec<StatusRow>> {
    tx.all(&MARKS_OF_CLASS, args![class])
}

/// Adds to tallies what changed in a closed session for each of these students (negative to take
/// away): the one place where tallies change, the students' in class and term, and the session's.
pub fn add_tallies(
    tx: &mut WriteTx<'_>,
    session: &SessionRow,
    changes: &[(PersonId, Tally)],
) -> Result<()> {
    add_tallies_of(tx, &[(session, changes)])
}

/// As [`add_tallies`], for several sessions at once.
pub fn add_tallies_of(
    tx: &mut WriteTx<'_>,
    sessions: &[(&SessionRow, &[(PersonId, Tally)])],
) -> Result<()> {
    let changes = sessions.iter().flat_map(|(session, changes)| {
        let SessionRow { id, class, held_at, .. } = **session;
        changes.iter().map(move |(person, by)| (Counted { id, class, held_at }, *person, *by))
    });
    add_counted(tx, changes)
}

/// What counting has to know of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    pub id: SessionId,
    pub class: ClassId,
    pub held_at: Timestamp,
}

/// As [`add_tallies`], for students of any sessions.
pub(crate) fn add_counted(
    tx: &mut WriteTx<'_>,
    changes: impl IntoIterator<Item = (Counted, PersonId, Tally)>,
) -> Result<()> {
    // In the same order everywhere, so that two transactions don't wait for each other.
    let mut by_student: BTreeMap<(ClassId, PersonId), Tally> = BTreeMap::new();
    let mut by_session: BTreeMap<SessionId, (Counted, Tally)> = BTreeMap::new();
    for (session, person, by) in changes {
        let (_, whole) = by_session.entry(session.id).or_insert((session, Tally::default()));
        let student = by_student.entry((session.class, person)).or_default();
        for status in Status::ALL {
            whole.add(status, by.of(status));
            student.add(status, by.of(status));
        }
    }
    let students = by_student.into_iter().map(|((class, person), by)| {
        let Tally { present, late, excused, absent } = by;
        row![class, person, present, late, excused, absent]
    });
    let students: Vec<_> = students.collect();
    tx.execute_many(&ADD, &students)?;
    tx.execute_many(&ADD_TO_TERM, &students)?;
    let rows = by_session.into_values().map(|(session, whole)| {
        let Counted { id, class, held_at } = session;
        let Tally { present, late, excused, absent } = whole;
        row![id, class, held_at, present, late, excused, absent]
    });
    tx.execute_many(&ADD_TO_SESSION, rows)?;
    Ok(())
}

/// Lets what was counted of a meeting's session follow the meeting to another time.
pub fn follow_meeting(tx: &mut WriteTx<'_>, meeting: MeetingId, at: Timestamp) -> Result<()> {
    tx.execute(&MOVE_SESSION, args![meeting, at])?;
    Ok(())
}

/// What a student has come to in each term, over closed sessions.
pub fn tallies_of_terms(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<(TermId, Tally)>> {
    let rows: Vec<TermTallyRow> = tx.all(&OF_TERMS, args![person])?;
    Ok(rows.into_iter().map(|row| (row.term, row.tally())).collect())
}

/// Drops the tallies of a place in a class, and of its student in the term, if nothing counts in
/// them any more.
pub fn drop_empty(tx: &mut WriteTx<'_>, place: EnrolmentId) -> Result<()> {
    tx.execute(&DROP_EMPTY_OF_TERM, args![place])?;
    tx.execute(&DROP_EMPTY, args![place])?;
    Ok(())
}

/// Drops those tallies of a person in which nothing counts any more.
pub fn drop_empty_of_person(tx: &mut WriteTx<'_>, person: PersonId) -> Result<()> {
    tx.execute(&DROP_EMPTY_OF_PERSON, args![person])?;
    tx.execute(&DROP_EMPTY_TERMS_OF_PERSON, args![person])?;
    Ok(())
}

/// Drops the counts of a session if it has no marks any more.
pub fn drop_empty_of_session(tx: &mut WriteTx<'_>, session: SessionId) -> Result<()> {
    tx.execute(&DROP_EMPTY_OF_SESSION, args![session])?;
    Ok(())
}

/// As [`add_tallies`], for one student.
pub fn add_tally(
    tx: &mut WriteTx<'_>,
    session: &SessionRow,
    person: PersonId,
    by: Tally,
) -> Result<()> {
    add_tallies(tx, session, &[(person, by)])
}

impl TallyRow {
    fn tally(&self) -> Tally {
        let Self { present, late, excused, absent, .. } = *self;
        Tally { present, late, excused, absent }
    }
}

impl TermTallyRow {
    fn tally(&self) -> Tally {
        let Self { present, late, excused, absent, .. } = *self;
        Tally { present, late, excused, absent }
    }
}

impl ClassTallyRow {
    fn tally(&self) -> Tally {
        let Self { present, late, excused, absent, .. } = *self;
        Tally { present, late, excused, absent }
    }
}
