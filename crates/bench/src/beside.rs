//! A request beside an empty handler of the same server in the same run.

use crate::load::{Outcome, Requests, full, steady};
use crate::server::Server;
use anyhow::Result;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;
use tokio::runtime::Runtime;

/// How long and how much.
pub struct Plan {
    pub time: Duration,
    pub rounds: usize,
    pub connections: usize,
}

/// A filled server and what drives it.
pub struct Beside<'a> {
    pub runtime: &'a Runtime,
    pub server: &'a Server,
    pub plan: &'a Plan,
    /// What a request does, in a word.
    pub name: &'static str,
    /// Each of them is answered 201.
    pub requests: Requests,
    /// The next of them.
    pub cursor: Arc<AtomicUsize>,
}

fn empty() -> Requests {
    let request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec();
    Arc::new(move |_| Some(request.clone()))
}

impl Beside<'_> {
    /// Empty handler and requests take turns, and the ratios are printed; the requests a second.
    pub fn rounds(&self) -> Result<f64> {
        let name = self.name;
        let (mut ratios, mut costs, mut rates) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..self.plan.rounds {
            let before = self.full(&empty(), &Arc::default())?.expect(200)?;
            let asked = self.full(&self.requests, &self.cursor)?.expect(201)?;
            let after = self.full(&empty(), &Arc::default())?.expect(200)?;
            let beside = f64::midpoint(before.rate(), after.rate());
            println!("full load         {:.0} {name}s/s, {}", asked.rate(), asked.times);
            println!("empty handler     {beside:.0}/s, {}", before.times);
            ratios.push(asked.rate() / beside);
            costs.push(f64::midpoint(before.cost(), after.cost()) / asked.cost());
            rates.push(asked.rate());
            println!(
                "processor         {:.0} µs a {name}, {:.0} µs an empty answer",
                asked.cost(),
                before.cost()
            );
        }
        println!("{name} / empty {:.3} by rate, {:.3} by processor", median(ratios), median(costs));
        Ok(median(rates))
    }

    fn full(&self, requests: &Requests, cursor: &Arc<AtomicUsize>) -> Result<Outcome> {
        let Plan { time, connections, .. } = *self.plan;
        let before = self.server.processor()?;
        let load = full(self.server.address, connections, time, cursor, requests);
        let outcome = self.runtime.block_on(load)?;
        Ok(Outcome { processor: self.server.processor()?.saturating_sub(before), ..outcome })
    }

    pub fn half(&self, best: f64) -> Result<()> {
        let name = self.name;
        let Plan { time, connections, .. } = *self.plan;
        let load = steady(
            self.server.address,
            connections,
            best / 2.0,
            time,
            &self.cursor,
            &self.requests,
        );
        let outcome = self.runtime.block_on(load)?.expect(201)?;
        println!("half of that load {:.0} {name}s/s, {}", outcome.rate(), outcome.times);
        Ok(())
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}
