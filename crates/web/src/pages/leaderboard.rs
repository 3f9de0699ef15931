//! The leaderboard of a class.

use super::frame::crumbs;
use super::look::{Share, initials};
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use muster_app::leaderboard;
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::ClassId;

#[derive(Template)]
#[template(path = "leaderboard.html")]
struct Page {
    shell: Shell,
    lede: String,
    /// Whether whoever looks is a student who could be named and is not.
    may_join: bool,
    items: Vec<Item>,
}

struct Item {
    rank: usize,
    name: String,
    initials: String,
    share: Share,
    streak: i64,
    own: bool,
}

/// `GET /classes/{id}/leaderboard`
pub(super) async fn show(caller: Caller, Path(id): Path<ClassId>) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| leaderboard::of(tx, ctx, id));
    let board = read.await.map_err(|error| caller.error(error))?;
    let (class, settings) = (&board.class, &caller.known.settings);
    let scale = settings.scale(class.weights);
    let own = caller.ctx.person().ok();
    let staff = caller.ctx.need(Permission::ViewClass, Target::Class(id)).is_ok();
    let mut shell = caller.shell("Leaderboard");
    let (above, to) =
        if staff { ("Classes", "/classes") } else { ("Your attendance", "/attendance") };
    let page = if staff { format!("/classes/{id}") } else { format!("/classes/{id}/attendance") };
    shell.crumbs = crumbs([
        (to.to_owned(), above.to_owned()),
        (page, class.course_name.clone()),
        (String::new(), "Leaderboard".to_owned()),
    ]);
    Ok(render(&Page {
        shell,
        lede: format!("{} · {} · {}", class.course_code, class.section, class.term_name),
        may_join: !staff && !board.named,
        items: board
            .entries
            .into_iter()
            .map(|entry| Item {
                rank: entry.rank,
                initials: initials(&entry.name),
                name: entry.name,
                share: Share::of(entry.share, &scale),
                streak: entry.streak,
                own: own == Some(entry.person),
            })
            .collect(),
    }))
}
