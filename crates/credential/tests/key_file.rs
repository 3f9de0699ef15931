//! The key file: made once, private, and never guessed at when damaged.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]
#![cfg(unix)]

use muster_credential::keys::MasterKey;
use muster_credential::keys::file::{KeyFileError, load, load_or_create};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// An empty folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("key_file").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn a_missing_file_is_made_private_and_read_afterwards() {
    let folder = folder("missing");
    let path = folder.join("class.key");
    let made = load_or_create(&path, [1; 32]).unwrap();
    assert_eq!(made.active().id(), MasterKey::from_bytes([1; 32]).id());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing is left beside it");

    let again = load_or_create(&path, [2; 32]).unwrap();
    assert_eq!(again.active().id(), made.active().id());
}

#[test]
fn processes_that_start_at_once_agree_on_one_key() {
    let path = folder("race").join("class.key");
    let ids: Vec<_> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..16)
            .map(|seed| {
                let path = &path;
                scope.spawn(move || load_or_create(path, [seed; 32]).unwrap().active().id())
            })
            .collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| id == ids.first().unwrap()), "{ids:?}");
}

#[test]
fn a_file_that_others_can_read_is_refused_with_the_way_out() {
    let path = folder("exposed").join("class.key");
    load_or_create(&path, [1; 32]).unwrap();
    for mode in [0o640, 0o604, 0o620, 0o601] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = load_or_create(&path, [1; 32]).unwrap_err();
        assert!(matches!(error, KeyFileError::Exposed { .. }), "{mode:o}");
        let message = error.to_string();
        assert!(message.contains(&format!("(mode {mode:o})")), "{message}");
        assert!(message.contains("chmod 600"), "{message}");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    load(&path).unwrap();
}

#[test]
fn the_first_key_is_active_and_older_ones_are_found_by_id() {
    let path = folder("older").join("class.key");
    let (new, old) = (MasterKey::from_bytes([1; 32]), MasterKey::from_bytes([2; 32]));
    write(&path, &format!("# keys\n\n{}\r\n  {}", *new.to_line(), *old.to_line()));
    let keys = load(&path).unwrap();
    assert_eq!(keys.active().id(), new.id());
    assert_eq!(keys.get(old.id()).unwrap().id(), old.id());
    assert!(keys.get(MasterKey::from_bytes([3; 32]).id()).is_none());
}

#[test]
fn a_damaged_file_names_its_line_and_no_secret() {
    let path = folder("damaged").join("class.key");
    let line = MasterKey::from_bytes([1; 32]).to_line();
    let damaged = line.replace("AQEB", "AQEC");
    write(&path, &format!("# keys\n{damaged}\n"));
    let message = load(&path).unwrap_err().to_string();
    assert!(message.ends_with("line 2: the key does not match its id: the line is damaged"));
    assert!(!message.contains("AQEC"), "{message}");

    write(&path, "# no key yet\n");
    assert!(matches!(load(&path), Err(KeyFileError::Empty { .. })));
    write(&path, "\u{0}\u{0}\u{0}");
    assert!(matches!(load(&path), Err(KeyFileError::Line { line: 1, .. })));
}

#[test]
fn a_folder_that_is_missing_or_a_path_that_is_a_folder_is_an_error() {
    let folder = folder("nowhere");
    let missing = folder.join("none").join("class.key");
    assert!(matches!(load_or_create(&missing, [1; 32]), Err(KeyFileError::Io { .. })));
    assert!(load_or_create(&folder, [1; 32]).is_err());
}
