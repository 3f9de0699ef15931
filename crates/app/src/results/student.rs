//! A student's published results, by term: in each course, with total and grade, and the average.

use super::{Sheet, sheets};
use crate::people::merge::need_unmerged;
use crate::settings::{self, Settings};
use crate::{Ctx, Error, Result};
use muster_domain::academics::EnrolmentStatus;
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{ClassId, PersonId, TermId};
use muster_domain::results::{Counted, Grade, Points, Score, Total, average, total};
use muster_domain::time::Timestamp;
use muster_storage::academics::{ClassRow, TermRow};
use muster_storage::people::PersonRow;
use muster_storage::results::{self, ResultRow};
use muster_storage::{ReadTx, academics, enrolment, people};
use std::collections::HashMap;

/// What a student reached in an assessment that is published.
#[derive(Clone, Debug)]
pub struct PartResult {
    /// The assessment's code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Out of how many points.
    pub maximum: i64,
    /// How much of the total it is, in hundredths of a percent.
    pub weight: i64,
    /// What they reached; none where nothing was entered for them.
    pub score: Option<Score>,
    /// What the teacher says about it.
    pub remark: Option<String>,
    /// Since when it is published.
    pub published_at: Timestamp,
}

/// What a student reached in a course.
#[derive(Clone, Debug)]
pub struct CourseResult {
    /// The class.
    pub class: ClassRow,
    /// What the course is worth.
    pub credits: Option<i64>,
    /// Each published assessment.
    pub parts: Vec<PartResult>,
    /// What they come to: open until all that counts is published.
    pub total: Total,
    /// Whether something that counts is not published yet.
    pub waits: bool,
    /// The grade of it.
    pub grade: Option<Grade>,
}

/// What a student reached in a term.
#[derive(Clone, Debug)]
pub struct TermResults {
    /// The term.
    pub term: TermRow,
    /// Each course that they attend, or have a published result in.
    pub courses: Vec<CourseResult>,
    /// The grade points of the courses with a grade, weighed by their credits.
    pub average: Option<Points>,
    /// The credits that these have.
    pub credits: i64,
    /// Whether every course with credits has a grade, so that the average will stay.
    pub complete: bool,
}

/// A student's published results.
#[derive(Clone, Debug)]
pub struct StudentResults {
    /// The student.
    pub person: PersonRow,
    /// Each term in which something is published, the latest first.
    pub terms: Vec<TermResults>,
}

/// A student's published results, for themself and for the registrar.
pub fn of_person(tx: &mut ReadTx<'_>, ctx: &Ctx, id: PersonId) -> Result<StudentResults> {
    ctx.need(Permission::ViewResults, Target::Person(id))?;
    need_unmerged(tx, id)?;
    let person = people::get(tx, id)?.ok_or(Error::NotFound)?;
    let mut reader = Reader::new(tx)?;
    let mut terms = Vec::new();
    for term in academics::terms(tx)? {
        let found = reader.term(tx, id, term)?;
        if found.courses.iter().any(|course| !course.parts.is_empty()) {
            terms.push(found);
        }
    }
    Ok(StudentResults { person, terms })
}

/// Reads results of students; what several of them share is read once.
pub(super) struct Reader {
    settings: Settings,
    sheets: HashMap<ClassId, Vec<Sheet>>,
    credits: HashMap<ClassId, Option<i64>>,
    /// Of the student that was read last.
    known: Option<(PersonId, Vec<ClassRow>, Vec<ResultRow>)>,
}

impl Reader {
    pub fn new(tx: &mut ReadTx<'_>) -> Result<Self> {
        let settings = settings::load(tx)?;
        Ok(Self { settings, sheets: HashMap::new(), credits: HashMap::new(), known: None })
    }

    /// A student's results of a term.
    pub fn term(
        &mut self,
        tx: &mut ReadTx<'_>,
        person: PersonId,
        term: TermRow,
    ) -> Result<TermResults> {
        let (classes, rows) = self.of_student(tx, person, term.id)?;
        let asked: Vec<_> = classes.iter().map(|class| (class.id, person)).collect();
        let left: Vec<_> = enrolment::standings(tx, &asked)?
            .into_iter()
            .filter(|row| row.status == EnrolmentStatus::Withdrawn)
            .map(|row| row.class)
            .collect();
        let mut courses = Vec::new();
        for class in classes {
            let own: Vec<_> = rows.iter().filter(|row| row.class == class.id).collect();
            let gone = left.contains(&class.id);
            let course = self.course(tx, class, &own)?;
            if !gone || !course.parts.iter().all(|part| part.score.is_none()) {
                courses.push(course);
            }
        }
        let graded = || {
            let worth = |course: &CourseResult| {
                Some((course.credits.filter(|credits| *credits > 0)?, course.grade.as_ref()?.point))
            };
            courses.iter().filter_map(worth)
        };
        let waits = |course: &CourseResult| {
            course.credits.is_some_and(|credits| credits > 0)
                && course.grade.is_none()
                && course.total != Total::Exempt
        };
        Ok(TermResults {
            average: average(graded()),
            credits: graded().map(|(credits, _)| credits).sum(),
            complete: !courses.iter().any(waits),
            term,
            courses,
        })
    }

    /// The classes of a term that a student attends or attended, and all their results.
    fn of_student(
        &mut self,
        tx: &mut ReadTx<'_>,
        person: PersonId,
        term: TermId,
    ) -> Result<(Vec<ClassRow>, Vec<ResultRow>)> {
        if self.known.as_ref().is_none_or(|(known, ..)| *known != person) {
            let classes = academics::attended_classes(tx, person)?;
            self.known = Some((person, classes, results::of_person(tx, person)?));
        }
        let Some((_, classes, rows)) = &self.known else { return Ok((Vec::new(), Vec::new())) };
        let classes = classes.iter().filter(|class| class.term == term).cloned();
        Ok((classes.collect(), rows.clone()))
    }

    fn course(
        &mut self,
        tx: &mut ReadTx<'_>,
        class: ClassRow,
        own: &[&ResultRow],
    ) -> Result<CourseResult> {
        if !self.sheets.contains_key(&class.id) {
            let of_class = sheets(tx, &self.settings, &class)?;
            self.sheets.insert(class.id, of_class);
            let course = academics::course(tx, class.course)?;
            self.credits.insert(class.id, course.and_then(|course| course.credits));
        }
        let sheets = self.sheets.get(&class.id).map_or(&[][..], Vec::as_slice);
        let result = |sheet: &Sheet| own.iter().find(|row| row.assessment == sheet.row.assessment);
        let (mut parts, mut counted) = (Vec::new(), Vec::new());
        for sheet in sheets {
            let score = result(sheet).filter(|_| sheet.is_published()).map(|row| row.score());
            let (maximum, weight) = (sheet.row.maximum, sheet.row.weight);
            counted.push(Counted { maximum, weight, score });
            if let Some(published_at) = sheet.row.published_at {
                parts.push(PartResult {
                    code: sheet.assessment.code.clone(),
                    name: sheet.assessment.name.clone(),
                    maximum,
                    weight,
                    score,
                    remark: result(sheet).and_then(|row| row.remark.clone()),
                    published_at,
                });
            }
        }
        let waits = sheets.iter().any(|sheet| sheet.row.weight > 0 && !sheet.is_published());
        let total = total(&counted);
        let scale = &self.settings.grade_scale;
        let grade = total.percent().and_then(|percent| scale.grade(percent).cloned());
        let credits = self.credits.get(&class.id).copied().flatten();
        Ok(CourseResult { class, credits, parts, total, waits, grade })
    }
}
