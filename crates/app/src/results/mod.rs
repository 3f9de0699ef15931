//! Results: a teacher enters what students reached, the registrar publishes it, and from then on a
//! change needs a reason and is told. A sheet is the results of a class in one assessment. Until
//! something is stored for it, it is what the settings say; the first result of a class stores its
//! sheets, so that later settings change no totals of before.

mod enter;
mod publish;
mod slip;
mod student;
mod telling;
mod write;

use crate::settings::{self, Settings};
use crate::{Ctx, Error, Result, finance};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{AssessmentId, ClassId, PersonId, SheetId};
use muster_domain::results::{Counted, Grade, GradeScale, Score, Total, total};
use muster_storage::academics::ClassRow;
use muster_storage::assessments::AssessmentRow;
use muster_storage::enrolment::{self, EnrolmentRow};
use muster_storage::results::{self, ResultRow, SheetRow};
use muster_storage::{ReadTx, academics};
use std::collections::HashMap;

pub(crate) use enter::result;
pub use enter::{Entered, Entry, Fault, SchemeInput, change_scheme, enter};
pub use publish::{ClassState, TermState, publish, publish_everywhere, term_state, withdraw};
pub use slip::{Slip, slip, slips_of_class};
pub use student::{CourseResult, PartResult, StudentResults, TermResults, of_person};
pub use telling::{is_any, step};
pub(crate) use write::{Put, need_reason, put, store_sheets};

const EVERYTHING: Target = Target::Institution;

/// The results of a class in an assessment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// The assessment.
    pub assessment: AssessmentRow,
    /// Out of how much, how it counts, whether it is published.
    pub row: SheetRow,
}

impl Sheet {
    /// Whether students see it.
    pub const fn is_published(&self) -> bool {
        self.row.published_at.is_some()
    }

    fn counted(&self, score: Option<Score>) -> Counted {
        Counted { maximum: self.row.maximum, weight: self.row.weight, score }
    }
}

/// A student's line among the results of a class.
#[derive(Clone, Debug)]
pub struct Line {
    /// Their place in the class.
    pub place: EnrolmentRow,
    /// What they reached in each assessment, in the order of the sheets.
    pub results: Vec<Option<ResultRow>>,
    /// What that comes to.
    pub total: Total,
    /// The grade of it.
    pub grade: Option<Grade>,
}

/// The results of a class, as staff work with them.
#[derive(Clone, Debug)]
pub struct ClassResults {
    /// The class.
    pub class: ClassRow,
    /// Its assessments.
    pub sheets: Vec<Sheet>,
    /// Its students, by roll number: who attends, and whoever has results.
    pub lines: Vec<Line>,
    /// Whether the person who looks may publish.
    pub may_publish: bool,
}

/// The results of a class, for its teachers and the registrar.
pub fn of_class(tx: &mut ReadTx<'_>, ctx: &Ctx, id: ClassId) -> Result<ClassResults> {
    ctx.need(Permission::EnterResults, Target::Class(id))?;
    let settings = settings::load(tx)?;
    let class = academics::class(tx, id)?.ok_or(Error::NotFound)?;
    let sheets = sheets(tx, &settings, &class)?;
    let mut known: HashMap<(PersonId, AssessmentId), ResultRow> = HashMap::new();
    for row in results::of_class(tx, id)? {
        known.insert((row.person, row.assessment), row);
    }
    let mut lines = Vec::new();
    for place in enrolment::roster(tx, id)? {
        let results: Vec<_> = sheets
            .iter()
            .map(|sheet| known.remove(&(place.person, sheet.row.assessment)))
            .collect();
        if is_judged(&place) || results.iter().any(Option::is_some) {
            lines.push(line(&settings.grade_scale, &sheets, place, results));
        }
    }
    Ok(ClassResults { may_publish: may_publish(ctx, &settings, id), class, sheets, lines })
}

/// Whether a student gets new results in a class: not after they left it.
fn is_judged(place: &EnrolmentRow) -> bool {
    use muster_domain::academics::EnrolmentStatus::{Active, Completed};
    matches!(place.status, Active | Completed)
}

fn line(
    scale: &GradeScale,
    sheets: &[Sheet],
    place: EnrolmentRow,
    results: Vec<Option<ResultRow>>,
) -> Line {
    let scores = results.iter().map(|row| row.as_ref().map(ResultRow::score));
    let counted: Vec<_> = sheets.iter().zip(scores).map(|(sheet, of)| sheet.counted(of)).collect();
    let total = total(&counted);
    let grade = total.percent().and_then(|percent| scale.grade(percent).cloned());
    Line { place, results, total, grade }
}

/// Whether the person who acts publishes the results of a class.
fn may_publish(ctx: &Ctx, settings: &Settings, class: ClassId) -> bool {
    let teaches = ctx.need(Permission::EnterResults, Target::Class(class)).is_ok();
    let publishes = ctx.need(Permission::PublishResults, Target::Class(class)).is_ok();
    publishes || settings.teachers_publish && teaches
}

/// The sheets of a class, stored or as the settings say, in the order of the term's assessments.
pub(crate) fn sheets(
    tx: &mut ReadTx<'_>,
    settings: &Settings,
    class: &ClassRow,
) -> Result<Vec<Sheet>> {
    let stored = results::sheets_of_class(tx, class.id)?;
    let assessments = finance::assessments_of(tx, class.term)?;
    Ok(assessments
        .into_iter()
        .map(|assessment| {
            let row = stored.iter().find(|row| row.assessment == assessment.id).cloned();
            let row = row.unwrap_or_else(|| usual(settings, class.id, &assessment, &stored));
            Sheet { assessment, row }
        })
        .collect())
}

/// A sheet of which nothing is stored: what came to the term after a class's sheets were stored does
/// not count there.
fn usual(
    settings: &Settings,
    class: ClassId,
    assessment: &AssessmentRow,
    stored: &[SheetRow],
) -> SheetRow {
    let (maximum, weight) = settings.result_scheme.of(&assessment.code);
    SheetRow {
        id: SheetId::of(class, assessment.id),
        class,
        assessment: assessment.id,
        maximum,
        weight: if stored.is_empty() { weight } else { 0 },
        published_by: None,
        published_at: None,
        withdrawal: None,
        version: 0,
    }
}
