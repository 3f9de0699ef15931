//! What students' devices scanned without a network: the devices' keys, and the receipts that they
//! signed, those that were refused included.

use crate::{ReadTx, Result, ToValue, Value, WriteTx, args, record, row, statements};
use muster_domain::ids::{DeviceId, DeviceKeyId, PersonId, ReceiptId, SessionId};
use muster_domain::time::Timestamp;

record! {
    /// The key of a student's device.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct DeviceKeyRow {
        /// Id.
        pub id: DeviceKeyId,
        /// Whose.
        pub person: PersonId,
        /// Its public half.
        pub public_key: Vec<u8>,
        /// What the device is called.
        pub name: String,
        /// The browser that made it.
        pub device: Option<DeviceId>,
        /// Since when it is known.
        pub registered_at: Timestamp,
        /// When it was last heard of.
        pub heard_at: Timestamp,
        /// The end of the contact before that one.
        pub heard_before: Option<Timestamp>,
        /// Number of its latest receipt.
        pub sequence: i64,
        /// The hash of that.
        pub head: Vec<u8>,
        /// Logical clock of the last change.
        pub version: i64,
        /// Since when nothing counts that it signs.
        pub withdrawn_at: Option<Timestamp>,
        /// Who withdrew it.
        pub withdrawn_by: Option<PersonId>,
    }
}

record! {
    /// A receipt with what became of it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ReceiptRow {
        /// Id.
        pub id: ReceiptId,
        /// By which key.
        pub key: DeviceKeyId,
        /// Who sent it.
        pub person: PersonId,
        /// For which session; none if its code is of no session here.
        pub session: Option<SessionId>,
        /// Its number among those of the key.
        pub sequence: i64,
        /// When it was scanned by the device's clock.
        pub scanned_at: Timestamp,
        /// How many microseconds that clock was ahead when it was sent.
        pub ahead: Option<i64>,
        /// When it arrived.
        pub received_at: Timestamp,
        /// The step of its code.
        pub step: Option<i64>,
        /// When that was on the screen.
        pub shown_at: Option<Timestamp>,
        /// Whether the device saw two codes, one after the other.
        pub two_codes: bool,
        /// `accepted`, `already`, `refused`, or `kept` for the node whose code it is.
        pub result: String,
        /// Why it was refused.
        pub reason: Option<String>,
        /// What about it deserves a look, separated by blanks.
        pub flags: String,
        /// From which address it was sent.
        pub address: String,
        /// As it was sent.
        pub bytes: Vec<u8>,
    }
}

record! {
    /// What staff see of a receipt.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct EvidenceRow {
        /// Who sent it.
        pub person: PersonId,
        /// When it was scanned by the device's clock.
        pub scanned_at: Timestamp,
        /// How many microseconds that clock was ahead when it was sent.
        pub ahead: Option<i64>,
        /// When it arrived.
        pub received_at: Timestamp,
        /// When its code was on the screen.
        pub shown_at: Option<Timestamp>,
        /// Whether the device saw two codes, one after the other.
        pub two_codes: bool,
        /// `accepted`, `already`, `refused`, or `kept` for the node whose code it is.
        pub result: String,
        /// Why it was refused.
        pub reason: Option<String>,
        /// What about it deserves a look, separated by blanks.
        pub flags: String,
        /// What the device is called.
        pub device: String,
        /// Since when its key is known.
        pub registered_at: Timestamp,
        /// Its number among those of the key.
        pub sequence: i64,
    }
}

impl ReceiptRow {
    fn columns(&self) -> [Value<'_>; 16] {
        [
            self.id.to_value(),
            self.key.to_value(),
            self.person.to_value(),
            self.session.to_value(),
            self.sequence.to_value(),
            self.scanned_at.to_value(),
            self.ahead.to_value(),
            self.received_at.to_value(),
            self.step.to_value(),
            self.shown_at.to_value(),
            self.two_codes.to_value(),
            self.result.to_value(),
            self.reason.to_value(),
            self.flags.to_value(),
            self.address.to_value(),
            self.bytes.to_value(),
        ]
    }
}

macro_rules! device_keys {
    ($which:literal) => {
        concat!(
            "select id, person, public_key, name, device, registered_at, heard_at, heard_before,
            sequence, head, version, withdrawn_at, withdrawn_by
        from device_keys ",
            $which
        )
    };
}

