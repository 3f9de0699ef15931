//! Muster's records on SQLite and PostgreSQL. All SQL lives in this crate, a file a capability.
//!
//! [`Store::read`] and [`Store::write`] take plain closures, so that everything above stays
//! synchronous; [`Pending`] lets asynchronous code await the answer. A write is answered only
//! after its COMMIT is on disk.

pub mod academics;
pub mod accounts;
pub mod analytics;
pub mod announcements;
pub mod assessments;
pub mod attachments;
pub mod auth;
pub mod badges;
pub mod batches;
pub mod bulk;
pub mod called;
pub mod candidates;
pub mod channels;
pub mod clearances;
pub mod conflicts;
pub mod contested;
pub mod corrections;
pub mod credentials;
pub mod curriculum;
pub mod devices;
pub mod dockets;
pub mod documents;
mod engine;
pub mod enrolment;
pub mod events;
pub mod factors;
pub mod feeds;
pub mod fees;
pub mod finding;
pub mod holds;
pub mod holidays;
pub mod idempotency;
pub mod imports;
pub mod incidents;
#[cfg(feature = "testing")]
pub mod inspect;
pub mod journal;
pub mod leaderboard;
pub mod leaves;
pub mod letters;
pub mod locations;
pub mod locks;
pub mod merges;
pub mod moving;
pub mod narrowed;
pub mod notices;
pub mod operations;
pub mod packs;
pub mod passes;
pub mod passkeys;
pub mod patterns;
pub mod payments;
pub mod peers;
pub mod people;
pub mod photos;
pub mod pins;
pub mod points;
pub mod programmes;
pub mod receipts;
pub mod redemptions;
pub mod registers;
pub mod reminders;
pub mod replication;
pub mod results;
mod roles;
pub mod room_lists;
pub mod room_packs;
pub mod roster_ids;
pub mod rosters;
pub mod secrets;
pub mod sessions;
pub mod settings;
pub mod shares;
pub mod signing_keys;
pub mod sittings;
pub mod stale;
pub mod students;
pub mod tallies;
#[cfg(feature = "testing")]
pub mod template;
pub mod timetable;
pub mod untold;
pub mod verifiers;

pub use engine::{
    Act, Column, Columns, Error, FromRow, Naming, Pending, ReadTx, Result, Row, Statement, Store,
    StoreConfig, ToValue, Value, WriteTx,
};

/// Every statement of every capability, so that a test can prepare each one on both databases.
pub fn statements() -> Vec<&'static Statement> {
    [
        academics::ALL,
        accounts::ALL,
        analytics::ALL,
        announcements::ALL,
        assessments::ALL,
        attachments::ALL,
        auth::ALL,
        badges::ALL,
        batches::ALL,
        candidates::ALL,
        channels::ALL,
        clearances::ALL,
        credentials::ALL,
        curriculum::ALL,
        bulk::ALL,
        called::ALL,
        conflicts::ALL,
        contested::ALL,
        corrections::ALL,
        devices::ALL,
        dockets::ALL,
        documents::ALL,
        enrolment::ALL,
        events::ALL,
        factors::ALL,
        feeds::ALL,
        fees::ALL,
        finding::ALL,
        holds::ALL,
        holidays::ALL,
        idempotency::ALL,
        imports::ALL,
        incidents::ALL,
        journal::append::ALL,
        journal::browse::ALL,
        journal::follow::ALL,
        journal::mark::ALL,
        journal::node::ALL,
        journal::verify::ALL,
        leaderboard::ALL,
        leaves::ALL,
        locks::ALL,
        letters::ALL,
        locations::ALL,
        narrowed::ALL,
        merges::ALL,
        moving::ALL,
        notices::ALL,
        packs::ALL,
        passes::ALL,
        passkeys::ALL,
        operations::ALL,
        patterns::ALL,
        payments::ALL,
        people::ALL,
        peers::ALL,
        photos::ALL,
        pins::ALL,
        points::ALL,
        programmes::ALL,
        receipts::ALL,
        redemptions::ALL,
        registers::ALL,
        reminders::ALL,
        results::ALL,
        roster_ids::ALL,
        roles::ALL,
        room_lists::ALL,
        room_packs::ALL,
        rosters::ALL,
        secrets::ALL,
        sessions::ALL,
        settings::ALL,
        shares::ALL,
        signing_keys::ALL,
        sittings::ALL,
        stale::ALL,
        students::ALL,
        tallies::ALL,
        timetable::ALL,
        untold::ALL,
        verifiers::ALL,
        &replication::statements(),
    ]
    .concat()
}
