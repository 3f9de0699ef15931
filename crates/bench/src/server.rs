//! The server under test: a process of its own.

use anyhow::{Context, Result, bail};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take to its first answer, and one that fills the large demo first.
const PATIENCE: Duration = Duration::from_mins(2);
const FILLING: Duration = Duration::from_hours(1);

/// A server that answers; ends with this value.
pub struct Server {
    process: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// From its start to its first answer.
    pub start: Duration,
}

impl Server {
    /// Starts `muster serve`.
    pub fn serve(program: &Path, dir: &Path, database: Option<&str>) -> Result<Self> {
        let address = free()?;
        let mut command = Command::new(program);
        command.arg("serve").arg("--data").arg(dir).args(["--listen", &address.to_string()]);
        Self::start(command, address, database, PATIENCE)
    }

    /// Starts `muster demo --size large`; its progress is shown.
    pub fn large_demo(program: &Path, dir: &Path, database: Option<&str>) -> Result<Self> {
        let address = free()?;
        let mut command = Command::new(program);
        command.args(["demo", "--size", "large", "--dir"]).arg(dir);
        command.args(["--port", &address.port().to_string()]);
        Self::start(command, address, database, FILLING)
    }

    /// Starts `muster demo`.
    pub fn demo(program: &Path, dir: &Path, database: Option<&str>) -> Result<Self> {
        let address = free()?;
        let mut command = Command::new(program);
        command.arg("demo").arg("--dir").arg(dir).args(["--port", &address.port().to_string()]);
        Self::start(command, address, database, PATIENCE)
    }

    fn start(
        mut command: Command,
        address: SocketAddr,
        database: Option<&str>,
        patience: Duration,
    ) -> Result<Self> {
        if let Some(database) = database {
            command.args(["--database", database]);
        }
        let began = Instant::now();
        let process = command
            .env("MUSTER_LOG", "error")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("can't start {}", command.get_program().display()))?;
        let mut server = Self { process, address, start: Duration::ZERO };
        while !server.answers() {
            if let Some(status) = server.process.try_wait()? {
                bail!("the server ended with {status}");
            }
            if began.elapsed() > patience {
                bail!("the server does not answer");
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        server.start = began.elapsed();
        Ok(server)
    }

    fn answers(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(self.address) else { return false };
        let request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        let mut answer = Vec::new();
        let asked = stream.write_all(request.as_bytes());
        asked.and_then(|()| stream.read_to_end(&mut answer)).is_ok() && !answer.is_empty()
    }

    /// Memory in MB: now, and at most so far.
    pub fn memory(&self) -> Result<(f64, f64)> {
        memory_of(self.process.id())
    }

    /// Processor time that it has taken so far.
    pub fn processor(&self) -> Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // The name in parentheses may hold blanks; user and system time are the 12th and 13th
        // field after it, in hundredths of a second.
        let (_, fields) = stat.rsplit_once(')').context("no processor figures")?;
        let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
        let ticks: u64 = ticks.sum::<std::result::Result<_, _>>()?;
        Ok(Duration::from_millis(ticks * 10))
    }

    /// Tells it to stop and waits until it has.
    pub fn stop(mut self) -> Result<()> {
        let pid = self.process.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status()?;
        self.process.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Memory of a process in MB: now, and at most so far.
pub fn memory_of(process: u32) -> Result<(f64, f64)> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let kilobytes = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        let number = line.and_then(|line| line.split_whitespace().nth(1));
        number.and_then(|number| number.parse::<f64>().ok()).context("no memory figures")
    };
    Ok((kilobytes("VmRSS:")? / 1000.0, kilobytes("VmHWM:")? / 1000.0))
}

fn free() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
