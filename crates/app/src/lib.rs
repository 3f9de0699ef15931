//! What Muster does: one function per action, each in one transaction: authorise, decide by a
//! rule of `domain`, write, journal. Pages, API, command line and jobs call the same functions.

pub mod academics;
pub mod analytics;
pub mod announcements;
pub mod attachments;
pub mod attendance;
pub mod channels;
pub mod corrections;
mod ctx;
pub mod devices;
mod error;
pub mod factors;
pub mod feeds;
pub mod figures;
pub mod finance;
pub mod first_codes;
mod form;
mod guardians;
pub mod idempotency;
pub mod imports;
pub mod journal;
pub mod leaderboard;
pub mod leaves;
pub mod mail;
pub mod marks;
pub mod notices;
pub mod operations;
pub mod own_password;
pub mod password_link;
pub mod passwords;
pub mod people;
pub mod photos;
pub mod pins;
pub mod registers;
pub mod reminders;
pub mod sessions;
pub mod settings;
pub mod setup;
pub mod sign_in;
pub mod standing;
pub mod telling;
pub mod timetable;
pub mod zone;

pub use ctx::Ctx;
pub use error::{Error, FieldError, Result};
pub use form::Form;
