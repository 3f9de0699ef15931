//! For which assessments students are eligible, and every reason why not: for thousands by as few
//! statements as for one.

use super::EVERYTHING;
use crate::finance::{self, Clearances};
use crate::people::merge;
use crate::{Ctx, Error, Result};
use muster_domain::auth::{Permission, Target};
use muster_domain::dockets::{Eligibility, Facts};
use muster_domain::ids::{AssessmentId, ClassId, DocketId, PersonId, ProgrammeId, TermId};
use muster_domain::text::fold;
use muster_storage::academics::TermRow;
use muster_storage::assessments::AssessmentRow;
use muster_storage::dockets::{self, DocketRow};
use muster_storage::enrolment::EnrolmentRow;
use muster_storage::people::PersonRow;
use muster_storage::{ReadTx, academics, enrolment, holds, people, programmes, students};
use std::collections::HashMap;

/// What is known of some people for judging them.
pub(super) struct Judge {
    clearances: Clearances,
    holds: HashMap<PersonId, Vec<String>>,
}

impl Judge {
    /// Looks up all that decides about these people in a term.
    pub fn of(tx: &mut ReadTx<'_>, ctx: &Ctx, term: TermId, people: &[PersonId]) -> Result<Self> {
        let clearances = finance::clearances(tx, ctx, term, people)?;
        let mut held: HashMap<PersonId, Vec<String>> = HashMap::new();
        for row in holds::standing(tx, people)? {
            held.entry(row.person).or_default().push(row.reason);
        }
        Ok(Self { clearances, holds: held })
    }

    /// The office to which who is not cleared turns.
    pub fn office(&self) -> &str {
        &self.clearances.office
    }

    /// Every assessment of the term, with what is in the way of the person's docket.
    pub fn all(&self, person: PersonId) -> impl Iterator<Item = (&AssessmentRow, Eligibility)> {
        let holds = self.holds.get(&person).map_or(&[][..], Vec::as_slice);
        self.clearances.of(person).map(move |(row, clearance)| {
            (row, Eligibility::of(Facts { holds, active: row.active, clearance }))
        })
    }

    /// The same for one assessment, with the reasons in words.
    pub fn one(&self, person: PersonId, assessment: AssessmentId) -> Result<Vec<String>> {
        let found = self.all(person).find(|(row, _)| row.id == assessment);
        let (row, eligibility) = found.ok_or(Error::NotFound)?;
        Ok(eligibility.reasons(&row.code, &self.clearances.office))
    }
}

/// Whether a student is eligible for an assessment.
#[derive(Clone, Debug)]
pub struct AssessmentEligibility {
    /// The assessment.
    pub assessment: AssessmentRow,
    /// What is in the way.
    pub eligibility: Eligibility,
    /// The same in sentences.
    pub reasons: Vec<String>,
    /// The docket that was issued.
    pub docket: Option<DocketRow>,
}

/// For what a student is eligible in a term.
#[derive(Clone, Debug)]
pub struct PersonEligibility {
    /// The student.
    pub person: PersonRow,
    /// The term; none before there is any.
    pub term: Option<TermRow>,
    /// All assessments of the term, in their order.
    pub items: Vec<AssessmentEligibility>,
}

/// For what a student is eligible in a term; in the one that runs now if none is named.
pub fn eligibility(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    id: PersonId,
    term: Option<TermId>,
) -> Result<PersonEligibility> {
    ctx.need(Permission::ViewDockets, Target::Person(id))?;
    merge::need_unmerged(tx, id)?;
    let person = people::get(tx, id)?.ok_or(Error::NotFound)?;
    let term = finance::chosen_term(tx, ctx, term)?;
    let Some(row) = &term else { return Ok(PersonEligibility { person, term, items: Vec::new() }) };
    let judge = Judge::of(tx, ctx, row.id, &[id])?;
    let mut items = Vec::new();
    for (assessment, eligibility) in judge.all(id) {
        items.push(AssessmentEligibility {
            reasons: eligibility.reasons(&assessment.code, &judge.clearances.office),
            docket: dockets::get(tx, DocketId::of(id, assessment.id))?,
            assessment: assessment.clone(),
            eligibility,
        });
    }
    Ok(PersonEligibility { person, term, items })
}

/// Students who are looked at together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Those who attend a class.
    Class(ClassId),
    /// Those of a programme, or of one of its years.
    Programme(ProgrammeId, Option<i64>),
}

/// The students of a group whose records are in use, by name.
pub(crate) fn members(tx: &mut ReadTx<'_>, group: Group) -> Result<(String, Vec<PersonId>)> {
    match group {
        Group::Class(class) => {
            let row = academics::class(tx, class)?.ok_or(Error::NotFound)?;
            let roster = enrolment::roster(tx, class)?.into_iter();
            let ids = roster.filter(EnrolmentRow::attends).map(|place| place.person);
            let mut found = people::get_many(tx, &ids.collect::<Vec<_>>())?;
            found.retain(|person| person.active);
            found.sort_by_cached_key(|person| (fold(&person.name), person.id));
            found.dedup_by_key(|person| person.id);
            let name = format!("{} {}", row.course_code, row.section);
            Ok((name, found.into_iter().map(|person| person.id).collect()))
        }
        Group::Programme(programme, year) => {
            let row = programmes::programme(tx, programme)?.ok_or(Error::NotFound)?;
            let name = match year {
                Some(year) => format!("{}, year {year}", row.code),
                None => row.code,
            };
            Ok((name, students::active_of_programme(tx, programme, year)?))
        }
    }
}

/// A student of a group.
#[derive(Clone, Debug)]
pub struct StudentEligibility {
    /// The student.
    pub person: PersonRow,
    /// Why not; nothing if they are eligible.
    pub reasons: Vec<String>,
    /// Their docket.
    pub docket: Option<DocketRow>,
}

/// Who of a group is eligible for an assessment.
#[derive(Clone, Debug)]
pub struct GroupEligibility {
    /// The group in words.
    pub name: String,
    /// The assessment.
    pub assessment: AssessmentRow,
    /// How many students the group has.
    pub total: usize,
    /// Some of them, by name.
    pub students: Vec<StudentEligibility>,
}

/// Who of a group is eligible for an assessment: `limit` students from place `from` on, by name.
pub fn group_eligibility(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    assessment: AssessmentId,
    group: Group,
    (from, limit): (usize, usize),
) -> Result<GroupEligibility> {
    ctx.need(Permission::ViewDockets, EVERYTHING)?;
    let assessment = finance::find_assessment(tx, assessment)?;
    let (name, all) = members(tx, group)?;
    let ids: Vec<_> = all.iter().copied().skip(from).take(limit).collect();
    let judge = Judge::of(tx, ctx, assessment.term, &ids)?;
    let wanted: Vec<_> = ids.iter().map(|id| DocketId::of(*id, assessment.id)).collect();
    let issued = dockets::get_many(tx, &wanted)?.into_iter();
    let mut issued: HashMap<_, _> = issued.map(|row| (row.person, row)).collect();
    let rows = people::get_many(tx, &ids)?.into_iter();
    let mut rows: HashMap<_, _> = rows.map(|row| (row.id, row)).collect();
    let mut students = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(person) = rows.remove(&id) else { continue };
        let reasons = judge.one(id, assessment.id)?;
        students.push(StudentEligibility { person, reasons, docket: issued.remove(&id) });
    }
    Ok(GroupEligibility { name, assessment, total: all.len(), students })
}
