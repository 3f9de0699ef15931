//! What goes into the offline packs of gates: of an event whole, or of the passes that changed.

use crate::{ReadTx, Result, args, record, row, statements};
use muster_domain::ids::{EventId, PassId, PassTypeId, RedemptionId};
use muster_domain::passes::PassState;
use muster_domain::time::Timestamp;
use muster_domain::verification::Direction;
use uuid::Uuid;

record! {
    /// A credential that was issued for a pass.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct IssueRow {
        /// The pass.
        pub pass: PassId,
        /// SHA-256 of the id inside.
        pub digest: Vec<u8>,
        /// Which issue.
        pub issue: i64,
        /// The public name of the key that signs it.
        pub signing_key: Vec<u8>,
        /// Since when another counts in its place.
        pub superseded_at: Option<Timestamp>,
        /// The pass's type.
        pub pass_type: PassTypeId,
        /// How many people it admits.
        pub admits: i64,
        /// What has become of the pass.
        pub state: PassState,
        /// When it was withdrawn.
        pub ended_at: Option<Timestamp>,
    }
}

record! {
    /// An entry or exit that counts.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PastRow {
        /// Id.
        pub id: RedemptionId,
        /// Of which record.
        pub record: Uuid,
        /// What the device called it.
        pub nonce: String,
        /// When it was.
        pub scanned_at: Timestamp,
        /// Which way.
        pub direction: Direction,
        /// How many people.
        pub people: i64,
        /// Whether they were let through.
        pub admitted: bool,
        /// Where.
        pub point: String,
        /// Who scanned.
        pub person: String,
    }
}

record! {
    struct IdRow {
        id: PassId,
    }
}

statements! {
    ISSUES = "select p.id, c.digest, c.issue, c.signing_key, c.superseded_at, p.pass_type, p.admits,
            p.state, p.ended_at
        from passes p join credentials c on c.record = p.id where p.event = ?1";
    ISSUES_OF = {
        sqlite: "select p.id, c.digest, c.issue, c.signing_key, c.superseded_at, p.pass_type,
            p.admits, p.state, p.ended_at
        from passes p join credentials c on c.record = p.id where p.id = ?1",
        postgres: "select p.id, c.digest, c.issue, c.signing_key, c.superseded_at, p.pass_type,
            p.admits, p.state, p.ended_at
        from passes p join credentials c on c.record = p.id where p.id = any(?1::uuid[])",
    };
    PAST = "select r.id, r.record, r.nonce, r.scanned_at, r.direction, r.people, r.admitted, o.name,
            w.name
        from redemptions r join points o on o.id = r.point join people w on w.id = r.person
        where r.scope = ?1 and r.record is not null and r.undone_at is null
        and (r.admitted = 1 or r.direction = 'exit')
        order by r.scanned_at, r.id";
    PAST_OF = {
        sqlite: "select r.id, r.record, r.nonce, r.scanned_at, r.direction, r.people, r.admitted,
            o.name, w.name
        from redemptions r join points o on o.id = r.point join people w on w.id = r.person
        where r.record = ?1 and r.scope = ?2 and r.undone_at is null
        and (r.admitted = 1 or r.direction = 'exit')
        order by r.scanned_at, r.id",
        postgres: "select r.id, r.record, r.nonce, r.scanned_at, r.direction, r.people, r.admitted,
            o.name, w.name
        from unnest(?1::uuid[], ?2::uuid[]) as asked (record, scope)
        cross join lateral (select * from redemptions one
            where one.record = asked.record and one.scope = asked.scope offset 0) r
        join points o on o.id = r.point join people w on w.id = r.person
        where r.undone_at is null and (r.admitted = 1 or r.direction = 'exit')
        order by r.scanned_at, r.id",
    };
    CHANGED = "select id from passes where event = ?1 and version > ?2
        union
        select r.record from redemptions r join passes p on p.id = r.record
        where r.id > ?3 and r.scope = ?1
        union
        select r.record from redemptions r join passes p on p.id = r.record
        where r.scope = ?1 and r.undone_at > ?2";
}

/// The credentials of an event's passes.
pub fn issues(tx: &mut ReadTx<'_>, event: EventId) -> Result<Vec<IssueRow>> {
    tx.all(&ISSUES, args![event])
}

/// The credentials of these passes.
pub fn issues_of(tx: &mut ReadTx<'_>, passes: &[PassId]) -> Result<Vec<IssueRow>> {
    tx.all_many(&ISSUES_OF, passes.iter().map(|pass| row![*pass]))
}

/// The entries and exits at a place that count.
pub fn past(tx: &mut ReadTx<'_>, scope: Uuid) -> Result<Vec<PastRow>> {
    tx.all(&PAST, args![scope])
}

/// Those of these records.
pub fn past_of(tx: &mut ReadTx<'_>, scope: Uuid, records: &[Uuid]) -> Result<Vec<PastRow>> {
    tx.all_many(&PAST_OF, records.iter().map(|record| row![*record, scope]))
}

/// The passes of an event that changed, or with which somebody went through, since a moment; perhaps
/// some more. `first` is the least id that a redemption of that moment can have.
pub fn changed(
    tx: &mut ReadTx<'_>,
    event: EventId,
    since: Timestamp,
    first: RedemptionId,
) -> Result<Vec<PassId>> {
    let rows: Vec<IdRow> = tx.all(&CHANGED, args![event, since, first])?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}
