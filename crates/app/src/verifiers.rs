//! Verifiers' phones: enrolled by a one-time code, known by their own key, withdrawn from afar. A
//! phone acts for a person and may at doors what that person may, for as long as they may.

use crate::redemptions::may_override;
use crate::settings;
use crate::sign_in::{digest, one_time_code};
use crate::{Ctx, Error, Form, Result, people, points};
use muster_credential::keys::{MasterKey, NamesKey};
use muster_credential::verifier::{self, DeviceKey};
use muster_domain::auth::{Actor, Extent, Permission, Role, reach};
use muster_domain::ids::{EventId, PersonId, PointId, VerifierDeviceId};
use muster_domain::text;
use muster_domain::time::{Span, Timestamp};
use muster_journal::Change;
use muster_storage::finding::{self, Search};
use muster_storage::people::PersonRow;
use muster_storage::points::PointRow;
use muster_storage::verifiers::{self, CodeRow, DeviceRow};
use muster_storage::{ReadTx, WriteTx};
use serde_json::json;
use uuid::Uuid;

/// How long a code can be used.
pub const CODE_LIFETIME: Span = Span::minutes(10);
/// How long a challenge can be answered.
pub const CHALLENGE_LIFETIME: Span = Span::minutes(2);
/// How long a token holds.
pub const TOKEN_LIFETIME: Span = Span::minutes(15);
/// Longest name of a phone.
const LONGEST_NAME: usize = 100;
/// The most people of a role who are offered to choose from.
const MOST: i64 = 200;

/// A code that was made: told once.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The code.
    pub code: String,
    /// Until when it can be used.
    pub expires_at: Timestamp,
}

/// A phone that was enrolled, with what it is told once.
#[derive(Clone, Debug)]
pub struct Enrolled {
    /// The phone.
    pub row: DeviceRow,
    /// Opens the lists of names in its packs.
    pub names: NamesKey,
}

/// What a phone is told of itself.
#[derive(Clone, Debug)]
pub struct Own {
    /// The phone.
    pub row: DeviceRow,
    /// Where it may verify, and whether it may let people in there whom the rule refuses.
    pub points: Vec<(PointRow, bool)>,
}

/// A phone that showed its token.
#[derive(Clone, Debug)]
pub struct Known {
    /// Which.
    pub device: VerifierDeviceId,
    /// For whom it acts.
    pub actor: Actor,
    /// Their name.
    pub name: String,
}

/// Makes a code by which a phone is enrolled, to act for a person: for whoever makes it, if nobody
/// is named. Nobody gives away more than they may themselves.
pub fn offer(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    name: &str,
    person: Option<PersonId>,
) -> Result<Offer> {
    ctx.events(Permission::ManageVerifiers)?;
    let (own, mut form) = (ctx.person()?, Form::default());
    let person = person.unwrap_or(own);
    let name = form.take("name", text::clean(name, LONGEST_NAME)).unwrap_or_default();
    let actor = people::acting(tx, person)?;
    match actor.filter(verifies) {
        None => form.wrong("person", "Choose somebody who may verify."),
        Some(actor) if !is_within(ctx, &actor) => {
            form.wrong("person", "They may more at doors than you do: choose somebody else.");
        }
        Some(_) => {}
    }
    form.check()?;
    let code = one_time_code(ctx.random());
    let expires_at = ctx.now() + CODE_LIFETIME;
    let row = CodeRow { digest: digest(&code).to_vec(), name, person, made_by: own, expires_at };
    verifiers::insert_code(tx, &row, ctx.now())?;
    let change = Change::new("verifier.offer", "person", person);
    tx.journal(change.created(&json!({"name": row.name, "expires_at": expires_at})))?;
    Ok(Offer { code, expires_at })
}

