//! Marks that were set for a whole session at once, with what stood before.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::attendance::{Extent, Method, Status};
use muster_domain::ids::{BulkId, DeviceId, MarkId, PersonId, SessionId};
use muster_domain::time::Timestamp;

use crate::sessions::MarkRow;

record! {
    /// Marks that were set at once.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct BulkRow {
        /// Id.
        pub id: BulkId,
        /// Session.
        pub session: SessionId,
        /// The status that was set.
        pub status: Status,
        /// For whom.
        pub extent: Extent,
        /// Why.
        pub reason: String,
        /// By whom.
        pub marked_by: PersonId,
        /// Their name.
        pub name: String,
        /// When.
        pub at: Timestamp,
        /// How many marks it changed.
        pub changed: i64,
        /// When it was taken back.
        pub reversed_at: Option<Timestamp>,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

record! {
    /// A mark that was set so, with what stood before.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct BulkItem {
        /// Whose mark.
        pub person: PersonId,
        /// The version that it got.
        pub mark_version: i64,
        /// Status before; none if there was no mark.
        pub status: Option<Status>,
        /// Method before.
        pub method: Option<Method>,
        /// By whom before.
        pub marked_by: Option<PersonId>,
        /// When before.
        pub at: Option<Timestamp>,
        /// Step before.
        pub step: Option<i64>,
        /// Device before.
        pub device: Option<DeviceId>,
        /// Address before.
        pub address: Option<String>,
        /// Reason before.
        pub reason: Option<String>,
    }
}

impl BulkItem {
    /// The item of a mark that got this version in the place of another, or of none.
    pub fn new(person: PersonId, mark_version: i64, before: Option<&MarkRow>) -> Self {
        Self {
            person,
            mark_version,
            status: before.map(|mark| mark.status),
            method: before.map(|mark| mark.method),
            marked_by: before.and_then(|mark| mark.marked_by),
            at: before.map(|mark| mark.at),
            step: before.and_then(|mark| mark.step),
            device: before.and_then(|mark| mark.device),
            address: before.and_then(|mark| mark.address.clone()),
            reason: before.and_then(|mark| mark.reason.clone()),
        }
    }

    /// The mark that stood before, if there was one.
    pub fn before(&self, session: SessionId) -> Option<MarkRow> {
        let (status, method, at) = (self.status?, self.method?, self.at?);
        Some(MarkRow {
            id: MarkId::of(session, self.person),
            session,
            person: self.person,
            status,
            method,
            marked_by: self.marked_by,
            at,
            step: self.step,
            device: self.device,
            address: self.address.clone(),
            reason: self.reason.clone(),
            version: 0,
        })
    }
}

statements! {
    GET = "select b.id, b.session, b.status, b.extent, b.reason, b.marked_by, p.name, b.at,
            b.changed, b.reversed_at, b.version
        from bulk_marks b join people p on p.id = b.marked_by where b.id = ?1";
    OF_SESSION = "select b.id, b.session, b.status, b.extent, b.reason, b.marked_by, p.name, b.at,
            b.changed, b.reversed_at, b.version
        from bulk_marks b join people p on p.id = b.marked_by
        where b.session = ?1 order by b.at desc, b.id limit 100";
    PUT = "insert into bulk_marks (id, session, status, extent, reason, marked_by, at, changed,
            version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    REVERSE = "update bulk_marks set reversed_at = ?2, reversed_by = ?3, version = ?4
        where id = ?1 and reversed_at is null";
    ITEMS = "select person, mark_version, status, method, marked_by, at, step, device, address,
            reason
        from bulk_mark_items where bulk = ?1 order by person";
    PUT_ITEMS = {
        sqlite: "insert into bulk_mark_items (bulk, person, mark_version, status, method, marked_by,
            at, step, device, address, reason)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        postgres: "insert into bulk_mark_items (bulk, person, mark_version, status, method,
            marked_by, at, step, device, address, reason)
        select * from unnest(?1::uuid[], ?2::uuid[], ?3::bigint[], ?4::text[], ?5::text[],
            ?6::uuid[], ?7::bigint[], ?8::bigint[], ?9::uuid[], ?10::text[], ?11::text[])",
    };
}

/// What was set at once under that id.
pub fn get(tx: &mut ReadTx<'_>, id: BulkId) -> Result<Option<BulkRow>> {
    tx.opt(&GET, args![id])
}

/// What was set at once in a session, the latest first.
pub fn of_session(tx: &mut ReadTx<'_>, session: SessionId) -> Result<Vec<BulkRow>> {
    tx.all(&OF_SESSION, args![session])
}

/// The marks that were set.
pub fn items(tx: &mut ReadTx<'_>, id: BulkId) -> Result<Vec<BulkItem>> {
    tx.all(&ITEMS, args![id])
}

/// Keeps what was set, and what stood before.
pub fn insert(tx: &mut WriteTx<'_>, row: &BulkRow, items: &[BulkItem]) -> Result<()> {
    let BulkRow { id, session, status, extent, reason, marked_by, at, changed, version, .. } = row;
    tx.execute(
        &PUT,
        args![*id, *session, *status, *extent, reason, *marked_by, *at, *changed, *version],
    )?;
    let columns = items.iter().map(|item| {
        args![
            *id,
            item.person,
            item.mark_version,
            item.status,
            item.method,
            item.marked_by,
            item.at,
            item.step,
            item.device,
            item.address,
            item.reason
        ]
        .to_vec()
    });
    tx.execute_many(&PUT_ITEMS, columns)?;
    Ok(())
}

/// Writes down that it was taken back, unless it was already.
pub fn reverse(tx: &mut WriteTx<'_>, id: BulkId, by: PersonId, at: Timestamp) -> Result<bool> {
    let version = tx.version();
    Ok(tx.execute(&REVERSE, args![id, at, by, version])? == 1)
}
