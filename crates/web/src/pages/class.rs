//! A class: its sessions and list for staff.

use super::class_manage::{Manage, Typed};
use super::class_view::{Figures, Wanted, word};
use super::frame::crumbs;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::export::{share, text};
use crate::tables::{self, listed, sheet};
use crate::times;
use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use muster_app::academics;
use muster_app::figures::{ClassFigures, StudentFigures, of_class, viewed};
use muster_app::registers;
use muster_app::settings::Settings;
use muster_documents::xlsx::{Cell, Kind, Sheet};
use muster_domain::attendance::Tally;
use muster_domain::attendance::figures::Scale;
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{ClassId, PersonId};
use muster_domain::time::Timestamp;
use muster_storage::locks::LockRow;
use muster_storage::registers::MissingRow;
use muster_storage::sessions::SessionRow;
use muster_storage::{people, photos, sessions};
use std::collections::HashSet;

#[derive(Template)]
#[allow(clippy::struct_excessive_bools, reason = "each shows a part of the page")]
#[template(path = "class.html")]
pub(super) struct Page {
    shell: Shell,
    id: String,
    lede: String,
    open: String,
    archived_at: Option<Timestamp>,
    /// Why nothing changes here any more; empty while the term is open.
    locked: String,
    staff: String,
    figures: Figures,
    sessions: Vec<SessionItem>,
    students: Vec<StudentItem>,
    manage: Option<Manage>,
    may_announce: bool,
    /// Where marks are imported; empty for a login that does not reach that.
    import: &'static str,
    may_remind: bool,
    may_enter_results: bool,
    leaderboard: bool,
}

struct SessionItem {
    /// Empty where a meeting passed without a session.
    id: String,
    /// Such a meeting; empty otherwise.
    meeting: String,
    at: Timestamp,
    when: String,
    topic: String,
    present: i64,
    late: i64,
    excused: i64,
    absent: i64,
    open: bool,
}

pub(super) struct StudentItem {
    person: String,
    roll: String,
    name: String,
    number: String,
    photo: String,
    present: i64,
    late: i64,
    excused: i64,
    absent: i64,
    percent: String,
    level: &'static str,
    /// Sessions missed in a row, once they are enough to worry; else 0.
    missed: i64,
}

/// `GET /classes/{id}`
pub(super) async fn show(
    caller: Caller,
    Path(id): Path<ClassId>,
    Query(wanted): Query<Wanted>,
    Query(file): Query<tables::Wanted>,
) -> Result<Response, PageError> {
    if let Some(format) = file.file() {
        let read = caller.read(move |tx, ctx| of_class(tx, ctx, id)).await;
        let figures = read.map_err(|error| caller.error(error))?;
        return listed(&caller, format, table(&figures, &wanted)).await;
    }
    Ok(render(&page_with(&caller, id, Typed::default(), &wanted).await?))
}

/// The students in the order and with the filter of the page, all of them.
fn table(figures: &ClassFigures, wanted: &Wanted) -> Sheet {
    let columns = [
        ("Roll", 10, Kind::Text),
        ("Number", 16, Kind::Text),
        ("Student", 30, Kind::Text),
        ("Present", 10, Kind::Integer),
        ("Late", 10, Kind::Integer),
        ("Excused", 10, Kind::Integer),
        ("Absent", 10, Kind::Integer),
        ("Attendance %", 14, Kind::Percent),
        ("Badge", 16, Kind::Text),
    ];
    let row = |item: &StudentFigures| {
        let StudentFigures { place, tally, share: attended, badge, .. } = item;
        let [present, late, excused, absent] =
            [tally.present, tally.late, tally.excused, tally.absent].map(Cell::Integer);
        let [roll, number, name] = [&place.roll_number, &place.number, &place.name].map(text);
        [roll, number, name, present, late, excused, absent, share(*attended), text(word(*badge))]
    };
    let name = format!("{} {} students", figures.class.course_code, figures.class.section);
    sheet(name, columns, viewed(&figures.students, wanted.view()).into_iter().map(row))
}

/// The page, with what was typed into its forms.
pub(super) async fn page(caller: &Caller, id: ClassId, typed: Typed) -> Result<Page, PageError> {
    page_with(caller, id, typed, &Wanted::default()).await
}

