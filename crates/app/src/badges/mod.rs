//! Badges: people's own cards. Issuing one and many, withdrawing them, what stands on them, and whose
//! one is that somebody shows.

mod batches;
mod card;
mod issue;
mod shown;

pub(crate) use batches::turns;
pub use batches::{batch, batch_printed, batches, begin_batch};
pub use card::{Card, Printed, card, printed};
pub use issue::{Issued, issue, renew, void};
pub(crate) use shown::read;

use muster_domain::auth::Target;
use muster_domain::ids::NAMESPACE;
use muster_domain::time::Timestamp;
use muster_storage::badges::BadgeRow;
use uuid::Uuid;

/// The kind of a badge's credentials.
pub(crate) const KIND: &str = "badge";
/// What a badge is for: the whole institution, which is the one whose keys sign it.
pub(crate) const SCOPE: Uuid = NAMESPACE;
const EVERYTHING: Target = Target::Institution;

/// Whether a badge stands for its holder.
fn counts(row: &BadgeRow, now: Timestamp) -> bool {
    row.voided_at.is_none() && now < row.valid_until
}
