//! Imports of tables: what each kind of table holds, and the states of an import.

mod columns;
mod exams;

mod kind;
mod mapping;
mod passes;
mod state;

pub use columns::{Column, columns, sounds_secret};
pub use kind::Kind;
pub use mapping::{Mapping, MappingError, check_mapping, guess};
pub use state::{State, Step};
