//! A line of a file, read by what its columns mean, with what is wrong noted on the way.

use super::plan::Problem;
use crate::Error;
use jiff::civil;
use muster_documents::table::Line;
use muster_domain::imports::Mapping;
use muster_domain::text::fold;

/// What a spreadsheet shows for a formula that failed.
const FAULTS: [&str; 8] =
    ["#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#GETTING_DATA"];

/// The cells of a line by their columns' names.
pub(super) struct Cells<'a> {
    line: &'a Line,
    mapping: &'a Mapping,
    problems: Vec<Problem>,
}

impl<'a> Cells<'a> {
    /// The cells of a line. Formulas and their faults are problems from the start.
    pub fn new(line: &'a Line, mapping: &'a Mapping) -> Self {
        let mut cells = Self { line, mapping, problems: Vec::new() };
        for (column, key) in mapping.iter().enumerate() {
            let (Some(key), text) = (key, line.cell(column)) else { continue };
            // A password may begin as it likes.
            if *key == "password" {
                continue;
            }
            if FAULTS.contains(&text) {
                cells.wrong(key, format!("This cell shows a fault of the spreadsheet: {text}."));
            } else if text.starts_with('=') {
                let detail = "This is a formula, not a value: save the file once in your \
                              spreadsheet program, so that formulas have values.";
                cells.wrong(key, detail);
            }
        }
        cells
    }

    /// The line's number in the file.
    pub fn number(&self) -> u64 {
        self.line.number
    }

    /// The cell of a column; empty where the file has no such column.
    pub fn get(&self, key: &str) -> &'a str {
        let column = self.mapping.iter().position(|mapped| *mapped == Some(key));
        column.map_or("", |column| self.line.cell(column))
    }

    /// The cell of a column that can't be empty.
    pub fn needed(&mut self, key: &'static str) -> Option<&'a str> {
        let text = self.get(key);
        if text.is_empty() {
            self.wrong(key, "This can't be empty.");
            return None;
        }
        Some(text)
    }

    /// The value of a column, or none and a mistake noted.
    pub fn take<T, E: std::fmt::Display>(
        &mut self,
        key: &'static str,
        value: Result<T, E>,
    ) -> Option<T> {
        value.map_err(|error| self.wrong(key, error.to_string())).ok()
    }

    /// Notes a mistake.
    pub fn wrong(&mut self, key: &'static str, detail: impl Into<String>) {
        let detail = detail.into();
        self.problems.push(Problem { line: self.number(), field: Some(key), detail });
    }

    /// Notes what an action finds wrong, at `key` where it names no field.
    pub fn blame(&mut self, key: &'static str, error: Error) {
        match error {
            Error::Invalid(wrong) => {
                for field in wrong {
                    self.wrong(field.field, field.detail);
                }
            }
            error => self.wrong(key, error.to_string()),
        }
    }

    /// The mistakes.
    pub fn problems(self) -> Vec<Problem> {
        self.problems
    }

    /// Whether there was none so far.
    pub fn is_right(&self) -> bool {
        self.problems.is_empty()
    }

    /// A whole number between two others, inclusive; none and a mistake noted where it isn't.
    pub fn whole(&mut self, key: &'static str, low: i64, high: i64) -> Option<i64> {
        let number: Option<i64> = self.get(key).parse().ok();
        let number = number.filter(|number| (low..=high).contains(number));
        if number.is_none() {
            self.wrong(key, format!("This must be a whole number from {low} to {high}."));
        }
        number
    }

    /// A day; none and a mistake noted where it can't be read.
    pub fn date(&mut self, key: &'static str) -> Option<civil::Date> {
        let text = self.get(key);
        let date = date(text);
        if date.is_none() {
            self.wrong(key, format!("“{text}” is not a day: write it as 2026-11-21."));
        }
        date
    }

    /// A time of day.
    pub fn time(&mut self, key: &'static str) -> Option<civil::Time> {
        let text = self.get(key);
        let time = time(text);
        if time.is_none() {
            self.wrong(key, format!("“{text}” is not a time of day: write it as 10:00."));
        }
        time
    }
}

/// A day as `2026-11-21`, `21.11.2026` or `2026/11/21`. With slashes, day and month can't be told
/// apart, so that `11/21/2026` and `21/11/2026` are taken only where one of them is beyond 12.
pub(super) fn date(text: &str) -> Option<civil::Date> {
    let text = text.split(['T', ' ']).next().unwrap_or(text);
    let parts: Vec<&str> = text.split(['-', '.', '/']).collect();
    let [first, second, third] = parts[..] else { return None };
    let number = |text: &str| text.parse::<i16>().ok();
    let (a, b, c) = (number(first)?, number(second)?, number(third)?);
    let (year, month, day) = match () {
        () if first.len() == 4 => (a, b, c),
        () if third.len() != 4 => return None,
        () if text.contains('.') => (c, b, a),
        () if a > 12 || a == b => (c, b, a),
        () if b > 12 => (c, a, b),
        () => return None,
    };
    civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// A time of day as `10:00`, `10:00:00`, `10.00`, `9:30 am` or behind a day.
pub(super) fn time(text: &str) -> Option<civil::Time> {
    let folded = fold(text);
    let behind_a_day = folded.split_once(['t', ' ']).filter(|(day, _)| date(day).is_some());
    let text = behind_a_day.map_or(folded.as_str(), |(_, time)| time).trim();
    let half = text.strip_suffix("pm").map(|_| 12).or(text.strip_suffix("am").map(|_| 0));
    let digits = text.trim_end_matches(['a', 'p', 'm', ' ']);
    let mut parts = digits.split([':', '.']);
    let hour: i8 = parts.next()?.trim().parse().ok()?;
    let minute: i8 = parts.next().unwrap_or("0").parse().ok()?;
    let bare = !digits.contains([':', '.']);
    let hour = match half {
        Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
        Some(_) => return None,
        None if bare => return None,
        None => hour,
    };
    civil::Time::new(hour, minute, 0, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_where_they_can_be_told() {
        let day = Some(civil::date(2026, 11, 21));
        for text in ["2026-11-21", "21.11.2026", "2026/11/21", "11/21/2026", "21/11/2026"] {
            assert_eq!(date(text), day, "{text}");
        }
        assert_eq!(date("2026-11-21 10:00"), day);
        assert_eq!(date("05/05/2026"), Some(civil::date(2026, 5, 5)));
        for text in ["", "5/6/2026", "2026-13-01", "21.11.26", "tomorrow", "2026-11"] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn times_are_read_in_the_ways_people_write_them() {
        for (text, hour, minute) in [
            ("10:00", 10, 0),
            ("09:30:00", 9, 30),
            ("9.30", 9, 30),
            ("9:30 am", 9, 30),
            ("12:15AM", 0, 15),
            ("1 PM", 13, 0),
            ("2026-11-21 14:05", 14, 5),
        ] {
            assert_eq!(time(text), Some(civil::time(hour, minute, 0, 0)), "{text}");
        }
        for text in ["", "10", "25:00", "13 pm", "noon", "10:61"] {
            assert_eq!(time(text), None, "{text}");
        }
    }
}
