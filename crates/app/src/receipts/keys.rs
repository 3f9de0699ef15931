//! The keys by which students' devices sign: registering one, seeing one's own, and withdrawing one of
//! a device that was lost, sold or lent.

use crate::{Ctx, Error, Form, Result, factors};
use muster_credential::receipt::NOTHING;
use muster_credential::verifier::DeviceKey;
use muster_domain::attendance::Refusal;
use muster_domain::attendance::offline::Contact;
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{DeviceKeyId, LoginId, PersonId};
use muster_domain::text;
use muster_journal::Change;
use muster_storage::receipts::{self, DeviceKeyRow};
use muster_storage::{ReadTx, WriteTx, auth};
use serde_json::json;
use uuid::Uuid;

/// Longest name of a device.
const LONGEST_NAME: usize = 100;
/// Most keys that a person has in use: browsers that forget theirs make new ones.
const MOST_KEYS: i64 = 100;

/// Registers the key of a student's own device; one that is known already stays as it is. True if
/// it is new.
pub fn register(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    key: &DeviceKey,
    name: &str,
) -> Result<(DeviceKeyRow, bool)> {
    let person = ctx.person()?;
    ctx.need(Permission::MarkSelf, Target::Person(person))?;
    let mut form = Form::default();
    let name = form.take("name", text::clean_optional(name, LONGEST_NAME)).flatten();
    form.check()?;
    let public_key = key.to_bytes();
    if let Some(mut row) = receipts::by_public_key(tx, &public_key)? {
        if row.person != person {
            let detail = "This key is another person’s: make a new one.";
            return Err(Error::field("public_key", detail));
        }
        if row.withdrawn_at.is_some() {
            return Err(Error::Refused(Refusal::KeyWithdrawn));
        }
        let contact = Contact { at: row.heard_at, before: row.heard_before }.heard(ctx.now());
        (row.heard_at, row.heard_before) = (contact.at, contact.before);
        receipts::heard(tx, &row)?;
        return Ok((row, false));
    }
    if receipts::count_of(tx, person)? >= MOST_KEYS {
        let detail = "You registered too many devices: withdraw those that you no longer use.";
        return Err(Error::field("public_key", detail));
    }
    let id: DeviceKeyId = ctx.fresh();
    let row = DeviceKeyRow {
        id,
        person,
        public_key,
        name: name.unwrap_or_else(|| "Phone".to_owned()),
        device: ctx.known_device(),
        registered_at: ctx.now(),
        heard_at: ctx.now(),
        heard_before: None,
        sequence: 0,
        head: NOTHING.to_vec(),
        version: tx.version(),
        withdrawn_at: None,
        withdrawn_by: None,
    };
    receipts::insert_key(tx, &row)?;
    let change = Change::new("device_key.register", "device_key", id).on(person);
    tx.journal(change.created(&json!({"person": person, "name": row.name})))?;
    Ok((row, true))
}

/// A person's devices that sign what they scan, those that were withdrawn too, the earliest first: for
/// themself and for the office.
pub fn keys_of(tx: &mut ReadTx<'_>, ctx: &Ctx, person: PersonId) -> Result<Vec<DeviceKeyRow>> {
    need(ctx, person)?;
    Ok(receipts::keys_of(tx, person)?)
}

fn need(ctx: &Ctx, person: PersonId) -> Result<()> {
    if ctx.person()? == person {
        return Ok(());
    }
    ctx.need(Permission::ManagePeople, Target::Institution)
}

/// Withdraws the key of a device: what it signs from now on counts for nothing. Nobody knows which of
/// the person's logins is on that device, so all end but the one that asks. Withdrawn before, it stays
/// so.
pub fn withdraw(tx: &mut WriteTx<'_>, ctx: &Ctx, id: DeviceKeyId) -> Result<DeviceKeyRow> {
    let found = receipts::lock_keys(tx, &[id])?.into_iter().next();
    let before = found.ok_or(Error::NotFound)?;
    need(ctx, before.person)?;
    if before.withdrawn_at.is_some() {
        return Ok(before);
    }
    let (by, own) = (ctx.person()?, ctx.person()? == before.person);
    let after = DeviceKeyRow {
        withdrawn_at: Some(ctx.now()),
        withdrawn_by: Some(by),
        version: tx.version_over(before.version),
        ..before.clone()
    };
    receipts::withdraw_key(tx, id, (ctx.now(), by), after.version)?;
    let said = |row: &DeviceKeyRow| json!({"withdrawn_at": row.withdrawn_at, "withdrawn_by": row.withdrawn_by});
    let change = Change::new("device_key.withdraw", "device_key", id).on(before.person);
    tx.journal(change.changed(&said(&before), &said(&after), before.version))?;
    let here = ctx.actor.as_ref().and_then(|actor| actor.login).filter(|_| own);
    auth::end_other_logins(tx, before.person, here.unwrap_or(LoginId(Uuid::nil())), ctx.now())?;
    let who = if own { "You withdrew" } else { "Somebody in the office withdrew" };
    let body = format!(
        "{who} {}. What it scans without a network from now on does not mark you, and you are signed \
         out everywhere else. Sign in on a phone to register it anew.",
        before.name
    );
    factors::tell(tx, ctx, before.person, "A phone of yours was withdrawn", &body)?;
    Ok(after)
}
