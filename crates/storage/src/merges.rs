//! Two records of one person that became one, and what moved from the one to the other.

use crate::{ReadTx, Result, WriteTx, args, record, row, statements};
use muster_domain::ids::{MergeId, PersonId, SessionId};
use muster_domain::time::Timestamp;
use uuid::Uuid;

record! {
    /// A merge.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct MergeRow {
        /// Id.
        pub id: MergeId,
        /// The record that stayed.
        pub kept: PersonId,
        /// The record that leads to it.
        pub merged: PersonId,
        /// The merged record's name.
        pub name: String,
        /// The merged record's number.
        pub number: String,
        /// Why.
        pub reason: String,
        /// The kept record as it was, in JSON.
        pub before: String,
        /// The version that the kept record got.
        pub kept_version: i64,
        /// Who merged them.
        pub merged_by: Option<PersonId>,
        /// Their name.
        pub actor_name: Option<String>,
        /// When.
        pub merged_at: Timestamp,
        /// When it was undone.
        pub undone_at: Option<Timestamp>,
    }
}

record! {
    /// A record that moved or yielded.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct MoveRow {
        /// What kind of record.
        pub entity: String,
        /// Which.
        pub entity_id: Uuid,
        /// What stood there, in JSON.
        pub before: String,
        /// The version that it got.
        pub version: i64,
    }
}

record! {
    /// A record that leads to another one since it was merged.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct LedRow {
        /// The record that was merged.
        pub merged: PersonId,
        /// Where it leads.
        pub kept: PersonId,
    }
}

record! {
    /// A merge that was made on this node and stands.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct MadeRow {
        /// Id.
        pub id: MergeId,
        /// The record that stayed.
        pub kept: PersonId,
    }
}

record! {
    struct IdRow {
        id: PersonId,
    }
}

statements! {
    GET = "select m.id, m.kept, m.merged, p.name, p.number, m.reason, m.before, m.kept_version,
            m.merged_by, a.name, m.merged_at, m.undone_at
        from merges m join people p on p.id = m.merged left join people a on a.id = m.merged_by
        where m.id = ?1";
    OF_KEPT = "select m.id, m.kept, m.merged, p.name, p.number, m.reason, m.before, m.kept_version,
            m.merged_by, a.name, m.merged_at, m.undone_at
        from merges m join people p on p.id = m.merged left join people a on a.id = m.merged_by
        where m.kept = ?1 order by m.merged_at desc, m.id";
    MADE = "select id, kept from merges where merged = ?1 and undone_at is null
        order by merged_at desc, id limit 1";
    PUT = "insert into merges (id, kept, merged, reason, before, kept_version, merged_by, merged_at)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    NEXT_MOVE = "select coalesce(max(seq) + 1, 0) from merge_moves where merge = ?1";
    UNDONE = "update merges set undone_by = ?2, undone_at = ?3 where id = ?1 and undone_at is null";
    PUT_MOVE = "insert into merge_moves (merge, seq, entity, entity_id, before, version)
        values (?1, ?2, ?3, ?4, ?5, ?6)";
    MOVES = "select entity, entity_id, before, version from merge_moves where merge = ?1 order by seq";
    MERGED_INTO = "select merged_into from people where id = ?1 and merged_into is not null";
    MERGED_FROM = "select id from people where merged_into = ?1 order by id";
    LED = {
        sqlite: "select id, merged_into from people where id = ?1 and merged_into is not null",
        postgres: "select id, merged_into from people
        where id = any(?1::uuid[]) and merged_into is not null",
    };
    FIRST = "select merged_into from people where merged_into is not null
        order by merged_into limit 1";
    // From those few who were merged to their marks.
    MARKED = {
        sqlite: "select p.id from people p
            cross join marks m on m.session = ?1 and m.person = p.id
        where p.merged_into is not null",
        postgres: "select p.id from people p
            join marks m on m.session = any(?1::uuid[]) and m.person = p.id
        where p.merged_into is not null",
    };
    LEAD = "update people set merged_into = ?2, contested = 1, active = 0, version = ?3
        where id = ?1 and merged_into is null";
    STAND = "update people set merged_into = null, contested = 0, active = ?2, version = ?3
        where id = ?1";
    LEAD_ON = "update people set merged_into = ?3, version = ?4 where id = ?1 and merged_into = ?2";
    YIELD_NUMBER = "update students set contested = ?2 where person = ?1";
    SAME_NAMES = "select name_folded from people where name_folded > ?1
        group by name_folded having count(*) > 1 order by name_folded limit ?2";
    NAMED = "select id from people where name_folded = ?1 and merged_into is null
        order by id limit ?2";
}

/// The merge of that id.
pub fn get(tx: &mut ReadTx<'_>, id: MergeId) -> Result<Option<MergeRow>> {
    tx.opt(&GET, args![id])
}

