//! People, from lines.

use super::line::Cells;
use super::part::Part;
use super::plan::{Plan, Sample, Writes, differences};
use super::secret::{self, Hashes, Secret};
use super::undo::Done;
use crate::people::{NewPerson, PersonInput, fields};
use crate::{Ctx, Error, Result};
use muster_domain::auth::{Grant, Permission, Role, Scope, Target};
use muster_domain::ids::PersonId;
use muster_domain::text::fold;
use muster_journal::Change;
use muster_storage::people::{GrantRow, PersonRow};
use muster_storage::programmes::ProgrammeRow;
use muster_storage::students::StudentRow;
use muster_storage::{ReadTx, WriteTx, auth, peers, people, programmes, students};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use uuid::Uuid;

/// A person to be added or changed, and roles that they get.
#[derive(Clone, Debug)]
pub(super) struct PersonWrite {
    pub line: u64,
    row: PersonRow,
    student: StudentRow,
    pub before: Option<(PersonRow, StudentRow)>,
    roles: Vec<Role>,
    pub secret: Option<Secret>,
}

/// What is known of the people in some lines.
#[derive(Default)]
struct Known {
    people: HashMap<String, PersonRow>,
    grants: HashMap<PersonId, Vec<Role>>,
    emails: HashMap<String, PersonId>,
    usernames: HashMap<String, PersonId>,
    enrolment_numbers: HashMap<String, PersonId>,
    studies: HashMap<PersonId, StudentRow>,
    /// By what lines call them.
    programmes: HashMap<String, ProgrammeRow>,
    with_password: HashSet<PersonId>,
    /// Whether passwords are the hub's.
    is_edge: bool,
    may_change_administrators: bool,
}

impl Known {
    fn load(tx: &mut ReadTx<'_>, ctx: &Ctx, lines: &[(usize, Cells<'_>)]) -> Result<Self> {
        let folded = |key: &str| -> Vec<String> {
            let cells = lines.iter().map(|(_, cells)| fold(cells.get(key)));
            cells.filter(|text| !text.is_empty()).collect()
        };
        let people = people::by_numbers(tx, &folded("number"))?;
        let mut known = Self { people, ..Self::default() };
        let ids: Vec<_> = known.people.values().map(|row| row.id).collect();
        for grant in people::grants_many(tx, &ids)? {
            // Whoever has a role for one event or assessment may be given it for the institution.
            if grant.event.is_none() && grant.assessment.is_none() {
                known.grants.entry(grant.person).or_default().push(grant.role);
            }
        }
        for owner in people::by_emails(tx, &folded("email"))? {
            known.emails.insert(owner.folded, owner.person);
        }
        for owner in people::by_usernames(tx, &folded("username"))? {
            known.usernames.insert(owner.folded, owner.person);
        }
        for owner in students::by_enrolment_numbers(tx, &folded("enrolment_number"))? {
            known.enrolment_numbers.insert(owner.folded, owner.person);
        }
        for student in students::get_many(tx, &ids)? {
            known.studies.insert(student.person, student);
        }
        let named: HashSet<_> = lines.iter().map(|(_, cells)| cells.get("programme")).collect();
        for name in named.into_iter().filter(|name| !name.is_empty()) {
            let found = programmes::programme_named(tx, name)?;
            known.programmes.extend(found.map(|programme| (name.to_owned(), programme)));
        }
        known.with_password = auth::with_password(tx, &ids)?;
        known.is_edge = peers::is_edge(tx)?;
        known.may_change_administrators =
            ctx.need(Permission::ManageAdministrators, Target::Institution).is_ok();
        Ok(known)
    }

    fn roles(&self, person: PersonId) -> &[Role] {
        self.grants.get(&person).map_or(&[], Vec::as_slice)
    }

    /// Whether a line may say the person's password: a file replaces none, and is for no
    /// administrator.
    fn waits_for_password(&self, person: PersonId) -> bool {
        !self.with_password.contains(&person)
            && !self.roles(person).iter().any(|role| role.is_administrator())
    }
}

/// What lines lead to.
pub(super) fn plan(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    part: &Part,
    range: Range<usize>,
) -> Result<Plan> {
    let mut plan = Plan::default();
    let lines = plan.lines(part, range);
    let known = Known::load(tx, ctx, &lines)?;
    let mut writes = Vec::new();
    for (_, mut cells) in lines {
        let write = person(ctx, &mut cells, &known);
        let secret = secret::of(&mut cells);
        if let Some(secret) = secret.as_ref().filter(|_| known.is_edge) {
            cells.wrong(secret.key(), "Passwords are set on the hub alone: import this there.");
        }
        if let Some(write) = &write {
            claim(part, &mut cells, write);
        }
        let Some(mut write) = write.filter(|_| cells.is_right()) else {
            plan.refuse(cells);
            continue;
        };
        let waits = known.waits_for_password(write.row.id);
        plan.passwords.left += i64::from(secret.is_some() && !waits);
        write.secret = secret.filter(|_| waits);
        // Those that the institution has stand in the student's record instead.
        plan.unknown_programmes.extend(write.row.programme.clone());
        match &write.secret {
            Some(Secret::Plain(_)) => plan.passwords.hashed += 1,
            Some(Secret::Hash(_)) => plan.passwords.taken += 1,
            None => {}
        }
        let same = write.before.as_ref().is_some_and(|before| write.is_as(before));
        if same && write.roles.is_empty() && write.secret.is_none() {
            plan.unchanged += 1;
        } else {
            writes.push(write);
        }
    }
    plan.writes = Writes::People(writes);
    Ok(plan)
}

