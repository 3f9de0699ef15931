//! Figures of an assessment's dockets: eligible, issued, verified, refused by reason.

use super::frame::crumbs;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::export::text;
use crate::tables::{Wanted as WantedFile, listed, sheet};
use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use muster_app::dockets::{self, DocketFigures};
use muster_documents::xlsx::{Cell, Kind};
use muster_domain::ids::AssessmentId;

#[derive(Template)]
#[template(path = "docket_figures.html")]
struct Page {
    shell: Shell,
    figures: DocketFigures,
    path: String,
}

/// `GET /assessments/{id}/docket-figures`
pub(super) async fn show(
    caller: Caller,
    Path(id): Path<AssessmentId>,
    Query(wanted): Query<WantedFile>,
) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| dockets::figures(tx, ctx, id));
    let figures = read.await.map_err(|error| caller.error(error))?;
    let code = &figures.assessment.code;
    if let Some(format) = wanted.file() {
        let columns = [("Figure", 40, Kind::Text), ("Students", 12, Kind::Integer)];
        let name = format!("Dockets {code}");
        let lines = lines(&figures).into_iter();
        let lines = lines.map(|(label, count)| [text(label), Cell::Integer(count)]);
        return listed(&caller, format, sheet(name, columns, lines.collect::<Vec<_>>())).await;
    }
    let mut shell = caller.shell(format!("Dockets of {code}"));
    shell.crumbs = crumbs([
        (format!("/eligibility?assessment={id}"), "Dockets".to_owned()),
        (String::new(), format!("Figures of {code}")),
    ]);
    Ok(render(&Page { shell, figures, path: format!("/assessments/{id}/docket-figures?") }))
}

fn lines(figures: &DocketFigures) -> Vec<(String, i64)> {
    let count = |many: usize| i64::try_from(many).unwrap_or(i64::MAX);
    let mut lines = vec![
        ("Students of the term".to_owned(), count(figures.students)),
        ("Eligible now".to_owned(), count(figures.eligible)),
        ("On hold".to_owned(), count(figures.held)),
        ("Not cleared by Finance".to_owned(), count(figures.not_cleared)),
        ("Dockets issued".to_owned(), figures.issued),
        ("Dockets verified".to_owned(), figures.verified),
    ];
    let refused = figures.refused.iter();
    lines.extend(refused.map(|(kind, many)| (format!("Refused: {}", kind.label()), *many)));
    lines
}
