//! The server: its state, its layers, and serving until told to stop.

use crate::caller;
use crate::floods::{self, Knowing, Marking};
use crate::importing::Importer;
use crate::live::Hub;
use crate::routes::{Route, Routes};
use crate::{problem, repeated};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use axum::{Json, Router};
use muster_app::settings;
use muster_credential::keys::MasterKey;
use muster_documents::photo::{self, Crop, PhotoError};
use muster_domain::time::Timestamp;
use muster_storage::Store;
use serde_json::json;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;

/// Largest request body: 1 MiB; uploads get a route of their own.
const LARGEST_BODY: usize = 1 << 20;

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; worker-src 'self'; \
    manifest-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;
/// Gives fresh random bytes.
pub type Entropy = Arc<dyn Fn() -> [u8; 32] + Send + Sync>;

/// What every handler has at hand.
#[derive(Clone)]
pub struct App {
    /// The records.
    pub store: Store,
    /// The node's key for codes.
    pub key: Arc<MasterKey>,
    /// Tells the time.
    pub clock: Clock,
    /// Gives fresh random bytes.
    pub entropy: Entropy,
    /// Where links in QR codes lead; the request's own host without it.
    pub base_url: Option<Arc<str>>,
    /// Proxies whose word about a client's address and connection is believed.
    pub proxies: Arc<[IpAddr]>,
    /// The sender of letters; none without a mail server.
    pub mail_from: Option<Arc<str>>,
    pub(crate) live: Hub,
    pub(crate) knowing: Knowing,
    pub(crate) marking: Marking,
    pub(crate) importer: Importer,
    hashing: Arc<Semaphore>,
    drawing: Arc<Semaphore>,
}

impl App {
    /// An app on a store. Must be made inside a tokio runtime: its live feed begins at once.
    pub fn new(
        store: Store,
        key: Arc<MasterKey>,
        clock: Clock,
        entropy: Entropy,
        base_url: Option<String>,
    ) -> Self {
        let live = Hub::start(&store);
        let knowing = floods::knowing(store.clone(), clock.clone());
        let marking = floods::marking(store.clone());
        let importer = Importer::start(store.clone(), key.clone(), clock.clone(), entropy.clone());
        let (hashing, drawing) = (Arc::new(Semaphore::new(2)), Arc::new(Semaphore::new(1)));
        let base_url = base_url.map(Into::into);
        let proxies = Arc::default();
        Self {
            store,
            key,
            clock,
            entropy,
            base_url,
            proxies,
            mail_from: None,
            live,
            knowing,
            marking,
            importer,
            hashing,
            drawing,
        }
    }

    /// The same, behind proxies at those addresses.
    #[must_use]
    pub fn behind(mut self, proxies: Vec<IpAddr>) -> Self {
        self.proxies = proxies.into();
        self
    }

    /// The same, with letters sent by somebody.
    #[must_use]
    pub fn mailing(mut self, from: impl Into<Arc<str>>) -> Self {
        self.mail_from = Some(from.into());
        self
    }

    /// Runs slow work such as hashing beside the asynchronous threads, two at a time: Argon2
    /// takes 19 MiB each.
    pub(crate) async fn slowly<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> muster_app::Result<T> {
        beside(&self.hashing, work).await
    }

    /// The thumbnail of an uploaded photo, one at a time: a large one takes hundreds of megabytes.
    pub(crate) async fn thumbnail(
        &self,
        file: Vec<u8>,
        crop: Option<Crop>,
    ) -> muster_app::Result<Vec<u8>> {
        let drawn = beside(&self.drawing, move || photo::thumbnail(&file, crop)).await;
        // A decoder that gives up in a panic met a damaged file as well.
        let drawn = drawn.unwrap_or(Err(PhotoError::Damaged));
        drawn.map_err(|error| muster_app::Error::field("photo", error.to_string()))
    }
}

/// Runs slow work beside the asynchronous threads, as many at a time as there are permits.
async fn beside<T: Send + 'static>(
    permits: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> muster_app::Result<T> {
    let panicked = || muster_app::Error::from(muster_storage::Error::Panicked);
    let permit = permits.clone().acquire_owned().await.map_err(|_| panicked())?;
    let done = tokio::task::spawn_blocking(move || (work(), permit)).await;
    done.map(|(value, _)| value).map_err(|_| panicked())
}

fn declared() -> Routes {
    crate::api::routes(crate::pages::routes(Routes::default()))
}

/// Every route with who may use it.
pub fn routes() -> Vec<Route> {
    declared().into_parts().1
}

/// The whole application.
pub fn router(app: App) -> Router {
    let (router, _) = declared().into_parts();
    let store = app.store.clone();
    let fixed = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    let layered = router.fallback(crate::pages::not_found).with_state(app.clone()).layer(
        ServiceBuilder::new()
            .layer(CatchPanicLayer::new())
            .layer(fixed(header::CONTENT_SECURITY_POLICY, CSP))
            .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .layer(fixed(header::REFERRER_POLICY, "same-origin"))
            .layer(fixed(
                HeaderName::from_static("permissions-policy"),
                "camera=(self), geolocation=(self)",
            ))
            .layer(CompressionLayer::new())
            .layer(DefaultBodyLimit::max(LARGEST_BODY))
            .layer(CsrfLayer::new())
            .layer(from_fn(problem::explain))
            .layer(from_fn_with_state(app.clone(), caller::know))
            .layer(from_fn_with_state(app.clone(), repeated::once))
            .layer(from_fn_with_state(app, crate::error::frame)),
    );
    // Outside of every layer: whether the process answers says nothing about anything else.
    let probes = Router::new().route("/healthz", get(healthy)).route("/readyz", get(ready));
    layered.merge(probes.with_state(store))
}

/// Whether the database answers too.
async fn ready(State(store): State<Store>) -> (StatusCode, Json<serde_json::Value>) {
    match store.read(settings::load).await {
        Ok(_) => (StatusCode::OK, Json(json!({"status": "ok"}))),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"status": "unavailable"})))
        }
    }
}

async fn healthy() -> Json<serde_json::Value> {
    Json(json!({"status": "ok"}))
}

/// Serves until `stop` resolves; running requests may finish.
pub async fn serve(
    app: App,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop).await
}
