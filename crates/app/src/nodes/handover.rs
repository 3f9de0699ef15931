//! Online classes are held on the hub, where their students can reach them. An edge that is asked to open
//! one hands its teacher over: it asks the hub for a code by which they come in there, for that class
//! alone.

use super::NodeError;
use super::hub::{sight_of, standing};
use crate::sign_in::{Client, digest, one_time_code, open_login};
use crate::{Ctx, Error, Result};
use muster_domain::ids::{ClassId, PersonId};
use muster_domain::time::Span;
use muster_journal::Change;
use muster_storage::auth::{self, LoginRow, NewCode, OneTimeCodeRow};
use muster_storage::{ReadTx, WriteTx, academics, peers, people};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// How long a code can be used: as long as it takes to follow a link.
pub const HANDOVER_LIFETIME: Span = Span::minutes(5);
/// How such a login came about.
pub const HANDOVER: &str = "handover";

/// Who is handed over, for which class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// Whoever wants to open the session.
    pub person: PersonId,
    /// Of which class.
    pub class: ClassId,
}

/// A code for somebody whom an edge hands over, told once. An edge speaks for those alone who teach a
/// class that it sees or help there, and for nothing but that class: what a stolen one could open so, it
/// could write itself.
pub fn hand_over(tx: &mut WriteTx<'_>, ctx: &Ctx, peer: Uuid, wish: Wish) -> Result<String> {
    let edge = standing(tx, peer)?;
    let Wish { person, class } = wish;
    let sees = sight_of(tx, &edge)?.is_none_or(|sight| sight.sees_class(class));
    if !sees || !teaches(tx, person, class)? {
        return Err(NodeError::NotStaff.into());
    }
    let code = one_time_code(ctx.random());
    auth::insert_code(
        tx,
        &NewCode {
            id: ctx.fresh(),
            purpose: &purpose(class),
            person: Some(person),
            digest: &digest(&code),
            created_by: None,
            created_at: ctx.now(),
            expires_at: ctx.now() + HANDOVER_LIFETIME,
        },
    )?;
    let after = json!({"person": person, "class": class, "edge": edge.name});
    tx.journal(Change::new("node.hand_over", "node", peer).on(person).created(&after))?;
    Ok(code)
}

/// Whom such a code lets in, if it can be used now.
pub fn handed_over(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    (class, code): (ClassId, &str),
) -> Result<PersonId> {
    let found = found(tx, ctx, (class, code))?;
    found.person.ok_or(Error::WrongCode)
}

/// Signs whoever comes with such a code in, for the class of `client` alone. It works once.
pub fn arrive(tx: &mut WriteTx<'_>, ctx: &Ctx, code: &str, client: &Client) -> Result<LoginRow> {
    let class = client.class.ok_or(Error::WrongCode)?;
    let found = found(tx, ctx, (class, code))?;
    let person = found.person.ok_or(Error::WrongCode)?;
    if !teaches(tx, person, class)? || !auth::use_code(tx, found.id, ctx.now())? {
        return Err(Error::WrongCode);
    }
    open_login(tx, ctx, person, client)
}

fn found(tx: &mut ReadTx<'_>, ctx: &Ctx, (class, code): (ClassId, &str)) -> Result<OneTimeCodeRow> {
    let digest = digest(code.trim());
    auth::code(tx, &purpose(class), &digest, ctx.now())?.ok_or(Error::WrongCode)
}

/// A code is good for the class for which it was made.
fn purpose(class: ClassId) -> String {
    format!("handover:{class}")
}

/// Whether somebody teaches a class that is in use, or helps there.
fn teaches(tx: &mut ReadTx<'_>, person: PersonId, class: ClassId) -> Result<bool> {
    let used = academics::class(tx, class)?.is_some_and(|row| row.archived_at.is_none());
    let active = people::get(tx, person)?.is_some_and(|row| row.active);
    let grants = people::grants(tx, person)?;
    let staff = grants.iter().any(|held| held.role.is_class_staff() && held.class == Some(class));
    Ok(used && active && staff)
}

/// Passes unless this node is an edge, where no online class is held.
pub(crate) fn need_online_here(tx: &mut ReadTx<'_>) -> Result<()> {
    if peers::is_edge(tx)? { Err(NodeError::OnlineAtHub.into()) } else { Ok(()) }
}
