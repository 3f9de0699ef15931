//! Room lists: who of a sitting was admitted, refused, or has not yet come, room by room; the same
//! for an assessment without sittings. And finding a student by name at a door.

use crate::{Ctx, Result, finance, points};
use muster_domain::auth::{Permission, Target};
use muster_domain::dockets::Attendance;
use muster_domain::ids::{AssessmentId, DocketId, PersonId, PointId, SittingId};
use muster_domain::text::fold;
use muster_domain::verification::PointKind;
use muster_storage::assessments::AssessmentRow;
use muster_storage::points::PointRow;
use muster_storage::room_lists::{self, PresentedRow};
use muster_storage::sittings::SittingRow;
use muster_storage::{ReadTx, dockets, sittings};
use std::collections::{BTreeMap, HashSet};
use uuid::Uuid;

/// What students enter with a docket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A sitting.
    Sitting(SittingId),
    /// An assessment without sittings.
    Assessment(AssessmentId),
}

impl Place {
    /// What its points and scans belong to.
    pub const fn scope(self) -> Uuid {
        match self {
            Self::Sitting(id) => id.0,
            Self::Assessment(id) => id.0,
        }
    }
}

/// A student of a room list.
#[derive(Clone, Debug)]
pub struct Seat {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Their number.
    pub number: String,
    /// Their roll number in the class.
    pub roll: String,
    /// The room that they were assigned; empty if any will do.
    pub assigned: String,
    /// Whether they have a docket.
    pub has_docket: bool,
    /// Whether they belong here: others were shown the door, or were let in all the same.
    pub expected: bool,
    /// Whether they came.
    pub attendance: Attendance,
    /// How: their admission, or the latest refusal.
    pub last: Option<PresentedRow>,
}

impl Seat {
    /// The room that they came to, or else were assigned; empty if neither.
    pub fn room(&self) -> &str {
        self.last.as_ref().map_or(self.assigned.as_str(), |last| last.room.as_str())
    }
}

/// Who came to a sitting or to the halls of an assessment.
#[derive(Clone, Debug)]
pub struct RoomList {
    /// The sitting; none for an assessment without any.
    pub sitting: Option<SittingRow>,
    /// The assessment.
    pub assessment: AssessmentRow,
    /// Its rooms, by name; those that are used no more, too.
    pub rooms: Vec<PointRow>,
    /// The students: of a sitting by roll number, else by name; those who don't belong here last.
    pub seats: Vec<Seat>,
}

impl RoomList {
    /// How many students are `attendance` in that room; in all of them without one.
    pub fn count(&self, room: Option<&str>, attendance: Attendance) -> usize {
        let here = |seat: &&Seat| room.is_none_or(|room| seat.room() == room);
        self.seats.iter().filter(here).filter(|seat| seat.attendance == attendance).count()
    }
}

/// The sitting and its assessment, for whoever may see who came there.
pub fn seen(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    place: Place,
) -> Result<(Option<SittingRow>, AssessmentRow)> {
    match place {
        Place::Sitting(id) => {
            let row = crate::sittings::get(tx, ctx, id)?;
            let assessment = finance::find_assessment(tx, row.assessment)?;
            Ok((Some(row), assessment))
        }
        Place::Assessment(id) => {
            let row = finance::find_assessment(tx, id)?;
            ctx.need(Permission::ViewSittings, Target::Assessment(row.id))?;
            Ok((None, row))
        }
    }
}

/// Who came where, and who has not.
pub fn room_list(tx: &mut ReadTx<'_>, ctx: &Ctx, place: Place) -> Result<RoomList> {
    let (sitting, assessment) = seen(tx, ctx, place)?;
    let mut came: BTreeMap<PersonId, Vec<PresentedRow>> = BTreeMap::new();
    for row in room_lists::presented(tx, place.scope())? {
        came.entry(row.person).or_default().push(row);
    }
    let mut seats = expected(tx, &assessment, sitting.as_ref())?;
    for seat in &mut seats {
        seat.came(came.remove(&seat.person).unwrap_or_default());
    }
    for rows in came.into_values() {
        seats.extend(stranger(rows));
    }
    let rooms = muster_storage::points::of_scope(tx, place.scope())?;
    Ok(RoomList { sitting, assessment, rooms, seats })
}

/// Those who belong there: who attends the class, or has a docket of the assessment.
fn expected(
    tx: &mut ReadTx<'_>,
    assessment: &AssessmentRow,
    sitting: Option<&SittingRow>,
) -> Result<Vec<Seat>> {
    let Some(sitting) = sitting else {
        let rows = room_lists::holders(tx, assessment.id)?.into_iter();
        return Ok(rows.map(|row| Seat::new(row.person, row.name, row.number)).collect());
    };
    let sitters = sittings::sitters(tx, sitting.id)?;
    let wanted: Vec<_> =
        sitters.iter().map(|one| DocketId::of(one.person, assessment.id)).collect();
    let issued = dockets::get_many(tx, &wanted)?.into_iter();
    let issued: HashSet<_> = issued.map(|row| row.person).collect();
    let seats = sitters.into_iter().map(|one| Seat {
        roll: one.roll_number,
        assigned: one.room.unwrap_or_default(),
        has_docket: issued.contains(&one.person),
        ..Seat::new(one.person, one.name, one.number)
    });
    Ok(seats.collect())
}

impl Seat {
    const fn new(person: PersonId, name: String, number: String) -> Self {
        Self {
            person,
            name,
            number,
            roll: String::new(),
            assigned: String::new(),
            has_docket: true,
            expected: true,
            attendance: Attendance::NotYet,
            last: None,
        }
    }

    fn came(&mut self, rows: Vec<PresentedRow>) {
        self.attendance = Attendance::of(rows.iter().map(|row| row.admitted));
        let admitted = self.attendance == Attendance::Admitted;
        self.last = rows.into_iter().rev().find(|row| row.admitted == admitted);
    }
}

/// Somebody who came and does not belong there.
fn stranger(rows: Vec<PresentedRow>) -> Option<Seat> {
    let PresentedRow { person, name, number, .. } = rows.first()?.clone();
    let mut seat = Seat { expected: false, ..Seat::new(person, name, number) };
    seat.came(rows);
    Some(seat)
}

/// Students of a room or hall whose name or number begins, in one of its words, with what was typed,
/// each with their docket if they have one.
pub fn find(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    point: PointId,
    (text, limit): (&str, usize),
) -> Result<Vec<(Seat, DocketId)>> {
    let point = points::get(tx, ctx, point)?;
    let place = match point.kind {
        PointKind::Room => Place::Sitting(point.scope.into()),
        PointKind::Hall => Place::Assessment(point.scope.into()),
        PointKind::Gate => return Ok(Vec::new()),
    };
    let list = room_list(tx, ctx, place)?;
    let assessment = list.assessment.id;
    let found = list.seats.into_iter().filter(|seat| seat.expected && is_called(seat, text));
    let with_docket = |seat: Seat| {
        let docket = DocketId::of(seat.person, assessment);
        (seat, docket)
    };
    Ok(found.take(limit).map(with_docket).collect())
}

/// Whether words of a student's name, or their number, begin with all that was typed.
pub fn is_called(seat: &Seat, text: &str) -> bool {
    let (name, number) = (fold(&seat.name), fold(&seat.number));
    fold(text).split_whitespace().all(|word| {
        number.starts_with(word) || name.split_whitespace().any(|own| own.starts_with(word))
    })
}
