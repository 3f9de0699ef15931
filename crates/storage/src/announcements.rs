//! Announcements, and whom they concern.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::announcements::Audience;
use muster_domain::ids::{AnnouncementId, ClassId, PersonId, ProgrammeId};
use muster_domain::time::{Date, Timestamp};

record! {
    /// An announcement with the names around it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AnnouncementRow {
        /// Id.
        pub id: AnnouncementId,
        /// The programme to whose students it is made.
        pub programme: Option<ProgrammeId>,
        /// The programme's name.
        pub programme_name: Option<String>,
        /// The class to which it is made.
        pub class: Option<ClassId>,
        /// The name of the class's course.
        pub course_name: Option<String>,
        /// The code of the class's course.
        pub course_code: Option<String>,
        /// The class's section.
        pub section: Option<String>,
        /// What it is about, in a few words.
        pub title: String,
        /// The rest, in Markdown.
        pub text: String,
        /// The first day on which it shows.
        pub first_on: Date,
        /// The last.
        pub last_on: Date,
        /// Whether it stands above others.
        pub pinned: bool,
        /// Who made it.
        pub author: PersonId,
        /// Their name.
        pub author_name: String,
        /// When.
        pub created_at: Timestamp,
        /// When it was ended.
        pub ended_at: Option<Timestamp>,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

impl AnnouncementRow {
    /// To whom it is made.
    pub const fn audience(&self) -> Audience {
        Audience::of(self.programme, self.class)
    }
}

/// A part of a list, the latest first.
#[derive(Clone, Copy, Debug)]
pub struct Before {
    /// Only what was made before that.
    pub at: Timestamp,
    /// Among those of the same time, only ids before that.
    pub id: AnnouncementId,
    /// At most so many.
    pub limit: i64,
}

macro_rules! announcements {
    ($which:literal) => {
        concat!(
            "select a.id, a.programme, g.name, a.class, k.name, k.code, c.section, a.title, a.text,
            a.first_on, a.last_on, a.pinned, a.author, p.name, a.created_at, a.ended_at, a.version
        from announcements a join people p on p.id = a.author
        left join programmes g on g.id = a.programme
        left join classes c on c.id = a.class left join courses k on k.id = c.course
        ",
            $which
        )
    };
}

statements! {
    GET = (announcements!("where a.id = ?1"));
    SHOWN = (announcements!("where a.ended_at is null and a.first_on <= ?2 and a.last_on >= ?2
        and a.id in (
            select n.id from announcements n where n.programme is null and n.class is null
                and n.last_on >= ?2
            union all select n.id from students s join announcements n on n.programme = s.programme
                where s.person = ?1
            union all select n.id from enrolments e join announcements n on n.class = e.class
                where e.person = ?1 and e.status = 'active'
            union all select n.id from role_grants r join announcements n on n.class = r.class
                where r.person = ?1 and r.ended_at is null)
        order by a.pinned desc, a.created_at desc, a.id desc"));
    CONCERNING = (announcements!("where (a.created_at, a.id) < (?3, ?4)
        and ((a.ended_at is null and a.first_on <= ?2)
            or a.class in (select r.class from role_grants r
                where r.person = ?1 and r.role = 'teacher' and r.ended_at is null))
        and a.id in (
            select n.id from announcements n where n.programme is null and n.class is null
            union all select n.id from students s join announcements n on n.programme = s.programme
                where s.person = ?1
            union all select n.id from enrolments e join announcements n on n.class = e.class
                where e.person = ?1 and e.status = 'active'
            union all select n.id from role_grants r join announcements n on n.class = r.class
                where r.person = ?1 and r.ended_at is null)
        order by a.created_at desc, a.id desc limit ?5"));
    EVERY = (announcements!("where (a.created_at, a.id) < (?1, ?2)
        order by a.created_at desc, a.id desc limit ?3"));
    CONCERNS = "select count(*) from announcements a where a.id = ?2
        and a.ended_at is null and a.first_on <= ?3 and (
            (a.programme is null and a.class is null)
            or exists (select 1 from students s where s.person = ?1 and s.programme = a.programme)
            or exists (select 1 from enrolments e where e.person = ?1 and e.class = a.class
                and e.status = 'active')
            or exists (select 1 from role_grants r where r.person = ?1 and r.class = a.class
                and r.ended_at is null))";
    PUT = "insert into announcements (id, programme, class, title, text, first_on, last_on, pinned,
            author, created_at, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    UPDATE = "update announcements set programme = ?2, class = ?3, title = ?4, text = ?5,
            first_on = ?6, last_on = ?7, pinned = ?8, ended_at = ?9, version = ?10
        where id = ?1 and version = ?11";
}

/// The announcement of that id.
pub fn get(tx: &mut ReadTx<'_>, id: AnnouncementId) -> Result<Option<AnnouncementRow>> {
    tx.opt(&GET, args![id])
}

/// What shows to a person on a day: what is pinned first, then the latest.
pub fn shown(tx: &mut ReadTx<'_>, person: PersonId, on: Date) -> Result<Vec<AnnouncementRow>> {
    tx.all(&SHOWN, args![person, on])
}

/// What was ever announced to a person until a day; to teachers of a class also what is planned
/// there and what was ended.
pub fn concerning(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    today: Date,
    before: Before,
) -> Result<Vec<AnnouncementRow>> {
    tx.all(&CONCERNING, args![person, today, before.at, before.id, before.limit])
}

/// Everything that was ever announced.
pub fn every(tx: &mut ReadTx<'_>, before: Before) -> Result<Vec<AnnouncementRow>> {
    tx.all(&EVERY, args![before.at, before.id, before.limit])
}

/// Whether the person may know of an announcement on a day.
pub fn concerns(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    id: AnnouncementId,
    today: Date,
) -> Result<bool> {
    Ok(tx.number(&CONCERNS, args![person, id, today])? > 0)
}

/// Adds an announcement.
pub fn insert(tx: &mut WriteTx<'_>, row: &AnnouncementRow) -> Result<()> {
    tx.execute(
        &PUT,
        args![
            row.id,
            row.programme,
            row.class,
            row.title,
            row.text,
            row.first_on,
            row.last_on,
            row.pinned,
            row.author,
            row.created_at,
            row.version
        ],
    )?;
    Ok(())
}

/// Changes an announcement whose stored version is still `seen`; false if it is another by now.
pub fn update(tx: &mut WriteTx<'_>, row: &AnnouncementRow, seen: i64) -> Result<bool> {
    let done = tx.execute(
        &UPDATE,
        args![
            row.id,
            row.programme,
            row.class,
            row.title,
            row.text,
            row.first_on,
            row.last_on,
            row.pinned,
            row.ended_at,
            row.version,
            seen
        ],
    )?;
    Ok(done == 1)
}
