//! HTTPS without a proxy, the way there from plain HTTP, and how a device is told to trust it.

use super::server::{PASSWORD, TestServer};
use axum::body::{Body, to_bytes};
use axum::http::{Method, StatusCode, header};
use hyper_util::rt::{TokioExecutor, TokioIo};
use muster_testkit::sqlite;
use muster_tls::diary::Diary;
use muster_tls::watch::{Origin, Watch};
use muster_tls::{Authority, Names, Pair, Shown};
use muster_web::{App, Door, Found, Lan, Secured, Way, serve_at};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::client::TlsStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// Noon of 2 March 2026, UTC.
const NOON: i64 = 1_772_452_800;

/// A node with an authority of its own, serving plain HTTP and HTTPS.
struct Node {
    folder: tempfile::TempDir,
    shown: Arc<Shown>,
    authority: Authority,
    plain: SocketAddr,
    https: SocketAddr,
    _stop: oneshot::Sender<()>,
}

fn names() -> Names {
    let addresses = vec!["127.0.0.1".parse().unwrap()];
    Names { dns: vec!["muster-ab.local".to_owned(), "localhost".to_owned()], addresses }
}

/// Today, by the machine's clock: a client judges by it.
#[allow(clippy::disallowed_methods, reason = "a real client looks at the real clock")]
fn today() -> i64 {
    jiff::Timestamp::now().as_second()
}

impl Node {
    async fn start(redirecting: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::load_or_create(folder.path(), &names(), today()).unwrap();
        let shown = Arc::new(Shown::default());
        let secured = Secured::default();
        secured.own.put(authority.root.clone());
        let [plain, https] = [bind().await, bind().await];
        let (plain_at, https_at) = (plain.local_addr().unwrap(), https.local_addr().unwrap());
        let secured = Secured { port: Some(https_at.port()), ..secured };
        let mut kept: Option<App> = None;
        let server = TestServer::start_as(sqlite(), |app| {
            let app = app.secured_by(secured);
            kept = Some(app.clone());
            app
        });
        let config = muster_tls::shown::config(shown.clone()).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let way = if redirecting { Way::Redirecting(https_at.port()) } else { Way::Plain };
        let doors = vec![
            Door { listener: plain, way },
            Door { listener: https, way: Way::Encrypted(acceptor) },
        ];
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(async move {
            serve_at(kept.unwrap(), doors, async { drop(stopped.await) }).await.unwrap();
            drop(server);
        });
        let node = Self { folder, shown, authority, plain: plain_at, https: https_at, _stop: stop };
        node.show_new();
        node
    }

    /// Signs a new certificate and shows it.
    fn show_new(&self) -> String {
        let path = self.folder.path().join("own.pem");
        std::fs::write(&path, self.authority.sign(&names(), today()).unwrap()).unwrap();
        let pair = Pair::load(&path, &path, today()).unwrap();
        let fingerprint = pair.facts.fingerprint.clone();
        self.shown.show(pair);
        fingerprint
    }

    async fn connect(&self, name: &str, alpn: &[u8]) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.root.der.clone().into()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider);
        let config = config.with_safe_default_protocol_versions().unwrap();
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![alpn.to_vec()];
        let stream = TcpStream::connect(self.https).await?;
        let name = ServerName::try_from(name.to_owned()).unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }

    /// What the plain port says to a request.
    async fn plain(&self, head: &str) -> String {
        let mut stream = TcpStream::connect(self.plain).await.unwrap();
        told(&mut stream, head).await
    }
}

async fn bind() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

