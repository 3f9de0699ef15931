//! Requests that come in floods are served together: whatever waits while one lot is on its way
//! to the database goes with the next. Alone, a request waits for nobody.

use muster_app::{Error, Result};
use std::future::Future;
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc, oneshot};

/// Requests that may wait; one more is told so.
const WAITING: usize = 8192;
/// Most requests in one lot: a transaction must not hold up others for long.
const LOT: usize = 256;
/// Lots on their way at once: the next one is made up while the database works on this one.
const AT_ONCE: usize = 2;

/// Where such requests are handed in.
pub struct Together<I, O> {
    queue: mpsc::Sender<(I, oneshot::Sender<O>)>,
}

impl<I, O> Clone for Together<I, O> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone() }
    }
}

impl<I: Send + 'static, O: Send + 'static> Together<I, O> {
    /// Serves lots by a function that answers each request of a lot, in order. Must be made
    /// inside a tokio runtime; ends with its last clone.
    pub fn new<F, Fut>(serve: F) -> Self
    where
        F: Fn(Vec<I>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Vec<O>> + Send + 'static,
    {
        let (queue, waiting) = mpsc::channel(WAITING);
        tokio::spawn(run(waiting, Arc::new(serve)));
        Self { queue }
    }

    /// Hands in a request and waits for its answer.
    pub async fn ask(&self, request: I) -> Result<O> {
        let (reply, answer) = oneshot::channel();
        let full = || muster_storage::Error::Busy("too much is waiting".to_owned());
        self.queue.try_send((request, reply)).map_err(|_| Error::from(full()))?;
        answer.await.map_err(|_| Error::from(muster_storage::Error::Panicked))
    }
}

async fn run<I, O, F, Fut>(mut waiting: mpsc::Receiver<(I, oneshot::Sender<O>)>, serve: Arc<F>)
where
    I: Send + 'static,
    O: Send + 'static,
    F: Fn(Vec<I>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Vec<O>> + Send + 'static,
{
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    while let Some(first) = waiting.recv().await {
        let Ok(permit) = permits.clone().acquire_owned().await else { return };
        let (mut requests, mut replies) = (vec![first.0], vec![first.1]);
        while requests.len() < LOT
            && let Ok((request, reply)) = waiting.try_recv()
        {
            requests.push(request);
            replies.push(reply);
        }
        let serve = serve.clone();
        tokio::spawn(async move {
            let answers = serve(requests).await;
            drop(permit);
            for (reply, answer) in replies.into_iter().zip(answers) {
                // Whoever asked may have left.
                let _ = reply.send(answer);
            }
        });
    }
}
