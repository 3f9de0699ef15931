//! A session for its staff: the list that fills up, marking by hand, extending and closing.

use super::bulk::{Item, Undone};
use super::class::{locked, photo};
use super::form::Choice;
use super::frame::crumbs;
use super::look::{MarkRow, how};
use super::offline_marks::Scanned;
use super::shell::{Flash, FlashKind, Shell};
use crate::api::online_link;
use crate::caller::Caller;
use crate::error::{PageError, render, sentence, status};
use crate::times;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::Error;
use muster_app::attendance::{self, Register};
use muster_app::marks::{self, Suspicions, bulk};
use muster_app::{academics, receipts, sessions};
use muster_domain::attendance::suspicion::Suspicion;
use muster_domain::attendance::{Extent, Method, Status};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{PersonId, SessionId};
use muster_storage::bulk::BulkRow;
use muster_storage::locks::LockRow;
use muster_storage::receipts::EvidenceRow;
use muster_storage::sessions::SessionRow;
use serde::Deserialize;

#[derive(Template)]
#[allow(clippy::struct_excessive_bools, reason = "each shows a part of the page")]
#[template(path = "session.html")]
struct Page {
    shell: Shell,
    id: String,
    class: String,
    where_and_when: String,
    time_zone: String,
    open: bool,
    /// Why no mark changes any more; empty while the term is open.
    locked: String,
    ends_at: String,
    ends_at_words: String,
    may_reopen: bool,
    enrolled: i64,
    unmarked: i64,
    present: i64,
    late: i64,
    excused: i64,
    absent: i64,
    rows: Vec<MarkRow>,
    asked: Option<Asked>,
    odd: Vec<Odd>,
    scanned: Vec<Scanned>,
    online: Option<Online>,
    projector: bool,
    badges: bool,
    bulks: Vec<Item>,
    statuses: Vec<Choice>,
    extents: Vec<Choice>,
    reason: String,
}

/// A mark that deserves a look.
struct Odd {
    name: String,
    roll: String,
    how: String,
    address: String,
    reasons: Vec<String>,
    /// How far from the room, where that is known.
    metres: Option<String>,
}

fn flags(
    suspicions: &Suspicions,
    person: PersonId,
    words: fn(Suspicion) -> &'static str,
) -> Vec<String> {
    let found = suspicions.get(&person).into_iter().flatten();
    found.map(|suspicion| words(*suspicion).to_owned()).collect()
}

/// What the teacher of an online session shares and tells.
struct Online {
    link: String,
    otp: String,
    until: String,
}

impl Online {
    /// For those who take attendance, while the session is open.
    fn of(caller: &Caller, session: &SessionRow) -> Option<Self> {
        let shown = sessions::otp(&caller.ctx, session).ok().flatten()?;
        let otp = shown.otp.to_string();
        let (first, last) = otp.split_at_checked(3)?;
        Some(Self {
            link: online_link(caller, &shown.token),
            otp: format!("{first} {last}"),
            until: times::local(&caller.known.settings, shown.until, "%H:%M:%S"),
        })
    }
}

/// What was read for the page.
struct View {
    register: Register,
    bulks: Vec<BulkRow>,
    receipts: Vec<(EvidenceRow, String)>,
    lock: Option<LockRow>,
}

/// What was typed to mark everybody, and is shown again.
#[derive(Default)]
pub(super) struct Typed {
    pub status: String,
    pub extent: String,
    pub reason: String,
}

/// A change that needs a reason first.
struct Asked {
    person: String,
    name: String,
    status: String,
    status_word: &'static str,
}

/// `GET /sessions/{id}`
pub(super) async fn show(
    caller: Caller,
    Path(id): Path<SessionId>,
    Query(undone): Query<Undone>,
) -> Result<Response, PageError> {
    let view = read(&caller, id).await?;
    Ok(render(&page(&caller, view, None, undone.flash(), Typed::default())))
}

/// What the page shows, for those who may see it.
async fn read(caller: &Caller, id: SessionId) -> Result<View, PageError> {
    let read = caller.read(move |tx, ctx| {
        let (register, bulks) = (attendance::register(tx, ctx, id)?, bulk::bulks(tx, ctx, id)?);
        let lock = academics::lock_of_class(tx, ctx, register.class.id)?;
        let receipts = receipts::of_session(tx, ctx, id)?;
        Ok(View { register, bulks, receipts, lock })
    });
    read.await.map_err(|error| caller.error(error))
}

