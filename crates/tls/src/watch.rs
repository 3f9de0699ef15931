//! How it stands with the certificate, for whoever looks after the server: where it comes from, what is
//! shown now, and what went wrong last.

use crate::diary::Diary;
use crate::pair::Facts;
use crate::shown::Shown;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

/// Where certificates come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From files of somebody else.
    Files,
    /// From the node's own authority.
    Own,
    /// From an authority that speaks ACME.
    Acme,
}

/// Looks at the certificate from afar.
#[derive(Clone, Debug)]
pub struct Watch {
    origin: Origin,
    folder: PathBuf,
    shown: Arc<Shown>,
    /// Signing anew, and reading what is to be shown.
    trouble: Arc<RwLock<[Option<String>; 2]>>,
}

/// How it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Where certificates come from.
    pub origin: Origin,
    /// What is shown now; nothing where nothing can be.
    pub facts: Option<Facts>,
    /// What went wrong last and is not mended, in words.
    pub error: Option<String>,
    /// How the authority was asked, where it speaks ACME.
    pub diary: Diary,
}

impl Watch {
    /// Of what is shown, from there; `folder` holds the diary.
    pub fn new(origin: Origin, folder: PathBuf, shown: Arc<Shown>) -> Self {
        Self { origin, folder, shown, trouble: Arc::default() }
    }

    /// What came of signing anew.
    pub fn signed(&self, error: Option<String>) {
        self.note(0, error);
    }

    /// What came of reading what is to be shown.
    pub fn read(&self, error: Option<String>) {
        self.note(1, error);
    }

    fn note(&self, place: usize, error: Option<String>) {
        let mut trouble = self.trouble.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = trouble.get_mut(place) {
            *held = error;
        }
    }

    /// How it stands now. Reads the diary's file.
    pub fn report(&self) -> Report {
        let diary = match self.origin {
            Origin::Acme => Diary::load(&self.folder),
            Origin::Files | Origin::Own => Diary::default(),
        };
        let facts = self.shown.pair().map(|pair| pair.facts);
        let error = match self.origin {
            // That there is no file yet says less than why the authority gave none.
            Origin::Acme => diary.error.clone(),
            Origin::Files | Origin::Own => {
                let trouble = self.trouble.read().unwrap_or_else(PoisonError::into_inner);
                trouble.iter().flatten().next().cloned()
            }
        };
        Report { origin: self.origin, facts, error, diary }
    }
}

impl Report {
    /// Whether somebody has to do something about it.
    pub fn is_wrong(&self, now: i64) -> bool {
        let over = self.facts.as_ref().is_none_or(|facts| facts.not_after <= now);
        self.error.is_some() || over
    }
}
