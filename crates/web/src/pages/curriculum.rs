//! What a programme requires, on its page: by year and semester, with adding and removing.

use super::form::{Choice, Errors};
use super::programmes::page;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::export::text;
use crate::tables::sheet;
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::academics::{self, Requirement};
use muster_app::{Error, FieldError};
use muster_documents::xlsx::{Cell, Kind, Sheet};
use muster_domain::ids::{CurriculumId, ProgrammeId};
use muster_domain::programmes::Length;
use muster_storage::academics::CourseRow;
use muster_storage::curriculum::CurriculumRow;
use serde::Deserialize;

/// The courses of one semester.
pub(super) struct SemesterItem {
    pub year: i64,
    pub semester: i64,
    pub credits: i64,
    pub lines: Vec<CurriculumRow>,
}

/// The semesters that require anything, in order.
pub(super) fn semesters(lines: Vec<CurriculumRow>) -> Vec<SemesterItem> {
    let mut semesters: Vec<SemesterItem> = Vec::new();
    for line in lines {
        let (year, semester) = (line.year, line.semester);
        let credits = line.credits.unwrap_or_default();
        match semesters.last_mut().filter(|last| (last.year, last.semester) == (year, semester)) {
            Some(last) => {
                last.credits += credits;
                last.lines.push(line);
            }
            None => semesters.push(SemesterItem { year, semester, credits, lines: vec![line] }),
        }
    }
    semesters
}

/// The curriculum of the programme with that code, as a file.
pub(super) fn table(programme: &str, lines: Vec<CurriculumRow>) -> Sheet {
    let columns = [
        ("Year", 8, Kind::Integer),
        ("Semester", 10, Kind::Integer),
        ("Code", 14, Kind::Text),
        ("Course", 40, Kind::Text),
        ("Credits", 10, Kind::Integer),
    ];
    let row = |line: CurriculumRow| {
        let credits = line.credits.map_or(Cell::Empty, Cell::Integer);
        let [year, semester] = [line.year, line.semester].map(Cell::Integer);
        [year, semester, text(line.course_code), text(line.course_name), credits]
    };
    sheet(format!("Curriculum of {programme}"), columns, lines.into_iter().map(row))
}

/// A course to add, as chosen.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct LineForm {
    course: String,
    year: String,
    semester: String,
}

/// What the form offers.
pub(super) struct LineChoices {
    pub courses: Vec<Choice>,
    pub years: Vec<Choice>,
    pub semesters: Vec<Choice>,
}

impl LineChoices {
    pub fn new(length: Length, courses: &[CourseRow], chosen: &LineForm) -> Self {
        let numbers = |most: i64, chosen: &str| {
            Choice::list((1..=most).map(|number| (number.to_string(), number.to_string())), chosen)
        };
        let open = courses.iter().filter(|row| row.archived_at.is_none());
        let pairs = open.map(|row| (row.id.to_string(), format!("{} · {}", row.code, row.name)));
        Self {
            courses: Choice::list(pairs, &chosen.course),
            years: numbers(length.total_years, &chosen.year),
            semesters: numbers(length.semesters_per_year, &chosen.semester),
        }
    }
}

impl LineForm {
    fn input(&self) -> Result<Requirement, Error> {
        let (course, year) = (self.course.parse().ok(), self.year.parse().ok());
        if let (Some(course), Some(year), Ok(semester)) = (course, year, self.semester.parse()) {
            return Ok(Requirement { course, year, semester });
        }
        let read = [
            ("course", course.is_some(), "Choose a course."),
            ("year", year.is_some(), "Choose a year."),
            ("semester", self.semester.parse::<i64>().is_ok(), "Choose a semester."),
        ];
        let wrong = read.into_iter().filter(|(_, right, _)| !right);
        let wrong = wrong.map(|(field, _, detail)| FieldError { field, detail: detail.to_owned() });
        Err(Error::Invalid(wrong.collect()))
    }
}

/// `POST /programmes/{id}/curriculum`: back to the form with year and semester as they were, since
/// the next course is often of the same semester.
pub(super) async fn add(
    caller: Caller,
    Path(id): Path<ProgrammeId>,
    Form(form): Form<LineForm>,
) -> Result<Response, PageError> {
    let done = match form.input() {
        Ok(input) => {
            caller.write(move |tx, ctx| academics::add_requirement(tx, ctx, id, input)).await
        }
        Err(error) => Err(error),
    };
    let error = match done {
        Ok(_) => {
            let (year, semester) = (&form.year, &form.semester);
            let to = format!("/programmes/{id}?year={year}&semester={semester}#add-course");
            return Ok(Redirect::to(&to).into_response());
        }
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let page = page(&caller, id, None, form, Errors::from_error(&error, "")).await?;
    Ok((status(&error), render(&page)).into_response())
}

/// `POST /programmes/{id}/curriculum/{line}/removal`
pub(super) async fn remove(
    caller: Caller,
    Path((id, line)): Path<(ProgrammeId, CurriculumId)>,
) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| academics::remove_requirement(tx, ctx, id, line)).await;
    done.map_err(|error| caller.error(error))?;
    Ok(Redirect::to(&format!("/programmes/{id}#curriculum")).into_response())
}
