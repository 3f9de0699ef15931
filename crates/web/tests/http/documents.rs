//! Documents on paper, set by the real program, and templates that people edit.

use super::dockets::{made, school};
use super::events::{event, issue, pass, pass_type, staffed};
use super::photos::picture;
use super::server::{Answer, TestServer};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use muster_documents::paper::Paper;
use muster_documents::typesetting::{Limits, PROGRAM, Typesetter};
use muster_testkit::{Database, postgres, sqlite};
use serde_json::{Value, json};
use std::io::{Cursor, Read};
use std::time::Duration;

const ADMIN: &str = "registrar";
const OWN: &str = "#let sheet(item, files, common) = [Receipt #item.number of #common.name]\n";
/// Loops that are each short enough for Typst.
const ENDLESS: &str = "#let sheet(item, files, common) = {\n  for a in range(9000) { \
    for b in range(9000) { for c in range(9000) {} } }\n}";
const HUGE: &str = "#let sheet(item, files, common) = { let a = \"x\" * 8000000000; a }";
const FILE: &str = "#let sheet(item, files, common) = {\n  read(\"/etc/passwd\")\n}";

/// The program lies where Cargo puts it, above the tests.
fn typesetter(limits: Limits) -> Typesetter {
    let own = std::env::current_exe().unwrap();
    let folder = own.parent().and_then(std::path::Path::parent).unwrap();
    let typesetter = Typesetter::new(folder.join(PROGRAM), 1, limits);
    typesetter.present().expect("build it first: cargo build -p muster-typeset");
    typesetter
}

/// An unoptimised program on a busy machine needs longer.
pub(super) fn patient() -> Limits {
    let long = Duration::from_mins(4);
    Limits { processor: long, wall: long, ..Limits::default() }
}

pub(super) fn printing(database: Database, limits: Limits) -> TestServer {
    TestServer::start_as(database, |app| app.typesetting_by(typesetter(limits)))
}

pub(super) async fn asked_as_pdf(server: &TestServer, who: &str, path: &str) -> Answer {
    asked_as(server, (who, path), "application/pdf").await
}

async fn asked_as(server: &TestServer, (who, path): (&str, &str), kind: &str) -> Answer {
    let mut request = server.request(who, Method::GET, path, Body::empty());
    request.headers_mut().insert("accept", kind.parse().unwrap());
    server.send(request).await
}

/// The names of what an archive holds; passes if all of it is PDF.
fn unpacked(answer: &Answer, name: &str) -> Vec<String> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(answer.headers["content-type"], "application/zip");
    let expected = format!("attachment; filename=\"{name}.zip\"");
    assert_eq!(answer.headers["content-disposition"], expected.as_str());
    let mut archive = zip::ZipArchive::new(Cursor::new(&answer.bytes)).unwrap();
    let each = (0..archive.len()).map(|index| {
        let mut file = archive.by_index(index).unwrap();
        let mut head = [0; 5];
        file.read_exact(&mut head).unwrap();
        assert_eq!(&head, b"%PDF-");
        file.name().unwrap().into_owned()
    });
    each.collect()
}

/// Passes if it is a PDF of that name that nobody keeps.
pub(super) fn is_pdf(answer: &Answer, name: &str) {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert!(answer.text.starts_with("%PDF-1."), "{}", answer.text);
    assert_eq!(answer.headers["content-type"], "application/pdf");
    assert!(answer.headers["cache-control"].to_str().unwrap().ends_with("no-store"));
    let expected = format!("attachment; filename=\"{name}.pdf\"");
    assert_eq!(answer.headers["content-disposition"], expected.as_str());
}

