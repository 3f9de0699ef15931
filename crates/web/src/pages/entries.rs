//! What was presented at the gates of an event, or at the rooms of an exam: the list with its search, as
//! files too.

use super::form::Choice;
use super::frame::crumbs;
use super::passes::event_crumbs;
use super::room_list::title_of;
use super::shell::Shell;
use super::verdict::Line;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::export::{Format, moment, text};
use crate::tables::{self, Wanted as WantedFile, listed, maybe, sheet};
use crate::times::list_address;
use crate::verdicts;
use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use muster_app::room_lists::{self, Place};
use muster_app::zone::Zone;
use muster_app::{Ctx, events, points, redemptions};
use muster_documents::xlsx::{Cell, Kind};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{AssessmentId, EventId, RedemptionId, SittingId};
use muster_domain::text::fold;
use muster_domain::verification::{Direction, VerdictKind};
use muster_storage::ReadTx;
use muster_storage::assessments::AssessmentRow;
use muster_storage::events::EventRow;
use muster_storage::points::PointRow;
use muster_storage::redemptions::{Ended, RedemptionRow, Wanted};
use muster_storage::sittings::SittingRow;
use serde::Deserialize;

/// Scans on one page.
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "entries.html")]
struct ListPage {
    shell: Shell,
    /// The address of the page.
    path: String,
    /// Whether this is about an exam, not about an event.
    exam: bool,
    /// Whether they may look at a verdict where it was given.
    verifies: bool,
    filter: Filter,
    points: Vec<Choice>,
    verdicts: Vec<Choice>,
    ways: Vec<Choice>,
    ends: Vec<Choice>,
    filtered: bool,
    lines: Vec<Line>,
    address: String,
    first: String,
    next: String,
}

/// What is looked for, as typed.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Filter {
    #[serde(default)]
    q: String,
    #[serde(default)]
    point: String,
    #[serde(default)]
    verdict: String,
    #[serde(default)]
    direction: String,
    /// `admitted`, `refused`, `undone`, or nothing.
    #[serde(default)]
    ended: String,
    #[serde(default)]
    after: String,
}

impl Filter {
    fn wanted(&self) -> Wanted {
        Wanted {
            point: self.point.parse().ok(),
            verdict: VerdictKind::from_key(&self.verdict),
            direction: Direction::from_key(&self.direction),
            ended: match self.ended.as_str() {
                "admitted" => Some(Ended::Admitted),
                "refused" => Some(Ended::Refused),
                "undone" => Some(Ended::Undone),
                _ => None,
            },
            device: None,
            word: fold(self.q.trim()).split_whitespace().next().unwrap_or_default().to_owned(),
        }
    }

    fn is_set(&self) -> bool {
        [&self.q, &self.point, &self.verdict, &self.direction, &self.ended]
            .iter()
            .any(|text| !text.is_empty())
    }

    fn query(&self, path: &str) -> String {
        let Self { q, point, verdict, direction, ended, .. } = self;
        let parts = [
            ("q", q),
            ("point", point),
            ("verdict", verdict),
            ("direction", direction),
            ("ended", ended),
        ];
        list_address(path, parts)
    }
}

/// What people enter.
#[derive(Clone, Copy)]
enum At {
    Event(EventId),
    Exam(Place),
}

/// The same, as it was read.
enum Entered {
    Event(EventRow),
    Exam(Option<SittingRow>, AssessmentRow),
}

impl At {
    fn path(self) -> String {
        match self {
            Self::Event(id) => format!("/events/{id}/entries"),
            Self::Exam(Place::Sitting(id)) => format!("/sittings/{id}/entries"),
            Self::Exam(Place::Assessment(id)) => format!("/assessments/{id}/entries"),
        }
    }

    fn read(self, tx: &mut ReadTx<'_>, ctx: &Ctx) -> muster_app::Result<(Entered, Vec<PointRow>)> {
        Ok(match self {
            Self::Event(id) => {
                (Entered::Event(events::get(tx, ctx, id)?), points::of_event(tx, ctx, id)?)
            }
            Self::Exam(place) => {
                let (sitting, assessment) = room_lists::seen(tx, ctx, place)?;
                let rooms = muster_storage::points::of_scope(tx, place.scope())?;
                (Entered::Exam(sitting, assessment), rooms)
            }
        })
    }

    fn list(
        self,
        tx: &mut ReadTx<'_>,
        ctx: &Ctx,
        wanted: &Wanted,
        page: (Option<RedemptionId>, i64),
    ) -> muster_app::Result<Vec<RedemptionRow>> {
        match self {
            Self::Event(id) => redemptions::list(tx, ctx, id, wanted, page),
            Self::Exam(place) => redemptions::list_at_exam(tx, ctx, place, wanted, page),
        }
    }
}

impl Entered {
    fn title(&self) -> String {
        match self {
            Self::Event(event) => format!("Entries to {}", event.name),
            Self::Exam(sitting, assessment) => {
                format!("Scans at {}", title_of(sitting.as_ref(), assessment))
            }
        }
    }

    fn place(&self) -> Target {
        match self {
            Self::Event(event) => Target::Event(event.id),
            Self::Exam(_, assessment) => Target::Assessment(assessment.id),
        }
    }

