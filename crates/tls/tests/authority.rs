//! The node's own authority, as a browser's verifier judges what it signs.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use muster_tls::authority::{AuthorityError, ROOT, ROOT_KEY, Root};
use muster_tls::{Authority, Facts, Names};
use rcgen::{CertificateParams, Issuer, KeyPair, date_time_ymd};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Noon of 2 March 2026, UTC.
const NOON: i64 = 1_772_452_800;
const DAY: i64 = 24 * 3600;

fn names() -> Names {
    Names {
        dns: vec!["muster-ab.local".to_owned(), "localhost".to_owned()],
        addresses: vec!["192.168.1.5".parse().unwrap(), "127.0.0.1".parse().unwrap()],
    }
}

/// What somebody's browser says who trusts the root of this folder.
fn judged(folder: &Path, leaf: &str, name: &str, at: i64) -> Result<(), String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(folder.join(ROOT)).unwrap()).unwrap();
    let provider = Arc::new(default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
    let leaf = CertificateDer::from_pem_slice(leaf.as_bytes()).unwrap();
    let at = UnixTime::since_unix_epoch(Duration::from_secs(at.unsigned_abs()));
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let verdict = verifier.build().unwrap().verify_server_cert(&leaf, &[], &name, &[], at);
    verdict.map(drop).map_err(|error| format!("{error:?}"))
}

/// What a thief of the root's key signs.
fn stolen(folder: &Path, name: &str) -> String {
    let key = std::fs::read_to_string(folder.join(ROOT_KEY)).unwrap();
    let root = std::fs::read_to_string(folder.join(ROOT)).unwrap();
    let issuer = Issuer::from_ca_cert_pem(&root, KeyPair::from_pem(&key).unwrap()).unwrap();
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2026, 12, 31);
    params.signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap().pem()
}

#[test]
fn whoever_trusts_the_root_reaches_the_node_by_its_names_and_addresses() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::load_or_create(folder.path(), &names(), NOON).unwrap();
    let leaf = authority.sign(&names(), NOON).unwrap();
    for name in ["muster-ab.local", "localhost", "192.168.1.5", "127.0.0.1"] {
        assert_eq!(judged(folder.path(), &leaf, name, NOON), Ok(()), "{name}");
    }
    assert!(judged(folder.path(), &leaf, "192.168.1.6", NOON).is_err());
    // It holds for as long as browsers take it, and not a day more.
    let facts = Facts::of(&CertificateDer::from_pem_slice(leaf.as_bytes()).unwrap()).unwrap();
    assert!(facts.not_after - facts.not_before <= 398 * DAY);
    assert!((NOON + 250 * DAY..NOON + 300 * DAY).contains(&facts.renewal()));
    assert!(judged(folder.path(), &leaf, "localhost", facts.not_after + 1).is_err());
}

#[test]
fn a_stolen_root_key_opens_no_other_site() {
    let folder = tempfile::tempdir().unwrap();
    Authority::load_or_create(folder.path(), &names(), NOON).unwrap();
    let own = stolen(folder.path(), "muster-ab.local");
    assert_eq!(judged(folder.path(), &own, "muster-ab.local", NOON), Ok(()));
    for name in ["bank.example", "other.local", "muster-ab.local.evil.example", "203.0.113.9"] {
        let verdict = judged(folder.path(), &stolen(folder.path(), name), name, NOON);
        assert!(verdict.as_ref().is_err_and(|why| why.contains("NameConstraint")), "{verdict:?}");
    }
}

#[test]
fn the_root_stays_and_tells_for_what_it_may_sign() {
    let folder = tempfile::tempdir().unwrap();
    let first = Authority::load_or_create(folder.path(), &names(), NOON).unwrap().root;
    assert_eq!(first.permitted, ["muster-ab.local", "localhost"]);
    let mut more = names();
    more.dns.push("new.example.edu".to_owned());
    more.addresses.push("203.0.113.9".parse().unwrap());
    more.addresses.push("10.7.7.7".parse().unwrap());
    let again = Authority::load_or_create(folder.path(), &more, NOON + DAY).unwrap();
    assert_eq!(again.root, first);
    let allowed = again.root.allowed(&more).all();
    assert!(allowed.contains(&"10.7.7.7".to_owned()));
    assert!(!allowed.contains(&"new.example.edu".to_owned()));
    assert!(!allowed.contains(&"203.0.113.9".to_owned()));
    // What it may not sign is left out, and the rest is good.
    let leaf = again.sign(&more, NOON).unwrap();
    assert_eq!(judged(folder.path(), &leaf, "10.7.7.7", NOON), Ok(()));
    let late = Authority::load_or_create(folder.path(), &more, NOON + 4000 * DAY);
    assert!(matches!(late, Err(AuthorityError::Expired)));
}

#[test]
fn a_root_knows_its_own_signature_from_that_of_one_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let leaf = folder.path().join("leaf.pem");
    let first = Authority::load_or_create(folder.path(), &names(), NOON).unwrap();
    assert!(!first.root.signed(&leaf));
    std::fs::write(&leaf, first.sign(&names(), NOON).unwrap()).unwrap();
    assert!(first.root.signed(&leaf));
    Authority::create(folder.path(), &names(), NOON).unwrap();
    let second = Authority::load(folder.path()).unwrap();
    assert_eq!(second.root.facts.issuer, first.root.facts.issuer);
    assert!(!second.root.signed(&leaf));
}

#[cfg(unix)]
#[test]
fn the_root_s_key_is_nobody_else_s() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let tls = folder.path().join("tls");
    Authority::load_or_create(&tls, &names(), NOON).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&tls), mode(&tls.join(ROOT_KEY))), (0o700, 0o600));
    std::fs::set_permissions(tls.join(ROOT_KEY), PermissionsExt::from_mode(0o640)).unwrap();
    let told = Authority::load(&tls).err().unwrap().to_string();
    assert!(told.contains("chmod 600") && told.contains("640"), "{told}");
    // Its certificate is for everybody.
    assert!(Root::load(&tls).is_ok());
}
