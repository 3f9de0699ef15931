//! The roles that people hold: for the institution, a class, an event or an assessment.

use crate::{ReadTx, Result, ToValue, WriteTx, args, record, row, statements};
use muster_domain::auth::{Grant, Role, Scope};
use muster_domain::ids::{AssessmentId, ClassId, EventId, GrantId, PersonId, TermId};
use muster_domain::time::Timestamp;

record! {
    /// A role held: for a class, an event or an assessment, or else for the institution.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct GrantRow {
        /// Id.
        pub id: GrantId,
        /// Who holds it.
        pub person: PersonId,
        /// Which.
        pub role: Role,
        /// For which class.
        pub class: Option<ClassId>,
        /// For which event.
        pub event: Option<EventId>,
        /// For which assessment.
        pub assessment: Option<AssessmentId>,
    }
}

impl GrantRow {
    /// The grant as the permission table reads it.
    pub fn grant(&self) -> Grant {
        Grant { role: self.role, scope: self.scope() }
    }

    /// A grant as stored.
    pub const fn new(id: GrantId, person: PersonId, Grant { role, scope }: Grant) -> Self {
        let mut row = Self { id, person, role, class: None, event: None, assessment: None };
        match scope {
            Scope::Institution => {}
            Scope::Class(class) => row.class = Some(class),
            Scope::Event(event) => row.event = Some(event),
            Scope::Assessment(assessment) => row.assessment = Some(assessment),
        }
        row
    }

    /// Where it is held.
    pub fn scope(&self) -> Scope {
        let class = self.class.map(Scope::Class);
        let event = self.event.map(Scope::Event);
        class.or(event).or(self.assessment.map(Scope::Assessment)).unwrap_or(Scope::Institution)
    }
}

record! {
    /// Somebody who teaches or helps in a class.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct StaffRow {
        /// The role's grant.
        pub grant: GrantId,
        /// Who.
        pub person: PersonId,
        /// Their name.
        pub name: String,
        /// Teacher or assistant.
        pub role: Role,
    }
}

record! {
    /// A role held for an event or an assessment, and by whom.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AppointedRow {
        /// The grant.
        pub grant: GrantId,
        /// Who.
        pub person: PersonId,
        /// Their name.
        pub name: String,
        /// Their number.
        pub number: String,
        /// Which role.
        pub role: Role,
        /// Since when.
        pub granted_at: Timestamp,
    }
}

record! {
    /// Who teaches or helps in which class of a term.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct TermStaffRow {
        /// The class.
        pub class: ClassId,
        /// Who.
        pub person: PersonId,
        /// Their name.
        pub name: String,
        /// Teacher or assistant.
        pub role: Role,
    }
}

statements! {
    GRANTS = "select id, person, role, class, event, assessment from role_grants
        where person = ?1 and ended_at is null order by role, id";
    GRANTS_MANY = {
        sqlite: "select id, person, role, class, event, assessment from role_grants
        where person = ?1 and ended_at is null order by role, id",
        postgres: "select id, person, role, class, event, assessment from role_grants
        where person = any(?1::uuid[]) and ended_at is null order by person, role, id",
    };
    GRANT = "select id, person, role, class, event, assessment from role_grants
        where id = ?1 and ended_at is null";
    PUT_GRANT = {
        sqlite: "insert into role_grants (id, person, role, class, event, assessment, granted_by, granted_at,
            version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        postgres: "insert into role_grants (id, person, role, class, event, assessment, granted_by, granted_at,
            version)
        select * from unnest(?1::uuid[], ?2::uuid[], ?3::text[], ?4::uuid[], ?5::uuid[],
            ?6::uuid[], ?7::uuid[], ?8::bigint[], ?9::bigint[])",
    };
    REMOVE_GRANT = "delete from role_grants where id = ?1 and ended_at is null";
    END_GRANT = "update role_grants set ended_at = ?2, version = ?3
        where id = ?1 and ended_at is null";
    RESUME_GRANT = "update role_grants set ended_at = null, version = ?2
        where id = ?1 and ended_at is not null and not exists (select 1 from role_grants o
            where o.person = role_grants.person and o.role = role_grants.role
            and o.class = role_grants.class and o.ended_at is null)";
    HOLD_ADMINISTRATORS = {
        // SQLite has one writer, so nobody can come between.
        sqlite: "select id from role_grants
        where role = 'super_administrator' and ended_at is null order by id",
        postgres: "select id from role_grants
        where role = 'super_administrator' and ended_at is null order by id for update",
    };
    HOLDERS = "select count(distinct person) from role_grants g
        where role = ?1 and class is null and event is null and assessment is null
        and ended_at is null
        and exists (select 1 from people p where p.id = g.person and p.active = 1)";
    OF_EVENT = "select g.id, g.person, p.name, p.number, g.role, g.granted_at
        from role_grants g join people p on p.id = g.person
        where g.event = ?1 and g.ended_at is null order by g.role desc, p.name_folded, g.id";
    OF_ASSESSMENT = "select g.id, g.person, p.name, p.number, g.role, g.granted_at
        from role_grants g join people p on p.id = g.person
        where g.assessment = ?1 and g.ended_at is null order by g.role desc, p.name_folded, g.id";
    STAFF = "select g.id, g.person, p.name, g.role
        from role_grants g join people p on p.id = g.person
        where g.class = ?1 and g.ended_at is null order by g.role desc, p.name_folded";
    STAFF_OF_TERM = "select g.class, g.person, p.name, g.role
        from classes c join role_grants g on g.class = c.id join people p on p.id = g.person
        where c.term = ?1 and g.ended_at is null and p.active = 1
        order by g.role desc, p.name_folded";
}

