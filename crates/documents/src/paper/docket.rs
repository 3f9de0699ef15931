//! The docket: an A4 page with the student's photo, the QR and the sittings.

use super::{QUIET_ZONE, Student};
use crate::qr::{QrImage, to_luma8};
use crate::typesetting::Item;
use serde::Serialize;

/// What a docket says. Dates and times stand in it as they are read.
#[derive(Clone, Debug, Serialize)]
pub struct Docket {
    /// The assessment's short name, such as "CA1".
    pub assessment: String,
    /// The term of the assessment.
    pub term: String,
    /// The number by which people find it.
    pub number: String,
    /// When it was issued.
    pub issued: String,
    /// Whom it admits.
    pub student: Student,
    /// The student's faculty.
    pub faculty: String,
    /// The student's programme.
    pub programme: String,
    /// What it admits to.
    pub sittings: Vec<Sitting>,
    /// What the student should know, a sentence each.
    pub notes: Vec<String>,
    /// The student's photo: PNG, JPEG or WebP.
    #[serde(skip)]
    pub photo: Option<Vec<u8>>,
    /// The credential.
    #[serde(skip)]
    pub code: QrImage,
}

/// A line of the docket's table. What is not known yet is empty.
#[derive(Clone, Debug, Serialize)]
pub struct Sitting {
    /// The module's code.
    pub code: String,
    /// The module's name.
    pub module: String,
    /// The day.
    pub date: String,
    /// From when to when.
    pub time: String,
    /// Where.
    pub venue: String,
}

impl Item for Docket {
    fn files(&self) -> Vec<(&'static str, Vec<u8>)> {
        let photo = self.photo.iter().map(|photo| ("photo", photo.clone()));
        photo.chain([("code", to_luma8(&self.code, QUIET_ZONE))]).collect()
    }
}
