//! The worker that issues dockets and badges to many at once, step by step, whichever process they were asked
//! for in.
//!
//! It looks after every request that gives it work, and now and then by itself: a batch that was
//! interrupted by the end of a process goes on where it stood.

use crate::server::{Clock, Entropy};
use muster_app::{Ctx, Error, batches};
use muster_credential::keys::MasterKey;
use muster_credential::keys::file::KeyRing;
use muster_credential::keys::signing::SigningKey;
use muster_domain::auth::Actor;
use muster_storage::Store;
use muster_storage::batches::BatchRow;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::timeout;

/// How often it looks without being told.
const PATROL: Duration = Duration::from_secs(2);

/// Issues what waits.
#[derive(Clone)]
pub(crate) struct Issuer {
    wake: Arc<Notify>,
}

/// What the worker needs.
struct Worker {
    store: Store,
    key: Arc<MasterKey>,
    signing: Arc<KeyRing<SigningKey>>,
    clock: Clock,
    entropy: Entropy,
}

impl Issuer {
    /// Begins to work; ends with the runtime.
    pub fn start(
        store: Store,
        key: Arc<MasterKey>,
        signing: Arc<KeyRing<SigningKey>>,
        (clock, entropy): (Clock, Entropy),
    ) -> Self {
        let issuer = Self { wake: Arc::default() };
        let worker = Worker { store, key, signing, clock, entropy };
        let wake = issuer.wake.clone();
        tokio::spawn(async move {
            loop {
                if let Err(error) = worker.look().await {
                    tracing::error!(%error, "dockets or badges can't be issued for now");
                }
                // Either is a reason to look.
                let _ = timeout(PATROL, wake.notified()).await;
            }
        });
        issuer
    }

    /// Tells the worker that there is work.
    pub fn wake(&self) {
        self.wake.notify_one();
    }
}

impl Worker {
    /// Takes every batch that waits to its end.
    async fn look(&self) -> Result<(), Error> {
        while let Some(batch) = self.store.read(batches::working).await? {
            self.issue(batch).await?;
        }
        Ok(())
    }

    async fn issue(&self, mut batch: BatchRow) -> Result<(), Error> {
        while batch.ended_at.is_none() {
            let now = batch.clone();
            let ctx = self.ctx(self.store.read(move |tx| batches::asker(tx, &now)).await?);
            let (acting, now) = (ctx.clone(), batch.clone());
            let step = self.store.write(&ctx.act, move |tx| batches::step(tx, &acting, &now)).await;
            batch = match outcome(step)? {
                Step::Done(after) => after,
                Step::Overtaken => return Ok(()),
                Step::Failed(why) => {
                    let (acting, now) = (ctx.clone(), batch.clone());
                    let failed = self
                        .store
                        .write(&ctx.act, move |tx| batches::fail(tx, &acting, &now, &why));
                    failed.await?
                }
            };
        }
        let BatchRow { id, kind, issued, .. } = batch;
        tracing::info!(batch = %id, kind = kind.key(), issued, "a batch has ended");
        Ok(())
    }

    /// Acts for whoever asked for it, with what they may do now.
    fn ctx(&self, asker: Option<Actor>) -> Arc<Ctx> {
        let mut ctx = Ctx::new("job", (self.clock)(), (self.entropy)(), self.key.clone());
        ctx.signing = Some(self.signing.clone());
        Arc::new(ctx.signed_in(asker))
    }
}

/// What came of a step.
enum Step {
    Done(BatchRow),
    /// Another worker goes on with it: look again what is left.
    Overtaken,
    /// It goes no further; why.
    Failed(String),
}

fn outcome(step: Result<BatchRow, Error>) -> Result<Step, Error> {
    match step {
        Ok(after) => Ok(Step::Done(after)),
        Err(Error::Stale) => Ok(Step::Overtaken),
        Err(error) if is_passing(&error) => Err(error),
        Err(error) => Ok(Step::Failed(crate::error::sentence(&error))),
    }
}

/// Whether it is worth to try again later.
fn is_passing(error: &Error) -> bool {
    use muster_storage::Error as Storage;
    matches!(error, Error::Storage(Storage::Busy(_) | Storage::Unavailable(_) | Storage::Full))
}
