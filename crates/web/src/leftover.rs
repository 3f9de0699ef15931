//! The rest of a request that was answered before all of it was read.
//!
//! Much is refused by the head of a request alone: who is not signed in, for one. HTTP/1 can only
//! go on with the next request of a connection behind the whole body of this one (RFC 9112,
//! section 9.3). Cut there, a client that sends its body a moment later loses what it asks next.

use axum::body::Body;
use axum::http::header::EXPECT;
use axum::http::{HeaderMap, Request};
use hyper::body::{Body as Frames, Bytes, Frame, Incoming, SizeHint};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::runtime::Handle;

/// Bytes that are read for the sake of the next request; behind more than that, the connection ends.
const MOST: usize = 1 << 20;

/// The same request, of which nothing is left over: what nobody read is read and forgotten for as
/// long as this while its answer is on the way.
pub(crate) fn forgotten(request: Request<Incoming>, time: Duration) -> Request<Body> {
    let nothing = request.body().is_end_stream();
    if nothing || waits_for_us(request.headers()) {
        return request.map(Body::new);
    }
    request.map(|body| Body::new(Read { rest: Some(body), time }))
}

/// Whether a client only sends its body once it is told to go on.
fn waits_for_us(head: &HeaderMap) -> bool {
    head.contains_key(EXPECT)
}

/// A body that is read to its end, whoever lets go of it.
struct Read {
    /// Until its end.
    rest: Option<Incoming>,
    time: Duration,
}

impl Frames for Read {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = &mut self.rest else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(body).poll_frame(context));
        if !matches!(frame, Some(Ok(_))) {
            self.rest = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.rest.as_ref().is_none_or(Frames::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.rest.as_ref().map_or_else(SizeHint::default, Frames::size_hint)
    }
}

impl Drop for Read {
    fn drop(&mut self) {
        let rest = self.rest.take().filter(|rest| !rest.is_end_stream());
        if let (Some(rest), Ok(runtime)) = (rest, Handle::try_current()) {
            let time = self.time;
            runtime.spawn(async move { tokio::time::timeout(time, read(rest)).await });
        }
    }
}

async fn read(mut rest: Incoming) {
    let mut left = MOST;
    while let Some(Ok(frame)) = poll_fn(|context| Pin::new(&mut rest).poll_frame(context)).await {
        let length = frame.data_ref().map_or(0, Bytes::len);
        let Some(fewer) = left.checked_sub(length) else { return };
        left = fewer;
    }
}
