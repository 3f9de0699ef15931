//! The first run: a one-time link leads to the first super administrator.

use crate::people::{NewPerson, insert_person};
use crate::sign_in::digest;
use crate::{Ctx, Error, Result, settings};
use muster_domain::auth::{Grant, Permission, Role, Scope, Target};
use muster_domain::ids::PersonId;
use muster_domain::time::Span;
use muster_journal::Change;
use muster_storage::academics::BegunRow;
use muster_storage::people::GrantRow;
use muster_storage::{ReadTx, WriteTx, academics, auth, peers, people};

/// Whether nobody can administer this node yet. To an edge its administrators come from its hub.
pub fn is_needed(tx: &mut ReadTx<'_>) -> Result<bool> {
    Ok(!peers::is_edge(tx)? && people::holders(tx, Role::SuperAdministrator)? == 0)
}

/// Stores the code of a set-up link; valid for a day.
pub fn offer(tx: &mut WriteTx<'_>, ctx: &Ctx, code: &str) -> Result<()> {
    let digest = digest(code);
    let code = auth::NewCode {
        id: ctx.fresh(),
        purpose: "setup",
        person: None,
        digest: &digest,
        created_by: None,
        created_at: ctx.now(),
        expires_at: ctx.now() + Span::days(1),
    };
    Ok(auth::insert_code(tx, &code)?)
}

/// What is there of all that must be before a class takes attendance; none once everything is, or
/// for those who don't see to it.
pub fn first_steps(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Option<BegunRow>> {
    if ctx.need(Permission::ManageAcademics, Target::Institution).is_err() {
        return Ok(None);
    }
    let Some(begun) = academics::begun(tx)? else { return Ok(None) };
    let BegunRow { terms, courses, students, classes, enrolments } = begun;
    let complete = [terms, courses, students, classes, enrolments].iter().all(|part| *part > 0);
    Ok(Some(begun).filter(|_| !complete))
}

/// What the set-up page asks for; the password hashed already.
#[derive(Clone, Debug)]
pub struct SetUp {
    /// Code of the link; the command line needs none.
    pub code: Option<String>,
    /// Name of the institution.
    pub institution: String,
    /// The administrator.
    pub administrator: NewPerson,
    /// Their password's hash.
    pub password_hash: String,
}

/// Whether a code of a link can be used now.
pub fn is_valid(tx: &mut ReadTx<'_>, ctx: &Ctx, code: &str) -> Result<bool> {
    Ok(auth::code(tx, "setup", &digest(code), ctx.now())?.is_some())
}

/// Makes the first super administrator and names the institution.
pub fn set_up(tx: &mut WriteTx<'_>, ctx: &Ctx, input: &SetUp) -> Result<PersonId> {
    if let Some(code) = &input.code {
        if !is_needed(tx)? {
            return Err(Error::SetUp);
        }
        let code = auth::code(tx, "setup", &digest(code), ctx.now())?.ok_or(Error::WrongCode)?;
        if !auth::use_code(tx, code.id, ctx.now())? {
            return Err(Error::WrongCode);
        }
        settings::store(tx, ctx, &[("institution".to_owned(), input.institution.clone())])?;
    }
    let person = insert_person(tx, ctx, &input.administrator)?;
    let password = auth::PasswordRow { hash: input.password_hash.clone(), must_change: false };
    auth::put_password(tx, person, &password, ctx.now())?;
    let role = Role::SuperAdministrator;
    let grant = GrantRow::new(ctx.fresh(), person, Grant { role, scope: Scope::Institution });
    people::insert_grant(tx, &grant, None, ctx.now())?;
    tx.journal(
        Change::new("role.grant", "role", grant.id)
            .on(person)
            .created(&serde_json::json!({"person": person, "role": role.key()})),
    )?;
    Ok(person)
}
