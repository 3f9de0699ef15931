//! Load: as much as a number of connections bear, or a fixed rate.

use crate::client::Client;
use crate::spread::Spread;
use anyhow::{Result, bail};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Gives the next request to send; none when there is nothing left to ask.
pub type Requests = Arc<dyn Fn(usize) -> Option<Vec<u8>> + Send + Sync>;

/// What came of it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Answers by status.
    pub statuses: BTreeMap<u16, usize>,
    /// From the moment when a request was due until its answer.
    pub times: Spread,
    /// How long all of it took.
    pub took: Duration,
    /// Processor time of the server meanwhile.
    pub processor: Duration,
}

impl Outcome {
    /// Answers a second.
    pub fn rate(&self) -> f64 {
        self.count() as f64 / self.took.as_secs_f64()
    }

    /// Microseconds of the server's processor time for each answer.
    pub fn cost(&self) -> f64 {
        self.processor.as_secs_f64() * 1e6 / self.count() as f64
    }

    fn count(&self) -> usize {
        self.statuses.values().sum()
    }

    /// Complains about answers other than the one that was hoped for.
    pub fn expect(self, status: u16) -> Result<Self> {
        if self.statuses.keys().any(|found| *found != status) {
            bail!("not every answer was {status}: {:?}", self.statuses);
        }
        Ok(self)
    }
}

/// Sends as much as the connections bear, each waiting for its answer before it sends again.
/// `cursor` counts requests over several loads.
pub async fn full(
    address: SocketAddr,
    connections: usize,
    time: Duration,
    cursor: &Arc<AtomicUsize>,
    requests: &Requests,
) -> Result<Outcome> {
    let mut tasks = JoinSet::new();
    let began = Instant::now();
    for _ in 0..connections {
        let (cursor, requests) = (cursor.clone(), requests.clone());
        tasks.spawn(async move {
            let mut client = Client::connect(address).await?;
            let mut answers = Vec::new();
            while began.elapsed() < time {
                let Some(request) = requests(cursor.fetch_add(1, Ordering::Relaxed)) else {
                    bail!("ran out of requests: fill more");
                };
                let sent = Instant::now();
                answers.push((client.send(&request).await?, sent.elapsed()));
            }
            Ok(answers)
        });
    }
    gather(tasks, began).await
}

/// Sends at a fixed rate a second. A request that waits for a free connection counts from when it
/// was due, so that a server that stalls is not spared.
pub async fn steady(
    address: SocketAddr,
    connections: usize,
    rate: f64,
    time: Duration,
    cursor: &Arc<AtomicUsize>,
    requests: &Requests,
) -> Result<Outcome> {
    let total = (rate * time.as_secs_f64()) as usize;
    let turn = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    let began = Instant::now();
    for _ in 0..connections {
        let (cursor, requests, turn) = (cursor.clone(), requests.clone(), turn.clone());
        tasks.spawn(async move {
            let mut client = Client::connect(address).await?;
            let mut answers = Vec::new();
            loop {
                let position = turn.fetch_add(1, Ordering::Relaxed);
                if position >= total {
                    return Ok(answers);
                }
                let due = began + Duration::from_secs_f64(position as f64 / rate);
                tokio::time::sleep_until(due.into()).await;
                let Some(request) = requests(cursor.fetch_add(1, Ordering::Relaxed)) else {
                    bail!("ran out of requests: fill more");
                };
                answers.push((client.send(&request).await?, due.elapsed()));
            }
        });
    }
    gather(tasks, began).await
}

async fn gather(
    mut tasks: JoinSet<Result<Vec<(u16, Duration)>>>,
    began: Instant,
) -> Result<Outcome> {
    let (mut statuses, mut times) = (BTreeMap::new(), Vec::new());
    while let Some(answers) = tasks.join_next().await {
        for (status, time) in answers?? {
            *statuses.entry(status).or_default() += 1;
            times.push(time);
        }
    }
    Ok(Outcome {
        statuses,
        times: Spread::of(times),
        took: began.elapsed(),
        processor: Duration::ZERO,
    })
}
