//! `cargo xtask postgres`: a private PostgreSQL for tests, on a socket and a free loopback port.
//!
//! It lives in memory where there is enough, and is gone when it is stopped: tests make and drop
//! hundreds of databases. For measurements, and without such memory, it lives in
//! `target/test-postgres`, and only for measurements it syncs to disk.
//! PostgreSQL refuses to run as root: then it runs as the system's user `postgres`, in a folder
//! under the temporary directory when that user cannot reach `target`.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{install, shell};

/// What to do with the cluster.
#[derive(Clone, Copy, clap::ValueEnum)]
pub enum Action {
    /// Start it unless it runs, and print its address
    Start,
    /// Stop it
    Stop,
    /// Print the address alone, starting it if needed: for `MUSTER_TEST_POSTGRES`
    Url,
}

/// The user as whom PostgreSQL runs when the task runs as root.
const USER: &str = "postgres";
/// Where files are memory, on Linux.
const MEMORY: &str = "/dev/shm";
/// What has to be free there, and be free memory, in KiB.
const ENOUGH: u64 = 3 << 20;

/// The command.
pub fn run(action: Action) -> Result<()> {
    match action {
        Action::Start => {
            let url = start()?.url;
            println!("PostgreSQL for tests runs; in your shell:");
            println!("  export MUSTER_TEST_POSTGRES={url}");
        }
        Action::Url => println!("{}", start()?.url),
        Action::Stop => stop()?,
    }
    Ok(())
}

/// A cluster that answers.
pub struct Running {
    /// Where tests connect.
    pub url: String,
    /// Whether this call started it.
    pub started: bool,
}

/// Starts the cluster for tests, or finds the one that runs. It syncs nothing to disk: none of its
/// databases outlives its test.
pub fn start() -> Result<Running> {
    for home in [in_memory(), on_disk()?] {
        if answers(&home) {
            return start_in(&home, "off");
        }
    }
    start_in(&if is_enough() { in_memory() } else { on_disk()? }, "off")
}

/// Starts the cluster as an operator would run it, for measurements; one that runs is stopped.
pub fn start_durable() -> Result<Running> {
    stop()?;
    start_in(&on_disk()?, "on")
}

fn start_in(home: &Path, fsync: &str) -> Result<Running> {
    let notes = shell::target().join("test-postgres");
    fs::create_dir_all(&notes)?;
    let lock = fs::File::create(notes.join("lock"))?;
    lock.lock().context("could not wait for another task to start PostgreSQL")?;

    let url_file = notes.join("url");
    if answers(home)
        && let Ok(url) = fs::read_to_string(&url_file)
    {
        return Ok(Running { url, started: false });
    }
    install::postgresql()?;
    if !own(home) {
        create(home)?;
    }
    let port = free_port()?;
    launch(home, port, fsync)?;
    let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
    fs::write(&url_file, &url)?;
    Ok(Running { url, started: true })
}

/// Stops the cluster when it runs.
pub fn stop() -> Result<()> {
    for home in [in_memory(), on_disk()?] {
        if answers(&home) {
            let data = data(&home);
            shell::output(&mut postgres("pg_ctl", &["stop", "-D", &data, "-m", "fast", "-s"])?)?;
        }
    }
    // Memory is given back.
    let _ = fs::remove_dir_all(in_memory());
    Ok(())
}

/// Makes a new, empty database on the server at `url`, in the place of one of that name; its URL.
pub fn fresh(url: &str, name: &str) -> Result<String> {
    let Some(psql) = program("psql") else { bail!("psql of PostgreSQL is not installed") };
    let psql = psql.to_string_lossy();
    for sql in
        [format!("drop database if exists {name} with (force)"), format!("create database {name}")]
    {
        shell::output(&mut shell::command(&psql, &[url, "-q", "-c", &sql]))?;
    }
    let (server, _) = url.rsplit_once('/').context("a URL without a database")?;
    Ok(format!("{server}/{name}"))
}

/// A program of PostgreSQL: on the path, or the newest of Debian's versioned folders.
pub fn program(name: &str) -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .filter(|version| version.path().join("bin").join(name).is_file())
        .max_by_key(|version| version.file_name().to_string_lossy().parse::<u32>().unwrap_or(0));
    match newest {
        Some(version) => Some(version.path().join("bin").join(name)),
        None => shell::installed(name).then(|| name.into()),
    }
}

