//! Sessions and marks.

use crate::{ReadTx, Result, ToValue, Value, WriteTx, args, record, row, statements};
use muster_domain::attendance::{self, Method, Mode, Status, Tally};
use muster_domain::ids::{ClassId, DeviceId, MarkId, MeetingId, PersonId, SessionId};
use muster_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

pub use crate::tallies::{
    add_tallies, add_tally, tallies_of_class, tallies_of_classes, tallies_of_person,
};

record! {
    /// A session as stored.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SessionRow {
        /// Id.
        pub id: SessionId,
        /// Its class.
        pub class: ClassId,
        /// Its meeting, if any.
        pub meeting: Option<MeetingId>,
        /// Where its students are.
        pub mode: Mode,
        /// Methods that it takes, separated by blanks.
        pub methods: String,
        /// What it is about.
        pub topic: Option<String>,
        /// From when a mark is late.
        pub late_from: Timestamp,
        /// Who opened it.
        pub opened_by: PersonId,
        /// When.
        pub opened_at: Timestamp,
        /// When it closes by itself.
        pub ends_at: Timestamp,
        /// When it closed.
        pub closed_at: Option<Timestamp>,
        /// Seconds for which a code is on screen.
        pub step_seconds: i64,
        /// Logical clock of the last change.
        pub version: i64,
        /// To when its marks belong: the start of its meeting, however late its register was
        /// taken, or when it was opened.
        pub held_at: Timestamp,
    }
}

impl SessionRow {
    /// The times that the rules look at.
    pub fn times(&self) -> attendance::Session {
        let Self { opened_at, ends_at, late_from, closed_at, .. } = *self;
        attendance::Session { opened_at, ends_at, late_from, closed_at }
    }

    /// Whether it takes marks by that method.
    pub fn takes(&self, method: Method) -> bool {
        self.methods.split(' ').any(|key| key == method.key())
    }
}

record! {
    /// A mark as stored.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct MarkRow {
        /// Id.
        pub id: MarkId,
        /// Session.
        pub session: SessionId,
        /// Student.
        pub person: PersonId,
        /// Status.
        pub status: Status,
        /// How it was made.
        pub method: Method,
        /// By whom, if not by the student.
        pub marked_by: Option<PersonId>,
        /// When.
        pub at: Timestamp,
        /// The code's step.
        pub step: Option<i64>,
        /// The browser or phone.
        pub device: Option<DeviceId>,
        /// The address.
        pub address: Option<String>,
        /// Why, where staff changed it.
        pub reason: Option<String>,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

impl MarkRow {
    /// What the rules look at.
    pub fn existing(&self) -> attendance::ExistingMark {
        attendance::ExistingMark { status: self.status, method: self.method, at: self.at }
    }

    fn columns(&self) -> [Value<'_>; 12] {
        [
            self.id.to_value(),
            self.session.to_value(),
            self.person.to_value(),
            self.status.to_value(),
            self.method.to_value(),
            self.marked_by.to_value(),
            self.at.to_value(),
            self.step.to_value(),
            self.device.to_value(),
            self.address.to_value(),
            self.reason.to_value(),
            self.version.to_value(),
        ]
    }
}

record! {
    /// How many marks of a session have a status.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct StatusCount {
        /// Session.
        pub session: SessionId,
        /// Status.
        pub status: Status,
        /// How many.
        pub count: i64,
    }
}

