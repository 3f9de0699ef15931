//! Signing in by the code of a class and a PIN: for teachers, where the institution allows it, and
//! for that class alone.

use crate::sign_in::{Client, digest, hex};
use crate::zone::Zone;
use crate::{Ctx, Error, Result, factors, settings, sign_in};
use muster_domain::auth::pin;
use muster_domain::auth::throttle::{Failures, Limit};
use muster_domain::ids::{ClassId, PersonId};
use muster_domain::text::fold;
use muster_domain::time::Timestamp;
use muster_journal::Change;
use muster_storage::auth::{self, LoginRow};
use muster_storage::pins::{self, PinRow};
use muster_storage::{ReadTx, WriteTx, people};

/// Staff of a class whose PINs are tried: each takes as long as a password.
const MOST: usize = 16;

/// A class, and the PINs of those who teach or help in it.
#[derive(Clone)]
pub struct Door {
    /// The class, if the code is one's.
    pub class: Option<ClassId>,
    /// The PINs that open it.
    pub pins: Vec<PinRow>,
}

/// Whether the institution allows it.
fn is_allowed(tx: &mut ReadTx<'_>) -> Result<bool> {
    Ok(settings::load(tx)?.pin_sign_in)
}

/// The class that a code names, for instance `MA201 A`, unless it or the address failed too often.
/// The attempt counts as a failure until [`enter`] takes that back: a PIN is so short that many
/// guesses sent at once must not pass before the first of them is found wrong.
pub fn knock(tx: &mut WriteTx<'_>, ctx: &Ctx, code: &str) -> Result<Door> {
    if !is_allowed(tx)? {
        return Err(Error::NotFound);
    }
    let class = class(tx, ctx, code)?;
    let subjects = subjects(tx, ctx, class, code)?;
    for (subject, limit) in &subjects {
        let failures = auth::lock_failures(tx, subject)?;
        // The error takes back what was counted for the subject before.
        if let Some(wait) = limit.wait(failures, ctx.now()) {
            return Err(Error::TooManyAttempts { wait });
        }
        auth::put_failures(tx, subject, limit.after_failure(failures, ctx.now()))?;
    }
    let mut pins = class.map_or(Ok(Vec::new()), |class| pins::of_staff(tx, class))?;
    pins.truncate(MOST);
    Ok(Door { class, pins })
}

/// The only class of that code in the running terms; with a section where there are several.
fn class(tx: &mut ReadTx<'_>, ctx: &Ctx, code: &str) -> Result<Option<ClassId>> {
    let folded = fold(code.trim());
    let today = Zone::of(&settings::load(tx)?).date(ctx.now());
    let mut found = pins::classes(tx, &folded, "", today)?;
    if let Some((course, section)) =
        folded.rsplit_once(|sign: char| sign.is_whitespace() || sign == '/')
        && found.is_empty()
    {
        found = pins::classes(tx, course.trim(), section.trim(), today)?;
    }
    Ok(match found.as_slice() {
        [one] => Some(*one),
        _ => None,
    })
}

/// A class counts once however its code is written; one that nobody has is counted too.
fn subjects(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    class: Option<ClassId>,
    code: &str,
) -> Result<[(String, Limit); 2]> {
    let name = match class {
        Some(class) => class.to_string(),
        None => hex(&digest(&fold(code.trim()))),
    };
    let address = sign_in::subject_of_address(tx, ctx)?;
    // Guesses by PIN don't keep a hall of students from signing in by password.
    let address = (format!("pin:{}", address.0), Limit::address(0));
    Ok([(format!("pin:class:{name}"), Limit::PERSON), address])
}

/// Makes a login for whoever's PIN was right, limited to the class, if they still are its staff.
pub fn enter(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    person: PersonId,
    client: &Client,
) -> Result<LoginRow> {
    let class = client.class.ok_or(Error::WrongPin)?;
    let staff = pins::of_staff(tx, class)?.iter().any(|pin| pin.person == person);
    if !is_allowed(tx)? || !staff {
        return Err(Error::WrongPin);
    }
    let [(of_class, _), (of_address, _)] = subjects(tx, ctx, Some(class), "")?;
    auth::clear_failures(tx, &of_class)?;
    let Failures { count, last_at } = auth::lock_failures(tx, &of_address)?;
    auth::put_failures(tx, &of_address, Failures { count: (count - 1).max(0), last_at })?;
    sign_in::open_login(tx, ctx, person, client)
}

/// Somebody's own PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Own {
    /// Whether they may have one: teachers and assistants, where the institution allows it.
    pub offered: bool,
    /// When they set it, if they have one.
    pub since: Option<Timestamp>,
}

/// The own PIN of the person who acts.
pub fn own(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Own> {
    let person = ctx.person()?;
    let grants = people::grants(tx, person)?;
    let staff = grants.iter().any(|grant| grant.role.is_class_staff() && grant.class.is_some());
    Ok(Own { offered: staff && is_allowed(tx)?, since: pins::set_at(tx, person)? })
}

/// Checks who wants to set which PIN.
pub fn check(tx: &mut ReadTx<'_>, ctx: &Ctx, wanted: &str) -> Result<()> {
    if !own(tx, ctx)?.offered {
        return Err(Error::Forbidden);
    }
    pin::check(wanted).map_err(|error| Error::field("pin", error.to_string()))
}

/// Sets the person's own PIN, hashed, and ends what the one before opened.
pub fn set(tx: &mut WriteTx<'_>, ctx: &Ctx, hash: &str) -> Result<()> {
    if !own(tx, ctx)?.offered {
        return Err(Error::Forbidden);
    }
    let person = ctx.person()?;
    pins::put(tx, &PinRow { person, hash: hash.to_owned() }, ctx.now())?;
    pins::end_logins(tx, person, ctx.now())?;
    tx.journal(Change::new("pin.set", "person", person))?;
    let body = "It opens your classes on a computer in a classroom.";
    factors::tell(tx, ctx, person, "A PIN of yours was set", body)
}

/// Removes the person's own PIN and ends what it opened.
pub fn remove(tx: &mut WriteTx<'_>, ctx: &Ctx) -> Result<()> {
    let person = ctx.person()?;
    if !pins::remove(tx, person)? {
        return Err(Error::NotFound);
    }
    pins::end_logins(tx, person, ctx.now())?;
    tx.journal(Change::new("pin.remove", "person", person))?;
    factors::tell(tx, ctx, person, "Your PIN was removed", "What it had opened is signed out.")
}
