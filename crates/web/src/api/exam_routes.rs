//! The routes of sittings, holds and dockets, for programs.

use super::{appointed, batches, dockets, holds, room_lists, scans, sittings};
use crate::routes::Access::Needs;
use crate::routes::Routes;
use muster_domain::auth::Permission as P;

/// The routes of sittings, holds and dockets.
pub(super) fn routes(routes: Routes) -> Routes {
    appointed::routes(routes)
        .get("/api/v1/assessments/{id}/sittings", Needs(P::ViewSittings), sittings::list)
        .post("/api/v1/assessments/{id}/sittings", Needs(P::ManageSittings), sittings::create)
        .get(
            "/api/v1/assessments/{id}/room-list",
            Needs(P::ViewSittings),
            room_lists::of_assessment,
        )
        .get("/api/v1/assessments/{id}/docket-figures", Needs(P::ViewDockets), room_lists::figures)
        .get("/api/v1/sittings/{id}/redemptions", Needs(P::ViewSittings), scans::of_sitting)
        .get("/api/v1/assessments/{id}/redemptions", Needs(P::ViewSittings), scans::of_assessment)
        .get("/api/v1/sittings/{id}/room-list", Needs(P::ViewSittings), room_lists::of_sitting)
        .get("/api/v1/sittings/{id}", Needs(P::ViewSittings), sittings::get)
        .patch("/api/v1/sittings/{id}", Needs(P::ManageSittings), sittings::change)
        .delete("/api/v1/sittings/{id}", Needs(P::ManageSittings), sittings::remove)
        .get("/api/v1/sittings/{id}/places", Needs(P::ViewSittings), sittings::places)
        .post("/api/v1/sittings/{id}/rooms", Needs(P::ManageSittings), sittings::share_out)
        .delete("/api/v1/sittings/{id}/rooms", Needs(P::ManageSittings), sittings::clear)
        .put("/api/v1/sittings/{id}/places/{person}", Needs(P::ManageSittings), sittings::assign)
        .get("/api/v1/holds", Needs(P::ManageHolds), holds::list)
        .post("/api/v1/holds", Needs(P::ManageHolds), holds::place)
        .get("/api/v1/holds/{id}", Needs(P::ManageHolds), holds::get)
        .post("/api/v1/holds/{id}/lifting", Needs(P::ManageHolds), holds::lift)
        .get("/api/v1/people/{id}/eligibility", Needs(P::ViewDockets), dockets::eligibility)
        .get("/api/v1/assessments/{id}/eligibility", Needs(P::ViewDockets), dockets::of_group)
        .post("/api/v1/people/{id}/dockets", Needs(P::IssueDockets), dockets::issue)
        .get("/api/v1/dockets/{id}", Needs(P::ViewDockets), dockets::get)
        .post("/api/v1/dockets/{id}/renewal", Needs(P::IssueDockets), dockets::renew)
        .get("/api/v1/docket-batches", Needs(P::IssueDockets), batches::list_dockets)
        .post("/api/v1/docket-batches", Needs(P::IssueDockets), batches::issue_dockets)
        .get("/api/v1/docket-batches/{id}", Needs(P::IssueDockets), batches::get_dockets)
        .get(
            "/api/v1/docket-batches/{id}/people",
            Needs(P::IssueDockets),
            batches::people_of_dockets,
        )
}
