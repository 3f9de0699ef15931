//! The key file: one key a line, the active one first, readable by its owner alone.

use super::line::{self, LineKey};
use super::{KeyLineError, MasterKey};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use zeroize::Zeroizing;

const LARGEST: u64 = 64 * 1024;

/// The keys of a file: one active, and older ones while what they made still lives.
#[derive(Clone, Debug)]
pub struct KeyRing<K = MasterKey> {
    active: K,
    older: Vec<K>,
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
    /// What the file holds is not keys.
    #[error("key file {}{source}", path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: KeyTextError,
    },
}

/// Why a text holds no keys. Says nothing of what stood there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyTextError {
    /// A line is no key.
    #[error(", line {line}: {source}")]
    Line {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        source: KeyLineError,
    },
    /// There is no key in it.
    #[error(" holds no key")]
    Empty,
    /// A key stands there twice.
    #[error(", line {line}: this key stands there twice")]
    Twice {
        /// The second one's line, counted from 1.
        line: usize,
    },
}

impl<K: LineKey> KeyRing<K> {
    /// The key with which new things are made.
    pub const fn active(&self) -> &K {
        &self.active
    }

    /// All keys, the active one first.
    pub fn iter(&self) -> impl Iterator<Item = &K> {
        std::iter::once(&self.active).chain(&self.older)
    }

    /// The key of this id, active or older.
    pub fn get(&self, id: K::Id) -> Option<&K> {
        self.iter().find(|key| key.name() == id)
    }
}

/// Reads the lines of a key file, also where they come from elsewhere: an environment variable.
impl<K: LineKey> FromStr for KeyRing<K> {
    type Err = KeyTextError;

    fn from_str(text: &str) -> Result<Self, KeyTextError> {
        let mut keys: Vec<K> = Vec::new();
        for (line, content) in (1..).zip(text.lines().map(str::trim)) {
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            let key: K =
                line::parse(content).map_err(|source| KeyTextError::Line { line, source })?;
            if keys.iter().any(|own| own.name() == key.name()) {
                return Err(KeyTextError::Twice { line });
            }
            keys.push(key);
        }
        let mut keys = keys.into_iter();
        let active = keys.next().ok_or(KeyTextError::Empty)?;
        Ok(Self { active, older: keys.collect() })
    }
}

impl<K> From<K> for KeyRing<K> {
    fn from(active: K) -> Self {
        Self { active, older: Vec::new() }
    }
}

/// Reads the keys; refuses a file to which group or others have any access.
pub fn load<K: LineKey>(path: &Path) -> Result<KeyRing<K>, KeyFileError> {
    let io = |source| KeyFileError::Io { path: path.to_owned(), source };
    let file = File::open(path).map_err(io)?;
    refuse_exposed(path, &file)?;
    let mut text = Zeroizing::new(String::new());
    file.take(LARGEST).read_to_string(&mut text).map_err(io)?;
    text.parse().map_err(|source| KeyFileError::Text { path: path.to_owned(), source })
}

/// Reads the keys; where there is no file yet, first writes one with a key of these random bytes.
/// Of several processes that start at once one creates the file and all read it.
pub fn load_or_create<K: LineKey>(
    path: &Path,
    random: [u8; 32],
) -> Result<KeyRing<K>, KeyFileError> {
    let io = |source| KeyFileError::Io { path: path.to_owned(), source };
    if !path.try_exists().map_err(io)? {
        create(path, &K::of(random)).map_err(io)?;
    }
    load(path)
}

/// Makes a key of these random bytes the active one; those of before become older ones and keep
/// verifying. Where there is no file yet it is made. Of several processes that rotate at once one
/// does; the others are told of the file beside it.
pub fn rotate<K: LineKey>(path: &Path, random: [u8; 32]) -> Result<KeyRing<K>, KeyFileError> {
    let fresh = beside(path, "rotation");
    let fail = |at: &Path| {
        let at = at.to_owned();
        move |source| KeyFileError::Io { path: at, source }
    };
    let active = K::of(random);
    // Whoever has made this file rotates; it is read after that, so that no key gets lost.
    let file = new_private(&fresh).map_err(fail(&fresh))?;
    let done = (|| {
        let older = match load::<K>(path) {
            Ok(ring) => ring.iter().map(line::write).collect(),
            Err(KeyFileError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Vec::new()
            }
            Err(error) => return Err(error),
        };
        let lines = std::iter::once(line::write(&active)).chain(older);
        write_lines::<K>(file, lines).map_err(fail(&fresh))?;
        fs::rename(&fresh, path).map_err(fail(path))
    })();
    if let Err(error) = done {
        let _ = fs::remove_file(&fresh);
        return Err(error);
    }
    sync_directory(path).map_err(fail(path))?;
    load(path)
}

/// Writes the file beside its place and links it there, so that nobody ever reads half of it and
/// nobody's key is overwritten.
fn create<K: LineKey>(path: &Path, key: &K) -> io::Result<()> {
    let fresh = beside(path, &key.name().to_string());
    let lines = std::iter::once(line::write(key));
    let written = new_private(&fresh)
        .and_then(|file| write_lines::<K>(file, lines))
        .and_then(|()| put_in_place(&fresh, path));
    let removed = fs::remove_file(&fresh);
    written?;
    // After a rename there is nothing left to remove.
    removed.or_else(|e| if e.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(e) })?;
    sync_directory(path)
}

/// Where a file is written before it is put into its place.
fn beside(path: &Path, why: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{why}.new"));
    path.with_file_name(name)
}

fn put_in_place(fresh: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(fresh, path) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        // File systems of memory sticks know no links.
        Err(_) if !path.try_exists()? => fs::rename(fresh, path),
        done => done,
    }
}

fn new_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn write_lines<K: LineKey>(
    mut file: File,
    lines: impl Iterator<Item = Zeroizing<String>>,
) -> io::Result<()> {
    file.write_all(K::HEADER.as_bytes())?;
    for line in lines {
        file.write_all(line.as_bytes())?;
        file.write_all(b"\n")?;
    }
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

fn refuse_exposed(path: &Path, file: &File) -> Result<(), KeyFileError> {
    let mode =
        exposed(file).map_err(|source| KeyFileError::Io { path: path.to_owned(), source })?;
    mode.map_or(Ok(()), |mode| Err(KeyFileError::Exposed { path: path.to_owned(), mode }))
}

/// The permission bits of a file to which somebody besides its owner has access, where the disk
/// keeps such bits: a memory stick gives all its files the same ones, and guarding it is up to
/// whoever carries it.
#[cfg(unix)]
pub fn exposed(file: &File) -> io::Result<Option<u32>> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata()?.permissions().mode() & 0o777;
    Ok((mode & 0o077 != 0 && keeps_modes(file)).then_some(mode))
}

/// Elsewhere files have no such bits.
#[cfg(not(unix))]
pub fn exposed(_: &File) -> io::Result<Option<u32>> {
    Ok(None)
}

#[cfg(target_os = "linux")]
fn keeps_modes(file: &File) -> bool {
    // FAT, exFAT, NTFS by the kernel and by FUSE, as `statfs` names them.
    const WITHOUT: [i64; 4] = [0x4d44, 0x2011_bab0, 0x7366_746e, 0x6573_5546];
    rustix::fs::fstatfs(file).map_or(true, |disk| !WITHOUT.contains(&disk.f_type))
}

#[cfg(all(unix, not(target_os = "linux")))]
const fn keeps_modes(_: &File) -> bool {
    true
}
