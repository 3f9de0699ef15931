//! A student at a shell: signs in once, keeps a key, marks by codes, and keeps what can't be sent.

mod folder;
pub(crate) mod menu;
mod picture;
mod queue;
mod report;
mod server;

use crate::outside::{now, random};
use anyhow::{Context, Result, bail};
use folder::{Folder, Identity};
use muster_credential::class_code::ClassCode;
use muster_credential::receipt::{NOTHING, Receipt, Signer};
use queue::{Answered, Kept, Queue};
pub(crate) use report::Report;
use serde_json::Value;
use server::{Failure, Server};
use std::path::Path;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Most receipts in one request.
const LOT: usize = 200;
/// Longest pause between two attempts to send.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Why a server refuses the code of another one.
const ELSEWHERE: &str = "code-elsewhere";

/// Whether anything is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Network {
    /// As soon as the server answers.
    Online,
    /// Nothing.
    Offline,
}

/// The student with what their computer keeps.
pub(crate) struct Student {
    name: String,
    folder: Folder,
    identity: Identity,
    queue: Queue,
    server: Server,
    report: Report,
    pub network: Network,
    /// Whether the server refused a mark.
    pub refused: bool,
    /// Whether somebody is there to type the password.
    pub asks: bool,
    /// Whether the key was shown to the server since this began.
    met: bool,
}

impl Student {
    /// Opens what is kept for a student of a server; makes a key where there is none yet.
    pub fn open(
        state: Option<&Path>,
        name: &str,
        (address, ca): (&str, Option<&Path>),
        report: Report,
    ) -> Result<Self> {
        let address = server::address(address)?;
        let folder = Folder::open(state, &address, name)?;
        let identity = folder.identity(random())?;
        let queue = Queue::open(&folder.queue())?;
        let server = Server::new(address, ca, folder.login()?)?;
        Ok(Self {
            name: name.to_owned(),
            folder,
            identity,
            queue,
            server,
            report,
            network: Network::Online,
            refused: false,
            asks: true,
            met: false,
        })
    }

    /// How much waits.
    pub fn waiting(&self) -> usize {
        self.queue.waiting().len()
    }

    /// Signs in where that is needed and possible. A server that is away is no failure, unless the
    /// key was never registered: then nothing can be kept either.
    pub fn arrive(&mut self) -> Result<()> {
        if self.network == Network::Offline && self.identity.key.is_some() {
            return Ok(());
        }
        match self.meet() {
            Err(Failure::Away(why)) if self.identity.key.is_some() => {
                Report::away(&why);
                Ok(())
            }
            Err(Failure::Away(why)) => bail!(
                "this computer was never registered for {}, and the server is away ({why}): run this \
                 once while it answers",
                self.name
            ),
            other => Ok(other?),
        }
    }

    /// Shows the key to the server, signed in.
    fn meet(&mut self) -> std::result::Result<(), Failure> {
        if self.met {
            return Ok(());
        }
        let told = match self.register() {
            Err(Failure::SignedOut) => {
                self.sign_in()?;
                self.register()
            }
            other => other,
        };
        let told = match told {
            // Whoever is signed in may register this computer anew; what the old key signed is sent
            // as it is.
            Err(Failure::Withdrawn) => {
                self.identity = Identity { seed: random(), key: None };
                self.register()?
            }
            other => other?,
        };
        let id = told.get("id").and_then(|id| id.as_str()).and_then(|id| id.parse().ok());
        let id: Uuid = id.ok_or_else(|| Failure::odd("it named no key"))?;
        if self.identity.key != Some(id) {
            self.identity.key = Some(id);
            self.folder.put_identity(&self.identity)?;
        }
        self.met = true;
        Ok(())
    }

    fn register(&self) -> std::result::Result<Value, Failure> {
        self.server.post("/device-keys", &self.identity.registration())
    }

    fn sign_in(&mut self) -> std::result::Result<(), Failure> {
        let password = folder::password(&self.name, self.asks)?.ok_or(Failure::SignedOut)?;
        let token = self.server.sign_in(&self.name, &password)?;
        Ok(self.folder.put_login(&token)?)
    }

