//! The edge's process: `muster sync`.

use crate::server::{Server, memory_of};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How often its memory is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// A node in a folder.
pub struct Edge<'a> {
    /// The program `muster`.
    pub program: &'a Path,
    /// Its folder.
    pub dir: &'a Path,
}

/// What an exchange came to.
pub struct Synced {
    /// Entries that went.
    pub went: u64,
    pub questions: u64,
    pub bytes_out: u64,
    pub bytes_in: u64,
    /// From its start to its end.
    pub took: Duration,
    /// MB at most.
    pub memory: f64,
}

impl Synced {
    /// Bytes of all bodies.
    pub const fn bytes(&self) -> u64 {
        self.bytes_out + self.bytes_in
    }
}

impl Edge<'_> {
    /// Makes it an edge of a hub.
    pub fn enrol(&self, hub: &Server, dir: &Path, database: Option<&str>) -> Result<()> {
        let mut code = Command::new(self.program);
        code.args(["sync", "code", "--json", "--name", "Bench", "--data"]).arg(dir);
        if let Some(database) = database {
            code.args(["--database", database]);
        }
        let told = output(&mut code)?;
        let code = told.get("code").and_then(Value::as_str).context("the hub made no code")?;
        let mut enrol = Command::new(self.program);
        enrol.args(["sync", "enrol", "--code", code, "--data"]).arg(self.dir);
        enrol.args(["--hub", &format!("http://{}", hub.address)]).stdout(Stdio::null());
        ensure!(enrol.status()?.success(), "the edge was not enrolled");
        Ok(())
    }

    /// Exchanges until neither side lacks anything.
    pub fn sync(&self) -> Result<Synced> {
        let mut command = Command::new(self.program);
        command.args(["sync", "now", "--json", "--data"]).arg(self.dir);
        let began = Instant::now();
        let mut process = command.stdout(Stdio::piped()).spawn()?;
        let mut memory: f64 = 0.0;
        while process.try_wait()?.is_none() {
            // It may end between the two looks.
            memory = memory_of(process.id()).map_or(memory, |(_, most)| most.max(memory));
            std::thread::sleep(LOOK);
        }
        let took = began.elapsed();
        let told: Value = serde_json::from_slice(&process.wait_with_output()?.stdout)?;
        ensure!(told.get("error").is_some_and(Value::is_null), "the exchange failed: {told}");
        let number = |name: &str| told.get(name).and_then(Value::as_u64).context("no figures");
        let (bytes_out, bytes_in) = (number("bytes_out")?, number("bytes_in")?);
        let (went, questions) = (number("went")?, number("questions")?);
        Ok(Synced { went, questions, bytes_out, bytes_in, took, memory })
    }
}

fn output(command: &mut Command) -> Result<Value> {
    let done = command.output()?;
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    ensure!(done.status.success(), "{said}");
    Ok(serde_json::from_slice(&done.stdout)?)
}
