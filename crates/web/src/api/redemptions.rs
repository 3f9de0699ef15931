//! Presenting credentials at points, for programs: one by one, or what a device kept meanwhile.

use crate::caller::Caller;
use crate::problem::{ApiResult, Problem};
use crate::shapes::{DirectionKey, IncidentKindKey, Instant, VerdictKey};
use crate::verdicts;
use axum::Json;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use muster_app::redemptions::{self, DecidedInput, Offered, RedeemInput, Redeemed, TakeBackInput};
use muster_app::{Ctx, Error, verifiers};
use muster_domain::ids::{DocketId, PassId, PointId, RedemptionId};
use muster_domain::time::Timestamp;
use muster_domain::verification::{Direction, VerdictKind};
use muster_storage::WriteTx;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// Most presentations in one batch.
const MOST: usize = 1_000;

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
    fn input(self) -> Result<RedeemInput, Error> {
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
    fn of(caller: &Caller, redeemed: Redeemed) -> Self {
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

const fn status(already: bool) -> StatusCode {
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
    let redeemed = caller.write(move |tx, ctx| redemptions::redeem(tx, ctx, &input)).await?;
    Ok((status(redeemed.already), Json(Told::of(&caller, redeemed))))
}

/// What a device kept.
#[derive(Deserialize, ToSchema)]
#[schema(as = RedemptionBatch)]
pub(super) struct Batch {
    /// As the single call takes them. From an enrolled phone also scans that it took back:
    /// `undo` with the nonce of the scan, `point`, `reason` and `at`.
    #[schema(value_type = Vec<Presentation>)]
    items: Vec<Value>,
    /// For items without one of their own.
    #[schema(format = DateTime)]
    sent_at: Option<String>,
    /// From an enrolled phone: how many scans wait there after these.
    queued: Option<i64>,
}

/// A scan that a phone took back.
#[derive(Deserialize)]
struct TakenBack {
    undo: String,
    point: PointId,
    #[serde(default)]
    reason: String,
    at: Option<String>,
    sent_at: Option<String>,
}

/// The answers to a batch, in its order.
#[derive(Serialize, ToSchema)]
#[schema(as = RedemptionAnswers)]
pub(super) struct Answers {
    items: Vec<Answer>,
}

/// The answer to one item.
#[derive(Serialize, ToSchema)]
#[schema(as = RedemptionAnswer)]
pub(super) struct Answer {
    /// As the single call would have had it.
    status: u16,
    /// What the verifier is told; null where the item was not recorded.
    redemption: Option<Told>,
    /// Why it was not.
    problem: Option<Problem>,
}

/// Presents several credentials, each for itself: a bad one holds nothing up.
#[utoipa::path(post, path = "/api/v1/redemptions/batch", operation_id = "redeem_batch",
    request_body = Batch, responses((status = 200, body = Answers)))]
pub(super) async fn batch(
    caller: Caller,
    Json(Batch { items, sent_at, queued }): Json<Batch>,
) -> ApiResult<Json<Answers>> {
    if items.len() > MOST {
        return Err(Error::field("items", "Send 1,000 at most.").into());
    }
    let mut answers = Vec::with_capacity(items.len());
    for item in items {
        answers.push(match one(&caller, item, sent_at.as_deref()).await {
            Ok(redeemed) => Answer {
                status: status(redeemed.already).as_u16(),
                redemption: Some(Told::of(&caller, redeemed)),
                problem: None,
            },
            Err(error) => Answer {
                status: crate::error::status(&error).as_u16(),
                redemption: None,
                problem: Some(Problem::of(&error)),
            },
        });
    }
    if caller.ctx.verifier.is_some() {
        caller.write_more(move |tx, ctx| verifiers::heard(tx, ctx, queued, None)).await?;
    }
    Ok(Json(Answers { items: answers }))
}

/// Presents an item of a batch, in a transaction of its own.
async fn one(caller: &Caller, item: Value, sent_at: Option<&str>) -> Result<Redeemed, Error> {
    let odd = |error| Error::field("items", format!("Not understood: {error}."));
    if item.get("undo").is_some() {
        let item: TakenBack = serde_json::from_value(item).map_err(odd)?;
        let sent = item.sent_at.as_deref().or(sent_at);
        let input = TakeBackInput {
            nonce: item.undo,
            point: item.point,
            reason: item.reason,
            at: instant("at", item.at.as_deref())?,
            sent_at: instant("sent_at", sent)?,
        };
        let act = move |tx: &mut WriteTx<'_>, ctx: &Ctx| redemptions::take_back(tx, ctx, &input);
        return caller.write_more(act).await;
    }
    let mut item: Presentation = serde_json::from_value(item).map_err(odd)?;
    item.sent_at = item.sent_at.or_else(|| sent_at.map(str::to_owned));
    let input = item.input()?;
    let act = move |tx: &mut WriteTx<'_>, ctx: &Ctx| redemptions::redeem(tx, ctx, &input);
    caller.write_more(act).await
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
