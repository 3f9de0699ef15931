//! People and the roles they hold.

use crate::{ReadTx, Result, WriteTx, args, finding, record, row, statements};
use muster_domain::auth::{Grant, Role, Scope};
use muster_domain::ids::{ClassId, GrantId, PersonId};
use muster_domain::text::fold;
use muster_domain::time::Timestamp;

record! {
    /// A person as stored.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PersonRow {
        /// Id.
        pub id: PersonId,
        /// The institution's number.
        pub number: String,
        /// User name, folded.
        pub username: Option<String>,
        /// E-mail address.
        pub email: Option<String>,
        /// Full name.
        pub name: String,
        /// Title, of staff.
        pub title: Option<String>,
        /// Phone.
        pub phone: Option<String>,
        /// Of students: the programme's code, or what was typed where there is no such programme.
        pub programme: Option<String>,
        /// Whether they may sign in and be enrolled.
        pub active: bool,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

record! {
    /// A role held.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct GrantRow {
        /// Id.
        pub id: GrantId,
        /// Who holds it.
        pub person: PersonId,
        /// Which.
        pub role: Role,
        /// For which class; the institution if none.
        pub class: Option<ClassId>,
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

impl GrantRow {
    /// The grant as the permission table reads it.
    pub fn grant(&self) -> Grant {
        let scope = self.class.map_or(Scope::Institution, Scope::Class);
        Grant { role: self.role, scope }
    }
}

statements! {
    GET = "select id, number, username_folded, email, name, title, phone,
            coalesce((select g.code from students s
            join programmes g on g.id = s.programme where s.person = people.id), programme),
            active, version
        from people where id = ?1";
    // Each branch repeats what its partial index asks for: else SQLite walks the table.
    BY_IDENTIFIER = "select id, number, username_folded, email, name, title, phone,
            coalesce((select g.code from students s
            join programmes g on g.id = s.programme where s.person = people.id), programme),
            active, version
        from people
        where (contested = 0 and number_folded = ?1) or (contested = 0 and username_folded = ?1)
        or (contested = 0 and email_folded = ?1)
        order by case when number_folded = ?1 then 0 when username_folded = ?1 then 1 else 2 end
        limit 1";
    GET_MANY = {
        sqlite: "select id, number, username_folded, email, name, title, phone,
            coalesce((select g.code from students s
            join programmes g on g.id = s.programme where s.person = people.id), programme),
            active, version
        from people where id = ?1",
        postgres: "select id, number, username_folded, email, name, title, phone,
            coalesce((select g.code from students s
            join programmes g on g.id = s.programme where s.person = people.id), programme),
            active, version
        from people where id = any(?1::uuid[])",
    };
    PUT = "insert into people (id, number, number_folded, username_folded, email, email_folded,
            name, name_folded, title, phone, programme, active, created_at, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    UPDATE = "update people set number = ?2, number_folded = ?3, username_folded = ?4, email = ?5,
            email_folded = ?6, name = ?7, name_folded = ?8, title = ?9, phone = ?10,
            programme = ?11, active = ?12, version = ?13
        where id = ?1 and version = ?14";
    COUNT = "select count(*) from people";
    GRANTS = "select id, person, role, class from role_grants
        where person = ?1 and ended_at is null order by role, id";
    GRANTS_MANY = {
        sqlite: "select id, person, role, class from role_grants
        where person = ?1 and ended_at is null order by role, id",
        postgres: "select id, person, role, class from role_grants
        where person = any(?1::uuid[]) and ended_at is null order by person, role, id",
    };
    GRANT = "select id, person, role, class from role_grants where id = ?1 and ended_at is null";
    PUT_GRANT = "insert into role_grants (id, person, role, class, granted_by, granted_at, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    END_GRANT = "update role_grants set ended_at = ?2, version = ?3
        where id = ?1 and ended_at is null";
    HOLDERS = "select count(distinct person) from role_grants g
        where role = ?1 and class is null and ended_at is null
        and exists (select 1 from people p where p.id = g.person and p.active = 1)";
    STAFF = "select g.id, g.person, p.name, g.role
        from role_grants g join people p on p.id = g.person
        where g.class = ?1 and g.ended_at is null order by g.role desc, p.name_folded";
}

/// The person of that id.
pub fn get(tx: &mut ReadTx<'_>, id: PersonId) -> Result<Option<PersonRow>> {
    tx.opt(&GET, args![id])
}

/// The people of those ids, in any order.
pub fn get_many(tx: &mut ReadTx<'_>, ids: &[PersonId]) -> Result<Vec<PersonRow>> {
    tx.all_many(&GET_MANY, ids.iter().map(|id| row![*id]))
}

/// The person whose number, user name or e-mail address that is.
pub fn by_identifier(tx: &mut ReadTx<'_>, identifier: &str) -> Result<Option<PersonRow>> {
    tx.opt(&BY_IDENTIFIER, args![fold(identifier.trim())])
}

/// Adds a person.
pub fn insert(tx: &mut WriteTx<'_>, person: &PersonRow, created_at: Timestamp) -> Result<()> {
    tx.execute(
        &PUT,
        args![
            person.id,
            person.number,
            fold(&person.number),
            person.username,
            person.email,
            person.email.as_deref().map(fold),
            person.name,
            fold(&person.name),
            person.title,
            person.phone,
            person.programme,
            person.active,
            created_at,
            person.version
        ],
    )?;
    finding::enter(tx, person)
}

/// Changes a person whose stored version is still `seen`; false if it is another by now.
pub fn update(tx: &mut WriteTx<'_>, person: &PersonRow, seen: i64) -> Result<bool> {
    let changed = tx.execute(
        &UPDATE,
        args![
            person.id,
            person.number,
            fold(&person.number),
            person.username,
            person.email,
            person.email.as_deref().map(fold),
            person.name,
            fold(&person.name),
            person.title,
            person.phone,
            person.programme,
            person.active,
            person.version,
            seen
        ],
    )?;
    if changed == 1 {
        finding::enter_again(tx, person)?;
    }
    Ok(changed == 1)
}

/// How many people there are.
pub fn count(tx: &mut ReadTx<'_>) -> Result<i64> {
    tx.number(&COUNT, args![])
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
    let version = tx.version();
    tx.execute(
        &PUT_GRANT,
        args![grant.id, grant.person, grant.role, grant.class, by, at, version],
    )?;
    Ok(())
}

/// Ends a role; false if it had ended.
pub fn end_grant(tx: &mut WriteTx<'_>, id: GrantId, at: Timestamp) -> Result<bool> {
    let version = tx.version();
    Ok(tx.execute(&END_GRANT, args![id, at, version])? == 1)
}

/// How many active people hold a role institution-wide.
pub fn holders(tx: &mut ReadTx<'_>, role: Role) -> Result<i64> {
    tx.number(&HOLDERS, args![role])
}

/// Teachers, then assistants, of a class.
pub fn staff(tx: &mut ReadTx<'_>, class: ClassId) -> Result<Vec<StaffRow>> {
    tx.all(&STAFF, args![class])
}
