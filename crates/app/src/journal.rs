//! Browsing the journal.

use crate::{Ctx, Error, Result};
use muster_domain::auth::{Permission, Target};
use muster_storage::journal::{Filter, JournalRow};
use muster_storage::{ReadTx, journal, people};

/// Entries that match, the latest first; `person` is the number of who acted, or empty.
pub fn browse(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    filter: &Filter,
    person: &str,
) -> Result<Vec<JournalRow>> {
    ctx.need(Permission::ViewJournal, Target::Institution)?;
    let actor = match person.trim() {
        "" => filter.actor,
        number => {
            let found = people::by_identifier(tx, number)?;
            let nobody = || Error::field("person", "Nobody has this number.");
            Some(found.ok_or_else(nobody)?.id)
        }
    };
    Ok(journal::browse(tx, &Filter { actor, ..filter.clone() })?)
}
