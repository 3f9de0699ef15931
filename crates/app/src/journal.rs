//! Browsing the journal, and where a node goes on that was copied.

use crate::{Ctx, Error, Result};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::PersonId;
use muster_journal::Series;
use muster_journal::sync::Heads;
use muster_storage::journal::{Filter, JournalRow};
use muster_storage::{ReadTx, WriteTx, journal, people, replication};

/// People by their number, user name or address; empty for anybody.
#[derive(Clone, Debug, Default)]
pub struct Persons {
    /// Who acted.
    pub person: String,
    /// Whose record, roles, sign-ins or requests were touched.
    pub about: String,
}

/// Entries that match, the latest first.
pub fn browse(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    filter: &Filter,
    persons: &Persons,
) -> Result<Vec<JournalRow>> {
    ctx.need(Permission::ViewJournal, Target::Institution)?;
    let actor = known(tx, "person", &persons.person)?.or(filter.actor);
    let about = known(tx, "about", &persons.about)?.map(Into::into);
    if about.is_some() && filter.record.is_some() {
        return Err(Error::field("about", "Give a person or a record, not both."));
    }
    let record = about.or(filter.record);
    Ok(journal::browse(tx, &Filter { actor, record, ..filter.clone() })?)
}

/// Where each series of entries ends here, and which of them this node writes.
pub fn heads(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<(Series, Heads)> {
    ctx.need(Permission::ViewJournal, Target::Institution)?;
    Ok((replication::own(tx)?, replication::heads(tx)?))
}

/// From here on the node writes in a series of its own, apart from the node that it was copied from.
/// Whoever copied it may do so: it is done on the machine itself.
pub fn begin_anew(tx: &mut WriteTx<'_>) -> Result<()> {
    replication::begin_anew(tx)?;
    Ok(())
}

fn known(tx: &mut ReadTx<'_>, field: &'static str, text: &str) -> Result<Option<PersonId>> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let found = people::by_identifier(tx, text.trim())?;
    let nobody = || Error::field(field, "Nobody has this number, user name or address.");
    Ok(Some(found.ok_or_else(nobody)?.id))
}
