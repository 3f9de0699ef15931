//! A class: its sessions and list for staff.

use super::class_manage::{Manage, Typed};
use super::frame::crumbs;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::times;
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use muster_app::academics;
use muster_domain::academics::EnrolmentStatus;
use muster_domain::attendance::Tally;
use muster_domain::attendance::figures::Scale;
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{ClassId, PersonId};
use muster_storage::enrolment::EnrolmentRow;
use muster_storage::{enrolment, people, photos, sessions};
use std::collections::{HashMap, HashSet};

#[derive(Template)]
#[template(path = "class.html")]
pub(super) struct Page {
    shell: Shell,
    id: String,
    lede: String,
    open: String,
    staff: String,
    sessions: Vec<SessionItem>,
    students: Vec<StudentItem>,
    manage: Option<Manage>,
}

struct SessionItem {
    id: String,
    when: String,
    topic: String,
    open: bool,
}

struct StudentItem {
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
}

/// `GET /classes/{id}`
pub(super) async fn show(caller: Caller, Path(id): Path<ClassId>) -> Result<Response, PageError> {
    Ok(render(&page(&caller, id, Typed::default()).await?))
}

/// The page, with what was typed into its forms.
pub(super) async fn page(caller: &Caller, id: ClassId, typed: Typed) -> Result<Page, PageError> {
    let read = caller.read(move |tx, ctx| {
        let class = academics::class(tx, ctx, id)?;
        let sessions = sessions::of_class(tx, id)?;
        let tallies: HashMap<_, _> = sessions::tallies_of_class(tx, id)?.into_iter().collect();
        let (roster, staff) = (enrolment::roster(tx, id)?, people::staff(tx, id)?);
        let photographed = photos::photographed(tx, id)?;
        Ok((class, sessions, tallies, roster, (staff, photographed)))
    });
    let (class, sessions, tallies, roster, (staff, photographed)) =
        read.await.map_err(|error| caller.error(error))?;
    let settings = &caller.known.settings;
    let mut shell = caller.shell(class.course_name.clone());
    shell.crumbs = crumbs([
        ("/classes".to_owned(), "Classes".to_owned()),
        (String::new(), class.course_name.clone()),
    ]);
    let scale = settings.scale(class.weights);
    let open = sessions.iter().find(|session| session.closed_at.is_none());
    let may_manage = caller.ctx.need(Permission::ManageAcademics, Target::Institution).is_ok();
    let students = roster.iter().filter(|place| place.status == EnrolmentStatus::Active);
    Ok(Page {
        shell,
        id: id.to_string(),
        lede: format!("{} · {} · {}", class.course_code, class.section, class.term_name),
        open: open.map(|session| session.id.to_string()).unwrap_or_default(),
        staff: staff.iter().map(|row| row.name.as_str()).collect::<Vec<_>>().join(", "),
        sessions: sessions
            .iter()
            .map(|session| SessionItem {
                id: session.id.to_string(),
                when: times::moment(settings, session.opened_at),
                topic: session.topic.clone().unwrap_or_default(),
                open: session.closed_at.is_none(),
            })
            .collect(),
        students: students
            .map(|place| {
                let tally = tallies.get(&place.person).copied().unwrap_or_default();
                student(place, photo(&photographed, place.person), &tally, scale)
            })
            .collect(),
        manage: may_manage.then(|| Manage::new(&class, &roster, staff, typed)),
    })
}

/// Where somebody's photo is; empty if there is none.
pub(super) fn photo(photographed: &HashSet<PersonId>, person: PersonId) -> String {
    if photographed.contains(&person) { format!("/people/{person}/photo") } else { String::new() }
}

fn student(place: &EnrolmentRow, photo: String, tally: &Tally, scale: Scale) -> StudentItem {
    let share = scale.percentage(tally);
    StudentItem {
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
        level: scale.badge(share).key(),
    }
}
