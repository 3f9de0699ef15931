//! The routes of results: entering, publishing, and what students see of them.

use super::{own_results, results, results_scheme, slip, term_results};
use crate::routes::Access::Needs;
use crate::routes::Routes;
use muster_domain::auth::Permission as P;

/// The routes of results.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/classes/{id}/results", Needs(P::EnterResults), results::show)
        .post("/classes/{id}/results", Needs(P::EnterResults), results::save)
        .get("/classes/{id}/results/scheme", Needs(P::EnterResults), results_scheme::show)
        .post("/classes/{id}/results/scheme", Needs(P::EnterResults), results_scheme::save)
        .get("/classes/{id}/results/slips.pdf", Needs(P::ViewResults), slip::of_class)
        .post(
            "/classes/{id}/results/{assessment}/publication",
            Needs(P::EnterResults),
            results::publish,
        )
        .post(
            "/classes/{id}/results/{assessment}/withdrawal",
            Needs(P::EnterResults),
            results::withdraw,
        )
        .get("/assessments/{id}/results", Needs(P::PublishResults), term_results::show)
        .post("/assessments/{id}/publication", Needs(P::PublishResults), term_results::publish)
        .get("/results", Needs(P::ViewResults), own_results::own)
        .get("/people/{id}/results", Needs(P::ViewResults), own_results::of)
        .get("/people/{id}/results/{term}/slip", Needs(P::ViewResults), slip::show)
        .get("/people/{id}/results/{term}/slip.pdf", Needs(P::ViewResults), slip::pdf)
}
