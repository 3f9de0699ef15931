//! The list of a room at an exam: a line for each student, with what became of it and a place to sign.

use crate::typesetting::Item;
use serde::Serialize;

/// What the list of a room says.
#[derive(Clone, Debug, Serialize)]
pub struct RoomList {
    /// The assessment's short name, such as "CA1".
    pub assessment: String,
    /// What is sat: the class's code and the course's name, or the assessment's name.
    pub exam: String,
    /// When; empty where no sitting says so.
    pub when: String,
    /// The room.
    pub room: String,
    /// How many came, such as "27 admitted".
    pub summary: Vec<String>,
    /// Its students, in their order.
    pub seats: Vec<Seat>,
    /// When it was printed.
    pub printed: String,
}

/// A student's line.
#[derive(Clone, Debug, Serialize)]
pub struct Seat {
    /// The roll number in the class; empty where there is none.
    pub roll: String,
    /// The student number.
    pub number: String,
    /// The student's name.
    pub name: String,
    /// What became of it, such as "Admitted".
    pub state: String,
    /// When, on the clock; empty for whoever has not come.
    pub at: String,
    /// What deserves a look, such as "No docket"; may be empty.
    pub notes: String,
}

impl Item for RoomList {
    fn files(&self) -> Vec<(&'static str, Vec<u8>)> {
        Vec::new()
    }
}
