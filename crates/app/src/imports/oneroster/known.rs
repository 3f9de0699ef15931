//! What the other system's names stand for since earlier bundles.

use crate::Result;
use muster_documents::oneroster::{Bundle, Sheet};
use muster_storage::{ReadTx, academics, people, roster_ids};
use std::collections::HashMap;
use uuid::Uuid;

/// Kinds of records that have such names.
pub(super) const USER: &str = "user";
pub(super) const TERM: &str = "term";
pub(super) const COURSE: &str = "course";
pub(super) const CLASS: &str = "class";

/// A class by what lines call it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ClassNames {
    pub course: String,
    pub section: String,
    pub term: String,
}

/// By the other system's names.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Numbers of people.
    pub users: HashMap<String, String>,
    /// Names of terms.
    pub terms: HashMap<String, String>,
    /// Codes of courses.
    pub courses: HashMap<String, String>,
    pub classes: HashMap<String, ClassNames>,
}

impl Known {
    /// Those that the bundle mentions.
    pub fn load(tx: &mut ReadTx<'_>, bundle: &Bundle) -> Result<Self> {
        let mut ids = |kind, named: &[(&Sheet, &str)]| ids(tx, &bundle.source, kind, named);
        let Bundle { sessions, courses, classes, users, enrollments, .. } = bundle;
        let by_user = ids(USER, &[(users, "sourcedId"), (enrollments, "userSourcedId")])?;
        let by_class = ids(CLASS, &[(classes, "sourcedId"), (enrollments, "classSourcedId")])?;
        let by_course = ids(COURSE, &[(courses, "sourcedId"), (classes, "courseSourcedId")])?;
        let by_term = ids(TERM, &[(sessions, "sourcedId"), (classes, "termSourcedIds")])?;
        let numbers = people::get_many(tx, &values(&by_user))?.into_iter();
        let numbers = numbers.map(|row| (row.id.into(), row.number)).collect();
        let terms = academics::terms(tx)?.into_iter().map(|row| (row.id.into(), row.name));
        let terms = terms.collect();
        let courses = academics::courses(tx)?.into_iter().map(|row| (row.id.into(), row.code));
        let courses = courses.collect();
        let classes = academics::classes(tx)?.into_iter().map(|row| {
            let (course, section, term) = (row.course_code, row.section, row.term_name);
            (row.id.into(), ClassNames { course, section, term })
        });
        let classes = classes.collect();
        Ok(Self {
            users: named(by_user, &numbers),
            terms: named(by_term, &terms),
            courses: named(by_course, &courses),
            classes: named(by_class, &classes),
        })
    }
}

/// The records of a kind that columns of files name.
fn ids(
    tx: &mut ReadTx<'_>,
    source: &str,
    kind: &str,
    named: &[(&Sheet, &str)],
) -> Result<HashMap<String, Uuid>> {
    let mut wanted: Vec<&str> = Vec::new();
    for (sheet, column) in named {
        wanted.extend(sheet.records().flat_map(|record| separate(record.get(column))));
    }
    wanted.sort_unstable();
    wanted.dedup();
    let rows = roster_ids::many(tx, source, kind, &wanted)?.into_iter();
    Ok(rows.map(|row| (row.sourced_id, row.entity)).collect())
}

fn values<T: From<Uuid>>(ids: &HashMap<String, Uuid>) -> Vec<T> {
    ids.values().map(|id| T::from(*id)).collect()
}

fn named<T: Clone>(ids: HashMap<String, Uuid>, names: &HashMap<Uuid, T>) -> HashMap<String, T> {
    ids.into_iter().filter_map(|(id, entity)| Some((id, names.get(&entity)?.clone()))).collect()
}

/// The names in a cell that may hold several.
pub(super) fn separate(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(',').map(str::trim).filter(|id| !id.is_empty())
}
