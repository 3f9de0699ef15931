//! How an edge becomes one: the hub makes a code, and whoever brings it is enrolled with its key.

use super::peers::withdraw;
use super::scope::{Scope, ScopeInput};
use super::{NodeError, manage};
use crate::sign_in::one_time_code;
use crate::{Ctx, Error, Form, Result, settings};
use muster_credential::enrolment::{EnrolmentKey, Told};
use muster_credential::keys::public::PublicKey;
use muster_credential::node::has_enrolled;
use muster_domain::text;
use muster_domain::time::{Span, Timestamp};
use muster_journal::Change;
use muster_storage::peers::{PeerCodeRow, PeerRow};
use muster_storage::{WriteTx, peers, replication};
use serde_json::json;
use uuid::Uuid;

/// How long a code can be used: as long as it takes to carry it to another building.
pub const CODE_LIFETIME: Span = Span::minutes(60);
/// Longest name of a node.
const LONGEST_NAME: usize = 100;

/// A code that was made: told once.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The code.
    pub code: String,
    /// Until when it can be used.
    pub expires_at: Timestamp,
}

/// A node that knows a code.
#[derive(Clone, Debug)]
pub struct Applicant {
    /// By what it shows that it does.
    pub asked: [u8; 32],
    /// What the node calls itself; as the code says if nothing.
    pub name: String,
    /// Whose series it writes.
    pub node: Uuid,
    /// Its public key.
    pub public_key: PublicKey,
    /// By which it signed what it shows.
    pub signature: [u8; 64],
}

/// What an edge is told of its hub.
#[derive(Clone, Debug)]
pub struct Enrolled {
    /// As what the hub knows it.
    pub peer: Uuid,
    /// The hub's node.
    pub hub: Uuid,
    /// What the hub is called.
    pub hub_name: String,
    /// By which the hub signs.
    pub hub_key: PublicKey,
    /// What the edge may see.
    pub scope: Scope,
    /// By what the hub shows that it knows the code as well.
    pub proof: [u8; 32],
}

/// Makes a code that enrols an edge. A node that stood alone is a hub from then on.
pub fn offer(tx: &mut WriteTx<'_>, ctx: &Ctx, name: &str, scope: &ScopeInput) -> Result<Offer> {
    manage(ctx)?;
    if peers::is_edge(tx)? {
        return Err(NodeError::IsEdge.into());
    }
    let mut form = Form::default();
    let name = form.take("name", text::clean(name, LONGEST_NAME)).unwrap_or_default();
    let scope = scope.check(tx, &mut form)?;
    form.check()?;
    peers::become_hub(tx, ctx.now())?;
    replication::begin(tx)?;
    let code = one_time_code(ctx.random());
    let expires_at = ctx.now() + CODE_LIFETIME;
    let (digest, classes) = (EnrolmentKey::of(&code).as_bytes().to_vec(), scope.stored());
    let row = PeerCodeRow { digest, name, classes, made_by: ctx.act.actor, expires_at };
    peers::insert_code(tx, &row, ctx.now())?;
    let told = json!({"name": row.name, "scope": scope.told(), "expires_at": expires_at});
    let own = replication::own(tx)?.node;
    tx.journal(Change::new("node.offer", "node", own).created(&told))?;
    Ok(Offer { code, expires_at })
}

/// Enrols a node by its code, which is used up. The same node with the same key takes the place of
/// what it was before.
pub fn enrol(tx: &mut WriteTx<'_>, ctx: &Ctx, applicant: &Applicant) -> Result<Enrolled> {
    let Applicant { asked, node, public_key, signature, .. } = applicant;
    let mut offers = peers::codes(tx, ctx.now())?.into_iter().filter_map(|row| {
        let key = EnrolmentKey::from_bytes(row.digest.as_slice().try_into().ok()?);
        key.has_asked(*node, public_key, asked).then_some((row, key))
    });
    let (offered, key) = offers.next().ok_or(Error::WrongCode)?;
    if !has_enrolled(public_key, asked, signature) {
        return Err(NodeError::Unknown.into());
    }
    let hub = replication::own(tx)?.node;
    if *node == hub {
        return Err(NodeError::Itself.into());
    }
    let mut form = Form::default();
    let name = form.take("name", text::clean_optional(&applicant.name, LONGEST_NAME)).flatten();
    form.check()?;
    if !peers::use_code(tx, &offered.digest)? {
        return Err(Error::WrongCode);
    }
    for before in peers::of_node(tx, *node)? {
        if before.public_key != public_key.as_bytes() {
            let detail = format!(
                "“{}” writes the same journal under another key. Revoke that one first, if it is \
                 this node.",
                before.name
            );
            return Err(Error::field("code", detail));
        }
        withdraw(tx, &before, (ctx.now(), offered.made_by))?;
    }
    let row = PeerRow {
        id: ctx.fresh(),
        node: *node,
        name: name.unwrap_or(offered.name),
        public_key: public_key.as_bytes().to_vec(),
        classes: offered.classes,
        enrolled_at: ctx.now(),
        enrolled_by: offered.made_by,
        asked: 0,
        seen_at: None,
        success_at: None,
        error: None,
        error_at: None,
        refused: 0,
        heads: None,
        about: None,
        revoked_at: None,
        revoked_by: None,
        version: tx.version(),
    };
    peers::insert(tx, &row)?;
    let scope = Scope::of(row.classes.as_deref());
    let after = json!({"name": row.name, "node": row.node, "scope": scope.told(),
        "enrolled_by": row.enrolled_by});
    tx.journal(Change::new("node.enrol", "node", row.id).created(&after))?;
    let (hub_name, hub_key) = (settings::load(tx)?.institution, ctx.key.node_key().public());
    let proof = key.tell(asked, &Told { peer: row.id, hub, name: &hub_name, key: &hub_key });
    Ok(Enrolled { peer: row.id, hub, hub_name, hub_key, scope, proof })
}
