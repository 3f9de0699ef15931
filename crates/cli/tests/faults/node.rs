//! A node as a program: served, asked, killed and served again; and what it holds.

use muster_storage::journal::verify;
use muster_storage::{Error, ReadTx, Store, StoreConfig, replication};
use muster_testkit::{Database, NOON, Proxy};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use uuid::Uuid;

/// Number and password of the super administrator.
pub const ROOT: &str = "root";
pub const PASSWORD: &str = "a horse on a red staple";

/// A node in a folder of its own.
pub struct Node {
    pub data: PathBuf,
    /// Proves that the super administrator signed in there.
    pub token: String,
    database: Option<Database>,
    serving: Option<Serving>,
}

/// A program that serves, ended with the test.
struct Serving {
    process: Child,
    address: SocketAddr,
    log: Arc<Mutex<String>>,
}

/// Looks now and then until it is so.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..6_000 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{what} never happened");
}

impl Node {
    /// A node with a database in its own folder.
    pub fn new(folder: &Path, name: &str) -> Self {
        let data = folder.join(name);
        Self { data, token: String::new(), database: None, serving: None }
    }

    /// A node with a database on PostgreSQL.
    pub fn on_postgres(folder: &Path, name: &str) -> Self {
        Self { database: Some(muster_testkit::postgres()), ..Self::new(folder, name) }
    }

