//! By what people prove themselves, for another node on which they sign in: read and stored as a
//! whole. It stands in no entry.

use crate::{ReadTx, Result, WriteTx, args, record, row, statements};
use muster_domain::ids::{EntryId, PersonId};
use muster_domain::time::Timestamp;
use std::collections::BTreeMap;

record! {
    /// What is stored of a person's sign-in.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SecretsRow {
        /// Whose.
        pub person: PersonId,
        /// Argon2id of the password, as a PHC string.
        pub password: Option<String>,
        /// When it was set.
        pub password_at: Option<Timestamp>,
        /// Whether it must be changed at the next sign-in.
        pub must_change: Option<bool>,
        /// The sealed seed of an authenticator app that is in use.
        pub seed: Option<Vec<u8>>,
        /// Since when.
        pub confirmed_at: Option<Timestamp>,
        /// Argon2id of the PIN, as a PHC string.
        pub pin: Option<String>,
        /// When it was set.
        pub pin_at: Option<Timestamp>,
    }
}

record! {
    struct CodeRow {
        person: PersonId,
        digest: Vec<u8>,
    }
}

record! {
    /// A change to somebody's sign-in.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct ChangedRow {
        /// Logical clock.
        pub clock: i64,
        /// The entry.
        pub entry: EntryId,
        /// Whose.
        pub person: PersonId,
    }
}

record! {
    struct HolderRow {
        person: PersonId,
    }
}

statements! {
    SECRETS = {
        sqlite: "select p.id, w.hash, w.set_at, w.must_change, t.seed, t.confirmed_at, n.hash, n.set_at
        from people p left join passwords w on w.person = p.id
        left join totp t on t.person = p.id and t.confirmed_at is not null
        left join pins n on n.person = p.id where p.id = ?1",
        postgres: "select p.id, w.hash, w.set_at, w.must_change, t.seed, t.confirmed_at, n.hash,
            n.set_at
        from people p left join passwords w on w.person = p.id
        left join totp t on t.person = p.id and t.confirmed_at is not null
        left join pins n on n.person = p.id where p.id = any(?1::uuid[])",
    };
    CODES = {
        sqlite: "select person, code_digest from recovery_codes
        where person = ?1 and used_at is null order by code_digest",
        postgres: "select person, code_digest from recovery_codes
        where person = any(?1::uuid[]) and used_at is null order by code_digest",
    };
    // The index on the clock ends the search.
    CHANGED = "select clock, id, entity_id from journal
        where (clock, id) > (?1, ?2) and entity = 'person' and action in ('password.change',
            'password.reset', 'password.import', 'password.remove', 'totp.confirm', 'totp.remove',
            'second_factor.reset', 'recovery_code.renew', 'recovery_code.use', 'pin.set',
            'pin.remove')
        order by clock, id limit ?3";
    HOLDERS = "select person from passwords where person > ?1 order by person limit ?2";
    PUT_TOTP = "insert into totp (person, seed, created_at, confirmed_at) values (?1, ?2, ?3, ?3)
        on conflict (person) do update set seed = excluded.seed,
            confirmed_at = excluded.confirmed_at";
    DROP_PASSWORD = "delete from passwords where person = ?1";
}

/// What is stored of these people, with the digests of their recovery codes.
pub fn of_people(
    tx: &mut ReadTx<'_>,
    people: &[PersonId],
) -> Result<Vec<(SecretsRow, Vec<Vec<u8>>)>> {
    let rows: Vec<SecretsRow> = tx.all_many(&SECRETS, people.iter().map(|id| row![*id]))?;
    let found: Vec<CodeRow> = tx.all_many(&CODES, people.iter().map(|id| row![*id]))?;
    let mut codes: BTreeMap<PersonId, Vec<Vec<u8>>> = BTreeMap::new();
    for CodeRow { person, digest } in found {
        codes.entry(person).or_default().push(digest);
    }
    let with = |row: SecretsRow| {
        let digests = codes.remove(&row.person).unwrap_or_default();
        (row, digests)
    };
    Ok(rows.into_iter().map(with).collect())
}

/// Changes to sign-ins after a place in the order of all changes, some of them.
pub fn changed(
    tx: &mut ReadTx<'_>,
    (clock, entry): (i64, EntryId),
    limit: i64,
) -> Result<Vec<ChangedRow>> {
    tx.all(&CHANGED, args![clock, entry, limit])
}

/// People who have a password, some of them, by id: for a node that has none of them yet.
pub fn holders(tx: &mut ReadTx<'_>, after: PersonId, limit: i64) -> Result<Vec<PersonId>> {
    let rows: Vec<HolderRow> = tx.all(&HOLDERS, args![after, limit])?;
    Ok(rows.into_iter().map(|row| row.person).collect())
}

/// Puts an authenticator app in use that was confirmed on another node, by its seed as it is sealed
/// here.
pub fn put_totp(tx: &mut WriteTx<'_>, person: PersonId, seed: &[u8], at: Timestamp) -> Result<()> {
    tx.execute(&PUT_TOTP, args![person, seed, at])?;
    Ok(())
}

/// Takes a password away.
pub fn drop_password(tx: &mut WriteTx<'_>, person: PersonId) -> Result<()> {
    tx.execute(&DROP_PASSWORD, args![person])?;
    Ok(())
}
