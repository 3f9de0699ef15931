//! Badges: cards of the size of a bank card, ten to a sheet of A4, or one alone.

use super::QUIET_ZONE;
use crate::qr::{QrImage, to_luma8};
use crate::typesetting::Item;
use serde::Serialize;

/// The names under which a template finds the pictures of each card.
const FILES: [(&str, &str); 10] = [
    ("code0", "photo0"),
    ("code1", "photo1"),
    ("code2", "photo2"),
    ("code3", "photo3"),
    ("code4", "photo4"),
    ("code5", "photo5"),
    ("code6", "photo6"),
    ("code7", "photo7"),
    ("code8", "photo8"),
    ("code9", "photo9"),
];

/// A sheet of cards to cut, or a card alone.
#[derive(Clone, Debug, Serialize)]
pub struct BadgeSheet {
    /// Ten at the most.
    pub cards: Vec<Badge>,
    /// Whether the first card is the whole page.
    pub alone: bool,
}

/// What a card says.
#[derive(Clone, Debug, Serialize)]
pub struct Badge {
    /// Whose it is.
    pub name: String,
    /// Their number at the institution.
    pub number: String,
    /// "Student" or "Staff".
    pub kind: String,
    /// The programme or the title; may be empty.
    pub detail: String,
    /// The last day on which it is valid.
    pub until: String,
    /// The code that is typed where no camera reads.
    pub readable: String,
    /// The photo: PNG, JPEG or WebP.
    #[serde(skip)]
    pub photo: Option<Vec<u8>>,
    /// The credential.
    #[serde(skip)]
    pub code: QrImage,
}

impl BadgeSheet {
    /// One card, as large as it is.
    pub fn alone(card: Badge) -> Self {
        Self { cards: vec![card], alone: true }
    }

    /// Cards on as many sheets as they need.
    pub fn many(cards: &[Badge]) -> Vec<Self> {
        let sheet = |cards: &[Badge]| Self { cards: cards.to_vec(), alone: false };
        cards.chunks(FILES.len()).map(sheet).collect()
    }
}

impl Item for BadgeSheet {
    fn files(&self) -> Vec<(&'static str, Vec<u8>)> {
        let mut files = Vec::new();
        for (card, (code, photo)) in self.cards.iter().zip(FILES) {
            files.push((code, to_luma8(&card.code, QUIET_ZONE)));
            files.extend(card.photo.iter().map(|content| (photo, content.clone())));
        }
        files
    }
}
