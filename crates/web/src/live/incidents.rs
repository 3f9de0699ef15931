//! That something odd about scans was found or settled, as it happens.

use super::message::{About, Message};
use super::stream::{Events, event, sse};
use crate::caller::Caller;
use crate::problem::ApiResult;
use futures_util::{StreamExt, stream};
use muster_app::incidents;
use serde_json::json;
use tokio_stream::wrappers::BroadcastStream;
use uuid::Uuid;

/// Incidents that the caller may settle, as they are found and settled.
///
/// Server-sent events: `snapshot` with `{open}`, how many wait, then `incident` with `{scope}`, at the
/// points of what: read the list again. The stream ends after ten minutes: connect again.
#[utoipa::path(get, path = "/api/v1/incidents/events", operation_id = "follow_incidents",
    responses((status = 200, body = String, content_type = "text/event-stream")))]
pub(crate) async fn follow(caller: Caller) -> ApiResult<Events> {
    let news = caller.app.live.subscribe();
    let seq = *caller.app.store.feed().borrow();
    let open = caller.read(incidents::waiting).await?;
    let first = event(seq, "snapshot", json!({"open": open}).to_string());
    let rest = BroadcastStream::new(news).then(move |message| {
        let (store, ctx) = (caller.app.store.clone(), caller.ctx.clone());
        async move {
            // Fallen behind: end, and the browser comes back for a new snapshot.
            let Ok(message) = message else { return vec![None] };
            let About::Incidents(place) = message.about else { return Vec::new() };
            let may = store.read(move |tx| incidents::may_settle_at(tx, &ctx, place)).await;
            if message.seq <= seq || !may.unwrap_or(false) {
                return Vec::new();
            }
            let told = message.events.iter();
            told.map(|(name, data)| Some(event(message.seq, name, data.clone()))).collect()
        }
    });
    Ok(sse(first, rest.flat_map(stream::iter)))
}

/// The message that there is something new at a place.
pub(super) fn message(seq: i64, place: Uuid) -> Message {
    let events = vec![("incident", json!({"scope": place}).to_string())];
    Message { seq, about: About::Incidents(place), events, item: None }
}