statements! {
    GET = "select id, class, meeting, mode, methods, topic, late_from, opened_by, opened_at,
            ends_at, closed_at, step_seconds, version,
            coalesce((select m.starts_at from meetings m where m.id = sessions.meeting), opened_at)
        from sessions where id = ?1";
    LOCK_CLOSE = {
        sqlite: "select id, class, meeting, mode, methods, topic, late_from, opened_by, opened_at,
            ends_at, closed_at, step_seconds, version,
            coalesce((select m.starts_at from meetings m where m.id = sessions.meeting), opened_at)
        from sessions where id = ?1",
        // SQLite has one writer, so nobody can come between.
        postgres: "select id, class, meeting, mode, methods, topic, late_from, opened_by, opened_at,
            ends_at, closed_at, step_seconds, version,
            coalesce((select m.starts_at from meetings m where m.id = sessions.meeting), opened_at)
        from sessions where id = ?1 for update",
    };
    BY_SHORT = {
        sqlite: "select id, class, meeting, mode, methods, topic, late_from, opened_by, opened_at,
            ends_at, closed_at, step_seconds, version,
            coalesce((select m.starts_at from meetings m where m.id = sessions.meeting), opened_at)
        from sessions where short_id = ?1 order by opened_at",
        postgres: "select id, class, meeting, mode, methods, topic, late_from, opened_by, opened_at,
            ends_at, closed_at, step_seconds, version,
            coalesce((select m.starts_at from meetings m where m.id = sessions.meeting), opened_at)
        from sessions where short_id = any(?1::bytea[]) order by opened_at",
    };
    // Marks go on side by side; closing waits for them.
    LOCK_MARK_MANY = {
        sqlite: "select id, class, meeting, mode, methods, topic, late_from, opened_by, opened_at,
            ends_at, closed_at, step_seconds, version,
            coalesce((select m.starts_at from meetings m where m.id = sessions.meeting), opened_at)
        from sessions where id = ?1",
        postgres: "select id, class, meeting, mode, methods, topic, late_from, opened_by, opened_at,
            ends_at, closed_at, step_seconds, version,
            coalesce((select m.starts_at from meetings m where m.id = sessions.meeting), opened_at)
        from sessions where id = any(?1::uuid[]) order by id for share",
    };
    OPEN_OF_MANY = {
        sqlite: "select id, class, meeting, mode, methods, topic, late_from, opened_by, opened_at,
            ends_at, closed_at, step_seconds, version,
            coalesce((select m.starts_at from meetings m where m.id = sessions.meeting), opened_at)
        from sessions where class = ?1 and closed_at is null",
        postgres: "select id, class, meeting, mode, methods, topic, late_from, opened_by, opened_at,
            ends_at, closed_at, step_seconds, version,
            coalesce((select m.starts_at from meetings m where m.id = sessions.meeting), opened_at)
        from sessions where class = any(?1::uuid[]) and closed_at is null",
    };
    OF_MEETING = "select id, class, meeting, mode, methods, topic, late_from, opened_by, opened_at,
            ends_at, closed_at, step_seconds, version,
            coalesce((select m.starts_at from meetings m where m.id = sessions.meeting), opened_at)
        from sessions where meeting = ?1 order by opened_at limit 1";
    OPEN = "select id, class, meeting, mode, methods, topic, late_from, opened_by, opened_at,
            ends_at, closed_at, step_seconds, version,
            coalesce((select m.starts_at from meetings m where m.id = sessions.meeting), opened_at)
        from sessions where closed_at is null order by opened_at, id";
    DUE = "select id, class, meeting, mode, methods, topic, late_from, opened_by, opened_at,
            ends_at, closed_at, step_seconds, version,
            coalesce((select m.starts_at from meetings m where m.id = sessions.meeting), opened_at)
        from sessions where closed_at is null and ends_at <= ?1 order by ends_at limit 100";
    OF_CLASS = "select id, class, meeting, mode, methods, topic, late_from, opened_by, opened_at,
            ends_at, closed_at, step_seconds, version,
            coalesce((select m.starts_at from meetings m where m.id = sessions.meeting), opened_at)
        from sessions where class = ?1 order by opened_at desc, id limit 500";
    PART_OF_CLASS = "select id, class, meeting, mode, methods, topic, late_from, opened_by,
            opened_at, ends_at, closed_at, step_seconds, version,
            coalesce((select m.starts_at from meetings m where m.id = sessions.meeting), opened_at)
        from sessions where class = ?1 and (opened_at, id) < (?2, ?3)
        order by opened_at desc, id desc limit ?4";
    OF_CLASS_BETWEEN = "select id, class, meeting, mode, methods, topic, late_from, opened_by,
            opened_at, ends_at, closed_at, step_seconds, version,
            coalesce((select m.starts_at from meetings m where m.id = sessions.meeting), opened_at)
        from sessions where class = ?1
            and coalesce((select m.starts_at from meetings m where m.id = sessions.meeting), opened_at)
                between ?2 and ?3
        order by opened_at, id";
    REMOVE = "delete from sessions where id = ?1 and version = ?2
        and not exists (select 1 from marks where session = ?1)
        and not exists (select 1 from untold where session = ?1)
        and not exists (select 1 from offline_receipts where session = ?1)";
    PUT = "insert into sessions (id, class, meeting, mode, methods, topic, late_from, opened_by,
            opened_at, ends_at, closed_at, step_seconds, short_id, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
        on conflict do nothing";
    UPDATE = "update sessions set ends_at = ?2, closed_at = ?3, closed_by = ?4, version = ?5
        where id = ?1 and version = ?6";
    MARK_MANY = {
        sqlite: "select id, session, person, status, method, marked_by, at, step, device, address,
            reason, version
        from marks where session = ?1 and person = ?2",
        postgres: "select m.id, m.session, m.person, m.status, m.method, m.marked_by, m.at, m.step,
            m.device, m.address, m.reason, m.version
        from unnest(?1::uuid[], ?2::uuid[]) as asked (session, person)
        join marks m on m.session = asked.session and m.person = asked.person",
    };
    MARKS = "select id, session, person, status, method, marked_by, at, step, device, address,
            reason, version
        from marks where session = ?1 order by at, id";
    MARKS_IN_CLASS = "select m.id, m.session, m.person, m.status, m.method, m.marked_by, m.at,
            m.step, m.device, m.address, m.reason, m.version
        from marks m join sessions s on s.id = m.session
        where m.person = ?1 and s.class = ?2 order by s.opened_at desc, m.id";
    PUT_MARKS = {
        sqlite: "insert into marks (id, session, person, status, method, marked_by, at, step,
            device, address, reason, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
        on conflict do nothing",
        postgres: "insert into marks (id, session, person, status, method, marked_by, at, step,
            device, address, reason, version)
        select * from unnest(?1::uuid[], ?2::uuid[], ?3::uuid[], ?4::text[], ?5::text[],
            ?6::uuid[], ?7::bigint[], ?8::bigint[], ?9::uuid[], ?10::text[], ?11::text[],
            ?12::bigint[])
        on conflict do nothing",
    };
    REPLACE_MARK = "update marks set status = ?2, method = ?3, marked_by = ?4, at = ?5, step = ?6,
            device = ?7, address = ?8, reason = ?9, version = ?10
        where session = ?1 and person = ?11 and version = ?12";
    DELETE_MARKS = {
        sqlite: "delete from marks where session = ?1 and person = ?2 and version = ?3",
        postgres: "delete from marks using unnest(?1::uuid[], ?2::uuid[], ?3::bigint[])
            as gone (session, person, version)
        where marks.session = gone.session and marks.person = gone.person
        and marks.version = gone.version",
    };
    COUNTS = "select session, status, count(*) from marks where session = ?1 group by session, status";
}

