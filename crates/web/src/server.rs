//! The server: its state and its layers.

use crate::caller;
use crate::floods::{self, Knowing, Marking, Redeeming};
use crate::hosts::{self, Hosts};
use crate::importing::Importer;
use crate::issuing::Issuer;
use crate::lan::Lan;
use crate::live::Hub;
use crate::metrics::{self, Figures};
use crate::printing::{PDF, ZIP};
use crate::routes::{Route, Routes};
use crate::secured::{self, Secured};
use crate::serving::Limits;
use crate::turns::Turns;
use crate::{led, problem, repeated};
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderName, HeaderValue, Request, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use axum::{Json, Router};
use muster_app::settings;
use muster_credential::keys::MasterKey;
use muster_credential::keys::file::KeyRing;
use muster_credential::keys::signing::SigningKey;
use muster_documents::logo::logo;
use muster_documents::photo::{self, Crop, PhotoError};
use muster_documents::typesetting::Typesetter;
use muster_domain::time::Timestamp;
use muster_openid::Provider;
use muster_storage::Store;
use muster_sync::Syncer;
use serde_json::json;
use std::net::IpAddr;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use tokio::sync::{Notify, Semaphore};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutBody, TimeoutLayer};

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

/// The application, as one pointer: every layer of every request takes its own.
#[derive(Clone)]
pub struct App(Arc<AppParts>);

/// What every handler has at hand.
#[derive(Clone)]
pub struct AppParts {
    /// The records.
    pub store: Store,
    /// The node's key for codes.
    pub key: Arc<MasterKey>,
    /// The keys that sign credentials, where the node has them.
    pub signing: Option<Arc<KeyRing<SigningKey>>>,
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
    /// The institution's own sign-in, if it has one.
    pub provider: Option<Arc<Provider>>,
    /// What makes documents on paper, where it is.
    pub typesetter: Option<Arc<Typesetter>>,
    /// What a connection and a request may take.
    pub limits: Limits,
    /// What belongs to speaking HTTPS without a proxy.
    pub secured: Arc<Secured>,
    /// Where phones of the same network find this node, if it shall be found.
    pub lan: Option<Arc<Lan>>,
    pub(crate) hosts: Hosts,
    pub(crate) figures: Figures,
    pub(crate) live: Hub,
    pub(crate) knowing: Knowing,
    pub(crate) marking: Marking,
    pub(crate) redeeming: Redeeming,
    pub(crate) importer: Importer,
    issuer: Option<Issuer>,
    hashing: Arc<Semaphore>,
    drawing: Arc<Semaphore>,
    pub(crate) asking: Arc<Semaphore>,
    /// Two at a time unpack what nodes exchange, which may take tens of megabytes.
    pub(crate) exchanging: Arc<Semaphore>,
    /// Four at a time are kept of what nodes send, until it is clear who sent it.
    pub(crate) reading: Arc<Semaphore>,
    /// What edges bring is taken up one question after the other.
    pub(crate) turns: Turns,
    /// Asks the hub of this node, if it has one.
    pub(crate) syncer: Arc<Syncer>,
    /// Wakes whoever asks the hub by itself, when its pace changes.
    pub(crate) waking: Arc<Notify>,
}

impl Deref for App {
    type Target = AppParts;

    fn deref(&self) -> &AppParts {
        &self.0
    }
}

