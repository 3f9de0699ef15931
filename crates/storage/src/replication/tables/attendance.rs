//! Sessions, marks, and what students ask for about them.

use super::column::{
    Source::{Record, Topic},
    Start, bool, bytes, contested, id, int, text, version,
};
use super::{Key, Side, Table};

pub(super) const SESSION: Table = Table {
    entity: "session",
    name: "sessions",
    key: Key::Id,
    columns: &[
        id("class").of("class"),
        id("meeting").opt().of("meeting"),
        text("mode"),
        text("methods"),
        text("topic").opt(),
        int("late_from"),
        id("opened_by").of("person"),
        int("opened_at"),
        int("ends_at"),
        int("closed_at").opt(),
        id("closed_by").opt().names("person"),
        int("step_seconds"),
        bytes("short_id"),
        contested(),
        version(),
    ],
    sides: &[],
    lists: &[],
};

pub(super) const MARK: Table = Table {
    entity: "mark",
    name: "marks",
    key: Key::Mark,
    columns: &[
        id("id").from(Record),
        id("session").from(Topic).of("session"),
        id("person").names("person"),
        text("status"),
        text("method"),
        id("marked_by").told_as("by").opt().names("person"),
        int("at"),
        int("step").opt(),
        id("device").opt(),
        text("address").opt(),
        text("reason").opt(),
        version(),
    ],
    sides: &[Side::of("mark_distances", "session").with(&[int("metres")])],
    lists: &[],
};

pub(super) const CORRECTION: Table = Table {
    entity: "correction",
    name: "corrections",
    key: Key::Id,
    columns: &[
        id("session").of("session"),
        id("class").of("class"),
        id("person").of("person"),
        text("was").opt(),
        text("wanted"),
        text("reason"),
        bytes("attachment").told_as("attachment_sha256").opt().of("attachment"),
        text("attachment_name").told_as("attachment").opt(),
        text("state"),
        int("asked_at"),
        id("decided_by").opt().names("person"),
        int("decided_at").opt(),
        text("comment").opt(),
        contested(),
        version(),
        text("given").opt(),
    ],
    sides: &[],
    lists: &[],
};

pub(super) const LEAVE: Table = Table {
    entity: "leave",
    name: "leaves",
    key: Key::Id,
    columns: &[
        id("person").of("person"),
        int("starts_on"),
        int("ends_on"),
        text("reason"),
        bytes("attachment").told_as("attachment_sha256").opt().of("attachment"),
        text("attachment_name").told_as("attachment").opt(),
        text("state"),
        id("asked_by").names("person"),
        int("asked_at"),
        id("decided_by").opt().names("person"),
        int("decided_at").opt(),
        text("comment").opt(),
        version(),
    ],
    sides: &[],
    lists: &[],
};

pub(super) const DEVICE_KEY: Table = Table {
    entity: "device_key",
    name: "device_keys",
    key: Key::Id,
    columns: &[
        id("person").of("person"),
        bytes("public_key"),
        text("name"),
        id("device").opt(),
        int("registered_at"),
        // Where the device was heard of last, and how far its chain is: that node's alone.
        int("heard_at").own(Start::As("registered_at")),
        int("heard_before").opt().own(Start::Default),
        int("sequence").own(Start::Zero),
        bytes("head").own(Start::Empty),
        int("withdrawn_at").opt(),
        id("withdrawn_by").opt().names("person"),
        version(),
    ],
    sides: &[],
    lists: &[],
};

pub(super) const RECEIPT: Table = Table {
    entity: "receipt",
    name: "offline_receipts",
    key: Key::Id,
    columns: &[
        id("key").of("device_key"),
        id("person").of("person"),
        id("session").opt().of("session"),
        int("sequence"),
        int("scanned_at"),
        int("ahead").opt(),
        int("received_at"),
        int("step").opt(),
        int("shown_at").opt(),
        bool("two_codes"),
        text("result"),
        text("reason").opt(),
        text("flags"),
        text("address"),
        bytes("bytes"),
    ],
    sides: &[],
    lists: &[],
};
