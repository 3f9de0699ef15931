//! Settings, and that every screen and call computes the same figure from them.

use super::server::{Answer, TestServer};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use muster_domain::ids::SessionId;
use muster_domain::time::Span;
use muster_testkit::{postgres, sqlite};
use serde_json::{Value, json};

const ADMIN: &str = "registrar";

async fn set(server: &TestServer, body: Value) -> Answer {
    server.call(ADMIN, Method::PATCH, "/api/v1/settings", body).await
}

async fn post_form(server: &TestServer, path: &str, body: &str) -> Answer {
    let mut request = server.request(ADMIN, Method::POST, path, Body::from(body.to_owned()));
    let kind = "application/x-www-form-urlencoded".parse().unwrap();
    request.headers_mut().insert("content-type", kind);
    server.send(request).await
}

/// Closed sessions in which the student has these statuses.
async fn sessions(server: &TestServer, statuses: &[&str]) {
    for status in statuses {
        server.turn(Span::hours(1));
        let session = server.open_session().await;
        let path = format!("/api/v1/sessions/{session}/marks/{}", server.people["student"]);
        let put = server.call("teacher", Method::PUT, &path, json!({"status": status})).await;
        assert_eq!(put.status, StatusCode::OK, "{}", put.text);
        server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    }
}

async fn attendance(server: &TestServer) -> Value {
    let path = format!("/api/v1/people/{}/attendance", server.people["student"]);
    server.get("student", &path).await.json()
}

/// The student's share, wherever it is shown.
async fn everywhere(server: &TestServer, percent: f64) {
    let figures = attendance(server).await;
    assert_eq!(figures["overall"]["percentage"], json!(percent));
    assert_eq!(figures["classes"][0]["attendance"]["percentage"], json!(percent));
    let shown = format!("{percent:.1} %");
    let own = format!("/classes/{}/attendance", server.class);
    for (who, path) in [
        ("student", "/"),
        ("student", "/attendance"),
        ("student", &own),
        ("teacher", &format!("/classes/{}", server.class)),
        ("teacher", &format!("/classes/{}/register", server.class)),
        ("teacher", &format!("/classes/{}/students/{}", server.class, server.people["student"])),
        ("registrar", &format!("/people/{}/attendance", server.people["student"])),
    ] {
        let page = server.get(who, path).await.text;
        assert!(page.contains(&shown), "{path} does not say {shown}");
    }
}

#[tokio::test]
async fn fifteen_of_twenty_are_75_percent_everywhere_and_just_safe() {
    let mut server = TestServer::start(sqlite());
    for status in ["present", "present", "present", "absent"] {
        sessions(&server, &[status; 5]).await;
        server.turn_days(0);
    }
    everywhere(&server, 75.0).await;
    let figures = attendance(&server).await["overall"].clone();
    assert_eq!((&figures["present"], &figures["absent"]), (&json!(15), &json!(5)));
    assert_eq!((&figures["level"], &figures["sessions_to_safe"]), (&json!("safe"), &json!(0)));
    let register = format!("/classes/{}/register?format=csv", server.class);
    let register = server.get("teacher", &register).await.text;
    assert!(register.lines().any(|line| line.ends_with(",15,0,0,5,75.0")), "{register}");
}

#[tokio::test]
async fn late_at_half_and_a_class_with_weights_of_its_own_show_everywhere() {
    let server = TestServer::start(sqlite());
    sessions(&server, &["present", "late", "excused"]).await;
    everywhere(&server, 100.0).await;
    assert_eq!(set(&server, json!({"weight_late": 50})).await.status, StatusCode::OK);
    everywhere(&server, 75.0).await;
    assert_eq!(set(&server, json!({"weight_excused": 0})).await.status, StatusCode::OK);
    everywhere(&server, 50.0).await;
    let class = format!("/api/v1/classes/{}", server.class);
    let weights = json!({"present": 100, "late": 80, "excused": null, "absent": 0});
    let own = server.call(ADMIN, Method::PATCH, &class, json!({"weights": weights})).await;
    assert_eq!(own.json()["weights"], weights);
    everywhere(&server, 90.0).await;
    server.call(ADMIN, Method::PATCH, &class, json!({"weights": null})).await;
    everywhere(&server, 50.0).await;
}

