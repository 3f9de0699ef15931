//! The key file: one master key a line, the active one first, readable by its owner alone.

use super::{KeyId, KeyLineError, MasterKey};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const HEADER: &str = "# Muster's master key. Whoever reads this file can make codes: keep it secret,\n\
                      # keep a copy apart from the database. The first key is the active one.\n";
const LARGEST: u64 = 64 * 1024;

/// The keys of a file: one active, and older ones while what they made still lives.
#[derive(Clone, Debug)]
pub struct KeyRing {
    active: MasterKey,
    older: Vec<MasterKey>,
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file can't be read or written.
    #[error("key file {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Somebody besides the owner has access.
    #[error(
        "key file {0} is open to other users (mode {mode:03o}): run `chmod 600 {0}`, and make a \
         new key if anybody may have read it",
        path.display()
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A line is no key.
    #[error("key file {}, line {line}: {source}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        source: KeyLineError,
    },
    /// The file holds no key.
    #[error("key file {} holds no key", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

impl KeyRing {
    /// The key with which new things are made.
    pub const fn active(&self) -> &MasterKey {
        &self.active
    }

    /// The key of this id, active or older.
    pub fn get(&self, id: KeyId) -> Option<&MasterKey> {
        std::iter::once(&self.active).chain(&self.older).find(|key| key.id() == id)
    }
}

impl From<MasterKey> for KeyRing {
    fn from(active: MasterKey) -> Self {
        Self { active, older: Vec::new() }
    }
}

/// Reads the keys; refuses a file to which group or others have any access.
pub fn load(path: &Path) -> Result<KeyRing, KeyFileError> {
    let io = |source| KeyFileError::Io { path: path.to_owned(), source };
    let file = File::open(path).map_err(io)?;
    refuse_exposed(path, &file)?;
    let mut text = Zeroizing::new(String::new());
    file.take(LARGEST).read_to_string(&mut text).map_err(io)?;
    parse(path, &text)
}

/// Reads the keys; where there is no file yet, first writes one with a key of these random bytes.
/// Of several processes that start at once one creates the file and all read it.
pub fn load_or_create(path: &Path, random: [u8; 32]) -> Result<KeyRing, KeyFileError> {
    if !path.try_exists().map_err(|source| KeyFileError::Io { path: path.to_owned(), source })? {
        create(path, &MasterKey::from_bytes(random))
            .map_err(|source| KeyFileError::Io { path: path.to_owned(), source })?;
    }
    load(path)
}

fn parse(path: &Path, text: &str) -> Result<KeyRing, KeyFileError> {
    let mut keys = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        keys.push(MasterKey::parse_line(content).map_err(|source| KeyFileError::Line {
            path: path.to_owned(),
            line: index + 1,
            source,
        })?);
    }
    let mut keys = keys.into_iter();
    let active = keys.next().ok_or_else(|| KeyFileError::Empty { path: path.to_owned() })?;
    Ok(KeyRing { active, older: keys.collect() })
}

/// Writes the file beside its place and links it there, so that nobody ever reads half of it and
/// nobody's key is overwritten.
fn create(path: &Path, key: &MasterKey) -> io::Result<()> {
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(format!(".{}.new", key.id()));
    let fresh = path.with_file_name(name);
    let written = write_private(&fresh, key).and_then(|()| put_in_place(&fresh, path));
    let removed = fs::remove_file(&fresh);
    written?;
    // After a rename there is nothing left to remove.
    removed.or_else(|e| if e.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(e) })?;
    sync_directory(path)
}

fn put_in_place(fresh: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(fresh, path) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        // File systems of memory sticks know no links.
        Err(_) if !path.try_exists()? => fs::rename(fresh, path),
        done => done,
    }
}

fn write_private(path: &Path, key: &MasterKey) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(HEADER.as_bytes())?;
    file.write_all(key.to_line().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn refuse_exposed(path: &Path, file: &File) -> Result<(), KeyFileError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata =
        file.metadata().map_err(|source| KeyFileError::Io { path: path.to_owned(), source })?;
    let mode = metadata.permissions().mode() & 0o777;
    let others = mode & 0o077;
    if others == 0 { Ok(()) } else { Err(KeyFileError::Exposed { path: path.to_owned(), mode }) }
}

#[cfg(not(unix))]
fn refuse_exposed(_: &Path, _: &File) -> Result<(), KeyFileError> {
    Ok(())
}
