//! The routes of events and passes.

use super::{event, events, pass, pass_new, pass_page, passes};
use crate::routes::Access::{Needs, Public};
use crate::routes::Routes;
use muster_domain::auth::Permission as P;

/// The routes of events and passes.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/events", Needs(P::ViewEvents), events::list)
        .post("/events", Needs(P::ManageEvents), events::create)
        .get("/events/new", Needs(P::ManageEvents), events::new)
        .get("/events/{id}", Needs(P::ViewEvents), event::show)
        .post("/events/{id}", Needs(P::ManageEvents), events::change)
        .get("/events/{id}/edit", Needs(P::ManageEvents), events::edit)
        .post("/events/{id}/archival", Needs(P::ManageEvents), events::archive)
        .post("/events/{id}/pass-types", Needs(P::ManageEvents), event::add_type)
        .get("/pass-types/{id}", Needs(P::ManageEvents), event::show_type)
        .post("/pass-types/{id}", Needs(P::ManageEvents), event::change_type)
        .get("/events/{id}/passes", Needs(P::ViewEvents), passes::list)
        .post("/events/{id}/passes", Needs(P::IssuePasses), pass_new::issue)
        .get("/events/{id}/passes/new", Needs(P::IssuePasses), pass_new::new)
        .get("/passes/{id}", Needs(P::ViewEvents), pass::show)
        .post("/passes/{id}/void", Needs(P::ManageEvents), pass::void)
        .post("/passes/{id}/refund", Needs(P::ManageEvents), pass::refund)
        .get("/passes/{id}/transfer", Needs(P::ManageEvents), pass::transfer_form)
        .post("/passes/{id}/transfer", Needs(P::ManageEvents), pass::transfer)
        .post("/passes/{id}/letters", Needs(P::IssuePasses), pass::send)
        .get("/p/{token}", Public, pass_page::show)
        .get("/p/{token}/qr.png", Public, pass_page::picture)
        .get("/v", Public, pass_page::scanned)
}
