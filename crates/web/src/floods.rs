//! What a lecture hall or a crowd at the gates asks at once: who am I, mark me, let me in. Each is
//! served for many at a time.

use crate::server::Clock;
use crate::together::Together;
use muster_app::marks::{Answered, Attempting, mark_many};
use muster_app::redemptions::{Presenting, Redeemed, redeem_many};
use muster_app::settings::{self, Settings};
use muster_app::sign_in::{self, SignedIn};
use muster_app::{Error, Result};
use muster_domain::ids::ActId;
use muster_storage::{Act, Store, WriteTx};
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
/// Presents credentials at points.
pub(crate) type Redeeming = Together<Presenting, Result<Redeemed>>;

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
        async move { in_one(&store, attempts, |attempting| &attempting.ctx.act, mark_many).await }
    })
}

pub(crate) fn redeeming(store: Store) -> Redeeming {
    Together::new(move |presented: Vec<Presenting>| {
        let store = store.clone();
        async move { redeem(&store, presented).await }
    })
}

/// Presents one after the other, in one transaction.
pub(crate) async fn redeem(store: &Store, presented: Vec<Presenting>) -> Vec<Result<Redeemed>> {
    let done = in_one(store, presented, Presenting::act, redeem_many).await;
    done.into_iter().map(Result::flatten).collect()
}

/// Serves requests in one transaction.
async fn in_one<I, O>(
    store: &Store,
    requests: Vec<I>,
    act: fn(&I) -> &Act,
    serve: fn(&mut WriteTx<'_>, &[I]) -> Result<Vec<O>>,
) -> Vec<Result<O>>
where
    I: Clone + Send + Sync + 'static,
    O: Send + 'static,
{
    let requests: Arc<[I]> = requests.into();
    match write(store, requests.clone(), act, serve).await {
        Ok(answers) => answers.into_iter().map(Ok).collect(),
        Err(error) if requests.len() < 2 => failed(requests.len(), &error),
        // One of them spoils it for the others: each gets a transaction of its own.
        Err(error) => {
            tracing::warn!(%error, requests = requests.len(), "serving a lot one by one");
            let mut answers = Vec::with_capacity(requests.len());
            for request in &*requests {
                let alone = write(store, Arc::new([request.clone()]), act, serve).await;
                answers.push(alone.and_then(|own| own.into_iter().next().ok_or(Error::NotFound)));
            }
            answers
        }
    }
}

async fn write<I, O>(
    store: &Store,
    requests: Arc<[I]>,
    act: fn(&I) -> &Act,
    serve: fn(&mut WriteTx<'_>, &[I]) -> Result<Vec<O>>,
) -> Result<Vec<O>>
where
    I: Send + Sync + 'static,
    O: Send + 'static,
{
    // Their own acts are in the journal; this one carries the latest time, which no entry's
    // logical clock may precede.
    let id = requests.first().map_or(ActId(uuid::Uuid::nil()), |first| act(first).id);
    let at = requests.iter().map(|request| act(request).at).max().unwrap_or_default();
    let act = Act { id, at, actor: None, via: "web" };
    store.write(&act, move |tx| serve(tx, &requests)).await
}

fn failed<T>(count: usize, error: &Error) -> Vec<Result<T>> {
    vec![error.clone(); count].into_iter().map(Err).collect()
}
