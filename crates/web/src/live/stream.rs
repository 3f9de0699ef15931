//! Server-sent events: a snapshot first, then what changes.

use super::message::{About, Message, item, snapshot};
use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::times::rfc3339;
use axum::extract::Path;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt, stream};
use muster_app::attendance;
use muster_domain::ids::SessionId;
use serde_json::json;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;

/// A stream ends after so many seconds; the browser comes back and shows its login again.
const LONGEST: Duration = Duration::from_mins(10);

pub(super) type Events = Sse<axum::response::sse::KeepAliveStream<EventStream>>;
pub(super) type EventStream =
    std::pin::Pin<Box<dyn Stream<Item = Result<Event, Infallible>> + Send>>;

/// What happens in a session, as it happens.
///
/// Server-sent events: `snapshot` with `{session, counts, marks}` first and whenever many marks
/// move at once, then `mark` with `{mark, counts}`. The stream ends after ten minutes: connect
/// again.
#[utoipa::path(get, path = "/api/v1/sessions/{id}/events", operation_id = "follow_session",
    responses((status = 200, body = String, content_type = "text/event-stream")))]
pub(crate) async fn session(caller: Caller, Path(id): Path<SessionId>) -> ApiResult<Events> {
    let news = caller.app.live.subscribe();
    let seq = *caller.app.store.feed().borrow();
    let now = caller.ctx.now();
    let first = caller.read(move |tx, ctx| {
        let session = muster_app::sessions::get(tx, ctx, id)?;
        let mut data = snapshot(tx, &session)?;
        if let Some(times) = data.get_mut("session").and_then(serde_json::Value::as_object_mut) {
            times.insert("server_time".into(), json!(rfc3339(now)));
        }
        Ok(data.to_string())
    });
    let first = event(seq, "snapshot", first.await?);
    Ok(sse(first, news_of(About::Session(id), seq, news)))
}

/// What is told about one thing after a snapshot.
pub(super) fn news_of(
    about: About,
    seq: i64,
    news: broadcast::Receiver<Arc<Message>>,
) -> impl Stream<Item = Option<Event>> + Send + 'static {
    BroadcastStream::new(news).flat_map(move |message| match message {
        // Fallen behind: end, and the browser comes back for a new snapshot.
        Err(_) => stream::iter(vec![None]),
        Ok(message) if message.about == about && message.seq > seq => {
            let events = message.events.iter();
            let events = events.map(|(name, data)| Some(event(message.seq, name, data.clone())));
            stream::iter(events.collect::<Vec<_>>())
        }
        Ok(_) => stream::iter(Vec::new()),
    })
}

/// What happens in every open session, as it happens.
///
/// Server-sent events: `snapshot` with `{sessions, server_time}` first, then `session` with
/// `{session}`. The stream ends after ten minutes: connect again.
#[utoipa::path(get, path = "/api/v1/live", operation_id = "follow_sessions",
    responses((status = 200, body = String, content_type = "text/event-stream")))]
pub(crate) async fn overview(caller: Caller) -> ApiResult<Events> {
    let news = caller.app.live.subscribe();
    let seq = *caller.app.store.feed().borrow();
    let open = caller.read(attendance::overview).await?;
    let sessions: Vec<_> = open.iter().map(item).collect();
    let server_time = rfc3339(caller.ctx.now());
    let data = json!({"sessions": sessions, "server_time": server_time});
    let first = event(seq, "snapshot", data.to_string());
    let rest = BroadcastStream::new(news).flat_map(move |message| match message {
        Err(_) => stream::iter(vec![None]),
        Ok(message) if message.seq > seq => {
            let told = message.item.as_ref().map(|item| format!("{{\"session\":{item}}}"));
            let told = told.map(|data| Some(event(message.seq, "session", data)));
            stream::iter(told.into_iter().collect::<Vec<_>>())
        }
        Ok(_) => stream::iter(Vec::new()),
    });
    Ok(sse(first, rest))
}

pub(super) fn sse(
    first: Event,
    rest: impl Stream<Item = Option<Event>> + Send + 'static,
) -> Events {
    let until = tokio::time::sleep(LONGEST);
    let rest = rest.take_while(|event| std::future::ready(event.is_some()));
    let rest = rest.filter_map(std::future::ready).take_until(until);
    let events: EventStream = Box::pin(stream::once(std::future::ready(first)).chain(rest).map(Ok));
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

pub(super) fn event(seq: i64, name: &str, data: String) -> Event {
    Event::default().id(seq.to_string()).event(name).data(data)
}
