//! Another decoder reads our images, from the SVG's own shapes.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use muster_documents::qr::{Correction, QrImage, to_svg};
use proptest::prelude::*;

const SCALE: usize = 6;

/// The SVG's path drawn into modules.
fn drawn(svg: &str, side: usize) -> Vec<bool> {
    let mut modules = vec![false; side * side];
    let path = svg.split("<path d=\"").nth(1).unwrap().split('"').next().unwrap();
    for run in path.split_terminator('z') {
        let (place, length) = run.strip_prefix('M').unwrap().split_once('h').unwrap();
        let (x, y) = place.split_once(' ').unwrap();
        let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
        let length: usize = length.split_once('v').unwrap().0.parse().unwrap();
        modules[y * side + x..][..length].fill(true);
    }
    modules
}

fn read(text: &str, correction: Correction) -> String {
    let image = QrImage::new(text, correction).unwrap();
    let side = image.size() + 8;
    let modules = drawn(&to_svg(&image, 4), side);
    let mut picture =
        rqrr::PreparedImage::prepare_from_greyscale(side * SCALE, side * SCALE, |x, y| {
            if modules[y / SCALE * side + x / SCALE] { 0 } else { 255 }
        });
    picture.detect_grids().first().unwrap().decode().unwrap().1
}

#[test]
fn a_link_of_capitals_reads_back() {
    let link = "HTTPS://MUSTER.EXAMPLE.EDU/C/AFPG64EBSKRQABWFD73GNHRA367HHJI";
    for correction in [Correction::Low, Correction::Medium, Correction::Quartile, Correction::High]
    {
        assert_eq!(read(link, correction), link);
    }
}

#[test]
fn bytes_and_digits_mixed_read_back() {
    let link = format!("https://muster.example.edu/v#{}", "0123456789".repeat(34));
    assert_eq!(read(&link, Correction::Medium), link);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_text_reads_back(text in "[ -~]{1,80}") {
        prop_assert_eq!(read(&text, Correction::Medium), text);
    }
}
