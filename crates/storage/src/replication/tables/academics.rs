//! Terms, courses, classes, and who learns what when.

use super::column::{Source::Rolled, bool, contested, folded, id, int, text, version};
use super::{Key, Side, Table};

pub(super) const FACULTY: Table = Table {
    entity: "faculty",
    name: "faculties",
    key: Key::Id,
    columns: &[
        text("name"),
        folded("name_folded", "name"),
        int("archived_at").opt(),
        contested(),
        version(),
    ],
    sides: &[],
    lists: &[],
};

pub(super) const PROGRAMME: Table = Table {
    entity: "programme",
    name: "programmes",
    key: Key::Id,
    columns: &[
        id("faculty").opt().of("faculty"),
        text("code"),
        folded("code_folded", "code"),
        text("name"),
        folded("name_folded", "name"),
        text("award").opt(),
        int("total_years"),
        int("semesters_per_year"),
        int("archived_at").opt(),
        contested(),
        version(),
    ],
    sides: &[],
    lists: &[],
};

pub(super) const COURSE: Table = Table {
    entity: "course",
    name: "courses",
    key: Key::Id,
    columns: &[
        text("code"),
        folded("code_folded", "code"),
        text("name"),
        folded("name_folded", "name"),
        int("credits").opt(),
        int("archived_at").opt(),
        contested(),
        version(),
    ],
    sides: &[],
    lists: &[],
};

pub(super) const CURRICULUM: Table = Table {
    entity: "curriculum",
    name: "curriculum",
    key: Key::Id,
    columns: &[
        id("programme").of("programme"),
        id("course").of("course"),
        int("year"),
        int("semester"),
        version(),
    ],
    sides: &[],
    lists: &[],
};

pub(super) const TERM: Table = Table {
    entity: "term",
    name: "terms",
    key: Key::Id,
    columns: &[
        text("name"),
        folded("name_folded", "name"),
        int("starts_on"),
        int("ends_on"),
        int("archived_at").opt(),
        contested(),
        version(),
    ],
    sides: &[Side::of("term_locks", "term").with(&[
        int("locked_at").opt(),
        id("locked_by").opt().names("person"),
        text("reason").told_as("lock_reason"),
        version(),
    ])],
    lists: &[],
};

pub(super) const CLASS: Table = Table {
    entity: "class",
    name: "classes",
    key: Key::Id,
    columns: &[
        id("course").of("course"),
        id("term").of("term"),
        text("section"),
        folded("section_folded", "section"),
        text("room").opt(),
        int("duration_minutes").opt(),
        int("archived_at").opt(),
        contested(),
        version(),
        text("weights").opt(),
        int("late_after_minutes").opt(),
    ],
    // In millionths of a degree, where the journal of the act has degrees.
    sides: &[Side::of("class_locations", "class").with(&[
        int("latitude").told_as("latitude_e6"),
        int("longitude").told_as("longitude_e6"),
        version(),
    ])],
    lists: &[],
};

pub(super) const ENROLMENT: Table = Table {
    entity: "enrolment",
    name: "enrolments",
    key: Key::Id,
    columns: &[
        id("class").of("class"),
        id("person").of("person"),
        text("roll_number"),
        folded("roll_folded", "roll_number"),
        int("roll_order").from(Rolled("roll_number")),
        text("status"),
        contested(),
        int("enrolled_at"),
        version(),
    ],
    sides: &[],
    lists: &[],
};

pub(super) const PATTERN: Table = Table {
    entity: "pattern",
    name: "patterns",
    key: Key::Id,
    columns: &[
        id("class").of("class"),
        text("weekday"),
        int("starts_minute"),
        int("ends_minute"),
        text("room").opt(),
        int("first_on"),
        int("last_on"),
        int("ended_at").opt(),
        version(),
    ],
    sides: &[],
    lists: &[],
};

pub(super) const HOLIDAY: Table = Table {
    entity: "holiday",
    name: "holidays",
    key: Key::Id,
    columns: &[text("name"), int("first_on"), int("last_on"), int("ended_at").opt(), version()],
    sides: &[],
    lists: &[],
};

pub(super) const MEETING: Table = Table {
    entity: "meeting",
    name: "meetings",
    key: Key::Id,
    columns: &[
        id("class").of("class"),
        int("starts_at"),
        int("ends_at"),
        text("room").opt(),
        int("cancelled_at").opt(),
        version(),
        id("pattern").opt().of("pattern"),
        int("week").opt(),
        bool("by_hand"),
        folded("room_folded", "room").opt(),
    ],
    sides: &[],
    lists: &[],
};
