//! Sessions and marks: the rules of taking attendance.

pub mod bulk;
pub mod calendar;
pub mod correction;
pub mod figures;
pub mod leaderboard;
pub mod leave;
pub mod location;
pub mod low;
pub mod mark;
pub mod offline;
pub mod session;
pub mod sharing;
pub mod streak;
pub mod suspicion;

pub use bulk::Extent;
pub use calendar::{DayState, Outcome};
pub use figures::{Badge, Percentage, Tally};
pub use mark::{Attempt, CodeVerdict, Decision, ExistingMark, Method, Refusal, Status, decide};
pub use session::{Mode, Session, SessionError};
pub use streak::Streak;
