//! Online classes are held on the hub: an edge hands their teachers over.

use super::super::server::TestServer;
use super::hands::{Edge, Hub};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use muster_app::nodes::{HANDOVER_LIFETIME, Wish};
use muster_domain::attendance::Mode;
use muster_sync::Failure;

on_both!(
    a_teacher_gets_to_the_hub_signed_in_for_the_class_alone,
    the_edges_page_leads_there,
    nobody_is_handed_over_who_does_not_teach_the_class,
);

fn teacher(hub: &Hub) -> Wish {
    Wish { person: hub.server.people["teacher"], class: hub.server.class }
}

async fn a_teacher_gets_to_the_hub_signed_in_for_the_class_alone(server: TestServer) {
    let hub = Hub::open(server).await;
    let edge = Edge::filled(&hub, 2).await;
    let refused = edge.open_session(&hub, Mode::Online).await.unwrap_err();
    assert_eq!(refused.reason(), "online-at-hub");
    let link = edge.hand_over(teacher(&hub)).await.unwrap();
    let path = link.strip_prefix(&hub.url).unwrap();
    let (page, query) = path.split_once('?').unwrap();
    // Looking at it uses nothing up.
    for _ in 0..2 {
        let shown = hub.server.get("nobody", path).await;
        assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
        assert!(shown.text.contains("for this class alone"), "{}", shown.text);
    }
    let arrived = hub.server.form("nobody", page, query).await;
    assert_eq!(arrived.status, StatusCode::SEE_OTHER, "{}", arrived.text);
    let class = hub.server.class;
    let form = format!("/classes/{class}/sessions/new?mode=online");
    assert_eq!(arrived.headers[header::LOCATION], form.as_str());
    let set = arrived.headers.get_all(header::SET_COOKIE).iter();
    let mut pairs = set.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap());
    let cookie = pairs.find(|pair| pair.starts_with("muster_login=")).unwrap().to_owned();
    let open = async |path: &str| {
        let mut request = hub.server.request("nobody", Method::GET, path, Body::empty());
        request.headers_mut().insert(header::COOKIE, cookie.parse().unwrap());
        hub.server.send(request).await
    };
    let shown = open(&form).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
    assert!(shown.text.contains("value=\"online\" selected"), "{}", shown.text);
    let other = hub.server.other;
    for path in [format!("/classes/{other}"), "/logins".to_owned(), "/people".to_owned()] {
        assert_eq!(open(&path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    // It works once.
    let again = hub.server.form("nobody", page, query).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", again.text);
    assert!(again.text.contains("used before or has expired"), "{}", again.text);
    let path = "/api/v1/journal?action=node.hand_over";
    let journal = hub.server.get("super_administrator", path).await.json();
    assert_eq!(journal["items"][0]["after"]["edge"], "Stick", "{journal}");
}

async fn the_edges_page_leads_there(server: TestServer) {
    let hub = Hub::open(server).await;
    let edge = Edge::filled(&hub, 2).await;
    let Wish { person, class } = teacher(&hub);
    let path = format!("/classes/{class}/sessions");
    let (status, page) = edge.form(person, &path, "chosen=true&mode=online").await;
    assert_eq!(status, StatusCode::OK, "{page}");
    assert!(page.contains(&format!("href=\"{}/handed-over?class={class}", hub.url)), "{page}");
}

async fn nobody_is_handed_over_who_does_not_teach_the_class(server: TestServer) {
    let hub = Hub::open(server).await;
    let edge = Edge::filled(&hub, 2).await;
    for who in ["teacher_b", "student", "super_administrator"] {
        let wish = Wish { person: hub.server.people[who], ..teacher(&hub) };
        let refused = edge.hand_over(wish).await;
        let Err(Failure::Refused { reason, .. }) = refused else { panic!("{who}: {refused:?}") };
        assert_eq!(reason, "not-staff", "{who}");
    }
    // A code is good for its class, and for a few minutes.
    let link = edge.hand_over(teacher(&hub)).await.unwrap();
    let (_, query) = link.split_once('?').unwrap();
    let (class, other) = (hub.server.class.to_string(), hub.server.other.to_string());
    let changed = query.replace(&class, &other);
    let elsewhere = hub.server.form("nobody", "/handed-over", &changed).await;
    assert_eq!(elsewhere.status, StatusCode::UNPROCESSABLE_ENTITY);
    hub.server.turn(HANDOVER_LIFETIME);
    let late = hub.server.form("nobody", "/handed-over", query).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
}