    fn shell(&self, caller: &Caller, place: At) -> Shell {
        let mut shell = caller.shell(self.title());
        shell.crumbs = match self {
            Self::Event(event) => event_crumbs(event, "Entries"),
            Self::Exam(sitting, assessment) => {
                let list = place.path().replace("/entries", "/room-list");
                crumbs([
                    (format!("/sittings?assessment={}", assessment.id), "Sittings".to_owned()),
                    (list, format!("Room list of {}", title_of(sitting.as_ref(), assessment))),
                    (String::new(), "Scans".to_owned()),
                ])
            }
        };
        shell
    }
}

/// `GET /events/{id}/entries`
pub(super) async fn list(
    caller: Caller,
    Path(id): Path<EventId>,
    Query(filter): Query<Filter>,
    Query(wanted): Query<WantedFile>,
) -> Result<Response, PageError> {
    show(&caller, At::Event(id), filter, wanted.file()).await
}

/// `GET /sittings/{id}/entries`
pub(super) async fn of_sitting(
    caller: Caller,
    Path(id): Path<SittingId>,
    Query(filter): Query<Filter>,
    Query(wanted): Query<WantedFile>,
) -> Result<Response, PageError> {
    show(&caller, At::Exam(Place::Sitting(id)), filter, wanted.file()).await
}

/// `GET /assessments/{id}/entries`
pub(super) async fn of_assessment(
    caller: Caller,
    Path(id): Path<AssessmentId>,
    Query(filter): Query<Filter>,
    Query(wanted): Query<WantedFile>,
) -> Result<Response, PageError> {
    show(&caller, At::Exam(Place::Assessment(id)), filter, wanted.file()).await
}

async fn show(
    caller: &Caller,
    place: At,
    filter: Filter,
    format: Option<Format>,
) -> Result<Response, PageError> {
    if let Some(format) = format {
        return table(caller, place, &filter, format).await;
    }
    let after = filter.after.parse::<RedemptionId>().ok();
    let search = filter.wanted();
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let read = caller.read(move |tx, ctx| {
        Ok((place.read(tx, ctx)?, place.list(tx, ctx, &search, (after, limit))?))
    });
    let ((entered, points), mut rows) = read.await.map_err(|error| caller.error(error))?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let query = filter.query(&place.path());
    let next = rows.last().filter(|_| more).map(|row| format!("{query}&after={}", row.id));
    let points = points.into_iter().map(|point| (point.id.to_string(), point.name));
    let verdicts = VerdictKind::ALL.map(|one| (one.key(), one.label()));
    let ways = Direction::ALL.map(|one| (one.key(), one.label()));
    let ends = [("admitted", "Let through"), ("refused", "Refused"), ("undone", "Taken back")];
    let (settings, now) = (&caller.known.settings, caller.ctx.now());
    Ok(render(&ListPage {
        shell: entered.shell(caller, place),
        path: place.path(),
        exam: matches!(entered, Entered::Exam(..)),
        verifies: caller.ctx.need(Permission::VerifyCredentials, entered.place()).is_ok(),
        points: Choice::list(points, &filter.point),
        verdicts: Choice::list(verdicts, &filter.verdict),
        ways: Choice::list(ways, &filter.direction),
        ends: Choice::list(ends, &filter.ended),
        filtered: filter.is_set(),
        lines: rows.iter().map(|row| Line::of(settings, row, now)).collect(),
        address: format!("{query}&"),
        first: if after.is_some() { query } else { String::new() },
        next: next.unwrap_or_default(),
        filter,
    }))
}

/// Every scan that is looked for, as a file.
async fn table(
    caller: &Caller,
    place: At,
    filter: &Filter,
    format: Format,
) -> Result<Response, PageError> {
    let search = filter.wanted();
    let read = caller.read(move |tx, ctx| {
        let rows = tables::every(|last: Option<&RedemptionRow>, limit| {
            place.list(tx, ctx, &search, (last.map(|last| last.id), limit))
        })?;
        Ok((place.read(tx, ctx)?.0, rows))
    });
    let (entered, rows) = read.await.map_err(|error| caller.error(error))?;
    let zone = Zone::of(&caller.known.settings);
    let columns = [
        ("Scanned", 18, Kind::DateTime),
        ("Holder", 30, Kind::Text),
        ("Type", 14, Kind::Text),
        ("At", 18, Kind::Text),
        ("Way", 6, Kind::Text),
        ("People", 8, Kind::Integer),
        ("Verdict", 14, Kind::Text),
        ("Let through", 12, Kind::Text),
        ("Scanned by", 24, Kind::Text),
        ("Device", 38, Kind::Text),
        ("Address", 18, Kind::Text),
        ("Received", 18, Kind::DateTime),
        ("Notes", 40, Kind::Text),
        ("Reason", 30, Kind::Text),
    ];
    let settings = &caller.known.settings;
    let line = |row: RedemptionRow| {
        [
            moment(&zone, row.scanned_at),
            maybe(row.holder.clone()),
            maybe(row.type_name.clone()),
            text(row.point_name.clone()),
            text(row.direction.label()),
            Cell::Integer(row.people),
            text(row.verdict.label()),
            text(if row.admitted && row.undone_at.is_none() { "Yes" } else { "No" }),
            text(row.person_name.clone()),
            text(row.device.map(|device| device.to_string()).unwrap_or_default()),
            text(row.address.clone()),
            moment(&zone, row.received_at),
            text(verdicts::marks(settings, &row).join("; ")),
            maybe(row.remark),
        ]
    };
    let name = entered.title();
    let lines: Vec<_> = rows.into_iter().map(line).collect();
    listed(caller, format, sheet(name, columns, lines)).await
}
