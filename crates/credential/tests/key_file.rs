//! The key file: made once, private, and never guessed at when damaged.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]
#![cfg(unix)]

use muster_credential::keys::MasterKey;
use muster_credential::keys::file::{
    KeyFileError, KeyRing, KeyTextError, load, load_or_create, rotate,
};
use muster_credential::keys::signing::SigningKey;
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
    let made = load_or_create::<MasterKey>(&path, [1; 32]).unwrap();
    assert_eq!(made.active().id(), MasterKey::from_bytes([1; 32]).id());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing is left beside it");

    let again = load_or_create::<MasterKey>(&path, [2; 32]).unwrap();
    assert_eq!(again.active().id(), made.active().id());
}

#[test]
fn processes_that_start_at_once_agree_on_one_key() {
    let path = folder("race").join("class.key");
    let ids: Vec<_> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..16)
            .map(|seed| {
                let path = &path;
                scope.spawn(move || {
                    load_or_create::<MasterKey>(path, [seed; 32]).unwrap().active().id()
                })
            })
            .collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| id == ids.first().unwrap()), "{ids:?}");
}

#[test]
fn a_file_that_others_can_read_is_refused_with_the_way_out() {
    let path = folder("exposed").join("class.key");
    load_or_create::<MasterKey>(&path, [1; 32]).unwrap();
    for mode in [0o640, 0o604, 0o620, 0o601] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = load_or_create::<MasterKey>(&path, [1; 32]).unwrap_err();
        assert!(matches!(error, KeyFileError::Exposed { .. }), "{mode:o}");
        let message = error.to_string();
        assert!(message.contains(&format!("(mode {mode:o})")), "{message}");
        assert!(message.contains("chmod 600"), "{message}");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    load::<MasterKey>(&path).unwrap();
}

#[test]
fn the_first_key_is_active_and_older_ones_are_found_by_id() {
    let path = folder("older").join("class.key");
    let (new, old) = (MasterKey::from_bytes([1; 32]), MasterKey::from_bytes([2; 32]));
    write(&path, &format!("# keys\n\n{}\r\n  {}", *new.to_line(), *old.to_line()));
    let keys = load::<MasterKey>(&path).unwrap();
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
    let message = load::<MasterKey>(&path).unwrap_err().to_string();
    assert!(message.ends_with("line 2: the key does not match its id: the line is damaged"));
    assert!(!message.contains("AQEC"), "{message}");

    write(&path, "# no key yet\n");
    assert!(matches!(
        load::<MasterKey>(&path),
        Err(KeyFileError::Text { source: KeyTextError::Empty, .. })
    ));
    write(&path, "\u{0}\u{0}\u{0}");
    assert!(matches!(
        load::<MasterKey>(&path),
        Err(KeyFileError::Text { source: KeyTextError::Line { line: 1, .. }, .. })
    ));
}

#[test]
fn a_folder_that_is_missing_or_a_path_that_is_a_folder_is_an_error() {
    let folder = folder("nowhere");
    let missing = folder.join("none").join("class.key");
    assert!(matches!(load_or_create::<MasterKey>(&missing, [1; 32]), Err(KeyFileError::Io { .. })));
    assert!(load_or_create::<MasterKey>(&folder, [1; 32]).is_err());
}

#[test]
fn rotating_keeps_the_older_keys() {
    let folder = folder("rotate");
    let path = folder.join("signing.key");
    let first: KeyRing<SigningKey> = rotate(&path, [1; 32]).unwrap();
    assert_eq!(first.iter().count(), 1);
    let second: KeyRing<SigningKey> = rotate(&path, [2; 32]).unwrap();
    let third: KeyRing<SigningKey> = rotate(&path, [3; 32]).unwrap();
    let ids: Vec<_> = third.iter().map(SigningKey::id).collect();
    let wanted = [3, 2, 1].map(|byte| SigningKey::from_bytes([byte; 32]).id());
    assert_eq!(ids, wanted);
    assert_eq!(second.active().id(), wanted[1]);
    assert_eq!(load::<SigningKey>(&path).unwrap().active().id(), wanted[0]);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn rotating_never_drops_what_it_can_t_read() {
    let folder = folder("rotate-damaged");
    let path = folder.join("signing.key");
    write(&path, "muster-signing-key-1:damaged\n");
    assert!(rotate::<SigningKey>(&path, [1; 32]).is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), "muster-signing-key-1:damaged\n");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing is left beside it");

    let under_way = folder.join("signing.key.rotation.new");
    write(&path, &SigningKey::from_bytes([1; 32]).to_line());
    fs::write(&under_way, "").unwrap();
    let error = rotate::<SigningKey>(&path, [2; 32]).unwrap_err().to_string();
    assert!(error.contains("signing.key.rotation.new"), "{error}");
    assert!(under_way.exists(), "somebody else's file stays");
}

#[test]
fn the_same_key_twice_or_a_key_of_another_kind_is_refused() {
    let line = SigningKey::from_bytes([1; 32]).to_line();
    let ring = |text: &str| text.parse::<KeyRing<SigningKey>>().unwrap_err();
    let twice = format!("{}\n{}", *line, *line);
    assert_eq!(ring(&twice), KeyTextError::Twice { line: 2 });
    let master = MasterKey::from_bytes([1; 32]).to_line();
    assert!(matches!(ring(&master), KeyTextError::Line { line: 1, .. }));
}