/// The page, perhaps with a question or a notice.
fn page(
    caller: &Caller,
    view: View,
    asked: Option<Asked>,
    flash: Option<Flash>,
    typed: Typed,
) -> Page {
    let View { register, bulks, receipts, lock } = view;
    let Register { session, class, students, photographed, counts, details } = register;
    let settings = &caller.known.settings;
    let opened = times::moment(settings, session.opened_at);
    let mut parts = vec![format!("{} · {}", class.course_code, class.section)];
    parts.extend(class.room.clone());
    let [held, day] = [session.held_at, session.opened_at].map(|at| times::day(settings, at));
    if held != day {
        parts.push(format!("of {}", times::moment(settings, session.held_at)));
    }
    parts.push(format!("opened {opened}"));
    parts.extend(session.topic.clone());
    let mut shell = caller.shell(class.course_name.clone());
    let class_url = format!("/classes/{}", class.id);
    shell.crumbs = crumbs([
        ("/".to_owned(), "Today".to_owned()),
        (class_url, class.course_name.clone()),
        (String::new(), "Session".to_owned()),
    ]);
    shell.flash = flash;
    let ends_at = session.closed_at.unwrap_or(session.ends_at);
    let target = Target::Class(class.id);
    let rows = students.iter().map(|(place, mark)| MarkRow {
        person: place.person.to_string(),
        name: place.name.clone(),
        roll: place.roll_number.clone(),
        status: mark.as_ref().map_or("", |mark| mark.status.key()).to_owned(),
        method_word: mark
            .as_ref()
            .map(|mark| how(mark.method, details.marked_by(mark)))
            .unwrap_or_default(),
        at: mark.as_ref().map(|mark| times::rfc3339(mark.at)).unwrap_or_default(),
        at_words: mark.as_ref().map(|mark| times::clock(settings, mark.at)).unwrap_or_default(),
        photo: photo(&photographed, place.person),
        reason: mark.as_ref().and_then(|mark| mark.reason.clone()).unwrap_or_default(),
        flags: flags(&details.suspicions, place.person, Suspicion::label),
        on_leave: mark.is_none() && details.on_leave.contains(&place.person),
    });
    let odd = students.iter().filter_map(|(place, mark)| {
        let mark = mark.as_ref().filter(|_| details.suspicions.contains_key(&place.person))?;
        Some(Odd {
            name: place.name.clone(),
            roll: place.roll_number.clone(),
            how: format!(
                "{} · {}",
                times::clock(settings, mark.at),
                how(mark.method, details.marked_by(mark))
            ),
            metres: details
                .distances
                .get(&place.person)
                .map(|metres| format!("{metres} m from the room")),
            address: mark.address.clone().unwrap_or_default(),
            reasons: flags(&details.suspicions, place.person, Suspicion::explanation),
        })
    });
    Page {
        id: session.id.to_string(),
        class: class.id.to_string(),
        where_and_when: parts.join(" · "),
        time_zone: settings.time_zone.clone(),
        open: session.closed_at.is_none(),
        locked: lock.map(|lock| locked(settings, &lock)).unwrap_or_default(),
        ends_at: times::rfc3339(ends_at),
        ends_at_words: times::clock(settings, ends_at),
        may_reopen: class.archived_at.is_none()
            && caller.ctx.need(Permission::ReopenSession, target).is_ok(),
        enrolled: counts.enrolled,
        unmarked: counts.unmarked(),
        present: counts.tally.present,
        late: counts.tally.late,
        excused: counts.tally.excused,
        absent: counts.tally.absent,
        rows: rows.collect(),
        shell,
        asked,
        odd: odd.collect(),
        scanned: receipts.iter().map(|one| Scanned::new(settings, one)).collect(),
        online: Online::of(caller, &session),
        projector: session.takes(Method::Qr) || session.takes(Method::Code),
        badges: session.takes(Method::Badge),
        bulks: bulks.iter().map(|row| Item::new(caller, row)).collect(),
        statuses: Choice::list(Status::ALL.map(|s| (s.key(), s.label())), &typed.status),
        extents: Choice::list(
            Extent::ALL.map(|e| (e.key(), e.label())),
            if typed.extent.is_empty() { Extent::All.key() } else { &typed.extent },
        ),
        reason: typed.reason,
    }
}

