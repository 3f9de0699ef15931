//! Imports of tables: what each kind of table holds, and the states of an import.

mod columns;
mod state;

pub use columns::{Column, Kind, Mapping, MappingError, check_mapping, columns, guess};
pub use state::{State, Step};
