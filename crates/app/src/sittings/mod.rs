//! Sittings: exams of classes within assessments, and who sits in which of their rooms.

mod places;

pub use places::{assign, clear_rooms, share_out, sitters};

use crate::academics::class_in_use;
use crate::finance;
use crate::{Ctx, Error, Form, Result};
use muster_domain::academics::{LONGEST_MEETING, check_meeting};
use muster_domain::auth::{Extent, Permission, Target};
use muster_domain::dockets::{self, Rooms, Sat, shares_time};
use muster_domain::ids::{AssessmentId, ClassId, SittingId, TermId};
use muster_domain::text::fold;
use muster_domain::time::Timestamp;
use muster_journal::Change;
use muster_storage::academics::{ClassRow, TermRow};
use muster_storage::assessments::AssessmentRow;
use muster_storage::sittings::{self, ClashingRow, Search, SittingRow};
use muster_storage::{ReadTx, WriteTx, academics, redemptions};
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

pub(crate) const EVERYTHING: Target = Target::Institution;

/// Students of a sitting who sit another one at the same time that are told by name.
const CLASHING: i64 = 50;

/// When and where a sitting is, as typed.
#[derive(Clone, Debug)]
pub struct SittingInput {
    /// Start.
    pub starts_at: Timestamp,
    /// End.
    pub ends_at: Timestamp,
    /// Its rooms, separated by semicolons.
    pub rooms: String,
}

impl SittingInput {
    fn over(&self, row: SittingRow) -> Result<SittingRow> {
        let mut form = Form::default();
        form.take("ends_at", check_meeting(self.starts_at, self.ends_at));
        let rooms = form.take("rooms", Rooms::parse(&self.rooms)).unwrap_or_default();
        form.check()?;
        let Self { starts_at, ends_at, .. } = *self;
        Ok(SittingRow { starts_at, ends_at, rooms: rooms.to_string(), ..row })
    }
}

/// Adds a sitting of a class to an assessment.
pub fn create(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    (assessment, class): (AssessmentId, ClassId),
    input: &SittingInput,
) -> Result<SittingId> {
    ctx.need(Permission::ManageSittings, EVERYTHING)?;
    let class = class_in_use(tx, class)?;
    let assessment = finance::stored_assessment(tx, assessment)?;
    if class.term != assessment.term {
        let detail = format!("{} {} is of another term.", class.course_code, class.section);
        return Err(Error::field("class", detail));
    }
    let empty = SittingRow {
        id: ctx.fresh(),
        assessment: assessment.id,
        assessment_code: assessment.code,
        class: class.id,
        course_code: class.course_code,
        course_name: class.course_name,
        section: class.section,
        starts_at: Timestamp(0),
        ends_at: Timestamp(0),
        rooms: String::new(),
        version: tx.version(),
    };
    let row = input.over(empty)?;
    sittings::insert_many(tx, std::slice::from_ref(&row)).map_err(taken)?;
    let change = Change::new("sitting.create", "sitting", row.id).on(row.class);
    tx.journal(change.created(&fields(&row)))?;
    Ok(row.id)
}

/// Changes a sitting that was read at version `seen`. Whoever was assigned a room that is no longer
/// one of its rooms is assigned none.
pub fn change(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    id: SittingId,
    seen: i64,
    input: &SittingInput,
) -> Result<()> {
    ctx.need(Permission::ManageSittings, EVERYTHING)?;
    let before = sittings::get(tx, id)?.ok_or(Error::NotFound)?;
    if before.version != seen {
        return Err(Error::Stale);
    }
    let after = input.over(before.clone())?;
    if after == before {
        return Ok(());
    }
    let after = SittingRow { version: tx.version_over(seen), ..after };
    put(tx, &before, &after)
}

/// Stores a changed sitting.
pub(crate) fn put(tx: &mut WriteTx<'_>, before: &SittingRow, after: &SittingRow) -> Result<()> {
    if !sittings::update(tx, after, before.version).map_err(taken)? {
        return Err(Error::Stale);
    }
    if before.rooms != after.rooms {
        places::keep_known(tx, after)?;
    }
    let change = Change::new("sitting.change", "sitting", after.id).on(after.class);
    Ok(tx.journal(change.changed(&fields(before), &fields(after), before.version))?)
}

