//! The routes of badges: a person's own, many at once, and marking by them.

use super::{badge, badge_scan, badges};
use crate::routes::Access::Needs;
use crate::routes::Routes;
use muster_domain::auth::Permission as P;

/// The routes of badges.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/badges", Needs(P::IssueBadges), badges::list)
        .post("/badge-batches", Needs(P::IssueBadges), badges::begin)
        .get("/badge-batches/{id}", Needs(P::IssueBadges), badges::batch)
        .get("/badge-batches/{id}/badges.pdf", Needs(P::IssueBadges), badges::pdf)
        .get("/people/{id}/badge", Needs(P::ViewBadges), badge::show)
        .post("/people/{id}/badge", Needs(P::IssueBadges), badge::issue)
        .post("/people/{id}/badge/renewal", Needs(P::IssueBadges), badge::renew)
        .post("/people/{id}/badge/void", Needs(P::IssueBadges), badge::void)
        .get("/people/{id}/badge/badge.pdf", Needs(P::ViewBadges), badge::pdf)
        .get("/people/{id}/badge/badge.png", Needs(P::ViewBadges), badge::png)
        .get("/sessions/{id}/badges", Needs(P::TakeAttendance), badge_scan::show)
        .post("/sessions/{id}/badges", Needs(P::TakeAttendance), badge_scan::mark)
}
