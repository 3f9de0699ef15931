//! The pass to an event: a card of A6 that is also read from a phone.

use super::QUIET_ZONE;
use crate::qr::{QrImage, to_luma8};
use crate::typesetting::Item;
use serde::Serialize;

/// What a pass says. Dates, times and the price stand in it as they are read.
#[derive(Clone, Debug, Serialize)]
pub struct Pass {
    /// The event's name.
    pub event: String,
    /// Where it is.
    pub venue: String,
    /// The day.
    pub date: String,
    /// From when to when.
    pub time: String,
    /// The pass type's name.
    pub kind: String,
    /// How many it admits.
    pub admits: u32,
    /// What was paid, with its currency; empty if it was free.
    pub price: String,
    /// Who holds it, as many as it admits or fewer.
    pub holders: Vec<String>,
    /// The code that is typed where no camera reads.
    pub readable: String,
    /// What the holder should know.
    pub note: String,
    /// The credential.
    #[serde(skip)]
    pub code: QrImage,
}

impl Item for Pass {
    fn files(&self) -> Vec<(&'static str, Vec<u8>)> {
        vec![("code", to_luma8(&self.code, QUIET_ZONE))]
    }
}
