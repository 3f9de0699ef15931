//! The worker that takes imports further, step by step, whichever process they were uploaded to.
//!
//! It looks after every act that gives it work, and now and then by itself: an import that was
//! interrupted by the end of a process goes on where it stood.

use crate::server::{Clock, Entropy, beside};
use muster_app::imports::{self, Content, Hashes, ImportError, Job};
use muster_app::{Ctx, Error, passwords};
use muster_credential::keys::MasterKey;
use muster_credential::keys::file::KeyRing;
use muster_credential::keys::signing::SigningKey;
use muster_domain::ids::ImportId;
use muster_domain::imports::State;
use muster_storage::Store;
use muster_storage::imports::ImportRow;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::{Instant, sleep_until, timeout};

/// How often it looks without being told.
const PATROL: Duration = Duration::from_secs(2);
/// How often somebody who waits looks, should another process do the work.
const LOOK: Duration = Duration::from_millis(300);

/// How often a step may lose against others before its import is given up: a minute of patrols.
const MOST_LOST: u32 = 30;

/// Takes imports further.
#[derive(Clone)]
pub(crate) struct Importer {
    wake: Arc<Notify>,
    moved: Arc<watch::Sender<()>>,
    means: Arc<Means>,
}

/// What the node can do besides, known once all of it has started.
#[derive(Default)]
struct Means {
    signing: OnceLock<Arc<KeyRing<SigningKey>>>,
    mails: AtomicBool,
}

/// What the worker needs.
struct Worker {
    store: Store,
    key: Arc<MasterKey>,
    clock: Clock,
    entropy: Entropy,
    /// What is shared with whoever signs in.
    hashing: Arc<Semaphore>,
    moved: Arc<watch::Sender<()>>,
    means: Arc<Means>,
    /// How many steps were lost in a row.
    lost: AtomicU32,
}

impl Importer {
    /// Begins to work; ends with the runtime.
    pub fn start(
        store: Store,
        key: Arc<MasterKey>,
        (clock, entropy): (Clock, Entropy),
        hashing: Arc<Semaphore>,
    ) -> Self {
        let moved = Arc::new(watch::Sender::new(()));
        let importer = Self { wake: Arc::default(), moved, means: Arc::default() };
        let (moved, means) = (importer.moved.clone(), importer.means.clone());
        let lost = AtomicU32::new(0);
        let worker = Worker { store, key, clock, entropy, hashing, moved, means, lost };
        let wake = importer.wake.clone();
        tokio::spawn(async move {
            loop {
                if let Err(error) = worker.look().await {
                    tracing::error!(%error, "an import can't go on for now");
                }
                // Either is a reason to look.
                let _ = timeout(PATROL, wake.notified()).await;
            }
        });
        importer
    }

    /// From now on, what is imported may be signed with these keys.
    pub fn sign_by(&self, keys: Arc<KeyRing<SigningKey>>) {
        // The keys of a node stay while it runs.
        let _ = self.means.signing.set(keys);
        self.wake();
    }

    /// From now on, what is imported may cause letters.
    pub fn send_letters(&self) {
        self.means.mails.store(true, Ordering::Relaxed);
    }

    /// Tells the worker that there is work.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// The import as soon as no worker has anything to do with it, or as it stands after `most`.
    pub async fn settled<F>(&self, most: Duration, read: impl Fn() -> F) -> Result<ImportRow, Error>
    where
        F: Future<Output = Result<ImportRow, Error>>,
    {
        let end = Instant::now() + most;
        let mut moved = self.moved.subscribe();
        loop {
            let import = read().await?;
            let now = Instant::now();
            if !import.state.is_working() || now >= end {
                return Ok(import);
            }
            tokio::select! {
                _ = moved.changed() => {}
                () = sleep_until(end.min(now + LOOK)) => {}
            }
        }
    }
}

impl Worker {
    /// Takes every import that waits as far as it goes.
    async fn look(&self) -> Result<(), Error> {
        while let Some(import) = self.store.read(imports::working).await? {
            match self.work(import).await {
                // Somebody else goes on with it: look again what is left.
                Err(Error::Import(ImportError::State)) => tokio::task::yield_now().await,
                done => done?,
            }
        }
        Ok(())
    }

