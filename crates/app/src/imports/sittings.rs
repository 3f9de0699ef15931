//! Sittings, from lines: a line says the same as a sitting that stands if class, assessment and
//! start are the same.

use super::line::Cells;
use super::part::Part;
use super::plan::{Plan, Sample, Writes, differences};
use super::undo::Done;
use crate::finance;
use crate::sittings::{fields, put, usual};
use crate::{Ctx, Result};
use muster_domain::academics::check_meeting;
use muster_domain::dockets::Rooms;
use muster_domain::ids::{ClassId, TermId};
use muster_domain::text::fold;
use muster_domain::time::Timestamp;
use muster_journal::Change;
use muster_storage::academics::ClassRow;
use muster_storage::assessments::AssessmentRow;
use muster_storage::sittings::{self, SittingRow};
use muster_storage::{ReadTx, WriteTx};
use serde_json::json;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

/// A sitting to be added or changed.
#[derive(Clone, Debug)]
pub(super) struct SittingWrite {
    line: u64,
    when: String,
    pub row: SittingRow,
    pub before: Option<SittingRow>,
}

/// What stands already, as far as lines ask for it.
#[derive(Default)]
struct Known {
    assessments: HashMap<TermId, Vec<AssessmentRow>>,
    sittings: HashMap<ClassId, Vec<SittingRow>>,
}

/// What lines lead to.
pub(super) fn plan(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    part: &Part,
    range: Range<usize>,
) -> Result<Plan> {
    let mut plan = Plan::default();
    let mut known = Known::default();
    let mut writes = Vec::new();
    for (_, mut cells) in plan.lines(part, range) {
        let class = part.catalogue.class(&mut cells, part.term).cloned();
        let assessment = match &class {
            Some(class) => assessment(tx, &mut known, &mut cells, class)?,
            None => None,
        };
        let wish = wish(&mut cells, part);
        let (Some(class), Some(assessment), Some(wish), true) =
            (class, assessment, wish, cells.is_right())
        else {
            plan.refuse(cells);
            continue;
        };
        let key = format!("{} {} {}", class.id, assessment.id, wish.starts_at.0);
        if let Some(first) = part.claims.first("sitting", &key, cells.number()) {
            cells.wrong("starts_at", format!("Line {first} is about the same sitting."));
            plan.refuse(cells);
            continue;
        }
        let before = standing(tx, &mut known, class.id)?.iter();
        let same =
            |row: &&SittingRow| row.assessment == assessment.id && row.starts_at == wish.starts_at;
        let before = before.clone().find(same).cloned();
        let row = wish.over(ctx, &class, &assessment, before.as_ref());
        if before.as_ref() == Some(&row) {
            plan.unchanged += 1;
            continue;
        }
        let when = format!("{} {}", cells.get("date"), cells.get("starts_at"));
        writes.push(SittingWrite { line: cells.number(), when, row, before });
    }
    plan.writes = Writes::Sittings(writes);
    Ok(plan)
}

/// The assessment that a line names, or the active one of its term.
fn assessment(
    tx: &mut ReadTx<'_>,
    known: &mut Known,
    cells: &mut Cells<'_>,
    class: &ClassRow,
) -> Result<Option<AssessmentRow>> {
    let of_term = match known.assessments.entry(class.term) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(place) => place.insert(finance::assessments_of(tx, class.term)?),
    };
    let name = cells.get("assessment").to_owned();
    if name.is_empty() {
        let active = usual(of_term).filter(|row| row.active).cloned();
        if active.is_none() {
            cells.wrong("assessment", "No assessment is active: name one in a column.");
        }
        return Ok(active);
    }
    let named = |row: &&AssessmentRow| fold(&row.code) == fold(&name);
    let found = of_term.iter().find(named).cloned();
    if found.is_none() {
        let codes: Vec<_> = of_term.iter().map(|row| row.code.as_str()).collect();
        let detail = format!("“{name}” is none of {} in {}.", codes.join(", "), class.term_name);
        cells.wrong("assessment", detail);
    }
    Ok(found)
}

fn standing<'k>(
    tx: &mut ReadTx<'_>,
    known: &'k mut Known,
    class: ClassId,
) -> Result<&'k [SittingRow]> {
    Ok(match known.sittings.entry(class) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(place) => place.insert(sittings::of_class(tx, class)?),
    })
}

/// What a line says about a sitting.
struct Wish {
    starts_at: Timestamp,
    ends_at: Timestamp,
    rooms: Rooms,
}

impl Wish {
    fn over(
        &self,
        ctx: &Ctx,
        class: &ClassRow,
        assessment: &AssessmentRow,
        before: Option<&SittingRow>,
    ) -> SittingRow {
        SittingRow {
            id: before.map_or_else(|| ctx.fresh(), |row| row.id),
            assessment: assessment.id,
            assessment_code: assessment.code.clone(),
            class: class.id,
            course_code: class.course_code.clone(),
            course_name: class.course_name.clone(),
            section: class.section.clone(),
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            rooms: self.rooms.to_string(),
            version: before.map_or(0, |row| row.version),
        }
    }
}

/// An end before the start is on the day after.
fn wish(cells: &mut Cells<'_>, part: &Part) -> Option<Wish> {
    let day = cells.needed("date").and_then(|_| cells.date("date"));
    let starts = cells.needed("starts_at").and_then(|_| cells.time("starts_at"));
    let ends = cells.needed("ends_at").and_then(|_| cells.time("ends_at"));
    let rooms = cells.take("rooms", Rooms::parse(cells.get("rooms")));
    let (day, starts, ends) = (day?, starts?, ends?);
    let last = if ends < starts { day.tomorrow().ok()? } else { day };
    let (starts_at, ends_at) = (part.instant(day, starts)?, part.instant(last, ends)?);
    cells.take("ends_at", check_meeting(starts_at, ends_at))?;
    Some(Wish { starts_at, ends_at, rooms: rooms? })
}

/// A change as people look at it.
pub(super) fn sample(write: &SittingWrite) -> Sample {
    let SittingWrite { line, when, row, before } = write;
    let title = format!("{} {}, {}, {when}", row.course_code, row.section, row.assessment_code);
    let shown = |row: &SittingRow| {
        let minutes = (row.ends_at - row.starts_at).as_seconds() / 60;
        json!({"rooms": row.rooms, "minutes": minutes})
    };
    let fields = differences(before.as_ref().map(shown).as_ref(), &shown(row));
    Sample { line: *line, title, is_new: before.is_none(), fields }
}

/// Writes sittings.
pub(super) fn write(tx: &mut WriteTx<'_>, writes: &[SittingWrite]) -> Result<Vec<Done>> {
    let of: BTreeSet<_> = writes.iter().map(|write| write.row.assessment).collect();
    for assessment in of {
        finance::stored_assessment(tx, assessment)?;
    }
    let (mut done, mut changes, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    for write in writes {
        let seen = write.before.as_ref().map_or(0, |row| row.version);
        let row = SittingRow { version: tx.version_over(seen), ..write.row.clone() };
        done.push(Done::new("sitting", row.id, write.before.as_ref(), row.version));
        if let Some(before) = &write.before {
            put(tx, before, &row)?;
        } else {
            let change = Change::new("sitting.create", "sitting", row.id).on(row.class);
            changes.push(change.created(&fields(&row)));
            rows.push(row);
        }
    }
    sittings::insert_many(tx, &rows)?;
    tx.journal_many(changes)?;
    Ok(done)
}
