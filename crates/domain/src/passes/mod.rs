//! Passes to events: what an event lets in, who holds a pass, how it was paid for, and what
//! becomes of it.

mod entry;
mod phone;
mod room;
mod state;

pub use entry::{EntryKind, WindowError, windows};
pub use phone::{Country, Phone, PhoneError};
pub use room::{Room, Sold};
pub use state::{PassState, Payment, StateError};

/// Longest name of an event or a pass type, and longest venue, in characters.
pub const LONGEST_NAME: usize = 200;
/// Longest reference of a payment.
pub const LONGEST_REFERENCE: usize = 64;
/// Longest reason.
pub const LONGEST_REASON: usize = 500;
/// The most people on one pass.
pub const MOST_ADMITTED: i64 = 20;
/// The most people at an event, and the most passes of a type.
pub const MOST_PEOPLE: i64 = 10_000_000;
/// How often a pass may admit, where it does so several times.
pub const MOST_TIMES: i64 = 1_000;
/// The most hours that an entry may be open.
pub const MOST_WINDOWS: usize = 50;