async fn page_with(
    caller: &Caller,
    id: ClassId,
    typed: Typed,
    wanted: &Wanted,
) -> Result<Page, PageError> {
    let read = caller.read(move |tx, ctx| {
        let figures = of_class(tx, ctx, id)?;
        let sessions = sessions::of_class(tx, id)?;
        let staff = people::staff(tx, id)?;
        let photographed = photos::photographed(tx, id)?;
        let missing = registers::of_class(tx, ctx, id)?;
        let location = academics::class_location(tx, ctx, id)?;
        let lock = academics::lock_of_class(tx, ctx, id)?;
        Ok((figures, (sessions, missing, lock), (staff, location), photographed))
    });
    let (figures, (sessions, missing, lock), (staff, location), photographed) =
        read.await.map_err(|error| caller.error(error))?;
    let class = &figures.class;
    let settings = &caller.known.settings;
    let mut shell = caller.shell(class.course_name.clone());
    shell.crumbs = crumbs([
        ("/classes".to_owned(), "Classes".to_owned()),
        (String::new(), class.course_name.clone()),
    ]);
    let open = sessions.iter().find(|session| session.closed_at.is_none());
    let may_manage = caller.ctx.need(Permission::ManageAcademics, Target::Institution).is_ok();
    let (shown, students) = Figures::new(&figures, wanted, &photographed);
    Ok(Page {
        shell,
        id: id.to_string(),
        lede: format!("{} · {} · {}", class.course_code, class.section, class.term_name),
        open: open.map(|session| session.id.to_string()).unwrap_or_default(),
        archived_at: class.archived_at,
        locked: lock.map(|lock| locked(settings, &lock)).unwrap_or_default(),
        staff: staff.iter().map(|row| row.name.as_str()).collect::<Vec<_>>().join(", "),
        sessions: history(settings, &figures, &sessions, &missing),
        figures: shown,
        students,
        may_remind: caller.ctx.need(Permission::Remind, Target::Class(id)).is_ok(),
        may_enter_results: caller.ctx.need(Permission::EnterResults, Target::Class(id)).is_ok(),
        leaderboard: settings.leaderboard,
        may_announce: class.archived_at.is_none()
            && caller.ctx.need(Permission::Announce, Target::Class(id)).is_ok(),
        import: match caller.ctx.actor.as_ref().and_then(|actor| actor.class) {
            Some(_) => "",
            None => "/imports?kind=marks",
        },
        manage: may_manage.then(|| Manage::new(class, staff, location, typed)),
    })
}

/// What the lock of a term means for its classes and sessions.
pub(super) fn locked(settings: &Settings, lock: &LockRow) -> String {
    let since = lock.locked_at.map_or_else(String::new, |at| times::moment(settings, at));
    format!(
        "{} is locked since {since}: {}. No session is opened in it and no mark changes until the \
        office unlocks it.",
        lock.name,
        lock.reason.trim_end_matches('.')
    )
}

/// Where somebody's photo is; empty if there is none.
pub(super) fn photo(photographed: &HashSet<PersonId>, person: PersonId) -> String {
    if photographed.contains(&person) { format!("/people/{person}/photo") } else { String::new() }
}

/// Sessions, and meetings whose register was never taken, the latest first.
fn history(
    settings: &Settings,
    figures: &ClassFigures,
    sessions: &[SessionRow],
    missing: &[MissingRow],
) -> Vec<SessionItem> {
    let held = sessions
        .iter()
        .map(|session| session_item(settings, session, figures.sessions.get(&session.id)));
    let never = missing.iter().map(|row| SessionItem {
        id: String::new(),
        meeting: row.meeting.to_string(),
        at: row.starts_at,
        when: times::moment(settings, row.starts_at),
        topic: String::new(),
        present: 0,
        late: 0,
        excused: 0,
        absent: 0,
        open: false,
    });
    let mut all: Vec<_> = held.chain(never).collect();
    all.sort_by_key(|item| std::cmp::Reverse(item.at));
    all
}

fn session_item(settings: &Settings, session: &SessionRow, tally: Option<&Tally>) -> SessionItem {
    let Tally { present, late, excused, absent } = tally.copied().unwrap_or_default();
    SessionItem {
        id: session.id.to_string(),
        meeting: String::new(),
        at: session.held_at,
        when: times::moment(settings, session.held_at),
        topic: session.topic.clone().unwrap_or_default(),
        present,
        late,
        excused,
        absent,
        open: session.closed_at.is_none(),
    }
}

impl StudentItem {
    /// The row of a student.
    pub fn new(item: &StudentFigures, scale: &Scale, photo: String) -> Self {
        let StudentFigures { place, tally, share, badge, streak, .. } = item;
        Self {
            person: place.person.to_string(),
            roll: place.roll_number.clone(),
            name: place.name.clone(),
            number: place.number.clone(),
            photo,
            present: tally.present,
            late: tally.late,
            excused: tally.excused,
            absent: tally.absent,
            percent: share.to_string(),
            level: badge.key(),
            missed: if scale.is_worrying(*streak) { streak.missed } else { 0 },
        }
    }
}
