//! The routes of exams: sittings, holds, who is eligible, dockets.

use super::{
    appointed, batch, docket, docket_figures, docket_pdf, dockets, eligibility, entries, holds,
    room_list, sitting, sittings,
};
use crate::routes::Access::Needs;
use crate::routes::Routes;
use muster_domain::auth::Permission as P;

/// The routes of sittings, holds and dockets.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/sittings", Needs(P::ViewSittings), sittings::list)
        .post("/sittings", Needs(P::ManageSittings), sittings::create)
        .get("/sittings/new", Needs(P::ManageSittings), sittings::new)
        .get("/sittings/{id}", Needs(P::ViewSittings), sitting::show)
        .post("/sittings/{id}", Needs(P::ManageSittings), sitting::change)
        .post("/sittings/{id}/removal", Needs(P::ManageSittings), sitting::remove)
        .post("/sittings/{id}/rooms", Needs(P::ManageSittings), sitting::share_out)
        .post("/sittings/{id}/rooms/removal", Needs(P::ManageSittings), sitting::clear)
        .post("/sittings/{id}/places/{person}", Needs(P::ManageSittings), sitting::assign)
        .get("/sittings/{id}/room-list", Needs(P::ViewSittings), room_list::of_sitting)
        .get("/assessments/{id}/room-list", Needs(P::ViewSittings), room_list::of_assessment)
        .get("/sittings/{id}/entries", Needs(P::ViewSittings), entries::of_sitting)
        .get("/assessments/{id}/entries", Needs(P::ViewSittings), entries::of_assessment)
        .post("/assessments/{id}/points", Needs(P::ManageSittings), room_list::add_hall)
        .post("/assessments/{id}/staff", Needs(P::ManagePeople), appointed::at_assessment)
        .post(
            "/assessments/{id}/staff/{grant}/end",
            Needs(P::ManagePeople),
            appointed::end_at_assessment,
        )
        .get("/assessments/{id}/docket-figures", Needs(P::ViewDockets), docket_figures::show)
        .get("/holds", Needs(P::ManageHolds), holds::list)
        .post("/holds", Needs(P::ManageHolds), holds::create)
        .post("/people/{id}/holds", Needs(P::ManageHolds), dockets::hold)
        .post("/holds/{id}/lifting", Needs(P::ManageHolds), holds::lift)
        .get("/eligibility", Needs(P::ViewDockets), eligibility::show)
        .get("/dockets", Needs(P::ViewDockets), dockets::own)
        .get("/people/{id}/dockets", Needs(P::ViewDockets), dockets::of)
        .post("/people/{id}/dockets", Needs(P::IssueDockets), dockets::issue)
        .get("/dockets/{id}", Needs(P::ViewDockets), docket::show)
        .get("/dockets/{id}/docket.pdf", Needs(P::IssueDockets), docket_pdf::one)
        .post("/dockets/{id}/renewal", Needs(P::IssueDockets), docket::renew)
        .post("/docket-batches", Needs(P::IssueDockets), eligibility::begin)
        .get("/docket-batches/{id}", Needs(P::IssueDockets), batch::show)
        .get("/docket-batches/{id}/dockets", Needs(P::IssueDockets), batch::print)
        .get("/docket-batches/{id}/dockets.pdf", Needs(P::IssueDockets), docket_pdf::of_batch)
        .get("/docket-batches/{id}/dockets.zip", Needs(P::IssueDockets), docket_pdf::of_batch_apart)
}
