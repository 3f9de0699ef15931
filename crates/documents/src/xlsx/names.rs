//! Names of sheets: spreadsheets refuse some characters, long names, and two alike.

use std::collections::HashSet;

const LONGEST: usize = 31;
const FORBIDDEN: [char; 7] = ['[', ']', ':', '*', '?', '/', '\\'];

/// A name for each sheet, as near to the wanted one as spreadsheets allow.
pub fn unique<'a>(wanted: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut taken = HashSet::new();
    wanted.map(|name| free(&acceptable(name), &mut taken)).collect()
}

fn free(name: &str, taken: &mut HashSet<String>) -> String {
    let mut candidate = name.to_owned();
    let mut number = 1;
    while !taken.insert(candidate.to_lowercase()) {
        number += 1;
        let suffix = format!(" ({number})");
        candidate = format!("{}{suffix}", cut(name, LONGEST - suffix.len()));
    }
    candidate
}

fn acceptable(name: &str) -> String {
    let replaced: String = name
        .chars()
        .map(|c| if FORBIDDEN.contains(&c) || c.is_control() { ' ' } else { c })
        .collect();
    let trimmed =
        |text: &str| text.trim_matches(|c: char| c == '\'' || c.is_whitespace()).to_owned();
    let name = trimmed(&cut(&trimmed(&replaced), LONGEST));
    // "History" is Excel's own.
    if name.is_empty() || name.eq_ignore_ascii_case("history") {
        format!("Sheet {name}").trim_end().to_owned()
    } else {
        name
    }
}

/// At most so many UTF-16 units of the text.
fn cut(text: &str, most: usize) -> String {
    let mut units = 0;
    text.chars()
        .take_while(|c| {
            units += c.len_utf16();
            units <= most
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(wanted: &[&str]) -> Vec<String> {
        unique(wanted.iter().copied())
    }

    #[test]
    fn a_good_name_stays() {
        assert_eq!(names(&["Marks", "गणित"]), ["Marks", "गणित"]);
    }

    #[test]
    fn what_spreadsheets_refuse_is_replaced() {
        assert_eq!(
            names(&["CS/101: A*", "'x'", "", "[]", "History"]),
            ["CS 101  A", "x", "Sheet", "Sheet (2)", "Sheet History"]
        );
    }

    #[test]
    fn names_differ_even_when_cut_and_in_case() {
        let long = "a".repeat(40);
        let names = names(&[&long, &long.to_uppercase(), "b", "B"]);
        assert_eq!(names[0], "a".repeat(31));
        assert_eq!(names[1], format!("{} (2)", "A".repeat(27)));
        assert_eq!(names[2..], ["b".to_owned(), "B (2)".to_owned()]);
    }
}