/// A later line can't take the same address.
fn claim(part: &Part, cells: &mut Cells<'_>, write: &PersonWrite) {
    for (key, own) in [
        ("email", &write.row.email),
        ("username", &write.row.username),
        ("enrolment_number", &write.student.enrolment_number),
    ] {
        let Some(own) = own.as_deref().map(fold) else { continue };
        if part.claims.first(key, &own, cells.number()).is_some() && cells.is_right() {
            cells.wrong(key, "Somebody else has this one already.");
        }
    }
}

impl PersonWrite {
    fn is_as(&self, (row, student): &(PersonRow, StudentRow)) -> bool {
        self.row == *row && self.student == *student
    }
}

fn person(ctx: &Ctx, cells: &mut Cells<'_>, known: &Known) -> Option<PersonWrite> {
    let before = known.people.get(&fold(cells.get("number")));
    let nothing = StudentRow::nothing(PersonId(Uuid::nil()));
    let studies = before.and_then(|row| known.studies.get(&row.id)).unwrap_or(&nothing);
    let input = input(cells, before, studies);
    let checked: Option<NewPerson> = match input.check() {
        Ok(person) => Some(person),
        Err(error) => {
            cells.blame("number", error);
            None
        }
    };
    let roles = roles(cells, before.map_or(&[], |row| known.roles(row.id)), before.is_none());
    let person = checked?;
    let id = before.map_or_else(|| ctx.fresh(), |row| row.id);
    let (version, was_active) = before.map_or((0, true), |row| (row.version, row.active));
    let active = active(cells, was_active);
    let programme = person.studies.programme().and_then(|name| known.programmes.get(name));
    let student = match person.studies.within(programme, id) {
        Ok(student) => student,
        Err(error) => {
            cells.blame("year", error);
            return None;
        }
    };
    let row = person.row(&student, version, active);
    let taken = |owners: &HashMap<String, PersonId>, text: &Option<String>| {
        let owner = text.as_deref().and_then(|text| owners.get(&fold(text)));
        owner.is_some_and(|owner| *owner != id)
    };
    if taken(&known.emails, &row.email) {
        cells.wrong("email", "Somebody else has this one already.");
    }
    if taken(&known.enrolment_numbers, &student.enrolment_number) {
        cells.wrong("enrolment_number", "Somebody else has this one already.");
    }
    if taken(&known.usernames, &row.username) {
        cells.wrong("username", "Somebody else has this one already.");
    }
    let is_administrator = known.roles(id).iter().any(|role| role.is_administrator());
    let before = before.map(|row| {
        let student = known.studies.get(&id).cloned();
        (row.clone(), student.unwrap_or_else(|| StudentRow::nothing(id)))
    });
    let write = PersonWrite { line: cells.number(), row, student, before, roles, secret: None };
    let changes = write.before.as_ref().is_some_and(|before| !write.is_as(before));
    if is_administrator && changes && !known.may_change_administrators {
        cells.wrong("number", "This is an administrator, whom only super administrators change.");
    }
    if !active && (is_administrator || ctx.person().is_ok_and(|person| person == id)) {
        cells.wrong("status", "Administrators are deactivated by hand, not by a file.");
    }
    Some(write)
}

/// What the line says, and where it says nothing, what is known.
fn input(cells: &Cells<'_>, before: Option<&PersonRow>, studies: &StudentRow) -> PersonInput {
    let or = |key: &str, known: fn(&PersonRow) -> Option<&str>| match cells.get(key) {
        "" => before.and_then(known).unwrap_or_default().to_owned(),
        text => text.to_owned(),
    };
    let said = |key: &str, known: Option<&str>| match cells.get(key) {
        "" => known.unwrap_or_default().to_owned(),
        text => text.to_owned(),
    };
    let number = |known: Option<i64>| known.map(|number| number.to_string());
    PersonInput {
        // A number keeps the letter case in which it is known.
        number: before.map_or(cells.get("number"), |row| &row.number).to_owned(),
        name: or("name", |row| Some(&row.name)),
        username: or("username", |row| row.username.as_deref()),
        email: or("email", |row| row.email.as_deref()),
        title: or("title", |row| row.title.as_deref()),
        phone: or("phone", |row| row.phone.as_deref()),
        programme: match &studies.programme_code {
            Some(code) => said("programme", Some(code)),
            None => or("programme", |row| row.programme.as_deref()),
        },
        year: said("year", number(studies.year).as_deref()),
        semester: said("semester", number(studies.semester).as_deref()),
        enrolment_number: said("enrolment_number", studies.enrolment_number.as_deref()),
        second_email: said("second_email", studies.second_email.as_deref()),
        guardian_email: said("guardian_email", studies.guardian_email.as_deref()),
    }
}

