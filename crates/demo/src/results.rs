//! Results of the demo: the first assessment is published, the second is being entered, by the same
//! actions as everywhere.

use crate::events::act;
use muster_app::results::{self, Entered, Entry};
use muster_app::sittings::{self, Filter};
use muster_app::{Ctx, Error, Result};
use muster_domain::ids::{AssessmentId, ClassId};
use muster_storage::assessments::AssessmentRow;
use muster_storage::{ReadTx, Store, academics, enrolment, people};
use std::collections::BTreeSet;

/// Whose classes have results: those of the people who sign in to the demo.
const WHOSE: [&str; 2] = ["S000001", "T0001"];

/// Enters results of some classes of the running term and publishes the first assessment. `ctx` gives
/// the circumstances of one act.
pub fn enter_results(store: &Store, ctx: impl Fn() -> Ctx) -> Result<()> {
    let office = store.read(|tx| people::by_identifier(tx, "A0001")).wait()?;
    let Some(office) = office.map(|row| row.id) else { return Ok(()) };
    let (classes, assessments) = act(store, ctx(), office, |tx, ctx| found(tx, ctx))?;
    let [first, second] = &assessments[..] else { return Ok(()) };
    for class in classes {
        let (first, second) = (first.id, second.id);
        act(store, ctx(), office, move |tx, ctx| {
            let mut entries = entries(tx, class, first, 1)?;
            // Of the second, half is entered so far.
            let more = entries_of_half(tx, class, second)?;
            entries.extend(more);
            match results::enter(tx, ctx, class, &entries, "")? {
                Entered::Saved(0) | Entered::Refused(_) => Ok(()),
                Entered::Saved(_) => results::publish(tx, ctx, class, first),
            }
        })?;
    }
    while act(store, ctx(), office, results::step)? {}
    Ok(())
}

/// Some classes of the term of the active assessment, and its first two assessments.
fn found(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<(Vec<ClassId>, Vec<AssessmentRow>)> {
    let filter = Filter {
        term: None,
        assessment: None,
        course: String::new(),
        from: None,
        until: None,
        after: None,
        limit: 0,
    };
    let Some(active) = sittings::schedule(tx, ctx, &filter)?.assessment else {
        return Err(Error::NotFound);
    };
    let mut assessments = muster_app::finance::assessments(tx, ctx, active.term)?;
    assessments.truncate(2);
    let mut theirs = BTreeSet::new();
    for number in WHOSE {
        let Some(person) = people::by_identifier(tx, number)? else { continue };
        let attended = academics::attended_classes(tx, person.id)?;
        theirs.extend(attended.into_iter().map(|class| class.id));
        theirs.extend(people::grants(tx, person.id)?.into_iter().filter_map(|grant| grant.class));
    }
    let mut classes = academics::classes(tx)?;
    classes.retain(|class| class.term == active.term && class.archived_at.is_none());
    classes.retain(|class| theirs.contains(&class.id));
    Ok((classes.into_iter().map(|class| class.id).collect(), assessments))
}

fn entries_of_half(
    tx: &mut ReadTx<'_>,
    class: ClassId,
    assessment: AssessmentId,
) -> Result<Vec<Entry>> {
    let mut all = entries(tx, class, assessment, 2)?;
    all.truncate(all.len() / 2);
    Ok(all)
}

/// A made-up result of everybody in a class: few are absent, one is exempt.
fn entries(
    tx: &mut ReadTx<'_>,
    class: ClassId,
    assessment: AssessmentId,
    salt: usize,
) -> Result<Vec<Entry>> {
    let attending =
        enrolment::roster(tx, class)?.into_iter().filter(enrolment::EnrolmentRow::attends);
    let entry = |(at, place): (usize, enrolment::EnrolmentRow)| {
        let throw = (at * 37 + salt * 101 + at * at * 11) % 97;
        let score = match throw {
            0..=3 => "AB".to_owned(),
            4 => "EX".to_owned(),
            // Between 6 and 19.5 of 20, most in the middle.
            throw => {
                format!("{}.{}", 6 + (throw % 8) + (throw / 14), if throw % 2 == 0 { 0 } else { 5 })
            }
        };
        let remark = (throw == 96).then(|| "Clear and complete".to_owned());
        Entry { assessment, person: place.person, score, remark, seen: None }
    };
    Ok(attending.enumerate().map(entry).collect())
}
