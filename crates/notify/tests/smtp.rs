//! Letters over a real connection, to a small mail server in this process.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use muster_notify::{ConfigError, Failure, Letter, Mailer};
use muster_testkit::Catcher;
use std::net::TcpListener;

fn letter() -> Letter {
    Letter {
        id: "0190".to_owned(),
        to: "ada@campus.example".to_owned(),
        subject: "A new\r\nBcc: all@campus.example".to_owned(),
        text: "Grüße\n.\nfrom the office".to_owned(),
    }
}

fn mailer(url: &str) -> Mailer {
    Mailer::new(url, "Muster <muster@campus.example>").unwrap()
}

#[test]
fn a_letter_arrives_as_it_was_written() {
    let catcher = Catcher::start(None);
    mailer(&catcher.url).send(&letter()).unwrap();
    let taken = catcher.next();
    assert!(taken.contains("RCPT TO:<ada@campus.example>"), "{taken}");
    assert!(taken.contains("Message-ID: <0190@campus.example>"), "{taken}");
    assert!(taken.contains("Subject: A new Bcc: all@campus.example"), "one line: {taken}");
    assert!(taken.contains("from the office") && !taken.contains("RCPT TO:<all@"), "{taken}");
}

#[test]
fn a_server_that_says_no_for_good_is_believed_and_one_that_is_busy_asked_again() {
    for (answer, is_final) in [("550 no such box", true), ("451 try later", false)] {
        let catcher = Catcher::start(Some(answer));
        let failure = mailer(&catcher.url).send(&letter()).unwrap_err();
        assert_eq!(matches!(failure, Failure::Final(_)), is_final, "{failure:?}");
    }
}

#[test]
fn a_server_that_is_away_is_asked_again() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let failure = mailer(&format!("smtp://{closed}")).send(&letter()).unwrap_err();
    assert!(matches!(failure, Failure::Passing(_)), "{failure:?}");
}

#[test]
fn an_address_that_is_none_is_told_at_once() {
    let (to, away) = ("nobody".to_owned(), mailer("smtp://127.0.0.1:9"));
    assert!(matches!(away.send(&Letter { to, ..letter() }), Err(Failure::Final(_))));
    assert!(matches!(Mailer::new("http://mail", "a@b.example"), Err(ConfigError::Url(_))));
    assert!(matches!(Mailer::new("smtp://mail", "nobody"), Err(ConfigError::From(_))));
}
