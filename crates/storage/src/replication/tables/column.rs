//! How a column of a record's table stands in entries.

/// What a column holds, and how a field of an entry writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// An id: text with hyphens.
    Id,
    /// A number, a day or a time.
    Int,
    /// 0 or 1: a truth.
    Bool,
    /// Text.
    Text,
    /// Bytes: hexadecimal digits, small letters.
    Bytes,
}

/// Where a column's value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// From the field of that name.
    Field(&'static str),
    /// It is the record's id.
    Record,
    /// It is what entries have as their topic.
    Topic,
    /// Another column of the row, folded.
    Folded(&'static str),
    /// The place in order that follows from a roll number.
    Rolled(&'static str),
    /// The place in its list, counted from 0.
    Place,
    /// In a list: the field of that name of the record itself.
    Above(&'static str),
    /// What the list is of, a word that never changes.
    Word(&'static str),
    /// The record's version.
    Version,
    /// Whether the record lost a value that one alone may have.
    Contested,
    /// It is fetched by its digest, which is told; no row is made without it.
    Elsewhere,
    /// This node's alone, or worked out from other records: what a new row begins with.
    Own(Start),
}

/// What a column that is not told begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// What the database gives it.
    Default,
    /// 0.
    Zero,
    /// No bytes.
    Empty,
    /// The value of another column.
    As(&'static str),
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in the table.
    pub name: &'static str,
    /// What it holds.
    pub holds: Type,
    /// Where its value comes from.
    pub source: Source,
    /// Whether it may be empty.
    pub optional: bool,
    /// Of what kind of record it holds an id.
    pub refers: Option<&'static str>,
    /// Whether the database sees to it that this record is there.
    pub bound: bool,
}

const fn column(name: &'static str, holds: Type) -> Column {
    let source = Source::Field(name);
    Column { name, holds, source, optional: false, refers: None, bound: false }
}

pub(super) const fn id(name: &'static str) -> Column {
    column(name, Type::Id)
}

pub(super) const fn int(name: &'static str) -> Column {
    column(name, Type::Int)
}

pub(super) const fn bool(name: &'static str) -> Column {
    column(name, Type::Bool)
}

pub(super) const fn text(name: &'static str) -> Column {
    column(name, Type::Text)
}

pub(super) const fn bytes(name: &'static str) -> Column {
    column(name, Type::Bytes)
}

pub(super) const fn folded(name: &'static str, of: &'static str) -> Column {
    text(name).from(Source::Folded(of))
}

pub(super) const fn version() -> Column {
    int("version").from(Source::Version)
}

pub(super) const fn contested() -> Column {
    int("contested").from(Source::Contested)
}

impl Column {
    /// May be empty.
    pub(super) const fn opt(self) -> Self {
        Self { optional: true, ..self }
    }

    /// Entries call it otherwise.
    pub(super) const fn told_as(self, field: &'static str) -> Self {
        self.from(Source::Field(field))
    }

    pub(super) const fn from(self, source: Source) -> Self {
        Self { source, ..self }
    }

    /// Entries do not tell it.
    pub(super) const fn own(self, start: Start) -> Self {
        self.from(Source::Own(start))
    }

    /// Fetched by its digest.
    pub(super) const fn elsewhere(self) -> Self {
        self.from(Source::Elsewhere)
    }

    /// Refers to a record of that kind, which has to be there.
    pub(super) const fn of(self, entity: &'static str) -> Self {
        Self { refers: Some(entity), bound: true, ..self }
    }

    /// Names a record of that kind, which may be missing.
    pub(super) const fn names(self, entity: &'static str) -> Self {
        Self { refers: Some(entity), ..self }
    }

    /// Its field in entries, if it is told.
    pub const fn field(&self) -> Option<&'static str> {
        match self.source {
            Source::Field(field) => Some(field),
            _ => None,
        }
    }
}
