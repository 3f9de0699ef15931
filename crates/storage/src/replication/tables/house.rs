//! What the institution set: settings, and its documents on paper.

use super::column::{bytes, id, int, text, version};
use super::{Key, Table};

pub(super) const SETTING: Table = Table {
    entity: "setting",
    name: "settings",
    key: Key::Named(""),
    columns: &[
        text("name"),
        text("value"),
        id("changed_by").opt().names("person"),
        int("changed_at"),
        version(),
    ],
    sides: &[],
    lists: &[],
};

/// There is one; the picture itself is fetched by its digest.
pub(super) const LOGO: Table = Table {
    entity: "document",
    name: "logo",
    key: Key::Single("document/logo"),
    columns: &[bytes("digest").told_as("logo"), bytes("content").elsewhere(), version()],
    sides: &[],
    lists: &[],
};

pub(super) const TEMPLATE: Table = Table {
    entity: "document",
    name: "document_templates",
    key: Key::Named("document/"),
    columns: &[text("name"), text("source"), version()],
    sides: &[],
    lists: &[],
};

pub(super) const SIGNING_KEY: Table = Table {
    entity: "signing_key",
    name: "signing_keys",
    key: Key::Id,
    columns: &[
        id("node"),
        bytes("public_key"),
        int("told_at"),
        int("withdrawn_at").opt(),
        version(),
    ],
    sides: &[],
    lists: &[],
};
