//! Classes of which a bundle names everybody: who is not among them has left.

use super::enrolments::PlaceWrite;
use super::part::Part;
use super::plan::{Plan, Writes};
use crate::Result;
use muster_domain::academics::EnrolmentStatus;
use muster_domain::text::fold;
use muster_storage::ReadTx;
use muster_storage::enrolment::{self, EnrolmentRow};
use std::ops::Range;

/// What lines lead to.
pub(super) fn plan(tx: &mut ReadTx<'_>, part: &Part, range: Range<usize>) -> Result<Plan> {
    let mut plan = Plan::default();
    let lines = plan.lines(part, range);
    let catalogue = part.catalogue(tx)?;
    let complete = part.bundled.as_ref().and_then(|bundled| bundled.complete.as_ref());
    let mut writes = Vec::new();
    for (index, mut cells) in lines {
        let class = catalogue.class(&mut cells, part.term).cloned();
        let (Some(class), Some(named)) = (class, complete.and_then(|known| known.get(&index)))
        else {
            // Its own line of the classes says what is wrong.
            plan.unchanged += 1;
            continue;
        };
        let roster = enrolment::roster(tx, class.id)?.into_iter();
        let left = roster.filter(|place| {
            place.status == EnrolmentStatus::Active && !named.contains(&fold(&place.number))
        });
        let before = writes.len();
        writes.extend(left.map(|place| {
            let row = EnrolmentRow { status: EnrolmentStatus::Withdrawn, ..place.clone() };
            PlaceWrite::changed(cells.number(), &class, row, place)
        }));
        plan.unchanged += i64::from(writes.len() == before);
    }
    plan.writes = Writes::Enrolments(writes);
    Ok(plan)
}
