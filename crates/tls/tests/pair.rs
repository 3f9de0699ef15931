//! Certificate files, and the words for what is wrong with them.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use muster_tls::{Pair, date};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use std::path::PathBuf;
use tempfile::TempDir;

/// Noon of 2 March 2026, UTC.
const NOON: i64 = 1_772_452_800;

struct Files {
    folder: TempDir,
    certificate: PathBuf,
    key: PathBuf,
}

/// A certificate of this year and its key.
fn files() -> Files {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let secret = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["muster.test".to_owned()]).unwrap();
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2026, 12, 31);
    std::fs::write(&certificate, params.self_signed(&secret).unwrap().pem()).unwrap();
    std::fs::write(&key, secret.serialize_pem()).unwrap();
    Files { folder, certificate, key }
}

fn told(files: &Files, now: i64) -> String {
    Pair::load(&files.certificate, &files.key, now).unwrap_err().to_string()
}

#[test]
fn a_certificate_and_its_key_are_taken_also_from_one_file() {
    let files = files();
    let pair = Pair::load(&files.certificate, &files.key, NOON).unwrap();
    assert_eq!(pair.facts.names, ["muster.test"]);
    assert_eq!(date(pair.facts.not_after), "2026-12-31");
    assert_eq!(date(pair.facts.renewal()), "2026-08-31");
    let both = files.folder.path().join("both.pem");
    let text = [&files.key, &files.certificate].map(|path| std::fs::read_to_string(path).unwrap());
    std::fs::write(&both, text.concat()).unwrap();
    assert_eq!(Pair::load(&both, &both, NOON).unwrap().facts, pair.facts);
}

#[test]
fn each_mistake_is_told_with_the_file_and_what_is_wrong_with_it() {
    let good = files();
    assert!(told(&good, NOON + 400 * 24 * 3600).contains("expired on 2026-12-31"));
    assert!(told(&good, NOON - 90 * 24 * 3600).contains("clock"));

    let other = files();
    let mixed = Files { key: other.key.clone(), ..files() };
    let words = told(&mixed, NOON);
    assert!(words.contains("not that of the first certificate"), "{words}");
    assert!(words.contains(other.key.to_str().unwrap()), "{words}");

    let swapped = Files { certificate: good.key.clone(), key: good.certificate.clone(), ..files() };
    assert!(told(&swapped, NOON).contains("BEGIN CERTIFICATE"));

    std::fs::write(&other.key, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n").unwrap();
    assert!(told(&other, NOON).contains("locked by a password"));
    std::fs::write(&other.certificate, [0x30, 0x82, 1, 2]).unwrap();
    assert!(told(&other, NOON).contains("is not PEM"));
    std::fs::remove_file(&other.certificate).unwrap();
    assert!(told(&other, NOON).starts_with("can't read"));
}
