//! Whose phone a phone is: a device belongs to the student who marked with it first.

use crate::{ReadTx, Result, WriteTx, args, record, row, statements};
use muster_domain::ids::{DeviceId, PersonId, SessionId};
use muster_domain::time::Timestamp;

record! {
    /// A device with the student whose it is.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct BindingRow {
        /// Device.
        pub device: DeviceId,
        /// Student.
        pub person: PersonId,
        /// Since when.
        pub bound_at: Timestamp,
    }
}

statements! {
    BINDINGS = {
        sqlite: "select device, person, bound_at from device_bindings where device = ?1",
        postgres: "select device, person, bound_at from device_bindings
        where device = any(?1::uuid[])",
    };
    OF_SESSION = "select b.device, b.person, b.bound_at
        from marks m join device_bindings b on b.device = m.device where m.session = ?1
        union
        select b.device, b.person, b.bound_at
        from marks m join device_bindings b on b.person = m.person where m.session = ?1";
    PUT = {
        sqlite: "insert into device_bindings (device, person, bound_at) values (?1, ?2, ?3)
        on conflict do nothing",
        postgres: "insert into device_bindings (device, person, bound_at)
        select * from unnest(?1::uuid[], ?2::uuid[], ?3::bigint[])
        on conflict do nothing",
    };
    OF_PERSON = "select device, person, bound_at from device_bindings
        where person = ?1 order by bound_at, device";
    DELETE = "delete from device_bindings where device = ?1 and person = ?2";
}

/// Whose these devices are; those that are nobody's yet are left out.
pub fn bindings(tx: &mut ReadTx<'_>, devices: &[DeviceId]) -> Result<Vec<BindingRow>> {
    tx.all_many(&BINDINGS, devices.iter().map(|device| row![*device]))
}

/// The devices that marked in a session, and all those of the students who are marked there.
pub fn of_session(tx: &mut ReadTx<'_>, session: SessionId) -> Result<Vec<BindingRow>> {
    tx.all(&OF_SESSION, args![session])
}

/// A student's devices, the earliest first.
pub fn of_person(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<BindingRow>> {
    tx.all(&OF_PERSON, args![person])
}

/// Binds devices. If one has become somebody's meanwhile, the closure runs again.
pub fn insert(tx: &mut WriteTx<'_>, bindings: &[BindingRow]) -> Result<()> {
    let rows = bindings.iter().map(|row| row![row.device, row.person, row.bound_at]);
    tx.insert_many_or_retry(&PUT, rows)
}

/// Frees a device of a student's; whether it was theirs.
pub fn delete(tx: &mut WriteTx<'_>, device: DeviceId, person: PersonId) -> Result<bool> {
    Ok(tx.execute(&DELETE, args![device, person])? == 1)
}
