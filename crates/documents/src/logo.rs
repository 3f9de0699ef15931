//! The institution's logo: any JPEG, PNG or WebP in, a PNG of modest size without metadata out. What
//! was see-through stays so.

use crate::photo::{PhotoError, SMALLEST, unpack};
use image::{DynamicImage, ImageFormat};
use std::io::Cursor;

/// Longest side of what is stored: 3 cm on paper at 600 dots to the inch.
const SIDE: u32 = 720;

/// A logo as it is kept. Takes up to some seconds and some hundred megabytes.
pub fn logo(file: &[u8]) -> Result<Vec<u8>, PhotoError> {
    let picture = unpack(file)?;
    if picture.width().max(picture.height()) < SMALLEST {
        return Err(PhotoError::Small);
    }
    let mut png = Cursor::new(Vec::new());
    let small = DynamicImage::from(within(picture).to_rgba8());
    small.write_to(&mut png, ImageFormat::Png).map_err(|_| PhotoError::Damaged)?;
    Ok(png.into_inner())
}

/// The picture, made smaller if it is larger than what is kept.
fn within(picture: DynamicImage) -> DynamicImage {
    let longest = picture.width().max(picture.height());
    if longest <= SIDE {
        return picture;
    }
    // A quick pass first, so that the careful one has little to read.
    let rough = if longest > SIDE * 4 { picture.thumbnail(SIDE * 2, SIDE * 2) } else { picture };
    rough.resize(SIDE, SIDE, image::imageops::FilterType::Lanczos3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgba, RgbaImage};

    fn file(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let picture = RgbaImage::from_pixel(width, height, Rgba([200, 0, 0, 128]));
        let mut bytes = Cursor::new(Vec::new());
        let picture = DynamicImage::from(picture);
        let picture = if format == ImageFormat::Jpeg { picture.to_rgb8().into() } else { picture };
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn kept(file: &[u8]) -> RgbaImage {
        let png = logo(file).unwrap();
        image::load_from_memory_with_format(&png, ImageFormat::Png).unwrap().to_rgba8()
    }

    #[test]
    fn a_large_logo_keeps_its_shape_and_what_is_see_through() {
        let kept = kept(&file(1440, 360, ImageFormat::Png));
        assert_eq!((kept.dimensions(), kept.get_pixel(9, 9).0), ((720, 180), [200, 0, 0, 128]));
    }

    #[test]
    fn a_small_logo_stays_as_large_as_it_is() {
        assert_eq!(kept(&file(120, 40, ImageFormat::Jpeg)).dimensions(), (120, 40));
    }

    #[test]
    fn what_is_no_picture_or_a_speck_is_refused() {
        for (file, expected) in [
            (b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec(), PhotoError::Format),
            (file(120, 40, ImageFormat::Png).get(..40).unwrap().to_vec(), PhotoError::Damaged),
            (file(8, 8, ImageFormat::Png), PhotoError::Small),
        ] {
            assert_eq!(logo(&file), Err(expected));
        }
    }
}
