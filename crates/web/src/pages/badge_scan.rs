//! Taking attendance by badge: the camera looks at one card after the other, or their codes are typed.

use super::frame::crumbs;
use super::look::MarkRow;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, sentence, status};
use crate::times;
use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use muster_app::Error;
use muster_app::attendance::{self, Register};
use muster_app::marks::{self, BadgeMark};
use muster_domain::attendance::Method;
use muster_domain::ids::SessionId;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "badge_scan.html")]
struct Page {
    shell: Shell,
    id: SessionId,
    class: String,
    open: bool,
    takes: bool,
    present: i64,
    late: i64,
    unmarked: i64,
    enrolled: i64,
    /// Who was marked by badge, the latest first.
    lines: Vec<MarkRow>,
    told: Option<Told>,
    credential: String,
}

/// What came of a code that was typed where no script runs.
struct Told {
    kind: &'static str,
    text: String,
}

/// `GET /sessions/{id}/badges`
pub(super) async fn show(caller: Caller, Path(id): Path<SessionId>) -> Result<Response, PageError> {
    Ok(render(&page(&caller, id, None, String::new()).await?))
}

async fn page(
    caller: &Caller,
    id: SessionId,
    told: Option<Told>,
    credential: String,
) -> Result<Page, PageError> {
    let read = caller.read(move |tx, ctx| attendance::register(tx, ctx, id));
    let Register { session, class, students, counts, .. } =
        read.await.map_err(|error| caller.error(error))?;
    let settings = &caller.known.settings;
    let mut marked: Vec<_> = students
        .iter()
        .filter_map(|(place, mark)| Some((place, mark.as_ref()?)))
        .filter(|(_, mark)| mark.method == Method::Badge)
        .collect();
    marked.sort_by_key(|(_, mark)| std::cmp::Reverse(mark.at));
    let lines = marked.into_iter().map(|(place, mark)| MarkRow {
        person: place.person.to_string(),
        name: place.name.clone(),
        roll: place.roll_number.clone(),
        status: mark.status.key().to_owned(),
        at_words: times::clock(settings, mark.at),
        ..MarkRow::default()
    });
    let mut shell = caller.shell("Scan badges");
    shell.crumbs = crumbs([
        ("/".to_owned(), "Today".to_owned()),
        (format!("/classes/{}", class.id), class.course_name.clone()),
        (format!("/sessions/{id}"), "Session".to_owned()),
        (String::new(), "Scan badges".to_owned()),
    ]);
    Ok(Page {
        shell,
        id,
        class: format!("{} · {} · {}", class.course_code, class.section, class.course_name),
        open: session.times().takes_marks(caller.ctx.now()),
        takes: session.takes(Method::Badge),
        present: counts.tally.present,
        late: counts.tally.late,
        unmarked: counts.unmarked(),
        enrolled: counts.enrolled,
        lines: lines.collect(),
        told,
        credential,
    })
}

#[derive(Deserialize)]
pub(super) struct ShownForm {
    #[serde(default)]
    credential: String,
}

/// `POST /sessions/{id}/badges`: a code that was typed where no script runs.
pub(super) async fn mark(
    caller: Caller,
    Path(id): Path<SessionId>,
    Form(ShownForm { credential }): Form<ShownForm>,
) -> Result<Response, PageError> {
    let shown = credential.clone();
    let done = caller.write(move |tx, ctx| marks::mark_by_badge(tx, ctx, id, &shown)).await;
    let error = match done.and_then(|answer| answer) {
        Ok(marked) => {
            let told = Some(told(&caller, &marked));
            return Ok(render(&page(&caller, id, told, String::new()).await?));
        }
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let text = match &error {
        Error::Invalid(fields) => fields.iter().map(|field| field.detail.clone()).collect(),
        error => sentence(error),
    };
    let page = page(&caller, id, Some(Told { kind: "error", text }), credential).await?;
    Ok((status(&error), render(&page)).into_response())
}

fn told(caller: &Caller, BadgeMark { person, mark, already, .. }: &BadgeMark) -> Told {
    let status = mark.status.label().to_lowercase();
    let text = if *already {
        let at = times::clock(&caller.known.settings, mark.at);
        format!("{} was marked {status} already, at {at}.", person.name)
    } else {
        format!("{} is marked {status}.", person.name)
    };
    Told { kind: if *already { "warning" } else { "ok" }, text }
}
