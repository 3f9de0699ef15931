//! Every open session, live, for administrators.

use super::announcements::Item as Announcement;
use super::certificate;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::times;
use askama::Template;
use axum::response::Response;
use muster_app::announcements;
use muster_app::attendance::{self, OpenSession};
use muster_app::setup;
use muster_storage::academics::BegunRow;

#[derive(Template)]
#[template(path = "overview.html")]
struct Page {
    shell: Shell,
    /// What is left to do before the first class; empty once everything is there.
    steps: Vec<Step>,
    items: Vec<Item>,
    announcements: Vec<Announcement>,
    /// Whether something is wrong with the server's certificate.
    certificate: bool,
}

struct Item {
    id: String,
    class: String,
    code: String,
    teacher: String,
    room: String,
    here: i64,
    enrolled: i64,
    share: i64,
    ends_at: String,
    ends_at_words: String,
}

/// A step on the way to the first class.
struct Step {
    done: bool,
    title: &'static str,
    text: &'static str,
    /// Where it is done: address and word.
    links: &'static [(&'static str, &'static str)],
}

/// `GET /overview`
pub(super) async fn show(caller: Caller) -> Result<Response, PageError> {
    let read = caller.read(|tx, ctx| {
        let begun = setup::first_steps(tx, ctx)?;
        Ok((attendance::overview(tx, ctx)?, announcements::shown(tx, ctx)?, begun))
    });
    let (open, announced, begun) = read.await.map_err(|error| caller.error(error))?;
    let steps = begun.map(steps).unwrap_or_default();
    let announcements = announced.into_iter().map(|row| Announcement::of(&caller, row)).collect();
    let items = open.iter().map(|open| item(&caller, open)).collect();
    let certificate = certificate::is_wrong(&caller).await;
    let shell = caller.shell("Open sessions");
    Ok(render(&Page { shell, steps, items, announcements, certificate }))
}

fn steps(begun: BegunRow) -> Vec<Step> {
    vec![
        Step {
            done: begun.terms > 0,
            title: "A term",
            text: "A term is a period of teaching, with its first and last day.",
            links: &[("/terms", "Add a term")],
        },
        Step {
            done: begun.courses > 0,
            title: "Courses",
            text: "A course is what is taught, known by its code. A file of classes brings its courses along.",
            links: &[("/courses", "Add courses")],
        },
        Step {
            done: begun.students > 0,
            title: "People",
            text: "Students and staff come from a spreadsheet, or from your student information system.",
            links: &[("/imports?kind=people", "Import people"), ("/people/new", "Add one")],
        },
        Step {
            done: begun.classes > 0,
            title: "Classes",
            text: "A class is a course in a term, with its teachers, its room and its week.",
            links: &[("/imports?kind=classes", "Import classes"), ("/classes/new", "Add one")],
        },
        Step {
            done: begun.enrolments > 0,
            title: "Enrolment",
            text: "Say who attends which class, on the class’s page or by a file.",
            links: &[("/imports?kind=enrolments", "Import enrolments"), ("/classes", "Classes")],
        },
    ]
}

fn item(caller: &Caller, open: &OpenSession) -> Item {
    let OpenSession { session, class, teacher, counts } = open;
    let here = counts.tally.present + counts.tally.late;
    Item {
        id: session.id.to_string(),
        class: class.course_name.clone(),
        code: format!("{} · {}", class.course_code, class.section),
        teacher: teacher.clone(),
        room: class.room.clone().unwrap_or_default(),
        here,
        enrolled: counts.enrolled,
        share: here * 100 / counts.enrolled.max(1),
        ends_at: times::rfc3339(session.ends_at),
        ends_at_words: times::clock(&caller.known.settings, session.ends_at),
    }
}
