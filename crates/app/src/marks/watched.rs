//! Which marks of a session deserve a look: read when somebody looks, never stored.

use crate::settings::Settings;
use crate::{Result, settings};
use muster_domain::attendance::sharing::Strictness;
use muster_domain::attendance::suspicion::{Binding, Sighting, Suspicion, Watch, suspicions};
use muster_domain::ids::PersonId;
use muster_storage::ReadTx;
use muster_storage::devices;
use muster_storage::sessions::{MarkRow, SessionRow};
use std::collections::{BTreeMap, BTreeSet};

/// Whose marks deserve a look, and why.
pub type Suspicions = BTreeMap<PersonId, BTreeSet<Suspicion>>;

/// What deserves a look among these marks of a session. For its staff: the caller has asked.
pub fn watched<'m>(
    tx: &mut ReadTx<'_>,
    session: &SessionRow,
    marks: impl IntoIterator<Item = &'m MarkRow>,
) -> Result<Suspicions> {
    let Settings { sharing, .. } = settings::load(tx)?;
    let sightings = marks.into_iter().map(|mark| Sighting {
        person: mark.person,
        method: mark.method,
        at: mark.at,
        device: mark.device,
        address: mark.address.clone(),
    });
    let watch = Watch {
        mode: session.mode,
        devices: sharing.device != Strictness::Off,
        networks: Some(&sharing.networks).filter(|_| sharing.network != Strictness::Off),
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
