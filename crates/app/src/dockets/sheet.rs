//! The page of a docket: whose it is, what they sit, and its credential.

use crate::credentials::{self, Drawn, Said};
use crate::{Ctx, Error, Result, batches, finance};
use muster_credential::payload::Kind;
use muster_domain::auth::{Permission, Target};
use muster_domain::batches::BatchKind;
use muster_domain::dockets::{Rooms, shares_time};
use muster_domain::ids::{AssessmentId, BatchId, DocketId, PersonId, SittingId};
use muster_domain::time::Timestamp;
use muster_domain::verification::Window;
use muster_storage::academics::TermRow;
use muster_storage::assessments::AssessmentRow;
use muster_storage::dockets::{self, DocketRow};
use muster_storage::people::PersonRow;
use muster_storage::sittings::{self, PaperRow};
use muster_storage::students::StudentRow;
use muster_storage::{
    ReadTx, academics, batches as stored, holds, people, photos, programmes, students,
};
use std::collections::HashMap;
use std::ops::Range;

/// A sitting of a paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sitting {
    /// Which.
    pub id: SittingId,
    /// Start.
    pub starts_at: Timestamp,
    /// End.
    pub ends_at: Timestamp,
    /// The room that the student was assigned, or each room of the sitting.
    pub rooms: Vec<String>,
    /// Whether the student sits another one at the same time.
    pub clashes: bool,
}

/// Something that the student sits: a class of theirs, with a sitting if it is scheduled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// The course's code.
    pub code: String,
    /// The course's name.
    pub name: String,
    /// When and where.
    pub sitting: Option<Sitting>,
}

/// A docket with all that stands on it.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The docket.
    pub docket: DocketRow,
    /// For which assessment.
    pub assessment: AssessmentRow,
    /// Of which term.
    pub term: TermRow,
    /// Whose.
    pub person: PersonRow,
    /// What they study.
    pub studies: StudentRow,
    /// At which faculty.
    pub faculty: Option<String>,
    /// Whether there is a photo of them.
    pub has_photo: bool,
    /// What they sit, by time; what is not scheduled last.
    pub papers: Vec<Paper>,
    /// The reasons of the holds on them: while one stands, the docket admits nobody.
    pub holds: Vec<String>,
    /// Why Finance no longer clears them: until it does, the docket admits nobody either.
    pub not_cleared: Option<String>,
    /// Its credential: for whoever may issue it, while nothing is on hold.
    pub drawn: Option<Drawn>,
}

impl Sheet {
    /// Everything because of which it admits nobody now, in sentences.
    pub fn stops(&self) -> Vec<String> {
        self.holds.iter().chain(&self.not_cleared).cloned().collect()
    }
}

/// A docket.
pub fn sheet(tx: &mut ReadTx<'_>, ctx: &Ctx, id: DocketId) -> Result<Sheet> {
    let docket = dockets::get(tx, id)?.ok_or(Error::NotFound)?;
    ctx.need(Permission::ViewDockets, Target::Person(docket.person))?;
    one(tx, ctx, docket)
}

/// Dockets of a batch for printing, from place `from` on, and where the next ones begin.
pub fn batch_sheets(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    batch: BatchId,
    (from, limit): (i64, i64),
) -> Result<(Vec<Sheet>, Option<i64>)> {
    let row = batches::get(tx, ctx, BatchKind::Docket, batch)?;
    let assessment = row.assessment.ok_or(Error::NotFound)?;
    let mut people = stored::printable(tx, batch, from, limit.saturating_add(1))?;
    let more = people.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    let next = if more { people.pop().map(|one| one.seq) } else { None };
    let people = people.into_iter().map(|one| one.person);
    Ok((of_people(tx, ctx, assessment, people)?, next))
}

/// A docket for paper.
#[derive(Clone, Debug)]
pub struct Printed {
    /// What stands on it.
    pub sheet: Sheet,
    /// Its credential.
    pub drawn: Drawn,
    /// The student's photo.
    pub photo: Option<Vec<u8>>,
}

