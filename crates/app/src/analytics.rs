//! The institution in figures, for administrators: a term, or some days of it.

use crate::attendance::add;
use crate::settings::{self, Settings};
use crate::standing::current_term;
use crate::zone::Zone;
use crate::{Ctx, Error, Result};
use muster_domain::attendance::figures::Scale;
use muster_domain::attendance::{Badge, Percentage, Tally};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::TermId;
use muster_domain::time::{Date, Timestamp};
use muster_storage::academics::TermRow;
use muster_storage::analytics::{self, AbsenteeRow, ClassSumRow, QuarterRow};
use muster_storage::{ReadTx, academics};
use std::collections::BTreeMap;

/// Microseconds in a quarter of an hour.
const QUARTER: i64 = 900_000_000;
/// Most students in the list of frequent absentees.
const MOST_ABSENTEES: i64 = 100;

/// Which sessions are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this term; the one that runs now if none.
    pub term: Option<TermId>,
    /// From this day on.
    pub from: Option<Date>,
    /// Up to this day.
    pub until: Option<Date>,
}

/// Sessions together: how many, their marks, and the share attended.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    /// Closed sessions.
    pub sessions: i64,
    /// Their marks.
    pub tally: Tally,
    /// The share attended, each class weighed in its own way.
    pub share: Percentage,
}

impl Sum {
    fn and(self, other: Self) -> Self {
        Self {
            sessions: self.sessions + other.sessions,
            tally: add(self.tally, other.tally),
            share: self.share.and(other.share),
        }
    }

    /// Students there in a session, on average, rounded.
    pub const fn average(&self) -> Option<i64> {
        let here = self.tally.present + self.tally.late;
        match self.sessions {
            0 => None,
            sessions => Some((here * 2 + sessions) / (sessions * 2)),
        }
    }
}

/// A class compared with the others.
#[derive(Clone, Debug)]
pub struct ClassSum {
    /// The class, with its counts.
    pub class: ClassSumRow,
    /// The share attended.
    pub share: Percentage,
    /// What that means.
    pub badge: Badge,
}

/// The institution in figures.
#[derive(Clone, Debug)]
pub struct Analytics {
    /// All terms, the latest first.
    pub terms: Vec<TermRow>,
    /// The term that is counted; none if there is none at all.
    pub term: Option<TermId>,
    /// How a share is judged where classes come together.
    pub scale: Scale,
    /// How many people are students.
    pub students: i64,
    /// Everything that is counted.
    pub whole: Sum,
    /// The week that runs now.
    pub this_week: Sum,
    /// By day.
    pub days: Vec<(Date, Sum)>,
    /// By week, under its Monday.
    pub weeks: Vec<(Date, Sum)>,
    /// By month, under its first day.
    pub months: Vec<(Date, Sum)>,
    /// By day of the week, 0 for Monday.
    pub weekdays: Vec<(i64, Sum)>,
    /// The term's classes.
    pub classes: Vec<ClassSum>,
}

/// The institution in figures.
pub fn overview(tx: &mut ReadTx<'_>, ctx: &Ctx, filter: Filter) -> Result<Analytics> {
    ctx.need(Permission::ViewOverview, Target::Institution)?;
    let settings = settings::load(tx)?;
    let zone = Zone::of(&settings);
    let terms = academics::terms(tx)?;
    let term = term_of(&terms, filter, ctx.now())?;
    let range = range(&zone, filter);
    let (rows, quarters) = match term {
        Some(term) => (analytics::classes(tx, term, range)?, analytics::quarters(tx, term, range)?),
        None => (Vec::new(), Vec::new()),
    };
    let by = Sums::new(&settings, &zone, &quarters);
    let monday = zone.date(ctx.now()).monday();
    Ok(Analytics {
        term,
        terms,
        scale: settings.scale(None),
        students: analytics::students(tx)?,
        whole: by.days.values().copied().fold(Sum::default(), Sum::and),
        this_week: by.weeks.get(&monday).copied().unwrap_or_default(),
        classes: rows.into_iter().map(|row| compared(&settings, row)).collect(),
        days: by.days.into_iter().collect(),
        weeks: by.weeks.into_iter().collect(),
        months: by.months.into_iter().collect(),
        weekdays: by.weekdays.into_iter().collect(),
    })
}

fn term_of(terms: &[TermRow], filter: Filter, now: Timestamp) -> Result<Option<TermId>> {
    match filter.term {
        Some(id) if terms.iter().any(|term| term.id == id) => Ok(Some(id)),
        Some(_) => Err(Error::NotFound),
        None => Ok(current_term(terms, now)),
    }
}

fn range(zone: &Zone, filter: Filter) -> (Timestamp, Timestamp) {
    let from = filter.from.map_or(Timestamp(i64::MIN), |date| zone.start(date));
    let until = filter.until.map(|date| Date(date.0.saturating_add(1)));
    (from, until.map_or(Timestamp(i64::MAX), |date| zone.start(date)))
}

fn compared(settings: &Settings, class: ClassSumRow) -> ClassSum {
    let scale = settings.scale(class.weights);
    let share = scale.percentage(&class.tally());
    ClassSum { share, badge: scale.badge(share), class }
}

#[derive(Default)]
struct Sums {
    days: BTreeMap<Date, Sum>,
    weeks: BTreeMap<Date, Sum>,
    months: BTreeMap<Date, Sum>,
    weekdays: BTreeMap<i64, Sum>,
}

impl Sums {
    fn new(settings: &Settings, zone: &Zone, quarters: &[QuarterRow]) -> Self {
        let mut sums = Self::default();
        for row in quarters {
            let date = zone.date(Timestamp(row.quarter * QUARTER));
            let tally = row.tally();
            let share = settings.scale(row.weights).percentage(&tally);
            let sum = Sum { sessions: row.sessions, tally, share };
            let into = |old: &mut Sum| *old = old.and(sum);
            into(sums.days.entry(date).or_default());
            into(sums.weeks.entry(date.monday()).or_default());
            into(sums.months.entry(Zone::month(date)).or_default());
            into(sums.weekdays.entry(date.weekday()).or_default());
        }
        sums
    }
}

/// The students most often absent in a term.
pub fn absentees(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    filter: Filter,
) -> Result<(Vec<TermRow>, Option<TermId>, Vec<AbsenteeRow>)> {
    ctx.need(Permission::ViewOverview, Target::Institution)?;
    let terms = academics::terms(tx)?;
    let term = term_of(&terms, filter, ctx.now())?;
    let rows = match term {
        Some(term) => analytics::absentees(tx, term, MOST_ABSENTEES)?,
        None => Vec::new(),
    };
    Ok((terms, term, rows))
}
