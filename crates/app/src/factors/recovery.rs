//! Ten codes on paper for whoever lost everything else. They are shown once, kept as digests, and
//! each counts once.

use super::{own_staff, tell};
use crate::sign_in::{digest, one_time_code};
use crate::{Ctx, Error, Result};
use muster_domain::ids::PersonId;
use muster_journal::Change;
use muster_storage::{WriteTx, factors};

/// How many codes a person gets.
pub const COUNT: usize = 10;

/// Gives the person new codes, for whom the present password was just checked; those before stop
/// working.
pub fn renew(tx: &mut WriteTx<'_>, ctx: &Ctx) -> Result<Vec<String>> {
    let person = own_staff(tx, ctx)?;
    if !super::load(tx, person)?.any() {
        return Err(Error::field("present", "Set up a second factor first."));
    }
    let codes = replace(tx, ctx, person)?;
    tx.journal(Change::new("recovery_code.renew", "person", person))?;
    let body = "The ones before work no more.";
    tell(tx, ctx, person, "You have new recovery codes", body)?;
    Ok(codes)
}

/// Gives a person new codes in the place of all before.
pub(super) fn replace(tx: &mut WriteTx<'_>, ctx: &Ctx, person: PersonId) -> Result<Vec<String>> {
    let codes: Vec<String> = (0..COUNT).map(|_| one_time_code(ctx.random())).collect();
    let digests: Vec<[u8; 32]> = codes.iter().map(|code| stored(person, code)).collect();
    factors::replace_recovery(tx, person, &digests, ctx.now())?;
    Ok(codes)
}

/// Whether that is a code of the person's, which is used thereby.
pub(super) fn accept(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    person: PersonId,
    typed: &str,
) -> Result<bool> {
    if !factors::use_recovery(tx, person, &stored(person, typed), ctx.now())? {
        return Ok(false);
    }
    tx.journal_as(person, Change::new("recovery_code.use", "person", person))?;
    let left = factors::recovery_left(tx, person)?;
    let body = format!("{left} of them are left.");
    tell(tx, ctx, person, "You signed in with a recovery code", &body)?;
    Ok(true)
}

/// What is stored of a code, however it was typed.
fn stored(person: PersonId, code: &str) -> [u8; 32] {
    let letters = code.chars().filter(char::is_ascii_alphanumeric);
    let plain: String = letters
        .map(|letter| match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            letter => letter,
        })
        .collect();
    digest(&format!("recovery:{person}:{plain}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_code_is_the_same_however_it_is_typed() {
        let person = PersonId(Uuid::from_u128(1));
        let code = stored(person, "0A1B2-C3D4E-FGHJK-MNPQR");
        assert_eq!(stored(person, " oalb2 c3d4e fghjkmnpqr"), code);
        assert_ne!(stored(person, "0A1B2-C3D4E-FGHJK-MNPQS"), code);
        assert_ne!(stored(PersonId(Uuid::from_u128(2)), "0A1B2-C3D4E-FGHJK-MNPQR"), code);
    }
}
