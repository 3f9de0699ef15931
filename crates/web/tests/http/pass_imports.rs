//! Passes that come in by a table: what is wrong with each line, quotas, all or none, and back.

use super::events::{event, issue, pass, pass_type, staffed};
use super::imports::upload_with;
use super::server::TestServer;
use axum::http::StatusCode;
use muster_domain::auth::{Role, Scope};
use serde_json::{Value, json};

const GOOD: &str = "Event,Ticket,Guest,Mobile,Payment,Transaction,E-mail\n\
    Spring Ball,single,Ada Rao,98450 12345,cash,,\n\
    Spring Ball,Couple,Ben Iyer; Chitra Iyer,98450 12346; 98450 12347,online,T 77,b@example.org\n";

async fn import(server: &TestServer, who: &str, file: &str) -> Value {
    let uploaded = upload_with(server, who, "passes", file.as_bytes(), &[]).await;
    assert_eq!(uploaded.status, StatusCode::CREATED, "{}", uploaded.text);
    uploaded.json()
}

fn path(import: &Value) -> String {
    format!("/api/v1/imports/{}", import["id"].as_str().unwrap())
}

/// What is wrong with each line: its number and the sentence.
fn wrong(import: &Value) -> Vec<(i64, String)> {
    let errors = import["errors"].as_array().unwrap().iter();
    let one = |error: &Value| {
        (error["line"].as_i64().unwrap(), error["detail"].as_str().unwrap().to_owned())
    };
    errors.map(one).collect()
}

async fn ball(server: &TestServer) -> (String, String) {
    let ball = event(server, json!({"capacity": 5})).await;
    let single = pass_type(server, &ball, json!({"name": "Single", "quota": 2})).await;
    pass_type(server, &ball, json!({"name": "Couple", "admits": 2})).await;
    (ball, single)
}

async fn a_table_of_passes_is_issued_whole_sent_and_taken_back(server: TestServer) {
    let server = staffed(server);
    let (ball, _) = ball(&server).await;
    let gate = upload_with(&server, "gate", "passes", GOOD.as_bytes(), &[]).await;
    assert_eq!(gate.status, StatusCode::FORBIDDEN);
    let uploaded = import(&server, "organiser", GOOD).await;
    assert_eq!((&uploaded["created"], &uploaded["wrong"]), (&json!(2), &json!(0)), "{uploaded}");
    let confirmation = format!("{}/confirmation", path(&uploaded));
    let done = server.post("organiser", &confirmation, json!({})).await;
    assert_eq!(done.json()["state"], "imported", "{}", done.text);
    let list = format!("/api/v1/events/{ball}/passes");
    let passes = server.get("organiser", &list).await.json()["items"].clone();
    assert_eq!(passes.as_array().unwrap().len(), 2, "{passes}");
    let codes = server.get("gate", &format!("/events/{ball}/passes/codes?format=csv")).await.text;
    assert!(codes.contains("Ben Iyer, Chitra Iyer") && codes.contains("/p/"), "{codes}");
    let table = server.get("organiser", "/api/v1/exports/passes.csv").await.text;
    assert!(table.contains("Spring Ball") && table.contains("Ada Rao"), "{table}");
    let again = import(&server, "organiser", GOOD).await;
    let said = wrong(&again);
    assert!(
        said.iter().any(|(_, why)| why == "Ada Rao has a pass of this event already."),
        "{again}"
    );

    let undone =
        server.post("organiser", &format!("{}/reversal", path(&uploaded)), json!({})).await;
    assert_eq!((&undone.json()["state"], &undone.json()["kept"]), (&json!("reversed"), &json!(0)));
    let figures = server.get("organiser", &format!("/api/v1/events/{ball}")).await.json();
    assert_eq!(figures["taken"], 0, "{figures}");
    let back = import(&server, "organiser", GOOD).await;
    assert_eq!(back["wrong"], 0, "the places are free again: {back}");
}

