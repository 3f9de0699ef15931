//! Results: what a student reached in each assessment of a class, out of how much, and the total and
//! grade that follow. Nothing here is a floating-point number: points, weights, percentages and grade
//! points are whole hundredths, and rounding is half up, once, at the end.

mod grade;
mod scheme;
mod score;
mod statistics;
mod total;

pub use grade::{Grade, GradeScale, ScaleError};
pub use scheme::{MOST_PARTS, Part, Scheme, SchemeError, check_maximum, check_weights};
pub use score::{Points, Score, ScoreError, ScoreState};
pub use statistics::{BINS, Statistics};
pub use total::{Counted, Percent, Total, average, total};

/// A number of two decimals at most, as people write it, in hundredths: `14.5` is 1450.
fn hundredths(text: &str) -> Option<i64> {
    let text = text.trim();
    let (whole, part) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let plain = |digits: &str| digits.chars().all(|digit| digit.is_ascii_digit());
    if whole.is_empty() || whole.len() > 6 || !plain(whole) || !plain(part) || part.len() > 2 {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    let part: i64 = format!("{part:0<2}").parse().ok()?;
    Some(whole * 100 + part)
}

/// Hundredths as people read them, without zeros at the end: `14.5`.
fn written(hundredths: i64) -> String {
    let (whole, part) = (hundredths / 100, hundredths % 100);
    match part {
        0 => whole.to_string(),
        part if part % 10 == 0 => format!("{whole}.{}", part / 10),
        part => format!("{whole}.{part:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn hundredths_are_read_as_they_are_written(number in 0_i64..99_999_999) {
            prop_assert_eq!(hundredths(&written(number)), Some(number));
        }
    }

    #[test]
    fn what_is_no_such_number_is_not_read() {
        for text in ["", ".", "-1", "1.234", "1e3", "half", "1 2", "1234567"] {
            assert_eq!(hundredths(text), None, "{text}");
        }
        assert_eq!(hundredths(" 7,5 "), Some(750));
    }
}
