//! The verifier's pages: choosing where one stands, presenting what is shown there, and what was
//! decided, large. All of it works by forms; a script adds the camera and stays on the page.

use super::form::{Choice, Errors};
use super::found::{Found, find};
use super::frame::crumbs;
use super::shell::Shell;
use super::sittings::{day, span};
use super::verdict::{Line, Told};
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::times::query_value;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::points::PlaceToVerify;
use muster_app::redemptions::{self, Counts, Offered, RedeemInput, Redeemed};
use muster_app::{Error, events, points, sittings};
use muster_domain::auth::Permission;
use muster_domain::ids::{EventId, PointId, RedemptionId};
use muster_domain::passes::MOST_ADMITTED;
use muster_domain::verification::{Direction, Entries, PointKind};
use muster_storage::points::PointRow;
use muster_storage::redemptions::{PointCounts, Wanted};
use muster_storage::sittings::SittingRow;
use serde::Deserialize;

/// Scans that are listed.
const LISTED: i64 = 20;
/// With this header a script asks for the verdict alone.
const PART: &str = "x-muster-part";

#[derive(Template)]
#[template(path = "verify.html")]
struct ChoosePage {
    shell: Shell,
    places: Vec<Place>,
    /// Whether they may enrol phones.
    manages: bool,
}

/// What one enters, and where one may stand.
struct Place {
    name: String,
    /// When an exam is.
    when: String,
    points: Vec<PointRow>,
}

/// `GET /verify`
pub(super) async fn choose(caller: Caller) -> Result<Response, PageError> {
    let places = caller.read(points::places).await.map_err(|error| caller.error(error))?;
    let place = |place: PlaceToVerify| Place {
        when: place
            .times
            .map(|times| format!("{}, {}", day(&caller, times.0), span(&caller, times)))
            .unwrap_or_default(),
        name: place.name,
        points: place.points,
    };
    let places = places.into_iter().map(place).collect();
    let manages = caller.ctx.events(Permission::ManageVerifiers).is_ok();
    Ok(render(&ChoosePage { shell: caller.shell("Verify"), places, manages }))
}

#[derive(Template)]
#[template(path = "verify_point.html")]
struct PointPage {
    shell: Shell,
    point: PointRow,
    /// Whether dockets are presented here, not passes.
    exam: bool,
    /// When the exam is.
    when: String,
    /// The page of its room list.
    list: String,
    counts: PointCounts,
    inside: i64,
    told: Option<Told>,
    form: PresentForm,
    /// None where nobody is asked which way.
    directions: Vec<Choice>,
    /// None where passes are for one person each.
    people: Vec<Choice>,
    errors: Errors,
    /// What this scan is called, should it be sent twice.
    nonce: String,
    q: String,
    found: Vec<Found>,
    history: Vec<Line>,
}

/// The verdict alone.
#[derive(Template)]
#[template(path = "verify_part.html")]
struct PartPage {
    told: Option<Told>,
    line: Option<Line>,
    errors: Errors,
}

#[derive(Clone, Default, Deserialize)]
pub(super) struct PresentForm {
    #[serde(default)]
    credential: String,
    #[serde(default)]
    pass: String,
    #[serde(default)]
    docket: String,
    #[serde(default)]
    direction: String,
    #[serde(default)]
    count: String,
    #[serde(default)]
    nonce: String,
    #[serde(default)]
    force: bool,
    #[serde(default)]
    reason: String,
}

impl PresentForm {
    fn input(&self, point: PointId) -> Result<RedeemInput, Error> {
        let count = super::events::optional(&self.count);
        let offered = match (self.pass.parse(), self.docket.parse()) {
            (Ok(pass), _) => Offered::Pass(pass),
            (_, Ok(docket)) => Offered::Docket(docket),
            _ => Offered::Text(self.credential.clone()),
        };
        Ok(RedeemInput {
            offered,
            point,
            direction: Direction::from_key(&self.direction).unwrap_or(Direction::Entry),
            count: count.map_err(|_| Error::field("count", "Give a whole number."))?,
            nonce: self.nonce.clone(),
            at: None,
            sent_at: None,
            force: self.force,
            reason: self.reason.clone(),
            decided: None,
        })
    }
}

/// What the page shows besides.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Asked {
    /// The name that is looked for.
    #[serde(default)]
    q: String,
    /// The scan whose verdict is shown.
    #[serde(default)]
    scan: String,
    /// The way and the number of people that were chosen last.
    #[serde(default)]
    direction: String,
    #[serde(default)]
    count: String,
}

/// `GET /verify/{id}`
pub(super) async fn show(
    caller: Caller,
    Path(id): Path<PointId>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let (direction, count) = (asked.direction.clone(), asked.count.clone());
    let form = PresentForm { direction, count, ..PresentForm::default() };
    page(&caller, id, asked, form, Errors::default()).await
}

/// What a page of a point is made of.
struct Read {
    point: PointRow,
    sitting: Option<SittingRow>,
    counts: Counts,
    exits: bool,
    most: i64,
    told: Option<Redeemed>,
    history: Vec<Line>,
    found: Vec<Found>,
}