async fn a_table_begun_at_an_event_needs_no_column_for_it(server: TestServer) {
    let mut server = staffed(server);
    let (ball, _) = ball(&server).await;
    let other = event(&server, json!({"name": "Autumn Ball"})).await;
    pass_type(&server, &other, json!({"name": "Single"})).await;
    server.join_for("organiser_1", Role::Organiser, Scope::Event(ball.parse().unwrap()));
    let file = "Ticket,Guest,Mobile\nSingle,Ada Rao,98450 12345\n";
    let send = async |who: &str, event: &str, file: &str| {
        upload_with(&server, who, "passes", file.as_bytes(), &[("event", event)]).await
    };
    for (event, file) in [(other.as_str(), file), ("", GOOD)] {
        let refused = send("organiser_1", event, file).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
    }
    let named = "Event,Ticket,Guest,Mobile\nAutumn Ball,Single,Ada Rao,98450 12345\n";
    let wrong_one = send("organiser_1", &ball, named).await.json();
    assert!(wrong(&wrong_one)[0].1.contains("This table is for Spring Ball"), "{wrong_one}");
    let uploaded = send("organiser_1", &ball, file).await;
    assert_eq!(uploaded.status, StatusCode::CREATED, "{}", uploaded.text);
    let uploaded = uploaded.json();
    assert_eq!((&uploaded["created"], &uploaded["wrong"]), (&json!(1), &json!(0)), "{uploaded}");
    let confirmation = format!("{}/confirmation", path(&uploaded));
    let done = server.post("organiser_1", &confirmation, json!({})).await;
    assert_eq!(done.json()["state"], "imported", "{}", done.text);
    let reversal = format!("{}/reversal", path(&uploaded));
    let undone = server.post("organiser_1", &reversal, json!({})).await.json();
    assert_eq!((&undone["state"], &undone["kept"]), (&json!("reversed"), &json!(0)));

    let passes = server.get("organiser_1", &format!("/events/{ball}/passes")).await.text;
    let start = format!("/imports?kind=passes&amp;event={ball}");
    let start_plain = format!("/imports?kind=passes&#38;event={ball}");
    assert!(passes.contains(&start) || passes.contains(&start_plain), "{passes}");
    let form = server.get("organiser_1", &format!("/imports?kind=passes&event={ball}")).await;
    assert!(form.text.contains(&format!("name=\"event\" value=\"{ball}\"")), "{}", form.text);
    let refused = server.get("organiser_1", &format!("/imports?event={other}")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let bare = server.get("organiser_1", "/imports").await.text;
    assert!(bare.contains("Open the page of your event"), "{bare}");
}

async fn every_bad_line_says_why_and_nothing_is_issued(server: TestServer) {
    let server = staffed(server);
    let (ball, single) = ball(&server).await;
    let first = issue(&server, &ball, pass(&single, &[("Ada Rao", "98450 12345")])).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text);
    let file = "Event,Type,Names,Phones,Payment,Reference\n\
        Spring Ball,Single,Dev Nair,12,cash,\n\
        Spring Ball,Balcony,Dev Nair,98450 22221,cash,\n\
        Autumn Ball,Single,Dev Nair,98450 22221,cash,\n\
        Spring Ball,Single,ada rao,+91 98450 12345,cash,\n\
        Spring Ball,Couple,Kim Rao,98450 22241,cash,\n\
        Spring Ball,Single,Esha Pal,98450 22222,cheque,\n\
        Spring Ball,Single,Farid Khan,98450 22223,cash,\n\
        Spring Ball,Single,Gita Das,98450 22224,cash,\n\
        Spring Ball,Couple,Farid Khan; Hema Das,98450 22223; 98450 22225,cash,\n\
        Spring Ball,Couple,I One; I Two,98450 22231; 98450 22232,cash,\n\
        Spring Ball,Couple,J One; J Two,98450 22233; 98450 22234,cash,\n";
    let uploaded = import(&server, "organiser", file).await;
    assert_eq!((&uploaded["wrong"], &uploaded["created"]), (&json!(9), &json!(2)), "{uploaded}");
    let said = uploaded["errors"].to_string();
    for why in [
        "“Balcony” is no pass type of Spring Ball",
        "There is no event “Autumn Ball”",
        "ada rao has a pass of this event already.",
        "A pass of type Couple needs 2 of these, not 1.",
        "“cheque” is none of cash, online and free.",
        "Sold out: no pass of type Single is left.",
        "Farid Khan stands in line",
        "Sold out: the event has no room for this pass.",
    ] {
        assert!(said.contains(why), "{why}: {said}");
    }
    let confirmation = format!("{}/confirmation", path(&uploaded));
    let refused = server.post("organiser", &confirmation, json!({})).await;
    assert_eq!(refused.reason(), "import-wrong", "{}", refused.text);
    let list = format!("/api/v1/events/{ball}/passes");
    let passes = server.get("organiser", &list).await.json()["items"].clone();
    assert_eq!(passes.as_array().unwrap().len(), 1, "{passes}");
}

