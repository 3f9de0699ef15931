//! People, their roles, and what is known of each.

use super::column::{
    Column, Source::Word, Start, bool, bytes, contested, folded, id, int, text, version,
};
use super::{Key, List, Side, Table};

pub(super) const PERSON: Table = Table {
    entity: "person",
    name: "people",
    key: Key::Id,
    columns: &[
        text("number"),
        folded("number_folded", "number"),
        text("username_folded").told_as("username").opt(),
        text("email").opt(),
        folded("email_folded", "email").opt(),
        text("name"),
        folded("name_folded", "name"),
        text("title").opt(),
        text("phone").opt(),
        // A programme that was written down; the one that exists is a student's.
        text("programme").told_as("programme_text").opt(),
        bytes("photo").opt().own(Start::Default),
        bool("active"),
        contested(),
        int("created_at"),
        version(),
        id("merged_into").opt().of("person"),
    ],
    sides: &[
        Side::of("students", "person").with(&[
            id("programme").told_as("programme_id").opt().of("programme"),
            int("year").opt(),
            int("semester").opt(),
            text("enrolment_number").opt(),
            folded("enrolment_number_folded", "enrolment_number").opt(),
            text("second_email").opt(),
            text("guardian_email").opt(),
            contested(),
            version(),
        ]),
        Side::of("leaderboard_members", "person")
            .with(&[int("joined_at").told_as("leaderboard_since")]),
        // The picture itself is fetched by its digest.
        Side::of("photos", "person").with(&[
            text("media_type").told_as("photo_type"),
            bytes("digest").told_as("photo"),
            bytes("content").elsewhere(),
            version(),
            bytes("small").opt().own(Start::Default),
            text("small_type").opt().own(Start::Default),
        ]),
    ],
    lists: &[
        List {
            field: "studied",
            name: "study_periods",
            of: "person",
            columns: &[
                int("starts_on"),
                id("programme").opt().of("programme"),
                int("year").opt(),
                int("semester").opt(),
                version(),
            ],
        },
        List {
            field: "notice_channels",
            name: "notice_channels",
            of: "person",
            columns: &[text("kind")],
        },
    ],
};

pub(super) const ROLE: Table = Table {
    entity: "role",
    name: "role_grants",
    key: Key::Id,
    columns: &[
        id("person").of("person"),
        text("role"),
        id("class").opt().names("class"),
        id("granted_by").opt().names("person"),
        int("granted_at"),
        int("ended_at").opt(),
        contested(),
        version(),
        id("event").opt().names("event"),
        id("assessment").opt().names("assessment"),
    ],
    sides: &[],
    lists: &[],
};

pub(super) const BADGE: Table = Table {
    entity: "badge",
    name: "badges",
    key: Key::Id,
    columns: &[
        id("person").of("person"),
        int("issue"),
        id("issued_by").opt().names("person"),
        int("issued_at"),
        int("valid_from"),
        int("valid_until"),
        int("voided_at").opt(),
        text("void_reason").opt(),
        version(),
    ],
    sides: &[],
    lists: &[credentials(&issued("badge"))],
};

/// What finds the credentials that were issued of a record: digests alone.
pub(super) const fn credentials(columns: &'static [Column]) -> List {
    List { field: "credentials", name: "credentials", of: "record", columns }
}

/// The columns of credentials that are of that kind.
pub(super) const fn issued(kind: &'static str) -> [Column; 7] {
    [
        bytes("digest"),
        bytes("code"),
        text("kind").from(Word(kind)),
        int("issue"),
        bytes("signing_key"),
        int("issued_at"),
        int("superseded_at").opt(),
    ]
}

pub(super) const REMINDER: Table = Table {
    entity: "reminder",
    name: "reminders",
    key: Key::Id,
    columns: &[
        id("class").of("class"),
        id("person").of("person"),
        text("reason"),
        int("sent_on"),
        id("sent_by").of("person"),
        int("sent_at"),
    ],
    sides: &[
        // What the student reads; whether they did is this node's alone.
        Side::of("notices", "id").first().with(&[
            id("person").of("person"),
            text("kind").told_as("notice_kind"),
            text("title"),
            text("body"),
            text("link").opt(),
            int("created_at"),
            int("read_at").opt().own(Start::Default),
            version(),
        ]),
    ],
    lists: &[],
};

pub(super) const ANNOUNCEMENT: Table = Table {
    entity: "announcement",
    name: "announcements",
    key: Key::Id,
    columns: &[
        id("programme").opt().of("programme"),
        id("class").opt().of("class"),
        text("title"),
        text("text"),
        int("first_on"),
        int("last_on"),
        bool("pinned"),
        id("author").of("person"),
        int("created_at"),
        int("ended_at").opt(),
        version(),
    ],
    sides: &[],
    lists: &[],
};