    /// `muster`, about this node.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
        command.args(arguments).arg("--data").arg(&self.data).stdin(Stdio::null());
        command.env_remove("MUSTER_DATABASE").env_remove("MUSTER_DATA").env("MUSTER_LOG", "info");
        command.args(self.database.iter().map(|database| format!("--database={}", database.url)));
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What a command that succeeds says as JSON.
    pub fn told(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Serves it, from when it answers; at another port each time.
    pub fn serve(&mut self) {
        self.serve_by(self.command(&["serve", "--listen", "127.0.0.1:0"]));
    }

    /// The same, by another command.
    pub fn serve_by(&mut self, command: Command) {
        self.serving = Some(Serving::start(command));
    }

    /// Ends it as an operator does.
    pub fn stop(&mut self) {
        self.signal("-TERM");
        let mut serving = self.serving.take().unwrap();
        assert!(serving.process.wait().unwrap().success(), "{}", serving.log.lock().unwrap());
    }

    /// Sends it a signal: -9 ends it at once.
    pub fn signal(&self, signal: &str) {
        let pid = self.process_id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    pub fn process_id(&self) -> u32 {
        self.serving().process.id()
    }

    pub fn address(&self) -> SocketAddr {
        self.serving().address
    }

    /// What it wrote to its log since it serves.
    pub fn log(&self) -> String {
        self.serving().log.lock().unwrap().clone()
    }

    fn serving(&self) -> &Serving {
        self.serving.as_ref().expect("the node is served")
    }

    /// Status and body of its answer; none if it is gone.
    pub fn send(&self, method: &str, path: &str, body: &Value) -> Option<(u16, Value)> {
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        let agent = ureq::Agent::from(config);
        let url = format!("http://{}{path}", self.address());
        let proof = format!("Bearer {}", self.token);
        let answer = if method == "GET" {
            agent.get(url).header("authorization", proof).call()
        } else {
            let request = ureq::http::Request::builder().method(method).uri(url);
            let request = request.header("authorization", proof);
            let request = request.header("content-type", "application/json");
            agent.run(request.body(body.to_string()).unwrap())
        };
        let mut answer = answer.ok()?;
        let status = answer.status().as_u16();
        Some((status, answer.body_mut().read_json().ok()?))
    }

    /// What it answers where it does what it is asked.
    pub fn asked(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.send(method, path, body).expect("an answer");
        assert!(status < 300, "{method} {path}: {status} {answer}\n{}", self.log());
        answer
    }

    pub fn get(&self, path: &str) -> Value {
        self.asked("GET", path, &Value::Null)
    }

    /// Signs the super administrator in.
    pub fn sign_in(&mut self) {
        let body = json!({"identifier": ROOT, "password": PASSWORD});
        let answer = self.asked("POST", "/api/v1/tokens", &body);
        answer["access_token"].as_str().unwrap().clone_into(&mut self.token);
    }

    /// Makes it an edge of a hub behind a proxy, which sees those classes; all, if none are named.
    /// Exchanges, serves, and leaves further exchanges to the test.
    pub fn join(&mut self, hub: &Self, way: &Proxy, classes: &[&str]) {
        self.enrol(hub, way, classes);
        self.exchange();
        self.serve();
        self.sign_in();
        self.asked("PUT", "/api/v1/nodes/hub/pace", &json!({"every_minutes": 0}));
    }

    /// Makes it an edge of a hub behind a proxy.
    pub fn enrol(&self, hub: &Self, way: &Proxy, classes: &[&str]) {
        let name = self.data.file_name().unwrap().to_str().unwrap();
        let mut code = vec!["sync", "code", "--json", "--name", name];
        for class in classes {
            code.extend(["--class", class]);
        }
        let code = hub.told(&code);
        let (url, code) = (format!("http://{}", way.address()), code["code"].as_str().unwrap());
        let enrolled = self.run(&["sync", "enrol", "--hub", &url, "--code", code]);
        assert!(enrolled.status.success(), "{enrolled:?}");
    }

    /// Exchanges with its hub by a program of its own, which has to succeed.
    pub fn exchange(&self) -> Value {
        self.told(&["sync", "now", "--json"])
    }

    /// Exchanges by the button of the program that serves; what went wrong, in words. Nothing if the
    /// program ended meanwhile.
    pub fn button(&self) -> Option<Result<Value, String>> {
        let (status, done) = self.send("POST", "/api/v1/nodes/exchanges", &Value::Null)?;
        assert_eq!(status, 200, "{done}\n{}", self.log());
        let error = done["error"].as_str().map(str::to_owned);
        Some(error.map_or(Ok(done), Err))
    }

    /// Its records.
    pub fn store(&self) -> Store {
        let own = || format!("sqlite:{}", self.data.join("muster.db").display());
        let url = self.database.as_ref().map_or_else(own, |database| database.url.clone());
        std::fs::create_dir_all(&self.data).unwrap();
        Store::open(&StoreConfig::new(url, Uuid::from_u128(0x0068_7562), NOON)).unwrap()
    }

    /// Waits until it has told all that it held, and each entry has its number.
    pub fn settle(&self) {
        let store = self.store();
        until("all is told and numbered", || {
            let tells = store.read(replication::restating).wait().unwrap();
            // SQLite numbers with each commit.
            let numbered = || verify(&store, |_| {}).unwrap().unnumbered == 0;
            !tells && (self.database.is_none() || numbered())
        });
    }

    /// How far each series is there.
    pub fn heads(&self) -> impl PartialEq {
        self.store().read(replication::heads).wait().unwrap()
    }

    /// All its records as text; its journal holds.
    pub fn export(&self) -> Vec<String> {
        let store = self.store();
        let report = verify(&store, |_| {}).unwrap();
        assert!(report.holds(), "{report:?}");
        let read = |tx: &mut ReadTx<'_>| {
            let mut lines = Vec::new();
            replication::export(tx, |line| lines.push(line))?;
            Ok::<_, Error>(lines)
        };
        store.read(read).wait().unwrap()
    }

    /// A copy of its folder as it lies on the disk, under another name.
    pub fn copied(&self, folder: &Path, name: &str) -> Self {
        let copy = Self { token: self.token.clone(), ..Self::new(folder, name) };
        copy_folder(&self.data, &copy.data);
        copy
    }

    /// Puts another folder in the place of its own.
    pub fn put_back(&self, backup: &Self) {
        std::fs::remove_dir_all(&self.data).unwrap();
        copy_folder(&backup.data, &self.data);
    }
}

/// Copies the files of a folder, as whoever makes a backup by hand does.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

impl Serving {
    fn start(mut command: Command) -> Self {
        let spawned = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut process = spawned.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let log = Arc::new(Mutex::new(String::new()));
        let (stderr, kept) = (process.stderr.take().unwrap(), Arc::clone(&log));
        let reading = std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                kept.lock().unwrap().extend([&*line, "\n"]);
            }
        });
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut first = String::new();
        stdout.read_line(&mut first).unwrap();
        let port = first.trim().strip_prefix("Muster serves on http://localhost:");
        let Some(port) = port.and_then(|port| port.parse::<u16>().ok()) else {
            let _ = process.kill();
            let _ = reading.join();
            panic!("{command:?} said “{first}”\n{}", log.lock().unwrap());
        };
        std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        Self { process, address: SocketAddr::from(([127, 0, 0, 1], port)), log }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
