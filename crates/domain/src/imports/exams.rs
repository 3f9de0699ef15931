//! The columns of what is sat and what is reached.

use super::columns::{COURSE, Column, NUMBER, SECTION, TERM_OF_MARKS, column};

pub(super) const SITTINGS: &[Column] = &[
    COURSE,
    SECTION,
    TERM_OF_MARKS,
    column(
        "assessment",
        "Assessment",
        false,
        "Its code, for example CA1; the active one without it",
        &["exam", "examtype", "assessmentcode", "test"],
    ),
    column(
        "date",
        "Date",
        true,
        "For example 2026-11-21",
        &["day", "examdate", "dateofexam", "on"],
    ),
    column(
        "starts_at",
        "Start",
        true,
        "For example 10:00",
        &["start", "starttime", "from", "begin", "begins", "time", "examtime"],
    ),
    column("ends_at", "End", true, "For example 13:00", &["end", "endtime", "to", "until", "ends"]),
    column(
        "rooms",
        "Rooms",
        true,
        "Several with semicolons",
        &["room", "venue", "venues", "hall", "halls", "classroom", "location"],
    ),
];

pub(super) const RESULTS: &[Column] = &[
    NUMBER,
    COURSE,
    SECTION,
    TERM_OF_MARKS,
    column(
        "assessment",
        "Assessment",
        true,
        "Its code, for example CA1",
        &["exam", "examtype", "assessmentcode", "test", "component"],
    ),
    column(
        "score",
        "Score",
        true,
        "Points, for example 14.5; AB for absent, EX for exempt",
        &["points", "marks", "mark", "marksobtained", "obtained", "result", "value"],
    ),
    column("remark", "Remark", false, "Shown to the student", &["remarks", "comment", "note"]),
    column(
        "reason",
        "Reason",
        false,
        "Why a result that is published changes",
        &["why", "reasonforchange", "changereason"],
    ),
];
