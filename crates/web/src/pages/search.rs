//! Search across people and classes: the page, and what the command palette asks.

use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use muster_app::{academics, people};
use muster_domain::auth::{Permission, Target};
use muster_domain::text::fold;
use muster_storage::finding::Search;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Most results of a kind.
const MOST: usize = 20;

/// Something found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Found {
    /// `person` or `class`.
    kind: &'static str,
    title: String,
    detail: String,
    /// The path of its page.
    url: String,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Words to look for.
    #[serde(default)]
    pub q: String,
}

#[derive(Template)]
#[template(path = "search.html")]
struct Page {
    shell: Shell,
    q: String,
    items: Vec<Found>,
}

/// `GET /search`
pub(super) async fn show(
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let q = asked.q;
    let items = find(&caller, &q).await.map_err(|error| caller.error(error))?;
    Ok(render(&Page { shell: caller.shell("Search"), q, items }))
}

/// What the caller may see and the words match.
pub(crate) async fn find(caller: &Caller, q: &str) -> muster_app::Result<Vec<Found>> {
    let text = q.trim().to_owned();
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let read = caller.read(move |tx, ctx| {
        let mut found = Vec::new();
        if ctx.need(Permission::ViewPeople, Target::Institution).is_ok() {
            let limit = i64::try_from(MOST).unwrap_or(i64::MAX);
            let search = Search { text: &text, role: None, after: None, limit };
            found.extend(people::search(tx, ctx, &search)?.into_iter().map(|row| Found {
                kind: "person",
                title: row.name,
                detail: row.number,
                url: format!("/people/{}", row.id),
            }));
        }
        let wanted = fold(&text);
        let staffed = academics::classes(tx, ctx)?.into_iter().map(|class| (class, ""));
        let attended = muster_storage::academics::attended_classes(tx, ctx.person()?)?;
        let attended = attended.into_iter().map(|class| (class, "/attendance"));
        let matching = staffed.chain(attended).filter(|(class, _)| {
            fold(&format!("{} {} {}", class.course_code, class.course_name, class.section))
                .contains(&wanted)
        });
        found.extend(matching.take(MOST).map(|(class, page)| Found {
            kind: "class",
            title: class.course_name,
            detail: format!("{} · {} · {}", class.course_code, class.section, class.term_name),
            url: format!("/classes/{}{page}", class.id),
        }));
        Ok(found)
    });
    read.await
}
