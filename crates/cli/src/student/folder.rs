//! What a student's computer keeps: a folder for each student of each server, for nobody else to read.

use anyhow::{Context, Result, bail};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use muster_credential::receipt::Signer;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions, Permissions};
use std::io::{ErrorKind, IsTerminal, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use uuid::Uuid;

const KEY: &str = "key.json";
const LOGIN: &str = "login";
const QUEUE: &str = "queue.jsonl";
/// Nobody else may so much as read it.
const PRIVATE: u32 = 0o600;

/// The folder.
pub(super) struct Folder(PathBuf);

/// The key, and what the server calls it once it knows it.
pub(super) struct Identity {
    pub seed: [u8; 32],
    pub key: Option<Uuid>,
}

impl Identity {
    /// What the server is told of it.
    pub fn registration(&self) -> Value {
        json!({"public_key": Signer::from_seed(&self.seed).public_jwk(), "name": "Command line"})
    }
}

impl Folder {
    /// Opens the folder of a student of a server, or makes it.
    pub fn open(state: Option<&Path>, server: &str, student: &str) -> Result<Self> {
        let state = match state {
            Some(folder) => folder.to_owned(),
            None => default_state()?,
        };
        let digest = Sha256::digest(format!("{server}\n{}", student.trim().to_lowercase()));
        let name = HEXLOWER.encode(digest.get(..8).unwrap_or_default());
        let folder = state.join(name);
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .with_context(|| format!("can't make the folder {}", folder.display()))?;
        Ok(Self(folder))
    }

    /// Where the queue is.
    pub fn queue(&self) -> PathBuf {
        self.0.join(QUEUE)
    }

    /// The key that is kept, or a new one from these random bytes.
    pub fn identity(&self, fresh: [u8; 32]) -> Result<Identity> {
        let path = self.0.join(KEY);
        let Some(text) = read(&path)? else {
            let identity = Identity { seed: fresh, key: None };
            self.put_identity(&identity)?;
            return Ok(identity);
        };
        let parse = || {
            let kept: Value = serde_json::from_str(&text).ok()?;
            let seed = BASE64URL_NOPAD.decode(kept.get("seed")?.as_str()?.as_bytes()).ok()?;
            let key = kept.get("key").and_then(Value::as_str).and_then(|id| id.parse().ok());
            Some(Identity { seed: seed.try_into().ok()?, key })
        };
        parse().with_context(|| format!("{} is damaged", path.display()))
    }

    /// Keeps the key.
    pub fn put_identity(&self, identity: &Identity) -> Result<()> {
        let text = json!({"seed": BASE64URL_NOPAD.encode(&identity.seed), "key": identity.key});
        self.put(KEY, &text.to_string())
    }

    /// The token of the login that is kept.
    pub fn login(&self) -> Result<Option<String>> {
        Ok(read(&self.0.join(LOGIN))?.map(|text| text.trim().to_owned()))
    }

    /// Keeps the token of a login.
    pub fn put_login(&self, token: &str) -> Result<()> {
        self.put(LOGIN, token)
    }

    /// Writes a file whole, or leaves the one before.
    fn put(&self, name: &str, text: &str) -> Result<()> {
        let (path, new) = (self.0.join(name), self.0.join(format!("{name}.new")));
        let write = || -> std::io::Result<()> {
            let mut options = OpenOptions::new();
            let mut file =
                options.write(true).create(true).truncate(true).mode(PRIVATE).open(&new)?;
            file.set_permissions(Permissions::from_mode(PRIVATE))?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&new, &path)?;
            File::open(&self.0)?.sync_all()
        };
        write().with_context(|| format!("can't write {}", path.display()))
    }
}

fn read(path: &Path) -> Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("can't read {}", path.display())),
    }
}

/// `$XDG_STATE_HOME/muster-student`, or below the home folder where that is not set.
fn default_state() -> Result<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let base = set("XDG_STATE_HOME").map(PathBuf::from);
    let base = base.or_else(|| Some(PathBuf::from(set("HOME")?).join(".local/state")));
    match base {
        Some(base) => Ok(base.join("muster-student")),
        None => bail!("name a folder with --state: there is no home folder"),
    }
}

/// The student's password: from the environment, or asked for without showing it, if that may be.
pub(super) fn password(name: &str, asks: bool) -> Result<Option<String>> {
    if let Ok(password) = std::env::var("MUSTER_PASSWORD") {
        return Ok(Some(password));
    }
    if !asks {
        return Ok(None);
    }
    crate::outside::remark(format_args!("Password of {name}:"));
    let stdin = std::io::stdin();
    let shown = stdin.is_terminal().then(|| tcgetattr(&stdin)).transpose().ok().flatten();
    if let Some(modes) = &shown {
        let mut hidden = modes.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&stdin, OptionalActions::Now, &hidden).context("can't hide the password")?;
    }
    let mut line = String::new();
    let asked = stdin.read_line(&mut line);
    if let Some(modes) = &shown {
        tcsetattr(&stdin, OptionalActions::Now, modes).context("can't show typing again")?;
    }
    asked.context("no password was given")?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        bail!("no password was given: type it, or put it into MUSTER_PASSWORD");
    }
    Ok(Some(password.to_owned()))
}
