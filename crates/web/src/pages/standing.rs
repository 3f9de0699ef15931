//! How a student stands: overall, in each class, with what brings them back. For the student and
//! for staff who look at one of theirs.

use super::form::Choice;
use super::frame::crumbs;
use super::look::Share;
use super::merge::leading;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::export::{Format, share, text};
use crate::tables::{Wanted, listed, sheet};
use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use muster_app::Error;
use muster_app::standing::{self, ClassStanding, Standing, Terms};
use muster_documents::xlsx::{Cell, Kind};
use muster_domain::academics::EnrolmentStatus;
use muster_domain::attendance::figures::{Scale, Weights};
use muster_domain::attendance::{Badge, Percentage, Streak, Tally};
use muster_domain::ids::PersonId;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "standing.html")]
struct Page {
    shell: Shell,
    lede: String,
    action: String,
    own: bool,
    terms: Vec<Choice>,
    /// The term that is shown, as a query.
    query: String,
    share: Share,
    tally: Tally,
    streak: Streak,
    alerts: Vec<Alert>,
    classes: Vec<Item>,
}

/// What a student should know before it is too late.
struct Alert {
    kind: &'static str,
    href: String,
    title: String,
    text: String,
}

struct Item {
    href: String,
    title: String,
    code: String,
    term: String,
    left: bool,
    held: i64,
    here: i64,
    absent: i64,
    streak: i64,
    share: Share,
}

#[derive(Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    term: String,
}

impl Which {
    fn terms(&self) -> Terms {
        match self.term.as_str() {
            "all" => Terms::All,
            text => text.parse().map_or(Terms::Current, Terms::One),
        }
    }
}

/// `GET /attendance`
pub(super) async fn own(
    caller: Caller,
    Query(which): Query<Which>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let person = caller.ctx.person().map_err(|error| caller.error(error))?;
    if let Some(format) = wanted.file() {
        return file(&caller, person, &which, format).await;
    }
    let shell = caller.shell("Your attendance");
    let lede = counted(caller.known.settings.weights);
    Ok(render(&Page { shell, lede, ..page(&caller, person, &which, true).await? }))
}

/// `GET /people/{id}/attendance`
pub(super) async fn of(
    caller: Caller,
    Path(id): Path<PersonId>,
    Query(which): Query<Which>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    if let Some(format) = wanted.file() {
        return file(&caller, id, &which, format).await;
    }
    match page(&caller, id, &which, false).await {
        Err(PageError(Error::Merged { kept }, _)) => Ok(leading(kept, "/attendance")),
        page => Ok(render(&page?)),
    }
}

/// The classes of the page, as a file.
async fn file(
    caller: &Caller,
    id: PersonId,
    which: &Which,
    format: Format,
) -> Result<Response, PageError> {
    let terms = which.terms();
    let read = caller.read(move |tx, ctx| standing::of(tx, ctx, id, terms));
    let standing = read.await.map_err(|error| caller.error(error))?;
    let columns = [
        ("Class", 34, Kind::Text),
        ("Code", 12, Kind::Text),
        ("Section", 10, Kind::Text),
        ("Term", 18, Kind::Text),
        ("State", 12, Kind::Text),
        ("Held", 8, Kind::Integer),
        ("Present", 8, Kind::Integer),
        ("Late", 8, Kind::Integer),
        ("Excused", 8, Kind::Integer),
        ("Absent", 8, Kind::Integer),
        ("In a row", 8, Kind::Integer),
        ("Attendance %", 14, Kind::Percent),
    ];
    let row = |item: &ClassStanding| {
        let ClassStanding { class, status, tally, streak, .. } = item;
        let [name, code, section, term] =
            [&class.course_name, &class.course_code, &class.section, &class.term_name].map(text);
        let counts = [tally.total(), tally.present, tally.late, tally.excused, tally.absent];
        let [held, present, late, excused, absent] = counts.map(Cell::Integer);
        let (state, row) = (text(status.key()), Cell::Integer(streak.attended));
        let share = share(item.share());
        [name, code, section, term, state, held, present, late, excused, absent, row, share]
    };
    let name = format!("Attendance of {}", standing.person.number);
    listed(caller, format, sheet(name, columns, standing.classes.iter().map(row))).await
}

