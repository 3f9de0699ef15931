//! What is shown, apart from who asks for it: words for verdicts, changes and browsers, times in the
//! institution's zone, its accent, charts, the frame of a page, and what was typed into a grid.
//!
//! Nothing here knows of a request. Pages and the interface for programs fill these in.

pub mod accent;
pub mod admissions;
pub mod changes;
pub mod chart;
pub mod clients;
pub mod conflict;
pub mod conflicts;
pub mod count_chart;
pub mod look;
pub mod shell;
pub mod times;
pub mod typed_results;
pub mod verdicts;
