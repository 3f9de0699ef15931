//! `vectors/verification.json`: what the server and the verifier's phone must decide alike.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use muster_domain::verification::{
    Finding, Presented, Record, Redemption, Rule, Scan, Verdict, decide, review,
};
use serde::Deserialize;
use std::collections::HashSet;

#[derive(Deserialize)]
struct Vectors {
    decide: Vec<Case>,
    review: Vec<Reviewed>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    presented: String,
    record: Option<Record>,
    rule: Rule,
    history: Vec<Redemption>,
    scan: Scan,
    verdict: Verdict,
}

#[derive(Deserialize)]
struct Reviewed {
    name: String,
    record: Record,
    rule: Rule,
    history: Vec<Redemption>,
    findings: Vec<Finding>,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../vectors/verification.json")).unwrap()
}

#[test]
fn there_are_enough_cases_and_each_has_its_own_name() {
    let all = vectors();
    let names: Vec<_> = all
        .decide
        .iter()
        .map(|case| &case.name)
        .chain(all.review.iter().map(|case| &case.name))
        .collect();
    assert!(names.len() >= 60, "{}", names.len());
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
}

#[test]
fn scans_are_decided_as_written() {
    for case in vectors().decide {
        let presented = match (case.presented.as_str(), &case.record) {
            ("forged", _) => Presented::Forged,
            ("unknown", _) => Presented::Unknown,
            (_, record) => Presented::Known(record.as_ref().unwrap()),
        };
        let verdict = decide(presented, &case.rule, &case.history, &case.scan);
        assert_eq!(verdict, case.verdict, "{}", case.name);
    }
}

#[test]
fn records_are_reviewed_as_written() {
    for case in vectors().review {
        let findings = review(&case.record, &case.rule, &case.history);
        assert_eq!(findings, case.findings, "{}", case.name);
    }
}

#[test]
fn the_order_in_which_records_arrive_changes_nothing() {
    for case in vectors().review {
        let (mut history, mut findings) = (case.history, case.findings);
        history.reverse();
        findings.reverse();
        assert_eq!(review(&case.record, &case.rule, &history), findings, "{}", case.name);
    }
}
