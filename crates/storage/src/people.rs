//! People.

use crate::{ReadTx, Result, ToValue, WriteTx, args, finding, record, row, statements};
use muster_domain::ids::PersonId;
use muster_domain::text::fold;
use muster_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

pub use crate::roles::{
    AppointedRow, GrantRow, StaffRow, TermStaffRow, end_grant, grant, grants, grants_many,
    hold_administrators, holders, insert_grant, insert_grants, of_assessment, of_event,
    remove_grant, resume_grant, staff, staff_of_term,
};

record! {
    /// A person as stored.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Whose something is that only one person has.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct OwnerRow {
        /// Who.
        pub person: PersonId,
        /// What, folded.
        pub folded: String,
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
    BY_NUMBERS = {
        sqlite: "select id, number, username_folded, email, name, title, phone, programme, active, version
        from people where contested = 0 and number_folded = ?1",
        postgres: "select id, number, username_folded, email, name, title, phone, programme, active, version
        from people where contested = 0 and number_folded = any(?1::text[])",
    };
    // A merged record leads to the one that stayed.
    BY_MERGED_IDENTIFIER = "select merged_into from people
        where (merged_into is not null and number_folded = ?1)
        or (merged_into is not null and username_folded = ?1)
        or (merged_into is not null and email_folded = ?1)
        order by case when number_folded = ?1 then 0 when username_folded = ?1 then 1 else 2 end,
            version desc
        limit 1";
    BY_MERGED_NUMBERS = {
        sqlite: "select merged_into, number_folded from people
        where merged_into is not null and number_folded = ?1",
        postgres: "select merged_into, number_folded from people
        where merged_into is not null and number_folded = any(?1::text[])",
    };
    BY_EMAILS = {
        sqlite: "select id, email_folded from people
        where contested = 0 and email_folded = ?1",
        postgres: "select id, email_folded from people
        where contested = 0 and email_folded = any(?1::text[])",
    };
    BY_USERNAMES = {
        sqlite: "select id, username_folded from people
        where contested = 0 and username_folded = ?1",
        postgres: "select id, username_folded from people
        where contested = 0 and username_folded = any(?1::text[])",
    };
    PUT = {
        sqlite: "insert into people (id, number, number_folded, username_folded, email, email_folded,
            name, name_folded, title, phone, programme, active, created_at, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        postgres: "insert into people (id, number, number_folded, username_folded, email, email_folded,
            name, name_folded, title, phone, programme, active, created_at, version)
        select * from unnest(?1::uuid[], ?2::text[], ?3::text[], ?4::text[], ?5::text[],
            ?6::text[], ?7::text[], ?8::text[], ?9::text[], ?10::text[], ?11::text[],
            ?12::bigint[], ?13::bigint[], ?14::bigint[])",
    };
    REMOVABLE = "select count(*) from people where id = ?1 and version = ?2
        and not exists (select 1 from enrolments where person = ?1)
        and not exists (select 1 from role_grants where person = ?1)
        and not exists (select 1 from logins where person = ?1)
        and not exists (select 1 from passwords where person = ?1)
        and not exists (select 1 from photos where person = ?1)
        and not exists (select 1 from payments where person = ?1)
        and not exists (select 1 from clearances where person = ?1)
        and not exists (select 1 from holds where person = ?1)
        and not exists (select 1 from dockets where person = ?1)
        and not exists (select 1 from sitting_places where person = ?1)
        and not exists (select 1 from results where person = ?1)
        and not exists (select 1 from badges where person = ?1)
        and not exists (select 1 from issue_batch_people where person = ?1)
        and not exists (select 1 from merges where kept = ?1)
        and not exists (select 1 from merges where merged = ?1)";
    REMOVE = "delete from people where id = ?1";
    UPDATE = "update people set number = ?2, number_folded = ?3, username_folded = ?4, email = ?5,
            email_folded = ?6, name = ?7, name_folded = ?8, title = ?9, phone = ?10,
            programme = ?11, active = ?12, version = ?13
        where id = ?1 and version = ?14";
    COUNT = "select count(*) from people";
}

/// The person of that id.
pub fn get(tx: &mut ReadTx<'_>, id: PersonId) -> Result<Option<PersonRow>> {
    tx.opt(&GET, args![id])
}

