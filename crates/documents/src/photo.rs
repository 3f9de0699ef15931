//! Photos of people: any JPEG, PNG or WebP in, a small square JPEG without metadata out.
//!
//! Uploads are hostile until proved otherwise: sizes are checked before anything is unpacked, and
//! what is stored is drawn anew, so nothing hidden in a file survives.

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage};
use std::io::Cursor;

/// Largest file, in bytes.
pub const LARGEST: usize = 10 << 20;
/// Width and height of what is stored.
pub const SIDE: u32 = 256;
/// Longest side that is unpacked.
const LONGEST_SIDE: u32 = 16_000;
/// Most pixels that are unpacked: what phones of today take at most.
const MOST_PIXELS: u64 = 50_000_000;
/// Most memory for an unpacked picture.
const MOST_MEMORY: u64 = 256 << 20;
/// Smallest part of a picture that shows a face, in pixels.
pub(crate) const SMALLEST: u32 = 32;
const QUALITY: u8 = 86;
/// Width and height of the copy for packs.
const TINY_SIDE: u32 = 96;
/// Largest copy for packs, in bytes.
pub const TINIEST: usize = 3 << 10;
/// In which qualities it is tried, until it is small enough.
const TINY_QUALITIES: [u8; 4] = [70, 55, 40, 20];

/// A square of the picture as people see it, in its pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crop {
    /// Left edge.
    pub x: u32,
    /// Top edge.
    pub y: u32,
    /// Width and height.
    pub side: u32,
}

/// Why a file is no photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhotoError {
    /// Another kind of file.
    #[error("This is not a JPEG, PNG or WebP picture. Save it as one of these and try again.")]
    Format,
    /// Too large a file.
    #[error("This file is larger than 10 MiB. Choose a smaller picture.")]
    File,
    /// Too many pixels.
    #[error("This picture has too many pixels. Make it smaller: at most 50 megapixels.")]
    Pixels,
    /// Too few pixels.
    #[error("This picture is too small: at least 32 pixels each way are needed.")]
    Small,
    /// Broken off, or not what it claims to be.
    #[error("This picture is damaged and can't be read. Save it anew, or choose another one.")]
    Damaged,
    /// A square that is not within the picture.
    #[error("The chosen square is not within the picture. Choose it again.")]
    Crop,
}

/// The thumbnail of a photo: the chosen square, or the largest in the middle. Takes up to some
/// seconds and some hundred megabytes.
pub fn thumbnail(file: &[u8], crop: Option<Crop>) -> Result<Vec<u8>, PhotoError> {
    let picture = unpack(file)?;
    let crop = square(&picture, crop)?;
    let cut = picture.crop_imm(crop.x, crop.y, crop.side, crop.side);
    // A quick pass first, so that the careful one has little to read.
    let rough = if crop.side > SIDE * 4 { cut.thumbnail_exact(SIDE * 2, SIDE * 2) } else { cut };
    let filter = image::imageops::FilterType::Lanczos3;
    let small = on_white(&rough.resize_exact(SIDE, SIDE, filter));
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
    small.write_with_encoder(encoder).map_err(|_| PhotoError::Damaged)?;
    Ok(jpeg)
}

/// A thumbnail made as small as a pack takes it along: enough to know a face by. None where it can't
/// be read, or nothing small comes of it.
pub fn tiny(thumbnail: &[u8]) -> Option<Vec<u8>> {
    let picture = unpack(thumbnail).ok()?;
    let filter = image::imageops::FilterType::Triangle;
    let small = on_white(&picture.resize_exact(TINY_SIDE, TINY_SIDE, filter));
    TINY_QUALITIES.into_iter().find_map(|quality| {
        let mut jpeg = Vec::new();
        let encoder = JpegEncoder::new_with_quality(&mut jpeg, quality);
        small.write_with_encoder(encoder).ok()?;
        (jpeg.len() <= TINIEST).then_some(jpeg)
    })
}

/// The picture, upright.
pub(crate) fn unpack(file: &[u8]) -> Result<DynamicImage, PhotoError> {
    if file.len() > LARGEST {
        return Err(PhotoError::File);
    }
    let format = image::guess_format(file).map_err(|_| PhotoError::Format)?;
    match format {
        ImageFormat::Jpeg if !is_whole_jpeg(file) => return Err(PhotoError::Damaged),
        ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP => {}
        _ => return Err(PhotoError::Format),
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| explain(&error))?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MOST_PIXELS || decoder.total_bytes() > MOST_MEMORY {
        return Err(PhotoError::Pixels);
    }
    let orientation = decoder.orientation().map_err(|error| explain(&error))?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| explain(&error))?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn explain(error: &image::ImageError) -> PhotoError {
    match error {
        image::ImageError::Limits(_) => PhotoError::Pixels,
        _ => PhotoError::Damaged,
    }
}

/// Whether a JPEG says where it ends: the decoder would show the rest of a broken one as grey.
fn is_whole_jpeg(file: &[u8]) -> bool {
    const SCAN: u8 = 0xda;
    let mut rest = file.get(2..).unwrap_or_default();
    while let [0xff, kind, high, low, ..] = *rest {
        if kind == SCAN {
            return rest.windows(2).any(|pair| pair == [0xff, 0xd9]);
        }
        // A marker may be padded with any number of 0xff.
        let skip = if kind == 0xff { 1 } else { 2 + usize::from(u16::from_be_bytes([high, low])) };
        rest = rest.get(skip..).unwrap_or_default();
    }
    false
}

fn square(picture: &DynamicImage, crop: Option<Crop>) -> Result<Crop, PhotoError> {
    let (width, height) = (picture.width(), picture.height());
    let side = width.min(height);
    if side < SMALLEST {
        return Err(PhotoError::Small);
    }
    let middle = Crop { x: (width - side) / 2, y: (height - side) / 2, side };
    let Some(crop) = crop else { return Ok(middle) };
    let within = |edge: u32, length: u32| edge.checked_add(crop.side).is_some_and(|e| e <= length);
    let fits = crop.side >= SMALLEST && within(crop.x, width) && within(crop.y, height);
    if fits { Ok(crop) } else { Err(PhotoError::Crop) }
}

/// JPEG knows no transparency: what is see-through becomes paper.
fn on_white(picture: &DynamicImage) -> RgbImage {
    let shown = picture.to_rgba8();
    RgbImage::from_fn(shown.width(), shown.height(), |x, y| {
        let [red, green, blue, alpha] = shown.get_pixel(x, y).0;
        let alpha = u16::from(alpha);
        let over = |ink: u8| {
            let mixed = (u16::from(ink) * alpha + 255 * (255 - alpha)) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        Rgb([over(red), over(green), over(blue)])
    })
}
