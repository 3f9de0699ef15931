//! The institution in figures, for administrators: a term, or some days, a programme or a class of
//! it.

use crate::attendance::add;
use crate::settings::{self, Settings};
use crate::standing::current_term;
use crate::zone::Zone;
use crate::{Ctx, Error, Result};
use muster_domain::attendance::figures::Scale;
use muster_domain::attendance::{Badge, Mode, Percentage, Tally};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{ClassId, PersonId, ProgrammeId, TermId};
use muster_domain::time::{Date, Timestamp};
use muster_storage::academics::TermRow;
use muster_storage::analytics::{self, AbsenteeRow, ClassSumRow, QuarterRow};
use muster_storage::narrowed::{self, Narrow};
use muster_storage::programmes::ProgrammeRow;
use muster_storage::{ReadTx, academics, programmes, shares};
use std::collections::{BTreeMap, HashMap};

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
    /// This class alone, if it is one of the term.
    pub class: Option<ClassId>,
    /// The classes of courses that this programme requires, unless a class is named.
    pub programme: Option<ProgrammeId>,
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
    /// What is counted of the term.
    pub narrow: Narrow,
    /// All programmes.
    pub programmes: Vec<ProgrammeRow>,
    /// All classes of the term, by code: ids and names.
    pub all_classes: Vec<(ClassId, String)>,
    /// How many people are students: of what is counted.
    pub students: i64,
    /// How many of them have a share over the whole term that is not safe.
    pub low: i64,
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
    /// In class, and online.
    pub modes: Vec<(Mode, Sum)>,
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
    let mut rows = match term {
        Some(term) => analytics::classes(tx, term, range)?,
        None => Vec::new(),
    };
    let narrow = narrow(filter, |class| rows.iter().any(|row| row.class == class));
    let all_classes = rows.iter().map(named).collect();
    let quarters = match term {
        Some(term) => {
            keep(tx, term, narrow, &mut rows)?;
            narrowed::quarters(tx, term, narrow, range)?
        }
        None => Vec::new(),
    };
    let by = Sums::new(&settings, &zone, &quarters);
    let monday = zone.date(ctx.now()).monday();
    Ok(Analytics {
        term,
        terms,
        scale: settings.scale(None),
        narrow,
        programmes: programmes::programmes(tx)?,
        all_classes,
        students: students(tx, narrow)?,
        low: match term {
            Some(term) => low(tx, &settings, term, narrow)?,
            None => 0,
        },
        modes: by_mode(&settings, &quarters),
        whole: by.days.values().copied().fold(Sum::default(), Sum::and),
        this_week: by.weeks.get(&monday).copied().unwrap_or_default(),
        classes: rows.into_iter().map(|row| compared(&settings, row)).collect(),
        days: by.days.into_iter().collect(),
        weeks: by.weeks.into_iter().collect(),
        months: by.months.into_iter().collect(),
        weekdays: by.weekdays.into_iter().collect(),
    })
}

/// What is counted of a term: a class that is not one of its counts as none.
fn narrow(filter: Filter, is_class: impl Fn(ClassId) -> bool) -> Narrow {
    match (filter.class.filter(|class| is_class(*class)), filter.programme) {
        (Some(class), _) => Narrow::Class(class),
        (None, Some(programme)) => Narrow::Programme(programme),
        (None, None) => Narrow::Not,
    }
}

fn named(row: &ClassSumRow) -> (ClassId, String) {
    (row.class, format!("{} · {}, {}", row.course_code, row.section, row.course_name))
}

/// Keeps those classes that are counted.
fn keep(
    tx: &mut ReadTx<'_>,
    term: TermId,
    narrow: Narrow,
    rows: &mut Vec<ClassSumRow>,
) -> Result<()> {
    match narrow {
        Narrow::Not => {}
        Narrow::Class(class) => rows.retain(|row| row.class == class),
        Narrow::Programme(programme) => {
            let kept = narrowed::classes_of_programme(tx, term, programme)?;
            rows.retain(|row| kept.contains(&row.class));
        }
    }
    Ok(())
}

fn students(tx: &mut ReadTx<'_>, narrow: Narrow) -> Result<i64> {
    Ok(match narrow {
        Narrow::Not => analytics::students(tx)?,
        Narrow::Class(class) => narrowed::students_of_class(tx, class)?,
        Narrow::Programme(programme) => narrowed::students_of_programme(tx, programme)?,
    })
}