/// What each status counts, in a sentence.
fn counted(weights: Weights) -> String {
    let Weights { present, late, excused, absent } = weights;
    let excused = excused.map_or_else(
        || "excused sessions count neither way".to_owned(),
        |weight| format!("excused {weight} %"),
    );
    if weights == Weights::default() {
        return format!("Late counts as attended; {excused}.");
    }
    format!("Present counts {present} %, late {late} %, absent {absent} %; {excused}.")
}

async fn page(caller: &Caller, id: PersonId, which: &Which, own: bool) -> Result<Page, PageError> {
    let wanted = which.terms();
    let read = caller.read(move |tx, ctx| standing::of(tx, ctx, id, wanted));
    let Standing { person, overall, share, scale, streak, classes, terms, term } =
        read.await.map_err(|error| caller.error(error))?;
    let mut shell = caller.shell(format!("Attendance of {}", person.name));
    shell.crumbs =
        crumbs([(format!("/people/{id}"), person.name), (String::new(), "Attendance".to_owned())]);
    let choices = terms.into_iter().map(|term| (term.id.to_string(), term.name));
    let choices = choices.chain([("all".to_owned(), "All terms".to_owned())]);
    let selected = term.map_or_else(|| "all".to_owned(), |term| term.to_string());
    let items = classes.iter().map(|item| row(item, id, own));
    Ok(Page {
        shell,
        lede: person.number,
        action: if own { "/attendance".to_owned() } else { format!("/people/{id}/attendance") },
        own,
        terms: Choice::list(choices, &selected),
        query: format!("term={selected}"),
        share: Share::of(share, &scale),
        tally: overall,
        streak,
        alerts: classes.iter().filter_map(|item| alert(item, own, id)).collect(),
        classes: items.collect(),
    })
}

fn href(item: &ClassStanding, person: PersonId, own: bool) -> String {
    let class = item.class.id;
    if own {
        format!("/classes/{class}/attendance")
    } else {
        format!("/classes/{class}/students/{person}")
    }
}

fn row(item: &ClassStanding, person: PersonId, own: bool) -> Item {
    Item {
        href: href(item, person, own),
        title: item.class.course_name.clone(),
        code: format!("{} · {}", item.class.course_code, item.class.section),
        term: item.class.term_name.clone(),
        left: item.status == EnrolmentStatus::Withdrawn,
        held: item.tally.total(),
        here: item.tally.present + item.tally.late,
        absent: item.tally.absent,
        streak: item.streak.attended,
        share: Share::of(item.share(), &item.scale),
    }
}

/// A warning about a class that is still attended.
fn alert(item: &ClassStanding, own: bool, person: PersonId) -> Option<Alert> {
    let still = item.status == EnrolmentStatus::Active;
    if !still || !item.is_at_risk() {
        return None;
    }
    let (share, scale) = (item.share(), &item.scale);
    let missed = item.streak.missed;
    let mut sentences = Vec::new();
    if scale.is_worrying(item.streak) {
        sentences.push(format!("{missed} sessions missed in a row."));
    }
    sentences.extend(way_back(scale, share, own));
    Some(Alert {
        kind: if scale.badge(share) == Badge::Critical { "error" } else { "warning" },
        href: href(item, person, own),
        title: format!("{}: {share}", item.class.course_name),
        text: sentences.join(" "),
    })
}

/// What brings a low percentage back, in a sentence to the student or about them.
pub(super) fn way_back(scale: &Scale, share: Percentage, own: bool) -> Option<String> {
    let safe = scale.thresholds.safe;
    match (scale.sessions_to_safe(share)?, own) {
        (0, _) => None,
        (1, true) => Some(format!("Attend the next session, and you are back at {safe} %.")),
        (1, false) => Some(format!("The next session brings it back to {safe} %.")),
        (n, true) => {
            Some(format!("Attend the next {n} sessions in a row, and you are back at {safe} %."))
        }
        (n, false) => Some(format!("{n} sessions in a row bring it back to {safe} %.")),
    }
}
