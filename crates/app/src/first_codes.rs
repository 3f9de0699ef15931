//! First passwords: one-time codes, or letters with them, for many people at once who have no
//! password yet. Who has one, is inactive or is an administrator is passed over.

use crate::sign_in::{digest, one_time_code};
use crate::{Ctx, Error, Result, imports as tables, mail};
use muster_domain::auth::{Permission, Role, Target};
use muster_domain::ids::{ClassId, ImportId, PersonId, ProgrammeId};
use muster_domain::time::Span;
use muster_journal::Change;
use muster_storage::auth::{self, NewCode};
use muster_storage::enrolment::EnrolmentRow;
use muster_storage::finding::{self, Search};
use muster_storage::people::PersonRow;
use muster_storage::{
    ReadTx, WriteTx, academics, enrolment, imports, people, programmes, students,
};
use std::collections::HashSet;

/// How long a code for a first password works: slips are handed out over some days.
pub const LIFETIME: Span = Span::days(14);
/// People whose codes are made in one transaction.
pub const AT_ONCE: usize = 100;
/// Most people at a time: who are more than that come in parts.
const MOST: usize = 5_000;

/// Who is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// The students who attend a class.
    Class(ClassId),
    /// The students of a programme, or of one of its years.
    Programme(ProgrammeId, Option<i64>),
    /// Everybody with a role.
    Role(Role),
    /// The people whom an import added.
    Import(ImportId),
}

/// Who of a group waits for a first password, and how many don't.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// Who gets a code, by name.
    pub waiting: Vec<PersonRow>,
    /// Who has a password.
    pub with_password: usize,
    /// Who is inactive.
    pub inactive: usize,
    /// Administrators, who are helped one by one.
    pub administrators: usize,
}

impl Preview {
    /// How many of those who wait have an address for a letter.
    pub fn with_address(&self) -> usize {
        self.waiting.iter().filter(|person| person.email.is_some()).count()
    }
}

/// A code as it is handed over: told once, and stored as a digest.
#[derive(Clone, Debug)]
pub struct Slip {
    /// For whom.
    pub person: PersonId,
    /// Their number.
    pub number: String,
    /// Their name.
    pub name: String,
    /// The code.
    pub code: String,
}

/// What codes for a group come to.
pub fn preview(tx: &mut ReadTx<'_>, ctx: &Ctx, group: Group) -> Result<Preview> {
    ctx.need(Permission::ManagePeople, Target::Institution)?;
    let ids = members(tx, ctx, group)?;
    if ids.len() > MOST {
        let detail = format!("These are more than {MOST} people: choose a smaller group.");
        return Err(Error::field("role", detail));
    }
    sorted(tx, &ids)
}

fn members(tx: &mut ReadTx<'_>, ctx: &Ctx, group: Group) -> Result<Vec<PersonId>> {
    match group {
        Group::Class(class) => {
            academics::class(tx, class)?.ok_or(Error::NotFound)?;
            let roster = enrolment::roster(tx, class)?.into_iter();
            let attending = roster.filter(EnrolmentRow::attends);
            Ok(attending.map(|place| place.person).collect())
        }
        Group::Programme(programme, year) => {
            programmes::programme(tx, programme)?.ok_or(Error::NotFound)?;
            Ok(students::of_programme(tx, programme, year)?)
        }
        Group::Role(role) => {
            let limit = i64::try_from(MOST).unwrap_or(i64::MAX) + 1;
            let search = Search { text: "", role: Some(role), after: None, limit };
            Ok(finding::search(tx, &search)?.into_iter().map(|row| row.id).collect())
        }
        Group::Import(import) => {
            tables::get(tx, ctx, import)?;
            Ok(imports::people_added(tx, import)?)
        }
    }
}

fn sorted(tx: &mut ReadTx<'_>, ids: &[PersonId]) -> Result<Preview> {
    let with_password = auth::with_password(tx, ids)?;
    let grants = people::grants_many(tx, ids)?.into_iter();
    let administrators: HashSet<_> =
        grants.filter(|grant| grant.role.is_administrator()).map(|grant| grant.person).collect();
    let mut preview = Preview::default();
    let mut seen = HashSet::new();
    for person in people::get_many(tx, ids)?.into_iter().filter(|row| seen.insert(row.id)) {
        match () {
            () if administrators.contains(&person.id) => preview.administrators += 1,
            () if !person.active => preview.inactive += 1,
            () if with_password.contains(&person.id) => preview.with_password += 1,
            () => preview.waiting.push(person),
        }
    }
    preview.waiting.sort_by(|a, b| (&a.name, &a.number).cmp(&(&b.name, &b.number)));
    Ok(preview)
}

/// Makes codes for those of some people who still wait for a password; codes that they were given
/// before stop working.
pub fn offer(tx: &mut WriteTx<'_>, ctx: &Ctx, some: &[PersonId]) -> Result<Vec<Slip>> {
    ctx.need(Permission::ManagePeople, Target::Institution)?;
    let mut slips = Vec::new();
    for PersonRow { id: person, number, name, .. } in sorted(tx, some)?.waiting {
        let code = store(tx, ctx, person)?;
        tx.journal(Change::new("password.offer_first", "person", person))?;
        slips.push(Slip { person, number, name, code });
    }
    Ok(slips)
}

/// A fresh code, the only one of its person that works.
pub(crate) fn store(tx: &mut WriteTx<'_>, ctx: &Ctx, person: PersonId) -> Result<String> {
    auth::drop_codes(tx, person, ctx.now())?;
    let code = one_time_code(ctx.random());
    let stored = NewCode {
        id: ctx.fresh(),
        purpose: "reset",
        person: Some(person),
        digest: &digest(&code),
        created_by: ctx.act.actor,
        created_at: ctx.now(),
        expires_at: ctx.now() + LIFETIME,
    };
    auth::insert_code(tx, &stored)?;
    Ok(code)
}

/// Queues letters with codes to those of some people who still wait for a password and have an
/// address; how many. A code is made when its letter is sent.
pub fn write_letters(tx: &mut WriteTx<'_>, ctx: &Ctx, some: &[PersonId]) -> Result<usize> {
    ctx.need(Permission::ManagePeople, Target::Institution)?;
    if !ctx.mails {
        return Err(Error::field("", "No mail server is set up, so no letters are sent."));
    }
    let mut queued = 0;
    for person in sorted(tx, some)?.waiting {
        let Some(address) = &person.email else { continue };
        mail::insert(tx, ctx, mail::WELCOME, address, ("Choose your password", ""))?;
        tx.journal(Change::new("password.invite", "person", person.id))?;
        queued += 1;
    }
    Ok(queued)
}