#[derive(Deserialize)]
pub(super) struct MinutesForm {
    minutes: String,
    #[serde(default)]
    reason: String,
}

impl MinutesForm {
    fn minutes(&self) -> Result<i64, Error> {
        let wrong = || Error::field("minutes", "Give the minutes as a whole number.");
        self.minutes.trim().parse().map_err(|_| wrong())
    }
}

/// `POST /sessions/{id}/extension`
pub(super) async fn extend(
    caller: Caller,
    Path(id): Path<SessionId>,
    Form(form): Form<MinutesForm>,
) -> Response {
    let done = caller.write(move |tx, ctx| sessions::extend(tx, ctx, id, form.minutes()?)).await;
    back(&caller, id, done.map(|_| ()), Typed::default()).await
}

/// `POST /sessions/{id}/closure`
pub(super) async fn close(caller: Caller, Path(id): Path<SessionId>) -> Response {
    let done = caller.write(move |tx, ctx| sessions::close(tx, ctx, id)).await;
    back(&caller, id, done.map(|_| ()), Typed::default()).await
}

/// `POST /sessions/{id}/reopening`
pub(super) async fn reopen(
    caller: Caller,
    Path(id): Path<SessionId>,
    Form(form): Form<MinutesForm>,
) -> Response {
    let done = caller
        .write(move |tx, ctx| sessions::reopen(tx, ctx, id, form.minutes()?, &form.reason))
        .await;
    back(&caller, id, done.map(|_| ()), Typed::default()).await
}

#[derive(Deserialize)]
pub(super) struct MarkForm {
    status: String,
    #[serde(default)]
    reason: String,
}

/// `POST /sessions/{id}/marks/{person}`
pub(super) async fn mark(
    caller: Caller,
    Path((id, person)): Path<(SessionId, PersonId)>,
    Form(form): Form<MarkForm>,
) -> Response {
    let Some(status) = Status::from_key(&form.status) else {
        let wrong = Error::field("status", "Choose present, late, excused or absent.");
        return back(&caller, id, Err(wrong), Typed::default()).await;
    };
    let reason = form.reason;
    let done = caller
        .write(move |tx, ctx| marks::mark_by_hand(tx, ctx, id, person, status, Some(&reason)))
        .await;
    if !matches!(done, Err(Error::ReasonRequired)) {
        return back(&caller, id, done.map(|_| ()), Typed::default()).await;
    }
    match read(&caller, id).await {
        Ok(view) => {
            let name = view.register.students.iter().find(|(place, _)| place.person == person);
            let asked = Asked {
                person: person.to_string(),
                name: name.map(|(place, _)| place.name.clone()).unwrap_or_default(),
                status: status.key().to_owned(),
                status_word: status.label(),
            };
            render(&page(&caller, view, Some(asked), None, Typed::default()))
        }
        Err(error) => error.into_response(),
    }
}

/// Back to the session; a mistake is told above its list.
pub(super) async fn back(
    caller: &Caller,
    id: SessionId,
    done: Result<(), Error>,
    typed: Typed,
) -> Response {
    let error = match done {
        Ok(()) => return Redirect::to(&format!("/sessions/{id}")).into_response(),
        Err(error @ (Error::Forbidden | Error::NotFound)) => {
            return caller.error(error).into_response();
        }
        Err(error) => error,
    };
    let text = match &error {
        Error::Invalid(fields) => {
            fields.iter().map(|field| field.detail.clone()).collect::<Vec<_>>().join(" ")
        }
        error => sentence(error),
    };
    let flash = Flash { kind: FlashKind::Error, text, undo: None };
    match read(caller, id).await {
        Ok(view) => {
            let page = page(caller, view, None, Some(flash), typed);
            (status(&error), render(&page)).into_response()
        }
        Err(error) => error.into_response(),
    }
}
