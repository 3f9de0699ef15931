//! Holds on people's dockets.

use crate::{ReadTx, Result, WriteTx, args, record, row, statements};
use muster_domain::ids::{HoldId, PersonId};
use muster_domain::time::Timestamp;

record! {
    /// A hold with the names around it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct HoldRow {
        /// Id.
        pub id: HoldId,
        /// On whom.
        pub person: PersonId,
        /// Their name.
        pub name: String,
        /// Their number.
        pub number: String,
        /// Why.
        pub reason: String,
        /// Who placed it.
        pub placed_by: Option<PersonId>,
        /// Their name.
        pub placer: Option<String>,
        /// When.
        pub placed_at: Timestamp,
        /// Who lifted it.
        pub lifted_by: Option<PersonId>,
        /// Their name.
        pub lifter: Option<String>,
        /// When.
        pub lifted_at: Option<Timestamp>,
        /// Why.
        pub lifting_reason: Option<String>,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

record! {
    /// Why somebody is held.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct StandingRow {
        /// Who.
        pub person: PersonId,
        /// Why.
        pub reason: String,
    }
}

macro_rules! holds {
    ($which:literal) => {
        concat!(
            "select h.id, h.person, p.name, p.number, h.reason, h.placed_by, b.name, h.placed_at,
            h.lifted_by, l.name, h.lifted_at, h.lifting_reason, h.version
        from holds h join people p on p.id = h.person left join people b on b.id = h.placed_by
        left join people l on l.id = h.lifted_by
        ",
            $which
        )
    };
}

statements! {
    GET = (holds!("where h.id = ?1"));
    OF_PERSON = (holds!("where h.person = ?1 order by h.placed_at desc, h.id desc"));
    LIST = (holds!("where (h.placed_at, h.id) < (?1, ?2)
        order by h.placed_at desc, h.id desc limit ?3"));
    LIST_STANDING = "select h.id, h.person, p.name, p.number, h.reason, h.placed_by, b.name,
            h.placed_at, h.lifted_by, l.name, h.lifted_at, h.lifting_reason, h.version
        from holds h join people p on p.id = h.person left join people b on b.id = h.placed_by
        left join people l on l.id = h.lifted_by
        where h.lifted_at is null and (h.placed_at, h.id) < (?1, ?2)
        order by h.placed_at desc, h.id desc limit ?3";
    STANDING = {
        sqlite: "select person, reason from holds
        where person = ?1 and lifted_at is null order by placed_at, id",
        postgres: "select h.person, h.reason from unnest(?1::uuid[]) as wanted (person)
        join holds h on h.person = wanted.person
        where h.lifted_at is null order by h.placed_at, h.id",
    };
    PUT = "insert into holds (id, person, reason, placed_by, placed_at, version)
        values (?1, ?2, ?3, ?4, ?5, ?6)";
    LIFT = "update holds set lifted_by = ?2, lifted_at = ?3, lifting_reason = ?4, version = ?5
        where id = ?1 and lifted_at is null";
}

/// The hold of that id.
pub fn get(tx: &mut ReadTx<'_>, id: HoldId) -> Result<Option<HoldRow>> {
    tx.opt(&GET, args![id])
}

/// Every hold on a person, the latest first.
pub fn of_person(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<HoldRow>> {
    tx.all(&OF_PERSON, args![person])
}

/// Holds before that one, the latest first; those that were lifted too if `all`.
pub fn list(
    tx: &mut ReadTx<'_>,
    all: bool,
    before: (Timestamp, HoldId),
    limit: i64,
) -> Result<Vec<HoldRow>> {
    let statement = if all { &LIST } else { &LIST_STANDING };
    tx.all(statement, args![before.0, before.1, limit])
}

/// The holds that stand on these people, the earliest of each first.
pub fn standing(tx: &mut ReadTx<'_>, people: &[PersonId]) -> Result<Vec<StandingRow>> {
    tx.all_many(&STANDING, people.iter().map(|person| row![*person]))
}

/// Adds a hold.
pub fn insert(tx: &mut WriteTx<'_>, row: &HoldRow) -> Result<()> {
    let HoldRow { id, person, reason, placed_by, placed_at, version, .. } = row;
    tx.execute(&PUT, args![*id, *person, reason, *placed_by, *placed_at, *version])?;
    Ok(())
}

/// Lifts a hold; false if it was lifted before.
pub fn lift(tx: &mut WriteTx<'_>, row: &HoldRow) -> Result<bool> {
    let HoldRow { id, lifted_by, lifted_at, lifting_reason, version, .. } = row;
    Ok(tx.execute(&LIFT, args![*id, *lifted_by, *lifted_at, lifting_reason, *version])? == 1)
}
