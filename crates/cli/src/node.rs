//! A node on this machine: its folder, its records, its key, and serving it.

use crate::commands::keys;
use crate::lan;
use crate::mail::Post;
use crate::outside::{clock, random};
use crate::tls::{Keeper, Plain};
use anyhow::{Context, Result, bail};
use clap::Args;
use muster_app::{Ctx, catching_up, sessions};
use muster_credential::keys::MasterKey;
use muster_credential::keys::file::{self, KeyRing};
use muster_credential::keys::signing::SigningKey;
use muster_documents::typesetting::{self, Typesetter};
use muster_openid::Provider;
use muster_storage::{Store, StoreConfig, WriteTx};
use muster_web::{App, Clock, Door, Lan, Way, serve_at};
use std::io::IsTerminal;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use uuid::Uuid;

/// The file of a node's own keys, in its folder.
const KEYS: &str = "keys";
/// The file of its database, unless that is elsewhere.
const DATABASE: &str = "muster.db";
/// How long running requests may take after the signal to stop.
const DRAIN: Duration = Duration::from_secs(3);
/// Documents that are set at the same time, each in a process of up to 1 GiB.
const TYPESETTERS: usize = 2;
/// After how many rounds of catching up it says once more that it does.
const ROUNDS_TOLD: u32 = 20;
/// How often to look for sessions whose time is over.
const PATROL: Duration = Duration::from_secs(1);

/// Where a node's records are.
#[derive(Args, Clone, Debug)]
pub(crate) struct Place {
    /// Folder of the node: database, keys
    #[arg(long, default_value = "muster-data", env = "MUSTER_DATA")]
    pub data: PathBuf,
    /// Database instead of the folder's own, e.g. postgres://user@host/muster
    #[arg(long, env = "MUSTER_DATABASE")]
    pub database: Option<String>,
}

/// How a node is reached from outside, and reaches others.
#[derive(Default)]
pub(crate) struct Outside {
    /// Where links lead.
    pub base_url: Option<String>,
    /// Proxies whose word is believed.
    pub proxies: Vec<IpAddr>,
    /// The mail server.
    pub post: Option<Post>,
    /// The institution's own sign-in.
    pub provider: Option<Provider>,
    /// Names to which it answers, besides that of `base_url`.
    pub hosts: Vec<String>,
    /// Who knows it may read the figures from elsewhere.
    pub metrics_token: Option<String>,
    /// HTTPS, where the node speaks it itself.
    pub tls: Option<Encryption>,
    /// Its place in a network whose phones shall find it.
    pub lan: Option<lan::Place>,
    /// Its folder, where the certificates lie that are believed of its hub.
    pub data: PathBuf,
}

/// HTTPS without a proxy.
pub(crate) struct Encryption {
    /// Where it is spoken.
    pub listener: std::net::TcpListener,
    /// What plain HTTP is for.
    pub plain: Plain,
    /// Who keeps the certificate.
    pub keeper: Keeper,
}

/// An open node.
#[derive(Clone)]
pub(crate) struct Node {
    pub store: Store,
    pub key: Arc<MasterKey>,
    pub signing: Arc<KeyRing<SigningKey>>,
    pub clock: Clock,
    /// Whether it sends letters.
    pub mails: bool,
}

impl Place {
    /// Opens the node, making its folder and key if they are missing.
    pub fn open(&self) -> Result<Node> {
        self.open_by(clock(None))
    }

    /// Opens a node that is there already: a folder that was misspelt is told, not made.
    pub fn open_existing(&self) -> Result<Node> {
        let file = if self.database.is_some() { KEYS } else { DATABASE };
        if !self.data.join(file).try_exists()? {
            bail!("there is no node in {}: name its folder with --data", self.data.display());
        }
        self.open()
    }

