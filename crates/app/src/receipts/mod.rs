//! What students' devices scanned without a network: a device registers its key while it is online,
//! signs a receipt for each code that it scans, and sends them when it can.

mod elsewhere;
mod evidence;
mod keys;
mod post;
mod taking;
mod walls;

pub(crate) use elsewhere::judge_arrived;
pub(crate) use evidence::{Evidence, flags, of_marks};
pub use evidence::{of_session, refused_detail};
pub use keys::{keys_of, register, withdraw};
pub use post::{Checked, Post, read};
pub use taking::{Answer, Taken, take};