/// Whether this process may install packages and must hand PostgreSQL to another user.
pub fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// The cluster's folder in memory: data, socket and log.
fn in_memory() -> PathBuf {
    Path::new(MEMORY).join(name_of(&near()))
}

/// The same on disk.
fn on_disk() -> Result<PathBuf> {
    let near = near();
    // A socket's path holds at most 107 bytes.
    let short = near.as_os_str().len() < 80;
    if short && (!is_root() || reachable(&near)) {
        return Ok(near);
    }
    let home = std::env::temp_dir().join(name_of(&near));
    fs::create_dir_all(&home)?;
    Ok(home)
}

fn near() -> PathBuf {
    let near = shell::target().join("test-postgres");
    fs::canonicalize(&near).unwrap_or(near)
}

/// What a folder elsewhere is called for this working copy.
fn name_of(near: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    near.hash(&mut hasher);
    format!("muster-postgres-{:016x}", hasher.finish())
}

/// Whether memory holds the cluster and leaves enough for the tests.
fn is_enough() -> bool {
    let number = |text: &str| text.split_whitespace().find_map(|word| word.parse::<u64>().ok());
    let files = shell::output(&mut shell::command("df", &["--output=avail", MEMORY]));
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory = memory.lines().find(|line| line.starts_with("MemAvailable:")).and_then(number);
    [files.ok().as_deref().and_then(number), memory]
        .into_iter()
        .all(|free| free.is_some_and(|free| free >= ENOUGH))
}

/// Whether every folder above lets other users through.
fn reachable(folder: &Path) -> bool {
    folder
        .ancestors()
        .skip(1)
        .all(|above| fs::metadata(above).is_ok_and(|data| data.permissions().mode() & 0o001 != 0))
}

fn answers(home: &Path) -> bool {
    // The second line is the folder: a copied `target` names the original's server.
    fs::read_to_string(home.join("data/postmaster.pid"))
        .is_ok_and(|notes| notes.lines().nth(1) == Some(&data(home)))
        && postgres("pg_ctl", &["status", "-D", &data(home), "-s"])
            .is_ok_and(|mut status| shell::output(&mut status).is_ok())
}

/// Whether the data was made here, and not copied with a `target` (perhaps of a running server).
fn own(home: &Path) -> bool {
    fs::read_to_string(home.join("made-for")).is_ok_and(|path| path == data(home))
        && home.join("data/PG_VERSION").is_file()
}

fn create(home: &Path) -> Result<()> {
    let _ = fs::remove_dir_all(home.join("data"));
    fs::create_dir_all(home)?;
    if is_root() {
        shell::run(Command::new("chown").arg(USER).arg(home))?;
        fs::set_permissions(home, fs::Permissions::from_mode(0o755))?;
    }
    let data = data(home);
    let arguments =
        ["-D", &data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"];
    shell::output(&mut postgres("initdb", &arguments)?)?;
    fs::write(home.join("made-for"), data)?;
    Ok(())
}

fn launch(home: &Path, port: u16, fsync: &str) -> Result<()> {
    let settings = [
        format!("port={port}"),
        "listen_addresses=127.0.0.1".to_owned(),
        format!("unix_socket_directories={}", home.display()),
        "max_connections=300".to_owned(),
        format!("fsync={fsync}"),
        "synchronous_commit=on".to_owned(),
    ];
    let options = settings.map(|setting| format!("-c {setting}")).join(" ");
    let (data, log) = (data(home), home.join("log"));
    let log = log.to_string_lossy();
    let arguments = ["start", "-D", &data, "-l", &log, "-o", &options, "-w", "-t", "60", "-s"];
    // Its output is not captured: the server would hold the pipe open.
    shell::run(&mut postgres("pg_ctl", &arguments)?)
        .with_context(|| format!("PostgreSQL did not start, see {log}"))
}

/// A program of PostgreSQL, as the user who may run it.
fn postgres(name: &str, arguments: &[&str]) -> Result<Command> {
    let Some(program) = program(name) else { bail!("{name} of PostgreSQL is not installed") };
    let program = program.to_string_lossy().into_owned();
    let mut command = if is_root() {
        let user = ["--reuid", USER, "--regid", USER, "--init-groups", "--reset-env", &program];
        let mut command = shell::command("setpriv", &user);
        command.args(arguments);
        command
    } else {
        shell::command(&program, arguments)
    };
    command.current_dir("/");
    Ok(command)
}

fn data(home: &Path) -> String {
    home.join("data").to_string_lossy().into_owned()
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
