//! Offline packs: all that a verifier's phone needs to decide at a point without network, signed.
//!
//! There are packs for gates (`gate`): what belongs into one depends on the kind of the point, how it is
//! written, sealed and signed does not. `docs/offline-verification.md` describes it member by member.

mod gate;

use crate::{Ctx, Error, Result, credentials, points, settings, verifiers};
use muster_credential::cti::Cti;
use muster_credential::keys::public::KeySet;
use muster_credential::keys::signing::{IssuingSecret, SigningKey, SigningKeyId};
use muster_credential::pack::{self, Sealed, names_place};
use muster_domain::ids::{PointId, RedemptionId, VerifierDeviceId};
use muster_domain::time::{Span, Timestamp};
use muster_domain::verification::{Direction, PACK_LIFETIME, PointKind, Rule, Standing, Window};
use muster_storage::ReadTx;
use muster_storage::points::PointRow;
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// The number of this form of packs.
const FORMAT: u32 = 1;
/// What may have been written before a pack was made without showing in it: a difference goes back
/// so far beyond the pack that it follows.
const SLACK: Span = Span::minutes(2);

/// A login can't be withdrawn from a phone that was lost.
const NO_PHONE: &str = "Only an enrolled phone gets a pack: enrol this one first.";

/// A pack, or what changed since one.
#[derive(Clone, Debug)]
pub struct Pack {
    /// Signed.
    pub bytes: Vec<u8>,
    /// How many credentials it knows.
    pub records: usize,
}

/// What a kind of point puts into a pack.
struct Content {
    /// By which rule people are let in.
    rule: Rule,
    /// What is alike for many.
    groups: Vec<Group>,
    /// Credentials: every issue of every record.
    issues: Vec<Issue>,
    /// Who is on each record.
    names: HashMap<Uuid, Vec<String>>,
    /// Who went through.
    past: Vec<Past>,
    /// Whether that is everything.
    whole: bool,
}

/// What is alike for many credentials.
#[derive(Serialize)]
struct Group {
    kind: &'static str,
    name: String,
    validity: Window,
    points: Option<Vec<PointId>>,
}

/// An issue of a record.
struct Issue {
    record: Uuid,
    number: i64,
    digest: Vec<u8>,
    signing_key: Vec<u8>,
    group: usize,
    admits: i64,
    standing: Standing,
}

/// An entry or exit before.
#[derive(Serialize)]
struct Past {
    id: RedemptionId,
    record: Uuid,
    nonce: String,
    at: Timestamp,
    direction: Direction,
    count: i64,
    admitted: bool,
    point: String,
    person: String,
}

#[derive(Serialize)]
struct Body<'a> {
    format: u32,
    device: VerifierDeviceId,
    institution: &'a str,
    point: Point<'a>,
    points: Vec<Named>,
    issued_at: Timestamp,
    expires_at: Timestamp,
    cursor: String,
    whole: bool,
    keys: Value,
    may_override: bool,
    rule: &'a Rule,
    groups: &'a [Group],
    records: Vec<Known>,
    redemptions: &'a [Past],
    names: String,
}

#[derive(Serialize)]
struct Point<'a> {
    id: PointId,
    kind: &'static str,
    name: &'a str,
    scope: Uuid,
    scope_name: &'a str,
}

#[derive(Serialize)]
struct Named {
    id: PointId,
    name: String,
}

#[derive(Serialize)]
struct Known {
    k: String,
    id: Uuid,
    g: usize,
    admits: i64,
    standing: Standing,
    #[serde(skip_serializing_if = "String::is_empty")]
    sealed: String,
}

#[derive(Serialize)]
struct Holders<'a> {
    names: &'a [String],
}

/// Whether there are packs for points of that kind.
pub const fn is_made_for(kind: PointKind) -> bool {
    matches!(kind, PointKind::Gate)
}

