//! What people prove themselves with besides a password: authenticator apps and recovery codes.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::ids::PersonId;
use muster_domain::time::Timestamp;

record! {
    /// An authenticator app.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct TotpRow {
        /// Whose.
        pub person: PersonId,
        /// The sealed seed.
        pub seed: Vec<u8>,
        /// When setting it up began.
        pub created_at: Timestamp,
        /// When its first code was right; none while it is being set up.
        pub confirmed_at: Option<Timestamp>,
        /// The last step whose code was taken.
        pub last_step: i64,
    }
}

statements! {
    TOTP = "select person, seed, created_at, confirmed_at, last_step from totp where person = ?1";
    PUT_TOTP = "insert into totp (person, seed, created_at) values (?1, ?2, ?3)
        on conflict (person) do update set seed = excluded.seed, created_at = excluded.created_at
            where totp.confirmed_at is null";
    CONFIRM_TOTP = "update totp set confirmed_at = ?2, last_step = ?3
        where person = ?1 and confirmed_at is null";
    TAKE_STEP = "update totp set last_step = ?2
        where person = ?1 and confirmed_at is not null and last_step < ?2";
    DROP_TOTP = "delete from totp where person = ?1";
    PUT_RECOVERY = "insert into recovery_codes (person, code_digest, created_at)
        values (?1, ?2, ?3)";
    USE_RECOVERY = "update recovery_codes set used_at = ?3
        where person = ?1 and code_digest = ?2 and used_at is null";
    RECOVERY_LEFT = "select count(*) from recovery_codes where person = ?1 and used_at is null";
    DROP_RECOVERY = "delete from recovery_codes where person = ?1";
}

/// A person's authenticator app, set up or being set up.
pub fn totp(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Option<TotpRow>> {
    tx.opt(&TOTP, args![person])
}

/// Begins to set up an app, in the place of one not confirmed yet; false if one is in use.
pub fn begin_totp(
    tx: &mut WriteTx<'_>,
    person: PersonId,
    seed: &[u8],
    at: Timestamp,
) -> Result<bool> {
    Ok(tx.execute(&PUT_TOTP, args![person, seed, at])? == 1)
}

/// Puts an app in use by the step of its first code; false if there is none being set up.
pub fn confirm_totp(
    tx: &mut WriteTx<'_>,
    person: PersonId,
    at: Timestamp,
    step: i64,
) -> Result<bool> {
    Ok(tx.execute(&CONFIRM_TOTP, args![person, at, step])? == 1)
}

/// Takes the code of a step; false if that or a later one was taken before.
pub fn take_step(tx: &mut WriteTx<'_>, person: PersonId, step: i64) -> Result<bool> {
    Ok(tx.execute(&TAKE_STEP, args![person, step])? == 1)
}

/// Removes a person's app; whether there was one.
pub fn drop_totp(tx: &mut WriteTx<'_>, person: PersonId) -> Result<bool> {
    Ok(tx.execute(&DROP_TOTP, args![person])? == 1)
}

/// Gives a person recovery codes, in the place of all before.
pub fn replace_recovery(
    tx: &mut WriteTx<'_>,
    person: PersonId,
    digests: &[[u8; 32]],
    at: Timestamp,
) -> Result<()> {
    drop_recovery(tx, person)?;
    for digest in digests {
        tx.execute(&PUT_RECOVERY, args![person, digest.as_slice(), at])?;
    }
    Ok(())
}

/// Uses a recovery code; false if the person has no such code, or it was used before.
pub fn use_recovery(
    tx: &mut WriteTx<'_>,
    person: PersonId,
    digest: &[u8],
    at: Timestamp,
) -> Result<bool> {
    Ok(tx.execute(&USE_RECOVERY, args![person, digest, at])? == 1)
}

/// How many recovery codes a person has not used.
pub fn recovery_left(tx: &mut ReadTx<'_>, person: PersonId) -> Result<i64> {
    tx.number(&RECOVERY_LEFT, args![person])
}

/// Removes a person's recovery codes.
pub fn drop_recovery(tx: &mut WriteTx<'_>, person: PersonId) -> Result<()> {
    tx.execute(&DROP_RECOVERY, args![person])?;
    Ok(())
}
