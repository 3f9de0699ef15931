//! Signing in and out, and the one-time code that resets a password.

use crate::{Ctx, Error, Result, factors, own_password, people, settings};
use muster_domain::auth::throttle::Limit;
use muster_domain::auth::{Actor, Grant, Permission, Scope, Target};
use muster_domain::ids::{ClassId, LoginId, PersonId};
use muster_domain::text::fold;
use muster_domain::time::{Span, Timestamp};
use muster_journal::Change;
use muster_storage::auth::{LoginRow, NewCode, OpenedRow, PasswordRow};
use muster_storage::{ReadTx, WriteTx, auth};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// How long a login for one class lasts: it is made at a computer that others use, too.
const PIN_LIFETIME: Span = Span::hours(8);
/// How a login by PIN came about.
const PIN: &str = "pin";
/// How long a one-time code can be used that was made for one person.
pub const CODE_LIFETIME: Span = Span::days(1);
/// How exactly a login's last use is kept.
const SEEN_EVERY: Span = Span::minutes(5);

/// SHA-256, under which tokens and codes are stored.
pub fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Somebody who wants to sign in, and the hash their password must match.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Who, if the name is known and they may sign in.
    pub person: Option<PersonId>,
    /// Their password's hash.
    pub hash: Option<String>,
}

/// Finds who wants to sign in, unless they or their address failed too often.
pub fn candidate(tx: &mut ReadTx<'_>, ctx: &Ctx, identifier: &str) -> Result<Candidate> {
    for (subject, limit) in subjects(tx, ctx, identifier)? {
        let failures = auth::failures(tx, &subject)?;
        if let Some(wait) = limit.wait(failures, ctx.now()) {
            return Err(Error::TooManyAttempts { wait });
        }
    }
    let person = muster_storage::people::by_identifier(tx, identifier)?.filter(|row| row.active);
    let hash = match &person {
        Some(person) => auth::password(tx, person.id)?.map(|password| password.hash),
        None => None,
    };
    Ok(Candidate { person: person.map(|person| person.id), hash })
}

/// Keeps the password of somebody who just showed it under a hash of ours: theirs came from another
/// system. The password stays the same, so nothing is told of it.
pub fn rehash(tx: &mut WriteTx<'_>, person: PersonId, old: &str, new: &str) -> Result<()> {
    Ok(auth::rehash(tx, person, old, new)?)
}

/// Counts a failure, of the name and of the address.
pub fn fail(tx: &mut WriteTx<'_>, ctx: &Ctx, identifier: &str) -> Result<()> {
    for (subject, limit) in subjects(tx, ctx, identifier)? {
        let failures = auth::failures(tx, &subject)?;
        auth::put_failures(tx, &subject, limit.after_failure(failures, ctx.now()))?;
    }
    Ok(())
}

/// A name that nobody has is counted too, so that counting tells nothing.
fn subjects(tx: &mut ReadTx<'_>, ctx: &Ctx, identifier: &str) -> Result<[(String, Limit); 2]> {
    let name = fold(identifier.trim());
    let name = (format!("sign-in:name:{}", hex(&digest(&name))), Limit::PERSON);
    Ok([name, subject_of_address(tx, ctx)?])
}

/// Under which failures of signing in are counted for an address.
pub(crate) fn subject_of_address(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<(String, Limit)> {
    let people = muster_storage::people::count(tx)?;
    Ok((format!("sign-in:address:{}", ctx.address), Limit::address(people)))
}

/// Makes a login for somebody who has shown all that they have to: the second factor is asked
/// for before, by [`second_step::enter`](crate::factors::second_step::enter).
pub fn succeed(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    identifier: &str,
    person: PersonId,
    client: &Client,
) -> Result<LoginRow> {
    let [(subject, _), _] = subjects(tx, ctx, identifier)?;
    auth::clear_failures(tx, &subject)?;
    open_login(tx, ctx, person, client)
}

/// Stores a login. Only the token's digest is kept.
pub(crate) fn open_login(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    person: PersonId,
    client: &Client,
) -> Result<LoginRow> {
    let lifetime = match client.class {
        Some(_) => PIN_LIFETIME,
        None => Span::hours(settings::load(tx)?.login_hours),
    };
    let login = LoginRow {
        id: ctx.fresh(),
        person,
        kind: client.kind.to_owned(),
        means: client.means.to_owned(),
        class: client.class,
        client: client.name.chars().take(200).collect(),
        address: ctx.address.clone(),
        created_at: ctx.now(),
        last_seen_at: ctx.now(),
        expires_at: ctx.now() + lifetime,
    };
    auth::insert_login(tx, &login, &digest(&client.token))?;
    // Nobody was signed in yet when the act began; from here on it is theirs.
    let change = Change::new("login.start", "login", login.id).on(person);
    let after = json!({"means": login.means, "class": login.class});
    tx.journal_as(person, change.created(&after))?;
    Ok(login)
}

/// By what a provider named somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ByProvider {
    /// An address that it verified.
    Email(String),
    /// The institution's number.
    Number(String),
}

