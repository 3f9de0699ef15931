//! The routes of verifiers' phones, and of what was odd about scans.

use super::{incidents, verifier_devices};
use crate::routes::Access::Needs;
use crate::routes::Routes;
use muster_domain::auth::Permission as P;

/// The routes of verifiers' phones, and of what was odd about scans.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/verifier-devices", Needs(P::ManageVerifiers), verifier_devices::list)
        .post("/verifier-devices", Needs(P::ManageVerifiers), verifier_devices::offer)
        .post(
            "/verifier-devices/{id}/revocation",
            Needs(P::ManageVerifiers),
            verifier_devices::revoke,
        )
        .get("/incidents", Needs(P::OverrideVerdicts), incidents::list)
        .post("/incidents/{id}/settlement", Needs(P::OverrideVerdicts), incidents::settle)
}
