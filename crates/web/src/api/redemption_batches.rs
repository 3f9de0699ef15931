//! Presenting what a device kept meanwhile, for programs: many at once.

use super::redemptions::{Presentation, Told, instant, status};
use crate::caller::Caller;
use crate::floods;
use crate::problem::{ApiResult, Problem};
use axum::Json;
use muster_app::redemptions::{self, Presenting, RedeemInput, Redeemed, TakeBackInput};
use muster_app::{Ctx, Error, verifiers};
use muster_domain::ids::PointId;
use muster_storage::WriteTx;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use utoipa::ToSchema;

/// Most presentations in one batch.
const MOST: usize = 1_000;
/// Most of them in one transaction.
const LOT: usize = 50;

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

impl Answer {
    fn of(caller: &Caller, done: Result<Redeemed, Error>) -> Self {
        match done {
            Ok(redeemed) => Self {
                status: status(redeemed.already).as_u16(),
                redemption: Some(Told::of(caller, redeemed)),
                problem: None,
            },
            Err(error) => Self {
                status: crate::error::status(&error).as_u16(),
                redemption: None,
                problem: Some(Problem::of(&error)),
            },
        }
    }
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
    let mut lot = Vec::new();
    for item in items {
        match read(item, sent_at.as_deref()) {
            Ok(Item::Presented(input)) => {
                lot.push(Presenting::new(Arc::new(caller.another()), *input));
            }
            Ok(Item::TakenBack(input)) => {
                // It is judged by what those before it left.
                answers.extend(present(&caller, std::mem::take(&mut lot)).await);
                answers.push(Answer::of(&caller, take_back(&caller, input).await));
            }
            Err(error) => {
                answers.extend(present(&caller, std::mem::take(&mut lot)).await);
                answers.push(Answer::of(&caller, Err(error)));
            }
        }
        if lot.len() == LOT {
            answers.extend(present(&caller, std::mem::take(&mut lot)).await);
        }
    }
    answers.extend(present(&caller, lot).await);
    if caller.ctx.verifier.is_some() {
        caller.write_more(move |tx, ctx| verifiers::heard(tx, ctx, queued, None)).await?;
    }
    Ok(Json(Answers { items: answers }))
}

/// Presents items of a batch in one transaction.
async fn present(caller: &Caller, lot: Vec<Presenting>) -> Vec<Answer> {
    if lot.is_empty() {
        return Vec::new();
    }
    let done = floods::redeem(&caller.app.store, lot).await;
    done.into_iter().map(|done| Answer::of(caller, done)).collect()
}

async fn take_back(caller: &Caller, input: TakeBackInput) -> Result<Redeemed, Error> {
    let act = move |tx: &mut WriteTx<'_>, ctx: &Ctx| redemptions::take_back(tx, ctx, &input);
    caller.write_more(act).await
}

/// An item of a batch.
enum Item {
    Presented(Box<RedeemInput>),
    TakenBack(TakeBackInput),
}

fn read(item: Value, sent_at: Option<&str>) -> Result<Item, Error> {
    let odd = |error| Error::field("items", format!("Not understood: {error}."));
    if item.get("undo").is_some() {
        let item: TakenBack = serde_json::from_value(item).map_err(odd)?;
        let sent = item.sent_at.as_deref().or(sent_at);
        return Ok(Item::TakenBack(TakeBackInput {
            nonce: item.undo,
            point: item.point,
            reason: item.reason,
            at: instant("at", item.at.as_deref())?,
            sent_at: instant("sent_at", sent)?,
        }));
    }
    let item: Presentation = serde_json::from_value(item).map_err(odd)?;
    Ok(Item::Presented(Box::new(item.sent(sent_at).input()?)))
}
