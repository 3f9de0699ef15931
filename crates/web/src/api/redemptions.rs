//! Presenting credentials at points, for programs.

use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{DirectionKey, IncidentKindKey, Instant, VerdictKey};
use crate::verdicts;
use axum::Json;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use muster_app::Error;
use muster_app::redemptions::{self, DecidedInput, Offered, RedeemInput, Redeemed};
use muster_domain::ids::{DocketId, PassId, PointId, RedemptionId};
use muster_domain::time::Timestamp;
use muster_domain::verification::{Direction, VerdictKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A credential that is presented.
#[derive(Clone, Deserialize, ToSchema)]
pub(super) struct Presentation {
    /// The text of the QR, or the readable code.
    #[serde(default)]
    credential: String,
    /// Instead: the id of a pass that was found by name.
    #[schema(value_type = Option<Uuid>)]
    pass: Option<PassId>,
    /// Instead: the id of a docket that was found by name.
    #[schema(value_type = Option<Uuid>)]
    docket: Option<DocketId>,
    #[schema(value_type = Uuid)]
    point: PointId,
    /// `entry` (without it) or `exit`.
    direction: Option<String>,
    /// How many people go through; without it all whom it still admits.
    count: Option<i64>,
    /// What the device calls this scan, for example a random UUID: sent again, it is recorded once.
    nonce: String,
    /// When it was scanned by the device's clock, if not just now.
    #[schema(format = DateTime)]
    at: Option<String>,
    /// What the device's clock shows as it sends this: `at` is corrected by as much as it is off.
    #[schema(format = DateTime)]
    sent_at: Option<String>,
    /// Lets them through whatever the verdict is, with a `reason`.
    #[serde(default)]
    force: bool,
    #[serde(default)]
    reason: String,
    /// From an enrolled phone: what it decided by itself, without network. That is kept.
    decided: Option<ByPhone>,
}

/// What a phone decided by its pack.
#[derive(Clone, Deserialize, ToSchema)]
#[schema(as = DecidedByPhone)]
struct ByPhone {
    /// A verdict.
    verdict: String,
    /// `issued_at` of its pack, in microseconds since 1970.
    pack_issued_at: i64,
}

impl ByPhone {
    fn input(&self) -> Result<DecidedInput, Error> {
        let verdict = VerdictKind::from_key(&self.verdict);
        let verdict =
            verdict.ok_or_else(|| Error::field("decided", "Send one of the verdicts."))?;
        Ok(DecidedInput { verdict, pack_issued_at: Timestamp(self.pack_issued_at) })
    }
}

impl Presentation {
    /// The same with what the device's clock showed as it sent all of them, unless it has its own.
    pub fn sent(mut self, at: Option<&str>) -> Self {
        self.sent_at = self.sent_at.or_else(|| at.map(str::to_owned));
        self
    }

    pub fn input(self) -> Result<RedeemInput, Error> {
        let direction = match self.direction.as_deref() {
            None => Some(Direction::Entry),
            Some(key) => Direction::from_key(key),
        };
        let decided = self.decided.as_ref().map(ByPhone::input).transpose()?;
        Ok(RedeemInput {
            decided,
            offered: match (self.pass, self.docket) {
                (Some(pass), _) => Offered::Pass(pass),
                (None, Some(docket)) => Offered::Docket(docket),
                (None, None) => Offered::Text(self.credential),
            },
            point: self.point,
            direction: direction.ok_or_else(|| Error::field("direction", "Send entry or exit."))?,
            count: self.count,
            nonce: self.nonce,
            at: instant("at", self.at.as_deref())?,
            sent_at: instant("sent_at", self.sent_at.as_deref())?,
            force: self.force,
            reason: self.reason,
        })
    }
}

pub(super) fn instant(field: &'static str, text: Option<&str>) -> Result<Option<Timestamp>, Error> {
    let Some(text) = text else { return Ok(None) };
    let at: Result<jiff::Timestamp, _> = text.parse();
    let wrong = |_| Error::field(field, "Send a time, for example 2026-11-21T10:00:00Z.");
    at.map(|at| Some(Timestamp(at.as_microsecond()))).map_err(wrong)
}

/// What a verifier is told.
#[derive(Serialize, ToSchema)]
#[schema(as = Redemption)]
pub(super) struct Told {
    redemption: Uuid,
    verdict: VerdictKey,
    /// A sentence for the screen.
    detail: String,
    /// Whose it is; null where that is nobody.
    holder: Option<Bearer>,
    direction: DirectionKey,
    /// How many people go through.
    count: i64,
    /// How many more may enter.
    remaining: Option<i64>,
    /// The admission before, with `already_used`.
    previous: Option<Before>,
    /// What the verdict was before somebody overrode it.
    overridden: Option<VerdictKey>,
    /// Where a phone decided by itself: what the rule says, if that is something else.
    judged: Option<VerdictKey>,
    /// Where a phone decided by itself: what is odd about it.
    incidents: Vec<IncidentKindKey>,
    scanned_at: Instant,
    undone_at: Option<Instant>,
}

/// Whose pass or docket it is.
#[derive(Default, Serialize, ToSchema)]
#[schema(as = RedemptionHolder)]
pub(super) struct Bearer {
    names: Vec<String>,
    /// Of a pass.
    pass: Option<Uuid>,
    /// Of a pass.
    pass_type: Option<String>,
    /// Of a pass: to which event.
    event: Option<Uuid>,
    /// Its name.
    event_name: Option<String>,
    /// How many people the pass is for.
    admits: Option<i64>,
    /// How many of them entered by now.
    admitted: Option<i64>,
    /// Of a docket.
    docket: Option<Uuid>,
    /// Of a docket: whose.
    person: Option<Uuid>,
    /// Their number.
    number: Option<String>,
    /// What they study; null if nothing is known.
    programme: Option<String>,
    /// Of a docket: the code of its assessment.
    assessment: Option<String>,
    /// Where the student's photo is; null if there is none.
    photo: Option<String>,
}

impl Bearer {
    fn of(redeemed: &Redeemed) -> Option<Self> {
        if let Some(docket) = &redeemed.docket {
            let path = format!("/api/v1/redemptions/{}/photo", redeemed.row.id);
            return Some(Self {
                names: vec![docket.person.name.clone()],
                docket: Some(docket.docket.id.0),
                person: Some(docket.person.id.0),
                number: Some(docket.person.number.clone()),
                programme: Some(docket.programme.clone()).filter(|name| !name.is_empty()),
                assessment: Some(docket.assessment.code.clone()),
                photo: docket.has_photo.then_some(path),
                ..Self::default()
            });
        }
        let (pass, event, holders) = redeemed.pass.as_ref()?;
        Some(Self {
            names: holders.iter().map(|holder| holder.name.clone()).collect(),
            pass: Some(pass.id.0),
            pass_type: Some(pass.type_name.clone()),
            event: Some(event.id.0),
            event_name: Some(event.name.clone()),
            admits: Some(pass.admits),
            admitted: Some(pass.admitted),
            ..Self::default()
        })
    }
}

/// An admission before.
#[derive(Serialize, ToSchema)]
#[schema(as = EarlierRedemption)]
pub(super) struct Before {
    redemption: Uuid,
    at: Instant,
    /// The name of the point.
    point: String,
    /// The name of whoever scanned.
    person: String,
}

impl Told {
    pub fn of(caller: &Caller, redeemed: Redeemed) -> Self {
        let detail = verdicts::sentence(&caller.known.settings, &redeemed);
        let holder = Bearer::of(&redeemed);
        let Redeemed { row, previous, judged, incidents, .. } = redeemed;
        Self {
            redemption: row.id.0,
            verdict: VerdictKey(row.verdict),
            detail,
            holder,
            direction: DirectionKey(row.direction),
            count: row.people,
            remaining: row.remaining,
            previous: previous.map(|row| Before {
                redemption: row.id.0,
                at: Instant(row.scanned_at),
                point: row.point_name,
                person: row.person_name,
            }),
            overridden: row.overridden.map(VerdictKey),
            judged: judged.map(VerdictKey),
            incidents: incidents.into_iter().map(IncidentKindKey).collect(),
            scanned_at: Instant(row.scanned_at),
            undone_at: row.undone_at.map(Instant),
        }
    }
}

pub(super) const fn status(already: bool) -> StatusCode {
    if already { StatusCode::OK } else { StatusCode::CREATED }
}

/// Presents a credential at a point.
///
/// A refusal is 201 as well: it is recorded. The same `nonce` at the same point again: 200, and
/// the answer of before.
#[utoipa::path(post, path = "/api/v1/redemptions", operation_id = "redeem",
    request_body = Presentation,
    responses((status = 201, body = Told), (status = 200, body = Told)))]
