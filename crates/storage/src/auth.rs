//! Passwords, logins, one-time codes and counted failures.

use crate::{ReadTx, Result, WriteTx, args, record, row, statements};
use muster_domain::auth::throttle::Failures;
use muster_domain::ids::{ClassId, LoginId, OneTimeCodeId, PersonId};
use muster_domain::time::Timestamp;
use std::collections::{HashMap, HashSet};

record! {
    /// A stored password.
    #[derive(Clone, PartialEq, Eq)]
    pub struct PasswordRow {
        /// PHC string.
        pub hash: String,
        /// Whether it must be changed at the next sign-in.
        pub must_change: bool,
    }
}

record! {
    /// A signed-in browser or API client.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct LoginRow {
        /// Id.
        pub id: LoginId,
        /// Whose.
        pub person: PersonId,
        /// `cookie` or `bearer`.
        pub kind: String,
        /// How it came about: `password`, `provider`, `pin` or `handover`.
        pub means: String,
        /// The one class to which it is limited, if any.
        pub class: Option<ClassId>,
        /// What the client called itself.
        pub client: String,
        /// From where it signed in.
        pub address: String,
        /// When it signed in.
        pub created_at: Timestamp,
        /// When it was last used, to a few minutes.
        pub last_seen_at: Timestamp,
        /// When it ends by itself.
        pub expires_at: Timestamp,
    }
}

record! {
    /// A login that a token opened, with what is asked of it in every request.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct OpenedRow {
        /// SHA-256 of the token.
        pub digest: Vec<u8>,
        /// The login.
        pub id: LoginId,
        /// Whose.
        pub person: PersonId,
        /// Their name.
        pub name: String,
        /// When it was last used, to a few minutes.
        pub last_seen_at: Timestamp,
        /// How many notices they have not read.
        pub unread: i64,
        /// The one class to which it is limited, if any.
        pub class: Option<ClassId>,
        /// How it came about.
        pub means: String,
    }
}

record! {
    /// A one-time code that was just used.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct OneTimeCodeRow {
        /// Id.
        pub id: OneTimeCodeId,
        /// Whose password it resets; none for the first set-up.
        pub person: Option<PersonId>,
    }
}

record! {
    struct FailuresRow {
        subject: String,
        count: i64,
        last_at: Timestamp,
    }
}

record! {
    struct HolderRow {
        person: PersonId,
    }
}

statements! {
    HOLDERS = {
        sqlite: "select person from passwords where person = ?1",
        postgres: "select person from passwords where person = any(?1::uuid[])",
    };
    PASSWORD = "select hash, must_change from passwords where person = ?1";
    PUT_PASSWORD = "insert into passwords (person, hash, set_at, must_change) values (?1, ?2, ?3, ?4)
        on conflict (person) do update set hash = excluded.hash, set_at = excluded.set_at,
            must_change = excluded.must_change";
    REHASH = "update passwords set hash = ?3 where person = ?1 and hash = ?2";
    REMOVE_PASSWORD = "delete from passwords where person = ?1 and set_at = ?2";
    OPENED = {
        sqlite: "select l.token_digest, l.id, l.person, p.name, l.last_seen_at,
            (select count(*) from notices n where n.person = l.person and n.read_at is null),
            l.class, l.means
        from logins l join people p on p.id = l.person
        where l.token_digest = ?1 and l.ended_at is null and l.expires_at > ?2 and p.active = 1",
        postgres: "select l.token_digest, l.id, l.person, p.name, l.last_seen_at,
            (select count(*) from notices n where n.person = l.person and n.read_at is null),
            l.class, l.means
        from unnest(?1::bytea[], ?2::bigint[]) as asked (digest, now)
        join logins l on l.token_digest = asked.digest
        join people p on p.id = l.person
        where l.ended_at is null and l.expires_at > asked.now and p.active = 1",
    };
    LOGINS = "select id, person, kind, means, class, client, address, created_at, last_seen_at, expires_at
        from logins where person = ?1 and ended_at is null and expires_at > ?2
        order by last_seen_at desc, id";
    PUT_LOGIN = "insert into logins (id, person, token_digest, kind, means, class, client, address,
            created_at, last_seen_at, expires_at)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10)";
    SEEN = "update logins set last_seen_at = ?2 where id = ?1";
    END_LOGIN = "update logins set ended_at = ?3
        where id = ?1 and person = ?2 and ended_at is null";
    END_OTHERS = "update logins set ended_at = ?3
        where person = ?1 and id <> ?2 and ended_at is null";
    PUT_CODE = "insert into one_time_codes (id, purpose, person, code_digest, created_by, created_at,
            expires_at)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    CODE = "select id, person from one_time_codes
        where purpose = ?1 and code_digest = ?2 and used_at is null and expires_at > ?3";
    USE_CODE = "update one_time_codes set used_at = ?2 where id = ?1 and used_at is null";
    DROP_CODES = "update one_time_codes set used_at = ?2
        where person = ?1 and used_at is null";
    FAILURES = {
        sqlite: "select subject, count, last_at from failures where subject = ?1",
        postgres: "select subject, count, last_at from failures where subject = any(?1::text[])",
    };
    PUT_FAILURES = "insert into failures (subject, count, last_at) values (?1, ?2, ?3)
        on conflict (subject) do update set count = excluded.count, last_at = excluded.last_at";
    LOCK_FAILURES = "insert into failures (subject, count, last_at) values (?1, 0, 0)
        on conflict (subject) do update set count = failures.count";
    CLEAR_FAILURES = "delete from failures where subject = ?1";
}

