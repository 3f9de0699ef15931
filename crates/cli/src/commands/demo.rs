//! `muster demo`

use crate::node::Place;
use crate::outside::{now, random};
use anyhow::{Context, Result};
use clap::Args;
use muster_demo::{PASSWORD, SIGN_INS};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

#[derive(Args)]
pub(crate) struct Demo {
    /// Port on this machine
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Folder to keep the demo in; a temporary one without it
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Database instead of the folder's own, e.g. postgres://user@host/muster
    #[arg(long)]
    database: Option<String>,
    /// The same seed makes the same institution
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one JSON line when it serves
    #[arg(long)]
    json: bool,
}

impl Demo {
    pub fn run(self) -> Result<ExitCode> {
        let temporary = tempfile::tempdir()?;
        let dir = self.dir.clone().unwrap_or_else(|| temporary.path().to_owned());
        let place = Place { data: dir.clone(), database: self.database.clone() };
        let node = place.open()?;
        let listener = TcpListener::bind(("127.0.0.1", self.port))
            .with_context(|| format!("can't listen on port {}", self.port))?;
        let url = format!("http://127.0.0.1:{}", listener.local_addr()?.port());
        if !muster_demo::is_filled(&node.store)? {
            let began = Instant::now();
            let hash = muster_app::passwords::hash(PASSWORD, random())?;
            muster_demo::fill(&node.store, self.seed, now(), &hash)?;
            tracing::info!(took = ?began.elapsed(), "filled the demo");
        }
        node.serve(listener, None, || if self.json { json(&url, &dir) } else { words(&url) })?;
        Ok(ExitCode::SUCCESS)
    }
}

fn json(url: &str, dir: &std::path::Path) {
    let sign_ins: Vec<_> = SIGN_INS
        .iter()
        .map(|one| {
            serde_json::json!({
                "role": one.role, "identifier": one.identifier, "password": PASSWORD,
            })
        })
        .collect();
    println!("{}", serde_json::json!({"url": url, "sign_ins": sign_ins, "dir": dir}));
}

fn words(url: &str) {
    println!("\nThe demo serves on {url}\n\nSign in with any of these numbers and the password");
    println!("  {PASSWORD}\n");
    for one in SIGN_INS {
        println!("  {:<8} {}", one.identifier, one.role);
    }
    println!("\nCtrl-C ends it.");
}
