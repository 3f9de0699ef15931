//! Entering results, all or nothing, and saying how the assessments of a class count.

use super::write::{Put, need_reason, put, put_sheet, store_sheets};
use super::{Sheet, is_judged, sheets};
use crate::academics::class_in_use;
use crate::{Ctx, Error, FieldError, Result, settings};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{AssessmentId, ClassId, PersonId, ResultId};
use muster_domain::results::{Scheme, Score, check_maximum, check_weights};
use muster_domain::text::{clean, clean_optional};
use muster_storage::enrolment::{self, EnrolmentRow};
use muster_storage::results::{self, ResultRow, SheetRow};
use muster_storage::{ReadTx, WriteTx};
use std::collections::{HashMap, HashSet};

/// Longest remark.
const REMARK: usize = 300;
/// Longest reason.
const REASON: usize = 500;

/// A result as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// In which assessment.
    pub assessment: AssessmentId,
    /// Whose.
    pub person: PersonId,
    /// The points, `AB`, `EX`, or nothing to take the result away.
    pub score: String,
    /// What the teacher says about it; none leaves what stands.
    pub remark: Option<String>,
    /// The version that was read, 0 where nothing stood; none writes over whatever stands.
    pub seen: Option<i64>,
}

/// What is wrong with one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// In which assessment.
    pub assessment: AssessmentId,
    /// Whose.
    pub person: PersonId,
    /// A sentence.
    pub detail: String,
}

/// What became of entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entered {
    /// So many results changed.
    Saved(usize),
    /// Nothing was stored.
    Refused(Vec<Fault>),
}

/// Enters results of a class: all of them, or none if anything is wrong with one.
pub fn enter(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    entries: &[Entry],
    reason: &str,
) -> Result<Entered> {
    ctx.need(Permission::EnterResults, Target::Class(class))?;
    let class = class_in_use(tx, class)?;
    let settings = settings::load(tx)?;
    let mut sheets = sheets(tx, &settings, &class)?;
    let reason = clean_optional(reason, REASON)
        .map_err(|error| Error::field("reason", error.to_string()))?;
    let standing = Standing::read(tx, class.id)?;
    let (mut puts, mut faults, mut twice) = (Vec::new(), Vec::new(), HashSet::new());
    for entry in entries {
        let found = if twice.insert((entry.assessment, entry.person)) {
            standing.put(ctx, &sheets, &class.id, entry)
        } else {
            Err("This result is given twice.".to_owned())
        };
        match found {
            Ok(found) => puts.extend(found),
            Err(detail) => {
                let Entry { assessment, person, .. } = *entry;
                faults.push(Fault { assessment, person, detail });
            }
        }
    }
    if !faults.is_empty() {
        return Ok(Entered::Refused(faults));
    }
    need_reason(puts.iter().any(|put| put.published), reason.as_deref())?;
    if puts.is_empty() {
        return Ok(Entered::Saved(0));
    }
    store_sheets(tx, &class, &mut sheets)?;
    put(tx, ctx, &class, &puts, reason.as_deref())?;
    Ok(Entered::Saved(puts.len()))
}

/// What stands in a class.
struct Standing {
    places: HashMap<PersonId, EnrolmentRow>,
    results: HashMap<(AssessmentId, PersonId), ResultRow>,
}

impl Standing {
    fn read(tx: &mut ReadTx<'_>, class: ClassId) -> Result<Self> {
        let places = enrolment::roster(tx, class)?.into_iter();
        let rows = results::of_class(tx, class)?.into_iter();
        Ok(Self {
            places: places.map(|place| (place.person, place)).collect(),
            results: rows.map(|row| ((row.assessment, row.person), row)).collect(),
        })
    }

    /// What an entry leads to; nothing where it says what stands.
    fn put(
        &self,
        ctx: &Ctx,
        sheets: &[Sheet],
        class: &ClassId,
        entry: &Entry,
    ) -> std::result::Result<Option<Put>, String> {
        let Entry { assessment, person, .. } = *entry;
        let sheet = sheets.iter().find(|sheet| sheet.row.assessment == assessment);
        let sheet = sheet.ok_or("The term of this class has no such assessment.")?;
        let before = self.results.get(&(assessment, person));
        let place = self.places.get(&person);
        if before.is_none() && !place.is_some_and(is_judged) {
            return Err("This student is not enrolled in the class.".to_owned());
        }
        let score = Score::parse(&entry.score, sheet.row.maximum);
        let score = score.map_err(|error| error.to_string())?;
        let remark = match &entry.remark {
            Some(remark) => clean_optional(remark, REMARK).map_err(|error| error.to_string())?,
            None => before.and_then(|row| row.remark.clone()),
        };
        if score.is_none() && entry.remark.is_some() && remark.is_some() {
            return Err("A remark needs a result: points, AB or EX.".to_owned());
        }
        let after = score.map(|score| result(ctx, (*class, assessment, person), score, remark));
        let same = match (before, &after) {
            (None, None) => true,
            (Some(was), Some(is)) => was.score() == is.score() && was.remark == is.remark,
            _ => false,
        };
        if same {
            return Ok(None);
        }
        let stands = before.map_or(0, |row| row.version);
        if entry.seen.is_some_and(|seen| seen != stands) {
            let now = before.map_or_else(|| "nothing".to_owned(), |row| row.score().to_string());
            return Err(format!(
                "Somebody else changed this meanwhile: it is {now} now. Save again to replace it."
            ));
        }
        Ok(Some(Put { before: before.cloned(), after, published: sheet.is_published() }))
    }
}

