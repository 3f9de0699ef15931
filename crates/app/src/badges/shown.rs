//! Whose badge it is that somebody shows: the text of its QR, or the characters of its code.

use super::{KIND, SCOPE};
use crate::{Ctx, Error, Result, credentials, signing_keys};
use muster_credential::payload::{Kind, ShortId};
use muster_credential::readable::ReadableCode;
use muster_domain::auth::throttle::Limit;
use muster_domain::badges::{BadgeRefusal, Shown};
use muster_domain::ids::BadgeId;
use muster_domain::time::Span;
use muster_domain::verification::Window;
use muster_storage::credentials::{self as stored, CredentialRow};
use muster_storage::people::PersonRow;
use muster_storage::{ReadTx, WriteTx, auth, badges, merges, people};

/// Codes that are typed right and that are nobody's: of mistyped ones 31 in 32 are noticed before.
const TYPED: Limit = Limit { free: 30, first_wait: Span::seconds(10), ..Limit::PERSON };
/// The most signs of something that was typed rather than scanned.
const LONGEST_TYPED: usize = 24;

/// What came of it. A refusal is an answer too: guesses are counted.
type Read<T> = Result<std::result::Result<T, BadgeRefusal>>;

/// The person whose badge is shown, if it counts.
pub(crate) fn read(tx: &mut WriteTx<'_>, ctx: &Ctx, text: &str) -> Read<PersonRow> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::field("credential", "Scan a badge, or type its ten characters."));
    }
    let found = match text.parse::<ReadableCode>() {
        Ok(code) => typed(tx, ctx, code)?,
        Err(error) if text.chars().count() <= LONGEST_TYPED && !text.contains([':', '/']) => {
            return Err(Error::field("credential", format!("Look at it again: {error}.")));
        }
        Err(_) => scanned(tx, ctx, text)?,
    };
    match found {
        Ok(row) => holder(tx, ctx, &row),
        Err(refusal) => Ok(Err(refusal)),
    }
}

fn typed(tx: &mut WriteTx<'_>, ctx: &Ctx, code: ReadableCode) -> Read<CredentialRow> {
    let subject = format!("badge:{}", ctx.person()?);
    let failures = auth::failures(tx, &subject)?;
    if let Some(wait) = TYPED.wait(failures, ctx.now()) {
        return Err(Error::TooManyAttempts { wait });
    }
    let mut found = credentials::by_code(tx, ctx, code)?;
    let others = found.iter().any(|row| row.kind != KIND);
    found.retain(|row| row.kind == KIND);
    if let Some(row) = found.pop() {
        // Two with one code are told apart by the QR alone.
        return Ok(if found.is_empty() { Ok(row) } else { Err(BadgeRefusal::Unknown) });
    }
    auth::put_failures(tx, &subject, TYPED.after_failure(failures, ctx.now()))?;
    Ok(Err(if others { BadgeRefusal::OtherKind } else { BadgeRefusal::Unknown }))
}

/// The text of a QR: signed by one of our keys, and of a record that says the same.
fn scanned(tx: &mut ReadTx<'_>, ctx: &Ctx, text: &str) -> Read<CredentialRow> {
    let Ok(claims) = signing_keys::verify(tx, ctx, text)? else {
        return Ok(Err(BadgeRefusal::Forged));
    };
    if claims.kind != Kind::Badge {
        return Ok(Err(BadgeRefusal::OtherKind));
    }
    let row = stored::by_digest(tx, &claims.cti.digest())?;
    let Some(row) = row.filter(|row| row.kind == KIND) else {
        return Ok(Err(BadgeRefusal::Unknown));
    };
    let badge = badges::get(tx, BadgeId(row.record))?;
    let same = badge.is_some_and(|badge| {
        claims.scope == ShortId::of(SCOPE) && claims.holder == ShortId::of(badge.person.0)
    });
    Ok(if same { Ok(row) } else { Err(BadgeRefusal::Unknown) })
}

fn holder(tx: &mut ReadTx<'_>, ctx: &Ctx, row: &CredentialRow) -> Read<PersonRow> {
    let badge = badges::get(tx, BadgeId(row.record))?.ok_or(Error::NotFound)?;
    let person = people::get(tx, badge.person)?.ok_or(Error::NotFound)?;
    let merged = merges::merged_into(tx, person.id)?.is_some();
    let shown = Shown {
        replaced: row.superseded_at.is_some() || merged,
        withdrawn: badge.voided_at.is_some(),
        in_use: person.active,
        validity: Window { from: badge.valid_from, until: badge.valid_until },
    };
    Ok(shown.check(&person.name, ctx.now()).map(|()| person))
}