/// Takes a sitting away, with who sits where in it; not one at whose rooms dockets were presented.
pub fn remove(tx: &mut WriteTx<'_>, ctx: &Ctx, id: SittingId) -> Result<AssessmentId> {
    ctx.need(Permission::ManageSittings, EVERYTHING)?;
    let row = sittings::get(tx, id)?.ok_or(Error::NotFound)?;
    if redemptions::any(tx, id.0)? {
        let detail = "Dockets were presented at this sitting: it stays, with its room list.";
        return Err(Error::field("sitting", detail));
    }
    if !sittings::remove(tx, id, row.version)? {
        return Err(Error::Stale);
    }
    let change = Change::new("sitting.remove", "sitting", id).on(row.class);
    tx.journal(change.changed(&fields(&row), &json!({}), row.version))?;
    Ok(row.assessment)
}

/// A sitting, for whoever may see those of its assessment.
pub fn get(tx: &mut ReadTx<'_>, ctx: &Ctx, id: SittingId) -> Result<SittingRow> {
    let row = sittings::get(tx, id)?.ok_or(Error::NotFound)?;
    ctx.need(Permission::ViewSittings, Target::Assessment(row.assessment))?;
    Ok(row)
}

/// Which sittings somebody looks for.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Of this term; of the one that runs now without it.
    pub term: Option<TermId>,
    /// Of this assessment; of the active one of the term, or else its first, without it.
    pub assessment: Option<AssessmentId>,
    /// The beginning of the course's code.
    pub course: String,
    /// From then on.
    pub from: Option<Timestamp>,
    /// Until before then.
    pub until: Option<Timestamp>,
    /// Behind that one.
    pub after: Option<SittingId>,
    /// At most so many.
    pub limit: i64,
}

/// Sittings of an assessment.
#[derive(Clone, Debug, Default)]
pub struct Schedule {
    /// All terms, the latest first.
    pub terms: Vec<TermRow>,
    /// The term that is meant; none before there is any.
    pub term: Option<TermRow>,
    /// Its assessments.
    pub assessments: Vec<AssessmentRow>,
    /// The one whose sittings these are.
    pub assessment: Option<AssessmentRow>,
    /// By time.
    pub rows: Vec<SittingRow>,
    /// Of these, how many students sit another one at the same time.
    pub clashes: HashMap<SittingId, i64>,
}

/// Sittings that are looked for, by time: of assessments that the person who asks may see.
pub fn schedule(tx: &mut ReadTx<'_>, ctx: &Ctx, filter: &Filter) -> Result<Schedule> {
    let seen = ctx.assessments(Permission::ViewSittings)?;
    let named = filter.assessment.map(|id| finance::find_assessment(tx, id)).transpose()?;
    let named = named.filter(|row| filter.term.is_none_or(|term| term == row.term));
    if named.as_ref().is_some_and(|row| !seen.contains(row.id)) {
        return Err(Error::Forbidden);
    }
    let term = match named.as_ref().map(|row| row.term).or(filter.term) {
        Some(term) => Some(term),
        None => usual_term(tx, ctx, &seen)?,
    };
    let Some(term) = finance::chosen_term(tx, ctx, term)? else { return Ok(Schedule::default()) };
    let mut assessments = finance::assessments_of(tx, term.id)?;
    assessments.retain(|row| seen.contains(row.id));
    let assessment = named.or_else(|| usual(&assessments).cloned());
    let rows = match &assessment {
        Some(assessment) => rows(tx, assessment.id, filter)?,
        None => Vec::new(),
    };
    let clashes = clashes(tx, &rows)?;
    let terms = academics::terms(tx)?;
    Ok(Schedule { terms, term: Some(term), assessments, assessment, rows, clashes })
}

/// The term that is meant where none is named: the one that runs, but for whoever sees a few assessments
/// alone one of theirs, an active one first.
fn usual_term(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    seen: &Extent<AssessmentId>,
) -> Result<Option<TermId>> {
    let running = finance::chosen_term(tx, ctx, None)?.map(|term| term.id);
    let Extent::These(own) = seen else { return Ok(running) };
    let mut rows = Vec::with_capacity(own.len());
    for id in own {
        rows.push(finance::find_assessment(tx, *id)?);
    }
    let first = rows.iter().find(|row| row.active).or(rows.last()).map(|row| row.term);
    Ok(if rows.iter().any(|row| Some(row.term) == running) { running } else { first })
}

