//! The answer of a closure that runs elsewhere.

use super::Error;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::oneshot;

/// An answer on its way: `.await` it, or `.wait()` outside of asynchronous code.
pub struct Pending<T>(oneshot::Receiver<T>);

impl<T> Pending<T> {
    /// The two ends.
    pub(super) fn channel() -> (oneshot::Sender<T>, Self) {
        let (sender, receiver) = oneshot::channel();
        (sender, Self(receiver))
    }
}

impl<T, E: From<Error>> Pending<Result<T, E>> {
    /// Blocks this thread until the answer is there.
    pub fn wait(self) -> Result<T, E> {
        self.0.blocking_recv().unwrap_or_else(|_| Err(gone().into()))
    }
}

impl<T, E: From<Error>> Future for Pending<Result<T, E>> {
    type Output = Result<T, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0)
            .poll(context)
            .map(|answer| answer.unwrap_or_else(|_| Err(gone().into())))
    }
}

fn gone() -> Error {
    Error::Unavailable("the store is closed".to_owned())
}
