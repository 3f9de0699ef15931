//! A real credential as a QR image: as small as designed, readable by another decoder.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use muster_documents::qr::{Correction, QrImage};

const VECTORS: &str = include_str!("../../credential/vectors/credential.json");

/// The link of the vectors, which has a host of 18 characters.
fn link() -> &'static str {
    let begin = VECTORS.find("https://muster.example.edu/v#").unwrap();
    VECTORS[begin..].split('"').next().unwrap()
}

fn read(image: &QrImage) -> String {
    let (scale, quiet, modules) = (6, 4, image.size());
    let side = (modules + 2 * quiet) * scale;
    let light = |x: usize, y: usize| {
        let (x, y) = ((x / scale).checked_sub(quiet), (y / scale).checked_sub(quiet));
        let dark = matches!((x, y), (Some(x), Some(y)) if x < modules && y < modules
            && image.modules()[y * modules + x]);
        if dark { 0 } else { 255 }
    };
    let mut page = rqrr::PreparedImage::prepare_from_greyscale(side, side, light);
    page.detect_grids().first().unwrap().decode().unwrap().1
}

#[test]
fn a_credential_takes_53_modules_on_a_screen_and_65_on_paper() {
    let size = |correction| QrImage::new(link(), correction).unwrap().size();
    assert_eq!(size(Correction::Medium), 53);
    assert_eq!(size(Correction::Quartile), 65);
}

#[test]
fn another_decoder_reads_it_from_screen_and_paper() {
    for correction in [Correction::Medium, Correction::Quartile] {
        assert_eq!(read(&QrImage::new(link(), correction).unwrap()), link());
    }
}