/// A person's password.
pub fn password(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Option<PasswordRow>> {
    tx.opt(&PASSWORD, args![person])
}

/// Which of some people have a password.
pub fn with_password(tx: &mut ReadTx<'_>, people: &[PersonId]) -> Result<HashSet<PersonId>> {
    let rows: Vec<HolderRow> = tx.all_many(&HOLDERS, people.iter().map(|person| row![*person]))?;
    Ok(rows.into_iter().map(|row| row.person).collect())
}

/// Sets a person's password.
pub fn put_password(
    tx: &mut WriteTx<'_>,
    person: PersonId,
    password: &PasswordRow,
    at: Timestamp,
) -> Result<()> {
    tx.execute(&PUT_PASSWORD, args![person, password.hash, at, password.must_change])?;
    Ok(())
}

/// Keeps the same password under another hash, if it is still stored under `old`.
pub fn rehash(tx: &mut WriteTx<'_>, person: PersonId, old: &str, new: &str) -> Result<()> {
    tx.execute(&REHASH, args![person, old, new])?;
    Ok(())
}

/// Removes a password that was set at that time; false if another has been set since.
pub fn remove_password(tx: &mut WriteTx<'_>, person: PersonId, set_at: Timestamp) -> Result<bool> {
    Ok(tx.execute(&REMOVE_PASSWORD, args![person, set_at])? == 1)
}

/// The logins of active people whose tokens have those digests, but none that has ended.
pub fn opened(tx: &mut ReadTx<'_>, digests: &[[u8; 32]], now: Timestamp) -> Result<Vec<OpenedRow>> {
    tx.all_many(&OPENED, digests.iter().map(|digest| row![digest.as_slice(), now]))
}

/// A person's logins, the latest used first.
pub fn logins(tx: &mut ReadTx<'_>, person: PersonId, now: Timestamp) -> Result<Vec<LoginRow>> {
    tx.all(&LOGINS, args![person, now])
}

/// Stores a login under the digest of its token.
pub fn insert_login(tx: &mut WriteTx<'_>, login: &LoginRow, token_digest: &[u8]) -> Result<()> {
    let LoginRow { id, person, kind, means, class, client, address, .. } = login;
    tx.execute(
        &PUT_LOGIN,
        args![
            *id,
            *person,
            token_digest,
            kind,
            means,
            *class,
            client,
            address,
            login.created_at,
            login.expires_at
        ],
    )?;
    Ok(())
}

/// Notes that a login was used.
pub fn seen(tx: &mut WriteTx<'_>, login: LoginId, at: Timestamp) -> Result<()> {
    tx.execute(&SEEN, args![login, at])?;
    Ok(())
}

/// Ends one of a person's logins; false if there is none to end.
pub fn end_login(
    tx: &mut WriteTx<'_>,
    login: LoginId,
    person: PersonId,
    at: Timestamp,
) -> Result<bool> {
    Ok(tx.execute(&END_LOGIN, args![login, person, at])? == 1)
}

/// Ends a person's logins but `keep`; returns how many.
pub fn end_other_logins(
    tx: &mut WriteTx<'_>,
    person: PersonId,
    keep: LoginId,
    at: Timestamp,
) -> Result<u64> {
    tx.execute(&END_OTHERS, args![person, keep, at])
}

/// A one-time code to store.
#[derive(Clone, Debug)]
pub struct NewCode<'a> {
    /// Id.
    pub id: OneTimeCodeId,
    /// `setup`, `reset`, or `handover:` with a class.
    pub purpose: &'a str,
    /// Whose password it resets.
    pub person: Option<PersonId>,
    /// SHA-256 of the code.
    pub digest: &'a [u8],
    /// Who made it.
    pub created_by: Option<PersonId>,
    /// When.
    pub created_at: Timestamp,
    /// Until when it can be used.
    pub expires_at: Timestamp,
}

