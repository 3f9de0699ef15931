//! The link as a QR: small enough for the last row of a hall, and readable by another decoder.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use muster_credential::class_code::ClassCode;
use muster_credential::keys::MasterKey;
use qrcode::{Color, EcLevel, QrCode, Version};
use uuid::Uuid;

fn link(host: &str) -> String {
    let session = Uuid::from_bytes([0xa5; 16]);
    ClassCode::new(&MasterKey::from_bytes([7; 32]).session_key(session), session, 89)
        .link(host, true)
}

fn version(host: &str, level: EcLevel) -> Version {
    QrCode::with_error_correction_level(link(host), level).unwrap().version()
}

#[test]
fn a_host_of_35_characters_fits_29_modules_at_level_l() {
    assert_eq!(version(&"h".repeat(35), EcLevel::L), Version::Normal(3));
    assert_eq!(version(&"h".repeat(36), EcLevel::L), Version::Normal(4));
}

#[test]
fn a_host_of_19_characters_fits_29_modules_at_level_m() {
    assert_eq!(version(&"h".repeat(19), EcLevel::M), Version::Normal(3));
    assert_eq!(version(&"h".repeat(20), EcLevel::M), Version::Normal(4));
}

#[test]
fn another_decoder_reads_the_link() {
    let link = link("muster.school.example:8443");
    let code = QrCode::with_error_correction_level(&link, EcLevel::L).unwrap();
    let (width, colors) = (code.width(), code.to_colors());
    let (scale, quiet) = (8, 4);
    let side = (width + 2 * quiet) * scale;
    let dark = |x: usize, y: usize| {
        let (x, y) = ((x / scale).checked_sub(quiet), (y / scale).checked_sub(quiet));
        matches!((x, y), (Some(x), Some(y)) if x < width && y < width
            && colors[y * width + x] == Color::Dark)
    };
    let mut image =
        rqrr::PreparedImage::prepare_from_greyscale(
            side,
            side,
            |x, y| {
                if dark(x, y) { 0 } else { 255 }
            },
        );
    let (_, read) = image.detect_grids().first().unwrap().decode().unwrap();
    assert_eq!(read, link);
}
