//! The journal: entries appended by every write, numbered and chained; browsed and verified.

pub(crate) mod append;
pub(crate) mod browse;
pub(crate) mod follow;
pub(crate) mod mark;
pub(crate) mod node;
pub(crate) mod verify;

pub(crate) use append::number_sqlite;
pub use append::recorded;
pub use browse::{Filter, JournalRow, browse, since};
pub use follow::{HeadRow, heads};
pub use mark::{MarkEntry, of_mark};
pub(crate) use verify::StoredEntry;
pub use verify::{Report, verify};
