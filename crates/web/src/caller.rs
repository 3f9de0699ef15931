//! Who calls: read once per request from the login's token, then at hand everywhere.

use crate::cookies;
use crate::error::PageError;
use crate::floods;
use crate::origin::Origin;
use crate::repeated::Beginning;
use crate::server::{App, AppParts};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{AUTHORIZATION, HOST, SET_COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use muster_app::marks::{Attempting, Marked, Presented};
use muster_app::redemptions::{Presenting, RedeemInput, Redeemed};
use muster_app::settings::Settings;
use muster_app::sign_in::{self, SignedIn};
use muster_app::{Ctx, conflicts, corrections, incidents, leaves, verifiers};
use muster_credential::verifier;
use muster_domain::attendance::location::Location;
use muster_domain::auth::{Actor, Permission};
use muster_domain::ids::{DeviceId, LoginId, VerifierDeviceId};
use muster_domain::time::Timestamp;
use muster_storage::{ReadTx, WriteTx};
use std::convert::Infallible;
use std::sync::Arc;
use uuid::Uuid;

/// Who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    pub actor: Actor,
    pub name: String,
    /// How many notices they have not read.
    pub unread: i64,
    /// What waits for their decision, where a page is going to say so.
    pub waiting: Waiting,
    /// The verifier's phone that acts for them, if one does.
    pub verifier: Option<VerifierDeviceId>,
}

/// How many requests wait for a person's decision.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Waiting {
    pub corrections: i64,
    pub leaves: i64,
    pub incidents: i64,
    pub conflicts: i64,
}

/// What every request learns before its handler runs.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub settings: Arc<Settings>,
    pub device: DeviceId,
    /// Whether the device got its id just now.
    pub device_is_new: bool,
    pub address: String,
    pub secure: bool,
    pub local: bool,
}

/// Reads login, settings and device, and hands them on with the request.
pub(crate) async fn know(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let jar = CookieJar::from_headers(request.headers());
    let token = bearer(request.headers())
        .or_else(|| jar.get(cookies::LOGIN).map(|cookie| cookie.value().to_owned()));
    let now = (app.clock)();
    let phone = token.clone().filter(|token| verifier::is_token(token));
    let digest = token.map(|token| sign_in::digest(&token));
    let (settings, who) = match app.knowing.ask(digest).await.and_then(|known| known) {
        Ok(known) => known,
        Err(error) => return crate::error::respond(&error, request.uri()).into_response(),
    };
    let phone = match phone {
        Some(token) => by_phone(&app, token, now).await,
        None => Ok(None),
    };
    let phone = match phone {
        Ok(phone) => phone,
        Err(error) => return crate::error::respond(&error, request.uri()).into_response(),
    };
    let known = jar.get(cookies::DEVICE).and_then(|cookie| cookie.value().parse().ok());
    let device: Uuid = known.unwrap_or_else(|| device_id((app.entropy)()));
    let Origin { address, secure, local } = Origin::of(&request, &app.proxies);
    request.extensions_mut().insert(Known {
        settings,
        device: device.into(),
        device_is_new: known.is_none(),
        address,
        secure,
        local,
    });
    if let Some(who) = who {
        if who.is_stale(now) {
            seen(&app, who.login, now);
        }
        let waiting = waiting(&app, request.uri().path(), &who.actor, now).await;
        let SignedIn { actor, name, unread, .. } = who;
        request.extensions_mut().insert(Who { actor, name, unread, waiting, verifier: None });
    }
    if let Some(verifiers::Known { device, actor, name }) = phone {
        let (waiting, verifier) = (Waiting::default(), Some(device));
        request.extensions_mut().insert(Who { actor, name, unread: 0, waiting, verifier });
    }
    let mut response = next.run(request).await;
    if known.is_none() {
        let year = 365 * 24 * 3600;
        let cookie = cookies::cookie(cookies::DEVICE, device.to_string(), year, secure);
        if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
            response.headers_mut().append(SET_COOKIE, value);
        }
    }
    response
}

/// The verifier's phone that shows this token, if it still holds.
async fn by_phone(
    app: &App,
    token: String,
    now: Timestamp,
) -> muster_app::Result<Option<verifiers::Known>> {
    let key = app.key.clone();
    app.store.read(move |tx| verifiers::by_token(tx, &key, &token, now)).await
}

/// What waits for the person's decision; asked for pages alone, and for few people.
async fn waiting(app: &App, path: &str, actor: &Actor, now: Timestamp) -> Waiting {
    let page = !["/api/", "/assets/", "/accent/"].iter().any(|other| path.starts_with(other));
    let decides = [Permission::DecideCorrections, Permission::OverrideVerdicts];
    if !page || !decides.into_iter().any(|permission| actor.may_somewhere(permission)) {
        return Waiting::default();
    }
    let ctx = Ctx::new("web", now, (app.entropy)(), app.key.clone());
    let ctx = ctx.signed_in(Some(actor.clone()));
    let read = app.store.read(move |tx| {
        Ok::<_, muster_app::Error>(Waiting {
            corrections: corrections::waiting(tx, &ctx)?,
            leaves: leaves::waiting(tx, &ctx)?,
            incidents: incidents::waiting(tx, &ctx)?,
            conflicts: conflicts::waiting(tx, &ctx)?,
        })
    });
    read.await.unwrap_or_default()
}

/// Writes down that a login was used; nobody waits for that.
fn seen(app: &App, login: LoginId, now: Timestamp) {
    let ctx = Ctx::new("web", now, (app.entropy)(), app.key.clone());
    let seen = app.store.write(&ctx.act, move |tx| {
        Ok::<_, muster_app::Error>(muster_storage::auth::seen(tx, login, now)?)
    });
    drop(seen);
}

