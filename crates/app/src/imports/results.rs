//! Results, from lines: a line is about the result of a student in an assessment of a class.

use super::enrolments::{Students, students};
use super::line::Cells;
use super::part::Part;
use super::plan::{Plan, Sample, Writes, differences};
use super::undo::Done;
use crate::results::{Put, Sheet, need_reason, put, result, sheets, store_sheets};
use crate::{Ctx, Result, settings};
use muster_domain::academics::EnrolmentStatus;
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{AssessmentId, ClassId, PersonId};
use muster_domain::results::Score;
use muster_domain::text::{clean_optional, fold};
use muster_storage::academics::ClassRow;
use muster_storage::results::{self, ResultRow};
use muster_storage::{ReadTx, WriteTx, enrolment};
use serde_json::json;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

/// Longest remark, and longest reason.
const WORDS: usize = 300;

/// A result to be made or changed.
#[derive(Clone, Debug)]
pub(super) struct ResultWrite {
    line: u64,
    title: String,
    class: ClassRow,
    reason: Option<String>,
    pub put: Put,
}

/// What stands in the classes that lines name.
#[derive(Default)]
struct Known {
    sheets: HashMap<ClassId, Vec<Sheet>>,
    results: HashMap<(ClassId, AssessmentId, PersonId), ResultRow>,
}

/// What a line says.
struct Said {
    class: ClassRow,
    sheet: Sheet,
    person: PersonId,
    title: String,
    score: Score,
    remark: Option<String>,
    reason: Option<String>,
}

/// What lines lead to.
pub(super) fn plan(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    part: &Part,
    range: Range<usize>,
) -> Result<Plan> {
    let mut plan = Plan::default();
    let lines = plan.lines(part, range);
    let students = students(tx, &lines, part)?;
    let (mut known, mut asked) = (Known::default(), Vec::new());
    for (_, mut cells) in lines {
        match said(tx, ctx, &mut cells, part, (&students, &mut known))? {
            Some(said) if cells.is_right() => asked.push((cells, said)),
            _ => plan.refuse(cells),
        }
    }
    let pairs: Vec<_> = asked.iter().map(|(_, said)| (said.class.id, said.person)).collect();
    let enrolled: HashSet<_> = enrolment::standings(tx, &pairs)?
        .into_iter()
        .filter(|row| row.status != EnrolmentStatus::Withdrawn)
        .map(|row| (row.class, row.person))
        .collect();
    let mut writes = Vec::new();
    for (mut cells, said) in asked {
        let Said { class, sheet, person, title, score, remark, reason } = said;
        let (assessment, key) = (sheet.row.assessment, (class.id, sheet.row.assessment, person));
        let before = known.results.get(&key).cloned();
        let who = format!("{} {assessment} {person}", class.id);
        if let Some(first) = part.claims.first("result", &who, cells.number()) {
            cells.wrong("number", format!("Line {first} is about the same result."));
        } else if before.is_none() && !enrolled.contains(&(class.id, person)) {
            cells.wrong("number", "This student is not enrolled in the class.");
        }
        let remark = remark.or_else(|| before.as_ref().and_then(|row| row.remark.clone()));
        let stands = before.as_ref().map(|row| (row.score(), row.remark.as_ref()));
        let same = stands == Some((score, remark.as_ref()));
        if !same && let Err(error) = need_reason(sheet.is_published(), reason.as_deref()) {
            cells.blame("reason", error);
        }
        if !cells.is_right() {
            plan.refuse(cells);
        } else if same {
            plan.unchanged += 1;
        } else {
            let after = Some(result(ctx, key, score, remark));
            let put = Put { before, after, published: sheet.is_published() };
            writes.push(ResultWrite { line: cells.number(), title, class, reason, put });
        }
    }
    plan.writes = Writes::Results(writes);
    Ok(plan)
}

