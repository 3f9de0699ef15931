//! Ten codes on paper for whoever lost everything else. They are shown once, kept as digests, and
//! each counts once.

use super::{own_staff, tell};
use crate::sign_in::{digest, one_time_code};
use crate::{Ctx, Error, Result};
use muster_domain::ids::PersonId;
use muster_journal::Change;
use muster_storage::{WriteTx, factors, peers};

/// How many codes a person gets.
pub const COUNT: usize = 10;

/// Letters and digits of a code.
const LENGTH: usize = 20;

const AT_HUB: &str = "Recovery codes are taken on the hub alone, not on this node. Type a code of your \
    authenticator app, or sign in on the hub.";

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

/// The first codes of somebody who has none yet; none on an edge, where none is taken.
pub(super) fn first(tx: &mut WriteTx<'_>, ctx: &Ctx, person: PersonId) -> Result<Vec<String>> {
    if factors::recovery_left(tx, person)? > 0 || peers::is_edge(tx)? {
        return Ok(Vec::new());
    }
    replace(tx, ctx, person)
}

/// Gives a person new codes in the place of all before.
fn replace(tx: &mut WriteTx<'_>, ctx: &Ctx, person: PersonId) -> Result<Vec<String>> {
    let codes: Vec<String> = (0..COUNT).map(|_| one_time_code(ctx.random())).collect();
    let digests: Vec<[u8; 32]> = codes.iter().map(|code| stored(person, code)).collect();
    factors::replace_recovery(tx, person, &digests, ctx.now())?;
    Ok(codes)
}

/// Whether that is a code of the person's, which is used thereby. An edge takes none: the hub would not
/// hear that it was used, and give it again.
pub(super) fn accept(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    person: PersonId,
    typed: &str,
) -> Result<bool> {
    if peers::is_edge(tx)? {
        let length = typed.chars().filter(char::is_ascii_alphanumeric).count();
        return if length < LENGTH { Ok(false) } else { Err(Error::field("code", AT_HUB)) };
    }
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
