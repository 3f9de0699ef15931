//! Check-in points: the gates of events and which pass types each admits, rooms of sittings, halls.

use crate::{ReadTx, Result, ToValue, WriteTx, args, record, statements};
use muster_domain::dockets::Rooms;
use muster_domain::ids::{PassTypeId, PointId, SittingId};
use muster_domain::text::fold;
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
        /// What one enters there: of a gate the event, of a room the sitting, of a hall the
        /// assessment.
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
    GET = "select p.id, p.kind, p.scope,
            coalesce(e.name, a.code || ': ' || k.code || ' ' || c.section, h.code, ''), p.name,
            p.name_folded, p.archived_at, p.version
        from points p left join events e on e.id = p.scope
        left join sittings s on s.id = p.scope left join assessments a on a.id = s.assessment
        left join classes c on c.id = s.class left join courses k on k.id = c.course
        left join assessments h on h.id = p.scope
        where p.id = ?1";
    OF_SCOPE = "select p.id, p.kind, p.scope,
            coalesce(e.name, a.code || ': ' || k.code || ' ' || c.section, h.code, ''), p.name,
            p.name_folded, p.archived_at, p.version
        from points p left join events e on e.id = p.scope
        left join sittings s on s.id = p.scope left join assessments a on a.id = s.assessment
        left join classes c on c.id = s.class left join courses k on k.id = c.course
        left join assessments h on h.id = p.scope
        where p.scope = ?1 order by p.name_folded";
    // Gates of events that are not over, the next event first.
    USED = "select p.id, p.kind, p.scope, e.name, p.name, p.name_folded, p.archived_at, p.version
        from events e join points p on p.scope = e.id
        where e.starts_at > ?1 and e.ends_at >= ?2 and e.archived_at is null
        and p.archived_at is null
        order by e.starts_at, e.id, p.name_folded limit 500";
    // Rooms of sittings that begin within a span and are not over, the next sitting first.
    ROOMS = "select p.id, p.kind, p.scope, a.code || ': ' || k.code || ' ' || c.section, p.name,
            p.name_folded, p.archived_at, p.version
        from sittings s join points p on p.scope = s.id join assessments a on a.id = s.assessment
        join classes c on c.id = s.class join courses k on k.id = c.course
        where s.starts_at >= ?1 and s.starts_at < ?2 and s.ends_at >= ?3
        and p.archived_at is null
        order by s.starts_at, s.id, p.name_folded limit 1000";
    PUT = {
        sqlite: "insert into points (id, kind, scope, name, name_folded, archived_at, version)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        postgres: "insert into points (id, kind, scope, name, name_folded, archived_at, version)
        select * from unnest(?1::uuid[], ?2::text[], ?3::uuid[], ?4::text[], ?5::text[],
            ?6::bigint[], ?7::bigint[])",
    };
    DROP_OF_SCOPE = "delete from points where scope = ?1";
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

/// The rooms of sittings that begin from `first` on and before `last`, and have not ended before
/// `over`; the next sitting first.
pub fn rooms(
    tx: &mut ReadTx<'_>,
    (first, last): (Timestamp, Timestamp),
    over: Timestamp,
) -> Result<Vec<PointRow>> {
    tx.all(&ROOMS, args![first, last, over])
}

/// Adds points.
pub fn insert_many(tx: &mut WriteTx<'_>, rows: &[PointRow]) -> Result<()> {
    for row in rows {
        tx.tell_of("point", row.id.0);
    }
    let rows = rows.iter().map(|row| {
        [
            row.id.to_value(),
            row.kind.to_value(),
            row.scope.to_value(),
            row.name.to_value(),
            row.name_folded.to_value(),
            row.archived_at.to_value(),
            row.version.to_value(),
        ]
    });
    tx.execute_many(&PUT, rows)?;
    Ok(())
}

/// The points of the rooms of a sitting, as they begin.
pub(crate) fn of_rooms(sitting: SittingId, rooms: &Rooms, version: i64) -> Vec<PointRow> {
    let point = |name: &String| {
        let name_folded = fold(name);
        PointRow {
            id: PointId::of_room(sitting, &name_folded),
            kind: PointKind::Room,
            scope: sitting.0,
            scope_name: String::new(),
            name: name.clone(),
            name_folded,
            archived_at: None,
            version,
        }
    };
    rooms.names().iter().map(point).collect()
}

/// Brings the points of a sitting in line with its rooms: a room that it has no longer is used no
/// more, and is again once it is named again.
pub(crate) fn keep_rooms(tx: &mut WriteTx<'_>, sitting: SittingId, rooms: &Rooms) -> Result<()> {
    let standing = of_scope(tx, sitting.0)?;
    let version = tx.version();
    let (at, mut new) = (tx.act().at, of_rooms(sitting, rooms, version));
    for point in standing {
        let folded = fold(&point.name);
        let wanted = new.iter().position(|one| one.name_folded == folded);
        let after = match wanted.map(|place| new.swap_remove(place)) {
            Some(one) => PointRow { name: one.name, archived_at: None, ..point.clone() },
            None => PointRow { archived_at: point.archived_at.or(Some(at)), ..point.clone() },
        };
        if after != point {
            let version = tx.version_over(point.version);
            update(tx, &PointRow { version, ..after }, point.version)?;
        }
    }
    insert_many(tx, &new)
}

/// Removes the points of a place where nothing was ever presented.
pub(crate) fn remove_of(tx: &mut WriteTx<'_>, scope: Uuid) -> Result<()> {
    for point in of_scope(tx, scope)? {
        tx.tell_of("point", point.id.0);
    }
    tx.execute(&DROP_OF_SCOPE, args![scope])?;
    Ok(())
}

/// Changes a point whose stored version is still `seen`; false if it is another by now.
pub fn update(tx: &mut WriteTx<'_>, row: &PointRow, seen: i64) -> Result<bool> {
    tx.tell_of("point", row.id.0);
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
