//! The results slip: what a student reached in a term, an A4 page.

use super::Student;
use crate::typesetting::Item;
use serde::Serialize;

/// What a results slip says. Figures stand in it as they are read.
#[derive(Clone, Debug, Serialize)]
pub struct Slip {
    /// The term.
    pub term: String,
    /// The day on which it was made.
    pub issued: String,
    /// Whose it is.
    pub student: Student,
    /// The student's faculty.
    pub faculty: String,
    /// The student's programme.
    pub programme: String,
    /// What they reached, course by course.
    pub courses: Vec<Course>,
    /// The average grade point by credits; empty where there is none.
    pub average: String,
    /// The credits that it weighs.
    pub credits: String,
    /// What is to be known, a sentence each.
    pub notes: Vec<String>,
    /// The grades, such as "A+ from 80 %".
    pub scale: Vec<String>,
}

/// A course's line. What is not known yet is empty.
#[derive(Clone, Debug, Serialize)]
pub struct Course {
    /// The course's code.
    pub code: String,
    /// The course's name.
    pub name: String,
    /// What it is worth.
    pub credits: String,
    /// What was reached in each published assessment, such as "CA1 14.5/20".
    pub parts: Vec<String>,
    /// The total in percent.
    pub total: String,
    /// The grade.
    pub grade: String,
    /// The grade point.
    pub point: String,
}

impl Item for Slip {
    fn files(&self) -> Vec<(&'static str, Vec<u8>)> {
        Vec::new()
    }
}
