//! Passkeys: the public keys with which people prove themselves.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::ids::{PasskeyId, PersonId};
use muster_domain::time::Timestamp;

record! {
    /// A passkey.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PasskeyRow {
        /// Id.
        pub id: PasskeyId,
        /// Whose.
        pub person: PersonId,
        /// The authenticator's id of it.
        pub credential: Vec<u8>,
        /// The key, as `SubjectPublicKeyInfo`.
        pub public_key: Vec<u8>,
        /// How often it was used, as the authenticator counts.
        pub counter: i64,
        /// What its owner calls it.
        pub name: String,
        /// When it was added.
        pub created_at: Timestamp,
        /// When it was last used.
        pub last_used_at: Option<Timestamp>,
    }
}

statements! {
    OF_PERSON = "select id, person, credential, public_key, counter, name, created_at, last_used_at
        from passkeys where person = ?1 order by created_at, id";
    BY_CREDENTIAL = "select id, person, credential, public_key, counter, name, created_at,
            last_used_at
        from passkeys where credential = ?1";
    PUT_PASSKEY = "insert into passkeys (id, person, credential, public_key, counter, name,
            created_at)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    RENAME_PASSKEY = "update passkeys set name = ?3 where id = ?1 and person = ?2";
    USED_PASSKEY = "update passkeys set counter = ?2, last_used_at = ?3
        where id = ?1 and (counter < ?2 or (counter = 0 and ?2 = 0))";
    DROP_PASSKEY = "delete from passkeys where id = ?1 and person = ?2";
    DROP_PASSKEYS = "delete from passkeys where person = ?1";
}

/// A person's passkeys, the first added first.
pub fn of_person(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<PasskeyRow>> {
    tx.all(&OF_PERSON, args![person])
}

/// The passkey that an authenticator calls so.
pub fn by_credential(tx: &mut ReadTx<'_>, credential: &[u8]) -> Result<Option<PasskeyRow>> {
    tx.opt(&BY_CREDENTIAL, args![credential])
}

/// Adds a passkey; a conflict if the authenticator's id of it is known.
pub fn insert(tx: &mut WriteTx<'_>, row: &PasskeyRow) -> Result<()> {
    let PasskeyRow { id, person, credential, public_key, counter, name, created_at, .. } = row;
    let (credential, public_key) = (credential.as_slice(), public_key.as_slice());
    tx.execute(
        &PUT_PASSKEY,
        args![*id, *person, credential, public_key, *counter, name, *created_at],
    )?;
    Ok(())
}

/// Gives one of a person's passkeys another name; whether there is one.
pub fn rename(tx: &mut WriteTx<'_>, id: PasskeyId, person: PersonId, name: &str) -> Result<bool> {
    Ok(tx.execute(&RENAME_PASSKEY, args![id, person, name])? == 1)
}

/// Notes that a passkey was used; false if its counter did not grow, though it counts.
pub fn used(tx: &mut WriteTx<'_>, id: PasskeyId, counter: i64, at: Timestamp) -> Result<bool> {
    Ok(tx.execute(&USED_PASSKEY, args![id, counter, at])? == 1)
}

/// Removes one of a person's passkeys; whether there was one.
pub fn delete(tx: &mut WriteTx<'_>, id: PasskeyId, person: PersonId) -> Result<bool> {
    Ok(tx.execute(&DROP_PASSKEY, args![id, person])? == 1)
}

/// Removes all of a person's passkeys.
pub fn delete_all(tx: &mut WriteTx<'_>, person: PersonId) -> Result<()> {
    tx.execute(&DROP_PASSKEYS, args![person])?;
    Ok(())
}
