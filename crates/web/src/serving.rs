//! Connections: accepted, given their time and no more, and ended in peace.

use crate::server::{App, router};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::future::Future;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::ServiceExt;

/// What a connection and a request may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Time for the head of a request; also how long a connection may wait for the next one.
    pub head_time: Duration,
    /// How long a body may pause while it arrives.
    pub body_pause: Duration,
    /// Time from the head of a request to the beginning of its answer, the body included.
    pub answer_time: Duration,
    /// Bytes of a request's head.
    pub head_bytes: usize,
    /// Headers of a request.
    pub headers: usize,
    /// Connections at once; more wait.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_time: Duration::from_secs(30),
            body_pause: Duration::from_secs(30),
            // A table of some megabytes over a slow line takes minutes.
            answer_time: Duration::from_mins(5),
            head_bytes: 64 << 10,
            headers: 100,
            connections: 16_384,
        }
    }
}

/// How long nothing is accepted after the system ran out of something.
const PAUSE: Duration = Duration::from_secs(1);

/// Serves until `stop` resolves; running requests may finish.
pub async fn serve(
    app: App,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let limits = app.limits;
    let router = router(app);
    let places = Arc::new(Semaphore::new(limits.connections));
    let ending = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let (place, stream, peer) = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = &mut stop => break,
        };
        hold(&router, &ending, limits, (place, stream, peer));
    }
    drop(listener);
    ending.shutdown().await;
    Ok(())
}

type Accepted = (Option<OwnedSemaphorePermit>, TcpStream, SocketAddr);

/// The next connection, as soon as there is a place for it.
async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> Accepted {
    let place = places.clone().acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (place, stream, peer),
            Err(error) if is_of_the_client(error.kind()) => {}
            Err(error) => {
                tracing::error!(%error, "no connection could be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

const fn is_of_the_client(kind: ErrorKind) -> bool {
    use ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(kind, ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Serves a connection's requests beside the others.
fn hold(
    router: &Router,
    ending: &GracefulShutdown,
    limits: Limits,
    (place, stream, peer): Accepted,
) {
    // Answers are small and wait for nothing.
    let _ = stream.set_nodelay(true);
    let router = router.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_buf_size(limits.head_bytes)
        .max_headers(limits.headers)
        .serve_connection(TokioIo::new(stream), service);
    let connection = ending.watch(connection);
    tokio::spawn(async move {
        // A client that went away or was too slow is no fault of ours.
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended early");
        }
        drop(place);
    });
}