/// One session in which everybody was excused: nothing that counts was taken.
async fn all_excused(server: &TestServer) -> SessionId {
    let session = server.open_session().await;
    let path = format!("/api/v1/sessions/{session}");
    let all = json!({"status": "excused", "extent": "all", "reason": "A fire drill"});
    server.post("teacher", &format!("{path}/bulk-marks"), all).await;
    server.post("teacher", &format!("{path}/closure"), json!({})).await;
    session
}

#[tokio::test]
async fn nothing_of_nothing_is_a_dash() {
    let server = TestServer::start(sqlite());
    let session = all_excused(&server).await;
    assert_eq!(attendance(&server).await["overall"]["percentage"], Value::Null);
    let class = format!("/classes/{}", server.class);
    let figures = server.get("teacher", &format!("/api/v1{class}/figures")).await.json();
    assert_eq!(figures["students"][0]["attendance"]["percentage"], Value::Null, "{figures}");
    let (big, cell) = ("<b>–</b>", "<td data-label=\"Attendance\">–");
    for (who, path, dash) in [
        ("student", "/".to_owned(), cell),
        ("student", "/attendance".to_owned(), big),
        ("student", format!("{class}/attendance"), big),
        ("teacher", class.clone(), big),
        ("teacher", class.clone(), cell),
        ("teacher", format!("{class}/students/{}", server.people["student"]), big),
        ("teacher", format!("{class}/register"), "<td class=\"n\">–</td>"),
        ("teacher", format!("/sessions/{session}/register"), "Excused"),
        ("registrar", "/analytics".to_owned(), big),
        ("registrar", "/analytics".to_owned(), "<td class=\"n\" data-label=\"Attendance\">–</td>"),
    ] {
        let page = server.get(who, &path).await.text;
        assert!(page.contains(dash), "{path} has no {dash}: {page}");
        let shares = ["0.0 %", "100.0 %", "NaN"];
        assert!(!shares.iter().any(|share| page.contains(share)), "{path}: {page}");
    }
}

/// The cells of a column in the lines of a file, in which a heading stands above it.
fn below(file: &Answer, heading: &str) -> Vec<String> {
    let table = muster_documents::table::read(&file.bytes).unwrap();
    let column = table.headings.iter().position(|text| text == heading).unwrap();
    table.lines.iter().map(|line| line.cell(column).to_owned()).collect()
}

#[tokio::test]
async fn nothing_of_nothing_is_an_empty_cell_in_a_file() {
    let server = TestServer::start(sqlite());
    all_excused(&server).await;
    for (who, path, lines) in [
        ("student", "/attendance?".to_owned(), 1),
        ("teacher", format!("/classes/{}?", server.class), 2),
        ("teacher", format!("/classes/{}/register?", server.class), 2),
        ("registrar", "/analytics?table=days&".to_owned(), 1),
        ("registrar", "/analytics?table=classes&".to_owned(), 2),
    ] {
        for format in ["csv", "xlsx"] {
            let file = server.get(who, &format!("{path}format={format}")).await;
            assert_eq!(below(&file, "Excused").len(), lines, "{path} {format}");
            assert_eq!(below(&file, "Attendance %"), vec![""; lines], "{path} {format}");
        }
    }
}

#[tokio::test]
async fn thresholds_move_badges_and_the_way_back() {
    let server = TestServer::start(sqlite());
    sessions(&server, &["present", "present", "present", "absent"]).await;
    let level = async || attendance(&server).await["classes"][0]["attendance"]["level"].clone();
    assert_eq!(level().await, "safe");
    let strict = json!({"safe_percent": 80, "warning_percent": 70});
    assert_eq!(set(&server, strict).await.status, StatusCode::OK);
    assert_eq!(level().await, "warning");
    let own = server.get("student", &format!("/classes/{}/attendance", server.class)).await;
    assert!(own.text.contains("Attend the next session, and you are back at 80 %."));
}

