//! Dockets: who may have one for an assessment, where and when it admits, and sittings.

mod admission;
mod eligibility;
mod room_list;
mod sitting;

pub use admission::{Admission, Became, EARLY, Entitlement, Entrance};
pub use eligibility::{Eligibility, Facts, Obstacle};
pub use room_list::Attendance;
pub use sitting::{MOST_ROOMS, Rooms, RoomsError, Sat, clashes, share, shares_time};

/// Longest reason of a hold, in characters.
pub const LONGEST_REASON: usize = 500;