/// The roles that a person holds.
pub fn grants(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<GrantRow>> {
    tx.all(&GRANTS, args![person])
}

/// What several people hold now.
pub fn grants_many(tx: &mut ReadTx<'_>, people: &[PersonId]) -> Result<Vec<GrantRow>> {
    tx.all_many(&GRANTS_MANY, people.iter().map(|person| row![*person]))
}

/// A role held, by its id.
pub fn grant(tx: &mut ReadTx<'_>, id: GrantId) -> Result<Option<GrantRow>> {
    tx.opt(&GRANT, args![id])
}

/// Grants a role; a conflict if it is held already.
pub fn insert_grant(
    tx: &mut WriteTx<'_>,
    grant: &GrantRow,
    by: Option<PersonId>,
    at: Timestamp,
) -> Result<()> {
    insert_grants(tx, &[grant], by, at)
}

/// Grants roles; a conflict if one is held already.
pub fn insert_grants(
    tx: &mut WriteTx<'_>,
    grants: &[&GrantRow],
    by: Option<PersonId>,
    at: Timestamp,
) -> Result<()> {
    let version = tx.version();
    let rows = grants.iter().map(|grant| {
        [
            grant.id.to_value(),
            grant.person.to_value(),
            grant.role.to_value(),
            grant.class.to_value(),
            grant.event.to_value(),
            grant.assessment.to_value(),
            by.to_value(),
            at.to_value(),
            version.to_value(),
        ]
    });
    tx.execute_many(&PUT_GRANT, rows)?;
    Ok(())
}

/// Removes a role that is held; false if it has ended.
pub fn remove_grant(tx: &mut WriteTx<'_>, id: GrantId) -> Result<bool> {
    Ok(tx.execute(&REMOVE_GRANT, args![id])? == 1)
}

/// Ends a role; false if it had ended.
pub fn end_grant(tx: &mut WriteTx<'_>, id: GrantId, at: Timestamp) -> Result<bool> {
    let version = tx.version();
    Ok(tx.execute(&END_GRANT, args![id, at, version])? == 1)
}

/// Grants a role for a class again that had ended; false if it is held.
pub fn resume_grant(tx: &mut WriteTx<'_>, id: GrantId) -> Result<bool> {
    let version = tx.version();
    Ok(tx.execute(&RESUME_GRANT, args![id, version])? == 1)
}

/// Lets one transaction at a time look how many super administrators are left.
pub fn hold_administrators(tx: &mut WriteTx<'_>) -> Result<()> {
    tx.each(&HOLD_ADMINISTRATORS, args![], |_| Ok(()))
}

/// How many active people hold a role institution-wide.
pub fn holders(tx: &mut ReadTx<'_>, role: Role) -> Result<i64> {
    tx.number(&HOLDERS, args![role])
}

/// Who holds a role for an event: organisers, then those at its gates.
pub fn of_event(tx: &mut ReadTx<'_>, event: EventId) -> Result<Vec<AppointedRow>> {
    tx.all(&OF_EVENT, args![event])
}

/// Who holds a role for an assessment.
pub fn of_assessment(tx: &mut ReadTx<'_>, assessment: AssessmentId) -> Result<Vec<AppointedRow>> {
    tx.all(&OF_ASSESSMENT, args![assessment])
}

/// Teachers, then assistants, of a class.
pub fn staff(tx: &mut ReadTx<'_>, class: ClassId) -> Result<Vec<StaffRow>> {
    tx.all(&STAFF, args![class])
}

/// Those who teach or help in a term's classes, as far as they are active.
pub fn staff_of_term(tx: &mut ReadTx<'_>, term: TermId) -> Result<Vec<TermStaffRow>> {
    tx.all(&STAFF_OF_TERM, args![term])
}
