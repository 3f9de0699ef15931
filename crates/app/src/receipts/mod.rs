//! What students' devices scanned without a network: a device registers its key while it is online,
//! signs a receipt for each code that it scans, and sends them when it can.

mod evidence;
mod post;
mod taking;

use crate::{Ctx, Error, Form, Result};
use muster_credential::receipt::NOTHING;
use muster_credential::verifier::DeviceKey;
use muster_domain::attendance::offline::Contact;
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::DeviceKeyId;
use muster_domain::text;
use muster_journal::Change;
use muster_storage::WriteTx;
use muster_storage::receipts::{self, DeviceKeyRow};
use serde_json::json;

pub(crate) use evidence::{Evidence, flags, of_marks};
pub use evidence::{of_session, refused_detail};
pub use post::{Checked, Post, read};
pub use taking::{Answer, Taken, take};

/// Longest name of a device.
const LONGEST_NAME: usize = 100;
/// Most keys that a person registers: browsers that forget theirs make new ones.
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
        let contact = Contact { at: row.heard_at, before: row.heard_before }.heard(ctx.now());
        (row.heard_at, row.heard_before) = (contact.at, contact.before);
        receipts::heard(tx, &row)?;
        return Ok((row, false));
    }
    if receipts::count_of(tx, person)? >= MOST_KEYS {
        let detail = "You registered too many devices: ask the office to free some.";
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
    };
    receipts::insert_key(tx, &row)?;
    let change = Change::new("device_key.register", "device_key", id).on(person);
    tx.journal(change.created(&json!({"person": person, "name": row.name})))?;
    Ok((row, true))
}
