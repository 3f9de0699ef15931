//! Events, and the kinds of passes to them. Room is taken by one conditional update, so that two
//! who sell at the same moment never sell the same place.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::ids::{EventId, PassTypeId};
use muster_domain::time::Timestamp;
use uuid::Uuid;

record! {
    /// An event.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct EventRow {
        /// Id.
        pub id: EventId,
        /// What it is called.
        pub name: String,
        /// Where it takes place.
        pub venue: String,
        /// From when on people are let in.
        pub doors_at: Timestamp,
        /// When it begins.
        pub starts_at: Timestamp,
        /// When it ends.
        pub ends_at: Timestamp,
        /// How many people there is room for.
        pub capacity: Option<i64>,
        /// The currency of all its prices.
        pub currency: String,
        /// The rule of entry, as JSON.
        pub rule: String,
        /// The node that alone issues passes to it.
        pub home: Option<Uuid>,
        /// People on valid passes.
        pub taken: i64,
        /// When it was entered here.
        pub created_at: Timestamp,
        /// Since when it is archived.
        pub archived_at: Option<Timestamp>,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

record! {
    /// A kind of admission.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PassTypeRow {
        /// Id.
        pub id: PassTypeId,
        /// Of which event.
        pub event: EventId,
        /// What it is called.
        pub name: String,
        /// The same for comparing.
        pub name_folded: String,
        /// What it costs, in the smallest unit of the event's currency.
        pub price: i64,
        /// How many people a pass admits.
        pub admits: i64,
        /// How many there are.
        pub quota: Option<i64>,
        /// How many valid ones were issued.
        pub sold: i64,
        /// Whether any are issued now.
        pub on_sale: bool,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

statements! {
    GET = "select id, name, venue, doors_at, starts_at, ends_at, capacity, currency, rule, home, taken,
            created_at, archived_at, version
        from events where id = ?1";
    LIST = "select id, name, venue, doors_at, starts_at, ends_at, capacity, currency, rule, home, taken,
            created_at, archived_at, version
        from events where (starts_at, id) < (?1, ?2) order by starts_at desc, id desc limit ?3";
    PUT = "insert into events (id, name, venue, doors_at, starts_at, ends_at, capacity, currency,
            rule, home, taken, created_at, archived_at, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    UPDATE = "update events set name = ?2, venue = ?3, doors_at = ?4, starts_at = ?5, ends_at = ?6,
            capacity = ?7, currency = ?8, rule = ?9, home = ?10, archived_at = ?11, version = ?12
        where id = ?1 and version = ?13 and (taken <= ?7 or ?7 is null or ?7 = capacity)";
    TAKE = "update events set taken = taken + ?2
        where id = ?1 and (capacity is null or taken + ?2 <= capacity)";
    GIVE_BACK = "update events set taken = taken - ?2 where id = ?1";
    TYPE = "select id, event, name, name_folded, price, admits, quota, sold, on_sale, version
        from pass_types where id = ?1";
    TYPES = "select id, event, name, name_folded, price, admits, quota, sold, on_sale, version
        from pass_types where event = ?1 order by price, name_folded";
    PUT_TYPE = "insert into pass_types (id, event, name, name_folded, price, admits, quota, sold,
            on_sale, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    UPDATE_TYPE = "update pass_types set name = ?2, name_folded = ?3, price = ?4, quota = ?5,
            on_sale = ?6, version = ?7
        where id = ?1 and version = ?8 and (sold <= ?5 or ?5 is null or ?5 = quota)";
    SELL = "update pass_types set sold = sold + 1
        where id = ?1 and on_sale = 1 and (quota is null or sold < quota)";
    UNSELL = "update pass_types set sold = sold - 1 where id = ?1";
}

/// The event of that id.
pub fn get(tx: &mut ReadTx<'_>, id: EventId) -> Result<Option<EventRow>> {
    tx.opt(&GET, args![id])
}

/// Events that begin before a moment, the latest first.
pub fn list(
    tx: &mut ReadTx<'_>,
    (at, id): (Timestamp, EventId),
    limit: i64,
) -> Result<Vec<EventRow>> {
    tx.all(&LIST, args![at, id, limit])
}

/// Adds an event.
pub fn insert(tx: &mut WriteTx<'_>, row: &EventRow) -> Result<()> {
    tx.execute(
        &PUT,
        args![
            row.id,
            row.name,
            row.venue,
            row.doors_at,
            row.starts_at,
            row.ends_at,
            row.capacity,
            row.currency,
            row.rule,
            row.home,
            row.taken,
            row.created_at,
            row.archived_at,
            row.version
        ],
    )?;
    Ok(())
}

/// Changes an event whose stored version is still `seen`; false if it is another by now, or more
/// people come than it would have room for. Of an event that is oversold the room may stay.
pub fn update(tx: &mut WriteTx<'_>, row: &EventRow, seen: i64) -> Result<bool> {
    let done = tx.execute(
        &UPDATE,
        args![
            row.id,
            row.name,
            row.venue,
            row.doors_at,
            row.starts_at,
            row.ends_at,
            row.capacity,
            row.currency,
            row.rule,
            row.home,
            row.archived_at,
            row.version,
            seen
        ],
    )?;
    Ok(done == 1)
}

/// Takes room for so many people; false if there is less.
pub fn take(tx: &mut WriteTx<'_>, id: EventId, people: i64) -> Result<bool> {
    Ok(tx.execute(&TAKE, args![id, people])? == 1)
}

/// Gives back the room of so many people.
pub fn give_back(tx: &mut WriteTx<'_>, id: EventId, people: i64) -> Result<()> {
    tx.execute(&GIVE_BACK, args![id, people])?;
    Ok(())
}

/// The pass type of that id.
pub fn pass_type(tx: &mut ReadTx<'_>, id: PassTypeId) -> Result<Option<PassTypeRow>> {
    tx.opt(&TYPE, args![id])
}

/// The pass types of an event, the cheapest first.
pub fn pass_types(tx: &mut ReadTx<'_>, event: EventId) -> Result<Vec<PassTypeRow>> {
    tx.all(&TYPES, args![event])
}

/// Adds a pass type.
pub fn insert_type(tx: &mut WriteTx<'_>, row: &PassTypeRow) -> Result<()> {
    tx.execute(
        &PUT_TYPE,
        args![
            row.id,
            row.event,
            row.name,
            row.name_folded,
            row.price,
            row.admits,
            row.quota,
            row.sold,
            row.on_sale,
            row.version
        ],
    )?;
    Ok(())
}

/// Changes a pass type whose stored version is still `seen`; false if it is another by now, or
/// more were sold than the quota would allow. Of a type that is oversold the quota may stay.
pub fn update_type(tx: &mut WriteTx<'_>, row: &PassTypeRow, seen: i64) -> Result<bool> {
    let PassTypeRow { id, name, name_folded, price, quota, on_sale, version, .. } = row;
    let args = args![*id, name, name_folded, *price, *quota, *on_sale, *version, seen];
    Ok(tx.execute(&UPDATE_TYPE, args)? == 1)
}

/// Takes one pass of a type; false if there is none left, or they are not issued.
pub fn sell(tx: &mut WriteTx<'_>, id: PassTypeId) -> Result<bool> {
    Ok(tx.execute(&SELL, args![id])? == 1)
}

/// Gives one back.
pub fn unsell(tx: &mut WriteTx<'_>, id: PassTypeId) -> Result<()> {
    tx.execute(&UNSELL, args![id])?;
    Ok(())
}
