//! Connections: accepted, given their time and no more, and ended in peace.

use crate::leftover;
use crate::origin::Encrypted;
use crate::secured::Redirecting;
use crate::server::{App, router};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::HOST;
use axum::http::{HeaderValue, Request};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use std::error::Error;
use std::future::Future;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
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
/// Requests at once on one connection that speaks HTTP/2.
const STREAMS: u32 = 100;

/// Where connections come in.
pub struct Door {
    /// What accepts them.
    pub listener: TcpListener,
    /// What is spoken there.
    pub way: Way,
}

/// What is spoken.
#[derive(Clone)]
pub enum Way {
    /// Plain HTTP.
    Plain,
    /// Plain HTTP that sends browsers to HTTPS at this port.
    Redirecting(u16),
    /// HTTPS.
    Encrypted(TlsAcceptor),
}

/// Serves plain HTTP until `stop` resolves; running requests may finish.
pub async fn serve(
    app: App,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    serve_at(app, vec![Door { listener, way: Way::Plain }], stop).await
}

/// Serves at several doors until `stop` resolves; running requests may finish.
pub async fn serve_at(
    app: App,
    doors: Vec<Door>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let limits = app.limits;
    let house =
        House { router: router(app), places: Arc::new(Semaphore::new(limits.connections)), limits };
    let ending = Arc::new(GracefulShutdown::new());
    let (closing, closed) = watch::channel(false);
    let mut open = JoinSet::new();
    for door in doors {
        open.spawn(keep(door, house.clone(), ending.clone(), closed.clone()));
    }
    stop.await;
    closing.send_replace(true);
    while open.join_next().await.is_some() {}
    // The doors are closed, so nobody else has it.
    if let Some(ending) = Arc::into_inner(ending) {
        ending.shutdown().await;
    }
    Ok(())
}

/// What all doors share.
#[derive(Clone)]
struct House {
    router: Router,
    places: Arc<Semaphore>,
    limits: Limits,
}

/// Accepts connections at a door until the house closes.
async fn keep(
    door: Door,
    house: House,
    ending: Arc<GracefulShutdown>,
    mut closed: watch::Receiver<bool>,
) {
    loop {
        let accepted = tokio::select! {
            accepted = accept(&door.listener, &house.places) => accepted,
            _ = closed.changed() => return,
        };
        tokio::spawn(hold(accepted, door.way.clone(), house.clone(), ending.watcher()));
    }
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
async fn hold((place, stream, peer): Accepted, way: Way, house: House, ending: Watcher) {
    // Answers are small and wait for nothing.
    let _ = stream.set_nodelay(true);
    let talk = Talk { peer, house, ending };
    let done = match way {
        Way::Plain => talk.first_version(stream, |_| {}).await,
        Way::Redirecting(port) => {
            let redirecting = Redirecting(port);
            talk.first_version(stream, move |request| {
                request.extensions_mut().insert(redirecting);
            })
            .await
        }
        Way::Encrypted(acceptor) => talk.encrypted(stream, &acceptor).await,
    };
    // A client that went away or was too slow is no fault of ours.
    if let Err(error) = done {
        tracing::debug!(%error, "a connection ended early");
    }
    drop(place);
}

type Done = Result<(), Box<dyn Error + Send + Sync>>;

/// A connection.
struct Talk {
    peer: SocketAddr,
    house: House,
    ending: Watcher,
}

impl Talk {
    async fn encrypted(self, stream: TcpStream, acceptor: &TlsAcceptor) -> Done {
        let limits = self.house.limits;
        let stream = tokio::time::timeout(limits.head_time, acceptor.accept(stream)).await??;
        let spoken = stream.get_ref().1.alpn_protocol();
        match spoken {
            Some(b"h2") => self.second_version(stream).await,
            // The proof was in the certificate; nothing follows.
            Some(proof) if proof == muster_tls::shown::PROOF => Ok(()),
            _ => {
                self.first_version(stream, |request| {
                    request.extensions_mut().insert(Encrypted);
                })
                .await
            }
        }
    }

    async fn first_version(
        self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        mark: impl Fn(&mut Request<Body>) + Clone + Send + 'static,
    ) -> Done {
        let Self { peer, house: House { router, limits, .. }, ending } = self;
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = leftover::forgotten(request, limits.body_pause);
            request.extensions_mut().insert(ConnectInfo(peer));
            mark(&mut request);
            router.clone().oneshot(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head_time)
            .max_buf_size(limits.head_bytes)
            .max_headers(limits.headers)
            .serve_connection(TokioIo::new(stream), service);
        Ok(ending.watch(connection).await?)
    }

    /// HTTP/2, which browsers speak over TLS alone.
    async fn second_version(
        self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    ) -> Done {
        let Self { peer, house: House { router, limits, .. }, ending } = self;
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            request.extensions_mut().insert(Encrypted);
            name_host(&mut request);
            router.clone().oneshot(request)
        });
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(limits.head_time)
            .keep_alive_timeout(limits.head_time)
            .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
            .max_concurrent_streams(STREAMS)
            .serve_connection(TokioIo::new(stream), service);
        Ok(ending.watch(connection).await?)
    }
}

/// HTTP/2 says for which host a request is in its address; everything here reads the header.
fn name_host(request: &mut Request<Body>) {
    let host = request.uri().authority().map(|authority| authority.as_str().to_owned());
    if let Some(host) = host.and_then(|host| HeaderValue::from_str(&host).ok()) {
        request.headers_mut().entry(HOST).or_insert(host);
    }
}
