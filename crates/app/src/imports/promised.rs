//! What the earlier tables of a bundle will have written, for the preview of the later ones.

use super::catalogue::Catalogue;
use super::line::Cells;
use super::part::Part;
use crate::zone::date_of;
use muster_domain::ids::{ClassId, CourseId, NAMESPACE, PersonId, TermId};
use muster_domain::imports::Kind;
use muster_domain::text::fold;
use muster_storage::academics::{ClassRow, CourseRow, TermRow};
use muster_storage::people::PersonRow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use uuid::Uuid;

/// Records that are still to be written: as if they stood, with version 0.
#[derive(Clone, Debug, Default)]
pub(super) struct Promised {
    pub terms: Vec<TermRow>,
    pub classes: Vec<(CourseRow, ClassRow)>,
    /// By their numbers, folded.
    pub people: Arc<HashMap<String, PersonRow>>,
    /// The numbers of those who will be students, folded.
    pub students: Arc<HashSet<String>>,
}

impl Promised {
    /// Adds what the lines of a table will write.
    pub fn extend(&mut self, part: &Part) {
        for line in &part.table.lines {
            let cells = Cells::new(line, &part.mapping);
            match part.kind {
                Kind::Terms => self.terms.extend(term(cells)),
                Kind::People => self.person(&cells),
                Kind::Classes => self.classes.extend(class(&cells)),
                _ => {}
            }
        }
    }

    fn person(&mut self, cells: &Cells<'_>) {
        let number = fold(cells.get("number"));
        let row = PersonRow {
            id: PersonId(Uuid::new_v5(&NAMESPACE, number.as_bytes())),
            number: cells.get("number").to_owned(),
            username: None,
            email: None,
            name: cells.get("name").to_owned(),
            title: None,
            phone: None,
            programme: None,
            active: cells.get("status") != "inactive",
            version: 0,
        };
        if cells.get("role") == "student" {
            Arc::make_mut(&mut self.students).insert(number.clone());
        }
        Arc::make_mut(&mut self.people).insert(number, row);
    }

    /// Adds what the catalogue does not know.
    pub fn add_to(&self, catalogue: &mut Catalogue) {
        for term in &self.terms {
            if !catalogue.terms.iter().any(|known| fold(&known.name) == fold(&term.name)) {
                catalogue.terms.push(term.clone());
            }
        }
        for (course, class) in &self.classes {
            catalogue.promise(course, class);
        }
    }

    /// Adds people whom the records don't know.
    pub fn add_people(&self, known: &mut HashMap<String, PersonRow>, wanted: &[String]) {
        for number in wanted {
            if let Some(person) = self.people.get(number) {
                known.entry(number.clone()).or_insert_with(|| person.clone());
            }
        }
    }
}

fn term(mut cells: Cells<'_>) -> Option<TermRow> {
    let name = cells.get("name").to_owned();
    let (starts_on, ends_on) = (cells.date("starts_on")?, cells.date("ends_on")?);
    Some(TermRow {
        id: TermId(Uuid::new_v5(&NAMESPACE, fold(&name).as_bytes())),
        name,
        starts_on: date_of(starts_on),
        ends_on: date_of(ends_on),
        archived_at: None,
        version: 0,
    })
}

fn class(cells: &Cells<'_>) -> Option<(CourseRow, ClassRow)> {
    let names = ["course", "section", "term"].map(|key| cells.get(key).to_owned());
    let [code, section, term_name] = names;
    if code.is_empty() || cells.get("status") == "archived" {
        return None;
    }
    let course = CourseRow {
        id: CourseId(Uuid::new_v5(&NAMESPACE, fold(&code).as_bytes())),
        name: cells.get("course_name").to_owned(),
        code,
        credits: None,
        archived_at: None,
        version: 0,
    };
    let key = format!("{} {} {}", fold(&course.code), fold(&term_name), fold(&section));
    let class = ClassRow {
        id: ClassId(Uuid::new_v5(&NAMESPACE, key.as_bytes())),
        course: course.id,
        course_code: course.code.clone(),
        course_name: course.name.clone(),
        // The catalogue finds the term by its name.
        term: TermId(Uuid::nil()),
        term_name,
        section,
        room: None,
        duration_minutes: None,
        late_after_minutes: None,
        weights: None,
        archived_at: None,
        version: 0,
    };
    Some((course, class))
}
