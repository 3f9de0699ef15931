//! Results slips: a page to print, and PDF, of one student or of a class.

use super::frame::crumbs;
use super::own_results::{Course, reached};
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::printing;
use crate::times;
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use muster_app::Error;
use muster_app::results::{self, CourseResult, PartResult, Slip, TermResults};
use muster_documents::paper::{self, Paper, Student};
use muster_domain::ids::{ClassId, PersonId, TermId};
use muster_domain::results::{Grade, Total};

#[derive(Template)]
#[template(path = "slip.html")]
struct Page {
    shell: Shell,
    institution: String,
    pdf: String,
    name: String,
    number: String,
    programme: String,
    faculty: String,
    term: String,
    issued: String,
    courses: Vec<Course>,
    average: String,
    credits: i64,
    notes: Vec<&'static str>,
    scale: String,
}

async fn read(caller: &Caller, id: PersonId, term: TermId) -> Result<Slip, PageError> {
    let read = caller.read(move |tx, ctx| results::slip(tx, ctx, id, term)).await;
    read.map_err(|error| caller.error(error))
}

/// `GET /people/{id}/results/{term}/slip`: to be printed.
pub(super) async fn show(
    caller: Caller,
    Path((id, term)): Path<(PersonId, TermId)>,
) -> Result<Response, PageError> {
    let Slip { person, studies, faculty, results } = read(&caller, id, term).await?;
    let mut shell = caller.shell("Results slip");
    let own = caller.ctx.person() == Ok(id);
    let back = if own { "/results".to_owned() } else { format!("/people/{id}/results") };
    shell.crumbs = crumbs([
        (format!("{back}?term={term}"), "Results".to_owned()),
        (String::new(), results.term.name.clone()),
    ]);
    Ok(render(&Page {
        shell,
        institution: caller.known.settings.institution.clone(),
        pdf: format!("/people/{id}/results/{term}/slip.pdf"),
        name: person.name,
        number: person.number,
        programme: studies.programme_name.or(person.programme).unwrap_or_default(),
        faculty: faculty.unwrap_or_default(),
        issued: today(&caller),
        courses: results.courses.iter().map(Course::of).collect(),
        average: results.average.map(|average| average.to_string()).unwrap_or_default(),
        credits: results.credits,
        notes: notes(&results),
        term: results.term.name,
        scale: scale(&caller).join(", "),
    }))
}

fn today(caller: &Caller) -> String {
    times::local(&caller.known.settings, caller.ctx.now(), "%-d %B %Y")
}

fn scale(caller: &Caller) -> Vec<String> {
    let words = |grade: &Grade| format!("{} from {}", grade.letter, grade.from);
    caller.known.settings.grade_scale.grades().iter().map(words).collect()
}

/// `GET /people/{id}/results/{term}/slip.pdf`
pub(super) async fn pdf(
    caller: Caller,
    Path((id, term)): Path<(PersonId, TermId)>,
) -> Result<Response, PageError> {
    file(&caller, id, term).await.map_err(|error| caller.error(error))
}

/// The slip of a student on paper.
pub(crate) async fn file(caller: &Caller, id: PersonId, term: TermId) -> Result<Response, Error> {
    let slip = caller.read(move |tx, ctx| results::slip(tx, ctx, id, term)).await?;
    let title = format!("Results {}", slip.results.term.name);
    let name = format!("{title} {}", slip.person.number);
    let slip = on_paper(caller, slip);
    printing::pdf(caller, Paper::Slip, (&name, title), vec![slip]).await
}

/// `GET /classes/{id}/results/slips.pdf`: of everybody in a class who has published results.
pub(super) async fn of_class(
    caller: Caller,
    Path(id): Path<ClassId>,
) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| results::slips_of_class(tx, ctx, id)).await;
    let (class, slips) = read.map_err(|error| caller.error(error))?;
    if slips.is_empty() {
        return Err(caller.error(Error::NotFound));
    }
    let title = format!("Results {}: {} {}", class.term_name, class.course_code, class.section);
    let slips: Vec<_> = slips.into_iter().map(|slip| on_paper(&caller, slip)).collect();
    let made = printing::pdf(&caller, Paper::Slip, (&title.clone(), title), slips).await;
    made.map_err(|error| caller.error(error))
}

fn on_paper(caller: &Caller, slip: Slip) -> paper::Slip {
    let Slip { person, studies, faculty, results } = slip;
    let notes = notes(&results).into_iter().map(str::to_owned).collect();
    paper::Slip {
        term: results.term.name,
        issued: today(caller),
        student: Student { name: person.name, number: person.number },
        faculty: faculty.unwrap_or_default(),
        programme: studies.programme_name.or(person.programme).unwrap_or_default(),
        courses: results.courses.iter().map(line).collect(),
        average: results.average.map(|average| average.to_string()).unwrap_or_default(),
        credits: results.credits.to_string(),
        notes,
        scale: scale(caller),
    }
}

/// What is not as one would think: why a course has no total, and whether one is to come.
fn notes(results: &TermResults) -> Vec<&'static str> {
    let mut notes = Vec::new();
    let any = |total: Total, waits: bool| {
        results.courses.iter().any(|course| course.total == total && course.waits == waits)
    };
    let (waits, lacks) = (any(Total::Open, true), any(Total::Open, false));
    match (waits, lacks) {
        (true, false) => {
            notes.push("A course without a total has results that are not published yet.");
        }
        (false, true) => {
            notes.push("A course without a total has an assessment in which no result is entered.");
        }
        (true, true) => notes.push(
            "A course without a total has results that are not published yet, or an assessment in \
             which no result is entered.",
        ),
        (false, false) => {}
    }
    if any(Total::Exempt, false) {
        notes.push("An exempt course has no grade, and none is to come: it is in no average.");
    }
    if results.average.is_some() && !results.complete {
        notes.push("The average is of the courses that have a grade.");
    }
    notes
}

fn line(result: &CourseResult) -> paper::Course {
    let course = Course::of(result);
    let part = |part: &PartResult| format!("{} {}", part.code, reached(part));
    paper::Course {
        code: result.class.course_code.clone(),
        name: course.name,
        credits: course.credits,
        parts: result.parts.iter().map(part).collect(),
        total: course.total,
        grade: course.grade,
        point: course.point,
    }
}
