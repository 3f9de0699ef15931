//! Reminders that a class's staff sent.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::ids::{ClassId, NoticeId, PersonId};
use muster_domain::reminders::Reason;
use muster_domain::time::{Date, Timestamp};

record! {
    /// A reminder, with its sender's name and what it said.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ReminderRow {
        /// Id, which is the notice's.
        pub id: NoticeId,
        /// The class.
        pub class: ClassId,
        /// The student.
        pub person: PersonId,
        /// Why.
        pub reason: Reason,
        /// On which day.
        pub sent_on: Date,
        /// Who sent it.
        pub sent_by: PersonId,
        /// Their name.
        pub sender: String,
        /// When.
        pub sent_at: Timestamp,
        /// What it said.
        pub text: String,
    }
}

statements! {
    ON_DAY = "select r.id, r.class, r.person, r.reason, r.sent_on, r.sent_by, p.name, r.sent_at, n.body
        from reminders r join people p on p.id = r.sent_by join notices n on n.id = r.id
        where r.class = ?1 and r.sent_on = ?2";
    OF_PERSON = "select r.id, r.class, r.person, r.reason, r.sent_on, r.sent_by, p.name, r.sent_at, n.body
        from reminders r join people p on p.id = r.sent_by join notices n on n.id = r.id
        where r.person = ?1 and r.class = ?2 order by r.sent_at desc, r.id";
    PUT = "insert into reminders (id, class, person, reason, sent_on, sent_by, sent_at)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    ABSENT = "select m.person from sessions s join marks m on m.session = s.id
            left join meetings t on t.id = s.meeting
        where s.class = ?1 and s.closed_at is not null and m.status = 'absent'
            and coalesce(t.starts_at, s.opened_at) >= ?2
            and coalesce(t.starts_at, s.opened_at) < ?3";
}

record! {
    struct AbsentRow {
        person: PersonId,
    }
}

/// What a class's staff sent on a day.
pub fn on_day(tx: &mut ReadTx<'_>, class: ClassId, day: Date) -> Result<Vec<ReminderRow>> {
    tx.all(&ON_DAY, args![class, day])
}

/// What a student of a class was sent, the latest first.
pub fn of_person(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    class: ClassId,
) -> Result<Vec<ReminderRow>> {
    tx.all(&OF_PERSON, args![person, class])
}

/// Adds a reminder, whose notice is there already.
pub fn insert(tx: &mut WriteTx<'_>, row: &ReminderRow) -> Result<()> {
    let ReminderRow { id, class, person, reason, sent_on, sent_by, sent_at, .. } = row;
    tx.execute(&PUT, args![*id, *class, *person, *reason, *sent_on, *sent_by, *sent_at])?;
    Ok(())
}

/// Who was absent in a closed session of a class between two times.
pub fn absent(
    tx: &mut ReadTx<'_>,
    class: ClassId,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<PersonId>> {
    let rows: Vec<AbsentRow> = tx.all(&ABSENT, args![class, from, until])?;
    Ok(rows.into_iter().map(|row| row.person).collect())
}
