//! What stands around a page and its form: the entry of the menu, the theme, fields that are wrong.

use super::server::TestServer;
use axum::http::StatusCode;
use muster_testkit::sqlite;
use std::fmt::Write;

/// The addresses of the menu's entries to which a page belongs.
fn entries(page: &str) -> Vec<&str> {
    let (_, menu) = page.split_once("aria-label=\"Main\">").unwrap_or_default();
    let (menu, _) = menu.split_once("</nav>").unwrap_or_default();
    let links = menu.split("<a href=\"").skip(1).filter_map(|rest| rest.split_once('"'));
    links.filter(|(_, rest)| rest.starts_with(" aria-current=\"page\"")).map(|(to, _)| to).collect()
}

#[tokio::test]
async fn a_page_belongs_to_one_entry_of_the_menu() {
    let server = TestServer::start(sqlite());
    let student = server.people["student"];
    let terms = server.get("registrar", "/api/v1/terms").await.json();
    let term = terms["items"][0]["id"].as_str().unwrap().to_owned();
    let cases = [
        ("teacher", "/".to_owned(), "/"),
        ("registrar", format!("/people/{student}/attendance"), "/people"),
        ("registrar", format!("/terms/{term}/roster"), "/classes"),
        ("teacher", "/calendar".to_owned(), "/timetable"),
        ("super_administrator", "/registers/missing".to_owned(), "/overview"),
        ("finance", "/fees".to_owned(), "/finance"),
        ("registrar", "/eligibility".to_owned(), "/sittings"),
        ("registrar", "/badges".to_owned(), "/people"),
    ];
    for (who, path, expected) in cases {
        let page = server.get(who, &path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert_eq!(entries(&page.text), [expected], "{path}");
    }
}

#[tokio::test]
async fn choosing_a_theme_sends_nobody_to_another_site() {
    let server = TestServer::start(sqlite());
    for (back, expected) in [
        ("/", "/"),
        ("/mark?a=b", "/mark?a=b"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("/\n/evil.example", "/"),
        ("/\r/evil.example", "/"),
    ] {
        let mut fields = "theme=dark&back=".to_owned();
        for byte in back.bytes() {
            write!(fields, "%{byte:02X}").unwrap();
        }
        let answer = server.form("nobody", "/theme", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(answer.headers["location"], expected, "{back:?}");
        let kept = answer.headers.get_all("set-cookie").iter();
        assert!(kept.into_iter().any(|one| one.to_str().unwrap().starts_with("muster_theme=dark")));
    }
}

#[tokio::test]
async fn a_form_says_beside_a_field_what_is_wrong_and_keeps_what_was_chosen() {
    let server = TestServer::start(sqlite());
    let courses = server.get("registrar", "/api/v1/courses").await.json();
    let course = courses["items"][0]["id"].as_str().unwrap();
    let page =
        server.form("registrar", "/classes", &format!("course={course}&term=&section=Q")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("id=\"term-error\""), "{}", page.text);
    for right in ["course", "section"] {
        assert!(!page.text.contains(&format!("id=\"{right}-error\"")), "{right}");
    }
    assert_eq!(page.text.matches(" selected>").count(), 1);
    assert!(page.text.contains(&format!("value=\"{course}\" selected>")));
}
