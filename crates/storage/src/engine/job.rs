//! A closure on its way to a worker thread.

use super::{Act, Error, ReadTx, WriteTx};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::oneshot::Sender;

/// A read closure without its types.
pub(super) trait ReadJob: Send {
    /// Runs it and keeps its answer; returns the first failure of the engine, if any.
    fn run(&mut self, tx: &mut ReadTx<'_>) -> Option<Error>;
    /// Sends the answer, or `error` in its place.
    fn answer(self: Box<Self>, error: Option<Error>);
}

/// A write closure without its types.
pub(super) trait WriteJob: Send {
    /// The act that it belongs to.
    fn act(&self) -> &Act;
    /// Runs it and keeps its answer; an error undoes its changes.
    fn run(&mut self, tx: &mut WriteTx<'_>) -> Verdict;
    /// Sends the answer, or `error` in its place.
    fn answer(self: Box<Self>, error: Option<Error>);
}

/// What a write closure came to.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Commit.
    Keep,
    /// The closure refused: undo.
    Refused,
    /// The database failed it: undo.
    Failed(Error),
}

pub(super) struct Job<T, E, F> {
    pub act: Act,
    pub closure: F,
    pub answer: Option<Result<T, E>>,
    pub reply: Sender<Result<T, E>>,
}

impl<T, E, F> Job<T, E, F>
where
    E: From<Error>,
{
    fn send(self, error: Option<Error>) {
        let answer = match error {
            Some(error) => Err(error.into()),
            None => self.answer.unwrap_or_else(|| Err(Error::Panicked.into())),
        };
        // Whoever asked may have left; the answer is then nobody's.
        let _ = self.reply.send(answer);
    }
}

impl<T, E, F> ReadJob for Job<T, E, F>
where
    T: Send,
    E: From<Error> + Send,
    F: Fn(&mut ReadTx<'_>) -> Result<T, E> + Send,
{
    fn run(&mut self, tx: &mut ReadTx<'_>) -> Option<Error> {
        match catch_unwind(AssertUnwindSafe(|| (self.closure)(tx))) {
            Ok(answer) => {
                self.answer = Some(answer);
                tx.take_failure()
            }
            Err(_) => Some(Error::Panicked),
        }
    }

    fn answer(self: Box<Self>, error: Option<Error>) {
        self.send(error);
    }
}

impl<T, E, F> WriteJob for Job<T, E, F>
where
    T: Send,
    E: From<Error> + Send,
    F: Fn(&mut WriteTx<'_>) -> Result<T, E> + Send,
{
    fn act(&self) -> &Act {
        &self.act
    }

    fn run(&mut self, tx: &mut WriteTx<'_>) -> Verdict {
        let work = || {
            let answer = (self.closure)(tx);
            // A failure is kept by the transaction, for whoever looks below.
            if answer.is_ok() {
                let _ = tx.tell();
            }
            answer
        };
        let Ok(answer) = catch_unwind(AssertUnwindSafe(work)) else {
            self.answer = Some(Err(Error::Panicked.into()));
            return Verdict::Refused;
        };
        let kept = answer.is_ok();
        self.answer = Some(answer);
        match tx.take_failure() {
            // The closure's own words for a key that is taken beat ours.
            Some(Error::Conflict(_)) if !kept => Verdict::Refused,
            Some(error) => {
                if kept {
                    self.answer = Some(Err(error.clone().into()));
                }
                Verdict::Failed(error)
            }
            None if kept => Verdict::Keep,
            None => Verdict::Refused,
        }
    }

    fn answer(self: Box<Self>, error: Option<Error>) {
        self.send(error);
    }
}
