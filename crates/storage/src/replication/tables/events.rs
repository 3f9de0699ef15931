//! Events, passes, points, and what happens at doors.

use super::column::{
    Source::{Above, Place},
    Start, bool, bytes, folded, id, int, text, version,
};
use super::people::{credentials, issued};
use super::{Key, List, Side, Table};

pub(super) const EVENT: Table = Table {
    entity: "event",
    name: "events",
    key: Key::Id,
    columns: &[
        text("name"),
        text("venue"),
        int("doors_at"),
        int("starts_at"),
        int("ends_at"),
        int("capacity").opt(),
        text("currency"),
        text("rule"),
        id("home").opt(),
        int("taken").own(Start::Default),
        int("created_at"),
        int("archived_at").opt(),
        version(),
    ],
    sides: &[],
    lists: &[],
};

pub(super) const PASS_TYPE: Table = Table {
    entity: "pass_type",
    name: "pass_types",
    key: Key::Id,
    columns: &[
        id("event").of("event"),
        text("name"),
        folded("name_folded", "name"),
        int("price"),
        int("admits"),
        int("quota").opt(),
        int("sold").own(Start::Default),
        bool("on_sale"),
        version(),
    ],
    sides: &[],
    lists: &[List {
        field: "points",
        name: "pass_type_points",
        of: "pass_type",
        columns: &[id("point").of("point")],
    }],
};

pub(super) const PASS: Table = Table {
    entity: "pass",
    name: "passes",
    key: Key::Id,
    columns: &[
        id("event").of("event"),
        id("pass_type").of("pass_type"),
        text("state"),
        int("issue"),
        int("admits"),
        int("paid"),
        text("payment"),
        text("reference").opt(),
        text("email").opt(),
        text("holder"),
        id("issued_by").of("person"),
        int("issued_at"),
        int("ended_at").opt(),
        text("reason").opt(),
        int("admitted").own(Start::Default),
        version(),
    ],
    sides: &[],
    lists: &[
        List {
            field: "holders",
            name: "pass_holders",
            of: "pass",
            columns: &[
                int("place").from(Place),
                id("event").from(Above("event")).of("event"),
                text("name"),
                folded("name_folded", "name"),
                text("phone"),
                // Nobody holds two of one event.
                bool("valid").own(Start::Zero),
            ],
        },
        credentials(&issued("pass")),
    ],
};

pub(super) const POINT: Table = Table {
    entity: "point",
    name: "points",
    key: Key::Id,
    columns: &[
        text("kind"),
        id("scope"),
        text("name"),
        folded("name_folded", "name"),
        int("archived_at").opt(),
        version(),
    ],
    sides: &[],
    lists: &[],
};

pub(super) const REDEMPTION: Table = Table {
    entity: "redemption",
    name: "redemptions",
    key: Key::Id,
    columns: &[
        id("point").of("point"),
        id("scope"),
        text("nonce"),
        text("kind").opt(),
        id("record").opt(),
        text("direction"),
        int("people"),
        text("verdict"),
        bool("admitted"),
        text("overridden").opt(),
        int("remaining").opt(),
        id("previous").opt().names("redemption"),
        int("moment").opt(),
        text("remark").opt(),
        int("scanned_at"),
        int("received_at"),
        int("clock_off").opt(),
        bool("ended_since"),
        id("person").of("person"),
        id("device").opt().names("verifier_device"),
        text("address"),
        int("undone_at").opt(),
        id("undone_by").opt().of("person"),
        text("undone_reason").opt(),
    ],
    sides: &[Side::of("offline_scans", "redemption").with(&[
        id("device").told_as("offline_device").of("verifier_device"),
        text("verdict").told_as("offline_verdict"),
        text("judged").told_as("offline_judged"),
        int("pack_issued_at"),
    ])],
    lists: &[],
};

pub(super) const INCIDENT: Table = Table {
    entity: "incident",
    name: "incidents",
    key: Key::Id,
    columns: &[
        text("kind"),
        id("redemption").of("redemption"),
        id("other").opt().of("redemption"),
        id("scope"),
        id("device").opt().of("verifier_device"),
        int("made_at"),
        int("settled_at").opt(),
        id("settled_by").opt().names("person"),
        text("comment").opt(),
        version(),
    ],
    sides: &[],
    lists: &[],
};

pub(super) const VERIFIER_DEVICE: Table = Table {
    entity: "verifier_device",
    name: "verifier_devices",
    key: Key::Id,
    columns: &[
        text("name"),
        id("person").of("person"),
        bytes("public_key"),
        int("enrolled_at"),
        id("enrolled_by").names("person"),
        // What it fetched and when it was heard of: that node's alone.
        int("seen_at").own(Start::As("enrolled_at")),
        id("pack_point").opt().own(Start::Default).of("point"),
        int("pack_at").opt().own(Start::Default),
        int("queued").own(Start::Zero),
        int("revoked_at").opt(),
        id("revoked_by").opt().names("person"),
        version(),
    ],
    sides: &[],
    lists: &[],
};