/// A docket for paper, unless it is on hold.
pub fn printed(tx: &mut ReadTx<'_>, ctx: &Ctx, id: DocketId) -> Result<Printed> {
    let docket = dockets::get(tx, id)?.ok_or(Error::NotFound)?;
    ctx.need(Permission::IssueDockets, Target::Person(docket.person))?;
    let sheet = one(tx, ctx, docket)?;
    let reasons = sheet.stops();
    // What nothing stops and can't be drawn was issued on another node.
    let missing = if reasons.is_empty() { Error::NotFound } else { Error::NotEligible { reasons } };
    with_photo(tx, sheet)?.ok_or(missing)
}

/// The dockets for paper of students who stand at those places of a batch, without those on hold.
pub fn batch_printed(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    batch: BatchId,
    part: Range<i64>,
) -> Result<Vec<Printed>> {
    let row = batches::get(tx, ctx, BatchKind::Docket, batch)?;
    let assessment = row.assessment.ok_or(Error::NotFound)?;
    let most = part.end.saturating_sub(part.start);
    let mut people = stored::printable(tx, batch, part.start, most)?;
    people.retain(|one| part.contains(&one.seq));
    let people = people.into_iter().map(|one| one.person);
    let mut printed = Vec::new();
    for sheet in of_people(tx, ctx, assessment, people)? {
        printed.extend(with_photo(tx, sheet)?);
    }
    Ok(printed)
}

fn with_photo(tx: &mut ReadTx<'_>, sheet: Sheet) -> Result<Option<Printed>> {
    let photo = photos::photo(tx, sheet.person.id)?.map(|photo| photo.content);
    Ok(sheet.drawn.clone().map(|drawn| Printed { sheet, drawn, photo }))
}

fn one(tx: &mut ReadTx<'_>, ctx: &Ctx, docket: DocketRow) -> Result<Sheet> {
    let assessment = docket.assessment;
    read(tx, ctx, assessment, vec![docket])?.pop().ok_or(Error::NotFound)
}

/// The dockets of those of these people who have one for an assessment, in their order.
fn of_people(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    assessment: AssessmentId,
    people: impl Iterator<Item = PersonId>,
) -> Result<Vec<Sheet>> {
    let ids: Vec<_> = people.map(|person| DocketId::of(person, assessment)).collect();
    let found = dockets::get_many(tx, &ids)?.into_iter();
    let mut found: HashMap<_, _> = found.map(|row| (row.id, row)).collect();
    let rows = ids.iter().filter_map(|id| found.remove(id)).collect();
    read(tx, ctx, assessment, rows)
}

