//! Enrolling the students of a programme's year and semester in the classes of its curriculum.

use super::EVERYTHING;
use super::enrolment::enrol;
use crate::{Ctx, Error, Result};
use muster_domain::academics::fewest;
use muster_domain::auth::Permission;
use muster_domain::ids::{ClassId, CourseId, PersonId, ProgrammeId, TermId};
use muster_storage::academics::ClassRow;
use muster_storage::candidates::{self, CandidateRow};
use muster_storage::curriculum::{self, CurriculumRow};
use muster_storage::{ReadTx, WriteTx, academics, enrolment, programmes};
use std::collections::HashSet;

/// Students who study alike: those of a programme's year and semester, in a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cohort {
    /// Programme.
    pub programme: ProgrammeId,
    /// Term in which the classes are.
    pub term: TermId,
    /// Year of the programme.
    pub year: i64,
    /// Semester of the year.
    pub semester: i64,
}

/// A class that a cohort could attend.
#[derive(Clone, Debug)]
pub struct CohortClass {
    /// The class.
    pub class: ClassRow,
    /// Whether it takes students of the cohort.
    pub chosen: bool,
    /// How many attend it now.
    pub attending: usize,
    /// Who would be enrolled.
    pub joining: Vec<CandidateRow>,
}

/// What enrolling a cohort comes to.
#[derive(Clone, Debug)]
pub struct CohortPlan {
    /// All students of the cohort.
    pub students: Vec<CandidateRow>,
    /// The classes of its courses.
    pub classes: Vec<CohortClass>,
    /// Required courses that have no class in the term.
    pub missing: Vec<CurriculumRow>,
}

/// Who would be enrolled where. Sections of a course share the students evenly; `chosen` names the
/// classes that take any, all of them without it. Who has a place in a section of the course, now
/// or formerly, is passed over.
pub fn plan_cohort(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    cohort: Cohort,
    chosen: Option<&[ClassId]>,
) -> Result<CohortPlan> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let Cohort { programme, term, year, semester } = cohort;
    let length = programmes::programme(tx, programme)?.ok_or(Error::NotFound)?.length();
    let mut form = crate::Form::default();
    form.take("year", length.check_year(year));
    form.take("semester", length.check_semester(semester));
    if academics::term(tx, term)?.is_none() {
        form.wrong("term", "Choose a term.");
    }
    form.check()?;
    let students = candidates::studying(tx, programme, year, semester)?;
    let mut open = academics::classes(tx)?;
    open.retain(|class| class.term == term && class.archived_at.is_none());
    let mut plan = CohortPlan { students, classes: Vec::new(), missing: Vec::new() };
    for line in curriculum::of_programme(tx, programme)? {
        if (line.year, line.semester) != (year, semester) {
            continue;
        }
        let sections = sections(&open, line.course);
        if sections.is_empty() {
            plan.missing.push(line);
        } else {
            let classes = divide(tx, sections, &plan.students, chosen)?;
            plan.classes.extend(classes);
        }
    }
    Ok(plan)
}

fn sections(open: &[ClassRow], course: CourseId) -> Vec<ClassRow> {
    open.iter().filter(|class| class.course == course).cloned().collect()
}

/// Divides the students among the sections of one course.
fn divide(
    tx: &mut ReadTx<'_>,
    sections: Vec<ClassRow>,
    students: &[CandidateRow],
    chosen: Option<&[ClassId]>,
) -> Result<Vec<CohortClass>> {
    let mut placed: HashSet<PersonId> = HashSet::new();
    let mut classes = Vec::new();
    for class in sections {
        let attending = enrolment::enrolled(tx, class.id)?;
        placed.extend(enrolment::roster(tx, class.id)?.iter().map(|place| place.person));
        classes.push(CohortClass {
            chosen: chosen.is_none_or(|chosen| chosen.contains(&class.id)),
            class,
            attending: usize::try_from(attending).unwrap_or_default(),
            joining: Vec::new(),
        });
    }
    for student in students.iter().filter(|student| !placed.contains(&student.person)) {
        let sizes =
            classes.iter().map(|class| class.chosen.then(|| class.attending + class.joining.len()));
        if let Some(class) = fewest(sizes).and_then(|index| classes.get_mut(index)) {
            class.joining.push(student.clone());
        }
    }
    Ok(classes)
}

/// Enrols a cohort in the chosen classes as planned; how many places were made.
pub fn enrol_cohort(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    cohort: Cohort,
    chosen: Option<&[ClassId]>,
) -> Result<usize> {
    let plan = plan_cohort(tx, ctx, cohort, chosen)?;
    let mut made = 0;
    for CohortClass { class, joining, .. } in plan.classes {
        let joining: Vec<_> = joining.iter().map(|student| student.person).collect();
        made += enrol(tx, ctx, class.id, &joining)?.len();
    }
    Ok(made)
}