/// The people of those ids, in any order.
pub fn get_many(tx: &mut ReadTx<'_>, ids: &[PersonId]) -> Result<Vec<PersonRow>> {
    tx.all_many(&GET_MANY, ids.iter().map(|id| row![*id]))
}

/// The person whose number, user name or e-mail address that is, or was before their records were
/// merged.
pub fn by_identifier(tx: &mut ReadTx<'_>, identifier: &str) -> Result<Option<PersonRow>> {
    let folded = fold(identifier.trim());
    let found = tx.opt(&BY_IDENTIFIER, args![folded])?;
    if found.is_some() {
        return Ok(found);
    }
    let mut kept = None;
    tx.each(&BY_MERGED_IDENTIFIER, args![folded], |row| {
        kept = Some(row.columns().next()?);
        Ok(())
    })?;
    kept.map_or(Ok(None), |kept| get(tx, kept))
}

/// The people who have those numbers, or had them before their records were merged: by the number
/// that was asked for; folded.
pub fn by_numbers(tx: &mut ReadTx<'_>, folded: &[String]) -> Result<HashMap<String, PersonRow>> {
    let rows: Vec<PersonRow> =
        tx.all_many(&BY_NUMBERS, folded.iter().map(|number| row![number]))?;
    let mut found: HashMap<_, _> =
        rows.into_iter().map(|person| (fold(&person.number), person)).collect();
    let missing = folded.iter().filter(|number| !found.contains_key(*number));
    let missing: Vec<&String> = missing.collect();
    if missing.is_empty() {
        return Ok(found);
    }
    let leading: Vec<OwnerRow> =
        tx.all_many(&BY_MERGED_NUMBERS, missing.into_iter().map(|number| row![number]))?;
    let kept: Vec<PersonId> = leading.iter().map(|row| row.person).collect();
    let kept = get_many(tx, &kept)?;
    for OwnerRow { person, folded } in leading {
        let row = kept.iter().find(|row| row.id == person);
        found.extend(row.map(|row| (folded, row.clone())));
    }
    Ok(found)
}

/// Whose those e-mail addresses are; folded.
pub fn by_emails(tx: &mut ReadTx<'_>, folded: &[String]) -> Result<Vec<OwnerRow>> {
    tx.all_many(&BY_EMAILS, folded.iter().map(|email| row![email]))
}

/// Whose those user names are; folded.
pub fn by_usernames(tx: &mut ReadTx<'_>, folded: &[String]) -> Result<Vec<OwnerRow>> {
    tx.all_many(&BY_USERNAMES, folded.iter().map(|name| row![name]))
}

/// Adds a person.
pub fn insert(tx: &mut WriteTx<'_>, person: &PersonRow, created_at: Timestamp) -> Result<()> {
    insert_many(tx, &[person], created_at)
}

/// Adds people.
pub fn insert_many(
    tx: &mut WriteTx<'_>,
    people: &[&PersonRow],
    created_at: Timestamp,
) -> Result<()> {
    let folded = people.iter().map(|person| {
        let email = person.email.as_deref().map(fold);
        (fold(&person.number), email, fold(&person.name))
    });
    let folded: Vec<_> = folded.collect();
    let rows = people.iter().zip(&folded).map(|(person, (number, email, name))| {
        [
            person.id.to_value(),
            person.number.to_value(),
            number.to_value(),
            person.username.to_value(),
            person.email.to_value(),
            email.to_value(),
            person.name.to_value(),
            name.to_value(),
            person.title.to_value(),
            person.phone.to_value(),
            person.programme.to_value(),
            person.active.to_value(),
            created_at.to_value(),
            person.version.to_value(),
        ]
    });
    tx.execute_many(&PUT, rows)?;
    finding::enter_many(tx, people)
}

/// Whether a person's stored version is still `seen` and they have no records.
pub fn is_removable(tx: &mut ReadTx<'_>, id: PersonId, seen: i64) -> Result<bool> {
    Ok(tx.number(&REMOVABLE, args![id, seen])? == 1)
}

/// Removes a person who has no records.
pub fn remove(tx: &mut WriteTx<'_>, id: PersonId) -> Result<()> {
    finding::leave(tx, id)?;
    tx.execute(&REMOVE, args![id])?;
    Ok(())
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