    /// Takes one import to the end of its state.
    async fn work(&self, mut import: ImportRow) -> Result<(), Error> {
        let state = import.state;
        let job = match state {
            State::Reversing => None,
            _ => match self.prepare(&import).await? {
                Some(job) => Some(Arc::new(job)),
                None => return self.fail(&import, "The file is not there any more.").await,
            },
        };
        while import.state == state {
            let ctx = Arc::new(self.ctx(&import).await?);
            let hashes = match self.hashes(&ctx, job.clone(), &import).await {
                Err(error) if !is_passing(&error) => return self.fail(&import, &why(&error)).await,
                hashes => hashes?,
            };
            let (acting, now, shared) = (ctx.clone(), import.clone(), job.clone());
            let step = self.store.write(&ctx.act, move |tx| {
                imports::step(tx, &acting, shared.as_deref(), &now, &hashes)
            });
            import = match step.await {
                Ok(after) => after,
                Err(error @ (Error::Import(_) | Error::SigningKey | Error::Storage(_)))
                    if self.is_passing(&error) =>
                {
                    return Err(error);
                }
                Err(error) if state == State::Reversing => {
                    tracing::warn!(%error, "some records are taken back one by one");
                    self.take_back_one(&import).await?
                }
                Err(error) => return self.fail(&import, &why(&error)).await,
            };
            self.lost.store(0, Ordering::Relaxed);
            self.moved.send_replace(());
        }
        tracing::info!(import = %import.id, state = import.state.key(), "an import moved on");
        Ok(())
    }

    async fn prepare(&self, import: &ImportRow) -> Result<Option<Job>, Error> {
        let id: ImportId = import.id;
        let file = self.store.read(move |tx| imports::content(tx, id)).await?;
        let kind = import.kind;
        let read = tokio::task::spawn_blocking(move || Content::read(kind, &file)).await;
        let Ok(Ok(content)) = read else { return Ok(None) };
        let import = import.clone();
        let prepared = self.store.read(move |tx| imports::prepare(tx, &import, &content));
        prepared.await.map(Some)
    }

    /// The hashes of the passwords that the next step writes. They are made before its transaction,
    /// one after the other: people sign in and mark meanwhile.
    async fn hashes(
        &self,
        ctx: &Arc<Ctx>,
        job: Option<Arc<Job>>,
        import: &ImportRow,
    ) -> Result<Hashes, Error> {
        let Some(job) = job else { return Ok(Hashes::new()) };
        let (acting, now) = (ctx.clone(), import.clone());
        let plain = self.store.read(move |tx| imports::to_hash(tx, &acting, &job, &now)).await?;
        let mut hashes = Hashes::with_capacity(plain.len());
        for (line, password) in plain {
            let random = ctx.random();
            let hash = beside(&self.hashing, move || passwords::hash(&password, random)).await??;
            hashes.insert(line, hash);
        }
        Ok(hashes)
    }

    /// Acts for whoever asked for it, with what they may do now.
    async fn ctx(&self, import: &ImportRow) -> Result<Ctx, Error> {
        let now = import.clone();
        let asker = self.store.read(move |tx| imports::asker(tx, &now)).await?;
        let mut ctx = Ctx::new("job", (self.clock)(), (self.entropy)(), self.key.clone());
        ctx.signing = self.means.signing.get().cloned();
        ctx.mails = self.means.mails.load(Ordering::Relaxed);
        Ok(ctx.signed_in(asker))
    }

    /// Whether it is worth to try again later. Who loses against others again and again would keep
    /// every other import waiting.
    fn is_passing(&self, error: &Error) -> bool {
        let busy = matches!(error, Error::Storage(muster_storage::Error::Busy(_)));
        let lost = if busy { self.lost.fetch_add(1, Ordering::Relaxed) } else { 0 };
        is_passing(error) && lost < MOST_LOST
    }

    async fn fail(&self, import: &ImportRow, why: &str) -> Result<(), Error> {
        let ctx = Arc::new(self.ctx(import).await?);
        let (acting, now, why) = (ctx.clone(), import.clone(), why.to_owned());
        let failed = self.store.write(&ctx.act, move |tx| imports::fail(tx, &acting, &now, &why));
        failed.await?;
        self.moved.send_replace(());
        Ok(())
    }

    /// A record that can't be taken back with the others is tried alone, and kept if it can't be.
    async fn take_back_one(&self, import: &ImportRow) -> Result<ImportRow, Error> {
        let ctx = Arc::new(self.ctx(import).await?);
        for keep in [false, true] {
            let (acting, now) = (ctx.clone(), import.clone());
            let done = self
                .store
                .write(&ctx.act, move |tx| imports::take_back_one(tx, &acting, &now, keep));
            match done.await {
                Err(error) if !keep && !is_passing(&error) => {}
                done => return done,
            }
        }
        Ok(import.clone())
    }
}

/// Whether it is worth to try again later.
fn is_passing(error: &Error) -> bool {
    use muster_storage::Error as Storage;
    matches!(
        error,
        Error::Import(ImportError::State)
            // The keys come with the rest of the node.
            | Error::SigningKey
            | Error::Storage(Storage::Busy(_) | Storage::Unavailable(_) | Storage::Full)
    )
}

fn why(error: &Error) -> String {
    match error {
        Error::Storage(muster_storage::Error::Conflict(_)) | Error::Stale => {
            "Somebody changed the same records in the meantime. Upload the file again.".to_owned()
        }
        error => crate::error::sentence(error),
    }
}