/// The active person whom a provider named.
pub fn named_by_provider(tx: &mut ReadTx<'_>, by: &ByProvider) -> Result<PersonId> {
    let person = match by {
        ByProvider::Email(address) => {
            let owners = muster_storage::people::by_emails(tx, &[fold(address.trim())])?;
            match owners.as_slice() {
                [owner] => muster_storage::people::get(tx, owner.person)?,
                _ => None,
            }
        }
        ByProvider::Number(number) => {
            let number = fold(number.trim());
            muster_storage::people::by_numbers(tx, std::slice::from_ref(&number))?.remove(&number)
        }
    };
    let person = person.filter(|person| person.active).ok_or(Error::NotKnownHere)?;
    Ok(person.id)
}

/// Makes a login for whom a provider named. Its word is enough: a second factor, if the
/// institution wants one, is the provider's to ask for.
pub fn by_provider(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    by: &ByProvider,
    client: &Client,
) -> Result<LoginRow> {
    let person = named_by_provider(tx, by)?;
    open_login(tx, ctx, person, client)
}

/// What signs in.
#[derive(Clone, Debug)]
pub struct Client {
    /// `cookie` or `bearer`.
    pub kind: &'static str,
    /// How it shows who it is: `password`, `provider`, `pin` or `handover`.
    pub means: &'static str,
    /// The one class to which its login is limited, if any.
    pub class: Option<ClassId>,
    /// What it calls itself.
    pub name: String,
    /// The fresh token.
    pub token: String,
}

/// Who holds a token.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who, with their roles.
    pub actor: Actor,
    /// Their name.
    pub name: String,
    /// The login that the token opened.
    pub login: LoginId,
    /// When it was last used, to a few minutes.
    pub last_seen_at: Timestamp,
    /// How many notices they have not read.
    pub unread: i64,
}

impl SignedIn {
    /// Whether the login's last use should be written down again.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        now - self.last_seen_at > SEEN_EVERY
    }
}

/// Who hold the tokens with those digests, by digest; one that is unknown or has ended is nobody's.
pub fn signed_in(
    tx: &mut ReadTx<'_>,
    digests: &[[u8; 32]],
    now: Timestamp,
) -> Result<HashMap<[u8; 32], SignedIn>> {
    let opened = auth::opened(tx, digests, now)?;
    let by_pin = opened.iter().any(|row| row.means == PIN);
    let pins = !by_pin || settings::load(tx)?.pin_sign_in;
    let people: Vec<PersonId> = opened.iter().map(|row| row.person).collect();
    let mut grants: HashMap<PersonId, Vec<Grant>> = HashMap::new();
    for row in muster_storage::people::grants_many(tx, &people)? {
        let held = grants.entry(row.person).or_default();
        // Two tokens of one person ask for their roles twice.
        if !held.contains(&row.grant()) {
            held.push(row.grant());
        }
    }
    let allowed = opened.into_iter().filter(|row| pins || row.means != PIN);
    let signed_in = allowed.filter_map(|row| {
        let mut grants = grants.get(&row.person).cloned().unwrap_or_default();
        if let Some(class) = row.class {
            grants.retain(|held| held.role.is_class_staff() && held.scope == Scope::Class(class));
            // Whoever teaches it no longer is not signed in any more.
            if grants.is_empty() {
                return None;
            }
        }
        let actor = Actor { person: row.person, login: Some(row.id), grants, class: row.class };
        let OpenedRow { digest, id: login, name, last_seen_at, unread, .. } = row;
        let signed_in = SignedIn { actor, name, login, last_seen_at, unread };
        Some((digest.try_into().ok()?, signed_in))
    });
    Ok(signed_in.collect())
}

