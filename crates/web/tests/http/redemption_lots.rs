//! What many verifiers present at the same moment is served in one transaction: each as if it were
//! alone after the ones before it, and none suffers for another.

use super::events::{issue, pass, staffed};
use super::redemptions::{ADA, BEN, Gate, at, gate, recorded};
use super::server::{TestServer, signing};
use axum::http::StatusCode;
use futures_util::future::join_all;
use muster_app::passes::{self, HolderInput, TransferInput};
use muster_app::redemptions::{A_BADGE, Offered, Presenting, RedeemInput, Redeemed, redeem_many};
use muster_app::{Ctx, Result};
use muster_domain::auth::{Actor, Grant, Role, Scope};
use muster_domain::ids::EventId;
use muster_domain::verification::Direction;
use muster_domain::verification::VerdictKind::{self, Admit, AlreadyUsed, Forged, Superseded};
use muster_storage::Act;
use muster_testkit::{Database, postgres};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;

fn input(gate: &Gate, shown: &str, nonce: &str) -> RedeemInput {
    RedeemInput {
        offered: Offered::Text(shown.to_owned()),
        point: gate.point.parse().unwrap(),
        direction: Direction::Entry,
        count: None,
        nonce: nonce.to_owned(),
        at: None,
        sent_at: None,
        force: false,
        reason: String::new(),
        decided: None,
    }
}

/// Somebody at a gate presents that, in an act of their own.
fn presenting(server: &TestServer, who: &str, role: Role, input: RedeemInput) -> Presenting {
    presenting_for(server, who, (role, Scope::Institution), input)
}

/// The same of somebody who holds their role there alone.
fn presenting_for(
    server: &TestServer,
    who: &str,
    (role, scope): (Role, Scope),
    input: RedeemInput,
) -> Presenting {
    let mut ctx = Ctx::new("api", server.now(), server.seed(), server.key.clone());
    ctx.signing = Some(signing());
    let grants = vec![Grant { role, scope }];
    let actor = Actor { person: server.people[who], login: None, grants, class: None };
    Presenting::new(Arc::new(ctx.signed_in(Some(actor))), input)
}

/// Serves a lot in one transaction.
async fn lot(server: &TestServer, lot: Vec<Presenting>) -> Vec<Result<Redeemed>> {
    let act = Act { actor: None, ..lot[0].act().clone() };
    let done = server.store.write(&act, move |tx| redeem_many(tx, &lot));
    done.await.unwrap()
}

fn verdicts(done: &[Result<Redeemed>]) -> Vec<VerdictKind> {
    done.iter().map(|one| one.as_ref().unwrap().row.verdict).collect()
}

async fn in_a_lot_each_sees_what_those_before_it_left(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({}), &[ADA]).await;
    let other = issue(&server, &gate.event, pass(&gate.kind, &[BEN])).await.json()["id"].clone();
    let by_gate = |shown: &str, nonce: &str| {
        presenting(&server, "gate", Role::Gate, input(&gate, shown, nonce))
    };
    let by_name = RedeemInput {
        offered: Offered::Pass(other.as_str().unwrap().parse().unwrap()),
        ..input(&gate, "", "by name")
    };
    let done = lot(
        &server,
        vec![
            by_gate(&gate.credential, "1"),
            by_gate(&gate.credential, "2"),
            by_gate(&gate.code, "3"),
            by_gate(&gate.credential, "1"),
            by_gate("MUSTER:12345", "4"),
            presenting(&server, "organiser", Role::Organiser, by_name),
        ],
    )
    .await;
    assert_eq!(verdicts(&done), [Admit, AlreadyUsed, AlreadyUsed, Admit, Forged, Admit]);
    let done: Vec<Redeemed> = done.into_iter().map(Result::unwrap).collect();
    assert_eq!(
        done.iter().map(|one| one.already).collect::<Vec<_>>(),
        [false, false, false, true, false, false]
    );
    assert_eq!(done[3].row.id, done[0].row.id, "the same name again is the same record");
    for later in &done[1..3] {
        let previous = later.previous.as_ref().unwrap();
        assert_eq!((previous.id, previous.person_name.as_str()), (done[0].row.id, "gate"));
    }
    let (pass, _, holders) = done[0].pass.as_ref().unwrap();
    assert_eq!((pass.admitted, holders[0].name.as_str()), (1, "Ada Rao"));
    assert_eq!(recorded(&server, &gate).await.len(), 5);
    let figures = format!("/api/v1/events/{}/figures", gate.event);
    assert_eq!(server.get("gate", &figures).await.json()["admitted"], 2);
}

