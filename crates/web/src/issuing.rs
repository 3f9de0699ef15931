//! The worker that issues dockets to many at once, step by step, whichever process they were asked
//! for in.
//!
//! It looks after every request that gives it work, and now and then by itself: a batch that was
//! interrupted by the end of a process goes on where it stood.

use crate::server::{Clock, Entropy};
use muster_app::{Ctx, Error, dockets};
use muster_credential::keys::MasterKey;
use muster_credential::keys::file::KeyRing;
use muster_credential::keys::signing::SigningKey;
use muster_storage::Store;
use muster_storage::docket_batches::BatchRow;
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
                    tracing::error!(%error, "dockets can't be issued for now");
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
        while let Some(batch) = self.store.read(dockets::working_batch).await? {
            self.work(batch).await?;
        }
        Ok(())
    }

    async fn work(&self, mut batch: BatchRow) -> Result<(), Error> {
        while batch.ended_at.is_none() {
            let ctx = Arc::new(self.ctx(&batch).await?);
            let (acting, now) = (ctx.clone(), batch.clone());
            let step =
                self.store.write(&ctx.act, move |tx| dockets::step_batch(tx, &acting, &now)).await;
            batch = match step {
                Ok(after) => after,
                // Another worker goes on with it: look again what is left.
                Err(Error::Stale) => {
                    tokio::task::yield_now().await;
                    return Ok(());
                }
                Err(error) if is_passing(&error) => return Err(error),
                Err(error) => self.fail(&ctx, &batch, &error).await?,
            };
        }
        tracing::info!(batch = %batch.id, issued = batch.issued, "a batch of dockets has ended");
        Ok(())
    }

    async fn fail(
        &self,
        ctx: &Arc<Ctx>,
        batch: &BatchRow,
        error: &Error,
    ) -> Result<BatchRow, Error> {
        let (acting, now, why) = (ctx.clone(), batch.clone(), crate::error::sentence(error));
        let failed =
            self.store.write(&ctx.act, move |tx| dockets::fail_batch(tx, &acting, &now, &why));
        failed.await
    }

    /// Acts for whoever asked for it, with what they may do now.
    async fn ctx(&self, batch: &BatchRow) -> Result<Ctx, Error> {
        let now = batch.clone();
        let asker = self.store.read(move |tx| dockets::asker(tx, &now)).await?;
        let mut ctx = Ctx::new("job", (self.clock)(), (self.entropy)(), self.key.clone());
        ctx.signing = Some(self.signing.clone());
        Ok(ctx.signed_in(asker))
    }
}

/// Whether it is worth to try again later.
fn is_passing(error: &Error) -> bool {
    use muster_storage::Error as Storage;
    matches!(error, Error::Storage(Storage::Busy(_) | Storage::Unavailable(_) | Storage::Full))
}