/// The person's own logins.
pub fn logins(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<LoginRow>> {
    Ok(auth::logins(tx, ctx.person()?, ctx.now())?)
}

/// Ends one of the person's own logins.
pub fn sign_out(tx: &mut WriteTx<'_>, ctx: &Ctx, login: LoginId) -> Result<()> {
    let person = ctx.person()?;
    if !auth::end_login(tx, login, person, ctx.now())? {
        return Err(Error::NotFound);
    }
    Ok(tx.journal(Change::new("login.end", "login", login).on(person))?)
}

/// Ends all of the person's logins but this one; returns how many.
pub fn sign_out_others(tx: &mut WriteTx<'_>, ctx: &Ctx) -> Result<u64> {
    let person = ctx.person()?;
    let keep = ctx.actor.as_ref().and_then(|actor| actor.login).ok_or(Error::NotSignedIn)?;
    let ended = auth::end_other_logins(tx, person, keep, ctx.now())?;
    tx.journal(Change::new("login.end_others", "person", person))?;
    Ok(ended)
}

/// Makes a one-time code with which a person sets a new password; valid for a day. The code
/// itself is returned once and stored as a digest only.
pub fn offer_reset(tx: &mut WriteTx<'_>, ctx: &Ctx, person: PersonId) -> Result<String> {
    ctx.need(Permission::ManagePeople, Target::Institution)?;
    people::need_power_over(tx, ctx, person)?;
    auth::drop_codes(tx, person, ctx.now())?;
    let code = one_time_code(ctx.random());
    let digest = digest(&code);
    let stored = NewCode {
        id: ctx.fresh(),
        purpose: "reset",
        person: Some(person),
        digest: &digest,
        created_by: ctx.act.actor,
        created_at: ctx.now(),
        expires_at: ctx.now() + CODE_LIFETIME,
    };
    auth::insert_code(tx, &stored)?;
    tx.journal(Change::new("password.offer_reset", "person", person))?;
    Ok(code)
}

/// Sets the person's own new password and ends their other logins; returns how many.
pub fn change_password(tx: &mut WriteTx<'_>, ctx: &Ctx, hash: &str) -> Result<u64> {
    let person = ctx.person()?;
    let keep = ctx.actor.as_ref().and_then(|actor| actor.login).ok_or(Error::NotSignedIn)?;
    let password = PasswordRow { hash: hash.to_owned(), must_change: false };
    auth::put_password(tx, person, &password, ctx.now())?;
    own_password::forgive(tx, person)?;
    auth::drop_codes(tx, person, ctx.now())?;
    let ended = auth::end_other_logins(tx, person, keep, ctx.now())?;
    tx.journal(Change::new("password.change", "person", person))?;
    factors::tell(tx, ctx, person, "Your password was changed", "You are signed out elsewhere.")?;
    Ok(ended)
}

/// Whose one-time code that is, if it could be used now.
pub fn whose_code(tx: &mut ReadTx<'_>, ctx: &Ctx, code: &str) -> Result<Option<PersonId>> {
    let code = code.trim().to_uppercase();
    Ok(auth::code(tx, "reset", &digest(&code), ctx.now())?.and_then(|found| found.person))
}

/// Uses a one-time code: sets the new password and ends every login of the person.
pub fn reset(tx: &mut WriteTx<'_>, ctx: &Ctx, code: &str, hash: &str) -> Result<PersonId> {
    let subject = format!("reset:address:{}", ctx.address);
    let limit = Limit::address(0);
    let failures = auth::failures(tx, &subject)?;
    if let Some(wait) = limit.wait(failures, ctx.now()) {
        return Err(Error::TooManyAttempts { wait });
    }
    let code = code.trim().to_uppercase();
    let found = auth::code(tx, "reset", &digest(&code), ctx.now())?.ok_or(Error::WrongCode)?;
    let person = found.person.ok_or(Error::WrongCode)?;
    if !auth::use_code(tx, found.id, ctx.now())? {
        return Err(Error::WrongCode);
    }
    let password = PasswordRow { hash: hash.to_owned(), must_change: false };
    auth::put_password(tx, person, &password, ctx.now())?;
    auth::drop_codes(tx, person, ctx.now())?;
    auth::end_other_logins(tx, person, LoginId(uuid::Uuid::nil()), ctx.now())?;
    tx.journal(Change::new("password.reset", "person", person))?;
    let body = "It was set by a one-time code. You are signed out everywhere.";
    factors::tell(tx, ctx, person, "Your password was changed", body)?;
    Ok(person)
}

/// Counts a wrong one-time code.
pub fn fail_reset(tx: &mut WriteTx<'_>, ctx: &Ctx) -> Result<()> {
    let subject = format!("reset:address:{}", ctx.address);
    let failures = auth::failures(tx, &subject)?;
    Ok(auth::put_failures(tx, &subject, Limit::address(0).after_failure(failures, ctx.now()))?)
}

/// 20 characters that are easy to read out: 100 bits.
pub(crate) fn one_time_code(random: [u8; 32]) -> String {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let letter =
        |byte: &u8| char::from(LETTERS.get(usize::from(byte & 31)).copied().unwrap_or(b'0'));
    let code: Vec<char> = random.iter().take(20).map(letter).collect();
    code.chunks(5).map(|part| part.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
