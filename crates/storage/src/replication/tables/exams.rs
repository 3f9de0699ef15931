//! Assessments and all about them: money, holds, dockets, sittings, results.

use super::column::{bool, contested, folded, id, int, text, version};
use super::people::{credentials, issued};
use super::{Key, List, Table};

pub(super) const ASSESSMENT: Table = Table {
    entity: "assessment",
    name: "assessments",
    key: Key::Id,
    columns: &[
        id("term").of("term"),
        text("code"),
        folded("code_folded", "code"),
        text("name"),
        int("required_share"),
        int("position"),
        bool("active"),
        contested(),
        version(),
    ],
    sides: &[],
    lists: &[],
};

pub(super) const FEE: Table = Table {
    entity: "fee",
    name: "fees",
    key: Key::Id,
    columns: &[
        id("term").of("term"),
        id("programme").of("programme"),
        int("year"),
        int("semester"),
        int("amount"),
        version(),
    ],
    sides: &[],
    lists: &[],
};

pub(super) const PAYMENT: Table = Table {
    entity: "payment",
    name: "payments",
    key: Key::Id,
    columns: &[
        id("person").of("person"),
        id("term").of("term"),
        int("amount"),
        text("kind").told_as("type"),
        text("method"),
        text("receipt").opt(),
        folded("receipt_folded", "receipt").opt(),
        int("paid_on"),
        text("note").opt(),
        text("state"),
        id("recorded_by").opt().names("person"),
        int("recorded_at"),
        id("reversed_by").opt().names("person"),
        int("reversed_at").opt(),
        text("reversal_reason").opt(),
        contested(),
        version(),
    ],
    sides: &[],
    lists: &[],
};

pub(super) const CLEARANCE: Table = Table {
    entity: "clearance",
    name: "clearances",
    key: Key::Id,
    columns: &[
        id("person").of("person"),
        id("assessment").of("assessment"),
        bool("cleared"),
        text("reason"),
        int("until_on").told_as("until"),
        id("made_by").opt().names("person"),
        int("made_at"),
        int("ended_at").opt(),
        version(),
    ],
    sides: &[],
    lists: &[],
};

pub(super) const HOLD: Table = Table {
    entity: "hold",
    name: "holds",
    key: Key::Id,
    columns: &[
        id("person").of("person"),
        text("reason"),
        id("placed_by").opt().names("person"),
        int("placed_at"),
        id("lifted_by").opt().names("person"),
        int("lifted_at").opt(),
        text("lifting_reason").opt(),
        version(),
    ],
    sides: &[],
    lists: &[],
};

pub(super) const DOCKET: Table = Table {
    entity: "docket",
    name: "dockets",
    key: Key::Id,
    columns: &[
        id("person").of("person"),
        id("assessment").of("assessment"),
        int("issue"),
        id("issued_by").opt().names("person"),
        int("issued_at"),
        int("valid_from"),
        int("valid_until"),
        version(),
    ],
    sides: &[],
    lists: &[credentials(&issued("docket"))],
};

pub(super) const SITTING: Table = Table {
    entity: "sitting",
    name: "sittings",
    key: Key::Id,
    columns: &[
        id("assessment").of("assessment"),
        id("class").of("class"),
        int("starts_at"),
        int("ends_at"),
        text("rooms"),
        version(),
    ],
    sides: &[],
    lists: &[List {
        field: "places",
        name: "sitting_places",
        of: "sitting",
        columns: &[id("person").of("person"), text("room")],
    }],
};

pub(super) const RESULT_SHEET: Table = Table {
    entity: "result_sheet",
    name: "result_sheets",
    key: Key::Id,
    columns: &[
        id("class").of("class"),
        id("assessment").of("assessment"),
        int("maximum"),
        int("weight"),
        id("published_by").opt().names("person"),
        int("published_at").opt(),
        text("withdrawal").opt(),
        version(),
    ],
    sides: &[],
    lists: &[],
};

pub(super) const RESULT: Table = Table {
    entity: "result",
    name: "results",
    key: Key::Id,
    columns: &[
        id("class").of("class"),
        id("assessment").of("assessment"),
        id("person").of("person"),
        text("state"),
        int("points").opt(),
        text("remark").opt(),
        id("entered_by").opt().names("person"),
        int("entered_at"),
        version(),
    ],
    sides: &[],
    lists: &[],
};
