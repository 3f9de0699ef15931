//! A hub's edges: who they are, how far they are behind, what they may see, and revoking them.

use super::manage;
use super::scope::{Scope, ScopeInput, named};
use crate::{Ctx, Error, Form, Result};
use muster_domain::ids::PersonId;
use muster_domain::time::Timestamp;
use muster_journal::Change;
use muster_journal::sync::Heads;
use muster_journal::wire::heads_from_bytes;
use muster_storage::peers::PeerRow;
use muster_storage::{ReadTx, WriteTx, peers, replication};
use serde_json::{Value, json};
use uuid::Uuid;

/// An edge as its hub sees it.
#[derive(Clone, Debug)]
pub struct Peer {
    /// What is stored of it.
    pub row: PeerRow,
    /// What it may see.
    pub scope: Scope,
    /// The names of its classes.
    pub classes: Vec<String>,
    /// How many entries are here that it lacks.
    pub lacks: i64,
    /// How many entries it had, when it last asked, that are not here.
    pub pending: i64,
    /// The version of its program.
    pub program: Option<String>,
    /// How large its database is, in bytes.
    pub size: Option<i64>,
    /// How many seconds its clock was ahead of this node's, when it last asked.
    pub ahead: Option<i64>,
}

/// All edges, the first enrolled first.
pub fn list(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<Peer>> {
    manage(ctx)?;
    let own = replication::heads(tx)?;
    peers::list(tx)?.into_iter().map(|row| peer(tx, &own, row)).collect()
}

fn peer(tx: &mut ReadTx<'_>, own: &Heads, row: PeerRow) -> Result<Peer> {
    let heads = row.heads.as_deref().and_then(|bytes| heads_from_bytes(bytes).ok());
    let heads = heads.unwrap_or_default();
    let about: Value =
        row.about.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let scope = Scope::of(row.classes.as_deref());
    Ok(Peer {
        classes: named(tx, &scope)?,
        scope,
        lacks: own.beyond(&heads),
        pending: heads.beyond(own),
        program: about.get("version").and_then(Value::as_str).map(str::to_owned),
        size: about.get("size").and_then(Value::as_i64),
        // An edge may say anything of itself.
        ahead: row
            .success_at
            .and_then(|at| Some(about.get("now")?.as_i64()?.saturating_sub(at.0) / 1_000_000)),
        row,
    })
}

fn get(tx: &mut ReadTx<'_>, ctx: &Ctx, id: Uuid) -> Result<PeerRow> {
    manage(ctx)?;
    peers::get(tx, id)?.ok_or(Error::NotFound)
}

/// Says what an edge may see from its next question on. What it holds already stays there.
pub fn rescope(tx: &mut WriteTx<'_>, ctx: &Ctx, id: Uuid, scope: &ScopeInput) -> Result<Peer> {
    let before = get(tx, ctx, id)?;
    let mut form = Form::default();
    let scope = scope.check(tx, &mut form)?;
    form.check()?;
    let was = Scope::of(before.classes.as_deref());
    if was != scope {
        let version = tx.version_over(before.version);
        peers::rescope(tx, id, scope.stored().as_deref(), version)?;
        let (old, new) = (json!({"scope": was.told()}), json!({"scope": scope.told()}));
        let change = Change::new("node.rescope", "node", id);
        tx.journal(change.changed(&old, &new, before.version))?;
    }
    one(tx, id)
}

/// Revokes an edge: whatever it asks next, it hears so. Revoked before, it stays so.
pub fn revoke(tx: &mut WriteTx<'_>, ctx: &Ctx, id: Uuid) -> Result<Peer> {
    let before = get(tx, ctx, id)?;
    if before.revoked_at.is_none() {
        withdraw(tx, &before, (ctx.now(), ctx.act.actor))?;
    }
    one(tx, id)
}

/// Revokes an edge that was not, and says so in the journal.
pub(super) fn withdraw(
    tx: &mut WriteTx<'_>,
    before: &PeerRow,
    (at, by): (Timestamp, Option<PersonId>),
) -> Result<()> {
    let version = tx.version_over(before.version);
    peers::revoke(tx, before.id, (at, by, version))?;
    let (old, new) = (json!({"revoked": false}), json!({"revoked": true}));
    let change = Change::new("node.revoke", "node", before.id);
    Ok(tx.journal(change.changed(&old, &new, before.version))?)
}

fn one(tx: &mut ReadTx<'_>, id: Uuid) -> Result<Peer> {
    let own = replication::heads(tx)?;
    let row = peers::get(tx, id)?.ok_or(Error::NotFound)?;
    peer(tx, &own, row)
}