/// The pack of a point for the phone that asks; only what changed, if it names the pack that it has
/// and that is recent enough.
pub fn build(tx: &mut ReadTx<'_>, ctx: &Ctx, id: PointId, since: Option<&str>) -> Result<Pack> {
    let device = ctx.verifier.ok_or_else(|| Error::field("point", NO_PHONE))?;
    let (point, place) = points::at(tx, ctx, id)?;
    if point.archived_at.is_some() {
        return Err(Error::field("point", "This point is used no more: choose another one."));
    }
    if !is_made_for(point.kind) {
        let detail = "Packs are made for gates: at the rooms of exams verify with a network.";
        return Err(Error::field("point", detail));
    }
    let keys = credentials::keys(ctx)?;
    let since = since.and_then(|text| after(text, ctx.now()));
    let content = gate::content(tx, &point, (since, ctx.now()))?;
    let records = sealed(ctx, &content)?;
    let points = muster_storage::points::of_scope(tx, point.scope)?.into_iter();
    let body = Body {
        format: FORMAT,
        device,
        institution: &settings::load(tx)?.institution,
        point: described(&point),
        points: points.map(|row| Named { id: row.id, name: row.name }).collect(),
        issued_at: ctx.now(),
        expires_at: ctx.now() + PACK_LIFETIME,
        cursor: ctx.now().0.to_string(),
        whole: content.whole,
        keys: KeySet::from(keys).to_json(),
        may_override: verifiers::may_override(ctx, place),
        rule: &content.rule,
        groups: &content.groups,
        names: names(ctx, device, id, &content.names)?,
        redemptions: &content.past,
        records,
    };
    let bytes = pack::sign(keys.active(), &json(&body)?);
    Ok(Pack { bytes, records: content.issues.len() })
}

/// From when on changes are told to whoever has the pack of that cursor: none if it is too old.
fn after(cursor: &str, now: Timestamp) -> Option<Timestamp> {
    let made = Timestamp(cursor.parse().ok()?);
    let recent = made <= now && now.0.saturating_sub(made.0) < PACK_LIFETIME.0;
    recent.then(|| made - SLACK)
}

fn described(point: &PointRow) -> Point<'_> {
    Point {
        id: point.id,
        kind: point.kind.key(),
        name: &point.name,
        scope: point.scope,
        scope_name: &point.scope_name,
    }
}

/// Every issue, with the names on its record sealed for whoever is shown the one that counts.
fn sealed(ctx: &Ctx, content: &Content) -> Result<Vec<Known>> {
    let keys = credentials::keys(ctx)?;
    let mut secrets: HashMap<&[u8], Option<IssuingSecret>> = HashMap::new();
    let mut records = Vec::with_capacity(content.issues.len());
    for issue in &content.issues {
        let secret = secrets.entry(&issue.signing_key).or_insert_with(|| {
            let id = SigningKeyId(issue.signing_key.as_slice().try_into().ok()?);
            keys.get(id).map(SigningKey::issuing_secret)
        });
        let superseded = matches!(issue.standing, Standing::Superseded { .. });
        let names = content.names.get(&issue.record).filter(|_| !superseded);
        let sealed = match (secret, names) {
            (Some(secret), Some(names)) => {
                let number = u32::try_from(issue.number).unwrap_or_default();
                let cti = Cti::derive(secret, issue.record, number);
                let holders = json(&Holders { names })?;
                base64(&Sealed::under(&cti).seal(nonce(ctx), &issue.digest, &holders))
            }
            // Without its key nobody's credential is genuine, so nobody is shown one.
            _ => String::new(),
        };
        records.push(Known {
            k: base64(&issue.digest),
            id: issue.record,
            g: issue.group,
            admits: issue.admits,
            standing: issue.standing,
            sealed,
        });
    }
    Ok(records)
}

/// The list of names, for finding somebody who has nothing to show: for this phone alone.
fn names(
    ctx: &Ctx,
    device: VerifierDeviceId,
    point: PointId,
    names: &HashMap<Uuid, Vec<String>>,
) -> Result<String> {
    let mut list: Vec<_> = names.iter().collect();
    list.sort_unstable();
    let key = Sealed::for_device(&ctx.key.names_key(device.0));
    Ok(base64(&key.seal(nonce(ctx), &names_place(point.0), &json(&list)?)))
}

fn nonce(ctx: &Ctx) -> [u8; 12] {
    *ctx.random().first_chunk().unwrap_or(&[0; 12])
}

fn base64(bytes: &[u8]) -> String {
    data_encoding::BASE64URL_NOPAD.encode(bytes)
}

fn json(value: &impl Serialize) -> Result<Vec<u8>> {
    let written = serde_json::to_vec(value);
    written.map_err(|error| muster_storage::Error::Database(error.to_string()).into())
}