#[tokio::test]
async fn absences_in_a_row_put_even_a_good_student_at_risk() {
    let server = TestServer::start(sqlite());
    set(&server, json!({"safe_percent": 10, "warning_percent": 5})).await;
    sessions(&server, &["present", "absent", "absent"]).await;
    let class = attendance(&server).await["classes"][0].clone();
    assert_eq!((&class["streak"]["missed"], &class["at_risk"]), (&json!(2), &json!(false)));
    set(&server, json!({"absences_at_risk": 2})).await;
    assert_eq!(attendance(&server).await["classes"][0]["at_risk"], true);
    let page = server.get("student", "/attendance").await.text;
    assert!(page.contains("2 sessions missed in a row."));
}

#[tokio::test]
async fn values_that_contradict_each_other_change_nothing() {
    let server = TestServer::start(sqlite());
    for (body, at) in [
        (json!({"safe_percent": 60}), "/warning_percent"),
        (json!({"weight_present": 40}), "/weight_present"),
        (json!({"step_seconds": 4, "session_minutes": "x"}), "/step_seconds"),
        (json!({"time_zone": ["UTC"]}), "/time_zone"),
        (json!({"colour": "red"}), "/"),
    ] {
        let wrong = set(&server, body).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let pointers = wrong.json()["errors"].as_array().cloned().unwrap_or_default();
        assert!(at == "/" || pointers.iter().any(|error| error["pointer"] == at), "{}", wrong.text);
    }
    assert_eq!(server.get(ADMIN, "/api/v1/settings").await.json()["safe_percent"], 75);
}

#[tokio::test]
async fn the_page_shows_each_setting_with_its_default_and_keeps_what_was_typed() {
    let server = TestServer::start(sqlite());
    let page = server.get(ADMIN, "/settings").await.text;
    for setting in muster_app::settings::ALL {
        assert!(page.contains(&format!("name=\"{}\"", setting.name)), "{}", setting.name);
    }
    assert!(page.contains("5 to 30. Normally 10."));
    let wrong = post_form(&server, "/settings", "weight_late=200&institution=Elsewhere").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("value=\"200\"") && wrong.text.contains("between 0 and 100"));
    assert!(wrong.text.contains("value=\"Elsewhere\""));
    let right = post_form(&server, "/settings", "weight_excused=&weight_late=20").await;
    assert_eq!(right.status, StatusCode::SEE_OTHER);
    assert_eq!(server.get(ADMIN, "/api/v1/settings").await.json()["weight_late"], 20);
}