    /// The same as [`Self::open`], with a clock of its own.
    pub fn open_by(&self, clock: Clock) -> Result<Node> {
        let folder = &self.data;
        std::fs::create_dir_all(folder)
            .with_context(|| format!("can't make the folder {}", folder.display()))?;
        let key = key(&folder.join(KEYS))?;
        let signing = Arc::new(keys::of_node(folder)?);
        let url = self
            .database
            .clone()
            .unwrap_or_else(|| format!("sqlite:{}", folder.join(DATABASE).display()));
        let node = uuid::Builder::from_random_bytes(first(random())).into_uuid();
        let store = Store::open(&StoreConfig::new(url, node, clock()));
        let store = store.context("can't open the database")?;
        let node = Node { store, key: Arc::new(key), signing, clock, mails: false };
        node.catch_up()?;
        let ctx = node.ctx("job");
        let entered = node.store.write(&ctx.act, muster_app::people::enter_all).wait()?;
        if entered > 0 {
            tracing::info!(people = entered, "made people of before ready for searches");
        }
        Ok(node)
    }
}

fn key(path: &Path) -> Result<MasterKey> {
    let ring = file::load_or_create(path, random()).context("can't read the key file")?;
    Ok(MasterKey::clone(ring.active()))
}

pub(crate) fn first(bytes: [u8; 32]) -> [u8; 16] {
    *bytes.first_chunk().unwrap_or(&[0; 16])
}

impl Node {
    /// Works out what the program before this one did not understand of other nodes.
    fn catch_up(&self) -> Result<()> {
        for round in 1.. {
            let ctx = Arc::new(self.ctx("job"));
            let shared = ctx.clone();
            let some = move |tx: &mut WriteTx<'_>| catching_up::catch_up(tx, &shared);
            if !self.store.write(&ctx.act, some).wait()? {
                break;
            }
            if round % ROUNDS_TOLD == 1 {
                tracing::info!(round, "working out what the program before did not understand");
            }
        }
        Ok(())
    }

    /// The circumstances of something done on the command line or by a job.
    pub fn ctx(&self, via: &'static str) -> Ctx {
        let mut ctx = Ctx::new(via, (self.clock)(), random(), self.key.clone());
        ctx.mails = self.mails;
        ctx.signing = Some(self.signing.clone());
        ctx
    }

    /// Serves until SIGTERM or Ctrl-C; `ready` is called as soon as it answers.
    pub fn serve(
        mut self,
        listener: std::net::TcpListener,
        outside: Outside,
        ready: impl FnOnce(),
    ) -> Result<()> {
        self.mails = outside.post.is_some();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let served =
            runtime.block_on(async move {
                let (stop, stopped) = watch::channel(false);
                tokio::spawn(close_on_time(self.clone(), stopped.clone()));
                tokio::spawn(crate::news::tell(self.clone(), stopped.clone()));
                tokio::spawn(crate::photos::shrink(self.clone(), stopped.clone()));
                tokio::spawn(crate::upkeep::follow(self.clone(), stopped.clone()));
                tokio::spawn(crate::upkeep::tell(self.clone(), stopped.clone()));
                tokio::spawn(crate::upkeep::tidy(self.clone(), stopped.clone()));
                let Outside {
                    base_url,
                    proxies,
                    post,
                    provider,
                    hosts,
                    metrics_token,
                    tls,
                    lan,
                    data,
                } = outside;
                let Self { store, key, signing, clock, .. } = self.clone();
                let mut app = App::new(store, key, clock, Arc::new(random), base_url)
                    .signing_by(signing)
                    .behind(proxies)
                    .answering_to(&hosts)
                    .measured_by(metrics_token)
                    .typesetting_by(typesetter()?);
                let syncer = Arc::new(crate::sync::syncer(&self, &data, "job"));
                let waking = Arc::default();
                app = app.syncing_by(Arc::clone(&syncer), Arc::clone(&waking));
                tokio::spawn(crate::sync::keep(self.clone(), (syncer, waking), stopped.clone()));
                if let Some(provider) = provider {
                    app = app.signing_in_by(provider);
                }
                if let Some(post) = post {
                    app = app.mailing(post.mailer.from());
                    tokio::spawn(crate::mail::deliver(self, post, stopped.clone()));
                }
                if let Some(place) = lan {
                    let found = Arc::new(Lan::default());
                    found.moved(place.found());
                    app = app.found_in(found.clone());
                    tokio::spawn(place.follow(found, stopped.clone()));
                }
                let (app, doors) = doors(app, listener, tls, &stopped)?;
                let mut ending = stopped.clone();
                let serving = serve_at(app, doors, async move {
                    let _ = ending.wait_for(|stop| *stop).await;
                });
                ready();
                let serving = tokio::spawn(serving);
                signal().await;
                tracing::info!("stopping");
                stop.send_replace(true);
                // Live pages never end by themselves: they come back when the server does.
                match tokio::time::timeout(DRAIN, serving).await {
                    Ok(done) => Ok(done??),
                    Err(_) => Ok(()),
                }
            });
        runtime.shutdown_timeout(Duration::from_secs(1));
        served
    }
}

