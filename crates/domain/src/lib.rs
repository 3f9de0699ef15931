//! Types, rules and state machines of Muster. Pure: no I/O, no clock, no randomness.
//!
//! Every other crate depends on this one; it depends on none of them. A value is parsed once at
//! the border into a type from here and trusted afterwards.

pub mod academics;
pub mod announcements;
pub mod attachment;
pub mod attendance;
pub mod auth;
pub mod badges;
pub mod batches;
pub mod colour;
pub mod dockets;
pub mod finance;
pub mod finding;
pub mod guardians;
pub mod ids;
pub mod imports;
pub mod letters;
pub mod merging;
pub mod notices;
pub mod passes;
pub mod people;
pub mod programmes;
pub mod reminders;
pub mod requests;
pub mod results;
pub mod text;
pub mod time;
pub mod timetable;
pub mod verification;
