//! How a student stands: overall and in each class, over a term or over all of them.

use crate::attendance::add;
use crate::{Ctx, Error, Result, settings};
use muster_domain::academics::EnrolmentStatus;
use muster_domain::attendance::figures::Scale;
use muster_domain::attendance::{Percentage, Streak, Tally};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{ClassId, PersonId, TermId};
use muster_domain::time::{Span, Timestamp};
use muster_storage::academics::{ClassRow, TermRow};
use muster_storage::people::PersonRow;
use muster_storage::{ReadTx, academics, enrolment, people, sessions, timetable};
use std::collections::{BTreeMap, HashMap};

/// How a student stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The student.
    pub person: PersonRow,
    /// Over the classes that are listed.
    pub overall: Tally,
    /// The share of it, each class weighed in its own way.
    pub share: Percentage,
    /// How the institution weighs and judges.
    pub scale: Scale,
    /// Runs over the sessions of all these classes, as they followed each other.
    pub streak: Streak,
    /// Each class.
    pub classes: Vec<ClassStanding>,
    /// The terms in which the student attended anything, the latest first.
    pub terms: Vec<TermRow>,
    /// The term that is shown; none for all of them.
    pub term: Option<TermId>,
}

/// How a student stands in a class.
#[derive(Clone, Debug)]
pub struct ClassStanding {
    /// The class.
    pub class: ClassRow,
    /// Whether they attend it now.
    pub status: EnrolmentStatus,
    /// What they came to.
    pub tally: Tally,
    /// How the class weighs that.
    pub scale: Scale,
    /// Runs of its sessions.
    pub streak: Streak,
}

impl ClassStanding {
    /// Whether the student should be warned: a low percentage, or several absences in a row.
    pub fn is_at_risk(&self) -> bool {
        self.scale.is_at_risk(self.share(), self.streak)
    }

    /// The share attended.
    pub const fn share(&self) -> Percentage {
        self.scale.percentage(&self.tally)
    }
}

/// Which term is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terms {
    /// The one that runs now, or ran last.
    Current,
    /// All of them.
    All,
    /// This one.
    One(TermId),
}

/// How a student stands, for themself and for whoever may read it: staff see their classes alone.
pub fn of(tx: &mut ReadTx<'_>, ctx: &Ctx, person: PersonId, terms: Terms) -> Result<Standing> {
    within(tx, ctx, person, terms, None)
}

/// The same, in one class alone if it is named.
pub fn within(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    person: PersonId,
    terms: Terms,
    class: Option<ClassId>,
) -> Result<Standing> {
    let all = ctx.need(Permission::ViewAttendance, Target::Person(person)).is_ok();
    let may =
        |class: &ClassRow| all || ctx.need(Permission::ViewClass, Target::Class(class.id)).is_ok();
    crate::people::merge::need_unmerged(tx, person)?;
    let attended = academics::attended_classes(tx, person)?;
    let seen: Vec<_> = attended.into_iter().filter(may).collect();
    if seen.is_empty() && !all {
        return Err(Error::Forbidden);
    }
    let row = people::get(tx, person)?.ok_or(Error::NotFound)?;
    let own_terms: Vec<_> = academics::terms(tx)?
        .into_iter()
        .filter(|term| seen.iter().any(|class| class.term == term.id))
        .collect();
    let term = match terms {
        Terms::All => None,
        Terms::One(id) => Some(id),
        Terms::Current => current_term(&own_terms, ctx.now()),
    };
    let is_shown = |shown: &ClassRow| {
        term.is_none_or(|id| shown.term == id) && class.is_none_or(|id| shown.id == id)
    };
    let shown: Vec<_> = seen.into_iter().filter(is_shown).collect();
    let (streak, streaks) = streaks(tx, person, &shown)?;
    let tallies: HashMap<_, _> = sessions::tallies_of_person(tx, person)?.into_iter().collect();
    let statuses = statuses(tx, person, &shown)?;
    let settings = settings::load(tx)?;
    let classes: Vec<_> = shown
        .into_iter()
        .map(|class| ClassStanding {
            status: statuses.get(&class.id).copied().unwrap_or(EnrolmentStatus::Active),
            tally: tallies.get(&class.id).copied().unwrap_or_default(),
            scale: settings.scale(class.weights),
            streak: streaks.get(&class.id).copied().unwrap_or_default(),
            class,
        })
        .collect();
    let overall = classes.iter().fold(Tally::default(), |sum, item| add(sum, item.tally));
    let share = classes
        .iter()
        .fold(Percentage::default(), |sum, item: &ClassStanding| sum.and(item.share()));
    let scale = settings.scale(None);
    Ok(Standing { person: row, overall, share, scale, streak, classes, terms: own_terms, term })
}

/// The term that runs now; else the last that began.
pub(crate) fn current_term(terms: &[TermRow], now: Timestamp) -> Option<TermId> {
    // A day of grace: the last day of a term ends later in the west.
    let begun = |term: &&TermRow| now + Span::days(1) > term.starts_on.midnight();
    let runs = |term: &&TermRow| now < term.ends_on.midnight() + Span::days(2);
    let running = terms.iter().filter(begun).find(runs);
    running.or_else(|| terms.iter().find(begun)).or(terms.first()).map(|term| term.id)
}

/// Runs over closed sessions of these classes: of all together, and of each.
fn streaks(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    classes: &[ClassRow],
) -> Result<(Streak, BTreeMap<ClassId, Streak>)> {
    let mut each: BTreeMap<ClassId, Streak> =
        classes.iter().map(|class| (class.id, Streak::default())).collect();
    let mut whole = Streak::default();
    let ever = (Timestamp(i64::MIN), Timestamp(i64::MAX));
    for session in timetable::own_sessions(tx, person, ever)? {
        let closed = session.status.filter(|_| session.closed_at.is_some());
        if let (Some(status), Some(streak)) = (closed, each.get_mut(&session.class)) {
            *streak = streak.then(status);
            whole = whole.then(status);
        }
    }
    Ok((whole, each))
}

fn statuses(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    classes: &[ClassRow],
) -> Result<HashMap<ClassId, EnrolmentStatus>> {
    let asked: Vec<_> = classes.iter().map(|class| (class.id, person)).collect();
    let standings = enrolment::standings(tx, &asked)?;
    Ok(standings.into_iter().map(|row| (row.class, row.status)).collect())
}
