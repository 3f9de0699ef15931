//! QR images as plain modules, for a page as SVG and for a script as bits.

use data_encoding::BASE64URL_NOPAD;
use image::imageops::{self, FilterType};
use image::{GrayImage, ImageFormat};
use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write;
use std::io::Cursor;

/// How much of the image may be unreadable; more makes it finer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Correction {
    /// 7 %: a projector, seen from far.
    Low,
    /// 15 %: a screen.
    Medium,
    /// 25 %: paper.
    Quartile,
    /// 30 %: paper that is folded and stained.
    High,
}

/// A square of dark and light modules, without the quiet zone around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QrImage {
    size: usize,
    modules: Vec<bool>,
}

/// Why there is no QR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QrError {
    /// More than the largest QR holds.
    #[error("a text of {0} bytes is too long for a QR")]
    TooLong(usize),
}

impl QrImage {
    /// The smallest QR of this text: digits, capitals and other bytes each in the mode that is
    /// shortest, mixed where that pays.
    pub fn new(text: &str, correction: Correction) -> Result<Self, QrError> {
        let level = match correction {
            Correction::Low => EcLevel::L,
            Correction::Medium => EcLevel::M,
            Correction::Quartile => EcLevel::Q,
            Correction::High => EcLevel::H,
        };
        let code = QrCode::with_error_correction_level(text, level)
            .map_err(|_| QrError::TooLong(text.len()))?;
        let size = code.width();
        let modules = code.into_colors().into_iter().map(|color| color == Color::Dark).collect();
        Ok(Self { size, modules })
    }

    /// How many modules stand on a side.
    pub const fn size(&self) -> usize {
        self.size
    }

    /// The modules row by row from the top left, `true` where dark.
    pub fn modules(&self) -> &[bool] {
        &self.modules
    }

    fn rows(&self) -> impl Iterator<Item = &[bool]> {
        self.modules.chunks(self.size.max(1))
    }
}

/// An SVG with a white ground that covers the quiet zone too (four modules by the standard), so
/// that it also scans on a dark page. It has no size: the page's style sheet gives one. Screen
/// readers skip it: what it says stands beside it in words.
pub fn to_svg(image: &QrImage, quiet_zone: usize) -> String {
    let side = image.size + 2 * quiet_zone;
    let mut path = String::new();
    for (y, row) in image.rows().enumerate() {
        let mut x = quiet_zone;
        for run in row.chunk_by(|a, b| a == b) {
            if run.first() == Some(&true) {
                let length = run.len();
                // Writing to a string never fails.
                let _ = write!(path, "M{x} {}h{length}v1h-{length}z", y + quiet_zone);
            }
            x += run.len();
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
         shape-rendering=\"crispEdges\" aria-hidden=\"true\">\
         <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/>\
         <path d=\"{path}\" fill=\"#000\"/></svg>"
    )
}

/// Text of half blocks for a terminal, two modules to a character's height, dark on light: whoever
/// prints it chooses a light ground.
pub fn to_text(image: &QrImage) -> String {
    const QUIET: usize = 2;
    let side = image.size + 2 * QUIET;
    let dark = |x: usize, y: usize| {
        let (x, y) = (x.checked_sub(QUIET), y.checked_sub(QUIET));
        let inside = x.zip(y).filter(|(x, y)| *x < image.size && *y < image.size);
        inside.and_then(|(x, y)| image.modules.get(y * image.size + x)).copied().unwrap_or(false)
    };
    let line = |y: usize| -> String {
        let blocks = (0..side).map(|x| match (dark(x, y), dark(x, y + 1)) {
            (true, true) => '█',
            (true, false) => '▀',
            (false, true) => '▄',
            (false, false) => ' ',
        });
        blocks.collect()
    };
    (0..side).step_by(2).map(line).collect::<Vec<_>>().join("\n")
}

/// A grey picture of a byte for each module, the white quiet zone around them included. Whoever
/// draws it enlarges it without smoothing.
pub fn to_luma8(image: &QrImage, quiet_zone: usize) -> Vec<u8> {
    let side = image.size + 2 * quiet_zone;
    let mut pixels = vec![0xff; side * side];
    for (line, row) in pixels.chunks_mut(side.max(1)).skip(quiet_zone).zip(image.rows()) {
        for (pixel, dark) in line.iter_mut().skip(quiet_zone).zip(row) {
            *pixel = if *dark { 0 } else { 0xff };
        }
    }
    pixels
}

/// A PNG in black and white, so many pixels to a module, with a quiet zone of four.
pub fn to_png(image: &QrImage, scale: u32) -> Result<Vec<u8>, QrError> {
    const QUIET: usize = 4;
    let too_long = QrError::TooLong(image.size);
    let side = u32::try_from(image.size + 2 * QUIET).map_err(|_| too_long)?;
    let modules = GrayImage::from_raw(side, side, to_luma8(image, QUIET)).ok_or(too_long)?;
    let picture = imageops::resize(&modules, side * scale, side * scale, FilterType::Nearest);
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png).map_err(|_| too_long)?;
    Ok(png.into_inner())
}