/// How many students have a share over the term's classes that is not safe, each class weighed in
/// its own way.
fn low(tx: &mut ReadTx<'_>, settings: &Settings, term: TermId, narrow: Narrow) -> Result<i64> {
    let usual = settings.scale(None);
    let is_low = |share| matches!(usual.badge(share), Badge::Warning | Badge::Critical);
    let mut low = 0;
    if narrow == Narrow::Not {
        shares::alike(tx, term, |row| {
            low += if is_low(usual.percentage(&row.tally())) { row.students } else { 0 };
        })?;
    }
    let mut students: HashMap<PersonId, (Tally, Percentage)> = HashMap::new();
    shares::each(tx, term, narrow, |row| {
        let (plain, own) = students.entry(row.person).or_default();
        match row.weights {
            None => *plain = add(*plain, row.tally()),
            weights => *own = own.and(settings.scale(weights).percentage(&row.tally())),
        }
    })?;
    if !students.is_empty() {
        for person in shares::gone(tx, term)? {
            students.remove(&person);
        }
    }
    for (plain, own) in students.into_values() {
        low += i64::from(is_low(usual.percentage(&plain).and(own)));
    }
    Ok(low)
}

/// Sums by mode, where there were sessions of both or of one.
fn by_mode(settings: &Settings, rows: &[QuarterRow]) -> Vec<(Mode, Sum)> {
    let sum = |mode: Mode| {
        let of_mode = rows.iter().filter(|row| row.mode == mode);
        let sums = of_mode.map(|row| {
            let tally = row.tally();
            let share = settings.scale(row.weights).percentage(&tally);
            Sum { sessions: row.sessions, tally, share }
        });
        (mode, sums.fold(Sum::default(), Sum::and))
    };
    let both = [Mode::InClass, Mode::Online].map(sum);
    both.into_iter().filter(|(_, sum)| sum.sessions > 0).collect()
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

/// Students who are often absent, and among whom they were sought.
#[derive(Clone, Debug)]
pub struct Absentees {
    /// All terms, the latest first.
    pub terms: Vec<TermRow>,
    /// The term that is counted.
    pub term: Option<TermId>,
    /// All programmes.
    pub programmes: Vec<ProgrammeRow>,
    /// All classes of the term, by code: ids and names.
    pub all_classes: Vec<(ClassId, String)>,
    /// What is counted of the term.
    pub narrow: Narrow,
    /// The students, the most often absent first.
    pub rows: Vec<Absentee>,
}

/// A student who is often absent.
#[derive(Clone, Debug)]
pub struct Absentee {
    /// Who, with the counts.
    pub row: AbsenteeRow,
    /// The share attended, each class weighed in its own way.
    pub share: Percentage,
}

/// The students most often absent in a whole term, in a class of it, or of a programme.
pub fn absentees(tx: &mut ReadTx<'_>, ctx: &Ctx, filter: Filter) -> Result<Absentees> {
    ctx.need(Permission::ViewOverview, Target::Institution)?;
    let terms = academics::terms(tx)?;
    let term = term_of(&terms, filter, ctx.now())?;
    let none = (Timestamp(0), Timestamp(0));
    let classes = match term {
        Some(term) => analytics::classes(tx, term, none)?,
        None => Vec::new(),
    };
    let narrow = narrow(filter, |class| classes.iter().any(|row| row.class == class));
    let rows = match term {
        Some(term) => {
            let rows = narrowed::absentees(tx, term, narrow, MOST_ABSENTEES)?;
            with_shares(tx, term, narrow, rows)?
        }
        None => Vec::new(),
    };
    Ok(Absentees {
        terms,
        term,
        programmes: programmes::programmes(tx)?,
        all_classes: classes.iter().map(named).collect(),
        narrow,
        rows,
    })
}

fn with_shares(
    tx: &mut ReadTx<'_>,
    term: TermId,
    narrow: Narrow,
    rows: Vec<AbsenteeRow>,
) -> Result<Vec<Absentee>> {
    let settings = settings::load(tx)?;
    let people: Vec<_> = rows.iter().map(|row| row.person).collect();
    let mut shares: HashMap<PersonId, Percentage> = HashMap::new();
    for own in narrowed::of_people(tx, term, &people)? {
        if !matches!(narrow, Narrow::Class(class) if class != own.class) {
            let share = settings.scale(own.weights).percentage(&own.tally());
            let whole = shares.entry(own.person).or_default();
            *whole = whole.and(share);
        }
    }
    let share = |row: &AbsenteeRow| shares.get(&row.person).copied().unwrap_or_default();
    Ok(rows.into_iter().map(|row| Absentee { share: share(&row), row }).collect())
}
