//! What staff are told of marks besides: which deserve a look, who marked, who is on leave. Read
//! when somebody looks, never stored.

use crate::leaves::fillers;
use crate::receipts::{self, Evidence};
use crate::settings::Settings;
use crate::{Result, settings};
use muster_domain::attendance::sharing::Strictness;
use muster_domain::attendance::suspicion::{Binding, Sighting, Suspicion, Watch, suspicions};
use muster_domain::ids::{PersonId, SessionId};
use muster_storage::ReadTx;
use muster_storage::sessions::{MarkRow, SessionRow};
use muster_storage::{devices, locations, people};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Whose marks deserve a look, and why.
pub type Suspicions = BTreeMap<PersonId, BTreeSet<Suspicion>>;

/// How many metres from the room students marked themselves, as far as their browsers told.
pub type Distances = HashMap<PersonId, i64>;

/// The names of those who marked others.
pub type Names = HashMap<PersonId, String>;

/// What staff are told of a session's marks besides the marks themselves.
#[derive(Clone, Debug, Default)]
pub struct Details {
    /// Whose marks deserve a look, and why.
    pub suspicions: Suspicions,
    /// How far from the room students were, as far as that was asked and told.
    pub distances: Distances,
    /// Who marked others.
    pub names: Names,
    /// What stands behind the marks that were made offline.
    pub offline: Evidence,
    /// Who is on leave on the session's day, while it is open.
    pub on_leave: HashSet<PersonId>,
}

impl Details {
    /// The name of who made a mark, if it was not the student.
    pub fn marked_by(&self, mark: &MarkRow) -> Option<&str> {
        self.names.get(&mark.marked_by?).map(String::as_str)
    }
}

/// What is known of a session's marks besides. For its staff: the caller has asked.
pub fn details(tx: &mut ReadTx<'_>, session: &SessionRow, marks: &[MarkRow]) -> Result<Details> {
    let open = session.closed_at.is_none();
    let offline = receipts::of_marks(tx, session.id, marks)?;
    let mut suspicions = watched(tx, session, marks)?;
    for (person, row) in &offline {
        let mut flags = receipts::flags(row).peekable();
        if flags.peek().is_some() {
            suspicions.entry(*person).or_default().extend(flags);
        }
    }
    Ok(Details {
        suspicions,
        offline,
        distances: distances(tx, session.id)?,
        names: names(tx, marks)?,
        on_leave: if open { fillers::on_leave(tx, session)? } else { HashSet::new() },
    })
}

/// The names of those who made these marks for others. For staff: the caller has asked.
pub(crate) fn names<'m>(
    tx: &mut ReadTx<'_>,
    marks: impl IntoIterator<Item = &'m MarkRow>,
) -> Result<Names> {
    let markers: BTreeSet<_> = marks.into_iter().filter_map(|mark| mark.marked_by).collect();
    let rows = people::get_many(tx, &Vec::from_iter(markers))?.into_iter();
    Ok(rows.map(|row| (row.id, row.name)).collect())
}

/// How far from the room the students of a session were. For its staff: the caller has asked.
fn distances(tx: &mut ReadTx<'_>, session: SessionId) -> Result<Distances> {
    let rows = locations::distances(tx, session)?.into_iter();
    Ok(rows.map(|row| (row.person, row.metres)).collect())
}

/// What deserves a look among these marks of a session. For its staff: the caller has asked.
fn watched<'m>(
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