async fn a_pass(server: &TestServer) -> String {
    let event = event(server, json!({})).await;
    let price = json!({"minor": 54_900, "currency": "INR"});
    let kind = pass_type(server, &event, json!({"name": "Single", "price": price})).await;
    let issued = issue(server, &event, pass(&kind, &[("Ada Rao", "98450 12345")])).await;
    issued.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_pass_is_a_pdf_for_its_holder_for_staff_and_for_programs() {
    let server = staffed(printing(sqlite(), patient()));
    let id = a_pass(&server).await;
    let name = "pass-Spring-Ball-Ada-Rao";
    is_pdf(&server.get("gate", &format!("/passes/{id}/pass.pdf")).await, name);
    let call = format!("/api/v1/passes/{id}");
    is_pdf(&asked_as_pdf(&server, "gate", &call).await, name);
    let link = server.get("gate", &call).await.json()["link"].as_str().unwrap().to_owned();
    let page = link.split_once("/p/").map(|(_, token)| format!("/p/{token}")).unwrap();
    let own = server.get("nobody", &format!("{page}/pass.pdf")).await;
    is_pdf(&own, name);
    assert_eq!(own.headers["referrer-policy"], "no-referrer");
    assert!(server.get("nobody", &page).await.text.contains("/pass.pdf"));
    let picture = server.get("nobody", &format!("{page}/pass.png")).await;
    assert_eq!(picture.headers["content-type"], "image/png");
    assert_eq!(picture.headers["referrer-policy"], "no-referrer");
    let qr = server.get("nobody", &format!("{page}/qr.png")).await;
    let (all, alone) = (size(&picture.bytes), size(&qr.bytes));
    assert!(
        all.1 > all.0 && alone.1 == alone.0,
        "the whole pass, and its square QR: {all:?} {alone:?}"
    );
    let refused = server.get("teacher", &format!("/passes/{id}/pass.pdf")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let reason = json!({"reason": "Paid twice"});
    server.post("organiser", &format!("/api/v1/passes/{id}/void"), reason).await;
    for gone in ["pass.pdf", "pass.png"] {
        let gone = server.get("nobody", &format!("{page}/{gone}")).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND);
    }
}

/// Width and height of a PNG.
fn size(png: &[u8]) -> (u32, u32) {
    let at = |place: usize| u32::from_be_bytes(png[place..place + 4].try_into().unwrap());
    (at(16), at(20))
}

async fn a_payment(server: &TestServer) -> String {
    let amount = json!({"minor": 1_450_000, "currency": "INR"});
    let body = json!({"number": "student", "amount": amount, "receipt": "R 7"});
    let made = server.post("finance", "/api/v1/payments", body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    made.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_results_slip_is_a_pdf_for_its_student_and_for_programs() {
    let server = printing(sqlite(), patient());
    let terms = server.get("registrar", "/api/v1/terms").await.json();
    let term = terms["items"][0]["id"].as_str().unwrap().to_owned();
    let all = server.get("registrar", &format!("/api/v1/terms/{term}/assessments")).await.json();
    let ca1 = all["items"][0]["id"].as_str().unwrap().to_owned();
    let (class, student) = (server.class, server.people["student"]);
    let body = json!({"items": [{"person": student, "assessment": ca1, "score": "14"}]});
    let results = format!("/api/v1/classes/{class}/results");
    let entered = server.call("teacher", Method::PUT, &results, body).await;
    assert_eq!(entered.status, StatusCode::OK, "{}", entered.text);
    let publication = format!("{results}/{ca1}/publication");
    server.post("registrar", &publication, json!({})).await;
    let call = format!("/api/v1/people/{student}/results/{term}");
    let name = "Results-Spring-student";
    is_pdf(&asked_as_pdf(&server, "student", &call).await, name);
    let page = format!("/people/{student}/results/{term}/slip.pdf");
    is_pdf(&server.get("student", &page).await, name);
    let refused = asked_as_pdf(&server, "student_2", &call).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
}

#[tokio::test]
async fn a_receipt_is_a_pdf_for_finance_and_for_whose_it_is() {
    let server = printing(sqlite(), patient());
    let id = a_payment(&server).await;
    let path = format!("/payments/{id}/receipt.pdf");
    is_pdf(&server.get("student", &path).await, "receipt-student-R-7");
    let call = format!("/api/v1/payments/{id}");
    is_pdf(&asked_as_pdf(&server, "finance", &call).await, "receipt-student-R-7");
    assert_eq!(server.get("student_2", &path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(asked_as_pdf(&server, "student_2", &call).await.status, StatusCode::NOT_FOUND);
    let reversal = json!({"reason": "Bounced"});
    server.post("finance", &format!("{call}/reversal"), reversal).await;
    is_pdf(&server.get("student", &path).await, "receipt-student-R-7");
}

#[tokio::test]
async fn a_register_is_a_pdf_for_the_staff_of_its_class() {
    let server = printing(sqlite(), patient());
    let session = server.open_session().await;
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    let path = format!("/classes/{}/register", server.class);
    assert!(server.get("teacher", &path).await.text.contains("format=pdf"));
    let name = "MA201-A-Spring";
    is_pdf(&server.get("teacher", &format!("{path}?format=pdf")).await, name);
    is_pdf(&asked_as_pdf(&server, "teacher", &format!("/api/v1{path}")).await, name);
    is_pdf(&server.get("teacher", &format!("/api/v1{path}?format=pdf")).await, name);
    for who in ["teacher_b", "student"] {
        let refused = server.get(who, &format!("{path}?format=pdf")).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{who}");
    }
}

#[tokio::test]
async fn a_docket_is_a_pdf_for_whoever_may_issue_it_unless_it_is_on_hold() {
    let school = school(printing(sqlite(), patient())).await;
    let server = &school.server;
    let id = made(&school.issue("student", "student").await);
    let path = format!("/dockets/{id}/docket.pdf");
    assert!(server.get("student", &format!("/dockets/{id}")).await.text.contains(&path));
    is_pdf(&server.get("student", &path).await, "CA1-docket-student");
    let call = format!("/api/v1/dockets/{id}");
    is_pdf(&asked_as_pdf(server, "registrar", &call).await, "CA1-docket-student");
    for who in ["student_2", "teacher", "finance"] {
        assert_eq!(server.get(who, &path).await.status, StatusCode::FORBIDDEN, "{who}");
    }
    let body = json!({"assessment": school.ca1, "class": server.class});
    let batch = made(&server.post("registrar", "/api/v1/docket-batches", body).await);
    let batch = format!("/api/v1/docket-batches/{batch}");
    let ended = super::dockets::ended(&school, &batch).await;
    assert_eq!(ended["issued"], 1, "{ended}");
    is_pdf(&asked_as_pdf(server, "registrar", &batch).await, "CA1-dockets--MA201-A");
    let refused = asked_as_pdf(server, "finance", &batch).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    made(&school.hold("registrar", "student", "Case 7").await);
    let held = asked_as_pdf(server, "student", &call).await;
    assert_eq!(
        (held.reason().as_str(), &held.json()["reasons"]),
        ("not-eligible", &json!(["Case 7"]))
    );
}

#[tokio::test]
async fn dockets_of_a_batch_are_a_pdf_each_in_an_archive() {
    let school = school(printing(sqlite(), patient())).await;
    let server = &school.server;
    let body = json!({"assessment": school.ca1, "class": server.class});
    let batch = made(&server.post("registrar", "/api/v1/docket-batches", body).await);
    let call = format!("/api/v1/docket-batches/{batch}");
    super::dockets::ended(&school, &call).await;
    let page = server.get("registrar", &format!("/docket-batches/{batch}")).await.text;
    let link = format!("/docket-batches/{batch}/dockets.zip");
    assert!(page.contains(&format!("{link}?from=0")), "{page}");
    let (name, zip) = ("CA1-dockets--MA201-A", "application/zip");
    let [one, two] = ["CA1-docket-student.pdf", "CA1-docket-student-2.pdf"];
    assert_eq!(unpacked(&server.get("registrar", &link).await, name), [one, two]);
    made(&school.hold("registrar", "student", "Case 7").await);
    assert_eq!(unpacked(&asked_as(server, ("registrar", &call), zip).await, name), [two]);
    let none = server.get("registrar", &format!("{link}?from=1000")).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND, "{}", none.text);
    for who in ["student", "teacher", "finance"] {
        assert_eq!(server.get(who, &link).await.status, StatusCode::FORBIDDEN, "{who}");
        let refused = asked_as(server, (who, &call), zip).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{who}");
    }
}

#[tokio::test]
async fn a_room_list_is_a_pdf_for_those_who_may_read_it() {
    let exam = super::rooms::exam(printing(sqlite(), patient()), 0).await;
    let server = &exam.school.server;
    exam.verdict(&exam.hall, &exam.code).await;
    let path = format!("/sittings/{}/room-list", exam.sitting);
    let page = server.get("invigilator", &path).await.text;
    assert!(page.contains("state=&#38;format=pdf"), "{page}");
    let name = "Room-list-CA1-MA201-A";
    is_pdf(&server.get("invigilator", &format!("{path}?format=pdf")).await, name);
    is_pdf(&asked_as_pdf(server, "finance", &format!("/api/v1{path}")).await, name);
    let nobody = format!("{path}?q=nobody+of+that+name&format=pdf");
    is_pdf(&server.get("invigilator", &nobody).await, name);
    let halls = format!("/assessments/{}/room-list?format=pdf", exam.school.ca1);
    is_pdf(&server.get("registrar", &halls).await, "Room-list-CA1");
    for who in ["gate", "student"] {
        let refused = server.get(who, &format!("{path}?format=pdf")).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{who}");
        let refused = asked_as_pdf(server, who, &format!("/api/v1{path}")).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{who}");
    }
}

#[tokio::test]
async fn where_the_program_is_missing_people_and_programs_are_told() {
    let missing = Typesetter::new("/nowhere/muster-typeset".into(), 1, Limits::default());
    for server in [
        TestServer::start(sqlite()),
        TestServer::start_as(sqlite(), |app| app.typesetting_by(missing)),
    ] {
        let id = a_payment(&server).await;
        let page = server.get("student", &format!("/payments/{id}/receipt.pdf")).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(
            page.text.contains("PDF files can’t be made on this installation"),
            "{}",
            page.text
        );
        assert!(!page.text.contains("/nowhere"), "{}", page.text);
        let call = asked_as_pdf(&server, "student", &format!("/api/v1/payments/{id}")).await;
        assert_eq!((call.status.as_u16(), call.reason().as_str()), (503, "no-typesetter"));
        assert_eq!(server.get("student", &format!("/payments/{id}/receipt")).await.status, 200);
        assert_eq!(save(&server, "receipt", OWN, 0).await.status, StatusCode::SERVICE_UNAVAILABLE);
    }
}

fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |all, byte| all + &format!("%{byte:02X}"))
}

async fn save(server: &TestServer, name: &str, source: &str, version: i64) -> Answer {
    let fields = format!("version={version}&source={}", escaped(source));
    server.form(ADMIN, &format!("/settings/documents/{name}"), &fields).await
}

async fn preview(server: &TestServer, name: &str, source: &str) -> Answer {
    let fields = format!("version=0&source={}", escaped(source));
    server.form(ADMIN, &format!("/settings/documents/{name}/preview"), &fields).await
}

async fn stored(server: &TestServer, name: &str) -> Value {
    server.get(ADMIN, &format!("/api/v1/documents/{name}/template")).await.json()
}

async fn a_template_is_saved_used_and_taken_back(database: Database) {
    let server = printing(database, patient());
    let page = "/settings/documents/receipt";
    assert!(server.get(ADMIN, "/settings/documents").await.text.contains(page));
    assert!(server.get(ADMIN, page).await.text.contains("item.student.name"));
    assert_eq!(stored(&server, "receipt").await["source"], Paper::Receipt.template());
    let saved = save(&server, "receipt", &OWN.replace('\n', "\r\n"), 0).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let own = stored(&server, "receipt").await;
    assert_eq!((&own["source"], &own["own"]), (&json!(OWN), &json!(true)));
    let id = a_payment(&server).await;
    let path = format!("/payments/{id}/receipt.pdf");
    is_pdf(&server.get("student", &path).await, "receipt-student-R-7");
    let late = save(&server, "receipt", &format!("{OWN}// Later\n"), 0).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.text);
    let wrong = save(&server, "receipt", "#let sheet(item, files, common) = {\n  item.nmae\n}", 0);
    let wrong = wrong.await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("line 2, column") && wrong.text.contains("item.nmae"));
    let back = server.form(ADMIN, &format!("{page}/removal"), "").await;
    assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.text);
    let now = stored(&server, "receipt").await;
    assert_eq!((&now["own"], &now["version"]), (&json!(false), &json!(0)));
    let journal = server.get(ADMIN, "/api/v1/journal?action=document.").await.text;
    for word in ["document.change", "document.reset", "Receipt #item.number"] {
        assert!(journal.contains(word), "{word}: {journal}");
    }
}