pub(super) async fn create(
    caller: Caller,
    Json(body): Json<Presentation>,
) -> ApiResult<(StatusCode, Json<Told>)> {
    let input = body.input()?;
    let redeemed = caller.redeem(input).await?;
    Ok((status(redeemed.already), Json(Told::of(&caller, redeemed))))
}

/// Why an admission is taken back.
#[derive(Deserialize, ToSchema)]
#[schema(as = RedemptionReversal)]
pub(super) struct Undoing {
    reason: String,
}

/// Takes a mistaken admission back; the record stays, and says so.
#[utoipa::path(post, path = "/api/v1/redemptions/{id}/reversal", operation_id = "undo_redemption",
    request_body = Undoing, responses((status = 204)))]
pub(super) async fn undo(
    caller: Caller,
    Path(id): Path<RedemptionId>,
    Json(Undoing { reason }): Json<Undoing>,
) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| redemptions::undo(tx, ctx, id, &reason).map(drop)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The photo of the student whose docket was presented, for whoever may verify there.
#[utoipa::path(get, path = "/api/v1/redemptions/{id}/photo",
    operation_id = "get_redemption_photo",
    responses((status = 200, body = Vec<u8>, content_type = "image/jpeg")))]
pub(super) async fn photo(caller: Caller, Path(id): Path<RedemptionId>) -> ApiResult<Response> {
    let photo = caller.read(move |tx, ctx| redemptions::photo(tx, ctx, id)).await?;
    let headers = [
        (header::CONTENT_TYPE, photo.media_type),
        (header::CACHE_CONTROL, "private, max-age=300".to_owned()),
    ];
    Ok((headers, photo.content).into_response())
}
