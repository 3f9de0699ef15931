//! Certificates by ACME, from Pebble, which an authority's own people wrote for such tests.

use crate::client::Client;
use crate::process::{Running, muster, said, serve};
use muster_testkit::free_ports;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};
use serde_json::json;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// An authority that believes who answers for `muster.test` on this machine.
struct Authority {
    folder: TempDir,
    /// Where it looks for proofs: by HTTP, inside of TLS.
    http: u16,
    tls: u16,
    directory: String,
    manage: u16,
    root: String,
    _processes: [Running; 2],
}

impl Authority {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [listen, manage, http, tls, dns, control] = free_ports();
        let root = certify(folder.path());
        let config = json!({"pebble": {
            "listenAddress": format!("127.0.0.1:{listen}"),
            "managementListenAddress": format!("127.0.0.1:{manage}"),
            "certificate": folder.path().join("own.pem"),
            "privateKey": folder.path().join("own-key.pem"),
            "httpPort": http, "tlsPort": tls,
            "ocspResponderURL": "", "externalAccountBindingRequired": false,
        }});
        std::fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
        let mut names = Command::new("pebble-challtestsrv");
        names.args(["-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv6", ""]);
        names.args(["-dns01", &format!("127.0.0.1:{dns}")]);
        names.args(["-management", &format!("127.0.0.1:{control}")]);
        let names = Running::start(&mut names);
        let mut pebble = Command::new("pebble");
        pebble.arg("-config").arg(folder.path().join("config.json"));
        pebble.args(["-dnsserver", &format!("127.0.0.1:{dns}")]).env("PEBBLE_VA_NOSLEEP", "1");
        let pebble = Running::start(&mut pebble);
        pebble.line("ACME directory available");
        let directory = format!("https://127.0.0.1:{listen}/dir");
        Self { folder, http, tls, directory, manage, root, _processes: [names, pebble] }
    }

    /// What `muster serve` is told of it.
    fn arguments(&self) -> Vec<String> {
        let root = self.folder.path().join("root.pem");
        let mut all = vec!["--tls=acme".to_owned(), "--acme-domain=muster.test".to_owned()];
        all.push(format!("--acme-directory={}", self.directory));
        all.push(format!("--acme-root={}", root.display()));
        all.push("--acme-contact=office@muster.test".to_owned());
        all
    }

    fn serve(&self, data: &Path, plain: u16, https: u16, more: &[&str]) -> Running {
        let all = self.arguments();
        let all: Vec<&str> = all.iter().map(String::as_str).chain(more.iter().copied()).collect();
        serve(data, plain, https, &all)
    }

    /// The root of what it signs.
    fn issuer(&self) -> String {
        let answer = Client::new(&self.root, "localhost", self.manage).send("GET", "/roots/0", "");
        answer.unwrap().split_once("\r\n\r\n").unwrap().1.to_owned()
    }
}

/// What the authority's own server shows; returns the root of that.
fn certify(folder: &Path) -> String {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let root = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let own = CertificateParams::new(names).unwrap().signed_by(&key, &root).unwrap();
    std::fs::write(folder.join("own.pem"), own.pem()).unwrap();
    std::fs::write(folder.join("own-key.pem"), key.serialize_pem()).unwrap();
    std::fs::write(folder.join("root.pem"), root.pem()).unwrap();
    root.pem()
}

#[test]
fn a_certificate_is_got_by_a_proof_on_plain_http_and_kept() {
    let authority = Authority::start();
    let data = authority.folder.path().join("data");
    let [https] = free_ports();
    let server = authority.serve(&data, authority.http, https, &[]);
    let shown = server.line("shows a certificate");
    assert!(shown.contains("muster.test"), "{shown}");
    let client = Client::new(&authority.issuer(), "muster.test", https);
    let answer = client.send("GET", "/sign-in", "").unwrap();
    // The name is one of the server's: it is in its certificate.
    assert!(answer.contains("200 OK"), "{answer}");
    server.end();

    // It is there at once after a restart, and nobody else reads it.
    let server = authority.serve(&data, authority.http, https, &[]);
    server.line("shows a certificate");
    assert!(client.healthy());
    let status = muster(&["tls", "status", "--data"]).arg(&data).output().unwrap();
    assert!(status.status.success() && said(&status).contains("muster.test"), "{}", said(&status));
    for name in ["acme.pem", "acme-account.json"] {
        use std::os::unix::fs::PermissionsExt;
        let file = std::fs::metadata(data.join("tls").join(name)).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600, "{name}");
    }
    // By hand before its time, too.
    assert!(muster(&["tls", "renew", "--data"]).arg(&data).status().unwrap().success());
    server.send("-HUP");
    server.line("shows a certificate");
    assert!(client.healthy());
    server.end();
}

#[test]
fn a_certificate_is_got_by_a_proof_inside_of_tls() {
    let authority = Authority::start();
    let data = authority.folder.path().join("data");
    let [plain] = free_ports();
    let more = ["--acme-challenge=tls-alpn-01"];
    let server = authority.serve(&data, plain, authority.tls, &more);
    server.line("shows a certificate");
    assert!(Client::new(&authority.issuer(), "muster.test", authority.tls).healthy());
    server.end();
}

#[test]
fn a_name_that_can_t_be_proved_is_told_in_words_and_asked_for_again_later() {
    let authority = Authority::start();
    let data = authority.folder.path().join("data");
    let [plain, https] = free_ports();
    let server = authority.serve(&data, plain, https, &[]);
    let told = server.line("no certificate: ");
    assert!(told.contains("muster.test could not be proved"), "{told}");
    assert!(told.contains("\"pause_seconds\":60"), "{told}");
    let status = muster(&["tls", "status", "--data"]).arg(&data).output().unwrap();
    assert_eq!(status.status.code(), Some(1));
    assert!(said(&status).contains("ACME failed 1 times"), "{}", said(&status));
    assert!(said(&status).contains("muster.test could not be proved"), "{}", said(&status));
    server.end();
}