fn said(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    cells: &mut Cells<'_>,
    part: &Part,
    (students, known): (&Students, &mut Known),
) -> Result<Option<Said>> {
    let class = part.catalogue.class(cells, part.term).cloned();
    let person = students.find(cells).cloned();
    let remark = cells.take("remark", clean_optional(cells.get("remark"), WORDS)).flatten();
    let reason = cells.take("reason", clean_optional(cells.get("reason"), WORDS)).flatten();
    let Some(class) = class else { return Ok(None) };
    if ctx.need(Permission::EnterResults, Target::Class(class.id)).is_err() {
        cells.wrong("course", "You don't enter results of this class.");
        return Ok(None);
    }
    if class.archived_at.is_some() {
        cells.wrong("course", "This class is archived.");
    }
    let Some(sheet) = sheet(tx, cells, part, (&class, known))? else { return Ok(None) };
    let text = cells.needed("score");
    let score = text.and_then(|text| cells.take("score", Score::parse(text, sheet.row.maximum)));
    if score == Some(None) {
        cells.wrong("score", "Write points, such as 14.5, or AB for absent, or EX for exempt.");
    }
    let (Some(person), Some(Some(score))) = (person, score) else { return Ok(None) };
    let title = format!(
        "{} · {}: {} in {} {}",
        person.number, person.name, sheet.assessment.code, class.course_code, class.section
    );
    Ok(Some(Said { sheet, person: person.id, title, score, remark, reason, class }))
}

/// The sheet of the assessment that a line names; the first line about a class reads what it has.
fn sheet(
    tx: &mut ReadTx<'_>,
    cells: &mut Cells<'_>,
    part: &Part,
    (class, known): (&ClassRow, &mut Known),
) -> Result<Option<Sheet>> {
    let of_class = match known.sheets.entry(class.id) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(place) => {
            let stored = results::of_class(tx, class.id)?.into_iter();
            known.results.extend(stored.map(|row| ((row.class, row.assessment, row.person), row)));
            place.insert(sheets(tx, &part.settings, class)?)
        }
    };
    let Some(name) = cells.needed("assessment") else { return Ok(None) };
    let named = |sheet: &&Sheet| fold(&sheet.assessment.code) == fold(name);
    let found = of_class.iter().find(named).cloned();
    if found.is_none() {
        let codes: Vec<_> = of_class.iter().map(|sheet| sheet.assessment.code.as_str()).collect();
        let detail = format!("“{name}” is none of {} in {}.", codes.join(", "), class.term_name);
        cells.wrong("assessment", detail);
    }
    Ok(found)
}

/// A change as people look at it.
pub(super) fn sample(write: &ResultWrite) -> Sample {
    let shown = |row: &ResultRow| json!({"score": row.score().to_string(), "remark": row.remark});
    let before = write.put.before.as_ref().map(shown);
    let after = write.put.after.as_ref().map_or(json!({}), shown);
    let fields = differences(before.as_ref(), &after);
    Sample { line: write.line, title: write.title.clone(), is_new: before.is_none(), fields }
}

/// Writes results.
pub(super) fn write(tx: &mut WriteTx<'_>, ctx: &Ctx, writes: &[ResultWrite]) -> Result<Vec<Done>> {
    let settings = settings::load(tx)?;
    let mut groups: BTreeMap<(ClassId, Option<&str>), Vec<&ResultWrite>> = BTreeMap::new();
    for write in writes {
        groups.entry((write.class.id, write.reason.as_deref())).or_default().push(write);
    }
    let mut done = Vec::new();
    for ((_, reason), writes) in groups {
        let Some(class) = writes.first().map(|write| &write.class) else { continue };
        let mut sheets = sheets(tx, &settings, class)?;
        store_sheets(tx, class, &mut sheets)?;
        let puts: Vec<_> = writes.iter().map(|write| write.put.clone()).collect();
        let stored = put(tx, ctx, class, &puts, reason)?;
        for (Put { before, .. }, row) in puts.iter().zip(stored) {
            if let Some(row) = row {
                done.push(Done::new("result", row.id, before.as_ref(), row.version));
            }
        }
    }
    Ok(done)
}
