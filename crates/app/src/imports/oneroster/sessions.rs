//! Academic sessions: those that classes belong to are terms here.

use super::SOURCED_ID;
use super::draft::Draft;
use super::known::{Known, separate};
use muster_documents::oneroster::{Bundle, Record};
use muster_domain::imports::Kind;
use muster_domain::text::fold;
use std::collections::{HashMap, HashSet};

/// Terms by the other system's names.
pub(super) struct Terms {
    names: HashMap<String, String>,
}

impl Terms {
    pub fn of(bundle: &Bundle, known: &Known) -> Self {
        let mut spans: HashMap<String, HashSet<(&str, &str)>> = HashMap::new();
        for term in wanted(bundle) {
            let span = (term.get("startDate"), term.get("endDate"));
            spans.entry(fold(term.get("title"))).or_default().insert(span);
        }
        let mut names = known.terms.clone();
        for term in wanted(bundle) {
            let title = term.get("title");
            // "Semester 1" of several years: the year tells them apart.
            let ambiguous = spans.get(&fold(title)).is_some_and(|spans| spans.len() > 1);
            let year = match term.get("schoolYear") {
                "" => term.get("startDate"),
                year => year,
            };
            let name = if ambiguous { format!("{title} {year}") } else { title.to_owned() };
            names.entry(term.id().to_owned()).or_insert(name);
        }
        Self { names }
    }

    /// The first of the sessions in a cell that is a term.
    pub fn first(&self, cell: &str) -> Option<&str> {
        separate(cell).find_map(|id| self.names.get(id)).map(String::as_str)
    }

    pub fn draft(&self, bundle: &Bundle) -> Draft {
        let columns = ["name", "starts_on", "ends_on", SOURCED_ID];
        let mut draft = Draft::new(Kind::Terms, bundle.sessions.file, &columns);
        for term in wanted(bundle) {
            let name = self.names.get(term.id()).map_or("", String::as_str);
            let cells = [name, term.get("startDate"), term.get("endDate"), term.id()];
            draft.line(term.number(), &cells);
        }
        draft
    }
}

/// Terms and semesters, and whatever else classes name; what is gone stays as it is here.
fn wanted(bundle: &Bundle) -> impl Iterator<Item = Record<'_>> {
    let classes = bundle.classes.records();
    let named: HashSet<_> =
        classes.flat_map(|class| separate(class.get("termSourcedIds"))).collect();
    bundle.sessions.records().filter(move |term| {
        let kind = term.get("type").to_lowercase();
        let is_term = kind == "term" || kind == "semester";
        !term.is_gone() && (is_term || named.contains(term.id()))
    })
}
