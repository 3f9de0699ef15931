//! The links as QR: a class code small enough for the last row of a hall, a credential for a creased
//! print, both readable by another decoder.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use muster_credential::class_code::ClassCode;
use muster_credential::cti::Cti;
use muster_credential::keys::MasterKey;
use muster_credential::keys::signing::SigningKey;
use muster_credential::payload::{Claims, Kind, ShortId, Validity};
use muster_credential::signature::Credential;
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
    assert_eq!(scanned(&link, EcLevel::L), link);
}

/// What another decoder reads in the QR of this text.
fn scanned(text: &str, level: EcLevel) -> String {
    let code = QrCode::with_error_correction_level(text, level).unwrap();
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
    read
}

fn credential(host: &str) -> String {
    let claims = Claims {
        kind: Kind::Docket,
        scope: ShortId([0xa5; 8]),
        holder: ShortId([0x5a; 8]),
        validity: Validity::new(1_732_060_800, 1_735_689_600).unwrap(),
        cti: Cti::from_bytes([0xff; 16]),
    };
    Credential::sign(&SigningKey::from_bytes([7; 32]), claims).link(host, true)
}

#[test]
fn a_credential_of_a_host_of_20_characters_fits_53_modules_at_level_m() {
    let version = |length: usize, level| {
        QrCode::with_error_correction_level(credential(&"h".repeat(length)), level)
            .unwrap()
            .version()
    };
    assert_eq!(version(20, EcLevel::M), Version::Normal(9));
    assert_eq!(version(21, EcLevel::M), Version::Normal(10));
    assert_eq!(version(20, EcLevel::Q), Version::Normal(12));
}

#[test]
fn another_decoder_reads_a_credential() {
    for level in [EcLevel::M, EcLevel::Q] {
        let link = credential("muster.school.example:8443");
        assert_eq!(scanned(&link, level), link);
    }
}
