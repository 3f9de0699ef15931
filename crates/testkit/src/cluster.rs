//! A PostgreSQL server of a test's own, to be restarted and otherwise mistreated.

use crate::free_ports;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// The user as whom PostgreSQL runs when the test runs as root, which PostgreSQL refuses.
const USER: &str = "postgres";

/// A server; stopped and gone with the test.
pub struct Cluster {
    dir: TempDir,
    port: u16,
}

impl Cluster {
    /// Makes and starts one; it takes a few seconds.
    pub fn start() -> Self {
        let dir = tempfile::Builder::new().prefix("muster-pg").tempdir().expect("a folder");
        if is_root() {
            let owned = Command::new("chown").arg(USER).arg(dir.path()).status();
            assert!(owned.expect("chown").success(), "chown to {USER}");
        }
        // One of its own, also while the server is away.
        let [port] = free_ports();
        let cluster = Self { dir, port };
        let data = cluster.data();
        run(
            "initdb",
            &[
                "-D",
                &data,
                "-U",
                "postgres",
                "--auth=trust",
                "--no-sync",
                "-E",
                "UTF8",
                "--locale=C",
            ],
        );
        cluster.launch();
        cluster
    }

    /// Where to connect.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Ends every process at once, as a crash would, and starts again.
    pub fn crash_and_restart(&self) {
        run("pg_ctl", &["stop", "-D", &self.data(), "-m", "immediate", "-s", "-w"]);
        self.launch();
    }

    fn launch(&self) {
        let socket = self.dir.path().display();
        let options = format!(
            "-c port={} -c listen_addresses=127.0.0.1 -c unix_socket_directories={socket}",
            self.port
        );
        let log = self.dir.path().join("log").to_string_lossy().into_owned();
        let data = self.data();
        let started = ["start", "-D", &data, "-l", &log, "-o", &options, "-w", "-s"];
        let status = command("pg_ctl", &started).status().expect("PostgreSQL is installed");
        assert!(status.success(), "{}", fs::read_to_string(log).unwrap_or_default());
    }

    fn data(&self) -> String {
        self.dir.path().join("data").to_string_lossy().into_owned()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = command("pg_ctl", &["stop", "-D", &self.data(), "-m", "immediate", "-s"]).status();
    }
}

fn run(name: &str, arguments: &[&str]) {
    let status = command(name, arguments).status().expect("PostgreSQL is installed");
    assert!(status.success(), "{name} {arguments:?}");
}

fn command(name: &str, arguments: &[&str]) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", USER, "--regid", USER, "--init-groups"]).arg(program(name));
        command
    } else {
        Command::new(program(name))
    };
    // The server would otherwise hold the test's output open.
    command.args(arguments).current_dir("/").stdin(Stdio::null()).stdout(Stdio::null());
    command
}

/// A program of PostgreSQL: of Debian's versioned folders, or on the path.
fn program(name: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let programs = versions.map(|version| version.path().join("bin").join(name));
    programs.filter(|program| program.is_file()).max().unwrap_or_else(|| Path::new(name).into())
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}