/// The session of that id.
pub fn get(tx: &mut ReadTx<'_>, id: SessionId) -> Result<Option<SessionRow>> {
    tx.opt(&GET, args![id])
}

/// The session of that id, which nobody else changes until this transaction ends.
pub fn lock(tx: &mut WriteTx<'_>, id: SessionId) -> Result<Option<SessionRow>> {
    tx.opt(&LOCK_CLOSE, args![id])
}

/// The session of that id, which nobody closes until this transaction ends.
pub fn lock_for_mark(tx: &mut WriteTx<'_>, id: SessionId) -> Result<Option<SessionRow>> {
    Ok(lock_many_for_mark(tx, &[id])?.pop())
}

/// As [`lock_for_mark`], for several sessions.
pub fn lock_many_for_mark(tx: &mut WriteTx<'_>, ids: &[SessionId]) -> Result<Vec<SessionRow>> {
    tx.all_many(&LOCK_MARK_MANY, ids.iter().map(|id| row![*id]))
}

/// The sessions whose codes carry those short ids, for each the latest last.
pub fn by_short_ids(tx: &mut ReadTx<'_>, short_ids: &[[u8; 6]]) -> Result<Vec<SessionRow>> {
    tx.all_many(&BY_SHORT, short_ids.iter().map(|short| row![short.as_slice()]))
}

/// The open session of a class.
pub fn open_of(tx: &mut ReadTx<'_>, class: ClassId) -> Result<Option<SessionRow>> {
    Ok(open_of_many(tx, &[class])?.pop())
}

/// The open sessions of those classes.
pub fn open_of_many(tx: &mut ReadTx<'_>, classes: &[ClassId]) -> Result<Vec<SessionRow>> {
    tx.all_many(&OPEN_OF_MANY, classes.iter().map(|class| row![*class]))
}

/// The session that was taken of a meeting.
pub fn of_meeting(tx: &mut ReadTx<'_>, meeting: MeetingId) -> Result<Option<SessionRow>> {
    tx.opt(&OF_MEETING, args![meeting])
}

/// Every open session.
pub fn open(tx: &mut ReadTx<'_>) -> Result<Vec<SessionRow>> {
    tx.all(&OPEN, args![])
}

/// Open sessions whose time is over.
pub fn due(tx: &mut ReadTx<'_>, now: Timestamp) -> Result<Vec<SessionRow>> {
    tx.all(&DUE, args![now])
}

/// A class's sessions, the latest first.
pub fn of_class(tx: &mut ReadTx<'_>, class: ClassId) -> Result<Vec<SessionRow>> {
    tx.all(&OF_CLASS, args![class])
}

/// A class's sessions that were opened before that one, the latest first.
pub fn part_of_class(
    tx: &mut ReadTx<'_>,
    class: ClassId,
    (at, id): (Timestamp, SessionId),
    limit: i64,
) -> Result<Vec<SessionRow>> {
    tx.all(&PART_OF_CLASS, args![class, at, id, limit])
}