/// Enrols a phone by its code, which is used up.
pub fn enrol(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    code: &str,
    (key, name): (&DeviceKey, &str),
) -> Result<Enrolled> {
    let digest = digest(&code.trim().to_uppercase());
    let offered = verifiers::code(tx, &digest, ctx.now())?.ok_or(Error::WrongCode)?;
    let mut form = Form::default();
    let name = form.take("name", text::clean_optional(name, LONGEST_NAME)).flatten();
    form.check()?;
    if !verifiers::use_code(tx, &digest)? {
        return Err(Error::WrongCode);
    }
    let id: VerifierDeviceId = ctx.fresh();
    let row = DeviceRow {
        id,
        name: name.unwrap_or(offered.name),
        person: offered.person,
        person_name: String::new(),
        public_key: key.to_bytes(),
        enrolled_at: ctx.now(),
        enrolled_by: offered.made_by,
        seen_at: ctx.now(),
        pack_point: None,
        pack_name: None,
        pack_at: None,
        queued: 0,
        revoked_at: None,
        revoked_by: None,
        version: tx.version(),
    };
    verifiers::insert(tx, &row)?;
    let change = Change::new("verifier.enrol", "verifier_device", id).on(row.person);
    let after = json!({"name": row.name, "person": row.person, "enrolled_by": row.enrolled_by});
    tx.journal(change.created(&after))?;
    let row = verifiers::get(tx, id)?.ok_or(Error::NotFound)?;
    Ok(Enrolled { row, names: ctx.key.names_key(id.0) })
}

/// A challenge for a phone to sign.
pub fn challenge(tx: &mut ReadTx<'_>, ctx: &Ctx, id: VerifierDeviceId) -> Result<String> {
    let row = verifiers::get(tx, id)?.ok_or(Error::NotFound)?;
    standing(tx, &row)?;
    let random = *ctx.random().first_chunk().unwrap_or(&[0; 16]);
    let until = ctx.now() + CHALLENGE_LIFETIME;
    Ok(verifier::challenge(&ctx.key.verifier_key(), id.0, until.0, random))
}

/// A token for a phone that signed its challenge. It says how many scans wait on it.
pub fn token(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    id: VerifierDeviceId,
    (challenge, signature): (&str, &[u8; 64]),
    queued: Option<i64>,
) -> Result<String> {
    let row = verifiers::get(tx, id)?.ok_or(Error::NotFound)?;
    standing(tx, &row)?;
    let (key, now) = (ctx.key.verifier_key(), ctx.now());
    let own = DeviceKey::from_bytes(&row.public_key).ok_or(Error::DeviceSignature)?;
    let open = verifier::is_open(&key, id.0, challenge, now.0);
    if !open || !own.has_signed(id.0, challenge, signature) {
        return Err(Error::DeviceSignature);
    }
    verifiers::seen(tx, id, now, queued.map(|count| count.clamp(0, 1_000_000)))?;
    Ok(verifier::token(&key, id.0, (now + TOKEN_LIFETIME).0))
}

/// Whose token that is; none if it is over or was never ours.
pub fn by_token(
    tx: &mut ReadTx<'_>,
    key: &MasterKey,
    token: &str,
    now: Timestamp,
) -> Result<Option<Known>> {
    let Some(id) = verifier::holder(&key.verifier_key(), token, now.0) else { return Ok(None) };
    let device = VerifierDeviceId(id);
    let row = verifiers::get(tx, device)?.ok_or(Error::DeviceRevoked)?;
    let actor = standing(tx, &row)?;
    Ok(Some(Known { device, actor, name: row.person_name }))
}

/// For whom a phone acts, as long as it was not withdrawn and they may verify.
fn standing(tx: &mut ReadTx<'_>, row: &DeviceRow) -> Result<Actor> {
    if row.revoked_at.is_some() {
        return Err(Error::DeviceRevoked);
    }
    people::acting(tx, row.person)?.filter(verifies).ok_or(Error::DeviceRevoked)
}

/// Whether somebody may verify anywhere.
fn verifies(actor: &Actor) -> bool {
    actor.may_somewhere(Permission::VerifyCredentials)
}

/// Whether somebody may no more at doors than the person who acts.
fn is_within(ctx: &Ctx, actor: &Actor) -> bool {
    ctx.actor.as_ref().is_some_and(|own| own.may_at_doors_all_that(actor))
}

