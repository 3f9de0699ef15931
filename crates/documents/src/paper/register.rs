//! The register of a class: a line for each student, a column for each session.

use crate::typesetting::Item;
use serde::Serialize;

/// What a register says.
#[derive(Clone, Debug, Serialize)]
pub struct Register {
    /// The class's code.
    pub code: String,
    /// The class's name.
    pub class: String,
    /// Who teaches it.
    pub teachers: String,
    /// Its term.
    pub term: String,
    /// When it meets, and where.
    pub meets: String,
    /// Its sessions, in their order.
    pub days: Vec<Day>,
    /// Its students, in their order.
    pub rows: Vec<Row>,
    /// What the letters mean, such as "P present".
    pub legend: Vec<String>,
    /// When it was printed.
    pub printed: String,
}

/// A session's column.
#[derive(Clone, Debug, Serialize)]
pub struct Day {
    /// The day of the week, short.
    pub weekday: String,
    /// The date, short.
    pub date: String,
}

/// A student's line.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The roll number in the class.
    pub roll: String,
    /// The student number.
    pub number: String,
    /// The student's name.
    pub name: String,
    /// A letter for each session; empty to be filled by hand.
    pub marks: Vec<String>,
    /// The attendance rate; empty where there is none yet.
    pub rate: String,
}

impl Item for Register {
    fn files(&self) -> Vec<(&'static str, Vec<u8>)> {
        Vec::new()
    }
}