/// What was merged into a person's record, the latest first.
pub fn of_kept(tx: &mut ReadTx<'_>, kept: PersonId) -> Result<Vec<MergeRow>> {
    tx.all(&OF_KEPT, args![kept])
}

/// By which merge of this node a record leads to another one.
pub fn made_here(tx: &mut ReadTx<'_>, merged: PersonId) -> Result<Option<MadeRow>> {
    tx.opt(&MADE, args![merged])
}

/// Keeps a merge with what it moved.
pub fn insert(tx: &mut WriteTx<'_>, row: &MergeRow, moves: &[MoveRow]) -> Result<()> {
    let MergeRow { id, kept, merged, reason, before, kept_version, merged_by, merged_at, .. } = row;
    tx.execute(
        &PUT,
        args![*id, *kept, *merged, reason, before, *kept_version, *merged_by, *merged_at],
    )?;
    add_moves(tx, *id, moves)
}

/// Keeps what moved by a merge behind all that moved by it before.
pub fn add_moves(tx: &mut WriteTx<'_>, merge: MergeId, moves: &[MoveRow]) -> Result<()> {
    let next = tx.number(&NEXT_MOVE, args![merge])?;
    for (seq, part) in (next..).zip(moves) {
        let MoveRow { entity, entity_id, before, version } = part;
        tx.execute(&PUT_MOVE, args![merge, seq, entity, *entity_id, before, *version])?;
    }
    Ok(())
}

/// What a merge moved, in that order.
pub fn moves(tx: &mut ReadTx<'_>, id: MergeId) -> Result<Vec<MoveRow>> {
    tx.all(&MOVES, args![id])
}

/// Writes down that a merge was undone; false if it was before.
pub fn undone(
    tx: &mut WriteTx<'_>,
    id: MergeId,
    by: Option<PersonId>,
    at: Timestamp,
) -> Result<bool> {
    Ok(tx.execute(&UNDONE, args![id, by, at])? == 1)
}

/// To whose record a merged one leads.
pub fn merged_into(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Option<PersonId>> {
    Ok(tx.opt::<IdRow>(&MERGED_INTO, args![person])?.map(|row| row.id))
}

/// Which of these were merged, and where they lead.
pub fn led(tx: &mut ReadTx<'_>, people: impl IntoIterator<Item = PersonId>) -> Result<Vec<LedRow>> {
    tx.all_many(&LED, people.into_iter().map(|person| row![person]))
}

/// Whether anybody was ever merged.
pub fn is_any(tx: &mut ReadTx<'_>) -> Result<bool> {
    Ok(tx.opt::<IdRow>(&FIRST, args![])?.is_some())
}

/// Who of those that were merged have marks in these sessions, once for each.
pub fn marked_in(
    tx: &mut ReadTx<'_>,
    sessions: impl IntoIterator<Item = SessionId>,
) -> Result<Vec<PersonId>> {
    let rows: Vec<IdRow> =
        tx.all_many(&MARKED, sessions.into_iter().map(|session| row![session]))?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Whose records lead to this one.
pub fn merged_from(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Vec<PersonId>> {
    let rows: Vec<IdRow> = tx.all(&MERGED_FROM, args![person])?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Lets a record lead to another; false if it leads somewhere already.
pub fn lead(tx: &mut WriteTx<'_>, merged: PersonId, kept: PersonId, version: i64) -> Result<bool> {
    let done = tx.execute(&LEAD, args![merged, kept, version])? == 1;
    tx.execute(&YIELD_NUMBER, args![merged, true])?;
    crate::finding::leave(tx, merged)?;
    Ok(done)
}

/// Lets a record that led to another stand for itself again; a conflict if somebody else has its
/// number, user name or address by now.
pub fn stand(tx: &mut WriteTx<'_>, merged: PersonId, active: bool, version: i64) -> Result<()> {
    tx.execute(&STAND, args![merged, active, version])?;
    tx.execute(&YIELD_NUMBER, args![merged, false])?;
    if let Some(row) = crate::people::get(tx, merged)? {
        crate::finding::enter_again(tx, &row)?;
    }
    Ok(())
}

/// Lets a record that led to one lead to another; false if it does not lead there.
pub fn lead_on(
    tx: &mut WriteTx<'_>,
    person: PersonId,
    from: PersonId,
    to: PersonId,
    version: i64,
) -> Result<bool> {
    Ok(tx.execute(&LEAD_ON, args![person, from, to, version])? == 1)
}

record! {
    struct NameRow {
        name: String,
    }
}

/// Names, folded, that more than one record has, in order after `after`.
pub fn same_names(tx: &mut ReadTx<'_>, after: &str, limit: i64) -> Result<Vec<String>> {
    let rows: Vec<NameRow> = tx.all(&SAME_NAMES, args![after, limit])?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// Who have that name, folded, and were not merged.
pub fn named(tx: &mut ReadTx<'_>, name: &str, limit: i64) -> Result<Vec<PersonId>> {
    let rows: Vec<IdRow> = tx.all(&NAMED, args![name, limit])?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}
