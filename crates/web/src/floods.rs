//! What a lecture hall asks at once: who am I, and mark me. Each is served for many at a time.

use crate::server::Clock;
use crate::together::Together;
use muster_app::marks::{Answered, Attempting, mark_many};
use muster_app::settings::{self, Settings};
use muster_app::sign_in::{self, SignedIn};
use muster_app::{Error, Result};
use muster_domain::ids::ActId;
use muster_storage::{Act, Store};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A token's digest, if the request brings one.
type Asked = Option<[u8; 32]>;
/// The settings in force, and who holds the token.
pub(crate) type Standing = (Arc<Settings>, Option<SignedIn>);

/// Tells who holds tokens, and the settings.
pub(crate) type Knowing = Together<Asked, Result<Standing>>;
/// Marks students who present codes.
pub(crate) type Marking = Together<Attempting, Result<Answered>>;

pub(crate) fn knowing(store: Store, clock: Clock) -> Knowing {
    Together::new(move |asked: Vec<Asked>| {
        let (store, now) = (store.clone(), clock());
        async move {
            let count = asked.len();
            let digests: BTreeSet<[u8; 32]> = asked.iter().flatten().copied().collect();
            let digests = Vec::from_iter(digests);
            let read = store.read(move |tx| {
                let settings = Arc::new(settings::load(tx)?);
                let known = sign_in::signed_in(tx, &digests, now)?;
                let of = |digest: &Asked| digest.and_then(|digest| known.get(&digest).cloned());
                Ok(asked.iter().map(|digest| (settings.clone(), of(digest))).collect::<Vec<_>>())
            });
            match read.await {
                Ok(known) => known.into_iter().map(Ok).collect(),
                Err(error) => failed(count, &error),
            }
        }
    })
}

pub(crate) fn marking(store: Store) -> Marking {
    Together::new(move |attempts: Vec<Attempting>| {
        let store = store.clone();
        async move {
            let attempts = Arc::new(attempts);
            match mark(&store, attempts.clone()).await {
                Ok(answers) => answers.into_iter().map(Ok).collect(),
                Err(error) if attempts.len() < 2 => failed(attempts.len(), &error),
                // One of them spoils it for the others: each gets a transaction of its own.
                Err(error) => {
                    tracing::warn!(%error, attempts = attempts.len(), "marking one by one");
                    one_by_one(&store, &attempts).await
                }
            }
        }
    })
}

async fn one_by_one(store: &Store, attempts: &[Attempting]) -> Vec<Result<Answered>> {
    let mut answers = Vec::with_capacity(attempts.len());
    for attempt in attempts {
        let answer = mark(store, Arc::new(vec![attempt.clone()])).await;
        answers.push(answer.and_then(|alone| alone.into_iter().next().ok_or(Error::NotFound)));
    }
    answers
}

async fn mark(store: &Store, attempts: Arc<Vec<Attempting>>) -> Result<Vec<Answered>> {
    let acts = attempts.iter().map(|attempt| &attempt.ctx.act);
    // Their own acts are in the journal; this one carries the latest time, which no entry's
    // logical clock may precede.
    let id = acts.clone().next().map_or(ActId(uuid::Uuid::nil()), |act| act.id);
    let at = acts.map(|act| act.at).max().unwrap_or_default();
    let act = Act { id, at, actor: None, via: "web" };
    store.write(&act, move |tx| mark_many(tx, &attempts)).await
}

fn failed<T>(count: usize, error: &Error) -> Vec<Result<T>> {
    vec![error.clone(); count].into_iter().map(Err).collect()
}
