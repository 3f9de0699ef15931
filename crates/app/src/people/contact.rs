//! What people keep up to date themselves: phone and second e-mail address.

use super::{fields, merge, studies, taken};
use crate::{Ctx, Error, Form, Result};
use muster_domain::people::Email;
use muster_domain::text::clean_optional;
use muster_journal::Change;
use muster_storage::people::PersonRow;
use muster_storage::students::StudentRow;
use muster_storage::{WriteTx, people, students};

/// How somebody is reached besides their first address, as typed.
#[derive(Clone, Debug, Default)]
pub struct ContactInput {
    /// Phone.
    pub phone: String,
    /// Another address of theirs.
    pub second_email: String,
}

/// Changes the caller's own phone and second address; the rest of the record is the office's. The
/// caller has shown that they know their password.
pub fn change_own_contact(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    input: &ContactInput,
) -> Result<(PersonRow, StudentRow)> {
    let id = ctx.person()?;
    merge::need_unmerged(tx, id)?;
    let mut form = Form::default();
    let phone = form.take("phone", clean_optional(&input.phone, 40)).flatten();
    let second: Option<Email> = form.optional("second_email", &input.second_email);
    form.check()?;
    let before = people::get(tx, id)?.ok_or(Error::NotFound)?;
    let known = studies::stored(tx, id)?;
    let version = tx.version_over(before.version);
    let after = PersonRow { phone, version, ..before.clone() };
    let second_email = second.map(|email| email.as_str().to_owned());
    let student = StudentRow { second_email, ..known.clone() };
    let (old, new) = (fields(&before, &known), fields(&after, &student));
    if old == new {
        return Ok((before, known));
    }
    if !people::update(tx, &after, before.version)? {
        return Err(Error::Stale);
    }
    if known != student {
        students::put(tx, &student, version).map_err(taken)?;
    }
    let change = Change::new("person.change", "person", id);
    tx.journal(change.changed(&old, &new, before.version))?;
    Ok((after, student))
}
