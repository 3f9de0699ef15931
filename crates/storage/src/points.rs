//! Check-in points: the gates of events, and which pass types each admits.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::ids::{PassTypeId, PointId};
use muster_domain::time::{Span, Timestamp};
use muster_domain::verification::PointKind;
use uuid::Uuid;

record! {
    /// Where credentials are presented.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PointRow {
        /// Id.
        pub id: PointId,
        /// What it is.
        pub kind: PointKind,
        /// What one enters there: of a gate the event.
        pub scope: Uuid,
        /// Its name.
        pub scope_name: String,
        /// What the point is called.
        pub name: String,
        /// The same for comparing.
        pub name_folded: String,
        /// Since when it is no longer used.
        pub archived_at: Option<Timestamp>,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

record! {
    struct IdRow {
        id: PointId,
    }
}

statements! {
    GET = "select p.id, p.kind, p.scope, coalesce(e.name, ''), p.name, p.name_folded, p.archived_at,
            p.version
        from points p left join events e on e.id = p.scope where p.id = ?1";
    OF_SCOPE = "select p.id, p.kind, p.scope, coalesce(e.name, ''), p.name, p.name_folded, p.archived_at,
            p.version
        from points p left join events e on e.id = p.scope where p.scope = ?1 order by p.name_folded";
    // Gates of events that are not over, the next event first.
    USED = "select p.id, p.kind, p.scope, e.name, p.name, p.name_folded, p.archived_at, p.version
        from events e join points p on p.scope = e.id
        where e.starts_at > ?1 and e.ends_at >= ?2 and e.archived_at is null
        and p.archived_at is null
        order by e.starts_at, e.id, p.name_folded limit 500";
    PUT = "insert into points (id, kind, scope, name, name_folded, archived_at, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    UPDATE = "update points set name = ?2, name_folded = ?3, archived_at = ?4, version = ?5
        where id = ?1 and version = ?6";
    OF_TYPE = "select point from pass_type_points where pass_type = ?1 order by point";
    ADMIT = "insert into pass_type_points (pass_type, point) values (?1, ?2)";
    ADMIT_EVERYWHERE = "delete from pass_type_points where pass_type = ?1";
}

/// The point of that id.
pub fn get(tx: &mut ReadTx<'_>, id: PointId) -> Result<Option<PointRow>> {
    tx.opt(&GET, args![id])
}

/// The points of what one enters there, by name.
pub fn of_scope(tx: &mut ReadTx<'_>, scope: Uuid) -> Result<Vec<PointRow>> {
    tx.all(&OF_SCOPE, args![scope])
}

/// The gates of events that end after a moment and take `longest` at most, the next event first.
pub fn used(tx: &mut ReadTx<'_>, after: Timestamp, longest: Span) -> Result<Vec<PointRow>> {
    tx.all(&USED, args![after - longest, after])
}

/// Adds a point.
pub fn insert(tx: &mut WriteTx<'_>, row: &PointRow) -> Result<()> {
    let PointRow { id, kind, scope, name, name_folded, archived_at, version, .. } = row;
    let args = args![*id, *kind, *scope, name, name_folded, *archived_at, *version];
    tx.execute(&PUT, args)?;
    Ok(())
}

/// Changes a point whose stored version is still `seen`; false if it is another by now.
pub fn update(tx: &mut WriteTx<'_>, row: &PointRow, seen: i64) -> Result<bool> {
    let PointRow { id, name, name_folded, archived_at, version, .. } = row;
    let args = args![*id, name, name_folded, *archived_at, *version, seen];
    Ok(tx.execute(&UPDATE, args)? == 1)
}

/// Where passes of a type admit; everywhere if nothing is named.
pub fn of_type(tx: &mut ReadTx<'_>, pass_type: PassTypeId) -> Result<Vec<PointId>> {
    let rows: Vec<IdRow> = tx.all(&OF_TYPE, args![pass_type])?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Lets passes of a type admit at those gates alone; everywhere if none is named.
pub fn admit_at(tx: &mut WriteTx<'_>, pass_type: PassTypeId, points: &[PointId]) -> Result<()> {
    tx.execute(&ADMIT_EVERYWHERE, args![pass_type])?;
    points.iter().try_for_each(|point| tx.execute(&ADMIT, args![pass_type, *point]).map(drop))
}
