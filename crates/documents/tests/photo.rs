//! What becomes of uploaded photos, of honest ones and of others.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use muster_documents::photo::{Crop, LARGEST, PhotoError, SIDE, TINIEST, thumbnail, tiny};
use std::io::Cursor;

const RED: Rgb<u8> = Rgb([220, 20, 20]);
const BLUE: Rgb<u8> = Rgb([20, 20, 220]);

/// Red on the left, blue on the right.
fn halves(width: u32, height: u32) -> DynamicImage {
    let ink = |x, _| if x < width / 2 { RED } else { BLUE };
    RgbImage::from_fn(width, height, ink).into()
}

fn file(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn read(jpeg: &[u8]) -> RgbImage {
    image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg).unwrap().to_rgb8()
}

/// Whether a pixel is red rather than blue.
fn is_red(picture: &RgbImage, x: u32, y: u32) -> bool {
    let [red, _, blue] = picture.get_pixel(x, y).0;
    red > blue
}

#[test]
fn each_kind_becomes_a_small_square() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let small = read(&thumbnail(&file(&halves(1200, 700), format), None).unwrap());
        assert_eq!(small.dimensions(), (SIDE, SIDE), "{format:?}");
        assert!(is_red(&small, 10, 128) && !is_red(&small, 245, 128), "{format:?}");
    }
}

#[test]
fn a_copy_for_packs_has_three_kilobytes_at_most() {
    // Noise is the worst that there is to write down.
    let mut seed = 1_u32;
    let noise = RgbImage::from_fn(600, 600, |_, _| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [a, b, c, _] = seed.to_be_bytes();
        Rgb([a, b, c])
    });
    for picture in [halves(600, 600), noise.into()] {
        let whole = thumbnail(&file(&picture, ImageFormat::Png), None).unwrap();
        let small = tiny(&whole).unwrap();
        assert!(small.len() <= TINIEST, "{} bytes", small.len());
        assert_eq!(read(&small).dimensions(), (96, 96));
    }
    assert_eq!(tiny(b"<svg/>"), None);
}

#[test]
fn the_chosen_square_is_kept() {
    let photo = file(&halves(1200, 700), ImageFormat::Png);
    let left = thumbnail(&photo, Some(Crop { x: 0, y: 100, side: 600 })).unwrap();
    assert!(is_red(&read(&left), 250, 128));
    for (x, y, side) in [(700, 0, 600), (0, 0, 8), (u32::MAX, 0, 600)] {
        let outside = thumbnail(&photo, Some(Crop { x, y, side }));
        assert_eq!(outside, Err(PhotoError::Crop));
    }
}

/// A JPEG whose camera was held on its side, and which says where it was taken.
fn turned() -> Vec<u8> {
    let mut jpeg = file(&halves(400, 400), ImageFormat::Jpeg);
    let mut exif =
        b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
    exif.extend(b"52.5 north 13.4 east");
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    let segment = [&[0xff, 0xe1], &length[..], &exif].concat();
    jpeg.splice(2..2, segment);
    jpeg
}

#[test]
fn a_photo_taken_sideways_is_turned_upright_and_forgets_where_it_was_taken() {
    let small = thumbnail(&turned(), None).unwrap();
    let picture = read(&small);
    assert!(is_red(&picture, 128, 10) && !is_red(&picture, 128, 245));
    assert!(!small.windows(5).any(|part| part == b"north"));
}

#[test]
fn what_is_transparent_becomes_white() {
    let clear = RgbaImage::from_pixel(64, 64, Rgba([0, 0, 0, 0]));
    let small = read(&thumbnail(&file(&clear.into(), ImageFormat::Png), None).unwrap());
    assert!(small.get_pixel(128, 128).0.iter().all(|ink| *ink > 250));
}

#[test]
fn what_hides_behind_a_picture_is_left_behind() {
    let mut polyglot = file(&halves(64, 64), ImageFormat::Jpeg);
    polyglot.extend(b"<script>alert(1)</script>PK\x03\x04");
    let small = thumbnail(&polyglot, None).unwrap();
    assert!(!small.windows(7).any(|part| part == b"<script"));
}

#[test]
fn other_files_are_refused() {
    let gif = b"GIF89a\x01\0\x01\0\0\0\0;".to_vec();
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec();
    for other in [gif, svg, b"%PDF-1.7".to_vec(), Vec::new()] {
        assert_eq!(thumbnail(&other, None), Err(PhotoError::Format));
    }
    assert_eq!(thumbnail(&vec![0xff; LARGEST + 1], None), Err(PhotoError::File));
}

#[test]
fn a_broken_picture_is_refused() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let whole = file(&halves(600, 600), format);
        for part in [12, whole.len() / 2, whole.len() * 9 / 10] {
            let broken = thumbnail(&whole[..part], None).err();
            assert_eq!(broken, Some(PhotoError::Damaged), "{format:?} {part}");
        }
    }
}

/// The head of a PNG of that size, without its pixels.
fn png_that_claims(width: u32, height: u32) -> Vec<u8> {
    let mut png = file(&halves(64, 64), ImageFormat::Png);
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&sum.to_be_bytes());
    png
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 * (sum & 1)))
    })
}

#[test]
fn a_picture_that_would_fill_the_memory_is_refused_before_it_is_unpacked() {
    for (width, height) in [(60_000, 60_000), (16_000, 15_999), (100_000, 1)] {
        let bomb = thumbnail(&png_that_claims(width, height), None);
        assert_eq!(bomb, Err(PhotoError::Pixels), "{width} × {height}");
    }
}

#[test]
fn a_picture_of_a_few_pixels_is_refused() {
    let tiny = thumbnail(&file(&halves(31, 400), ImageFormat::Png), None);
    assert_eq!(tiny, Err(PhotoError::Small));
}