/// A result as it is about to be stored.
pub(crate) fn result(
    ctx: &Ctx,
    (class, assessment, person): (ClassId, AssessmentId, PersonId),
    score: Score,
    remark: Option<String>,
) -> ResultRow {
    ResultRow {
        id: ResultId::of(class, assessment, person),
        class,
        assessment,
        person,
        state: score.state(),
        points: score.points(),
        remark,
        entered_by: ctx.act.actor,
        entered_at: ctx.now(),
        version: 0,
    }
}

/// How an assessment counts in a class, as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemeInput {
    /// Which.
    pub assessment: AssessmentId,
    /// Out of how many points.
    pub maximum: String,
    /// How much of the total it is, in percent; 0 if it does not count.
    pub weight: String,
    /// The version that was read.
    pub seen: Option<i64>,
}

/// A weight as typed, in hundredths of a percent.
pub fn read_weight(text: &str) -> std::result::Result<i64, &'static str> {
    let text = text.trim();
    let weight = if text.is_empty() { Some(0) } else { Scheme::weight(text) };
    weight.ok_or("Choose a percentage from 0 to 100, with two decimals at most.")
}

/// Says how the assessments of a class count: those that are named, the others stay.
pub fn change_scheme(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    inputs: &[SchemeInput],
    reason: &str,
) -> Result<Entered> {
    ctx.need(Permission::EnterResults, Target::Class(class))?;
    let class = class_in_use(tx, class)?;
    let settings = settings::load(tx)?;
    let mut sheets = sheets(tx, &settings, &class)?;
    let reason = clean_optional(reason, REASON);
    let reason = reason.map_err(|error| Error::field("reason", error.to_string()))?;
    let known = results::of_class(tx, class.id)?;
    let (mut after, mut faults) = (Vec::new(), Vec::new());
    for sheet in &sheets {
        let input = inputs.iter().find(|input| input.assessment == sheet.row.assessment);
        match input.map_or(Ok(sheet.row.clone()), |input| wished(sheet, input, &known)) {
            Ok(row) => after.push(row),
            Err(detail) => {
                let (assessment, person) = (sheet.row.assessment, PersonId(uuid::Uuid::nil()));
                faults.push(Fault { assessment, person, detail });
            }
        }
    }
    if inputs.iter().any(|input| sheets.iter().all(|one| one.row.assessment != input.assessment)) {
        return Err(Error::NotFound);
    }
    if !faults.is_empty() {
        return Ok(Entered::Refused(faults));
    }
    let weights: Vec<_> = after.iter().map(|row| row.weight).collect();
    check_weights(&weights).map_err(|error| Error::field("weights", error.to_string()))?;
    let changed = |sheet: &Sheet, row: &SheetRow| {
        (sheet.row.maximum, sheet.row.weight) != (row.maximum, row.weight)
    };
    let any = sheets.iter().zip(&after).any(|(sheet, row)| changed(sheet, row));
    // Another weight changes the totals that students see.
    let seen = any && sheets.iter().any(Sheet::is_published);
    need_reason(seen, reason.as_deref())?;
    if !any {
        return Ok(Entered::Saved(0));
    }
    store_sheets(tx, &class, &mut sheets)?;
    let mut count = 0;
    for (sheet, row) in sheets.iter().zip(after) {
        if changed(sheet, &row) {
            let row = SheetRow { maximum: row.maximum, weight: row.weight, ..sheet.row.clone() };
            put_sheet(tx, "result_sheet.change", &sheet.row, row, reason.as_deref())?;
            count += 1;
        }
    }
    Ok(Entered::Saved(count))
}

/// A sheet as it is wished, unless results stand that would not fit.
fn wished(
    sheet: &Sheet,
    input: &SchemeInput,
    known: &[ResultRow],
) -> std::result::Result<SheetRow, String> {
    if input.seen.is_some_and(|seen| seen != sheet.row.version) {
        return Err("Somebody else changed this meanwhile. Look at it again.".to_owned());
    }
    let maximum = check_maximum(&input.maximum).map_err(|error| error.to_string())?;
    let weight = read_weight(&input.weight)?;
    let of_sheet = known.iter().filter(|row| row.assessment == sheet.row.assessment);
    let most = of_sheet.filter_map(|row| row.points).max().unwrap_or(0);
    if most > maximum * 100 {
        let most = muster_domain::results::Points(most);
        return Err(format!("Somebody has {most} points already: choose no less than that."));
    }
    Ok(SheetRow { maximum, weight, ..sheet.row.clone() })
}

/// A reason that must be there.
pub(super) fn reason(text: &str) -> Result<String> {
    clean(text, REASON).map_err(|_| {
        let detail = "Say why, in a few words.".to_owned();
        Error::Invalid(vec![FieldError { field: "reason", detail }])
    })
}
