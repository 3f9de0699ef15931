//! People and their roles.

mod contact;
pub mod merge;
pub mod roles;
mod studies;

use crate::{Ctx, Error, Form, Result};
use muster_domain::auth::{Actor, Permission, Role, Target};
use muster_domain::ids::PersonId;
use muster_domain::people::{Email, PersonNumber};
use muster_domain::text::{Name, fold};
use muster_journal::Change;
use muster_storage::finding::Search;
use muster_storage::people::{GrantRow, PersonRow};
use muster_storage::students::StudentRow;
use muster_storage::{ReadTx, WriteTx, finding, people, students};
use serde_json::{Value, json};

pub use contact::{ContactInput, change_own_contact};
pub use roles::{end_grant, grant};
pub(crate) use studies::Studies;

/// A person's record as typed.
#[derive(Clone, Debug, Default)]
pub struct PersonInput {
    /// Number.
    pub number: String,
    /// Full name.
    pub name: String,
    /// User name.
    pub username: String,
    /// E-mail address.
    pub email: String,
    /// Title.
    pub title: String,
    /// Phone.
    pub phone: String,
    /// Of students: a programme's code or name; what names none is kept as text.
    pub programme: String,
    /// Year of the programme.
    pub year: String,
    /// Semester of the year.
    pub semester: String,
    /// The number under which they are enrolled, where it is another than `number`.
    pub enrolment_number: String,
    /// Another address of theirs.
    pub second_email: String,
    /// Address of a parent or guardian.
    pub guardian_email: String,
}

/// A person's record, checked.
#[derive(Clone, Debug)]
pub struct NewPerson {
    number: PersonNumber,
    name: Name,
    username: Option<String>,
    email: Option<Email>,
    title: Option<String>,
    phone: Option<String>,
    pub(crate) studies: Studies,
}

impl PersonInput {
    /// A record as one would type it.
    pub fn of(row: &PersonRow, student: &StudentRow) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let number = |number: Option<i64>| number.map(|n| n.to_string()).unwrap_or_default();
        Self {
            number: row.number.clone(),
            name: row.name.clone(),
            username: text(&row.username),
            email: text(&row.email),
            title: text(&row.title),
            phone: text(&row.phone),
            programme: text(&row.programme),
            year: number(student.year),
            semester: number(student.semester),
            enrolment_number: text(&student.enrolment_number),
            second_email: text(&student.second_email),
            guardian_email: text(&student.guardian_email),
        }
    }

    /// Checks every field.
    pub fn check(&self) -> Result<NewPerson> {
        let mut form = Form::default();
        let number = form.take("number", PersonNumber::try_from(self.number.clone()));
        let name = form.take("name", self.name.parse::<Name>());
        let text = |form: &mut Form, field, text: &str, limit| {
            form.take(field, muster_domain::text::clean_optional(text, limit)).flatten()
        };
        let username = text(&mut form, "username", &self.username, 64).map(|name| fold(&name));
        let email = form.optional("email", &self.email);
        let title = text(&mut form, "title", &self.title, 40);
        let phone = text(&mut form, "phone", &self.phone, 40);
        let studies = Studies::check(self, &mut form);
        form.check()?;
        match (number, name) {
            (Some(number), Some(name)) => {
                Ok(NewPerson { number, name, username, email, title, phone, studies })
            }
            _ => Err(Error::Invalid(Vec::new())),
        }
    }
}

impl NewPerson {
    pub(crate) fn row(&self, student: &StudentRow, version: i64, active: bool) -> PersonRow {
        PersonRow {
            id: student.person,
            number: self.number.as_str().to_owned(),
            username: self.username.clone(),
            email: self.email.as_ref().map(|email| email.as_str().to_owned()),
            name: self.name.as_str().to_owned(),
            title: self.title.clone(),
            phone: self.phone.clone(),
            programme: self.studies.programme_text(student),
            active,
            version,
        }
    }
}

pub(crate) fn fields(row: &PersonRow, student: &StudentRow) -> Value {
    let PersonRow { number, username, email, name, title, phone, programme, active, .. } = row;
    let programme = student.programme_code.as_ref().or(programme.as_ref());
    json!({
        "number": number, "username": username, "email": email, "name": name, "title": title,
        "phone": phone, "programme": programme, "active": active,
        "programme_id": student.programme, "year": student.year, "semester": student.semester,
        "enrolment_number": student.enrolment_number, "second_email": student.second_email,
        "guardian_email": student.guardian_email,
    })
}

/// Finds people.
pub fn search(tx: &mut ReadTx<'_>, ctx: &Ctx, search: &Search<'_>) -> Result<Vec<PersonRow>> {
    ctx.need(Permission::ViewPeople, Target::Institution)?;
    Ok(finding::search(tx, search)?)
}

