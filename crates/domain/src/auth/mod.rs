//! Who may do what, and how often one may fail.

pub mod actor;
pub mod extent;
pub mod factor;
pub mod permission;
pub mod pin;
pub mod role;
pub mod throttle;

pub use actor::{Actor, Target};
pub use extent::Extent;
pub use permission::{Permission, Reach, reach};
pub use role::{Grant, Role, Scope};
