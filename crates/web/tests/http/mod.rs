//! A file per subject; `server` is the institution they all begin with.

/// Runs each of these on both databases.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite { $(#[tokio::test] async fn $name() {
            let server = crate::http::server::TestServer::start(muster_testkit::sqlite());
            super::$name(server).await;
        })+ }
        mod on_postgres { $(#[tokio::test] async fn $name() {
            let server = crate::http::server::TestServer::start(muster_testkit::postgres());
            super::$name(server).await;
        })+ }
    };
}

mod academics;
mod access;
mod account;
mod admin;
mod announcements;
mod archived;
mod assets;
mod attachments;
mod attempts;
mod attributed;
mod badges;
mod beside;
mod brought_passwords;
mod bulk;
mod conflicts;
mod contract;
mod copies;
mod corrections;
mod decided_alike;
mod decided_at_exams;
mod distance;
mod dockets;
mod documents;
mod doors;
mod enrolment;
mod entry_hours;
mod events;
mod factors;
mod figures;
mod files;
mod finance;
mod first_codes;
mod frames;
mod imports;
mod inbox;
mod install;
mod issuer;
mod late;
mod leaves;
mod letters;
mod lists;
mod live;
mod lives;
mod locks;
mod many;
mod marking;
mod merged_results;
mod merges;
mod mistyped;
mod moving_in;
mod nodes;
mod offline;
mod oneroster;
mod online;
mod openapi;
mod own;
mod pass_imports;
mod passkeys;
mod people;
mod phones;
mod photos;
mod pins;
mod profile;
mod programmes;
mod provider;
mod proxies;
mod receipts;
mod records;
mod redemption_lots;
mod redemptions;
mod registers;
mod reminders;
mod repeated;
mod results;
mod room_lists;
mod room_packs;
mod rooms;
mod rosters;
mod rotated_keys;
mod scoped_roles;
mod secrets;
mod server;
mod serving;
mod sessions;
mod settings;
mod sharing;
mod sign_in;
mod steps;
mod telling;
mod timetable;
mod tls;
mod together;
mod withdrawn_keys;
