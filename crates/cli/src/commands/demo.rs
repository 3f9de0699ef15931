//! `muster demo`

use crate::node::{Node, Outside, Place};
use crate::outside::{clock, random, remark, say};
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use muster_demo::{PASSWORD, Progress, SIGN_INS, Wish};
use muster_storage::Store;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

/// Classes whose figures are compared with their marks in the end.
const CHECKED: usize = 20;
/// Classes from which on progress is shown.
const REPORTED: usize = 100;

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
    /// 2,000 students, or 50,000 with ten million marks, which takes some minutes and 6 GB
    #[arg(long, value_enum, default_value_t = Size::Small)]
    size: Size,
    /// Print one JSON line when it serves
    #[arg(long)]
    json: bool,
    /// Let the clock stand still, e.g. at 2026-03-03T10:05:00Z: for pictures of screens
    #[arg(long, hide = true)]
    clock_at: Option<jiff::Timestamp>,
    /// Fill the institution and end: what the demo does first, in a process of its own
    #[arg(long, hide = true)]
    fill_only: bool,
}

/// How big the institution is.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Size {
    Small,
    Large,
}

impl Demo {
    pub fn run(self) -> Result<ExitCode> {
        let temporary = tempfile::tempdir()?;
        let dir = self.dir.clone().unwrap_or_else(|| temporary.path().to_owned());
        if self.fill_only {
            return self.fill(&dir);
        }
        self.fill_beside(&dir)?;
        let node = self.open(&dir)?;
        let listener = TcpListener::bind(("127.0.0.1", self.port))
            .with_context(|| format!("can't listen on port {}", self.port))?;
        let url = format!("http://127.0.0.1:{}", listener.local_addr()?.port());
        node.serve(listener, Outside::default(), || {
            let said = if self.json { say(json(&url, &dir)) } else { say(words(&url)) };
            // A demo whose reader went away is served all the same.
            if let Err(error) = said {
                tracing::warn!("{error:#}");
            }
        })?;
        Ok(ExitCode::SUCCESS)
    }

    fn open(&self, dir: &Path) -> Result<Node> {
        let place = Place { data: dir.to_owned(), database: self.database.clone() };
        place.open_by(clock(self.clock_at))
    }

    fn fill(&self, dir: &Path) -> Result<ExitCode> {
        let node = self.open(dir)?;
        if !muster_demo::is_filled(&node.store)? {
            let began = Instant::now();
            let hash = muster_app::passwords::hash(PASSWORD, random())?;
            let size = match self.size {
                Size::Small => muster_demo::Size::Small,
                Size::Large => muster_demo::Size::Large,
            };
            let now = (node.clock)();
            let wish = Wish { size, seed: self.seed, now, password_hash: &hash };
            muster_demo::fill(&node.store, wish, |progress| tell(progress, began))?;
            muster_demo::hold_events(&node.store, &hash, || node.ctx("cli"))?;
            muster_demo::sit_exams(&node.store, &hash, || node.ctx("cli"))?;
            muster_demo::enter_results(&node.store, || node.ctx("cli"))?;
            muster_demo::keep_stationery(&node.store, || node.ctx("cli"))?;
            muster_demo::issue_badges(&node.store, || node.ctx("cli"))?;
            muster_demo::meet_again(&node.store, || node.ctx("cli"))?;
            let checked = muster_demo::check(&node.store, CHECKED)?;
            if let Some(database) = &self.database {
                Store::settle(database).context("can't settle the database")?;
            }
            tracing::info!(took = ?began.elapsed(), checked, "filled the demo");
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Fills in a process of its own: the memory that this takes goes with it.
    fn fill_beside(&self, dir: &Path) -> Result<()> {
        let mut fill = Command::new(std::env::current_exe()?);
        fill.arg("demo").arg("--fill-only").arg("--dir").arg(dir);
        fill.args(["--seed", &self.seed.to_string()]);
        if matches!(self.size, Size::Large) {
            fill.args(["--size", "large"]);
        }
        if std::env::var_os("MUSTER_LOG").is_none() {
            // That writing in bulk holds up others is no news here: there are none.
            fill.env("MUSTER_LOG", "info,muster_storage=error");
        }
        if let Some(at) = self.clock_at {
            fill.args(["--clock-at", &at.to_string()]);
        }
        if let Some(database) = &self.database {
            fill.args(["--database", database]);
        }
        let status = fill.stdin(Stdio::null()).status().context("can't fill the demo")?;
        anyhow::ensure!(status.success(), "can't fill the demo");
        Ok(())
    }
}

/// Shows how far filling has come, where it takes long.
fn tell(progress: Progress, began: Instant) {
    let Progress { people, classes, all_classes, marks } = progress;
    if all_classes > REPORTED {
        let took = began.elapsed().as_secs();
        remark(format_args!(
            "{took:>4} s  {people} people, {classes} of {all_classes} classes, {marks} marks"
        ));
    }
}

fn json(url: &str, dir: &Path) -> serde_json::Value {
    let sign_ins: Vec<_> = SIGN_INS
        .iter()
        .map(|one| {
            serde_json::json!({
                "role": one.role, "identifier": one.identifier, "password": PASSWORD,
            })
        })
        .collect();
    serde_json::json!({"url": url, "sign_ins": sign_ins, "dir": dir})
}

fn words(url: &str) -> String {
    let sign_ins = SIGN_INS.iter().map(|one| format!("  {:<8} {}\n", one.identifier, one.role));
    format!(
        "\nThe demo serves on {url}\n\nSign in with any of these numbers and the password\n  \
         {PASSWORD}\n\n{}\nCtrl-C ends it.",
        sign_ins.collect::<String>()
    )
}
