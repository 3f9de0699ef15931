//! Documents on paper: what stands on each, and the template with which it comes. An institution
//! may bring templates of its own for the same data.

mod badge;
mod docket;
mod pass;
mod receipt;
mod register;
mod room_list;
mod sample;
mod slip;

pub use badge::{Badge, BadgeSheet};
pub use docket::{Docket, Sitting};
pub use pass::Pass;
pub use receipt::{Amount, Receipt};
pub use register::{Day, Register, Row};
pub use room_list::{RoomList, Seat};
pub use sample::Trial;
pub use slip::{Course, Slip};

use crate::typesetting::Item;
use serde::Serialize;

/// Modules of white around a QR on paper, as its standard wants.
const QUIET_ZONE: usize = 4;

/// The kinds of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Paper {
    /// What admits a student to the sittings of an assessment.
    Docket,
    /// What confirms a payment.
    Receipt,
    /// What admits to an event.
    Pass,
    /// People's own cards.
    Badge,
    /// Who was there, class by class.
    Register,
    /// What a student reached in a term.
    Slip,
    /// Who came to an exam, room by room.
    RoomList,
}

impl Paper {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Docket,
        Self::Receipt,
        Self::Pass,
        Self::Badge,
        Self::Register,
        Self::Slip,
        Self::RoomList,
    ];

    /// What people call it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Docket => "Docket",
            Self::Receipt => "Receipt",
            Self::Pass => "Pass",
            Self::Badge => "Badge",
            Self::Register => "Register",
            Self::Slip => "Results slip",
            Self::RoomList => "Room list",
        }
    }

    /// Its name in addresses, commands and complaints.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Docket => "docket",
            Self::Receipt => "receipt",
            Self::Pass => "pass",
            Self::Badge => "badge",
            Self::Register => "register",
            Self::Slip => "slip",
            Self::RoomList => "room-list",
        }
    }

    /// The template with which it comes.
    pub const fn template(self) -> &'static str {
        match self {
            Self::Docket => include_str!("../../templates/docket.typ"),
            Self::Receipt => include_str!("../../templates/receipt.typ"),
            Self::Pass => include_str!("../../templates/pass.typ"),
            Self::Badge => include_str!("../../templates/badge.typ"),
            Self::Register => include_str!("../../templates/register.typ"),
            Self::Slip => include_str!("../../templates/slip.typ"),
            Self::RoomList => include_str!("../../templates/room_list.typ"),
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|paper| paper.name() == name)
    }
}

/// Whose documents these are: what stands at the head of each.
#[derive(Clone, Debug, Serialize)]
pub struct Institution {
    /// Its name.
    pub name: String,
    /// Where it is, in a line.
    pub address: String,
    /// Its logo: PNG, JPEG, WebP or SVG.
    #[serde(skip)]
    pub logo: Option<Vec<u8>>,
}

impl Item for Institution {
    fn files(&self) -> Vec<(&'static str, Vec<u8>)> {
        self.logo.iter().map(|logo| ("logo", logo.clone())).collect()
    }
}

/// A student, as documents name them.
#[derive(Clone, Debug, Serialize)]
pub struct Student {
    /// Their full name.
    pub name: String,
    /// Their student number.
    pub number: String,
}
