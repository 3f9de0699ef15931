//! From the first administrator to the first class, and what changes hands in mid-term.

use super::server::TestServer;
use axum::http::{Method, StatusCode};
use serde_json::json;

const ADMINISTRATOR: &str = "super_administrator";

async fn an_institution_that_has_begun_is_told_no_first_steps(server: TestServer) {
    for who in ["registrar", ADMINISTRATOR] {
        let page = server.get(who, "/overview").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.text.contains("First steps"), "{}", page.text);
    }
}

async fn a_teacher_who_takes_over_in_mid_term_sees_what_was_before(server: TestServer) {
    let session = server.open_session().await;
    let early = format!("/api/v1/sessions/{session}/marks/{}", server.people["student_2"]);
    server.call("teacher", Method::PUT, &early, json!({"status": "present"})).await;
    let closure = format!("/api/v1/sessions/{session}/closure");
    server.post("teacher", &closure, json!({})).await;
    let staff = format!("/api/v1/classes/{}/staff", server.class);
    let new = json!({"person": server.people["teacher_b"], "role": "teacher"});
    assert_eq!(server.post(ADMINISTRATOR, &staff, new).await.status, StatusCode::CREATED);
    let list = server.get(ADMINISTRATOR, &staff).await.json();
    let old = json!(server.people["teacher"]);
    let grants = list["items"].as_array().unwrap().iter();
    let grant = grants.filter(|row| row["person"] == old).map(|row| row["id"].clone()).next();
    let path = format!("{staff}/{}", grant.unwrap().as_str().unwrap());
    let ended = server.call(ADMINISTRATOR, Method::DELETE, &path, json!({})).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    for path in [
        format!("/classes/{}", server.class),
        format!("/sessions/{session}"),
        format!("/classes/{}/register", server.class),
    ] {
        assert_eq!(server.get("teacher", &path).await.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(server.get("teacher_b", &path).await.status, StatusCode::OK, "{path}");
    }
    let student = format!("/classes/{}/students/{}", server.class, server.people["student_2"]);
    assert!(server.get("teacher_b", &student).await.text.contains("100.0 %"));
    let mark = format!("/api/v1/sessions/{session}/marks/{}", server.people["student"]);
    let body = json!({"status": "present", "reason": "was there"});
    let refused = server.call("teacher", Method::PUT, &mark, body.clone()).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(server.call("teacher_b", Method::PUT, &mark, body).await.status, StatusCode::OK);
    // Who opened the session and marked then stays in the journal.
    let opened = server.get(ADMINISTRATOR, "/api/v1/journal?action=session.open").await.json();
    assert_eq!(opened["items"][0]["actor"], old);
}

async fn somebody_with_two_roles_sees_both(server: TestServer) {
    let person = server.people["assistant"];
    let roles = format!("/api/v1/people/{person}/roles");
    let granted = server.post(ADMINISTRATOR, &roles, json!({"role": "student"})).await;
    assert!(granted.status.is_success(), "{}", granted.text);
    for (class, hour) in [(server.class, "09"), (server.other, "11")] {
        let from = format!("2026-03-03T{hour}:00:00Z");
        let times = json!({"starts_at": from, "ends_at": from.replace(":00:", ":30:")});
        server.post(ADMINISTRATOR, &format!("/api/v1/classes/{class}/meetings"), times).await;
    }
    let enrolments = format!("/api/v1/classes/{}/enrolments", server.other);
    let enrolled = server.post("registrar", &enrolments, json!({"people": [person]})).await;
    assert!(enrolled.status.is_success(), "{}", enrolled.text);
    let today = server.get("assistant", "/").await.text;
    assert!(today.contains("Your classes") && today.contains("Your attendance"), "{today}");
    let week = server.get("assistant", "/timetable").await.text;
    assert!(week.contains("09:00–09:30") && week.contains("11:00–11:30"), "{week}");
    let meetings = server.get("assistant", "/api/v1/me/meetings?from=2026-03-02").await.json();
    let staff = meetings["items"].as_array().unwrap().iter().map(|slot| &slot["staff"]);
    assert_eq!(staff.collect::<Vec<_>>(), [true, false], "{meetings}");
    let own = server.get("assistant", "/attendance").await;
    assert_eq!(own.status, StatusCode::OK);
    let helped = server.get("assistant", &format!("/classes/{}", server.class)).await;
    assert_eq!(helped.status, StatusCode::OK);
    let attended = server.get("assistant", &format!("/classes/{}", server.other)).await;
    assert_eq!(attended.status, StatusCode::FORBIDDEN);
}

async fn a_locked_term_says_so_on_its_classes_and_sessions(server: TestServer) {
    let session = server.open_session().await;
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    let pages = [format!("/classes/{}", server.class), format!("/sessions/{session}")];
    for page in &pages {
        assert!(!server.get("teacher", page).await.text.contains("is locked since"), "{page}");
    }
    let terms = server.get("registrar", "/api/v1/terms").await.json();
    let lock = format!("/api/v1/terms/{}/lock", terms["items"][0]["id"].as_str().unwrap());
    server.post("registrar", &lock, json!({"reason": "Results are out."})).await;
    for page in &pages {
        let text = server.get("teacher", page).await.text;
        assert!(text.contains("Spring is locked since") && text.contains("Results are out. No"));
        assert!(!text.contains("Open session") && !text.contains("Set all marks"), "{page}");
    }
}

async fn a_students_page_leads_to_their_attendance(server: TestServer) {
    let link = |who: &str| format!("/people/{0}/attendance\"", server.people[who]);
    let page = |who: &str| format!("/people/{}", server.people[who]);
    let student = server.get("registrar", &page("student")).await.text;
    assert!(student.contains(&link("student")) && student.contains("History of changes"));
    let teacher = server.get("registrar", &page("teacher")).await.text;
    assert!(!teacher.contains(&link("teacher")));
    let seen = server.get("finance", &page("student")).await.text;
    assert!(!seen.contains(&link("student")) && !seen.contains("History of changes"));
}

on_both!(
    an_institution_that_has_begun_is_told_no_first_steps,
    a_teacher_who_takes_over_in_mid_term_sees_what_was_before,
    somebody_with_two_roles_sees_both,
    a_locked_term_says_so_on_its_classes_and_sessions,
    a_students_page_leads_to_their_attendance,
);
