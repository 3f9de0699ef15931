//! Who may do what, and how often one may fail.

pub mod factor;
pub mod permission;
pub mod pin;
pub mod role;
pub mod throttle;

pub use permission::{Actor, Permission, Reach, Target, reach};
pub use role::{Grant, Role, Scope};
