//! Where passes to an event are issued: everywhere, or on one node alone, so that nodes that are apart
//! never sell the same place.

use crate::homes::Homes;
use crate::{Ctx, Error, Result};
use muster_domain::auth::Permission;
use muster_storage::events::EventRow;
use muster_storage::{ReadTx, peers, replication};
use uuid::Uuid;

/// A node that may issue the passes to an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// The node.
    pub node: Uuid,
    /// What it is called, as seen from here.
    pub name: String,
}

/// The nodes that passes to an event may be left to: none where this one is alone.
pub fn homes(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<Home>> {
    ctx.events(Permission::ManageEvents)?;
    all(tx)
}

fn all(tx: &mut ReadTx<'_>) -> Result<Vec<Home>> {
    let Some(own) = peers::own(tx)? else { return Ok(Vec::new()) };
    let here = Home { node: replication::own(tx)?.node, name: "This node".to_owned() };
    let mut homes = vec![here];
    homes.extend(own.hub.map(|node| Home {
        node,
        name: own.hub_name.map_or_else(|| "The hub".to_owned(), |name| format!("The hub, {name}")),
    }));
    let edges = peers::list(tx)?.into_iter().filter(|edge| edge.revoked_at.is_none());
    homes.extend(edges.map(|edge| Home { node: edge.node, name: edge.name }));
    if homes.len() == 1 { Ok(Vec::new()) } else { Ok(homes) }
}

/// Refuses a node that nothing is known of; the one that stands may stay.
pub(super) fn check(tx: &mut ReadTx<'_>, home: Option<Uuid>, before: Option<Uuid>) -> Result<()> {
    let Some(home) = home.filter(|_| home != before) else { return Ok(()) };
    if all(tx)?.iter().any(|one| one.node == home) {
        return Ok(());
    }
    Err(Error::field("home", "Choose a node that exchanges with this one."))
}

/// What the node is called that alone issues passes to an event, if that is another one.
pub fn sold_elsewhere(tx: &mut ReadTx<'_>, event: &EventRow) -> Result<Option<String>> {
    let Some(home) = event.home else { return Ok(None) };
    if !Homes::of(tx)?.is_another(tx, home)? {
        return Ok(None);
    }
    let known = all(tx)?.into_iter().find(|one| one.node == home);
    Ok(Some(known.map_or_else(|| "Another node".to_owned(), |one| one.name)))
}

/// Passes if this node may issue passes to an event.
pub(crate) fn issues_here(tx: &mut ReadTx<'_>, event: &EventRow) -> Result<()> {
    match sold_elsewhere(tx, event)? {
        None => Ok(()),
        Some(name) => Err(Error::field("pass_type", elsewhere(&name))),
    }
}

/// Why no pass is issued here.
pub(crate) fn elsewhere(name: &str) -> String {
    format!("Passes to this event are issued on one node alone: {name}.")
}