async fn what_a_lot_answers_is_what_is_read_back(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({"entries": "reentry"}), &[ADA, BEN]).await;
    let one = RedeemInput { count: Some(1), ..input(&gate, &gate.credential, "1") };
    let out = RedeemInput {
        direction: Direction::Exit,
        count: Some(1),
        ..input(&gate, &gate.credential, "2")
    };
    let again = input(&gate, &gate.code, "3");
    let shown = [one, out, again].map(|one| presenting(&server, "gate", Role::Gate, one)).to_vec();
    let told = lot(&server, shown.clone()).await;
    let read = lot(&server, shown).await;
    for (told, read) in told.into_iter().zip(read) {
        let (told, read) = (told.unwrap(), read.unwrap());
        assert!(!told.already && read.already);
        assert_eq!(told.row, read.row);
        assert_eq!((told.point, told.previous), (read.point, read.previous));
        assert_eq!(told.pass, read.pass);
    }
}

async fn who_may_not_verify_or_says_nothing_takes_nothing_from_the_others(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({}), &[ADA]).await;
    let of = |who: &str, role, shown: &str, nonce: &str| {
        presenting(&server, who, role, input(&gate, shown, nonce))
    };
    let done = lot(
        &server,
        vec![
            of("teacher", Role::Teacher, &gate.credential, "1"),
            of("gate", Role::Gate, "", "2"),
            of("gate", Role::Gate, &gate.credential, ""),
            of("gate", Role::Gate, &gate.credential, "4"),
        ],
    )
    .await;
    let came: Vec<_> = done
        .iter()
        .map(|one| one.as_ref().map_or_else(muster_app::Error::reason, |one| one.row.verdict.key()))
        .collect();
    assert_eq!(came, ["forbidden", "invalid", "invalid", "admit"]);
    assert_eq!(recorded(&server, &gate).await.len(), 1);
}

async fn in_a_lot_each_may_what_they_may_at_that_place(server: TestServer) {
    let server = staffed(server);
    let ball = gate(&server, json!({"name": "Spring Ball"}), &[ADA]).await;
    let other = gate(&server, json!({"name": "Autumn Ball"}), &[BEN]).await;
    let of_ball = Scope::Event(ball.event.parse::<EventId>().unwrap());
    let by_gate = |input| presenting_for(&server, "gate", (Role::Gate, of_ball), input);
    let by_organiser =
        |input| presenting_for(&server, "organiser", (Role::Organiser, of_ball), input);
    let badge = format!("/api/v1/people/{}/badge", server.people["student"]);
    assert_eq!(server.post("registrar", &badge, json!({})).await.status, StatusCode::CREATED);
    let badge = server.get("registrar", &badge).await.json();
    let by_name = |at: &Gate, nonce: &str| RedeemInput {
        offered: Offered::Pass(other.pass.parse().unwrap()),
        ..input(at, "", nonce)
    };
    let forced = |at: &Gate, nonce: &str| RedeemInput {
        force: true,
        reason: "A guest of honour".to_owned(),
        ..input(at, &other.credential, nonce)
    };
    let done = lot(
        &server,
        vec![
            by_gate(input(&other, &other.credential, "1")),
            by_gate(by_name(&ball, "2")),
            by_gate(input(&ball, &other.credential, "3")),
            by_gate(forced(&ball, "4")),
            by_organiser(forced(&other, "5")),
            by_organiser(forced(&ball, "6")),
            by_gate(input(&ball, badge["credential"].as_str().unwrap(), "7")),
            by_gate(input(&ball, badge["readable_code"].as_str().unwrap(), "8")),
            presenting(&server, "gate", Role::Gate, by_name(&other, "9")),
            by_gate(input(&ball, &ball.credential, "10")),
        ],
    )
    .await;
    let came: Vec<_> = done
        .iter()
        .map(|one| one.as_ref().map_or_else(muster_app::Error::reason, |one| one.row.verdict.key()))
        .collect();
    assert_eq!(
        came,
        [
            "forbidden",
            "invalid",
            "wrong_place",
            "forbidden",
            "forbidden",
            "admit",
            "wrong_place",
            "wrong_place",
            "admit",
            "admit"
        ]
    );
    for badge in &done[6..8] {
        let row = &badge.as_ref().unwrap().row;
        assert_eq!((row.remark.as_deref(), row.record), (Some(A_BADGE), None));
    }
}

