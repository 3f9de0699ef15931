//! Copying the classes of one term into another: what would come over, then a few classes at a time,
//! so that marking flows in between.

use super::EVERYTHING;
use super::classes::{ClassInput, create_class};
use super::follow;
use super::patterns::{PatternInput, add};
use crate::{Ctx, Error, Result, people};
use muster_domain::auth::Permission;
use muster_domain::ids::{ClassId, TermId};
use muster_domain::text::fold;
use muster_domain::time::Date;
use muster_storage::academics::{ClassRow, TermRow};
use muster_storage::patterns::PatternRow;
use muster_storage::people::TermStaffRow;
use muster_storage::{ReadTx, WriteTx, academics};
use std::collections::HashSet;
use std::ops::RangeInclusive;

/// Most classes that are copied in one transaction.
pub const COPIED_AT_ONCE: usize = 10;

/// From which term to which, and what comes with the classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copying {
    /// The term whose classes are copied.
    pub from: TermId,
    /// The term that gets them.
    pub to: TermId,
    /// Whether teachers and assistants come too.
    pub staff: bool,
    /// Whether the weekly meetings come too.
    pub patterns: bool,
}

/// Why a class is not copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The other term has this section of the course.
    Exists,
    /// The course is in the archive.
    CourseArchived,
}

/// A class and what would come with it.
#[derive(Clone, Debug)]
pub struct ClassCopy {
    /// The class that is copied.
    pub class: ClassRow,
    /// Who teaches or helps in it, if they are active.
    pub staff: Vec<TermStaffRow>,
    /// Its weekly meetings as they would be in the other term.
    pub patterns: Vec<PatternRow>,
    /// How many more would never meet there.
    pub lost: usize,
    /// Why it is not copied.
    pub obstacle: Option<Obstacle>,
}

/// What was copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Classes.
    pub classes: usize,
    /// Weekly meetings.
    pub patterns: usize,
}

/// The classes of one term, archived ones apart, and what they would be in the other.
pub fn plan_copies(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    from: TermId,
    to: TermId,
) -> Result<Vec<ClassCopy>> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let other = academics::term(tx, to)?.ok_or(Error::NotFound)?;
    let term = academics::term(tx, from)?.filter(|_| from != to);
    let term = term.ok_or_else(|| Error::field("from", "Choose another term."))?;
    if other.archived_at.is_some() {
        return Err(Error::field("from", "This term is archived and takes no new classes."));
    }
    let classes = academics::classes(tx)?;
    let courses = academics::courses(tx)?.into_iter();
    let archived = courses.filter(|course| course.archived_at.is_some()).map(|course| course.id);
    let archived: HashSet<_> = archived.collect();
    let there = classes.iter().filter(|class| class.term == to);
    let there: HashSet<_> = there.map(|class| (class.course, fold(&class.section))).collect();
    let staff = muster_storage::people::staff_of_term(tx, from)?;
    let weekly = muster_storage::patterns::of_term(tx, from)?;
    let mut copies = Vec::new();
    for class in classes {
        if class.term != from || class.archived_at.is_some() {
            continue;
        }
        let obstacle = if there.contains(&(class.course, fold(&class.section))) {
            Some(Obstacle::Exists)
        } else {
            archived.contains(&class.course).then_some(Obstacle::CourseArchived)
        };
        let own = weekly.iter().filter(|pattern| pattern.class == class.id);
        let moved: Vec<_> = own.clone().filter_map(|row| shifted(row, &term, &other)).collect();
        copies.push(ClassCopy {
            staff: staff.iter().filter(|row| row.class == class.id).cloned().collect(),
            lost: own.count() - moved.len(),
            patterns: moved,
            class,
            obstacle,
        });
    }
    Ok(copies)
}

fn days(term: &TermRow) -> RangeInclusive<Date> {
    term.starts_on..=term.ends_on
}

fn shifted(row: &PatternRow, term: &TermRow, other: &TermRow) -> Option<PatternRow> {
    let moved = row.weekly().in_term(&days(term), &days(other))?;
    Some(PatternRow { first_on: moved.first_on, last_on: moved.last_on, ..row.clone() })
}

/// The chosen classes as they are to be copied, all that can be without a choice.
pub fn chosen_copies(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    copying: Copying,
    chosen: Option<&[ClassId]>,
) -> Result<Vec<ClassCopy>> {
    let mut plan = plan_copies(tx, ctx, copying.from, copying.to)?;
    let chosen: Option<HashSet<_>> = chosen.map(|chosen| chosen.iter().collect());
    plan.retain(|copy| {
        let wanted = chosen.as_ref().is_none_or(|chosen| chosen.contains(&copy.class.id));
        wanted && copy.obstacle.is_none()
    });
    Ok(plan)
}

/// Copies a few classes that were planned, at most [`COPIED_AT_ONCE`]. Those that stand in the other
/// term already are passed over, so that copying again goes on where it ended and adds what is new.
pub fn copy_some(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    copying: Copying,
    copies: &[ClassCopy],
) -> Result<Copied> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let other = academics::term(tx, copying.to)?.ok_or(Error::NotFound)?;
    let (mut done, mut meeting) = (Copied::default(), Vec::new());
    for copy in copies.iter().take(COPIED_AT_ONCE).cloned() {
        let (course, section) = (copy.class.course, &copy.class.section);
        if academics::has_section(tx, course, other.id, section)? {
            continue;
        }
        let class = copy_class(tx, ctx, &copy.class, copying.to)?;
        done.classes += 1;
        if copying.staff {
            for TermStaffRow { person, role, .. } in copy.staff {
                people::grant(tx, ctx, person, role, Some(class))?;
            }
        }
        if copying.patterns && !copy.patterns.is_empty() {
            for pattern in copy.patterns {
                let (weekly, room) = (pattern.weekly(), pattern.room.unwrap_or_default());
                add(tx, ctx, class, &other, &PatternInput { weekly, room })?;
                done.patterns += 1;
            }
            meeting.push(class);
        }
    }
    follow(tx, ctx, &meeting, "Copied from another term")?;
    Ok(done)
}

fn copy_class(tx: &mut WriteTx<'_>, ctx: &Ctx, row: &ClassRow, term: TermId) -> Result<ClassId> {
    let input = ClassInput {
        course: row.course,
        term,
        section: row.section.clone(),
        room: row.room.clone().unwrap_or_default(),
        duration_minutes: row.duration_minutes,
        late_after_minutes: row.late_after_minutes,
        weights: row.weights,
    };
    create_class(tx, ctx, &input)
}
