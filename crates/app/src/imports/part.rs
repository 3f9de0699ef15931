//! One table of an import: most imports have one, a bundle has several that build on each other.

use super::catalogue::Catalogue;
use super::claims::Claims;
use super::line::Cells;
use super::mapping_of;
use super::promised::Promised;
use super::repeats::Repeats;
use crate::Result;
use crate::settings::{self, Settings};
use jiff::civil;
use jiff::tz::TimeZone;
use muster_documents::table::Table;
use muster_domain::ids::{EventId, TermId};
use muster_domain::imports::{Kind, Mapping};
use muster_domain::text::fold;
use muster_domain::time::Timestamp;
use muster_storage::ReadTx;
use muster_storage::imports::ImportRow;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

/// A table with all that its lines need.
#[derive(Debug)]
pub(super) struct Part {
    /// What its lines are about.
    pub kind: Kind,
    /// The name of the import's file.
    pub name: String,
    /// The term of lines that name none.
    pub term: Option<TermId>,
    /// The event of lines that need not name one.
    pub event: Option<EventId>,
    pub table: Arc<Table>,
    pub mapping: Mapping,
    pub repeats: Repeats,
    pub claims: Claims,
    /// For classes: lines about a course that an earlier line told of.
    pub courses: Repeats,
    pub catalogue: Catalogue,
    pub settings: Settings,
    pub zone: TimeZone,
    /// Lines by the number, folded, of the person whom they name; read when it is asked for.
    by_number: OnceLock<HashMap<String, Vec<usize>>>,
    /// What only a table of a bundle has.
    pub bundled: Option<Bundled>,
}

/// A table among those of a bundle.
#[derive(Debug, Default)]
pub(super) struct Bundled {
    /// Its file in the bundle.
    pub file: &'static str,
    /// Lines that can't be understood, with the reason.
    pub faults: HashMap<usize, String>,
    /// What the tables before it will have written by the time it is its turn: for the preview.
    pub promised: Promised,
    /// Read when it is its turn.
    pub catalogue: OnceLock<Catalogue>,
    /// Where the lines are classes of which everybody is known: the numbers, folded, of those who
    /// attend each.
    pub complete: Option<HashMap<usize, HashSet<String>>>,
}

impl Part {
    /// The only table of an import.
    pub fn alone(tx: &mut ReadTx<'_>, import: &ImportRow, table: &Arc<Table>) -> Result<Self> {
        let catalogue = Catalogue::load(tx)?;
        Ok(Self { catalogue, ..Self::new(tx, import, import.kind, table, mapping_of(import))? })
    }

    /// A table of an import.
    pub fn new(
        tx: &mut ReadTx<'_>,
        import: &ImportRow,
        kind: Kind,
        table: &Arc<Table>,
        mapping: Mapping,
    ) -> Result<Self> {
        let settings = settings::load(tx)?;
        Ok(Self {
            kind,
            name: import.file.clone(),
            term: import.term,
            event: import.event,
            claims: Claims::default(),
            repeats: Repeats::find(kind, table, &mapping),
            courses: Repeats::of_courses(table, &mapping),
            zone: TimeZone::get(&settings.time_zone).unwrap_or(TimeZone::UTC),
            catalogue: Catalogue::default(),
            by_number: OnceLock::new(),
            table: table.clone(),
            mapping,
            settings,
            bundled: None,
        })
    }

    /// What its lines may refer to: for a table of a bundle, what stands when it is its turn.
    pub fn catalogue(&self, tx: &mut ReadTx<'_>) -> Result<&Catalogue> {
        let Some(bundled) = &self.bundled else { return Ok(&self.catalogue) };
        if let Some(known) = bundled.catalogue.get() {
            return Ok(known);
        }
        let mut catalogue = Catalogue::load(tx)?;
        bundled.promised.add_to(&mut catalogue);
        Ok(bundled.catalogue.get_or_init(|| catalogue))
    }

    /// Whether its lines may hold passwords.
    pub fn brings_passwords(&self) -> bool {
        let mut keys = self.mapping.iter().flatten();
        keys.any(|key| matches!(*key, "password" | "password_hash"))
    }

    /// The lines that name a person by that number.
    pub fn lines_about(&self, number: &str) -> impl Iterator<Item = Cells<'_>> {
        let by_number = self.by_number.get_or_init(|| {
            let mut known: HashMap<String, Vec<usize>> = HashMap::new();
            for (index, line) in self.table.lines.iter().enumerate() {
                let number = fold(Cells::new(line, &self.mapping).get("number"));
                known.entry(number).or_default().push(index);
            }
            known
        });
        let lines = by_number.get(&fold(number)).map_or(&[][..], Vec::as_slice).iter();
        let lines = lines.filter_map(|index| self.table.lines.get(*index));
        lines.map(|line| Cells::new(line, &self.mapping))
    }

    /// What earlier tables of the bundle promise; nothing where there is none.
    pub fn promised(&self) -> Option<&Promised> {
        self.bundled.as_ref().map(|bundled| &bundled.promised)
    }

    /// Why a line can't be understood.
    pub fn fault(&self, index: usize) -> Option<&str> {
        self.bundled.as_ref()?.faults.get(&index).map(String::as_str)
    }

    /// The instant of a clock time in the institution's zone.
    pub fn instant(&self, day: civil::Date, time: civil::Time) -> Option<Timestamp> {
        let zoned = day.to_datetime(time).to_zoned(self.zone.clone()).ok()?;
        Some(Timestamp(zoned.timestamp().as_microsecond()))
    }

    /// A day of the institution's zone: its beginning, and the last instant before the next one.
    pub fn day(&self, day: civil::Date) -> Option<(Timestamp, Timestamp)> {
        let midnight = civil::Time::midnight();
        let next = self.instant(day.tomorrow().ok()?, midnight)?;
        Some((self.instant(day, midnight)?, Timestamp(next.0 - 1)))
    }
}
