//! Nodes that replicate: a hub enrols its edges by one-time codes, says what each may see, and revokes
//! them; an edge knows its hub and asks it again and again.

mod beside;
mod edge;
mod enrolment;
mod error;
mod handover;
mod hub;
mod peers;
mod runs;
mod scope;
mod standing;
mod witness;

pub use beside::{Given, Wanted, file, give, has_taken, take_secrets, wanted};
pub use edge::{
    Ahead, Asking, ENROLMENTS, EXCHANGES, FILES, HANDOVERS, Joined, Leave, OPENINGS, Past, SECRETS,
    ahead, ask, ask_plainly, ask_to_open, count_from, done, fail, follow, forks, has_opened,
    hub_address, is_level, join, may_join, need_hub, opened, parts, set_every, took,
};
pub use enrolment::{Applicant, CODE_LIFETIME, Enrolled, Offer, enrol, offer};
pub use error::NodeError;
pub(crate) use handover::need_online_here;
pub use handover::{HANDOVER, HANDOVER_LIFETIME, Wish, arrive, hand_over, handed_over};
pub use hub::{Known, admit, answer, blame, disclose, known, last_asked, proven, receive, told};
pub use muster_storage::replication::portion;
pub use peers::{Peer, list, rescope, revoke};
pub use runs::known_of;
pub use scope::{Scope, ScopeInput, as_they_stand, named};
pub use standing::{Hub, Role, Standing, clock_words, pace, restated_words, standing};
pub use witness::{Witnessed, witnessed};

use crate::{Ctx, Result};
use muster_domain::auth::{Permission, Target};

/// How many entries one exchange carries each way at most.
pub const LOT: i64 = 4_000;
/// How many more an edge tells of what its hub knows as runs alone: both fit into one batch.
pub const KNOWN: i64 = 1_000;
/// How many runs one question has opened.
pub const RUNS: i64 = 500;
/// Minutes between two exchanges, unless an operator says otherwise.
pub const EVERY: i64 = 5;

/// Passes for whoever manages the institution's settings, and for whoever has the node's shell.
fn manage(ctx: &Ctx) -> Result<()> {
    if ctx.act.via == "cli" {
        return Ok(());
    }
    ctx.need(Permission::ManageSettings, Target::Institution)
}
