//! Keeps the certificate that is shown good: reads files again when they change, signs anew by the
//! node's own authority, and asks an ACME authority in time.

use super::{Plan, Source};
use crate::lan;
use anyhow::{Context, Result};
use muster_tls::acme::{self, Wish};
use muster_tls::authority::Root;
use muster_tls::diary::Diary;
use muster_tls::shown::Trusted;
use muster_tls::watch::{Origin, Watch};
use muster_tls::{Answers, Authority, Facts, Names, Pair, Shown, private};
use muster_web::{Clock, Secured};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// What the node's own authority signed for it, with the key.
pub(crate) const OWN: &str = "own.pem";
/// What an ACME authority did.
pub(crate) const ACME: &str = "acme.pem";
/// How often to look.
const ROUND: Duration = Duration::from_secs(10);

/// Keeps a certificate.
pub(crate) struct Keeper {
    source: Source,
    folder: PathBuf,
    shown: Arc<Shown>,
    answers: Answers,
    own: Trusted,
    watch: Watch,
    clock: Clock,
    /// Of the files, when they were read.
    seen: Vec<Option<SystemTime>>,
}

impl Keeper {
    /// What can be shown at once; files that are wrong are told here.
    pub fn begin(plan: Plan, clock: Clock) -> Result<Self> {
        let Plan { source, folder, .. } = plan;
        let (shown, answers, own) = (Arc::default(), Answers::default(), Trusted::default());
        let origin = match source {
            Source::Files { .. } => Origin::Files,
            Source::Own(_) => Origin::Own,
            Source::Acme(_) => Origin::Acme,
        };
        let watch = Watch::new(origin, folder.clone(), Arc::clone(&shown));
        let seen = Vec::new();
        let mut keeper = Self { source, folder, shown, answers, own, watch, clock, seen };
        keeper.sign()?;
        match keeper.reload() {
            // It is asked for as soon as the server answers.
            Err(error) if matches!(keeper.source, Source::Acme(_)) => {
                tracing::info!(reason = %error, "there is no certificate yet");
            }
            done => done.context("can't speak HTTPS")?,
        }
        Ok(keeper)
    }