pub(crate) fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(str::to_owned)
}

fn device_id(random: [u8; 32]) -> Uuid {
    let bytes = *random.first_chunk::<16>().unwrap_or(&[0; 16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// The circumstances of the request, for actions.
pub(crate) struct Caller {
    pub app: App,
    pub ctx: Arc<Ctx>,
    pub who: Option<Who>,
    pub known: Known,
    pub uri: Uri,
    pub client: String,
    /// The host that the request named.
    pub host: String,
    pub jar: CookieJar,
}

impl FromRequestParts<App> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let who = parts.extensions.get::<Who>().cloned();
        let known = parts.extensions.get::<Known>().cloned().unwrap_or_else(|| Known {
            settings: Arc::default(),
            device: DeviceId(Uuid::nil()),
            device_is_new: true,
            address: String::new(),
            secure: false,
            local: false,
        });
        let api = parts.uri.path().starts_with("/api/");
        let via = if api { "api" } else { "web" };
        let beginning = parts.extensions.get::<Beginning>().copied();
        let seed = beginning.map_or_else(|| (app.entropy)(), |beginning| beginning.seed);
        let mut ctx = Ctx::new(via, (app.clock)(), seed, app.key.clone());
        if let Some(beginning) = beginning {
            ctx = ctx.begun(beginning.began);
        }
        let mut ctx = ctx.signed_in(who.as_ref().map(|who| who.actor.clone()));
        ctx.address.clone_from(&known.address);
        ctx.mails = app.mail_from.is_some();
        ctx.signing.clone_from(&app.signing);
        ctx.device = Some(known.device);
        ctx.device_is_new = known.device_is_new;
        ctx.verifier = who.as_ref().and_then(|who| who.verifier);
        let agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        let host = parts.headers.get(HOST).and_then(|value| value.to_str().ok());
        Ok(Self {
            app: app.clone(),
            ctx: Arc::new(ctx),
            who,
            known,
            uri: parts.uri.clone(),
            client: agent.unwrap_or("unknown").to_owned(),
            host: host.unwrap_or("localhost").to_owned(),
            jar: CookieJar::from_headers(&parts.headers),
        })
    }
}

impl Caller {
    /// Runs an action that reads.
    pub async fn read<T: Send + 'static>(
        &self,
        action: impl Fn(&mut ReadTx<'_>, &Ctx) -> muster_app::Result<T> + Send + 'static,
    ) -> muster_app::Result<T> {
        let ctx = self.ctx.clone();
        self.app.store.read(move |tx| action(tx, &ctx)).await
    }

    /// Runs an action that writes; its answer comes after COMMIT.
    pub async fn write<T: Send + 'static>(
        &self,
        action: impl Fn(&mut WriteTx<'_>, &Ctx) -> muster_app::Result<T> + Send + 'static,
    ) -> muster_app::Result<T> {
        let ctx = self.ctx.clone();
        self.app.store.write(&self.ctx.act, move |tx| action(tx, &ctx)).await
    }

    /// Runs a part of an action that is too long for one transaction, as an act of its own.
    pub async fn write_more<T: Send + 'static>(
        &self,
        action: impl Fn(&mut WriteTx<'_>, &Ctx) -> muster_app::Result<T> + Send + 'static,
    ) -> muster_app::Result<T> {
        let ctx = Arc::new(self.another());
        let act = ctx.act.clone();
        self.app.store.write(&act, move |tx| action(tx, &ctx)).await
    }

    /// The circumstances of another act in the same request.
    pub fn another(&self) -> Ctx {
        let AppParts { clock, entropy, key, .. } = &*self.app;
        let mut ctx = Ctx::new(self.ctx.act.via, clock(), entropy(), key.clone());
        ctx = ctx.signed_in(self.ctx.actor.clone());
        ctx.address.clone_from(&self.ctx.address);
        (ctx.device, ctx.device_is_new) = (self.ctx.device, self.ctx.device_is_new);
        (ctx.mails, ctx.verifier) = (self.ctx.mails, self.ctx.verifier);
        ctx.signing.clone_from(&self.ctx.signing);
        ctx
    }

    /// Presents a credential at a point, together with whoever does so elsewhere at that moment.
    pub async fn redeem(&self, input: RedeemInput) -> muster_app::Result<Redeemed> {
        let presenting = Presenting::new(self.ctx.clone(), input);
        if presenting.is_quick() {
            return self.app.redeeming.ask(presenting).await?;
        }
        let alone = floods::redeem(&self.app.store, vec![presenting]).await;
        alone.into_iter().next().ok_or(muster_app::Error::NotFound)?
    }

    /// Marks the person who is signed in.
    pub async fn mark(
        &self,
        presented: Presented,
        location: Option<Location>,
    ) -> muster_app::Result<Marked> {
        let attempting = Attempting { ctx: self.ctx.clone(), presented, location };
        let answered = self.app.marking.ask(attempting).await??;
        self.app.figures.answered(answered.key());
        if answered.key() != "marked" {
            // Never what was presented: whoever reads the log must not be able to use it.
            let session = answered.session.map(|session| session.to_string()).unwrap_or_default();
            tracing::info!(
                session,
                reason = answered.key(),
                address = %self.known.address,
                "a mark was not made"
            );
        }
        answered.outcome
    }

    /// An error on its way out of this request's handler.
    pub fn error(&self, error: muster_app::Error) -> PageError {
        PageError(error, Box::new(self.uri.clone()))
    }

    /// Whether a password or a privileged login may travel here: over HTTPS, or on this machine.
    pub fn is_private(&self) -> bool {
        self.known.secure || self.known.local
    }
}