/// A class's sessions whose marks belong between two times.
pub fn of_class_between(
    tx: &mut ReadTx<'_>,
    class: ClassId,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<SessionRow>> {
    tx.all(&OF_CLASS_BETWEEN, args![class, from, until])
}

/// Removes a session whose stored version is still `seen` and that has no marks; false otherwise.
pub fn remove(tx: &mut WriteTx<'_>, id: SessionId, seen: i64) -> Result<bool> {
    crate::tallies::drop_empty_of_session(tx, id)?;
    Ok(tx.execute(&REMOVE, args![id, seen])? == 1)
}

/// Adds a session. If the class has got an open one meanwhile, the closure runs again.
pub fn insert(tx: &mut WriteTx<'_>, session: &SessionRow, short_id: &[u8]) -> Result<()> {
    tx.insert_or_retry(
        &PUT,
        args![
            session.id,
            session.class,
            session.meeting,
            session.mode,
            session.methods,
            session.topic,
            session.late_from,
            session.opened_by,
            session.opened_at,
            session.ends_at,
            session.closed_at,
            session.step_seconds,
            short_id,
            session.version
        ],
    )
}

/// Stores a session's new times if its stored version is still `seen`.
pub fn update(
    tx: &mut WriteTx<'_>,
    session: &SessionRow,
    closed_by: Option<PersonId>,
    seen: i64,
) -> Result<bool> {
    let SessionRow { id, ends_at, closed_at, version, .. } = session;
    let changed =
        tx.execute(&UPDATE, args![*id, *ends_at, *closed_at, closed_by, *version, seen])?;
    Ok(changed == 1)
}

/// A person's mark in a session.
pub fn mark(tx: &mut ReadTx<'_>, session: SessionId, person: PersonId) -> Result<Option<MarkRow>> {
    Ok(mark_many(tx, &[(session, person)])?.pop())
}

/// The marks of those people in those sessions.
pub fn mark_many(tx: &mut ReadTx<'_>, asked: &[(SessionId, PersonId)]) -> Result<Vec<MarkRow>> {
    tx.all_many(&MARK_MANY, asked.iter().map(|(session, person)| row![*session, *person]))
}

/// Every mark of a session.
pub fn marks(tx: &mut ReadTx<'_>, session: SessionId) -> Result<Vec<MarkRow>> {
    tx.all(&MARKS, args![session])
}

/// A person's marks in a class, the latest first.
pub fn marks_in_class(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    class: ClassId,
) -> Result<Vec<MarkRow>> {
    tx.all(&MARKS_IN_CLASS, args![person, class])
}

/// Adds marks. If a student has got one meanwhile, the closure runs again.
pub fn insert_marks(tx: &mut WriteTx<'_>, marks: &[&MarkRow]) -> Result<()> {
    tx.insert_many_or_retry(&PUT_MARKS, marks.iter().map(|mark| mark.columns()))
}

/// Adds a mark, as [`insert_marks`] does.
pub fn insert_mark(tx: &mut WriteTx<'_>, mark: &MarkRow) -> Result<()> {
    insert_marks(tx, &[mark])
}

/// Puts a mark in the place of the one whose stored version is still `seen`.
pub fn replace_mark(tx: &mut WriteTx<'_>, mark: &MarkRow, seen: i64) -> Result<bool> {
    let changed = tx.execute(
        &REPLACE_MARK,
        args![
            mark.session,
            mark.status,
            mark.method,
            mark.marked_by,
            mark.at,
            mark.step,
            mark.device,
            mark.address,
            mark.reason,
            mark.version,
            mark.person,
            seen
        ],
    )?;
    Ok(changed == 1)
}

/// Removes marks whose stored versions are still the same; how many that were.
pub fn delete_marks(tx: &mut WriteTx<'_>, marks: &[&MarkRow]) -> Result<u64> {
    let rows = marks.iter().map(|mark| row![mark.session, mark.person, mark.version]);
    tx.execute_many(&DELETE_MARKS, rows)
}

/// Removes a mark whose stored version is still the same; false if it is another by now.
pub fn delete_mark(tx: &mut WriteTx<'_>, mark: &MarkRow) -> Result<bool> {
    Ok(delete_marks(tx, &[mark])? == 1)
}

/// A session's marks by status.
pub fn counts(tx: &mut ReadTx<'_>, session: SessionId) -> Result<Tally> {
    Ok(tally(&tx.all::<StatusCount>(&COUNTS, args![session])?))
}

/// Adds up counts.
pub fn tally<'a>(counts: impl IntoIterator<Item = &'a StatusCount>) -> Tally {
    counts.into_iter().fold(Tally::default(), |mut tally, count| {
        tally.add(count.status, count.count);
        tally
    })
}
