//! Passkeys of staff: added, named and removed by themselves, shown at the second step.

use super::{own_staff, recovery, tell};
use crate::sign_in::digest;
use crate::{Ctx, Error, Result};
use muster_credential::passkey::{self, Made, Party, Used};
use muster_domain::ids::{PasskeyId, PersonId};
use muster_domain::text::Name;
use muster_domain::time::Span;
use muster_journal::Change;
use muster_storage::auth::NewCode;
use muster_storage::passkeys::PasskeyRow;
use muster_storage::{ReadTx, WriteTx, auth, passkeys};
use serde_json::json;

/// How long adding a passkey may take.
const PATIENCE: Span = Span::minutes(5);
/// The purpose under which questions to new passkeys are stored.
const QUESTION: &str = "passkey";
/// Most passkeys of one person.
const MOST: usize = 20;
/// Longest name, in characters.
const LONGEST: usize = 60;

/// A question for an authenticator that makes a key.
#[derive(Clone, Debug)]
pub struct Question {
    /// What it signs or repeats.
    pub challenge: [u8; 32],
    /// For whom: stays the same for one person, and says nothing of them.
    pub user: [u8; 32],
    /// Keys that they have already.
    pub known: Vec<Vec<u8>>,
}

/// Asks a question, of the person for whom the present password was just checked.
pub fn begin(tx: &mut WriteTx<'_>, ctx: &Ctx) -> Result<Question> {
    let person = own_staff(tx, ctx)?;
    let rows = passkeys::of_person(tx, person)?;
    if rows.len() >= MOST {
        return Err(Error::field("name", "You have 20 passkeys: remove one first."));
    }
    let challenge = ctx.random();
    let stored = NewCode {
        id: ctx.fresh(),
        purpose: QUESTION,
        person: Some(person),
        digest: &digest_of(&challenge),
        created_by: Some(person),
        created_at: ctx.now(),
        expires_at: ctx.now() + PATIENCE,
    };
    auth::insert_code(tx, &stored)?;
    let user = digest(&format!("passkeys of {person}"));
    let known = rows.into_iter().map(|row| row.credential).collect();
    Ok(Question { challenge, user, known })
}

fn digest_of(challenge: &[u8]) -> [u8; 32] {
    digest(&format!("passkey question {}", crate::sign_in::hex(challenge)))
}

/// A name for a passkey.
pub fn name(text: &str) -> Result<Name> {
    let name = Name::try_from(text.to_owned());
    let name = name.map_err(|error| Error::field("name", error.to_string()))?;
    if name.as_str().chars().count() > LONGEST {
        return Err(Error::field("name", "This is too long: at most 60 characters."));
    }
    Ok(name)
}

/// Adds the key that answers a question. The recovery codes, if the person has none yet: they are
/// told this once.
pub fn add(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    party: &Party,
    challenge: &[u8],
    made: &Made,
    name: &Name,
) -> Result<Vec<String>> {
    let person = own_staff(tx, ctx)?;
    let late = || Error::field("name", "This took too long: begin again.");
    let asked = auth::code(tx, QUESTION, &digest_of(challenge), ctx.now())?;
    let asked = asked.filter(|asked| asked.person == Some(person)).ok_or_else(late)?;
    if !auth::use_code(tx, asked.id, ctx.now())? {
        return Err(late());
    }
    let proof = passkey::judge_made(party, challenge, made);
    let proof = proof.map_err(|error| Error::field("name", format!("Not added: {error}.")))?;
    if passkeys::by_credential(tx, &made.credential)?.is_some() {
        return Err(Error::field("name", "This passkey was added already."));
    }
    let row = PasskeyRow {
        id: ctx.fresh(),
        person,
        credential: made.credential.clone(),
        public_key: made.public_key.clone(),
        counter: i64::from(proof.counter),
        name: name.as_str().to_owned(),
        created_at: ctx.now(),
        last_used_at: None,
    };
    passkeys::insert(tx, &row)?;
    let after = json!({"name": row.name});
    tx.journal(Change::new("passkey.add", "passkey", row.id).on(person).created(&after))?;
    let codes = recovery::first(tx, ctx, person)?;
    let body = format!("From now on \u{201c}{}\u{201d} may be used after your password.", row.name);
    tell(tx, ctx, person, "A passkey was added", &body)?;
    Ok(codes)
}

/// One of the own passkeys.
pub fn own(tx: &mut ReadTx<'_>, ctx: &Ctx, id: PasskeyId) -> Result<PasskeyRow> {
    let rows = passkeys::of_person(tx, ctx.person()?)?;
    rows.into_iter().find(|row| row.id == id).ok_or(Error::NotFound)
}

/// Gives one of the own passkeys another name.
pub fn rename(tx: &mut WriteTx<'_>, ctx: &Ctx, id: PasskeyId, name: &Name) -> Result<()> {
    let row = own(tx, ctx, id)?;
    passkeys::rename(tx, id, row.person, name.as_str())?;
    let (old, new) = (json!({"name": row.name}), json!({"name": name.as_str()}));
    let change = Change::new("passkey.rename", "passkey", id).on(row.person);
    Ok(tx.journal(Change { before: Some(old), after: Some(new), ..change })?)
}

/// Removes one of the own passkeys, after the present password was checked; with the last second
/// factor the recovery codes go too.
pub fn remove(tx: &mut WriteTx<'_>, ctx: &Ctx, id: PasskeyId) -> Result<()> {
    let row = own(tx, ctx, id)?;
    if !passkeys::delete(tx, id, row.person)? {
        return Err(Error::NotFound);
    }
    if !super::load(tx, row.person)?.any() {
        muster_storage::factors::drop_recovery(tx, row.person)?;
    }
    let change = Change::new("passkey.remove", "passkey", id).on(row.person);
    tx.journal(Change { before: Some(json!({"name": row.name})), ..change })?;
    let body = format!("\u{201c}{}\u{201d} is no longer taken.", row.name);
    tell(tx, ctx, row.person, "A passkey was removed", &body)
}

/// Whether that proves one of the person's passkeys. One whose counter did not grow may be a
/// copy: it is refused, noted, and told to its owner.
pub(super) fn accept(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    person: PersonId,
    party: &Party,
    challenge: &[u8],
    used: &Used,
) -> Result<bool> {
    let known = passkeys::by_credential(tx, &used.credential)?;
    let Some(row) = known.filter(|row| row.person == person) else { return Ok(false) };
    let Ok(proof) = passkey::judge_used(party, challenge, &row.public_key, used) else {
        return Ok(false);
    };
    if passkeys::used(tx, row.id, i64::from(proof.counter), ctx.now())? {
        return Ok(true);
    }
    let told = json!({"counter": proof.counter, "before": row.counter});
    let change = Change::new("passkey.refuse", "passkey", row.id).on(person).created(&told);
    tx.journal_as(person, change)?;
    let body = format!(
        "\u{201c}{}\u{201d} counts its uses, and was used with a count that is past already: it may have \
         been copied. Remove it and add another one.",
        row.name
    );
    tell(tx, ctx, person, "A passkey was refused", &body)?;
    Ok(false)
}
