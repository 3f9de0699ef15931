//! OneRoster bundles: their files become the tables that a school would otherwise import one after
//! the other, terms, people, classes and enrolments, in one import.
//!
//! Other files of a bundle refer to records by names (`sourcedId`) of the other system. What these
//! stand for is kept, so that a later bundle may tell of changes alone.

mod classes;
mod draft;
mod enrollments;
mod known;
mod sessions;
mod users;

use super::catalogue::Catalogue;
use super::part::{Bundled, Part};
use super::promised::Promised;
use super::work::Job;
use crate::Result;
use draft::Draft;
use known::Known;
use muster_documents::oneroster::Bundle;
use muster_domain::imports::Kind;
use muster_domain::text::fold;
use muster_storage::imports::ImportRow;
use muster_storage::roster_ids::{self, RosterIdRow};
use muster_storage::{ReadTx, WriteTx, people};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};
use uuid::Uuid;

/// The column with the other system's name of the record.
const SOURCED_ID: &str = "sourced_id";
/// The same, of a class's course.
const COURSE_ID: &str = "course_sourced_id";

/// How many lines a bundle's tables have together: they depend on the bundle alone.
pub(super) fn len(bundle: &Bundle) -> usize {
    drafts(bundle, &Known::default()).iter().map(Draft::len).sum()
}

/// The tables of a bundle, in the order in which they build on each other.
fn drafts(bundle: &Bundle, known: &Known) -> Vec<Draft> {
    let terms = sessions::Terms::of(bundle, known);
    let people = users::Users::of(bundle, known);
    let classes = classes::Classes::of(bundle, known, &terms);
    let drafts = [
        terms.draft(bundle),
        people.draft(bundle),
        classes.draft(bundle, &people),
        enrollments::draft(bundle, &people, &classes),
        enrollments::complete(bundle, &people, &classes),
    ];
    drafts.into_iter().filter(|draft| draft.len() > 0).collect()
}

/// The tables of a bundle, ready for their steps.
pub(super) fn parts(tx: &mut ReadTx<'_>, import: &ImportRow, bundle: &Bundle) -> Result<Vec<Part>> {
    let known = Known::load(tx, bundle)?;
    let mut promised = Promised::default();
    let mut parts = Vec::new();
    for draft in drafts(bundle, &known) {
        let Draft { kind, file, mapping, table, faults, complete } = draft;
        let mut part = Part::new(tx, import, kind, &Arc::new(table), mapping)?;
        let so_far = promised.clone();
        // Once it is being written, what was promised stands by the time that it is asked for.
        if import.state.is_a_preview() {
            promised.extend(&part);
        }
        let catalogue = OnceLock::new();
        part.bundled = Some(Bundled { file, faults, promised: so_far, catalogue, complete });
        parts.push(part);
    }
    Ok(parts)
}

/// Keeps what the other system's names in some written lines stand for.
pub(super) fn note_names(
    tx: &mut WriteTx<'_>,
    job: &Job,
    part: &Part,
    lines: Range<usize>,
) -> Result<()> {
    if part.bundled.is_none() {
        return Ok(());
    }
    let mut names = Names { tx, part, source: &job.source };
    match part.kind {
        Kind::People => names.people(lines),
        Kind::Terms => names.terms(lines),
        Kind::Classes => names.classes(lines),
        _ => Ok(()),
    }
}

struct Names<'a, 't> {
    tx: &'a mut WriteTx<'t>,
    part: &'a Part,
    source: &'a str,
}

impl Names<'_, '_> {
    fn people(&mut self, lines: Range<usize>) -> Result<()> {
        let said: Vec<_> = self.cells(lines, "number", SOURCED_ID);
        let numbers: Vec<_> = said.iter().map(|(number, _)| number.clone()).collect();
        let people = people::by_numbers(self.tx, &numbers)?.into_iter();
        let ids: HashMap<_, _> = people.map(|(number, row)| (number, row.id.into())).collect();
        self.keep(known::USER, &said, &ids)
    }

    fn terms(&mut self, lines: Range<usize>) -> Result<()> {
        let said = self.cells(lines, "name", SOURCED_ID);
        let rows = muster_storage::academics::terms(self.tx)?.into_iter();
        let ids = rows.map(|row| (fold(&row.name), row.id.into())).collect();
        self.keep(known::TERM, &said, &ids)
    }

    fn classes(&mut self, lines: Range<usize>) -> Result<()> {
        let catalogue = Catalogue::load(self.tx)?;
        let courses = self.cells(lines.clone(), "course", COURSE_ID);
        let ids = catalogue.courses.iter().map(|(code, row)| (code.clone(), row.id.into()));
        self.keep(known::COURSE, &courses, &ids.collect())?;
        let mut said = Vec::new();
        let mut ids = HashMap::new();
        for line in self.part.table.lines.get(lines).unwrap_or_default() {
            let mut cells = super::line::Cells::new(line, &self.part.mapping);
            let Some(class) = catalogue.class(&mut cells, self.part.term) else { continue };
            ids.insert(class.id.to_string(), class.id.into());
            said.push((class.id.to_string(), cells.get(SOURCED_ID).to_owned()));
        }
        self.keep(known::CLASS, &said, &ids)
    }

    /// Two cells of each line: what the record is called here, folded, and there.
    fn cells(&self, lines: Range<usize>, here: &str, there: &str) -> Vec<(String, String)> {
        let lines = self.part.table.lines.get(lines).unwrap_or_default().iter();
        let cells = lines.map(|line| {
            let cells = super::line::Cells::new(line, &self.part.mapping);
            (fold(cells.get(here)), cells.get(there).to_owned())
        });
        cells.collect()
    }

    fn keep(
        &mut self,
        kind: &str,
        said: &[(String, String)],
        ids: &HashMap<String, Uuid>,
    ) -> Result<()> {
        let known = said.iter().filter(|(_, there)| !there.is_empty());
        let known = known.filter_map(|(here, there)| Some((there.clone(), *ids.get(here)?)));
        // The same name twice in one statement would fail.
        let rows: HashMap<String, Uuid> = known.collect();
        let rows = rows.into_iter().map(|(sourced_id, entity)| RosterIdRow { sourced_id, entity });
        Ok(roster_ids::put(self.tx, self.source, kind, &rows.collect::<Vec<_>>())?)
    }
}
