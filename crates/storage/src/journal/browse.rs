//! Reading the journal: by filters for people, by number for listeners.

use super::node::{Life, lives_after};
use crate::{ReadTx, Result, args, record, statements};
use muster_domain::ids::{EntryId, PersonId};
use muster_domain::time::Timestamp;
use uuid::Uuid;

record! {
    /// An entry with its number and its actor's name.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct JournalRow {
        /// Its number, if this node wrote it; none while PostgreSQL's sequencer has not come to it.
        /// To listeners its place, which grows through all lives of the node.
        pub seq: Option<i64>,
        /// Id.
        pub id: EntryId,
        /// Wall time.
        pub at: Timestamp,
        /// Logical time.
        pub clock: i64,
        /// Who.
        pub actor: Option<PersonId>,
        /// Their name.
        pub actor_name: Option<String>,
        /// How.
        pub via: String,
        /// What was done.
        pub action: String,
        /// To what kind of record.
        pub entity: String,
        /// To which.
        pub entity_id: Uuid,
        /// What listeners may follow.
        pub topic: Option<Uuid>,
        /// JSON before.
        pub before: Option<String>,
        /// JSON after.
        pub after: Option<String>,
        /// Why.
        pub reason: Option<String>,
    }
}

statements! {
    // Clocks are later than the wall clock: an index on them ends the search for a time.
    BROWSE = "select (select max(o.seq) from journal_order o
                where o.entry = j.id and o.node = (select id from node)),
            j.id, j.at, j.clock, j.actor, p.name, j.via, j.action, j.entity, j.entity_id, j.topic,
            j.before, j.after, j.reason
        from journal j
        left join people p on p.id = j.actor
        where (j.clock, j.id) < (?1, ?2)
        and substr(j.action, 1, length(cast(?3 as text))) = cast(?3 as text)
        and j.at >= ?4 and j.clock > ?4 and j.at < ?5
        order by j.clock desc, j.id desc limit ?6";
    BROWSE_ACTOR = "select (select max(o.seq) from journal_order o
                where o.entry = j.id and o.node = (select id from node)),
            j.id, j.at, j.clock, j.actor, p.name, j.via, j.action, j.entity, j.entity_id, j.topic,
            j.before, j.after, j.reason
        from journal j
        left join people p on p.id = j.actor
        where (j.clock, j.id) < (?1, ?2)
        and substr(j.action, 1, length(cast(?3 as text))) = cast(?3 as text)
        and j.at >= ?4 and j.clock > ?4 and j.at < ?5
        and j.actor = ?7
        order by j.clock desc, j.id desc limit ?6";
    /// Its entries are found first, by index: they are few beside the journal. Those of a mark have
    /// its session as their topic.
    BROWSE_RECORD = "select (select max(o.seq) from journal_order o
                where o.entry = j.id and o.node = (select id from node)),
            j.id, j.at, j.clock, j.actor, p.name, j.via, j.action, j.entity, j.entity_id, j.topic,
            j.before, j.after, j.reason
        from journal j
        left join people p on p.id = j.actor
        where (j.clock, j.id) < (?1, ?2)
        and substr(j.action, 1, length(cast(?3 as text))) = cast(?3 as text)
        and j.at >= ?4 and j.clock > ?4 and j.at < ?5
        and (?7 = 0 or j.actor = ?8)
        and j.id in (select id from journal where entity_id = ?9 and entity <> 'mark'
            union select id from journal where topic = ?9)
        order by j.clock desc, j.id desc limit ?6";
    // What others wrote in a series of an earlier life, as a copy does, has come from elsewhere.
    SINCE = "select ?3 + o.seq, j.id, j.at, j.clock, j.actor, p.name, j.via, j.action, j.entity,
            j.entity_id, j.topic, j.before, j.after, j.reason
        from journal_order o
        join journal j on j.id = o.entry
        left join people p on p.id = j.actor
        where o.node = ?1 and o.incarnation = ?2 and o.seq > ?4 and o.seq <= ?5
        and not exists (select 1 from received r where r.node = o.node
            and r.incarnation = o.incarnation and r.seq >= o.seq
            and coalesce(r.first, r.seq) <= o.seq)
        order by o.seq limit ?6";
}

/// Which entries to show.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Beginning of the action: `session.`.
    pub action: String,
    /// Who acted.
    pub actor: Option<PersonId>,
    /// The record, or what listeners follow: a session, for its marks.
    pub record: Option<Uuid>,
    /// From this time on.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
    /// Logical time and id of the entry before which to go on: the last one seen. All entries of
    /// an act may have one time.
    pub before: Option<(i64, EntryId)>,
    /// At most so many.
    pub limit: i64,
}

/// Entries that match, the latest first.
pub fn browse(tx: &mut ReadTx<'_>, filter: &Filter) -> Result<Vec<JournalRow>> {
    let action = &filter.action;
    let (clock, id) = filter.before.unwrap_or((i64::MAX, EntryId(Uuid::max())));
    let from = filter.from.map_or(i64::MIN, |at| at.0);
    let until = filter.until.map_or(i64::MAX, |at| at.0);
    let limit = filter.limit;
    match (filter.record, filter.actor) {
        (None, None) => tx.all(&BROWSE, args![clock, id, action, from, until, limit]),
        (None, Some(actor)) => {
            tx.all(&BROWSE_ACTOR, args![clock, id, action, from, until, limit, actor])
        }
        (Some(record), actor) => {
            let by = actor.map_or(Uuid::nil(), Into::into);
            tx.all(
                &BROWSE_RECORD,
                args![clock, id, action, from, until, limit, actor.is_some(), by, record],
            )
        }
    }
}

/// What this node wrote after a place, in order: what [`Store::feed`](crate::Store::feed) tells of.
pub fn since(tx: &mut ReadTx<'_>, place: i64, limit: i64) -> Result<Vec<JournalRow>> {
    let mut rows: Vec<JournalRow> = Vec::new();
    for (Life { series, base }, until) in lives_after(tx, place)? {
        let left = limit.saturating_sub(i64::try_from(rows.len()).unwrap_or(i64::MAX));
        let (from, to) = (place - base, until - base);
        let numbers = args![series.node, series.incarnation, base, from, to, left];
        rows.extend(tx.all::<JournalRow>(&SINCE, numbers)?);
    }
    Ok(rows)
}
