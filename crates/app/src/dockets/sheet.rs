//! The page of a docket: whose it is, what they sit, and its credential.

use super::EVERYTHING;
use crate::credentials::{self, Drawn, Said};
use crate::{Ctx, Error, Result, finance};
use muster_credential::payload::Kind;
use muster_domain::auth::{Permission, Target};
use muster_domain::dockets::{Rooms, shares_time};
use muster_domain::ids::{DocketBatchId, DocketId, SittingId};
use muster_domain::time::Timestamp;
use muster_domain::verification::Window;
use muster_storage::academics::TermRow;
use muster_storage::assessments::AssessmentRow;
use muster_storage::dockets::{self, DocketRow};
use muster_storage::people::PersonRow;
use muster_storage::sittings::{self, PaperRow};
use muster_storage::students::StudentRow;
use muster_storage::{
    ReadTx, academics, docket_batches, holds, people, photos, programmes, students,
};
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
    /// Its credential: for whoever may issue it, while nothing is on hold.
    pub drawn: Option<Drawn>,
}

/// A docket.
pub fn sheet(tx: &mut ReadTx<'_>, ctx: &Ctx, id: DocketId) -> Result<Sheet> {
    let docket = dockets::get(tx, id)?.ok_or(Error::NotFound)?;
    ctx.need(Permission::ViewDockets, Target::Person(docket.person))?;
    read(tx, ctx, docket)
}

/// Dockets of a batch for printing, from place `from` on, and where the next ones begin.
pub fn batch_sheets(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    batch: DocketBatchId,
    (from, limit): (i64, i64),
) -> Result<(Vec<Sheet>, Option<i64>)> {
    ctx.need(Permission::IssueDockets, EVERYTHING)?;
    let row = docket_batches::get(tx, batch)?.ok_or(Error::NotFound)?;
    let mut people = docket_batches::printable(tx, batch, from, limit.saturating_add(1))?;
    let more = people.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    let next = if more { people.pop().map(|one| one.seq) } else { None };
    let mut sheets = Vec::with_capacity(people.len());
    for one in people {
        if let Some(docket) = dockets::get(tx, DocketId::of(one.person, row.assessment))? {
            sheets.push(read(tx, ctx, docket)?);
        }
    }
    Ok((sheets, next))
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
    let sheet = read(tx, ctx, docket)?;
    let reasons = sheet.holds.clone();
    with_photo(tx, sheet)?.ok_or(Error::NotEligible { reasons })
}

/// The dockets for paper of students who stand at those places of a batch, without those on hold.
pub fn batch_printed(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    batch: DocketBatchId,
    part: Range<i64>,
) -> Result<Vec<Printed>> {
    ctx.need(Permission::IssueDockets, EVERYTHING)?;
    let row = docket_batches::get(tx, batch)?.ok_or(Error::NotFound)?;
    let most = part.end.saturating_sub(part.start);
    let mut printed = Vec::new();
    for one in docket_batches::printable(tx, batch, part.start, most)? {
        if !part.contains(&one.seq) {
            break;
        }
        if let Some(docket) = dockets::get(tx, DocketId::of(one.person, row.assessment))? {
            let sheet = read(tx, ctx, docket)?;
            printed.extend(with_photo(tx, sheet)?);
        }
    }
    Ok(printed)
}

fn with_photo(tx: &mut ReadTx<'_>, sheet: Sheet) -> Result<Option<Printed>> {
    let photo = photos::photo(tx, sheet.person.id)?.map(|photo| photo.content);
    Ok(sheet.drawn.clone().map(|drawn| Printed { sheet, drawn, photo }))
}

fn read(tx: &mut ReadTx<'_>, ctx: &Ctx, docket: DocketRow) -> Result<Sheet> {
    let id = docket.person;
    let person = people::get(tx, id)?.ok_or(Error::NotFound)?;
    let assessment = finance::find_assessment(tx, docket.assessment)?;
    let term = academics::term(tx, assessment.term)?.ok_or(Error::NotFound)?;
    let studies = students::get(tx, id)?.unwrap_or_else(|| StudentRow::nothing(id));
    let programme = match studies.programme {
        Some(programme) => programmes::programme(tx, programme)?,
        None => None,
    };
    let held = holds::standing(tx, &[id])?;
    let may_draw = ctx.need(Permission::IssueDockets, Target::Person(id)).is_ok();
    let drawn = if may_draw && held.is_empty() { Some(draw(tx, ctx, &docket)?) } else { None };
    Ok(Sheet {
        papers: papers(sittings::papers(tx, &[id], assessment.id, term.id)?),
        has_photo: photos::state(tx, id)?.is_some(),
        faculty: programme.and_then(|programme| programme.faculty_name),
        holds: held.into_iter().map(|row| row.reason).collect(),
        docket,
        assessment,
        term,
        person,
        studies,
        drawn,
    })
}

fn draw(tx: &mut ReadTx<'_>, ctx: &Ctx, docket: &DocketRow) -> Result<Drawn> {
    let said = Said {
        kind: Kind::Docket,
        scope: docket.assessment.0,
        holder: docket.person.0,
        validity: Window { from: docket.valid_from, until: docket.valid_until },
    };
    credentials::draw(tx, ctx, docket.id.0, said)
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