/// For what is set before it serves: parts that somebody else holds as well are copied first.
impl DerefMut for App {
    fn deref_mut(&mut self) -> &mut AppParts {
        Arc::make_mut(&mut self.0)
    }
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
        let redeeming = floods::redeeming(store.clone());
        let (hashing, drawing) = (Arc::new(Semaphore::new(2)), Arc::new(Semaphore::new(1)));
        let chance = (clock.clone(), entropy.clone());
        let importer = Importer::start(store.clone(), key.clone(), chance, hashing.clone());
        let hosts = Hosts::new(base_url.as_deref(), &[]);
        let chance = (clock.clone(), entropy.clone());
        let syncer = Arc::new(Syncer::new((store.clone(), key.clone()), chance, "job", None));
        let base_url = base_url.map(Into::into);
        let proxies = Arc::default();
        Self(Arc::new(AppParts {
            store,
            key,
            signing: None,
            clock,
            entropy,
            base_url,
            proxies,
            mail_from: None,
            provider: None,
            typesetter: None,
            limits: Limits::default(),
            secured: Arc::default(),
            lan: None,
            hosts,
            figures: Figures::new(),
            live,
            knowing,
            marking,
            redeeming,
            importer,
            issuer: None,
            hashing,
            drawing,
            asking: Arc::new(Semaphore::new(4)),
            exchanging: Arc::new(Semaphore::new(2)),
            reading: Arc::new(Semaphore::new(4)),
            turns: Turns::default(),
            syncer,
            waking: Arc::default(),
        }))
    }

    /// The same, behind proxies at those addresses.
    #[must_use]
    pub fn behind(mut self, proxies: Vec<IpAddr>) -> Self {
        self.proxies = proxies.into();
        self
    }

    /// The same, answering to these names too.
    #[must_use]
    pub fn answering_to(mut self, names: &[String]) -> Self {
        self.hosts = Hosts::new(self.base_url.as_deref(), names);
        self
    }

    /// The same, speaking HTTPS itself.
    #[must_use]
    pub fn secured_by(mut self, secured: Secured) -> Self {
        self.secured = Arc::new(secured);
        self
    }

    /// The same, found by phones of its network.
    #[must_use]
    pub fn found_in(mut self, lan: Arc<Lan>) -> Self {
        self.lan = Some(lan);
        self
    }

    /// The same, asking its hub by somebody else's hands, whom it wakes when the pace changes.
    #[must_use]
    pub fn syncing_by(mut self, syncer: Arc<Syncer>, waking: Arc<Notify>) -> Self {
        self.syncer = syncer;
        self.waking = waking;
        self
    }

    /// The same, within other limits.
    #[must_use]
    pub fn within(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same, with its figures for whoever knows the token.
    #[must_use]
    pub fn measured_by(mut self, token: Option<String>) -> Self {
        self.figures = self.figures.clone().for_whoever_knows(token);
        self
    }

    /// The same, signing credentials with those keys. Must be called inside a tokio runtime: what
    /// is issued to many at once goes on from here.
    #[must_use]
    pub fn signing_by(mut self, keys: Arc<KeyRing<SigningKey>>) -> Self {
        let chance = (self.clock.clone(), self.entropy.clone());
        let (store, key) = (self.store.clone(), self.key.clone());
        self.issuer = Some(Issuer::start(store, key, keys.clone(), chance));
        self.importer.sign_by(keys.clone());
        self.signing = Some(keys);
        self
    }

    /// Tells the worker that dockets or badges wait to be issued.
    pub(crate) fn wake_issuer(&self) {
        if let Some(issuer) = &self.issuer {
            issuer.wake();
        }
    }

    /// The same, with letters sent by somebody.
    #[must_use]
    pub fn mailing(mut self, from: impl Into<Arc<str>>) -> Self {
        self.mail_from = Some(from.into());
        self.importer.send_letters();
        self
    }

    /// The same, with documents on paper.
    #[must_use]
    pub fn typesetting_by(mut self, typesetter: Typesetter) -> Self {
        self.typesetter = Some(Arc::new(typesetter));
        self
    }

    /// The same, with the institution's own sign-in beside passwords.
    #[must_use]
    pub fn signing_in_by(mut self, provider: Provider) -> Self {
        self.provider = Some(Arc::new(provider));
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
        self.drawn("photo", move || photo::thumbnail(&file, crop)).await
    }

    /// An uploaded logo as it is kept, one at a time like photos.
    pub(crate) async fn logo(&self, file: Vec<u8>) -> muster_app::Result<Vec<u8>> {
        self.drawn("logo", move || logo(&file)).await
    }

    async fn drawn(
        &self,
        field: &'static str,
        draw: impl FnOnce() -> Result<Vec<u8>, PhotoError> + Send + 'static,
    ) -> muster_app::Result<Vec<u8>> {
        // A decoder that gives up in a panic met a damaged file as well.
        let drawn = beside(&self.drawing, draw).await.unwrap_or(Err(PhotoError::Damaged));
        drawn.map_err(|error| muster_app::Error::field(field, error.to_string()))
    }
}

/// Runs slow work beside the asynchronous threads, as many at a time as there are permits.
pub(crate) async fn beside<T: Send + 'static>(
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

/// What becomes smaller: documents and archives are packed already, and whoever fetches one wants to
/// see how far it is.
fn is_loose() -> impl Predicate + Send + Sync + 'static {
    let packed = NotForContentType::const_new;
    DefaultPredicate::new().and(packed(PDF)).and(packed(ZIP))
}

/// The whole application.
pub fn router(app: App) -> Router {
    let (router, _) = declared().into_parts();
    let Limits { body_pause, answer_time, .. } = app.limits;
    // Browsers heed it where they came by HTTPS alone.
    let always_https = app.base_url.as_deref().filter(|url| url.starts_with("https://"));
    let always_https = always_https.map(|_| HeaderValue::from_static("max-age=31536000"));
    let fixed = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    let layered = router.fallback(crate::pages::not_found).with_state(app.clone()).layer(
        ServiceBuilder::new()
            .layer(from_fn_with_state(app.clone(), metrics::count))
            .layer(CatchPanicLayer::new())
            .layer(from_fn_with_state(app.hosts.clone(), hosts::check))
            .layer(from_fn_with_state(app.clone(), secured::redirect))
            .layer(from_fn_with_state(app.clone(), secured::keep_apart))
            .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, answer_time))
            .layer(RequestBodyTimeoutLayer::new(body_pause))
            .map_request(|request: Request<TimeoutBody<Body>>| request.map(Body::new))
            .layer(SetResponseHeaderLayer::if_not_present(
                header::STRICT_TRANSPORT_SECURITY,
                always_https,
            ))
            .layer(fixed(header::CONTENT_SECURITY_POLICY, CSP))
            .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .layer(fixed(header::REFERRER_POLICY, "same-origin"))
            .layer(fixed(
                HeaderName::from_static("permissions-policy"),
                "camera=(self), geolocation=(self)",
            ))
            .layer(CompressionLayer::new().compress_when(is_loose()))
            .layer(DefaultBodyLimit::max(LARGEST_BODY))
            .layer(CsrfLayer::new())
            .layer(from_fn(problem::explain))
            .layer(from_fn_with_state(app.clone(), led::on))
            .layer(from_fn_with_state(app.clone(), caller::know))
            .layer(from_fn_with_state(app.clone(), repeated::once))
            .layer(from_fn_with_state(app.clone(), crate::error::frame)),
    );
    // Outside of every layer: whether the process answers says nothing about anything else.
    let probes = Router::new()
        .route("/healthz", get(healthy))
        .route("/readyz", get(ready))
        .route("/.well-known/acme-challenge/{token}", get(secured::prove))
        .route("/metrics", get(metrics::show));
    layered.merge(probes.with_state(app))
}

/// Whether the database answers too.
async fn ready(State(app): State<App>) -> (StatusCode, Json<serde_json::Value>) {
    match app.store.read(settings::load).await {
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