/// Stores a one-time code.
pub fn insert_code(tx: &mut WriteTx<'_>, code: &NewCode<'_>) -> Result<()> {
    tx.execute(
        &PUT_CODE,
        args![
            code.id,
            code.purpose,
            code.person,
            code.digest,
            code.created_by,
            code.created_at,
            code.expires_at
        ],
    )?;
    Ok(())
}

/// A code that could be used now.
pub fn code(
    tx: &mut ReadTx<'_>,
    purpose: &str,
    digest: &[u8],
    now: Timestamp,
) -> Result<Option<OneTimeCodeRow>> {
    tx.opt(&CODE, args![purpose, digest, now])
}

/// Uses a code; false if somebody was faster.
pub fn use_code(tx: &mut WriteTx<'_>, id: OneTimeCodeId, at: Timestamp) -> Result<bool> {
    Ok(tx.execute(&USE_CODE, args![id, at])? == 1)
}

/// Makes a person's unused codes useless.
pub fn drop_codes(tx: &mut WriteTx<'_>, person: PersonId, at: Timestamp) -> Result<()> {
    tx.execute(&DROP_CODES, args![person, at])?;
    Ok(())
}

/// The failures counted for a subject.
pub fn failures(tx: &mut ReadTx<'_>, subject: &str) -> Result<Failures> {
    Ok(failures_many(tx, &[subject])?.into_values().next().unwrap_or_default())
}

/// The failures counted for subjects, by subject; those without any are not named.
pub fn failures_many(
    tx: &mut ReadTx<'_>,
    subjects: &[impl AsRef<str>],
) -> Result<HashMap<String, Failures>> {
    let subjects = subjects.iter().map(|subject| row![subject.as_ref()]);
    let rows: Vec<FailuresRow> = tx.all_many(&FAILURES, subjects)?;
    let counted = rows.into_iter().map(|row| {
        let FailuresRow { subject, count, last_at } = row;
        (subject, Failures { count, last_at })
    });
    Ok(counted.collect())
}

/// The failures counted for a subject, which nobody else reads or counts until this act is over.
pub fn lock_failures(tx: &mut WriteTx<'_>, subject: &str) -> Result<Failures> {
    tx.execute(&LOCK_FAILURES, args![subject])?;
    failures(tx, subject)
}

/// Stores the failures counted for a subject.
pub fn put_failures(tx: &mut WriteTx<'_>, subject: &str, failures: Failures) -> Result<()> {
    tx.execute(&PUT_FAILURES, args![subject, failures.count, failures.last_at])?;
    Ok(())
}

/// Forgets the failures of a subject.
pub fn clear_failures(tx: &mut WriteTx<'_>, subject: &str) -> Result<()> {
    tx.execute(&CLEAR_FAILURES, args![subject])?;
    Ok(())
}