/// Where connections come in: plain HTTP, and HTTPS where it is spoken.
fn doors(
    app: App,
    listener: std::net::TcpListener,
    tls: Option<Encryption>,
    stopped: &watch::Receiver<bool>,
) -> Result<(App, Vec<Door>)> {
    let door = |listener: std::net::TcpListener, way| {
        listener.set_nonblocking(true)?;
        Ok::<_, std::io::Error>(Door { listener: TcpListener::from_std(listener)?, way })
    };
    let Some(Encryption { listener: encrypted, plain, keeper }) = tls else {
        return Ok((app, vec![door(listener, Way::Plain)?]));
    };
    let port = encrypted.local_addr()?.port();
    let way = match plain {
        Plain::Serve => Way::Plain,
        Plain::Redirect => Way::Redirecting(port),
    };
    let encrypted = door(encrypted, Way::Encrypted(keeper.acceptor()?))?;
    let app = app.secured_by(keeper.secured(port));
    keeper.start(stopped.clone());
    Ok((app, vec![door(listener, way)?, encrypted]))
}

/// What makes documents on paper: it lies beside this program, or is put there later.
fn typesetter() -> Result<Typesetter> {
    let own = std::env::current_exe().context("can't find this program's own folder")?;
    let typesetter = Typesetter::beside(&own, TYPESETTERS, typesetting::Limits::default());
    if let Err(error) = typesetter.present() {
        tracing::info!(%error, "no PDF files until then");
    }
    Ok(typesetter)
}

/// Closes sessions on time although nobody looks.
async fn close_on_time(node: Node, mut stopped: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            _ = stopped.changed() => return,
            () = tokio::time::sleep(PATROL) => {}
        }
        let at = (node.clock)();
        let due = node.store.read(move |tx| sessions::is_any_due(tx, at)).await;
        if !due.unwrap_or_default() {
            continue;
        }
        let ctx = Arc::new(node.ctx("job"));
        let shared = ctx.clone();
        let closed = node.store.write(&ctx.act, move |tx| sessions::close_due(tx, &shared)).await;
        match closed {
            Ok(count) => tracing::info!(count, "closed sessions whose time was over"),
            Err(error) => tracing::error!(%error, "sessions could not be closed"),
        }
    }
}

async fn signal() {
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = terminate => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

/// Logs to standard error: as text on a terminal, as JSON otherwise.
pub(crate) fn log() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_env("MUSTER_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Nothing could be told of a log that cannot be written.
    let log = log.log_internal_errors(false);
    if std::io::stderr().is_terminal() { log.init() } else { log.json().init() }
}

/// An id in the address of a link: 32 characters that nobody guesses.
pub(crate) fn secret() -> String {
    Uuid::from_bytes(first(random())).simple().to_string()
}
