//! Exams of the demo: sittings of the active assessment, two holds, and the dockets of a class, by
//! the same actions as everywhere, since dockets are signed with the node's own keys.

use crate::badges::finish;
use crate::events::{act, join};
use crate::names::name;
use crate::rng::Rng;
use crate::sitting_now;
use muster_app::dockets::{self, Group};
use muster_app::sittings::{self, Filter, SittingInput};
use muster_app::{Ctx, Result, holds, people};
use muster_domain::auth::Role;
use muster_domain::ids::{AssessmentId, ClassId};
use muster_domain::time::{Date, Span, Timestamp};
use muster_storage::{Store, WriteTx, academics};

/// Classes that sit an exam.
const CLASSES: usize = 40;
/// Exams on one day: two in the morning, two in the afternoon.
const A_DAY: usize = 4;
/// Rooms, one after the other.
const ROOMS: [&str; 4] = ["Great Hall; Annex", "B 12", "B 14; B 15", "Laboratory 2"];
/// Who is held, and why.
const HOLDS: [(&str, &str); 2] = [
    ("S000004", "Two library books are long due"),
    ("S000007", "Disciplinary case 12 is not decided yet"),
];

/// Enters one sitting of today and others from next week on, holds, dockets of the first class, and
/// who came to its exam. `ctx` gives the circumstances of one act, with the keys that sign.
pub fn sit_exams(store: &Store, password_hash: &str, ctx: impl Fn() -> Ctx) -> Result<()> {
    let office = store.read(|tx| muster_storage::people::by_identifier(tx, "A0001")).wait()?;
    let Some(office) = office.map(|row| row.id) else { return Ok(()) };
    let invigilator = ("V0001", name(&mut Rng::new(29)), Role::Invigilator, password_hash);
    let invigilator = join(store, ctx(), office, invigilator)?;
    let Some((assessment, classes)) = act(store, ctx(), office, schedule)? else { return Ok(()) };
    for (number, reason) in HOLDS {
        act(store, ctx(), office, move |tx, ctx| {
            let person = people::named(tx, number)?;
            holds::place(tx, ctx, person, reason).map(drop)
        })?;
    }
    let Some(class) = classes.first().copied() else { return Ok(()) };
    let batch = act(store, ctx(), office, move |tx, ctx| {
        dockets::begin_batch(tx, ctx, assessment, Group::Class(class))
    })?;
    finish(store, office, batch, &ctx)?;
    sitting_now::come(store, (office, invigilator), (assessment, class), &ctx)
}

fn schedule(tx: &mut WriteTx<'_>, ctx: &Ctx) -> Result<Option<(AssessmentId, Vec<ClassId>)>> {
    let filter = Filter {
        term: None,
        assessment: None,
        course: String::new(),
        from: None,
        until: None,
        after: None,
        limit: 0,
    };
    let found = sittings::schedule(tx, ctx, &filter)?;
    let Some(assessment) = found.assessment.filter(|row| row.active) else { return Ok(None) };
    let mut classes = academics::classes(tx)?;
    classes.retain(|class| class.term == assessment.term && class.archived_at.is_none());
    let first = ctx.now().0.div_euclid(Span::days(1).0) + 7;
    let mut sitting = Vec::new();
    for (at, class) in classes.iter().take(CLASSES).enumerate() {
        let day = Date(first + i64::try_from(at / A_DAY).unwrap_or(0));
        let hour = if at % A_DAY < 2 { 10 } else { 14 };
        // The first of them sit theirs now, since a quarter of an hour or so.
        let quarter = Span::minutes(15).0;
        let now = Timestamp((ctx.now().0.div_euclid(quarter) - 1) * quarter);
        let starts_at = if at == 0 { now } else { day.midnight() + Span::hours(hour) };
        let rooms = ROOMS.get(at % A_DAY).copied().unwrap_or("B 12").to_owned();
        let input = SittingInput { starts_at, ends_at: starts_at + Span::hours(2), rooms };
        sittings::create(tx, ctx, (assessment.id, class.id), &input)?;
        sitting.push(class.id);
    }
    Ok(Some((assessment.id, sitting)))
}