/// Whether the person may still sign in.
fn active(cells: &mut Cells<'_>, known: bool) -> bool {
    match fold(cells.get("status")).as_str() {
        "" => known,
        "active" | "yes" | "true" | "1" => true,
        "inactive" | "no" | "false" | "0" => false,
        text => {
            cells.wrong("status", format!("“{text}” is neither active nor inactive."));
            known
        }
    }
}

/// The roles that the person gets: a new person is a student unless the line says otherwise.
fn roles(cells: &mut Cells<'_>, held: &[Role], is_new: bool) -> Vec<Role> {
    let mut roles = Vec::new();
    let names = cells.get("role").split([';', ',']).map(|name| fold(name.trim()));
    let names: Vec<_> = names.filter(|name| !name.is_empty()).collect();
    if names.is_empty() && is_new {
        roles.push(Role::Student);
    }
    for name in names {
        let role = role(cells, &name).filter(|role| !held.contains(role));
        roles.extend(role.filter(|role| !roles.contains(role)));
    }
    roles
}

/// The role of that name. Teachers and assistants are named for classes, so the words are known and
/// grant nothing here.
fn role(cells: &mut Cells<'_>, name: &str) -> Option<Role> {
    if matches!(name, "teacher" | "assistant" | "staff" | "teaching assistant" | "lecturer") {
        return None;
    }
    let key = name.replace(' ', "_");
    let called = |role: &Role| fold(role.label()) == name || role.key() == key;
    let found = Role::ALL.into_iter().find(called);
    match found {
        Some(role) if role.is_administrator() => {
            cells.wrong("role", "Administrators are named by hand, not by a file.");
            None
        }
        None => {
            cells.wrong("role", format!("There is no role “{name}”."));
            None
        }
        found => found,
    }
}

/// A change as people look at it.
pub(super) fn sample(write: &PersonWrite) -> Sample {
    let before = write.before.as_ref().map(|(row, student)| fields(row, student));
    let mut changed = differences(before.as_ref(), &fields(&write.row, &write.student));
    changed.retain(|(name, ..)| {
        name != "programme_id" && (write.before.is_some() || name != "active")
    });
    for role in &write.roles {
        changed.push(("role".to_owned(), String::new(), role.label().to_owned()));
    }
    if let Some(secret) = &write.secret {
        changed.push((secret.key().to_owned(), String::new(), "set".to_owned()));
    }
    let title = format!("{} · {}", write.row.number, write.row.name);
    Sample { line: write.line, title, is_new: write.before.is_none(), fields: changed }
}

/// Writes people, with the hashes of the passwords that their lines bring.
pub(super) fn write(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    writes: &[PersonWrite],
    hashes: &Hashes,
) -> Result<Vec<Done>> {
    let (mut done, mut changes) = (Vec::new(), Vec::new());
    let (mut rows, mut students) = (Vec::new(), Vec::new());
    for write in writes {
        let before = write.before.as_ref();
        let version = tx.version_over(before.map_or(0, |(row, _)| row.version));
        let row = PersonRow { version, ..write.row.clone() };
        let after = fields(&row, &write.student);
        let change = match before {
            None => Change::new("person.create", "person", row.id).created(&after),
            Some(before) if write.is_as(before) => continue,
            Some((before, student)) => {
                if !people::update(tx, &row, before.version)? {
                    return Err(Error::Stale);
                }
                let change = Change::new("person.change", "person", row.id);
                change.changed(&fields(before, student), &after, before.version)
            }
        };
        changes.push(change);
        done.push(Done::new("person", row.id, before, version));
        let known = before.map(|(_, student)| student);
        if known.unwrap_or(&StudentRow::nothing(row.id)) != &write.student {
            students.push((&write.student, version));
        }
        if before.is_none() {
            rows.push(row);
        }
    }
    people::insert_many(tx, &rows.iter().collect::<Vec<_>>(), ctx.now())?;
    students::put_many(tx, &students)?;
    let given =
        writes.iter().flat_map(|write| write.roles.iter().map(|role| (write.row.id, *role)));
    let grants = given.map(|(person, role)| {
        let held = Grant { role, scope: Scope::Institution };
        GrantRow::new(ctx.fresh(), person, held)
    });
    let grants: Vec<GrantRow> = grants.collect();
    people::insert_grants(tx, &grants.iter().collect::<Vec<_>>(), ctx.act.actor, ctx.now())?;
    for grant in &grants {
        let after = json!({"person": grant.person, "role": grant.role.key(), "class": grant.class});
        let change = Change::new("role.grant", "role", grant.id).on(grant.person);
        changes.push(change.created(&after));
        done.push(Done::new("role", grant.id, None::<&()>, 0));
    }
    for write in writes {
        if let Some(secret) = &write.secret {
            let person = write.row.id;
            done.push(secret.write(tx, ctx, (write.line, person), hashes)?);
            changes.push(Change::new("password.import", "person", person));
        }
    }
    tx.journal_many(changes)?;
    Ok(done)
}
