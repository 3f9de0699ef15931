//! Offline packs: all that a verifier's phone needs to decide at a point without network, signed.
//!
//! What belongs into one depends on the kind of the point (`gate`, `room`); how it is written, sealed
//! (`sealing`) and signed does not. `docs/offline-verification.md` describes it member by member.

mod gate;
mod room;
mod sealing;

use crate::{Ctx, Error, Result, credentials, points, redemptions, settings, signing_keys};
use muster_credential::pack;
use muster_domain::ids::{PointId, RedemptionId, VerifierDeviceId};
use muster_domain::time::{Span, Timestamp};
use muster_domain::verification::{Direction, PACK_LIFETIME, PointKind, Rule, Standing, Window};
use muster_storage::ReadTx;
use muster_storage::packs::PastRow;
use muster_storage::points::PointRow;
use sealing::Known;
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// The number of this form of packs.
const FORMAT: u32 = 1;
/// What may have been written before a pack was made without showing in it: a difference goes back
/// so far beyond the pack that it follows.
const SLACK: Span = Span::minutes(2);
/// The most photos in a pack: some eight megabytes.
const MOST_PHOTOS: usize = 1_500;

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

/// What a phone asks for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The cursor of the pack that it has.
    pub since: Option<String>,
    /// Whether it wants to do without photos.
    pub without_photos: bool,
}

/// Since when changes are told, and how things stood then that one pack has for all of its records.
struct Since {
    at: Timestamp,
    mark: String,
}

/// What a kind of point puts into a pack.
struct Content {
    /// By which rule people are let in.
    rule: Rule,
    /// What the credentials that are shown here say of where they belong.
    credential_scope: Uuid,
    /// What is alike for many.
    groups: Vec<Group>,
    /// Credentials: every issue of every record.
    issues: Vec<Issue>,
    /// Who is on each record.
    holders: HashMap<Uuid, Holder>,
    /// Who went through.
    past: Vec<Past>,
    /// Whether that is everything.
    whole: bool,
    /// Whether photos were left out.
    without_photos: bool,
    /// How things stand that one pack has for all of its records: another pack follows if they change.
    mark: String,
}

/// What is alike for many credentials.
#[derive(Clone, Serialize, PartialEq, Eq, Hash)]
struct Group {
    kind: &'static str,
    name: String,
    validity: Window,
    points: Option<Vec<PointId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    right: Option<Right>,
}

/// Where a docket is right that is wrong here.
#[derive(Clone, Serialize, PartialEq, Eq, Hash)]
struct Right {
    /// In which of the rooms.
    rooms: Vec<String>,
    /// Of another exam: of which assessment.
    #[serde(skip_serializing_if = "Option::is_none")]
    assessment: Option<String>,
    /// The code of its course.
    #[serde(skip_serializing_if = "Option::is_none")]
    course: Option<String>,
    /// When it begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    starts_at: Option<Timestamp>,
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
    /// Why it stands so, where that has to be said.
    why: Option<&'static str>,
}

/// Whose a record is.
#[derive(Default)]
struct Holder {
    names: Vec<String>,
    number: Option<String>,
    programme: Option<String>,
    /// Media type and picture.
    photo: Option<(String, Vec<u8>)>,
    /// Whether they are found by name here.
    listed: bool,
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

impl From<PastRow> for Past {
    fn from(row: PastRow) -> Self {
        Self {
            id: row.id,
            record: row.record,
            nonce: row.nonce,
            at: row.scanned_at,
            direction: row.direction,
            count: row.people,
            admitted: row.admitted,
            point: row.point,
            person: row.person,
        }
    }
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
    without_photos: bool,
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
    credential_scope: Uuid,
}

#[derive(Serialize)]
struct Named {
    id: PointId,
    name: String,
}

/// The pack of a point for the phone that asks; only what changed, if it names the pack that it has
/// and that is recent enough.
pub fn build(tx: &mut ReadTx<'_>, ctx: &Ctx, id: PointId, asked: &Asked) -> Result<Pack> {
    let device = ctx.verifier.ok_or_else(|| Error::field("point", NO_PHONE))?;
    let (point, place) = points::at(tx, ctx, id)?;
    if point.archived_at.is_some() {
        return Err(Error::field("point", "This point is used no more: choose another one."));
    }
    let (keys, settings) = (credentials::keys(ctx)?, settings::load(tx)?);
    let since = asked.since.as_deref().and_then(|text| after(text, ctx.now()));
    let content = match point.kind {
        PointKind::Gate => gate::content(tx, &point, (since, ctx.now()))?,
        PointKind::Room | PointKind::Hall => {
            room::content(tx, ctx, &point, (since, asked.without_photos))?
        }
    };
    let records = sealing::sealed(ctx, &content)?;
    let points = muster_storage::points::of_scope(tx, point.scope)?.into_iter();
    let body = Body {
        format: FORMAT,
        device,
        institution: &settings.institution,
        point: described(&point, &content),
        points: points.map(|row| Named { id: row.id, name: row.name }).collect(),
        issued_at: ctx.now(),
        expires_at: ctx.now() + PACK_LIFETIME,
        cursor: format!("{}{}", ctx.now().0, content.mark),
        whole: content.whole,
        without_photos: content.without_photos,
        keys: signing_keys::known(tx, ctx)?.to_json(),
        may_override: redemptions::may_override(ctx, &settings, place),
        rule: &content.rule,
        groups: &content.groups,
        names: sealing::names(ctx, device, id, &content.holders)?,
        redemptions: &content.past,
        records,
    };
    let bytes = pack::sign(keys.active(), &json(&body)?);
    Ok(Pack { bytes, records: content.issues.len() })
}

/// From when on changes are told to whoever has the pack of that cursor: none if it is too old.
fn after(cursor: &str, now: Timestamp) -> Option<Since> {
    let end = cursor.find('.').unwrap_or(cursor.len());
    let (made, mark) = cursor.split_at_checked(end)?;
    let made = Timestamp(made.parse().ok()?);
    let recent = made <= now && now.0.saturating_sub(made.0) < PACK_LIFETIME.0;
    recent.then(|| Since { at: made - SLACK, mark: mark.to_owned() })
}

/// The least id that something can have which was made at that moment.
fn first_of(at: Timestamp) -> RedemptionId {
    let millis = u64::try_from(at.0 / 1000).unwrap_or_default();
    RedemptionId(uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid())
}

fn described<'a>(point: &'a PointRow, content: &Content) -> Point<'a> {
    Point {
        id: point.id,
        kind: point.kind.key(),
        name: &point.name,
        scope: point.scope,
        scope_name: &point.scope_name,
        credential_scope: content.credential_scope,
    }
}

fn json(value: &impl Serialize) -> Result<Vec<u8>> {
    let written = serde_json::to_vec(value);
    written.map_err(|error| muster_storage::Error::Database(error.to_string()).into())
}
