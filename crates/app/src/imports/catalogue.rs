//! Terms, courses and classes by the names under which lines know them.

use super::line::Cells;
use crate::Result;
use muster_domain::ids::{CourseId, TermId};
use muster_domain::text::fold;
use muster_storage::academics::{ClassRow, CourseRow, TermRow};
use muster_storage::{ReadTx, academics, locks};
use std::collections::{HashMap, HashSet};

/// What lines may refer to.
#[derive(Clone, Debug, Default)]
pub(super) struct Catalogue {
    pub terms: Vec<TermRow>,
    pub courses: HashMap<String, CourseRow>,
    classes: HashMap<(CourseId, TermId), Vec<ClassRow>>,
    locked: HashSet<TermId>,
}

impl Catalogue {
    pub fn load(tx: &mut ReadTx<'_>) -> Result<Self> {
        let courses = academics::courses(tx)?.into_iter();
        let courses = courses.map(|course| (fold(&course.code), course)).collect();
        let mut classes: HashMap<_, Vec<ClassRow>> = HashMap::new();
        for class in academics::classes(tx)? {
            classes.entry((class.course, class.term)).or_default().push(class);
        }
        let terms = academics::terms(tx)?;
        let mut locked = HashSet::new();
        for term in &terms {
            let lock = locks::of_term(tx, term.id)?;
            locked.extend(lock.filter(|lock| lock.locked_at.is_some()).map(|_| term.id));
        }
        Ok(Self { terms, courses, classes, locked })
    }

    /// Adds a class that is still to be written, unless it stands; its course and term by their
    /// names.
    pub fn promise(&mut self, course: &CourseRow, class: &ClassRow) {
        let known = self.courses.entry(fold(&course.code)).or_insert_with(|| course.clone()).id;
        let named = |term: &&TermRow| fold(&term.name) == fold(&class.term_name);
        let Some(term) = self.terms.iter().find(named).map(|term| term.id) else { return };
        let classes = self.classes.entry((known, term)).or_default();
        if !classes.iter().any(|other| fold(&other.section) == fold(&class.section)) {
            classes.push(ClassRow { course: known, term, ..class.clone() });
        }
    }

    /// Whether marks of a term stay as they are.
    pub fn is_locked(&self, term: TermId) -> bool {
        self.locked.contains(&term)
    }

    /// The term that a line names, or the import's.
    pub fn term(&self, cells: &mut Cells<'_>, chosen: Option<TermId>) -> Option<&TermRow> {
        let name = cells.get("term").to_owned();
        let found = if name.is_empty() {
            let Some(chosen) = chosen else {
                cells.wrong("term", "Choose the term of this import, or name it in a column.");
                return None;
            };
            self.terms.iter().find(|term| term.id == chosen)
        } else {
            self.terms.iter().find(|term| fold(&term.name) == fold(&name))
        };
        let open = found.filter(|term| term.archived_at.is_none());
        if open.is_none() {
            cells.wrong("term", format!("There is no term “{name}” that is not archived."));
        }
        open
    }

    /// The classes of a course in a term.
    pub fn classes(&self, course: CourseId, term: TermId) -> &[ClassRow] {
        self.classes.get(&(course, term)).map_or(&[], Vec::as_slice)
    }

    /// The class that a line names.
    pub fn class(&self, cells: &mut Cells<'_>, chosen: Option<TermId>) -> Option<&ClassRow> {
        let term = self.term(cells, chosen);
        let code = cells.needed("course")?.to_owned();
        let course = self.courses.get(&fold(&code)).filter(|row| row.archived_at.is_none());
        if course.is_none() {
            cells.wrong("course", format!("There is no course “{code}”."));
        }
        let (term, course) = (term?, course?);
        let section = cells.get("section").to_owned();
        let classes = self.classes(course.id, term.id).iter();
        let classes = classes.filter(|class| class.archived_at.is_none());
        let meant =
            |class: &&ClassRow| section.is_empty() || fold(&class.section) == fold(&section);
        let mut found = classes.clone().filter(meant);
        match (found.next(), found.next()) {
            (Some(class), None) => return Some(class),
            (None, _) if section.is_empty() => {
                cells.wrong("course", format!("There is no class of {code} in {}.", term.name));
            }
            (None, _) => {
                let detail = format!("{code} has no section “{section}” in {}.", term.name);
                cells.wrong("section", detail);
            }
            (Some(_), Some(_)) => {
                let all: Vec<_> = classes.map(|class| class.section.as_str()).collect();
                let detail = format!("{code} has several sections: {}. Name one.", all.join(", "));
                cells.wrong("section", detail);
            }
        }
        None
    }
}
