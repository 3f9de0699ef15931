//! How records stand in tables and in entries: for each kind of the journal that joins, its table,
//! and of each column the field that tells it. What is worked out from other columns, or concerns
//! this node alone, is named as such, so that a test can hold that no column was forgotten.
//!
//! - `column`: a column's type and source
//! - `people`, `academics`, `attendance`, `exams`, `events`, `house`: the tables
//! - `texts`: their statements, made once
//! - `read`, `write`: rows as fields of entries, the same on both databases

mod academics;
mod attendance;
mod column;
mod events;
mod exams;
mod house;
mod many;
mod people;
mod read;
mod texts;
mod value;
mod write;

pub use column::{Column, Source, Start, Type};
pub use many::{New, put_many};
pub use read::{rows, walk};
pub use texts::statements;
pub use write::{Written, lacking, put, remove};

use muster_domain::ids::NAMESPACE;
use serde_json::{Map, Value};
use uuid::Uuid;

/// The fields of a record, as entries tell them; those that are empty are left out.
pub type Fields = Map<String, Value>;

/// A record: its id, and the topic of its entries, without which a mark is not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At {
    /// Its id.
    pub id: Uuid,
    /// A mark's session.
    pub topic: Option<Uuid>,
}

/// By what a row is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// By `id`, which is the record's.
    Id,
    /// By `session`, which is the topic, and `person`.
    Mark,
    /// By `name`: the record's id is drawn from this beginning and the name.
    Named(&'static str),
    /// There is one row; the record's id is drawn from this name.
    Single(&'static str),
}

/// A kind of record in its tables.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// The kind, as entries name it.
    pub entity: &'static str,
    /// The table.
    pub name: &'static str,
    /// By what a row is found.
    pub key: Key,
    /// Its columns but for the key; of what has a name, with it.
    pub columns: &'static [Column],
    /// Tables with one row of it at most.
    pub sides: &'static [Side],
    /// Tables with several rows of it.
    pub lists: &'static [List],
}

/// A table with one row of a record at most, found by the record's key. It is there while one of
/// its fields is.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    /// The table.
    pub name: &'static str,
    /// The column with the record's id.
    pub of: &'static str,
    /// The other columns.
    pub columns: &'static [Column],
    /// Whether the record refers to it, so that it comes first and stays.
    pub first: bool,
}

/// A table with several rows of a record: one field, an array of objects, or of values where it
/// tells a single column.
#[derive(Clone, Copy, Debug)]
pub struct List {
    /// The field.
    pub field: &'static str,
    /// The table.
    pub name: &'static str,
    /// The column with the record's id.
    pub of: &'static str,
    /// The other columns.
    pub columns: &'static [Column],
}

/// All tables, each after those that it refers to.
pub const ALL: [&Table; 41] = [
    &house::SETTING,
    &house::LOGO,
    &house::TEMPLATE,
    &academics::FACULTY,
    &academics::PROGRAMME,
    &people::PERSON,
    &academics::COURSE,
    &academics::CURRICULUM,
    &academics::TERM,
    &academics::HOLIDAY,
    &academics::CLASS,
    &exams::ASSESSMENT,
    &events::EVENT,
    &events::POINT,
    &people::ROLE,
    &people::ANNOUNCEMENT,
    &academics::ENROLMENT,
    &academics::PATTERN,
    &academics::MEETING,
    &attendance::SESSION,
    &attendance::DEVICE_KEY,
    &attendance::RECEIPT,
    &attendance::MARK,
    &attendance::CORRECTION,
    &attendance::LEAVE,
    &people::REMINDER,
    &exams::FEE,
    &exams::PAYMENT,
    &exams::CLEARANCE,
    &exams::HOLD,
    &exams::DOCKET,
    &people::BADGE,
    &exams::SITTING,
    &exams::RESULT_SHEET,
    &exams::RESULT,
    &events::PASS_TYPE,
    &events::PASS,
    &house::SIGNING_KEY,
    &events::VERIFIER_DEVICE,
    &events::REDEMPTION,
    &events::INCIDENT,
];

/// The table of a record of that kind and id; none of what does not join.
pub fn table_of(entity: &str, id: Uuid) -> Option<&'static Table> {
    ALL.into_iter().find(|table| table.entity == entity && table.may_hold(id))
}

impl Table {
    fn may_hold(&self, id: Uuid) -> bool {
        match self.key {
            Key::Single(name) => id == drawn("", name),
            Key::Id | Key::Mark | Key::Named(_) => true,
        }
    }

    /// The fields that tell a record of it.
    pub fn fields(&self) -> impl Iterator<Item = &'static str> {
        let sides = self.sides.iter().flat_map(|side| side.columns);
        let columns = self.columns.iter().chain(sides).filter_map(Column::field);
        columns.chain(self.lists.iter().map(|list| list.field))
    }

    /// Whether its rows are made only once something was fetched by its digest.
    pub fn is_fetched(&self) -> bool {
        is_fetched(self.columns)
    }

    /// Whether that field comes with what is fetched.
    pub fn is_fetched_with(&self, field: &str) -> bool {
        let sides = self.sides.iter().filter(|side| side.is_fetched());
        let fetched = sides.flat_map(|side| side.columns);
        let own = self.columns.iter().filter(|_| self.is_fetched());
        fetched.chain(own).any(|column| column.field() == Some(field))
    }

    /// Whether something of it is fetched by its digest.
    pub fn fetches(&self) -> bool {
        self.is_fetched() || self.sides.iter().any(Side::is_fetched)
    }
}

impl Side {
    const fn of(name: &'static str, of: &'static str) -> Self {
        Self { name, of, columns: &[], first: false }
    }

    const fn with(self, columns: &'static [Column]) -> Self {
        Self { columns, ..self }
    }

    const fn first(self) -> Self {
        Self { first: true, ..self }
    }

    /// Whether its rows are made only once something was fetched by its digest.
    pub fn is_fetched(&self) -> bool {
        is_fetched(self.columns)
    }
}

fn is_fetched(columns: &[Column]) -> bool {
    columns.iter().any(|column| column.source == Source::Elsewhere)
}

/// The id of a record that is known by a name.
fn drawn(beginning: &str, name: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("{beginning}{name}").as_bytes())
}