/// A person's record with their roles: for those who manage people, and for themself.
pub fn get(tx: &mut ReadTx<'_>, ctx: &Ctx, id: PersonId) -> Result<(PersonRow, Vec<GrantRow>)> {
    if ctx.person()? != id {
        ctx.need(Permission::ViewPeople, Target::Institution)?;
    }
    let person = people::get(tx, id)?.ok_or(Error::NotFound)?;
    merge::need_unmerged(tx, id)?;
    Ok((person, people::grants(tx, id)?))
}

/// What is known of a person's studies: for those who see people's records, and for themself.
pub fn student(tx: &mut ReadTx<'_>, ctx: &Ctx, id: PersonId) -> Result<StudentRow> {
    if ctx.person()? != id {
        ctx.need(Permission::ViewPeople, Target::Institution)?;
    }
    studies::stored(tx, id)
}

/// Enters everybody's words in a database that was filled before searches read words.
pub fn enter_all(tx: &mut WriteTx<'_>) -> Result<usize> {
    Ok(finding::enter_all(tx)?)
}

/// Adds a person.
pub fn create(tx: &mut WriteTx<'_>, ctx: &Ctx, person: &NewPerson) -> Result<PersonId> {
    ctx.need(Permission::ManagePeople, Target::Institution)?;
    insert_person(tx, ctx, person)
}

pub(crate) fn insert_person(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    person: &NewPerson,
) -> Result<PersonId> {
    let student = person.studies.row(tx, ctx.fresh())?;
    let row = person.row(&student, tx.version(), true);
    people::insert(tx, &row, ctx.now()).map_err(taken)?;
    if student != StudentRow::nothing(row.id) {
        students::put(tx, &student, row.version).map_err(taken)?;
    }
    let created = fields(&row, &student);
    tx.journal(Change::new("person.create", "person", row.id).created(&created))?;
    Ok(row.id)
}

/// Changes a person whose record was read at version `seen`.
pub fn change(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    id: PersonId,
    seen: i64,
    person: &NewPerson,
    active: bool,
) -> Result<()> {
    ctx.need(Permission::ManagePeople, Target::Institution)?;
    merge::need_unmerged(tx, id)?;
    need_power_over(tx, ctx, id)?;
    let before = people::get(tx, id)?.ok_or(Error::NotFound)?;
    if before.version != seen {
        return Err(Error::Stale);
    }
    let known = studies::stored(tx, id)?;
    let student = person.studies.row(tx, id)?;
    let after = person.row(&student, tx.version_over(seen), active);
    let (old, new) = (fields(&before, &known), fields(&after, &student));
    if old == new {
        return Ok(());
    }
    if !active && is_last_administrator(tx, id)? {
        return Err(Error::LastAdministrator);
    }
    if !people::update(tx, &after, seen).map_err(taken)? {
        return Err(Error::Stale);
    }
    if known != student {
        students::put(tx, &student, after.version).map_err(taken)?;
    }
    let change = Change::new("person.change", "person", id);
    Ok(tx.journal(change.changed(&old, &new, seen))?)
}

/// Whose number, user name or e-mail address that is.
pub fn named(tx: &mut ReadTx<'_>, identifier: &str) -> Result<PersonId> {
    Ok(people::by_identifier(tx, identifier)?.ok_or(Error::NotFound)?.id)
}

/// A person as who acts by a job that they asked for, with what they may do now; none if they are
/// gone.
pub(crate) fn acting(tx: &mut ReadTx<'_>, id: PersonId) -> Result<Option<Actor>> {
    let Some(person) = people::get(tx, id)?.filter(|row| row.active) else { return Ok(None) };
    let grants = people::grants(tx, person.id)?.iter().map(GrantRow::grant).collect();
    Ok(Some(Actor { person: person.id, login: None, grants, class: None }))
}

/// Administrators' records are for super administrators alone: a registrar must not become one
/// by resetting one's password.
pub(crate) fn need_power_over(tx: &mut ReadTx<'_>, ctx: &Ctx, person: PersonId) -> Result<()> {
    let grants = people::grants(tx, person)?;
    let administrator = grants.iter().any(|grant| grant.role.is_administrator());
    if administrator && ctx.person()? != person {
        ctx.need(Permission::ManageAdministrators, Target::Institution)?;
    }
    Ok(())
}

fn is_last_administrator(tx: &mut WriteTx<'_>, person: PersonId) -> Result<bool> {
    let holds =
        people::grants(tx, person)?.iter().any(|grant| grant.role == Role::SuperAdministrator);
    if !holds {
        return Ok(false);
    }
    // Two who end each other's role at once would leave nobody.
    people::hold_administrators(tx)?;
    Ok(people::holders(tx, Role::SuperAdministrator)? <= 1)
}

fn taken(error: muster_storage::Error) -> Error {
    let muster_storage::Error::Conflict(key) = &error else { return error.into() };
    let field =
        ["enrolment_number", "email", "username"].into_iter().find(|field| key.contains(field));
    Error::field(field.unwrap_or("number"), "Somebody else has this one already.")
}
