//! Certificates from files.

use crate::client::Client;
use crate::process::{muster, serve};
use muster_testkit::free_ports;
use rcgen::{CertificateParams, KeyPair};
use std::path::Path;

/// A certificate that vouches for itself, and its key; returns the certificate.
fn write(folder: &Path, name: &str) -> String {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new([name.to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap().pem();
    std::fs::write(folder.join("cert.pem"), &certificate).unwrap();
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    certificate
}

#[test]
fn files_are_served_and_read_again_when_they_change() {
    let folder = tempfile::tempdir().unwrap();
    let [plain, https] = free_ports();
    let first = write(folder.path(), "localhost");
    let [cert, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
    let arguments = ["--tls-cert", cert.to_str().unwrap(), "--tls-key", key.to_str().unwrap()];
    let server = serve(&folder.path().join("data"), plain, https, &arguments);
    server.line("Muster serves on");
    let before = Client::new(&first, "localhost", https);
    assert!(before.healthy());
    // Plain HTTP sends browsers there.
    let agent: ureq::Agent = ureq::Agent::config_builder().max_redirects(0).build().into();
    let sent = agent.get(format!("http://localhost:{plain}/sign-in")).call().unwrap();
    assert_eq!(sent.status(), 308);
    let to = sent.headers()["location"].to_str().unwrap();
    assert_eq!(to, format!("https://localhost:{https}/sign-in"));

    let second = write(folder.path(), "localhost");
    server.send("-HUP");
    let after = Client::new(&second, "localhost", https);
    server.until("shows a certificate", || after.healthy());
    assert!(!before.healthy());
    // A mistake is told, and what was shown goes on.
    std::fs::write(&cert, &first).unwrap();
    server.send("-HUP");
    let told = server.line("the certificate stays as it was");
    assert!(told.contains("not that of the first certificate"), "{told}");
    assert!(after.healthy());
    server.end();
}

#[test]
fn a_server_does_not_start_with_a_key_that_does_not_fit() {
    let folder = tempfile::tempdir().unwrap();
    let first = write(folder.path(), "localhost");
    write(folder.path(), "localhost");
    std::fs::write(folder.path().join("cert.pem"), first).unwrap();
    let mut command = muster(&["serve", "--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0"]);
    command.arg("--data").arg(folder.path().join("data"));
    command.arg("--tls-cert").arg(folder.path().join("cert.pem"));
    command.arg("--tls-key").arg(folder.path().join("key.pem"));
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("key.pem is not that of the first certificate"), "{told}");
}
