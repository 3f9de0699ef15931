//! Exchanging entries with other nodes: what is here, what another lacks, what comes in. They are
//! kept, numbered, and applied to records. On a node that replicates `telling` sees to it that entries
//! hold all that tables do.

pub(crate) mod apply;
pub(crate) mod belonging;
pub(crate) mod catching_up;
pub(crate) mod export;
pub mod files;
pub(crate) mod forks;
pub(crate) mod guarded;
pub(crate) mod heads;

pub(crate) mod homes;
pub(crate) mod incoming;
pub(crate) mod openings;
pub(crate) mod outgoing;
pub(crate) mod restating;
pub(crate) mod scope;
pub(crate) mod seals;
pub mod tables;
pub(crate) mod telling;
#[cfg(feature = "testing")]
pub mod testing;
pub(crate) mod untold;
pub(crate) mod within;

pub use apply::{PendingRow, arrived, count_pending, list_pending, stands_for};
pub use belonging::people_of;
pub use catching_up::catch_up;
pub use export::export;
pub use forks::begin_anew;
pub use heads::{forks, heads, hello, link_at as link, own};
pub use homes::{Former, former_sessions, home, opening};
pub use incoming::{Author, Refused, Taken, Why, parts, portion, take, take_from, take_proven};
pub use openings::{Place, disclose, hearsay, known_of, open, runs};
pub use outgoing::{Offer, offer, offer_within};
pub use restating::{Restated, begin, replicates, restate, restated, restating};
pub use scope::{Sight, sight};
pub use seals::{Proven, SealPlace, forget_seals, keep_seals, links_of, prove, seals, seals_after};
pub(crate) use telling::Telling;
pub use untold::{Untold, untold};

use crate::Statement;

/// Every statement of replication.
pub(crate) fn statements() -> Vec<&'static Statement> {
    [
        apply::changes::ALL,
        apply::claims::ALL,
        apply::conflicts::ALL,
        apply::counts::ALL,
        apply::holders::ALL,
        apply::news::ALL,
        apply::pending::ALL,
        apply::redirects::ALL,
        apply::settled::ALL,
        &apply::statements(),
        catching_up::ALL,
        export::ALL,
        files::ALL,
        forks::ALL,
        guarded::ALL,
        heads::ALL,
        homes::ALL,
        incoming::ALL,
        openings::ALL,
        outgoing::ALL,
        restating::ALL,
        untold::ALL,
        within::ALL,
        scope::ALL,
        seals::ALL,
        &tables::statements(),
        &telling::statements(),
    ]
    .concat()
}
