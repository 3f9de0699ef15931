//! The routes of events, passes, and what is presented at gates.

use super::{
    appointed, entries, event, events, gates, pass, pass_new, pass_page, pass_pdf, passes,
    verifier_app, verify,
};
use crate::routes::Access::{Needs, Public};
use crate::routes::Routes;
use muster_domain::auth::Permission as P;

/// The routes of events, passes, and what is presented at gates.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/events", Needs(P::ViewEvents), events::list)
        .post("/events", Needs(P::ManageEvents), events::create)
        .get("/events/new", Needs(P::ManageEvents), events::new)
        .get("/events/{id}", Needs(P::ViewEvents), event::show)
        .post("/events/{id}", Needs(P::ManageEvents), events::change)
        .get("/events/{id}/edit", Needs(P::ManageEvents), events::edit)
        .post("/events/{id}/archival", Needs(P::ManageEvents), events::archive)
        .post("/events/{id}/staff", Needs(P::ManageEvents), appointed::at_event)
        .post("/events/{id}/staff/{grant}/end", Needs(P::ManageEvents), appointed::end_at_event)
        .post("/events/{id}/pass-types", Needs(P::ManageEvents), event::add_type)
        .get("/pass-types/{id}", Needs(P::ManageEvents), event::show_type)
        .post("/pass-types/{id}", Needs(P::ManageEvents), event::change_type)
        .get("/events/{id}/passes", Needs(P::ViewEvents), passes::list)
        .post("/events/{id}/passes", Needs(P::IssuePasses), pass_new::issue)
        .get("/events/{id}/passes/codes", Needs(P::IssuePasses), passes::codes)
        .get("/events/{id}/passes/new", Needs(P::IssuePasses), pass_new::new)
        .get("/passes/{id}", Needs(P::ViewEvents), pass::show)
        .get("/passes/{id}/pass.pdf", Needs(P::ViewEvents), pass_pdf::of_staff)
        .post("/passes/{id}/void", Needs(P::ManageEvents), pass::void)
        .post("/passes/{id}/refund", Needs(P::ManageEvents), pass::refund)
        .get("/passes/{id}/transfer", Needs(P::ManageEvents), pass::transfer_form)
        .post("/passes/{id}/transfer", Needs(P::ManageEvents), pass::transfer)
        .post("/events/{id}/points", Needs(P::ManageEvents), gates::create)
        .post("/points/{id}/archival", Needs(P::ManageEvents), gates::archive)
        .post("/pass-types/{id}/points", Needs(P::ManageEvents), gates::admit_at)
        .get("/events/{id}/entries", Needs(P::ViewEvents), entries::list)
        .get("/verify", Needs(P::VerifyCredentials), verify::choose)
        .get(verifier_app::PATH, Public, verifier_app::show)
        .get("/verify/{id}", Needs(P::VerifyCredentials), verify::show)
        .post("/verify/{id}", Needs(P::VerifyCredentials), verify::present)
        .post("/redemptions/{id}/reversal", Needs(P::VerifyCredentials), verify::undo)
        .post("/passes/{id}/letters", Needs(P::IssuePasses), pass::send)
        .get("/p/{token}", Public, pass_page::show)
        .get("/p/{token}/qr.png", Public, pass_page::picture)
        .get("/p/{token}/pass.pdf", Public, pass_pdf::of_holder)
        .get("/p/{token}/pass.png", Public, pass_pdf::picture)
        .get("/v", Public, pass_page::scanned)
}
