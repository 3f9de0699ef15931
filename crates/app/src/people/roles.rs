//! Roles: given and ended, for the institution, a class, an event or an assessment.

use super::{is_last_administrator, merge, named};
use crate::{Ctx, Error, Result, events, finance};
use muster_domain::auth::{Grant, Permission, Role, Scope, Target};
use muster_domain::ids::{AssessmentId, EventId, GrantId, PersonId};
use muster_journal::Change;
use muster_storage::people::{self, AppointedRow, GrantRow};
use muster_storage::{ReadTx, WriteTx, academics, assessments};
use serde_json::{Value, json};

/// Where roles are held for one record of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// An event, with its organisers and those at its gates.
    Event(EventId),
    /// An assessment, with its invigilators.
    Assessment(AssessmentId),
}

impl Place {
    /// The same, as grants name it.
    pub const fn scope(self) -> Scope {
        match self {
            Self::Event(id) => Scope::Event(id),
            Self::Assessment(id) => Scope::Assessment(id),
        }
    }
}

/// Grants a role, for the institution or for one record.
pub fn grant(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    person: PersonId,
    role: Role,
    scope: impl Into<Scope>,
) -> Result<GrantId> {
    let grant = Grant { role, scope: scope.into() };
    need_to_appoint(ctx, grant)?;
    need_there(tx, grant)?;
    merge::need_unmerged(tx, person)?;
    people::get(tx, person)?.filter(|row| row.active).ok_or(Error::NotFound)?;
    let row = GrantRow::new(ctx.fresh(), person, grant);
    people::insert_grant(tx, &row, ctx.act.actor, ctx.now()).map_err(|error| match error {
        muster_storage::Error::Conflict(_) => Error::field("role", "They hold this role already."),
        error => error.into(),
    })?;
    let after = fields(&row);
    tx.journal(Change::new("role.grant", "role", row.id).on(person).created(&after))?;
    Ok(row.id)
}

/// Passes if the person who acts may give and end that role.
pub fn need_to_appoint(ctx: &Ctx, grant: Grant) -> Result<()> {
    let (permission, target) = grant.appointing();
    ctx.need(permission, target)
}

/// Refuses roles where they are not held, and what is not there.
fn need_there(tx: &mut ReadTx<'_>, Grant { role, scope }: Grant) -> Result<()> {
    if !role.is_held_for(scope) {
        let detail = match scope {
            Scope::Class(_) => "Only teachers and assistants are named for a class.",
            Scope::Event(_) => "Only organisers and gate staff are named for an event.",
            _ => "Only invigilators are named for an assessment.",
        };
        return Err(Error::field("role", detail));
    }
    let known = match scope {
        Scope::Institution => true,
        Scope::Class(id) => academics::class(tx, id)?.is_some(),
        Scope::Event(id) => muster_storage::events::get(tx, id)?.is_some(),
        Scope::Assessment(id) => assessments::get(tx, id)?.is_some(),
    };
    known.then_some(()).ok_or(Error::NotFound)
}

/// What the journal says of a role.
fn fields(row: &GrantRow) -> Value {
    json!({
        "person": row.person, "role": row.role.key(), "class": row.class, "event": row.event,
        "assessment": row.assessment,
    })
}

/// Ends a role.
pub fn end_grant(tx: &mut WriteTx<'_>, ctx: &Ctx, id: GrantId) -> Result<()> {
    let row = people::grant(tx, id)?.ok_or(Error::NotFound)?;
    end(tx, ctx, &row)
}

fn end(tx: &mut WriteTx<'_>, ctx: &Ctx, row: &GrantRow) -> Result<()> {
    need_to_appoint(ctx, row.grant())?;
    if row.role == Role::SuperAdministrator && is_last_administrator(tx, row.person)? {
        return Err(Error::LastAdministrator);
    }
    if !people::end_grant(tx, row.id, ctx.now())? {
        return Err(Error::NotFound);
    }
    Ok(tx.journal(Change::new("role.end", "role", row.id).on(row.person).created(&fields(row)))?)
}

/// Who holds a role for that place alone: for whoever gives some of them.
pub fn appointed(tx: &mut ReadTx<'_>, ctx: &Ctx, place: Place) -> Result<Vec<AppointedRow>> {
    match place {
        Place::Event(id) => {
            ctx.need(Permission::ManageEvents, Target::Event(id))?;
            events::get(tx, ctx, id)?;
            Ok(people::of_event(tx, id)?)
        }
        Place::Assessment(id) => {
            ctx.need(Permission::ManagePeople, Target::Institution)?;
            finance::find_assessment(tx, id)?;
            Ok(people::of_assessment(tx, id)?)
        }
    }
}

/// Gives somebody a role for that place, by their number, user name or e-mail address. Whoever runs an
/// event need not see anybody's record for that.
pub fn appoint(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    place: Place,
    (identifier, role): (&str, Role),
) -> Result<GrantId> {
    let wanted = Grant { role, scope: place.scope() };
    need_to_appoint(ctx, wanted)?;
    need_there(tx, wanted)?;
    let missing = || Error::field("person", "Nobody active has this number, name or address.");
    let person = match named(tx, identifier) {
        Err(Error::NotFound) => Err(missing()),
        found => found,
    }?;
    match grant(tx, ctx, person, role, place.scope()) {
        Err(Error::NotFound) => Err(missing()),
        done => done,
    }
}

/// Ends a role that is held for that place.
pub fn dismiss(tx: &mut WriteTx<'_>, ctx: &Ctx, place: Place, id: GrantId) -> Result<()> {
    let row = people::grant(tx, id)?.filter(|row| row.scope() == place.scope());
    end(tx, ctx, &row.ok_or(Error::NotFound)?)
}

/// What a role is held for, in words; nothing for the institution.
pub fn place_name(tx: &mut ReadTx<'_>, scope: Scope) -> Result<String> {
    let name = match scope {
        Scope::Institution => None,
        Scope::Class(id) => academics::class(tx, id)?.map(|class| {
            format!("{} · {} · {}", class.course_code, class.section, class.term_name)
        }),
        Scope::Event(id) => muster_storage::events::get(tx, id)?.map(|event| event.name),
        Scope::Assessment(id) => match assessments::get(tx, id)? {
            Some(row) => {
                let term = academics::term(tx, row.term)?;
                let term = term.map(|term| format!(" · {}", term.name)).unwrap_or_default();
                Some(format!("{}{term}", row.code))
            }
            None => None,
        },
    };
    Ok(name.unwrap_or_default())
}
