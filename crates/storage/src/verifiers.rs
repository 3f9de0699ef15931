//! Verifiers' phones, and the one-time codes by which they are enrolled.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::ids::{PersonId, PointId, VerifierDeviceId};
use muster_domain::time::Timestamp;

record! {
    /// A verifier's phone with the names around it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct DeviceRow {
        /// Id.
        pub id: VerifierDeviceId,
        /// What it is called.
        pub name: String,
        /// For whom it acts.
        pub person: PersonId,
        /// Their name.
        pub person_name: String,
        /// Its public key.
        pub public_key: Vec<u8>,
        /// When it was enrolled.
        pub enrolled_at: Timestamp,
        /// Who made its code.
        pub enrolled_by: PersonId,
        /// When it was last heard of.
        pub seen_at: Timestamp,
        /// The point of its last pack.
        pub pack_point: Option<PointId>,
        /// Its name.
        pub pack_name: Option<String>,
        /// When that pack was fetched.
        pub pack_at: Option<Timestamp>,
        /// How many scans waited on it when it was last heard of.
        pub queued: i64,
        /// When it was withdrawn.
        pub revoked_at: Option<Timestamp>,
        /// By whom.
        pub revoked_by: Option<PersonId>,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

record! {
    /// A code for enrolling a phone.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CodeRow {
        /// Its digest.
        pub digest: Vec<u8>,
        /// What the phone will be called.
        pub name: String,
        /// For whom it will act.
        pub person: PersonId,
        /// Who made the code.
        pub made_by: PersonId,
        /// Until when it is taken.
        pub expires_at: Timestamp,
    }
}

statements! {
    GET = "select d.id, d.name, d.person, p.name, d.public_key, d.enrolled_at, d.enrolled_by,
            d.seen_at, d.pack_point, o.name, d.pack_at, d.queued, d.revoked_at, d.revoked_by,
            d.version
        from verifier_devices d join people p on p.id = d.person
        left join points o on o.id = d.pack_point
        where d.id = ?1";
    LIST = "select d.id, d.name, d.person, p.name, d.public_key, d.enrolled_at, d.enrolled_by,
            d.seen_at, d.pack_point, o.name, d.pack_at, d.queued, d.revoked_at, d.revoked_by,
            d.version
        from verifier_devices d join people p on p.id = d.person
        left join points o on o.id = d.pack_point
        where (d.enrolled_at, d.id) < (?1, ?2) order by d.enrolled_at desc, d.id desc limit ?3";
    OF_PERSON = "select d.id, d.name, d.person, p.name, d.public_key, d.enrolled_at, d.enrolled_by,
            d.seen_at, d.pack_point, o.name, d.pack_at, d.queued, d.revoked_at, d.revoked_by,
            d.version
        from verifier_devices d join people p on p.id = d.person
        left join points o on o.id = d.pack_point
        where d.person = ?1";
    PUT = "insert into verifier_devices (id, name, person, public_key, enrolled_at, enrolled_by,
            seen_at, queued, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?5, 0, ?7)";
    SEEN = "update verifier_devices set seen_at = ?2, queued = coalesce(?3, queued) where id = ?1";
    FETCHED = "update verifier_devices set seen_at = ?2, pack_at = ?2, pack_point = ?3 where id = ?1";
    REVOKE = "update verifier_devices set revoked_at = ?2, revoked_by = ?3, version = ?4
        where id = ?1 and revoked_at is null";
    PUT_CODE = "insert into verifier_codes (digest, name, person, made_by, expires_at)
        values (?1, ?2, ?3, ?4, ?5)";
    CODE = "select digest, name, person, made_by, expires_at from verifier_codes
        where digest = ?1 and expires_at > ?2";
    USE_CODE = "delete from verifier_codes where digest = ?1";
    DROP_CODES = "delete from verifier_codes where expires_at <= ?1";
}

/// The phone of that id.
pub fn get(tx: &mut ReadTx<'_>, id: VerifierDeviceId) -> Result<Option<DeviceRow>> {
    tx.opt(&GET, args![id])
}

/// Phones that were enrolled before that one, the latest first.
pub fn list(
    tx: &mut ReadTx<'_>,
    (before, id): (Timestamp, VerifierDeviceId),
    limit: i64,
) -> Result<Vec<DeviceRow>> {
    tx.all(&LIST, args![before, id, limit])
}

/// The phones that act for a person.
pub fn of_person(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<DeviceRow>> {
    tx.all(&OF_PERSON, args![person])
}

/// Adds a phone.
pub fn insert(tx: &mut WriteTx<'_>, row: &DeviceRow) -> Result<()> {
    let DeviceRow { id, name, person, public_key, enrolled_at, enrolled_by, version, .. } = row;
    let args = args![*id, name, *person, public_key, *enrolled_at, *enrolled_by, *version];
    tx.execute(&PUT, args)?;
    Ok(())
}

/// Notes that a phone was heard of, and how many scans wait on it where it says so.
pub fn seen(
    tx: &mut WriteTx<'_>,
    id: VerifierDeviceId,
    at: Timestamp,
    queued: Option<i64>,
) -> Result<()> {
    tx.execute(&SEEN, args![id, at, queued])?;
    Ok(())
}

/// Notes that a phone fetched the pack of a point.
pub fn fetched(
    tx: &mut WriteTx<'_>,
    id: VerifierDeviceId,
    at: Timestamp,
    point: PointId,
) -> Result<()> {
    tx.execute(&FETCHED, args![id, at, point])?;
    Ok(())
}

/// Withdraws a phone; false if it was before.
pub fn revoke(
    tx: &mut WriteTx<'_>,
    id: VerifierDeviceId,
    (at, by, version): (Timestamp, PersonId, i64),
) -> Result<bool> {
    Ok(tx.execute(&REVOKE, args![id, at, by, version])? == 1)
}

/// Adds a code, and forgets those that are over.
pub fn insert_code(tx: &mut WriteTx<'_>, row: &CodeRow, now: Timestamp) -> Result<()> {
    tx.execute(&DROP_CODES, args![now])?;
    let CodeRow { digest, name, person, made_by, expires_at } = row;
    tx.execute(&PUT_CODE, args![digest, name, *person, *made_by, *expires_at])?;
    Ok(())
}

/// The code with that digest, if it can be used now.
pub fn code(tx: &mut ReadTx<'_>, digest: &[u8], now: Timestamp) -> Result<Option<CodeRow>> {
    tx.opt(&CODE, args![digest, now])
}

/// Uses a code up; false if somebody else just did.
pub fn use_code(tx: &mut WriteTx<'_>, digest: &[u8]) -> Result<bool> {
    Ok(tx.execute(&USE_CODE, args![digest])? == 1)
}
