//! Whose credentials count here. Each node signs with keys of its own, which stay in its file; their public
//! halves go from every node to the hub, and from there to all: what one node issued, any verifies.

use crate::{Ctx, Result, credentials};
use data_encoding::HEXLOWER;
use muster_credential::keys::file::KeyRing;
use muster_credential::keys::public::{KeySet, PublicKey};
use muster_credential::keys::signing::{SigningKey, SigningKeyId};
use muster_credential::payload::Claims;
use muster_credential::signature::{self, Refusal};
use muster_domain::time::Timestamp;
use muster_journal::Change;
use muster_storage::signing_keys::{self, SigningKeyRow};
use muster_storage::{ReadTx, WriteTx};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The most keys that an edge tells of: a file holds few.
const MOST: usize = 8;

/// The keys whose credentials count here: this node's own, and those of the others.
pub(crate) fn known(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<KeySet> {
    let mut known = KeySet::from(credentials::keys(ctx)?);
    let own = muster_storage::replication::own(tx)?.node;
    let others = signing_keys::all(tx)?.into_iter();
    // Of its own the file alone says what counts.
    for row in others.filter(|row| row.node != own && row.withdrawn_at.is_none()) {
        let key = row.public_key.try_into().ok().and_then(PublicKey::from_bytes);
        if let Some(key) = key.filter(|key| known.iter().all(|(_, known)| known != key)) {
            known.add(SigningKeyId::of(&key), key);
        }
    }
    Ok(known)
}

/// What a QR says, if a key has signed it that counts here.
pub(crate) fn verify(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    text: &str,
) -> Result<std::result::Result<Claims, Refusal>> {
    // Most of what is shown was issued here, and takes no look at what others sign with.
    match signature::verify(text, &KeySet::from(credentials::keys(ctx)?)) {
        Err(Refusal::UnknownKey(_)) => Ok(signature::verify(text, &known(tx, ctx)?)),
        read => Ok(read),
    }
}

/// What an edge tells of its keys: all of them if its hub knows others, and nothing otherwise.
pub(crate) fn to_tell(tx: &mut ReadTx<'_>, ctx: &Ctx, node: Uuid) -> Result<Option<Vec<String>>> {
    let told = signing_keys::all(tx)?;
    let own = own(ctx).filter(|key| !is_of_another(&told, node, key));
    let own: Vec<PublicKey> = own.take(MOST).collect();
    let ids: BTreeSet<Uuid> = own.iter().map(|key| id_of(node, key)).collect();
    let told = told.into_iter().filter(|row| row.node == node && row.withdrawn_at.is_none());
    if own.is_empty() || told.map(|row| row.id).collect::<BTreeSet<Uuid>>() == ids {
        return Ok(None);
    }
    Ok(Some(own.iter().map(|key| HEXLOWER.encode(key.as_bytes())).collect()))
}

/// Notes on the hub what it signs with itself, and what an edge says that it does.
pub(crate) fn hear(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    (hub, edge): (Uuid, Uuid),
    about: &Value,
) -> Result<()> {
    let own: Vec<PublicKey> = own(ctx).collect();
    if !own.is_empty() {
        settle(tx, ctx, hub, &own)?;
    }
    let Some(said) = about.get("keys").and_then(Value::as_array) else { return Ok(()) };
    let key = |text: &Value| {
        let bytes = HEXLOWER.decode(text.as_str()?.as_bytes()).ok()?;
        PublicKey::from_bytes(bytes.try_into().ok()?)
    };
    // Nobody makes another node's key count again that was withdrawn because it got known.
    let told = signing_keys::all(tx)?;
    let said = said.iter().take(MOST).filter_map(key);
    let said: Vec<_> = said.filter(|key| !is_of_another(&told, edge, key)).collect();
    settle(tx, ctx, edge, &said)
}

/// Whether another node ever had a key.
fn is_of_another(told: &[SigningKeyRow], node: Uuid, key: &PublicKey) -> bool {
    told.iter().any(|row| row.node != node && row.public_key == key.as_bytes())
}

/// Brings what is known of a node's keys in line with those that it has.
fn settle(tx: &mut WriteTx<'_>, ctx: &Ctx, node: Uuid, has: &[PublicKey]) -> Result<()> {
    let mut known = signing_keys::all(tx)?;
    known.retain(|row| row.node == node);
    for key in has {
        let id = id_of(node, key);
        match known.iter().position(|row| row.id == id).map(|at| known.swap_remove(at)) {
            Some(row) if row.withdrawn_at.is_none() => {}
            Some(row) => withdraw(tx, &row, None)?,
            None => tell(tx, ctx, (id, node), key)?,
        }
    }
    for row in known.into_iter().filter(|row| row.withdrawn_at.is_none()) {
        withdraw(tx, &row, Some(ctx.now()))?;
    }
    Ok(())
}

fn tell(tx: &mut WriteTx<'_>, ctx: &Ctx, (id, node): (Uuid, Uuid), key: &PublicKey) -> Result<()> {
    let row = SigningKeyRow {
        id,
        node,
        public_key: key.as_bytes().to_vec(),
        told_at: ctx.now(),
        withdrawn_at: None,
        version: tx.version(),
    };
    signing_keys::put(tx, &row)?;
    Ok(tx.journal(Change::new("signing_key.tell", "signing_key", id).created(&fields(&row)))?)
}

fn withdraw(tx: &mut WriteTx<'_>, row: &SigningKeyRow, at: Option<Timestamp>) -> Result<()> {
    let version = tx.version_over(row.version);
    let after = SigningKeyRow { withdrawn_at: at, version, ..row.clone() };
    signing_keys::put(tx, &after)?;
    let change = Change::new("signing_key.withdraw", "signing_key", row.id);
    Ok(tx.journal(change.changed(&fields(row), &fields(&after), row.version))?)
}

fn fields(row: &SigningKeyRow) -> Value {
    json!({
        "node": row.node, "public_key": HEXLOWER.encode(&row.public_key), "told_at": row.told_at,
        "withdrawn_at": row.withdrawn_at,
    })
}

fn own(ctx: &Ctx) -> impl Iterator<Item = PublicKey> {
    let ring = ctx.signing.as_deref().map(KeyRing::<SigningKey>::iter);
    ring.into_iter().flatten().map(|key| *key.public())
}

/// The same wherever it is told.
fn id_of(node: Uuid, key: &PublicKey) -> Uuid {
    Uuid::new_v5(&node, key.as_bytes())
}
