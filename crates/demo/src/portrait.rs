//! Portraits, drawn: a face in front of a colour, no two quite alike.

use crate::rng::Rng;
use muster_storage::photos::PhotoRow;
use sha2::{Digest, Sha256};

const GROUND: &[&str] = &["#c9d6df", "#e3d3c4", "#cfe0cf", "#d9cfe3", "#e6d9b8", "#c7dbe6"];
const SKIN: &[&str] =
    &["#8d5524", "#a86f3d", "#c68642", "#e0ac69", "#f1c27d", "#ffdbac", "#5c3a1e"];
const HAIR: &[&str] =
    &["#1c1512", "#3b2417", "#5a3a22", "#8a5a2b", "#a33b1f", "#c9a24a", "#6e6e6e"];
const CLOTH: &[&str] = &["#2f4858", "#33658a", "#7b2d26", "#3a5a40", "#5e548e", "#6b705c"];

/// A portrait as a small SVG.
pub(crate) fn portrait(rng: &mut Rng) -> PhotoRow {
    let (ground, skin, hair, cloth) =
        (rng.pick(GROUND), rng.pick(SKIN), rng.pick(HAIR), rng.pick(CLOTH));
    let (width, height) = (20 + rng.below(5), 25 + rng.below(5));
    let (eyes, smile, fringe) = (7 + rng.below(3), rng.below(5), 30 + rng.below(8));
    let (left, right) = (48 - eyes, 48 + eyes);
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 96 96\">\
         <rect width=\"96\" height=\"96\" fill=\"{ground}\"/>\
         <path d=\"M12 96c2-22 18-26 36-26s34 4 36 26z\" fill=\"{cloth}\"/>\
         <rect x=\"40\" y=\"58\" width=\"16\" height=\"18\" rx=\"7\" fill=\"{skin}\"/>\
         <ellipse cx=\"48\" cy=\"44\" rx=\"{width}\" ry=\"{height}\" fill=\"{skin}\"/>\
         <path d=\"M26 42c-2-24 12-30 22-30s24 6 22 30c-4-10-10-{fringe}-22-12-12-6-18 2-22 12z\" \
         fill=\"{hair}\"/>\
         <circle cx=\"{left}\" cy=\"44\" r=\"2\"/><circle cx=\"{right}\" cy=\"44\" r=\"2\"/>\
         <path d=\"M41 56q7 {smile} 14 0\" fill=\"none\" stroke=\"#5b2c20\" stroke-width=\"2\"/></svg>"
    );
    let content = svg.into_bytes();
    let digest = Sha256::digest(&content).to_vec();
    PhotoRow { media_type: "image/svg+xml".to_owned(), digest, content }
}