/// The modules for a script: row by row, eight to a byte from the highest bit on, zeros at the
/// end, in base64url without padding. The script knows or is told [`QrImage::size`].
pub fn to_bits_base64url(image: &QrImage) -> String {
    let bytes: Vec<u8> = image
        .modules
        .chunks(8)
        .map(|chunk| {
            (0..8).zip(chunk).fold(0, |byte, (at, dark)| byte | (u8::from(*dark) << (7 - at)))
        })
        .collect();
    BASE64URL_NOPAD.encode(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiny() -> QrImage {
        QrImage { size: 3, modules: [1, 1, 0, 0, 0, 1, 1, 0, 1].map(|bit| bit == 1).to_vec() }
    }

    #[test]
    fn the_svg_is_one_path_over_white_without_styles() {
        let svg = to_svg(&tiny(), 1);
        assert_eq!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 5 5\" \
             shape-rendering=\"crispEdges\" aria-hidden=\"true\">\
             <rect width=\"5\" height=\"5\" fill=\"#fff\"/>\
             <path d=\"M1 1h2v1h-2zM3 2h1v1h-1zM1 3h1v1h-1zM3 3h1v1h-1z\" fill=\"#000\"/></svg>"
        );
        assert!(!svg.contains("style"));
    }

    #[test]
    fn the_grey_picture_has_its_quiet_zone() {
        let rows = to_luma8(&tiny(), 1);
        let rows: Vec<_> = rows.chunks(5).map(|row| row.iter().map(|p| p / 0xff)).collect();
        let text: Vec<String> =
            rows.into_iter().map(|row| row.map(|light| light.to_string()).collect()).collect();
        assert_eq!(text, ["11111", "10011", "11101", "10101", "11111"]);
    }

    #[test]
    fn the_text_has_two_rows_to_a_line_within_its_quiet_zone() {
        let text = to_text(&tiny());
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines, ["       ", "  ▀▀▄  ", "  ▀ ▀  ", "       "]);
    }

    #[test]
    fn bits_stand_in_rows_from_the_highest() {
        // 110001101 and seven zeros: c6 80.
        assert_eq!(to_bits_base64url(&tiny()), "xoA");
    }

    #[test]
    fn capitals_and_digits_cost_less_than_bytes() {
        let size = |text: &str| QrImage::new(text, Correction::Low).unwrap().size();
        assert_eq!(size(&"A".repeat(77)), 29);
        assert_eq!(size(&"a".repeat(77)), 33);
        let mixed = format!("https://muster.example.edu/v#{}", "7".repeat(340));
        assert_eq!(QrImage::new(&mixed, Correction::Medium).unwrap().size(), 53);
    }

    #[test]
    fn a_text_too_long_is_an_error() {
        let text = "a".repeat(3_000);
        assert_eq!(QrImage::new(&text, Correction::Low), Err(QrError::TooLong(3_000)));
    }
}
