//! A colour, as people choose one: `#7a1f5c`.

use std::fmt;

/// Red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub [u8; 3]);

impl Colour {
    /// Reads six hexadecimal digits of any case, with `#` before them or without.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.trim();
        let digits = digits.strip_prefix('#').unwrap_or(digits);
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        Some(Self([red, green, blue]))
    }

    /// The six digits alone.
    pub fn digits(self) -> String {
        let Self([red, green, blue]) = self;
        format!("{red:02x}{green:02x}{blue:02x}")
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "#{}", self.digits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_read_as_people_write_it_and_written_in_one_way() {
        for text in ["#7A1F5C", "7a1f5c", "  #7a1f5c "] {
            assert_eq!(Colour::parse(text).unwrap().to_string(), "#7a1f5c", "{text}");
        }
        assert_eq!(Colour::parse("#00000a"), Some(Colour([0, 0, 10])));
    }

    #[test]
    fn anything_else_is_no_colour() {
        for text in ["", "#", "red", "#7a1", "7a1f5", "7a1f5c0", "##7a1f5", "é1f5c", "+a1f5c"] {
            assert_eq!(Colour::parse(text), None, "{text}");
        }
    }
}