    /// Marks by the QR of a picture.
    pub fn scan_picture(&mut self, file: &Path) -> Result<()> {
        let text = picture::read(file)?;
        self.scan(&text)
    }

    /// Marks by the text of a QR: at once where the server answers, and otherwise it is kept.
    pub fn scan(&mut self, text: &str) -> Result<()> {
        let code: ClassCode = text.parse().context("that is not the code of a class")?;
        if self.network == Network::Online {
            let begun = Instant::now();
            match self.present(&code) {
                // Another server showed it: signed and kept, it gets there by way of this one.
                Ok(answer) if answer.text("reason") == ELSEWHERE => {}
                Ok(answer) => {
                    self.refused |= answer.is_refused();
                    return self.report.marked(&answer, begun.elapsed());
                }
                Err(Failure::Away(why)) => Report::away(&why),
                Err(other) => return Err(other.into()),
            }
        }
        self.keep(code)
    }

    fn present(&mut self, code: &ClassCode) -> std::result::Result<Answered, Failure> {
        self.meet()?;
        self.server.present(&code.to_base32())
    }

    /// Signs what was scanned and writes it down: once this returns it outlives the process.
    fn keep(&mut self, code: ClassCode) -> Result<()> {
        let key = self.identity.key.context("this computer is not registered yet")?;
        if let Some(same) = self.queue.waiting().into_iter().find(|kept| kept.code == code) {
            return self.report.kept(same.id, self.waiting());
        }
        let (last, previous) = self.queue.head(key).unwrap_or((0, NOTHING));
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(random()).for_each(|(to, from)| *to = from);
        let id = uuid::Builder::from_random_bytes(bytes).into_uuid();
        let sequence = last.checked_add(1).context("this key has signed too much")?;
        let scanned_at = now().0;
        let receipt = Receipt { id, key, sequence, previous, scanned_at, code, next: None };
        let signed = Signer::from_seed(&self.identity.seed).sign(&receipt);
        self.queue.keep(&Kept { id, code, signed })?;
        self.report.kept(id, self.waiting())
    }

    /// Sends what waits, again and again for some time, with growing pauses.
    pub fn sync_for(&mut self, patience: Duration) -> Result<()> {
        let begun = Instant::now();
        let mut pause = Duration::from_secs(1);
        while self.network == Network::Online && self.waiting() > 0 {
            if self.sync()? {
                continue;
            }
            let left = patience.saturating_sub(begun.elapsed());
            if left.is_zero() {
                break;
            }
            std::thread::sleep(pause.min(left));
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        Ok(())
    }

    /// Sends what waits once; false where the server is away.
    pub fn sync(&mut self) -> Result<bool> {
        match self.send_all() {
            Ok(()) => Ok(true),
            Err(Failure::Away(why)) => {
                Report::away(&why);
                Ok(false)
            }
            Err(other) => Err(other.into()),
        }
    }

    fn send_all(&mut self) -> std::result::Result<(), Failure> {
        let waiting = self.queue.waiting();
        if waiting.is_empty() {
            return Ok(());
        }
        self.meet()?;
        for lot in waiting.chunks(LOT) {
            let begun = Instant::now();
            let answers = match self.server.send(lot, now()) {
                Err(Failure::SignedOut) => {
                    self.sign_in()?;
                    self.server.send(lot, now())?
                }
                other => other?,
            };
            let took = begun.elapsed();
            let own = |answer: &Answered| lot.iter().any(|kept| Some(kept.id) == answer.id);
            let answers: Vec<_> = answers.into_iter().filter(own).collect();
            self.queue.settle(&answers)?;
            for answer in &answers {
                self.refused |= answer.is_refused();
                self.report.sent(answer, took)?;
            }
            if answers.len() < lot.len() {
                return Err(Failure::odd("it did not answer every scan"));
            }
        }
        Ok(())
    }

    /// Prints what waits, and what became of the rest.
    pub fn show_queue(&self) -> Result<()> {
        self.report.queue(&self.queue)
    }
}