async fn told(stream: &mut (impl AsyncReadExt + AsyncWriteExt + Unpin), head: &str) -> String {
    let request = format!("{head}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_device_that_trusts_the_root_speaks_http_2_with_the_node_and_is_private() {
    let node = Node::start(false).await;
    let stream = node.connect("localhost", b"h2").await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let client = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
    let (mut client, connection) = client.await.unwrap();
    tokio::spawn(connection);
    let body = json!({"identifier": "teacher", "password": PASSWORD}).to_string();
    let request =
        axum::http::Request::post(format!("https://localhost:{}/api/v1/tokens", node.https.port()))
            .header("content-type", "application/json")
            .body(Body::from(body))
            .unwrap();
    let answer = client.send_request(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    let cookies = answer.headers().get_all(header::SET_COOKIE).iter();
    let cookies: Vec<_> = cookies.map(|cookie| cookie.to_str().unwrap().to_owned()).collect();
    assert!(!cookies.is_empty() && cookies.iter().all(|cookie| cookie.contains("Secure")));
    // Another name is misdirected in HTTP/2 as well.
    let request = axum::http::Request::get("https://evil.example/sign-in").body(Body::empty());
    let answer = client.send_request(request.unwrap()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::MISDIRECTED_REQUEST);
    let text = to_bytes(Body::new(answer.into_body()), 1 << 16).await.unwrap();
    assert!(String::from_utf8_lossy(&text).contains("evil.example"));
}

#[tokio::test]
async fn http_1_goes_on_and_a_name_that_is_not_the_node_s_is_refused_by_the_device() {
    let node = Node::start(false).await;
    let mut stream = node.connect("127.0.0.1", b"http/1.1").await.unwrap();
    let answer = told(&mut stream, "GET /sign-in HTTP/1.1\r\nHost: localhost").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(!answer.contains("sign in over HTTPS"), "it is encrypted already");
    assert!(node.connect("bank.example", b"http/1.1").await.is_err());
}

#[tokio::test]
async fn a_new_certificate_is_shown_to_whoever_connects_next() {
    let node = Node::start(false).await;
    let fingerprint = |stream: &TlsStream<TcpStream>| {
        let certificates = stream.get_ref().1.peer_certificates().unwrap();
        muster_tls::pair::fingerprint(&certificates[0])
    };
    let mut old = node.connect("localhost", b"http/1.1").await.unwrap();
    let before = fingerprint(&old);
    let after = node.show_new();
    assert_ne!(before, after);
    let new = node.connect("localhost", b"http/1.1").await.unwrap();
    assert_eq!(fingerprint(&new), after);
    // Who is connected stays.
    let answer = told(&mut old, "GET /healthz HTTP/1.1\r\nHost: localhost").await;
    assert!(answer.contains("200 OK"), "{answer}");
}

#[tokio::test]
async fn plain_http_sends_browsers_on_but_shows_how_to_trust() {
    let node = Node::start(true).await;
    let answer = node.plain("GET /classes?mine=true HTTP/1.1\r\nHost: localhost:8080").await;
    assert!(answer.starts_with("HTTP/1.1 308"), "{answer}");
    let to = format!("location: https://localhost:{}/classes?mine=true", node.https.port());
    assert!(answer.contains(&to), "{answer}");
    for path in ["/trust", "/trust/root.crt", "/healthz"] {
        let answer = node.plain(&format!("GET {path} HTTP/1.1\r\nHost: localhost")).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
    }
    // Nobody is sent anywhere under a name that is not ours.
    let answer = node.plain("GET / HTTP/1.1\r\nHost: evil.example").await;
    assert!(answer.starts_with("HTTP/1.1 421"), "{answer}");
}

fn with_root(folder: &Path) -> (Secured, muster_tls::authority::Root) {
    let root = Authority::load_or_create(folder, &names(), NOON).unwrap().root;
    let secured = Secured { port: Some(8443), ..Secured::default() };
    secured.own.put(root.clone());
    (secured, root)
}

#[tokio::test]
async fn the_trust_page_offers_the_root_and_steps_for_every_platform() {
    let folder = tempfile::tempdir().unwrap();
    let (secured, root) = with_root(folder.path());
    let server = TestServer::start_as(sqlite(), |app| app.secured_by(secured));
    let mut request = server.request("nobody", Method::GET, "/trust", Body::empty());
    let agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)";
    request.headers_mut().insert("user-agent", agent.parse().unwrap());
    let page = server.send(request).await;
    assert_eq!(page.status, StatusCode::OK);
    for steps in
        ["iPhone and iPad", "Android", "Windows", "Mac (", "Linux", "Firefox", "Chromebook"]
    {
        assert!(page.text.contains(steps), "{steps}");
    }
    let open: Vec<_> = page.text.split("<details open>").skip(1).collect();
    assert_eq!(open.len(), 1);
    assert!(open[0].starts_with("<summary>iPhone"));
    let first_line = root.facts.fingerprint.split(':').take(8).collect::<Vec<_>>().join(" ");
    assert!(page.text.contains(&first_line) && page.text.contains("muster-ab.local"));

    let der = server.get("nobody", "/trust/root.crt").await;
    assert_eq!(der.headers["content-type"], "application/x-x509-ca-cert");
    assert_eq!(der.bytes, root.der);
    assert_eq!(server.get("nobody", "/trust/root.pem").await.text, root.pem);
    let profile = server.get("nobody", "/trust/root.mobileconfig").await;
    assert_eq!(profile.headers["content-type"], "application/x-apple-aspen-config");
    let encoded = data_encoding::BASE64.encode(&root.der);
    assert!(profile.text.contains(&format!("<data>{encoded}</data>")), "{}", profile.text);
    assert!(profile.text.contains("com.apple.security.root"));
}

#[tokio::test]
async fn a_node_without_its_own_authority_offers_no_root() {
    let server = TestServer::start(sqlite());
    for path in ["/trust", "/trust/root.crt", "/trust/root.pem", "/trust/root.mobileconfig"] {
        assert_eq!(server.get("nobody", path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_proof_is_found_by_whoever_asks_for_it_and_only_while_it_is_awaited() {
    let secured = Secured::default();
    let answers = secured.answers.clone();
    let server = TestServer::start_as(sqlite(), |app| app.secured_by(secured));
    let path = "/.well-known/acme-challenge/token-1";
    assert_eq!(server.get("nobody", path).await.status, StatusCode::NOT_FOUND);
    answers.put("token-1", "token-1.thumbprint");
    assert_eq!(server.get("nobody", path).await.text, "token-1.thumbprint");
    answers.clear();
    assert_eq!(server.get("nobody", path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn cookies_of_plain_http_have_names_that_a_browser_keeps_beside_those_of_https() {
    let folder = tempfile::tempdir().unwrap();
    let (secured, _) = with_root(folder.path());
    let server = TestServer::start_as(sqlite(), |app| app.secured_by(secured));
    let form = format!("identifier=student&password={}", PASSWORD.replace(' ', "+"));
    let mut request = server.request("nobody", Method::POST, "/sign-in", Body::from(form));
    let kind = "application/x-www-form-urlencoded";
    request.headers_mut().insert("content-type", kind.parse().unwrap());
    let signed_in = server.send(request).await;
    assert_eq!(signed_in.status, StatusCode::SEE_OTHER, "{}", signed_in.text);
    let set = signed_in.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let login = set.into_iter().find(|cookie| cookie.contains("muster_login")).unwrap().to_owned();
    assert!(login.starts_with("plain_muster_login="), "{login}");
    let login = login.split(';').next().unwrap();
    for (cookie, status) in [
        (login.to_owned(), StatusCode::OK),
        // That of HTTPS opens nothing where everybody on the way can read it.
        (login.replace("plain_", ""), StatusCode::SEE_OTHER),
    ] {
        let mut request = server.request("nobody", Method::GET, "/attendance", Body::empty());
        request.headers_mut().insert("cookie", cookie.parse().unwrap());
        assert_eq!(server.send(request).await.status, status, "{cookie}");
    }
}

#[tokio::test]
async fn links_lead_to_the_node_s_address_in_its_network_and_never_to_localhost() {
    let lan = Arc::new(Lan::default());
    let given = lan.clone();
    let server = TestServer::start_as(sqlite(), |app| app.found_in(given));
    let session = server.open_session().await;
    let code = format!("/api/v1/sessions/{session}/code");
    let link = async || server.get("teacher", &code).await.json()["link"].to_string();
    assert!(link().await.contains("MUSTER.TEST"));
    lan.moved(Some(Found {
        link: "http://192.168.1.5:8080".to_owned(),
        https: Some("https://192.168.1.5:8443".to_owned()),
        named: Some("http://muster-ab.local:8080".to_owned()),
    }));
    assert!(link().await.contains("HTTP://192.168.1.5:8080/C/"), "{}", link().await);
    let join = server.get("nobody", "/join").await;
    assert_eq!(join.status, StatusCode::OK);
    for part in ["<svg", "http://192.168.1.5:8080", "muster-ab.local", "https://192.168.1.5:8443"] {
        assert!(join.text.contains(part), "{part}");
    }
    // The camera and the key of a verifier's phone need HTTPS.
    let body = json!({"name": "Gate phone"});
    let offer = server.post("super_administrator", "/api/v1/verifier-device-codes", body).await;
    let enrol = offer.json()["link"].as_str().unwrap_or_default().to_owned();
    assert!(enrol.starts_with("https://192.168.1.5:8443/verify/device#enrol="), "{}", offer.text);
    lan.moved(None);
    assert!(server.get("nobody", "/join").await.text.contains("no network at the moment"));
}

/// A server with such a certificate, and what its administrators read.
async fn pages_told(shown: &Arc<Shown>, origin: Origin, folder: &Path) -> (String, String) {
    let watch = Watch::new(origin, folder.to_owned(), shown.clone());
    let secured = Secured { certificate: Some(watch), ..Secured::default() };
    let server = TestServer::start_as(sqlite(), |app| app.secured_by(secured));
    let refused = server.get("teacher", "/settings/certificate").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let page = server.get("registrar", "/settings/certificate").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    (page.text, server.get("registrar", "/overview").await.text)
}

#[tokio::test]
async fn what_an_authority_answered_stands_on_a_page() {
    const WRONG: &str = "Something is wrong with this server’s certificate";
    let (folder, shown) = (tempfile::tempdir().unwrap(), Arc::new(Shown::default()));
    let none = "There is no certificate: HTTPS does not work.";
    let error = "the authority could not reach muster.test";
    Diary::default().failed(error.to_owned(), NOON).save(folder.path()).unwrap();
    let (page, overview) = pages_told(&shown, Origin::Acme, folder.path()).await;
    for words in [none, error, "by ACME", "asked in vain once", "2 Mar 2026"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(overview.contains(WRONG), "{overview}");

    let authority = Authority::load_or_create(folder.path(), &names(), NOON).unwrap();
    let file = folder.path().join("own.pem");
    std::fs::write(&file, authority.sign(&names(), NOON).unwrap()).unwrap();
    shown.show(Pair::load(&file, &file, NOON).unwrap());
    let (page, _) = pages_told(&shown, Origin::Acme, folder.path()).await;
    assert!(page.contains("There is no new certificate yet.") && !page.contains(none), "{page}");
    let (page, overview) = pages_told(&shown, Origin::Own, folder.path()).await;
    for words in ["own authority", "muster-ab.local", "127.0.0.1", "Holds until"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains(error) && !overview.contains(WRONG), "{page}");
}

#[tokio::test]
async fn a_server_without_https_says_so() {
    let server = TestServer::start(sqlite());
    let page = server.get("registrar", "/settings/certificate").await.text;
    assert!(page.contains("This server speaks no HTTPS itself"), "{page}");
}
