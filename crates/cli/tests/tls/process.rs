//! The program, running, with its output read line by line.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// How long a line may take that is awaited.
const PATIENCE: Duration = Duration::from_mins(1);

/// A program that is ended with the test.
pub struct Running {
    pub process: Child,
    lines: Receiver<String>,
    /// What came while something else was awaited.
    before: RefCell<Vec<String>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Running {
    pub fn start(command: &mut Command) -> Self {
        let spawned = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut process = spawned.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let (sender, lines) = channel();
        let outputs: [Box<dyn Read + Send>; 2] =
            [Box::new(process.stdout.take().unwrap()), Box::new(process.stderr.take().unwrap())];
        for output in outputs {
            let sender = sender.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    let _ = sender.send(line);
                }
            });
        }
        Self { process, lines, before: RefCell::default() }
    }

    /// A line with these words that nobody awaited before.
    pub fn line(&self, words: &str) -> String {
        let mut before = self.before.borrow_mut();
        if let Some(at) = before.iter().position(|line| line.contains(words)) {
            return before.remove(at);
        }
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(words) => return line,
                Ok(line) => before.push(line),
                Err(error) => panic!("{error}: no “{words}” in\n{}", before.join("\n")),
            }
        }
    }

    /// Waits for lines with these words until one of them made it true.
    pub fn until(&self, words: &str, mut done: impl FnMut() -> bool) {
        while {
            self.line(words);
            !done()
        } {}
    }

    pub fn send(&self, signal: &str) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    /// Ends it as an operator does.
    pub fn end(mut self) {
        self.send("-TERM");
        assert!(self.process.wait().unwrap().success());
    }
}

/// `muster`, without the settings of whoever runs the test.
pub fn muster(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
    command.args(arguments).env_remove("MUSTER_DATABASE").env_remove("MUSTER_DATA");
    command.env("MUSTER_LOG", "info");
    command
}

/// `muster serve` at these ports of this machine.
pub fn serve(data: &Path, plain: u16, https: u16, arguments: &[&str]) -> Running {
    let mut command = muster(&["serve", "--data"]);
    command.arg(data).args(arguments);
    command.arg(format!("--listen=127.0.0.1:{plain}"));
    command.arg(format!("--tls-listen=127.0.0.1:{https}"));
    Running::start(&mut command)
}

pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}