#[tokio::test]
async fn weights_of_a_class_are_typed_all_or_none() {
    let server = TestServer::start(sqlite());
    let path = format!("/classes/{}", server.class);
    let version = server.get(ADMIN, &format!("/api/v1{path}")).await.json()["version"].clone();
    let form = format!("version={version}&section=A&weight_present=100&weight_late=50");
    let half = post_form(&server, &path, &form).await;
    assert_eq!(half.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(half.text.contains("or leave all four empty") && half.text.contains("value=\"50\""));
    let whole = post_form(&server, &path, &format!("{form}&weight_absent=0")).await;
    assert_eq!(whole.status, StatusCode::SEE_OTHER);
    let weights = server.get(ADMIN, &format!("/api/v1{path}")).await.json()["weights"].clone();
    assert_eq!(weights, json!({"present": 100, "late": 50, "excused": null, "absent": 0}));
}

/// When a session that is opened now closes by itself.
async fn closes_after(server: &TestServer) -> Span {
    let session = server.open_session().await;
    let told = server.get("teacher", &format!("/api/v1/sessions/{session}")).await.json();
    let ends: jiff::Timestamp = told["ends_at"].as_str().unwrap().parse().unwrap();
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    Span(ends.as_microsecond() - server.now().0)
}

#[tokio::test]
async fn sessions_stay_open_as_the_settings_say_or_as_the_class_does() {
    let server = TestServer::start(sqlite());
    assert_eq!(closes_after(&server).await, Span::minutes(15));
    set(&server, json!({"session_minutes": 25})).await;
    assert_eq!(closes_after(&server).await, Span::minutes(25));
    let class = format!("/api/v1/classes/{}", server.class);
    server.call(ADMIN, Method::PATCH, &class, json!({"duration_minutes": 40})).await;
    assert_eq!(closes_after(&server).await, Span::minutes(40));
    server.call(ADMIN, Method::PATCH, &class, json!({"duration_minutes": null})).await;
    assert_eq!(closes_after(&server).await, Span::minutes(25));
}

#[tokio::test]
async fn whoever_comes_after_the_minutes_of_the_settings_is_late() {
    let server = TestServer::start(sqlite());
    for (minutes, expected) in [(3, "present"), (2, "late")] {
        set(&server, json!({"late_after_minutes": minutes})).await;
        let session = server.open_session().await;
        server.turn(Span::minutes(3));
        let (link, _) = server.code(session).await;
        let marked = server.post("student", "/api/v1/marks", json!({"code": link})).await;
        assert_eq!(marked.json()["status"], expected, "{}", marked.text);
        server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    }
}

#[tokio::test]
async fn a_low_share_is_told_from_as_many_sessions_on_as_the_settings_say() {
    let server = TestServer::start(sqlite());
    set(&server, json!({"low_after_sessions": 2})).await;
    for expected in [0, 1] {
        sessions(&server, &["absent"]).await;
        while server.act(None, muster_app::telling::step) {}
        let inbox = server.get("student", "/api/v1/me/notices").await.json();
        let items = inbox["items"].as_array().unwrap().iter();
        assert_eq!(items.filter(|item| item["kind"] == "low_attendance").count(), expected);
    }
}

async fn the_accent_is_on_every_page_and_in_the_journal(server: TestServer) {
    let own = "<link rel=\"stylesheet\" href=\"/accent/";
    let pages =
        [("nobody", "/sign-in"), ("student", "/"), ("nobody", "/v"), ("nobody", "/offline")];
    for (who, path) in pages {
        assert!(!server.get(who, path).await.text.contains(own), "{path}");
    }
    assert_eq!(server.get(ADMIN, "/api/v1/settings").await.json()["accent"], Value::Null);
    let told = set(&server, json!({"accent": "FFCC00"})).await;
    assert_eq!(told.json()["accent"], "#ffcc00", "{}", told.text);
    for (who, path) in pages {
        let page = server.get(who, path).await.text;
        assert!(page.contains(&format!("{own}ffcc00.css\">")), "{path}");
    }
    let worker = server.get("nobody", "/worker.js").await.text;
    assert!(worker.lines().next().unwrap().contains("\"/accent/ffcc00.css\""));
    let sheet = server.get("nobody", "/accent/ffcc00.css").await;
    assert_eq!(sheet.headers["content-type"], "text/css; charset=utf-8");
    assert!(sheet.text.contains("--accent:#"), "{}", sheet.text);
    let journal = server.get(ADMIN, "/journal?action=setting.").await.text;
    assert!(journal.contains("#ffcc00"));
    assert_eq!(set(&server, json!({"accent": null})).await.json()["accent"], Value::Null);
    assert!(!server.get("nobody", "/sign-in").await.text.contains(own));
}

#[tokio::test]
async fn the_accent_of_the_settings_is_everywhere() {
    the_accent_is_on_every_page_and_in_the_journal(TestServer::start(sqlite())).await;
}

#[tokio::test]
async fn the_accent_of_the_settings_is_everywhere_on_postgres() {
    the_accent_is_on_every_page_and_in_the_journal(TestServer::start(postgres())).await;
}

#[tokio::test]
async fn what_is_no_colour_is_neither_kept_nor_served() {
    let server = TestServer::start(sqlite());
    for wrong in ["red", "#7a1", "7a1f5c}", "url(//elsewhere)"] {
        let refused = set(&server, json!({"accent": wrong})).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert_eq!(refused.json()["errors"][0]["pointer"], "/accent");
    }
    for file in ["red.css", "7a1f5c", "7A1F5C.css", "%237a1f5c.css", "7a1f5c%7D.css"] {
        let answer = server.get("nobody", &format!("/accent/{file}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{file}");
    }
    let typed = post_form(&server, "/settings", "accent=%237A1F5C").await;
    assert_eq!(typed.status, StatusCode::SEE_OTHER);
    assert_eq!(server.get(ADMIN, "/api/v1/settings").await.json()["accent"], "#7a1f5c");
}