    /// Speaks TLS with what is shown.
    pub fn acceptor(&self) -> Result<TlsAcceptor> {
        let config = muster_tls::shown::config(self.shown.clone())?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// What the pages show and answer.
    pub fn secured(&self, port: u16) -> Secured {
        let (own, answers) = (self.own.clone(), self.answers.clone());
        Secured { port: Some(port), own, answers, certificate: Some(self.watch.clone()) }
    }

    /// Looks every now and then, and when somebody sends SIGHUP. Call it inside a tokio runtime.
    pub fn start(self, stopped: watch::Receiver<bool>) {
        // Here and not in the task: from now on the signal ends nothing.
        let hurry = signal(SignalKind::hangup()).ok();
        tokio::spawn(self.run(hurry, stopped));
    }

    async fn run(mut self, mut hurry: Option<Signal>, mut stopped: watch::Receiver<bool>) {
        loop {
            let asking = self.ask();
            tokio::select! {
                _ = stopped.changed() => return,
                () = asking => {}
            }
            self.look();
            let hurried = async {
                match &mut hurry {
                    Some(signal) => {
                        signal.recv().await;
                    }
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = stopped.changed() => return,
                () = hurried => self.seen.clear(),
                () = tokio::time::sleep(ROUND) => {}
            }
        }
    }

    fn look(&mut self) {
        let signed = self.sign();
        self.watch.signed(signed.as_ref().err().map(|error| format!("{error:#}")));
        let done =
            signed.and_then(|()| if self.seen == self.changes() { Ok(()) } else { self.reload() });
        if let Err(error) = done {
            tracing::error!("the certificate stays as it was: {error:#}");
        }
    }

    fn now(&self) -> i64 {
        (self.clock)().0.div_euclid(1_000_000)
    }

    /// The files of certificate and key.
    fn files(&self) -> (PathBuf, PathBuf) {
        let one = |name: &str| (self.folder.join(name), self.folder.join(name));
        match &self.source {
            Source::Files { certificate, key } => (certificate.clone(), key.clone()),
            Source::Own(_) => one(OWN),
            Source::Acme(_) => one(ACME),
        }
    }

    fn changes(&self) -> Vec<Option<SystemTime>> {
        let (certificate, key) = self.files();
        let changed = |path: PathBuf| std::fs::metadata(path).and_then(|file| file.modified()).ok();
        vec![changed(certificate), changed(key)]
    }

    /// Shows what the files hold now.
    fn reload(&mut self) -> Result<()> {
        // Also when it is wrong: it is told once, and again when the files change again.
        self.seen = self.changes();
        let (certificate, key) = self.files();
        let pair = Pair::load(&certificate, &key, self.now());
        self.watch.read(pair.as_ref().err().map(ToString::to_string));
        let pair = pair?;
        let (names, until) = (pair.facts.names.join(", "), muster_tls::date(pair.facts.not_after));
        self.shown.show(pair);
        tracing::info!(names, until, "shows a certificate");
        Ok(())
    }

    /// By the node's own authority, where it is time for that.
    fn sign(&self) -> Result<()> {
        let Source::Own(names) = &self.source else { return Ok(()) };
        let now = self.now();
        let authority = Authority::load_or_create(&self.folder, names, now)?;
        self.own.put(authority.root.clone());
        let mut wanted = names.clone();
        wanted.addresses.extend(lan::addresses().into_iter().filter(std::net::IpAddr::is_ipv4));
        let path = self.folder.join(OWN);
        let good = is_good(&path, &authority.root.allowed(&wanted), now);
        if good && authority.root.signed(&path) {
            return Ok(());
        }
        let signed = authority.sign(&wanted, now)?;
        private::write(&path, &signed)
            .with_context(|| format!("can't write {}", path.display()))?;
        left_out(&authority.root, &wanted);
        Ok(())
    }

    /// An ACME authority, where it is time for that.
    async fn ask(&self) {
        let Source::Acme(wish) = &self.source else { return };
        let (now, path) = (self.now(), self.folder.join(ACME));
        let names = Names { dns: wish.domains.clone(), addresses: Vec::new() };
        let diary = Diary::load(&self.folder);
        if is_good(&path, &names, now) && diary.next.is_none() || !diary.is_due(now) {
            return;
        }
        let diary = match self.obtain(wish, &path).await {
            Ok(()) => Diary::succeeded(now),
            Err(error) => diary.failed(format!("{error:#}"), now),
        };
        if let Err(error) = private::folder(&self.folder).and_then(|()| diary.save(&self.folder)) {
            tracing::error!(%error, "what came of asking for a certificate can't be kept");
        }
        // Whoever reads it finds the same by `muster tls status`.
        if let Some(words) = &diary.error {
            let pause = diary.next.map_or(0, |next| next - now);
            tracing::error!(pause_seconds = pause, "no certificate: {words}");
        }
    }

    async fn obtain(&self, wish: &Wish, path: &Path) -> Result<()> {
        let got = acme::obtain(wish, &self.folder, &self.answers, &self.shown).await?;
        private::write(path, &got).with_context(|| format!("can't write {}", path.display()))
    }
}

/// Whether the certificate there stands for all of these names, and for long enough.
fn is_good(path: &Path, names: &Names, now: i64) -> bool {
    let Some(facts) = Facts::of_file(path) else { return false };
    facts.renewal() > now && names.all().iter().all(|name| facts.names.contains(name))
}

/// Says which names browsers will not believe.
fn left_out(root: &Root, wanted: &Names) {
    let allowed = root.allowed(wanted).all();
    let out: Vec<_> = wanted.all().into_iter().filter(|name| !allowed.contains(name)).collect();
    if !out.is_empty() {
        tracing::warn!(
            names = out.join(", "),
            "the root was made for other names: browsers warn at these until `muster tls renew \
             --root` makes a new one, which devices have to trust anew"
        );
    }
}