async fn what_was_sold_since_the_preview_stops_the_whole_table(server: TestServer) {
    let server = staffed(server);
    let (ball, single) = ball(&server).await;
    let file = "Event,Type,Names,Phones\n\
        Spring Ball,Couple,A One; A Two,98450 33331; 98450 33332\n\
        Spring Ball,Single,B One,98450 33333\n";
    let uploaded = import(&server, "organiser", file).await;
    assert_eq!(uploaded["wrong"], 0, "{uploaded}");
    for (name, phone) in [("C One", "98450 44441"), ("D One", "98450 44442")] {
        let sold = issue(&server, &ball, pass(&single, &[(name, phone)])).await;
        assert_eq!(sold.status, StatusCode::CREATED, "{}", sold.text);
    }
    let confirmation = format!("{}/confirmation", path(&uploaded));
    let failed = server.post("organiser", &confirmation, json!({})).await.json();
    assert_eq!(failed["state"], "failed", "{failed}");
    assert!(failed["failure"].as_str().unwrap().contains("Sold out"), "{failed}");
    let figures = server.get("organiser", &format!("/api/v1/events/{ball}")).await.json();
    assert_eq!(figures["taken"], 2, "{figures}");
}

async fn a_pass_that_was_used_stays_when_its_import_is_taken_back(server: TestServer) {
    let server = staffed(server);
    let (ball, _) = ball(&server).await;
    let uploaded = import(&server, "organiser", GOOD).await;
    let confirmation = format!("{}/confirmation", path(&uploaded));
    server.post("organiser", &confirmation, json!({})).await;
    let list = format!("/api/v1/events/{ball}/passes?q=ada");
    let pass = server.get("organiser", &list).await.json()["items"][0]["id"].clone();
    let gate = json!({"event": ball, "name": "North"});
    let gate = server.post("organiser", "/api/v1/points", gate).await.json()["id"].clone();
    let scan = json!({"pass": pass, "point": gate, "direction": "entry", "nonce": "1"});
    let scanned = server.post("organiser", "/api/v1/redemptions", scan).await;
    assert_eq!(scanned.json()["verdict"], "admit", "{}", scanned.text);
    let undone =
        server.post("organiser", &format!("{}/reversal", path(&uploaded)), json!({})).await;
    assert_eq!((&undone.json()["state"], &undone.json()["kept"]), (&json!("reversed"), &json!(1)));
    let path = format!("/api/v1/passes/{}", pass.as_str().unwrap());
    assert_eq!(server.get("organiser", &path).await.json()["state"], "valid");
}

on_both!(
    a_table_of_passes_is_issued_whole_sent_and_taken_back,
    a_table_begun_at_an_event_needs_no_column_for_it,
    every_bad_line_says_why_and_nothing_is_issued,
    what_was_sold_since_the_preview_stops_the_whole_table,
    a_pass_that_was_used_stays_when_its_import_is_taken_back,
);