statements! {
    KEYS = {
        sqlite: (device_keys!("where id = ?1")),
        postgres: (device_keys!("where id = any(?1::uuid[])")),
    };
    LOCK_KEYS = {
        sqlite: (device_keys!("where id = ?1")),
        // SQLite has one writer; here two uploads of a device wait for each other.
        postgres: (device_keys!("where id = any(?1::uuid[]) order by id for update")),
    };
    BY_PUBLIC_KEY = (device_keys!("where public_key = ?1"));
    KEYS_OF_PERSON = (device_keys!("where person = ?1 order by registered_at, id"));
    COUNT_OF_PERSON = "select count(*) from device_keys
        where person = ?1 and withdrawn_at is null";
    WITHDRAW_KEY = "update device_keys set withdrawn_at = ?2, withdrawn_by = ?3, version = ?4
        where id = ?1 and withdrawn_at is null";
    PUT_KEY = "insert into device_keys (id, person, public_key, name, device, registered_at,
            heard_at, heard_before, sequence, head, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
        on conflict do nothing";
    HEARD = "update device_keys set heard_at = ?2, heard_before = ?3, sequence = ?4, head = ?5
        where id = ?1";
    BY_IDS = {
        sqlite: "select id, key, person, session, sequence, scanned_at, ahead, received_at, step,
            shown_at, two_codes, result, reason, flags, address, bytes
        from offline_receipts where id = ?1",
        postgres: "select id, key, person, session, sequence, scanned_at, ahead, received_at, step,
            shown_at, two_codes, result, reason, flags, address, bytes
        from offline_receipts where id = any(?1::uuid[])",
    };
    PUT = "insert into offline_receipts (id, key, person, session, sequence, scanned_at, ahead,
            received_at, step, shown_at, two_codes, result, reason, flags, address, bytes)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
        on conflict do nothing";
    SETTLE = "update offline_receipts set session = ?2, step = ?3, shown_at = ?4, result = ?5,
            reason = ?6, flags = ?7
        where id = ?1";
    OF_SESSION = "select r.person, r.scanned_at, r.ahead, r.received_at, r.shown_at, r.two_codes,
            r.result, r.reason, r.flags, k.name, k.registered_at, r.sequence
        from offline_receipts r join device_keys k on k.id = r.key
        where r.session = ?1 order by r.received_at, r.person, r.sequence";
}

/// The keys of those ids.
pub fn keys(tx: &mut ReadTx<'_>, ids: &[DeviceKeyId]) -> Result<Vec<DeviceKeyRow>> {
    tx.all_many(&KEYS, ids.iter().map(|id| row![*id]))
}

/// The same, which nobody else changes until this transaction ends.
pub fn lock_keys(tx: &mut WriteTx<'_>, ids: &[DeviceKeyId]) -> Result<Vec<DeviceKeyRow>> {
    tx.all_many(&LOCK_KEYS, ids.iter().map(|id| row![*id]))
}

/// The key with that public half.
pub fn by_public_key(tx: &mut ReadTx<'_>, public_key: &[u8]) -> Result<Option<DeviceKeyRow>> {
    tx.opt(&BY_PUBLIC_KEY, args![public_key])
}

/// A person's keys, those that were withdrawn too, the earliest first.
pub fn keys_of(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<DeviceKeyRow>> {
    tx.all(&KEYS_OF_PERSON, args![person])
}

/// Withdraws a key; false if it was withdrawn before.
pub fn withdraw_key(
    tx: &mut WriteTx<'_>,
    id: DeviceKeyId,
    (at, by): (Timestamp, PersonId),
    version: i64,
) -> Result<bool> {
    Ok(tx.execute(&WITHDRAW_KEY, args![id, at, by, version])? == 1)
}

/// How many keys a person has that were not withdrawn.
pub fn count_of(tx: &mut ReadTx<'_>, person: PersonId) -> Result<i64> {
    tx.number(&COUNT_OF_PERSON, args![person])
}

/// Adds a key. If it has become known meanwhile, the closure runs again.
pub fn insert_key(tx: &mut WriteTx<'_>, key: &DeviceKeyRow) -> Result<()> {
    let DeviceKeyRow { id, person, public_key, name, device, .. } = key;
    let DeviceKeyRow { registered_at, heard_at, heard_before, sequence, head, version, .. } = key;
    let args = args![
        *id,
        *person,
        public_key,
        name,
        *device,
        *registered_at,
        *heard_at,
        *heard_before,
        *sequence,
        head,
        *version
    ];
    tx.insert_or_retry(&PUT_KEY, args)
}

/// Notes when a device was heard of, and how far its receipts are known.
pub fn heard(tx: &mut WriteTx<'_>, key: &DeviceKeyRow) -> Result<()> {
    let DeviceKeyRow { id, heard_at, heard_before, sequence, head, .. } = key;
    tx.execute(&HEARD, args![*id, *heard_at, *heard_before, *sequence, head])?;
    Ok(())
}

/// The receipts of those ids.
pub fn by_ids(tx: &mut ReadTx<'_>, ids: &[ReceiptId]) -> Result<Vec<ReceiptRow>> {
    tx.all_many(&BY_IDS, ids.iter().map(|id| row![*id]))
}

/// Adds a receipt. If it has arrived on another way meanwhile, the closure runs again.
pub fn insert(tx: &mut WriteTx<'_>, receipt: &ReceiptRow) -> Result<()> {
    tx.insert_or_retry(&PUT, &receipt.columns())
}

/// Keeps what became of a receipt that had waited for this node.
pub fn settle(tx: &mut WriteTx<'_>, receipt: &ReceiptRow) -> Result<()> {
    let ReceiptRow { id, session, step, shown_at, result, reason, flags, .. } = receipt;
    tx.execute(&SETTLE, args![*id, *session, *step, *shown_at, result, *reason, flags])?;
    Ok(())
}

/// What was sent for a session, in the order of its arrival.
pub fn of_session(tx: &mut ReadTx<'_>, session: SessionId) -> Result<Vec<EvidenceRow>> {
    tx.all(&OF_SESSION, args![session])
}
