//! A class in figures: by day and month, its trend, each session, each student.

use crate::attendance::add;
use crate::settings::{self, Settings};
use crate::zone::Zone;
use crate::{Ctx, Error, Result};
use muster_domain::attendance::figures::Scale;
use muster_domain::attendance::{Badge, Percentage, Status, Streak, Tally};
use muster_domain::auth::{Permission, Role, Target};
use muster_domain::ids::{ClassId, PersonId, SessionId};
use muster_domain::time::Date;
use muster_storage::academics::ClassRow;
use muster_storage::enrolment::EnrolmentRow;
use muster_storage::patterns::PatternRow;
use muster_storage::sessions::SessionRow;
use muster_storage::tallies::SessionTallyRow;
use muster_storage::{ReadTx, academics, enrolment, people, sessions, tallies};
use std::collections::{BTreeMap, HashMap};

/// How many of the latest sessions are compared with those before them.
const RECENT: usize = 4;

/// A class in figures.
#[derive(Clone, Debug)]
pub struct ClassFigures {
    /// The class.
    pub class: ClassRow,
    /// How it weighs statuses.
    pub scale: Scale,
    /// Over all its closed sessions.
    pub overall: Tally,
    /// By day of the institution's calendar, the earliest first.
    pub days: Vec<(Date, Tally)>,
    /// By month, under its first day.
    pub months: Vec<(Date, Tally)>,
    /// The latest sessions together, and those before them; none while there are too few.
    pub trend: Option<(Percentage, Percentage)>,
    /// Each closed session.
    pub sessions: HashMap<SessionId, Tally>,
    /// Active students by roll number, each with what they came to.
    pub students: Vec<StudentFigures>,
}

/// A student of a class in figures.
#[derive(Clone, Debug)]
pub struct StudentFigures {
    /// Their place in the class.
    pub place: EnrolmentRow,
    /// What they came to.
    pub tally: Tally,
    /// The share attended.
    pub share: Percentage,
    /// What that means.
    pub badge: Badge,
    /// Sessions attended and missed in a row.
    pub streak: Streak,
    /// Whether they deserve attention, for their share or for what they missed in a row.
    pub at_risk: bool,
}

/// A class in figures, for its staff.
pub fn of_class(tx: &mut ReadTx<'_>, ctx: &Ctx, id: ClassId) -> Result<ClassFigures> {
    Ok(with_marks(tx, ctx, id)?.0)
}

/// A status for each student and session.
pub type Marks = HashMap<(PersonId, SessionId), Status>;

/// A class in figures, and the marks of its closed sessions.
fn with_marks(tx: &mut ReadTx<'_>, ctx: &Ctx, id: ClassId) -> Result<(ClassFigures, Marks)> {
    ctx.need(Permission::ViewClass, Target::Class(id))?;
    let class = academics::class(tx, id)?.ok_or(Error::NotFound)?;
    let settings = settings::load(tx)?;
    let scale = settings.scale(class.weights);
    let closed = tallies::sessions_of_class(tx, id)?;
    let closed: Vec<_> = closed.into_iter().filter(|row| row.tally().total() > 0).collect();
    let tallies: HashMap<_, _> = tallies::tallies_of_class(tx, id)?.into_iter().collect();
    let marks = tallies::marks_of_class(tx, id)?;
    let marks: Marks =
        marks.into_iter().map(|mark| ((mark.person, mark.session), mark.status)).collect();
    let roster = enrolment::roster(tx, id)?;
    let students = roster.into_iter().filter(EnrolmentRow::attends).map(|place| {
        let tally = tallies.get(&place.person).copied().unwrap_or_default();
        let share = scale.percentage(&tally);
        let status = |row: &SessionTallyRow| marks.get(&(place.person, row.session)).copied();
        let streak = Streak::of(closed.iter().filter_map(status));
        let (badge, at_risk) = (scale.badge(share), scale.is_at_risk(share, streak));
        StudentFigures { place, tally, share, badge, streak, at_risk }
    });
    let students = students.collect();
    let (days, months) = by_date(&settings, &closed);
    let figures = ClassFigures {
        class,
        scale,
        overall: sum(closed.iter()),
        days,
        months,
        trend: trend(&scale, &closed),
        sessions: closed.iter().map(|row| (row.session, row.tally())).collect(),
        students,
    };
    Ok((figures, marks))
}