/// What the phone that asks is told of itself; nothing of anybody else.
pub fn own(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Own> {
    let id = ctx.verifier.ok_or(Error::NotFound)?;
    let settings = settings::load(tx)?;
    let mut told = Vec::new();
    for point in points::used(tx, ctx)? {
        let may = may_override(ctx, &settings, points::place(tx, &point)?);
        told.push((point, may));
    }
    Ok(Own { row: verifiers::get(tx, id)?.ok_or(Error::NotFound)?, points: told })
}

/// Notes that the phone that acts was heard of: how many scans wait there, which pack it has now.
pub fn heard(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    queued: Option<i64>,
    fetched: Option<PointId>,
) -> Result<()> {
    let Some(id) = ctx.verifier else { return Ok(()) };
    if let Some(point) = fetched {
        verifiers::fetched(tx, id, ctx.now(), point)?;
    } else {
        let queued = queued.map(|count| count.clamp(0, 1_000_000));
        verifiers::seen(tx, id, ctx.now(), queued)?;
    }
    Ok(())
}

/// The phones, the latest enrolled first, from the one after `after` on. Whoever manages phones for some
/// events alone sees those of people who verify at these and nowhere else.
pub fn list(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    after: Option<VerifierDeviceId>,
    limit: i64,
) -> Result<Vec<DeviceRow>> {
    let events = ctx.events(Permission::ManageVerifiers)?;
    let before = match after {
        Some(id) => (verifiers::get(tx, id)?.ok_or(Error::NotFound)?.enrolled_at, id),
        None => (Timestamp(i64::MAX), VerifierDeviceId(Uuid::max())),
    };
    if events == Extent::All {
        return Ok(verifiers::list(tx, before, limit)?);
    }
    let mut rows = Vec::new();
    for person in people(tx, ctx)? {
        rows.extend(verifiers::of_person(tx, person.id)?);
    }
    rows.retain(|row| (row.enrolled_at, row.id) < before);
    rows.sort_unstable_by_key(|row| std::cmp::Reverse((row.enrolled_at, row.id)));
    rows.truncate(usize::try_from(limit).unwrap_or_default());
    Ok(rows)
}

/// One of the phones.
pub fn get(tx: &mut ReadTx<'_>, ctx: &Ctx, id: VerifierDeviceId) -> Result<DeviceRow> {
    let events = ctx.events(Permission::ManageVerifiers)?;
    let row = verifiers::get(tx, id)?.ok_or(Error::NotFound)?;
    if events != Extent::All && people(tx, ctx)?.iter().all(|person| person.id != row.person) {
        return Err(Error::Forbidden);
    }
    Ok(row)
}

/// Withdraws a phone: it is told so when it is next heard of, and deletes what it holds. Withdrawn
/// before, it stays so.
pub fn revoke(tx: &mut WriteTx<'_>, ctx: &Ctx, id: VerifierDeviceId) -> Result<DeviceRow> {
    let before = get(tx, ctx, id)?;
    if before.revoked_at.is_some() {
        return Ok(before);
    }
    let version = tx.version_over(before.version);
    verifiers::revoke(tx, id, (ctx.now(), ctx.person()?, version))?;
    let change = Change::new("verifier.revoke", "verifier_device", id).on(before.person);
    let (old, new) = (json!({"revoked": false}), json!({"revoked": true}));
    tx.journal(change.changed(&old, &new, before.version))?;
    verifiers::get(tx, id)?.ok_or(Error::NotFound)
}

/// People for whom a phone may act, by name; the first is whoever asks, if they may verify.
pub fn people(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<PersonRow>> {
    let own = ctx.person()?;
    let mut all = match ctx.events(Permission::ManageVerifiers)? {
        Extent::All => holders(tx)?,
        Extent::These(events) => appointed(tx, ctx, &events)?,
    };
    all.retain(|row| row.active);
    all.sort_by(|a, b| (a.id != own, &a.name, a.id).cmp(&(b.id != own, &b.name, b.id)));
    all.dedup_by_key(|row| row.id);
    Ok(all)
}

/// Whoever holds a role that verifies.
fn holders(tx: &mut ReadTx<'_>) -> Result<Vec<PersonRow>> {
    let mut all: Vec<PersonRow> = Vec::new();
    let verifying =
        Role::ALL.into_iter().filter(|role| reach(*role, Permission::VerifyCredentials).is_some());
    for role in verifying {
        let search = Search { text: "", role: Some(role), after: None, limit: MOST };
        all.extend(finding::search(tx, &search)?);
    }
    Ok(all)
}

/// Whoever holds a role for one of these events, and may no more at doors than the person who asks.
fn appointed(tx: &mut ReadTx<'_>, ctx: &Ctx, events: &[EventId]) -> Result<Vec<PersonRow>> {
    let mut ids: Vec<PersonId> = Vec::new();
    for event in events {
        let rows = muster_storage::people::of_event(tx, *event)?;
        ids.extend(rows.into_iter().map(|row| row.person));
    }
    ids.sort_unstable();
    ids.dedup();
    let mut able = Vec::with_capacity(ids.len());
    for id in ids {
        let actor = people::acting(tx, id)?;
        able.extend(actor.filter(|actor| is_within(ctx, actor)).map(|actor| actor.person));
    }
    Ok(muster_storage::people::get_many(tx, &able)?)
}