#[tokio::test]
async fn a_template_is_saved_used_and_taken_back_on_sqlite() {
    a_template_is_saved_used_and_taken_back(sqlite()).await;
}

#[tokio::test]
async fn a_template_is_saved_used_and_taken_back_on_postgres() {
    a_template_is_saved_used_and_taken_back(postgres()).await;
}

#[tokio::test]
async fn programs_change_templates_by_version() {
    let server = printing(sqlite(), patient());
    let path = "/api/v1/documents/pass/template";
    let put = |source: &str, tag: &'static str| {
        let body = Body::from(json!({"source": source}).to_string());
        let mut request = server.request(ADMIN, Method::PUT, path, body);
        request.headers_mut().insert("content-type", "application/json".parse().unwrap());
        request.headers_mut().insert("if-match", tag.parse().unwrap());
        server.send(request)
    };
    let own = "#let sheet(item, files, common) = [#item.event]";
    let made = put(own, "\"0\"").await;
    assert_eq!((made.status, &made.json()["own"]), (StatusCode::OK, &json!(true)), "{}", made.text);
    assert_eq!(put("#let sheet = 1", "\"0\"").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let other = "#let sheet(item, files, common) = [#item.venue]";
    assert_eq!(put(other, "\"0\"").await.status, StatusCode::PRECONDITION_FAILED);
    let reset = server.call(ADMIN, Method::DELETE, path, json!({})).await;
    assert_eq!(reset.status, StatusCode::NO_CONTENT);
    let unknown = server.get(ADMIN, "/api/v1/documents/diploma/template").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    for path in [path, "/settings/documents", "/settings/documents/pass", "/api/v1/documents/logo"]
    {
        assert_eq!(server.get("teacher", path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn a_hostile_template_is_stopped_and_harms_nothing() {
    let server = printing(sqlite(), Limits { processor: Duration::from_secs(8), ..patient() });
    for (source, complaint) in [
        (ENDLESS, "took longer to set than it may"),
        (HUGE, "larger than it may be"),
        (FILE, "line 2, column"),
    ] {
        let seen = preview(&server, "receipt", source).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{complaint}");
        assert!(seen.text.contains(complaint) && !seen.text.contains("root:"), "{complaint}");
        let path = "/api/v1/documents/receipt/template";
        let kept = server.call(ADMIN, Method::PUT, path, json!({"source": source})).await;
        assert_eq!((kept.status.as_u16(), kept.reason().as_str()), (422, "invalid"));
        assert_eq!(kept.json()["errors"][0]["pointer"], "/source", "{complaint}");
        let good = preview(&server, "receipt", OWN).await;
        assert_eq!(good.status, StatusCode::OK, "{}", good.text);
        assert!(good.text.contains("data:image/png;base64,iVBOR"));
    }
    assert_eq!(stored(&server, "receipt").await["own"], false);
}

#[tokio::test]
async fn whoever_finds_all_typesetters_at_work_is_told_when_to_ask_again() {
    let queue = (0, Duration::ZERO);
    let limits = Limits { processor: Duration::from_secs(3), queue, ..patient() };
    let server = printing(sqlite(), limits);
    let ask = || {
        let path = "/api/v1/documents/receipt/template";
        server.call(ADMIN, Method::PUT, path, json!({"source": ENDLESS}))
    };
    let (one, other) = tokio::join!(ask(), ask());
    let (busy, ended) = if one.status == 503 { (one, other) } else { (other, one) };
    assert_eq!((busy.status.as_u16(), ended.status.as_u16()), (503, 422), "{}", ended.text);
    assert_eq!(
        (busy.reason().as_str(), &busy.headers["retry-after"]),
        ("typesetter-busy", &"60".parse().unwrap())
    );
}

async fn send_logo(server: &TestServer, file: &[u8]) -> Answer {
    let head = "--cut\r\ncontent-disposition: form-data; name=\"logo\"; filename=\"logo\"\r\n\r\n";
    let body = [head.as_bytes(), file, b"\r\n--cut--\r\n"].concat();
    let path = "/settings/documents/logo";
    let mut request = server.request(ADMIN, Method::POST, path, Body::from(body));
    let kind = "multipart/form-data; boundary=cut".parse().unwrap();
    request.headers_mut().insert("content-type", kind);
    server.send(request).await
}

#[tokio::test]
async fn a_logo_is_drawn_anew_shown_on_documents_and_removed() {
    let server = printing(sqlite(), patient());
    let page = "/settings/documents";
    assert!(server.get(ADMIN, page).await.text.contains("There is none"));
    for (file, sentence) in [
        (b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec(), "not a JPEG, PNG or WebP"),
        (Vec::new(), "Choose a picture first."),
    ] {
        let refused = send_logo(&server, &file).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains("logo-error") && refused.text.contains(sentence));
    }
    assert_eq!(send_logo(&server, &picture([200, 0, 0])).await.status, StatusCode::SEE_OTHER);
    assert!(server.get(ADMIN, page).await.text.contains("/settings/documents/logo?version="));
    let seen = server.get(ADMIN, "/settings/documents/logo").await;
    assert_eq!(seen.headers["content-type"], "image/png");
    let shown = "#let sheet(item, files, common) = image(common.files.logo)";
    let good = preview(&server, "receipt", shown).await;
    assert_eq!(good.status, StatusCode::OK, "{}", good.text);
    let call = "/api/v1/documents/logo";
    let request = server.request(ADMIN, Method::PUT, call, Body::from(picture([0, 0, 200])));
    let put = server.send(request).await;
    assert_eq!(put.json()["digest"].as_str().map(str::len), Some(64), "{}", put.text);
    let removed = server.form(ADMIN, "/settings/documents/logo/removal", "").await;
    assert_eq!(removed.status, StatusCode::SEE_OTHER);
    assert_eq!(server.get(ADMIN, call).await.status, StatusCode::NOT_FOUND);
    assert_eq!(preview(&server, "receipt", shown).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}
