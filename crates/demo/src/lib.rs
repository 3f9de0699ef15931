//! A made-up institution for trying Muster out, in two sizes. The small one has 40 classes, 2,000
//! students with drawn portraits, a timetable and two terms of history; the large one 4,000
//! classes, 50,000 students and ten million marks. The same seed and time make the same one.
//!
//! History is written in bulk, with one journal entry a transaction: nobody made these marks one
//! by one. What is done afterwards is journalled like everything else.

mod announcements;
mod apart;
mod badges;
mod check;
mod classes;
mod events;
mod exams;
mod fill;
mod finance;
mod names;
mod open_house;
mod portrait;
mod programmes;
mod records;
mod requests;
mod results;
mod rng;
mod sitting_now;
mod size;
mod stationery;
mod writer;

pub use apart::meet_again;
pub use badges::issue_badges;
pub use check::check;
pub use events::hold_events;
pub use exams::sit_exams;
pub use fill::{Progress, Wish, fill};
pub use results::enter_results;
pub use size::Size;
pub use stationery::keep_stationery;

use muster_domain::auth::Role;
use muster_storage::{Result, Store, people};

/// The password of everybody in the demo.
pub const PASSWORD: &str = "open sesame for the demo";

/// Somebody who can sign in to the demo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// Role, in words.
    pub role: &'static str,
    /// Number.
    pub identifier: &'static str,
}

/// One sign-in per role.
pub const SIGN_INS: [SignIn; 9] = [
    SignIn { role: "super administrator", identifier: "A0001" },
    SignIn { role: "registrar", identifier: "R0001" },
    SignIn { role: "finance", identifier: "F0001" },
    SignIn { role: "teacher", identifier: "T0001" },
    SignIn { role: "assistant", identifier: "H0001" },
    SignIn { role: "student", identifier: "S000001" },
    SignIn { role: "organiser", identifier: "O0001" },
    SignIn { role: "gate", identifier: "G0001" },
    SignIn { role: "invigilator", identifier: "V0001" },
];

/// Whether the store holds people already.
pub fn is_filled(store: &Store) -> Result<bool> {
    Ok(store.read(people::count).wait()? > 0)
}

/// The roles of the demo's people by the first letter of their number.
fn role_of(letter: char) -> Role {
    match letter {
        'A' => Role::SuperAdministrator,
        'R' => Role::Registrar,
        'F' => Role::Finance,
        'T' => Role::Teacher,
        'H' => Role::Assistant,
        _ => Role::Student,
    }
}
