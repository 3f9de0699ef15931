//! Sessions and marks: the rules of taking attendance.

pub mod figures;
pub mod mark;
pub mod session;

pub use figures::{Badge, Percentage, Tally};
pub use mark::{Attempt, CodeVerdict, Decision, ExistingMark, Method, Refusal, Status, decide};
pub use session::{Mode, Session, SessionError};
