//! How the caller wishes to be told and shown, for programs.

use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::NoticeKindKey;
use axum::Json;
use muster_app::{Error, channels, leaderboard};
use muster_domain::notices::NoticeKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How the caller is told; everything stands in the inbox besides.
#[derive(Serialize, ToSchema)]
pub(super) struct NoticeChannels {
    /// Kinds that the caller may get.
    kinds: Vec<NoticeKindKey>,
    /// Those of which a letter is sent too.
    email: Vec<NoticeKindKey>,
}

/// How the caller is told.
#[utoipa::path(get, path = "/api/v1/me/notice-channels", operation_id = "get_notice_channels",
    responses((status = 200, body = NoticeChannels)))]
pub(super) async fn told(caller: Caller) -> ApiResult<Json<NoticeChannels>> {
    let all = caller.read(channels::own).await?;
    let wished = all.iter().filter(|channel| channel.email);
    Ok(Json(NoticeChannels {
        email: wished.map(|channel| NoticeKindKey(channel.kind)).collect(),
        kinds: all.iter().map(|channel| NoticeKindKey(channel.kind)).collect(),
    }))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct NoticeChoice {
    /// Kinds of which a letter is sent too.
    email: Vec<String>,
}

/// Chooses of which notices a letter is sent too.
#[utoipa::path(put, path = "/api/v1/me/notice-channels", operation_id = "choose_notice_channels",
    request_body = NoticeChoice, responses((status = 200, body = NoticeChannels)))]
pub(super) async fn choose(
    caller: Caller,
    Json(NoticeChoice { email }): Json<NoticeChoice>,
) -> ApiResult<Json<NoticeChannels>> {
    let kinds: Option<Vec<_>> = email.iter().map(|key| NoticeKind::from_key(key)).collect();
    let kinds = kinds.ok_or_else(|| Error::field("email", "There is no such kind of notice."))?;
    caller.write(move |tx, ctx| channels::choose(tx, ctx, &kinds)).await?;
    told(caller).await
}

/// Whether the caller is named on leaderboards.
#[derive(Serialize, Deserialize, ToSchema)]
pub(super) struct LeaderboardChoice {
    /// Whether the classmates see name, percentage and run.
    named: bool,
}

/// Whether the caller is named on the leaderboards of their classes.
#[utoipa::path(get, path = "/api/v1/me/leaderboard", operation_id = "get_leaderboard_choice",
    responses((status = 200, body = LeaderboardChoice)))]
pub(super) async fn named(caller: Caller) -> ApiResult<Json<LeaderboardChoice>> {
    let named = caller.read(leaderboard::own).await?.unwrap_or_default();
    Ok(Json(LeaderboardChoice { named }))
}

/// Chooses whether to be named; nobody is unless they chose it.
#[utoipa::path(put, path = "/api/v1/me/leaderboard", operation_id = "choose_leaderboard",
    request_body = LeaderboardChoice, responses((status = 200, body = LeaderboardChoice)))]
pub(super) async fn name(
    caller: Caller,
    Json(choice): Json<LeaderboardChoice>,
) -> ApiResult<Json<LeaderboardChoice>> {
    let named = choice.named;
    caller.write(move |tx, ctx| leaderboard::choose(tx, ctx, named)).await?;
    Ok(Json(choice))
}
