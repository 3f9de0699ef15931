//! The interface for programs, under `/api/v1`: JSON in, JSON or problem details out.

mod academics;
mod attendance;
mod classes;
mod journal;
mod marks;
mod member;
mod people;
mod sessions;
mod settings;
mod tokens;

use crate::caller::Caller;
use crate::routes::Access::{Needs, Public, SignedIn};
use crate::routes::Routes;
use axum::http::{HeaderMap, header};
use muster_domain::auth::Permission as P;

/// The routes of the interface.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .post("/api/v1/tokens", Public, tokens::create)
        .get("/api/v1/me", SignedIn, tokens::me)
        .put("/api/v1/me/password", SignedIn, tokens::change_password)
        .get("/api/v1/me/logins", SignedIn, tokens::logins)
        .delete("/api/v1/me/logins/{id}", SignedIn, tokens::end_login)
        .get("/api/v1/settings", Needs(P::ManageSettings), settings::get)
        .patch("/api/v1/settings", Needs(P::ManageSettings), settings::change)
        .get("/api/v1/terms", Needs(P::ViewAcademics), academics::terms)
        .post("/api/v1/terms", Needs(P::ManageAcademics), academics::create_term)
        .get("/api/v1/terms/{id}", Needs(P::ViewAcademics), academics::term)
        .patch("/api/v1/terms/{id}", Needs(P::ManageAcademics), academics::change_term)
        .post("/api/v1/terms/{id}/archival", Needs(P::ManageAcademics), academics::archive_term)
        .get("/api/v1/courses", Needs(P::ViewAcademics), academics::courses)
        .post("/api/v1/courses", Needs(P::ManageAcademics), academics::create_course)
        .get("/api/v1/courses/{id}", Needs(P::ViewAcademics), academics::course)
        .patch("/api/v1/courses/{id}", Needs(P::ManageAcademics), academics::change_course)
        .post("/api/v1/courses/{id}/archival", Needs(P::ManageAcademics), academics::archive_course)
        .get("/api/v1/classes", SignedIn, academics::classes)
        .post("/api/v1/classes", Needs(P::ManageAcademics), academics::create_class)
        .get("/api/v1/classes/{id}", Needs(P::ViewClass), academics::class)
        .patch("/api/v1/classes/{id}", Needs(P::ManageAcademics), academics::change_class)
        .post("/api/v1/classes/{id}/archival", Needs(P::ManageAcademics), academics::archive_class)
        .get("/api/v1/classes/{id}/enrolments", Needs(P::ViewClass), classes::roster)
        .post("/api/v1/classes/{id}/enrolments", Needs(P::ManageAcademics), classes::enrol)
        .patch(
            "/api/v1/classes/{id}/enrolments/{person}",
            Needs(P::ManageAcademics),
            classes::change_place,
        )
        .get("/api/v1/classes/{id}/staff", Needs(P::ViewClass), classes::staff)
        .post("/api/v1/classes/{id}/staff", Needs(P::ManageAcademics), classes::name_staff)
        .delete("/api/v1/classes/{id}/staff/{grant}", Needs(P::ManagePeople), classes::end_staff)
        .get("/api/v1/classes/{id}/meetings", Needs(P::ViewClass), classes::meetings)
        .post("/api/v1/classes/{id}/meetings", Needs(P::ManageAcademics), classes::meet)
        .patch("/api/v1/meetings/{id}", Needs(P::ManageAcademics), classes::change_meeting)
        .post("/api/v1/meetings/{id}/cancellation", Needs(P::ManageAcademics), classes::cancel)
        .get("/api/v1/journal", Needs(P::ViewJournal), journal::browse)
        .get("/api/v1/search", SignedIn, people::search)
        .get("/api/v1/people", Needs(P::ViewPeople), people::list)
        .post("/api/v1/people", Needs(P::ManagePeople), people::create)
        .get("/api/v1/people/{id}", SignedIn, people::get)
        .patch("/api/v1/people/{id}", Needs(P::ManagePeople), people::change)
        .get("/api/v1/people/{id}/attendance", SignedIn, attendance::get)
        .post("/api/v1/people/{id}/roles", Needs(P::ManagePeople), people::grant)
        .delete("/api/v1/people/{id}/roles/{grant}", Needs(P::ManagePeople), people::end_grant)
        .post("/api/v1/people/{id}/reset-codes", Needs(P::ManagePeople), people::offer_reset)
        .get("/api/v1/live", Needs(P::ViewOverview), crate::live::overview)
        .post("/api/v1/classes/{id}/sessions", Needs(P::TakeAttendance), sessions::open)
        .get("/api/v1/sessions/{id}", Needs(P::ViewClass), sessions::get)
        .get("/api/v1/sessions/{id}/code", Needs(P::TakeAttendance), sessions::code)
        .get("/api/v1/sessions/{id}/codes", Needs(P::TakeAttendance), sessions::codes)
        .get("/api/v1/sessions/{id}/events", Needs(P::ViewClass), crate::live::session)
        .get("/api/v1/sessions/{id}/marks", Needs(P::ViewClass), sessions::marks)
        .post("/api/v1/sessions/{id}/extension", Needs(P::TakeAttendance), sessions::extend)
        .post("/api/v1/sessions/{id}/closure", Needs(P::TakeAttendance), sessions::close)
        .post("/api/v1/sessions/{id}/reopening", Needs(P::ReopenSession), sessions::reopen)
        .put("/api/v1/sessions/{id}/marks/{person}", Needs(P::TakeAttendance), marks::put)
        .post("/api/v1/marks", Needs(P::MarkSelf), marks::create)
}

/// Where links in codes lead.
pub(crate) struct LinkBase {
    pub host: String,
    pub https: bool,
}

/// The configured address, or the host that the request named.
pub(crate) fn link_base(caller: &Caller, headers: &HeaderMap) -> LinkBase {
    let configured = caller.app.base_url.as_deref().and_then(|url| url.split_once("://"));
    if let Some((scheme, host)) = configured {
        return LinkBase { host: host.trim_end_matches('/').to_owned(), https: scheme == "https" };
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    LinkBase { host: host.unwrap_or("localhost").to_owned(), https: false }
}