/// What stands on dockets for an assessment: by as few statements for many as for one.
fn read(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    assessment: AssessmentId,
    dockets: Vec<DocketRow>,
) -> Result<Vec<Sheet>> {
    let ids: Vec<_> = dockets.iter().map(|docket| docket.person).collect();
    let assessment = finance::find_assessment(tx, assessment)?;
    let term = academics::term(tx, assessment.term)?.ok_or(Error::NotFound)?;
    let people = people::get_many(tx, &ids)?.into_iter();
    let mut people: HashMap<_, _> = people.map(|row| (row.id, row)).collect();
    let studies = students::get_many(tx, &ids)?.into_iter();
    let mut studies: HashMap<_, _> = studies.map(|row| (row.person, row)).collect();
    let programmes = programmes::programmes(tx)?.into_iter();
    let faculties: HashMap<_, _> = programmes.map(|row| (row.id, row.faculty_name)).collect();
    let mut held: HashMap<_, Vec<_>> = HashMap::new();
    for row in holds::standing(tx, &ids)? {
        held.entry(row.person).or_default().push(row.reason);
    }
    let mut unpaid = not_cleared(tx, ctx, &assessment, &ids)?;
    let mut rows: HashMap<_, Vec<_>> = HashMap::new();
    for row in sittings::papers(tx, &ids, assessment.id, term.id)? {
        rows.entry(row.person).or_default().push(row);
    }
    let photos = photos::have_photos(tx, &ids)?;
    let may_draw = |docket: &&DocketRow| {
        let own = Target::Person(docket.person);
        let stopped = held.contains_key(&docket.person) || unpaid.contains_key(&docket.person);
        !stopped && ctx.need(Permission::IssueDockets, own).is_ok()
    };
    let said = dockets.iter().filter(may_draw).map(|docket| (docket.id.0, said(docket))).collect();
    let mut drawn = credentials::draw_many(tx, ctx, &said)?;
    let sheet = |docket: DocketRow| {
        let id = docket.person;
        let studies = studies.remove(&id).unwrap_or_else(|| StudentRow::nothing(id));
        Some(Sheet {
            person: people.remove(&id)?,
            papers: papers(rows.remove(&id).unwrap_or_default()),
            has_photo: photos.contains(&id),
            faculty: studies.programme.and_then(|id| faculties.get(&id).cloned().flatten()),
            holds: held.remove(&id).unwrap_or_default(),
            not_cleared: unpaid.remove(&id),
            drawn: drawn.remove(&docket.id.0),
            assessment: assessment.clone(),
            term: term.clone(),
            docket,
            studies,
        })
    };
    Ok(dockets.into_iter().filter_map(sheet).collect())
}

/// Whom of these people Finance does not clear now, and why.
fn not_cleared(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    assessment: &AssessmentRow,
    people: &[PersonId],
) -> Result<HashMap<PersonId, String>> {
    let clearances = finance::clearances(tx, ctx, assessment.term, people)?;
    let why = |person: &PersonId| {
        let mut own = clearances.of(*person);
        let (_, clearance) = own.find(|(row, _)| row.id == assessment.id)?;
        Some((*person, clearance.reason(&clearances.office)?))
    };
    Ok(people.iter().filter_map(why).collect())
}

fn said(docket: &DocketRow) -> Said {
    Said {
        kind: Kind::Docket,
        scope: docket.assessment.0,
        holder: docket.person.0,
        validity: Window { from: docket.valid_from, until: docket.valid_until },
    }
}

/// By time, with clashes found; what is not scheduled last, by code.
pub(super) fn papers(rows: Vec<PaperRow>) -> Vec<Paper> {
    let mut papers: Vec<_> = rows.into_iter().map(paper).collect();
    let times: Vec<_> = papers
        .iter()
        .filter_map(|paper| paper.sitting.as_ref())
        .map(|sitting| (sitting.id, (sitting.starts_at, sitting.ends_at)))
        .collect();
    for sitting in papers.iter_mut().filter_map(|paper| paper.sitting.as_mut()) {
        let own = (sitting.starts_at, sitting.ends_at);
        let mut others = times.iter().filter(|(id, _)| *id != sitting.id);
        sitting.clashes = others.any(|(_, other)| shares_time(own, *other));
    }
    papers.sort_by_key(|paper| {
        paper.sitting.as_ref().map_or(Timestamp(i64::MAX), |sitting| sitting.starts_at)
    });
    papers
}

fn paper(row: PaperRow) -> Paper {
    let PaperRow { course_code, course_name, sitting, starts_at, ends_at, rooms, room, .. } = row;
    let whole = Rooms::stored(rooms.as_deref().unwrap_or_default());
    let rooms = room.map_or_else(|| whole.names().to_vec(), |room| vec![room]);
    let times = sitting.zip(starts_at).zip(ends_at);
    let sitting = times.map(|((id, starts_at), ends_at)| Sitting {
        id,
        starts_at,
        ends_at,
        rooms,
        clashes: false,
    });
    Paper { code: course_code, name: course_name, sitting }
}
