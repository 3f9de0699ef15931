//! One typesetter: a process, and a thread that talks with it.

use super::frame::{self, Answer, Request};
use super::{Limits, TypesettingError as Error};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::io::{BufReader, BufWriter};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A request with its files.
pub(super) type Letter = Arc<(Request, Vec<Vec<u8>>)>;
type Reply = std::io::Result<Option<(Answer, Vec<Vec<u8>>)>>;

/// What ends a process over its limit of processor time, and one that gets no more memory.
const SIGXCPU: i32 = 24;
const SIGABRT: i32 = 6;
/// How long an ended process may take to be gone.
const GONE: Duration = Duration::from_secs(2);
/// Jobs after which a process gives way to a fresh one: what it keeps for ever stays little.
const JOBS: u32 = 500;
/// What the threads of the process have for deeply nested templates.
const STACK: &str = "16777216";

/// What a typesetter has made.
#[derive(Debug)]
pub(super) struct Made {
    pub files: Vec<Vec<u8>>,
    pub pages: usize,
}

/// A typesetter that waits for work.
#[derive(Debug)]
pub(super) struct Worker {
    child: Child,
    jobs: u32,
    letters: Sender<Letter>,
    replies: Receiver<Reply>,
}

impl Worker {
    /// Starts one with these limits.
    pub fn start(program: &Path, limits: &Limits) -> std::io::Result<Self> {
        let mut child = Command::new(program)
            .arg("--memory")
            .arg(limits.memory.to_string())
            .env_clear()
            .env("RAYON_NUM_THREADS", "1")
            .env("RUST_MIN_STACK", STACK)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Ctrl-C at the server's terminal is for the server, which may finish what it began.
            .process_group(0)
            .spawn()?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(std::io::ErrorKind::BrokenPipe.into());
        };
        let (letters, inbox) = bounded::<Letter>(1);
        let (outbox, replies) = bounded(1);
        let Limits { document, idle, .. } = *limits;
        std::thread::spawn(move || {
            let mut pipes = Pipes::new(stdin, stdout);
            // Without work for so long the pipes close, and with them the process ends.
            while let Ok(letter) = inbox.recv_timeout(idle) {
                let reply = pipes.carry(&letter, document);
                drop(letter);
                let over = !matches!(reply, Ok(Some(_)));
                if outbox.send(reply).is_err() || over {
                    return;
                }
            }
        });
        Ok(Self { child, jobs: 0, letters, replies })
    }

    /// Has one request done. After any error but [`Error::Template`] the process is gone, and the
    /// worker must not be asked again.
    pub fn ask(&mut self, name: &str, letter: &Letter, wall: Duration) -> Result<Made, Error> {
        self.jobs += 1;
        if self.letters.send(Arc::clone(letter)).is_err() {
            return Err(self.why());
        }
        match self.replies.recv_timeout(wall) {
            Ok(Ok(Some((Answer::Made { pages }, files)))) => Ok(Made { files, pages }),
            Ok(Ok(Some((Answer::Wrong { faults }, _)))) => {
                Err(Error::Template { name: name.to_owned(), faults })
            }
            Ok(Err(error)) if error.kind() == std::io::ErrorKind::FileTooLarge => {
                self.kill();
                Err(Error::TooLarge)
            }
            Err(RecvTimeoutError::Timeout) => {
                self.kill();
                Err(Error::TooLong)
            }
            Ok(_) | Err(RecvTimeoutError::Disconnected) => Err(self.why()),
        }
    }

    /// Whether it can be asked again.
    pub fn fit(&self) -> bool {
        self.jobs < JOBS
    }

    /// Why the process ended, which closed its pipe and so is ending.
    fn why(&mut self) -> Error {
        let until = Instant::now() + GONE;
        while Instant::now() < until {
            match self.child.try_wait() {
                Ok(Some(status)) if status.signal() == Some(SIGXCPU) => return Error::TooLong,
                Ok(Some(status)) if status.signal() == Some(SIGABRT) => return Error::TooLarge,
                Ok(Some(_)) | Err(_) => return Error::Ended,
                Ok(None) => std::thread::sleep(Duration::from_millis(2)),
            }
        }
        self.kill();
        Error::Ended
    }

    fn kill(&mut self) {
        // Fails when it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The process's two ends.
struct Pipes {
    to: BufWriter<ChildStdin>,
    from: BufReader<ChildStdout>,
}

impl Pipes {
    fn new(stdin: ChildStdin, stdout: ChildStdout) -> Self {
        Self { to: BufWriter::new(stdin), from: BufReader::new(stdout) }
    }

    /// A letter to the process, and its answer of at most so many bytes.
    fn carry(&mut self, letter: &Letter, most: u64) -> Reply {
        frame::send(&mut self.to, &letter.0, &letter.1)?;
        frame::receive(&mut self.from, most)
    }
}