async fn each_of_a_lot_is_in_the_journal_by_who_did_it(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({}), &[ADA]).await;
    let first = presenting(&server, "gate", Role::Gate, input(&gate, &gate.credential, "1"));
    let forced = RedeemInput {
        force: true,
        reason: "Came back for a coat".to_owned(),
        ..input(&gate, &gate.credential, "2")
    };
    let forced = presenting(&server, "organiser", Role::Organiser, forced);
    let acts = [&first, &forced].map(|one| one.act().id);
    assert_ne!(acts[0], acts[1]);
    let done = lot(&server, vec![first, forced]).await;
    assert_eq!(done[1].as_ref().unwrap().row.overridden, Some(VerdictKind::AlreadyUsed));
    let path = "/api/v1/journal?action=redemption.record";
    let entries = server.get("registrar", path).await.json()["items"].clone();
    let entries = entries.as_array().unwrap();
    let by: Vec<_> = entries.iter().map(|entry| entry["actor_name"].clone()).collect();
    assert_eq!(entries.len(), 2, "{entries:?}");
    assert!(by.contains(&json!("gate")) && by.contains(&json!("organiser")), "{entries:?}");
}

async fn requests_at_the_same_moment_are_each_answered_for_themselves(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({}), &[ADA]).await;
    let bodies: Vec<Value> = (0..24)
        // Every fourth is sent twice.
        .map(|n| at(&gate, &gate.credential, &(n - i32::from(n % 4 == 1)).to_string()))
        .chain([at(&gate, "", "nothing")])
        .collect();
    let sent = bodies.into_iter().map(|body| server.post("gate", "/api/v1/redemptions", body));
    let answers = join_all(sent).await;
    let with = |status| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!(with(StatusCode::UNPROCESSABLE_ENTITY), 1);
    assert_eq!((with(StatusCode::CREATED), with(StatusCode::OK)), (18, 6));
    let all = recorded(&server, &gate).await;
    assert_eq!(all.iter().filter(|one| one["admitted"] == true).count(), 1);
    assert_eq!(all.len(), 18);
}

/// A pass changes hands while somebody at the gate waits for it: the credential was read as it had been
/// before, and is read again.
#[tokio::test]
async fn a_pass_that_changes_hands_while_it_is_waited_for_admits_its_new_holder_alone_on_postgres()
{
    let server = staffed(TestServer::start(postgres()));
    for typed in [false, true] {
        let gate = gate(&server, json!({"name": format!("Ball {typed}")}), &[ADA]).await;
        let shown = if typed { &gate.code } else { &gate.credential };
        let (giving, held) = give_away(&server, &gate);
        held.recv().unwrap();
        let one = presenting(&server, "gate", Role::Gate, input(&gate, shown, "1"));
        assert_eq!(verdicts(&lot(&server, vec![one]).await), [Superseded], "typed: {typed}");
        giving.join().unwrap();
        let now = server.get("gate", &format!("/api/v1/passes/{}", gate.pass)).await.json();
        let now = now["credential"].as_str().unwrap().to_owned();
        let one = presenting(&server, "gate", Role::Gate, input(&gate, &now, "2"));
        assert_eq!(verdicts(&lot(&server, vec![one]).await), [Admit]);
    }
}

/// Hands the pass on, in a transaction that ends only when somebody waits for it; says when it holds it.
fn give_away(server: &TestServer, gate: &Gate) -> (JoinHandle<()>, Receiver<()>) {
    let (begun, held) = channel();
    let mut ctx = Ctx::new("api", server.now(), server.seed(), server.key.clone());
    ctx.signing = Some(signing());
    let grants = vec![Grant { role: Role::Organiser, scope: Scope::Institution }];
    let actor = Actor { person: server.people["organiser"], login: None, grants, class: None };
    let ctx = Arc::new(ctx.signed_in(Some(actor)));
    let holder = HolderInput { name: BEN.0.to_owned(), phone: BEN.1.to_owned() };
    let input =
        TransferInput { holders: vec![holder], email: String::new(), reason: String::new() };
    let (act, id, url) = (ctx.act.clone(), gate.pass.parse().unwrap(), server.database.url.clone());
    let pending = server.store.write(&act, move |tx| {
        passes::transfer(tx, &ctx, id, &input)?;
        let _ = begun.send(());
        Database::until_one_waits(&url);
        muster_app::Result::Ok(())
    });
    (std::thread::spawn(move || pending.wait().unwrap()), held)
}

on_both!(
    in_a_lot_each_sees_what_those_before_it_left,
    what_a_lot_answers_is_what_is_read_back,
    who_may_not_verify_or_says_nothing_takes_nothing_from_the_others,
    in_a_lot_each_may_what_they_may_at_that_place,
    each_of_a_lot_is_in_the_journal_by_who_did_it,
    requests_at_the_same_moment_are_each_answered_for_themselves,
);