async fn read(caller: &Caller, id: PointId, asked: Asked) -> Result<Read, PageError> {
    let settings = caller.known.settings.clone();
    let read = caller.read(move |tx, ctx| {
        let point = points::get(tx, ctx, id)?;
        let sitting = match point.kind {
            PointKind::Room => Some(sittings::get(tx, ctx, point.scope.into())?),
            PointKind::Gate | PointKind::Hall => None,
        };
        let (exits, most) = match point.kind {
            PointKind::Gate => {
                let event = EventId(point.scope);
                let rule = events::rule(&events::get(tx, ctx, event)?);
                let types = events::pass_types(tx, ctx, event)?;
                let most = types.iter().map(|kind| kind.admits).max().unwrap_or(1);
                (rule.entries == Entries::Reentry, most.min(MOST_ADMITTED))
            }
            PointKind::Room | PointKind::Hall => (false, 1),
        };
        let told = match asked.scan.parse::<RedemptionId>() {
            Ok(scan) => Some(redemptions::told(tx, ctx, scan)?),
            Err(_) => None,
        };
        // A browser that is new here has no history, and must not see that of the others.
        let history = match ctx.known_device() {
            Some(device) => {
                let wanted = Wanted { device: Some(device), ..Wanted::default() };
                redemptions::of_point(tx, ctx, id, &wanted, (None, LISTED))?
            }
            None => Vec::new(),
        };
        Ok(Read {
            counts: redemptions::counts(tx, point.scope)?,
            history: history.iter().map(|row| Line::of(&settings, row, ctx.now())).collect(),
            found: find(tx, ctx, &point, &asked.q)?,
            sitting,
            exits,
            most,
            told,
            point,
        })
    });
    read.await.map_err(|error| caller.error(error))
}

async fn page(
    caller: &Caller,
    id: PointId,
    asked: Asked,
    mut form: PresentForm,
    errors: Errors,
) -> Result<Response, PageError> {
    let q = asked.q.clone();
    let read = read(caller, id, asked).await?;
    let Read { point, sitting, counts, exits, most, told, history, found } = read;
    let mut shell = caller.shell(point.name.clone());
    shell.crumbs = crumbs([
        ("/verify".to_owned(), "Verify".to_owned()),
        (String::new(), format!("{}, {}", point.name, point.scope_name)),
    ]);
    if Direction::from_key(&form.direction).is_none() {
        Direction::Entry.key().clone_into(&mut form.direction);
    }
    let directions = Direction::ALL.map(|one| (one.key(), one.label()));
    let numbers = (1..=most).map(|number| (number.to_string(), number.to_string()));
    let people = std::iter::once((String::new(), "All".to_owned())).chain(numbers);
    let asks = |wanted: bool, choices| if wanted { choices } else { Vec::new() };
    let times = sitting.map(|row| (row.starts_at, row.ends_at));
    let when = times.map(|times| format!("{}, {}", day(caller, times.0), span(caller, times)));
    Ok(render(&PointPage {
        shell,
        exam: point.kind != PointKind::Gate,
        when: when.unwrap_or_default(),
        list: match point.kind {
            PointKind::Gate => String::new(),
            PointKind::Room => format!("/sittings/{}/room-list", point.scope),
            PointKind::Hall => format!("/assessments/{}/room-list", point.scope),
        },
        counts: counts.of(point.id),
        inside: counts.inside(),
        told: told.map(|redeemed| Told::of(caller, redeemed)),
        directions: asks(exits, Choice::list(directions, &form.direction)),
        people: asks(most > 1, Choice::list(people, &form.count)),
        form,
        errors,
        nonce: caller.ctx.fresh::<uuid::Uuid>().to_string(),
        q,
        found,
        history,
        point,
    }))
}

/// `POST /verify/{id}`
pub(super) async fn present(
    caller: Caller,
    Path(id): Path<PointId>,
    headers: HeaderMap,
    Form(form): Form<PresentForm>,
) -> Result<Response, PageError> {
    let done = match form.input(id) {
        Ok(input) => caller.redeem(input).await,
        Err(error) => Err(error),
    };
    let part = headers.contains_key(PART);
    match done {
        Ok(redeemed) if part => {
            let line = Line::of(&caller.known.settings, &redeemed.row, caller.ctx.now());
            let told = Told::of(&caller, redeemed);
            let (told, line) = (Some(told), Some(line));
            Ok(render(&PartPage { told, line, errors: Errors::default() }))
        }
        Ok(redeemed) => {
            let (scan, PresentForm { direction, count, .. }) = (redeemed.row.id, form);
            let [direction, count] = [direction, count].map(|text| query_value(&text));
            let to = format!("/verify/{id}?scan={scan}&direction={direction}&count={count}");
            Ok(Redirect::to(&to).into_response())
        }
        Err(error) if part => {
            let errors = Errors::from_error(&error, "");
            let page = PartPage { told: None, line: None, errors };
            Ok((status(&error), render(&page)).into_response())
        }
        Err(error @ (Error::Forbidden | Error::NotFound)) => Err(caller.error(error)),
        Err(error) => {
            let errors = Errors::from_error(&error, "");
            let asked = Asked { scan: Told::refused(&form.nonce), ..Asked::default() };
            let page = page(&caller, id, asked, form, errors).await?;
            Ok((status(&error), page).into_response())
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Undoing {
    #[serde(default)]
    reason: String,
}

/// `POST /redemptions/{id}/reversal`
pub(super) async fn undo(
    caller: Caller,
    Path(id): Path<RedemptionId>,
    Form(Undoing { reason }): Form<Undoing>,
) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| redemptions::undo(tx, ctx, id, &reason)).await;
    let error = match done {
        Ok(row) => {
            let to = format!("/verify/{}?scan={id}", row.point);
            return Ok(Redirect::to(&to).into_response());
        }
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let told = caller.read(move |tx, ctx| redemptions::told(tx, ctx, id)).await;
    let point = told.map_err(|error| caller.error(error))?.row.point;
    let asked = Asked { scan: id.to_string(), ..Asked::default() };
    let errors = Errors::from_error(&error, "");
    let page = page(&caller, point, asked, PresentForm::default(), errors).await?;
    Ok((status(&error), page).into_response())
}