fn sum<'a>(rows: impl Iterator<Item = &'a SessionTallyRow>) -> Tally {
    rows.fold(Tally::default(), |whole, row| add(whole, row.tally()))
}

type ByDate = Vec<(Date, Tally)>;

fn by_date(settings: &Settings, closed: &[SessionTallyRow]) -> (ByDate, ByDate) {
    let zone = Zone::of(settings);
    let (mut days, mut months) = (BTreeMap::new(), BTreeMap::new());
    for row in closed {
        let date = zone.date(row.held_at);
        for (key, sums) in [(date, &mut days), (Zone::month(date), &mut months)] {
            let before = sums.entry(key).or_default();
            *before = add(*before, row.tally());
        }
    }
    (days.into_iter().collect(), months.into_iter().collect())
}

/// The share in the latest sessions, and in all before them.
fn trend(scale: &Scale, closed: &[SessionTallyRow]) -> Option<(Percentage, Percentage)> {
    let (before, recent) = closed.split_at_checked(closed.len().checked_sub(RECENT)?)?;
    let share = |rows: &[SessionTallyRow]| scale.percentage(&sum(rows.iter()));
    (!before.is_empty()).then(|| (share(recent), share(before)))
}

/// A class's register over its term: who had which status in which session.
#[derive(Clone, Debug)]
pub struct TermRegister {
    /// Figures of the class.
    pub figures: ClassFigures,
    /// Its closed sessions, the earliest first.
    pub sessions: Vec<SessionRow>,
    /// The marks, by student and session.
    pub marks: Marks,
}

/// A class's register over its term, for its staff.
pub fn term_register(tx: &mut ReadTx<'_>, ctx: &Ctx, id: ClassId) -> Result<TermRegister> {
    let (figures, marks) = with_marks(tx, ctx, id)?;
    let mut closed = sessions::of_class(tx, id)?;
    closed.retain(|session| session.closed_at.is_some());
    closed.sort_by_key(|session| (session.held_at, session.id));
    Ok(TermRegister { figures, sessions: closed, marks })
}

/// Who teaches a class, and when it meets.
#[derive(Clone, Debug)]
pub struct Timetabled {
    /// The names of its teachers.
    pub teachers: Vec<String>,
    /// What takes place each week.
    pub patterns: Vec<PatternRow>,
}

/// What stands at the head of a class's register, for its staff.
pub fn timetabled(tx: &mut ReadTx<'_>, ctx: &Ctx, id: ClassId) -> Result<Timetabled> {
    let patterns = crate::academics::patterns(tx, ctx, id)?;
    let staff = people::staff(tx, id)?.into_iter();
    let teachers = staff.filter(|row| row.role == Role::Teacher).map(|row| row.name);
    Ok(Timetabled { teachers: teachers.collect(), patterns })
}

/// How a list of students is narrowed and ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Who is listed.
    pub listed: Listed,
    /// By what they are ordered.
    pub order: Order,
}

/// Which of the students are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Listed {
    /// All of them.
    #[default]
    Everybody,
    /// Those with this badge.
    With(Badge),
    /// Those who are at risk.
    AtRisk,
}

/// By what a list of students is ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Their roll number.
    #[default]
    Roll,
    /// Their name.
    Name,
    /// The share attended, the lowest first; who has none comes last.
    Percentage,
    /// Absences, the most first.
    Absent,
}

/// The students that a view shows, in its order.
pub fn viewed(students: &[StudentFigures], view: View) -> Vec<&StudentFigures> {
    let wanted = |item: &&StudentFigures| match view.listed {
        Listed::Everybody => true,
        Listed::With(badge) => item.badge == badge,
        Listed::AtRisk => item.at_risk,
    };
    let mut shown: Vec<_> = students.iter().filter(wanted).collect();
    match view.order {
        Order::Roll => {}
        Order::Name => shown.sort_by_cached_key(|item| muster_domain::text::fold(&item.place.name)),
        Order::Percentage => {
            shown.sort_by_key(|item| item.share.permille().unwrap_or(i64::MAX));
        }
        Order::Absent => shown.sort_by_key(|item| std::cmp::Reverse(item.tally.absent)),
    }
    shown
}
