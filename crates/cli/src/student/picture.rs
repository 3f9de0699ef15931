//! The QR in a picture: a photo of the screen, or a screenshot.

use anyhow::{Context, Result, bail};
use image::{ImageReader, Limits};
use std::path::Path;

/// Longest side of a picture that is looked at, in pixels.
const LONGEST: u32 = 10_000;
/// Sides, in pixels, to which large photos are made smaller if nothing is found in the whole.
const SMALLER: [u32; 2] = [1_600, 800];

/// The text of the first QR in a picture.
pub(super) fn read(file: &Path) -> Result<String> {
    let name = file.display();
    let mut reader = ImageReader::open(file)
        .with_context(|| format!("can't open {name}"))?
        .with_guessed_format()
        .with_context(|| format!("can't read {name}"))?;
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(LONGEST), Some(LONGEST));
    reader.limits(limits);
    let picture = reader.decode().with_context(|| format!("{name} is no picture that I know"))?;
    let mut found = decode(&picture.to_luma8());
    for side in SMALLER {
        if found.is_none() && picture.width().max(picture.height()) > side {
            found = decode(&picture.thumbnail(side, side).to_luma8());
        }
    }
    match found {
        Some(text) => Ok(text),
        None => bail!("there is no QR in {name}: take the picture from nearer, and straight on"),
    }
}

fn decode(picture: &image::GrayImage) -> Option<String> {
    let (width, height) = picture.dimensions();
    let (width, height) = (usize::try_from(width).ok()?, usize::try_from(height).ok()?);
    let light =
        |x: usize, y: usize| picture.as_raw().get(y * width + x).copied().unwrap_or(u8::MAX);
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, light);
    prepared.detect_grids().into_iter().find_map(|grid| Some(grid.decode().ok()?.1))
}