/// The assessment that is meant where none is named.
pub(crate) fn usual(assessments: &[AssessmentRow]) -> Option<&AssessmentRow> {
    assessments.iter().find(|row| row.active).or_else(|| assessments.first())
}

fn rows(tx: &mut ReadTx<'_>, assessment: AssessmentId, filter: &Filter) -> Result<Vec<SittingRow>> {
    let after = match filter.after {
        Some(id) => (sittings::get(tx, id)?.ok_or(Error::NotFound)?.starts_at, id),
        None => (Timestamp(i64::MIN), SittingId(Uuid::nil())),
    };
    let search = Search {
        assessment,
        course: filter.course.trim().to_owned(),
        from: filter.from.unwrap_or(Timestamp(i64::MIN)),
        until: filter.until.unwrap_or(Timestamp(i64::MAX)),
        after,
        limit: filter.limit,
    };
    Ok(sittings::list(tx, &search)?)
}

/// How many students of some sittings sit another one at the same time.
fn clashes(tx: &mut ReadTx<'_>, rows: &[SittingRow]) -> Result<HashMap<SittingId, i64>> {
    let first = rows.iter().map(|row| row.starts_at).min();
    let last = rows.iter().map(|row| row.ends_at).max();
    let Some((first, last)) = first.zip(last) else { return Ok(HashMap::new()) };
    let near = sittings::beginning(tx, (first - LONGEST_MEETING, last))?.into_iter();
    let sat =
        near.map(|row| Sat { id: row.id, class: row.class, times: (row.starts_at, row.ends_at) });
    let sat: Vec<_> = sat.collect();
    // Most sittings have their time for themselves, or are among few.
    let clash = |one: &&Sat| {
        sat.iter().any(|other| other.id != one.id && shares_time(one.times, other.times))
    };
    let mut classes: Vec<_> = sat.iter().filter(clash).map(|sat| sat.class).collect();
    classes.sort_unstable();
    classes.dedup();
    let students = sittings::students(tx, &classes)?;
    Ok(dockets::clashes(&sat, students))
}

/// The classes of a term that may have sittings, and the term's assessments: for a form.
pub fn choices(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    term: TermId,
) -> Result<(Vec<AssessmentRow>, Vec<ClassRow>)> {
    ctx.need(Permission::ViewSittings, EVERYTHING)?;
    let mut classes = academics::classes(tx)?;
    classes.retain(|class| class.term == term && class.archived_at.is_none());
    Ok((finance::assessments_of(tx, term)?, classes))
}

/// The class of a term that is named by course and section, as people write it: `MA201 A`.
pub fn class_named(tx: &mut ReadTx<'_>, ctx: &Ctx, term: TermId, name: &str) -> Result<ClassId> {
    let (_, classes) = choices(tx, ctx, term)?;
    let wanted = fold(&name.split_whitespace().collect::<Vec<_>>().join(" "));
    let named = |class: &&ClassRow| {
        wanted == fold(&format!("{} {}", class.course_code, class.section))
            || wanted == fold(&class.course_code)
    };
    let mut found = classes.iter().filter(named);
    match (found.next(), found.next()) {
        (Some(class), None) => Ok(class.id),
        (Some(_), Some(_)) => {
            Err(Error::field("class", "This course has several sections: name one, as MA201 A."))
        }
        (None, _) => Err(Error::field("class", "There is no such class in this term.")),
    }
}

/// Students of a sitting who sit another one at the same time.
pub fn clashing(tx: &mut ReadTx<'_>, ctx: &Ctx, id: SittingId) -> Result<Vec<ClashingRow>> {
    get(tx, ctx, id)?;
    Ok(sittings::clashing(tx, id, CLASHING)?)
}

fn taken(error: muster_storage::Error) -> Error {
    match error {
        muster_storage::Error::Conflict(_) => {
            Error::field("starts_at", "The class has a sitting at that time already.")
        }
        error => error.into(),
    }
}

pub(crate) fn fields(row: &SittingRow) -> Value {
    let SittingRow { assessment, class, starts_at, ends_at, rooms, .. } = row;
    json!({
        "assessment": assessment, "class": class, "starts_at": starts_at, "ends_at": ends_at,
        "rooms": rooms,
    })
}
