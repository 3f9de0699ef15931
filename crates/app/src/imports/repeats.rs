//! Lines of a file that are about the same as an earlier one.

use muster_documents::table::{Line, Table};
use muster_domain::imports::{Kind, Mapping};
use muster_domain::text::fold;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Which lines repeat which.
#[derive(Clone, Debug, Default)]
pub(super) struct Repeats {
    field: &'static str,
    of: HashMap<usize, (u64, bool)>,
}

/// The columns that together say what a line is about, the one to blame first.
const fn key(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::OneRoster => &[],
        Kind::Terms => &["name"],
        Kind::People => &["number"],
        Kind::Classes => &["section", "course", "term"],
        Kind::Enrolments => &["number", "course", "section", "term"],
        Kind::Timetable => &["starts_at", "course", "section", "term", "date", "weekday", "first"],
        Kind::Marks => &["number", "course", "section", "term", "date", "starts_at"],
        Kind::Fees => &["programme", "year", "semester", "term"],
        Kind::Sittings => &["starts_at", "course", "section", "term", "assessment", "date"],
        Kind::Results => &["number", "course", "section", "term", "assessment"],
        Kind::Passes => &["names", "event", "phones"],
        // Two payments may differ in anything; the receipts are looked at with the records.
        Kind::Payments => &[
            "number", "term", "amount", "currency", "date", "type", "method", "receipt", "status",
            "note",
        ],
    }
}

impl Repeats {
    /// Finds them in one walk over the file.
    pub fn find(kind: Kind, table: &Table, mapping: &Mapping) -> Self {
        let columns = |wanted: &dyn Fn(&str) -> bool| -> Vec<usize> {
            let mapped = mapping.iter().enumerate();
            mapped.filter(|(_, key)| key.is_some_and(wanted)).map(|(column, _)| column).collect()
        };
        let keyed = columns(&|name| key(kind).contains(&name));
        let all = columns(&|_| true);
        let mut first: HashMap<String, &Line> = HashMap::with_capacity(table.lines.len());
        let mut of = HashMap::new();
        for (index, line) in table.lines.iter().enumerate() {
            match first.entry(joined(line, &keyed)) {
                Entry::Vacant(place) => {
                    place.insert(line);
                }
                Entry::Occupied(place) => {
                    let whole = joined(place.get(), &all) == joined(line, &all);
                    of.insert(index, (place.get().number, whole));
                }
            }
        }
        Self { field: key(kind).first().copied().unwrap_or("number"), of }
    }

    /// For classes: the lines about a course of which an earlier line told, and whether they say the
    /// same of it.
    pub fn of_courses(table: &Table, mapping: &Mapping) -> Self {
        let column = |wanted: &str| mapping.iter().position(|key| *key == Some(wanted));
        let mut found = Self::default();
        let Some(code) = column("course") else { return found };
        let told: Vec<usize> = ["course_name", "credits"].into_iter().filter_map(column).collect();
        let mut first: HashMap<String, &Line> = HashMap::new();
        for (index, line) in table.lines.iter().enumerate() {
            let earlier = *first.entry(fold(line.cell(code))).or_insert(line);
            let agree = |column: &usize| {
                let (then, now) = (earlier.cell(*column), line.cell(*column));
                now.is_empty() || fold(then) == fold(now)
            };
            if !std::ptr::eq(earlier, line) {
                found.of.insert(index, (earlier.number, told.iter().all(agree)));
            }
        }
        found
    }

    /// The line that this one repeats, and whether the whole of it does.
    pub fn of(&self, index: usize) -> Option<(u64, bool)> {
        self.of.get(&index).copied()
    }

    /// The column to blame.
    pub const fn field(&self) -> &'static str {
        self.field
    }
}

fn joined(line: &Line, columns: &[usize]) -> String {
    let mut text = String::new();
    for column in columns {
        text.push_str(&fold(line.cell(*column)));
        // Cells can't hold it, so that "a", "bc" and "ab", "c" differ.
        text.push('\u{1f}');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_repeats_an_earlier_one_whole_or_in_its_key() {
        let file = b"Number,Name,Shoe\n1,Ada,36\n2,Bo,40\n1,ADA,37\n1,Eve,36\n";
        let table = muster_documents::table::read(file).unwrap_or_default();
        let mapping = vec![Some("number"), Some("name"), None];
        let repeats = Repeats::find(Kind::People, &table, &mapping);
        let found: Vec<_> = (0..4).map(|index| repeats.of(index)).collect();
        assert_eq!(found, [None, None, Some((2, true)), Some((2, false))]);
    }
}
