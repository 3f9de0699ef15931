//! Which marks of a session deserve a look: read when somebody looks, never stored.

use crate::settings::Settings;
use crate::{Result, settings};
use muster_domain::attendance::sharing::Strictness;
use muster_domain::attendance::suspicion::{Binding, Sighting, Suspicion, Watch, suspicions};
use muster_domain::ids::{PersonId, SessionId};
use muster_storage::ReadTx;
use muster_storage::sessions::{MarkRow, SessionRow};
use muster_storage::{devices, locations};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Whose marks deserve a look, and why.
pub type Suspicions = BTreeMap<PersonId, BTreeSet<Suspicion>>;

/// How many metres from the room students marked themselves, as far as their browsers told.
pub type Distances = HashMap<PersonId, i64>;

/// How far from the room the students of a session were. For its staff: the caller has asked.
pub(crate) fn distances(tx: &mut ReadTx<'_>, session: SessionId) -> Result<Distances> {
    let rows = locations::distances(tx, session)?.into_iter();
    Ok(rows.map(|row| (row.person, row.metres)).collect())
}

/// What deserves a look among these marks of a session. For its staff: the caller has asked.
pub fn watched<'m>(
    tx: &mut ReadTx<'_>,
    session: &SessionRow,
    marks: impl IntoIterator<Item = &'m MarkRow>,
) -> Result<Suspicions> {
    let Settings { sharing, .. } = settings::load(tx)?;
    let room = match sharing.distance.strictness {
        Strictness::Off => None,
        _ => locations::of_class(tx, session.class)?.and_then(|row| row.location()),
    };
    let asks = sharing.distance.asks(session.mode, room);
    let metres = if asks { distances(tx, session.id)? } else { Distances::new() };
    let sightings = marks.into_iter().map(|mark| Sighting {
        person: mark.person,
        method: mark.method,
        at: mark.at,
        device: mark.device,
        address: mark.address.clone(),
        metres: metres.get(&mark.person).copied(),
    });
    let watch = Watch {
        mode: session.mode,
        devices: sharing.device != Strictness::Off,
        networks: Some(&sharing.networks).filter(|_| sharing.network != Strictness::Off),
        distance: Some(&sharing.distance).filter(|_| asks),
    };
    let bindings = if watch.devices { devices::of_session(tx, session.id)? } else { Vec::new() };
    let bindings = bindings.into_iter().map(|row| Binding {
        device: row.device,
        person: row.person,
        bound_at: row.bound_at,
    });
    let (sightings, bindings): (Vec<_>, Vec<_>) = (sightings.collect(), bindings.collect());
    Ok(suspicions(&watch, &sightings, &bindings))
}
