//! Weekly patterns of classes, and the meetings that follow from them.

use super::{EVERYTHING, class_in_use};
use crate::zone::Zone;
use crate::{Ctx, Error, Form, Result, settings};
use muster_domain::academics::Label;
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{ClassId, MeetingId, PatternId};
use muster_domain::timetable::{Plan, Standing, Wanted, Weekly, WeeklyError, plan};
use muster_journal::Change;
use muster_storage::academics::{ClassRow, TermRow};
use muster_storage::holidays::HolidayRow;
use muster_storage::patterns::{ClashRow, GeneratedRow, PatternRow};
use muster_storage::{ReadTx, WriteTx, academics, holidays, patterns};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Most clashes of a kind that are told.
const MOST_CLASHES: i64 = 20;

/// A pattern as typed.
#[derive(Clone, Debug)]
pub struct PatternInput {
    /// Day, times, first and last day.
    pub weekly: Weekly,
    /// Room, where it is another than the class's usual one.
    pub room: String,
}

impl PatternInput {
    /// The pattern that it makes of a class of that term; its version is 0.
    pub(crate) fn check(
        &self,
        term: &TermRow,
        id: PatternId,
        class: ClassId,
    ) -> Result<PatternRow> {
        let mut form = Form::default();
        let room: Option<Label> = form.optional("room", &self.room);
        form.take("ends_at", self.weekly.check_times());
        let Weekly { weekday, starts_minute, ends_minute, first_on, last_on } = self.weekly;
        let days = [("first_on", first_on), ("last_on", last_on)];
        let outside =
            days.map(|(field, day)| (field, (term.starts_on..=term.ends_on).contains(&day)));
        for (field, _) in outside.iter().filter(|(_, inside)| !inside) {
            form.wrong(field, WeeklyError::Term.to_string());
        }
        if outside.iter().all(|(_, inside)| *inside) {
            form.take("last_on", self.weekly.check_days());
        }
        form.check()?;
        let room = room.map(String::from);
        let version = 0;
        Ok(PatternRow {
            id,
            class,
            weekday,
            starts_minute,
            ends_minute,
            room,
            first_on,
            last_on,
            version,
        })
    }
}

/// Adds a pattern to a class; its meetings to come are made.
pub fn create_pattern(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    input: &PatternInput,
) -> Result<PatternId> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    patterns::hold_class(tx, class)?;
    class_in_use(tx, class)?;
    let (_, term) = class_and_term(tx, class)?;
    let id = add(tx, ctx, class, &term, input)?;
    regenerate(tx, ctx, class)?;
    Ok(id)
}

/// Adds a pattern whose meetings are still to be made.
pub(super) fn add(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    term: &TermRow,
    input: &PatternInput,
) -> Result<PatternId> {
    let row = input.check(term, ctx.fresh(), class)?;
    put(tx, &row, None)?;
    Ok(row.id)
}

/// Writes a pattern that was checked, over `before` if there is one; its meetings are still to
/// follow. The version that it has then.
pub(crate) fn put(
    tx: &mut WriteTx<'_>,
    row: &PatternRow,
    before: Option<&PatternRow>,
) -> Result<i64> {
    let seen = before.map_or(0, |before| before.version);
    let row = PatternRow { version: tx.version_over(seen), ..row.clone() };
    let change = match before {
        None => {
            patterns::insert(tx, &row)?;
            Change::new("pattern.create", "pattern", row.id).created(&fields(&row))
        }
        Some(before) => {
            if !patterns::update(tx, &row, seen)? {
                return Err(Error::Stale);
            }
            let change = Change::new("pattern.change", "pattern", row.id);
            change.changed(&fields(before), &fields(&row), seen)
        }
    };
    tx.journal(change.on(row.class))?;
    Ok(row.version)
}

/// Changes a pattern that was read at version `seen`. Its meetings to come follow, but for those
/// that somebody moved or cancelled, or of which a session was taken.
pub fn change_pattern(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    id: PatternId,
    seen: i64,
    input: &PatternInput,
) -> Result<ClassId> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let before = patterns::get(tx, id)?.ok_or(Error::NotFound)?;
    let (_, term) = class_and_term(tx, before.class)?;
    let after = input.check(&term, id, before.class)?;
    put(tx, &after, Some(&PatternRow { version: seen, ..before.clone() }))?;
    regenerate(tx, ctx, before.class)?;
    Ok(before.class)
}

/// Ends a pattern. Its meetings to come go, but for those that somebody moved or cancelled, or of
/// which a session was taken.
pub fn end_pattern(tx: &mut WriteTx<'_>, ctx: &Ctx, id: PatternId) -> Result<ClassId> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let row = patterns::get(tx, id)?.ok_or(Error::NotFound)?;
    end(tx, ctx, &row)?;
    regenerate(tx, ctx, row.class)?;
    Ok(row.class)
}

fn end(tx: &mut WriteTx<'_>, ctx: &Ctx, row: &PatternRow) -> Result<()> {
    let version = tx.version_over(row.version);
    patterns::end(tx, row.id, ctx.now(), version)?;
    let change = Change::new("pattern.end", "pattern", row.id).on(row.class);
    Ok(tx.journal(change.changed(&fields(row), &json!({}), row.version))?)
}

/// Takes a pattern back with its meetings, past ones included, as if it had never been. Where a
/// meeting was moved, cancelled or taken, that stays, the pattern ends, and the answer is false.
pub(crate) fn take_back(tx: &mut WriteTx<'_>, ctx: &Ctx, row: &PatternRow) -> Result<bool> {
    let taken = patterns::taken(tx, row.class)?;
    let made = patterns::generated(tx, row.class)?.into_iter();
    let mut none_stays = true;
    for meeting in made.filter(|meeting| meeting.pattern == row.id) {
        if meeting.by_hand || taken.contains(&meeting.id) {
            none_stays = false;
        } else {
            let change = remove(tx, row.class, &meeting)?;
            tx.journal(change)?;
        }
    }
    if none_stays {
        patterns::remove(tx, row.id)?;
        let change = Change::new("pattern.remove", "pattern", row.id).on(row.class);
        tx.journal(change.changed(&fields(row), &json!({}), row.version))?;
    } else {
        end(tx, ctx, row)?;
    }
    Ok(none_stays)
}

/// The patterns of a class.
pub fn patterns(tx: &mut ReadTx<'_>, ctx: &Ctx, class: ClassId) -> Result<Vec<PatternRow>> {
    ctx.need(Permission::ViewClass, Target::Class(class))?;
    academics::class(tx, class)?.ok_or(Error::NotFound)?;
    Ok(patterns::of_class(tx, class)?)
}

/// A pattern.
pub fn pattern(tx: &mut ReadTx<'_>, ctx: &Ctx, id: PatternId) -> Result<PatternRow> {
    let row = patterns::get(tx, id)?.ok_or(Error::NotFound)?;
    ctx.need(Permission::ViewClass, Target::Class(row.class))?;
    Ok(row)
}

/// Where meetings of a class to come meet others in their room or with their teacher.
pub fn clashes(tx: &mut ReadTx<'_>, ctx: &Ctx, class: ClassId) -> Result<Vec<ClashRow>> {
    ctx.need(Permission::ViewClass, Target::Class(class))?;
    let row = academics::class(tx, class)?.ok_or(Error::NotFound)?;
    if row.archived_at.is_some() {
        return Ok(Vec::new());
    }
    Ok(patterns::clashes(tx, class, ctx.now(), MOST_CLASHES)?)
}

fn class_and_term(tx: &mut ReadTx<'_>, class: ClassId) -> Result<(ClassRow, TermRow)> {
    let class = academics::class(tx, class)?.ok_or(Error::NotFound)?;
    let term = academics::term(tx, class.term)?.ok_or(Error::NotFound)?;
    Ok((class, term))
}

/// Brings a class's meetings to come in line with its patterns, its term and the holidays. An
/// archived class has none but those that somebody moved or added.
pub(crate) fn regenerate(tx: &mut WriteTx<'_>, ctx: &Ctx, class: ClassId) -> Result<()> {
    regenerate_because(tx, ctx, class, None)
}

/// As [`regenerate`], for a reason that the journal tells.
pub(super) fn regenerate_because(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    reason: Option<&str>,
) -> Result<()> {
    patterns::hold_class(tx, class)?;
    let (row, term) = class_and_term(tx, class)?;
    let weekly = patterns::of_class(tx, class)?;
    let (plan, known) = outlook(tx, ctx, &row, &term, &weekly)?;
    let changes = carry_out(tx, ctx, class, plan, &known)?.into_iter();
    let changes = changes.map(|change| change.because(reason));
    Ok(tx.journal_many(changes.collect::<Vec<_>>())?)
}

/// What is to be done so that a class's meetings to come are those of these patterns. Where the
/// class has a single meeting at the very time, a pattern makes no second one.
pub(crate) fn outlook(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    class: &ClassRow,
    term: &TermRow,
    weekly: &[PatternRow],
) -> Result<(Plan, HashMap<MeetingId, GeneratedRow>)> {
    let wanted = match class.archived_at {
        Some(_) => Vec::new(),
        None => wanted(tx, class, term, weekly)?,
    };
    let taken = patterns::taken(tx, class.id)?;
    let generated = patterns::generated(tx, class.id)?;
    let single = patterns::single(tx, class.id)?;
    let standing = |meeting: &GeneratedRow| Standing {
        id: meeting.id,
        occurrence: (meeting.pattern, meeting.week),
        starts_at: meeting.starts_at,
        ends_at: meeting.ends_at,
        room: meeting.room.clone(),
        kept: meeting.by_hand || taken.contains(&meeting.id),
    };
    let standing: Vec<_> = generated.iter().map(standing).collect();
    let known = generated.into_iter().map(|meeting| (meeting.id, meeting)).collect();
    let mut plan = plan(ctx.now(), wanted, &standing);
    plan.add.retain(|meeting| !single.contains(&meeting.starts_at));
    Ok((plan, known))
}

/// The meetings of all weeks, past ones included, as the patterns have them.
pub(crate) fn wanted(
    tx: &mut ReadTx<'_>,
    class: &ClassRow,
    term: &TermRow,
    rows: &[PatternRow],
) -> Result<Vec<Wanted>> {
    let zone = Zone::of(&settings::load(tx)?);
    let closed: Vec<_> = holidays::list(tx)?.iter().map(HolidayRow::closed).collect();
    let mut wanted = Vec::new();
    for pattern in rows {
        let weekly = pattern.weekly();
        let open = weekly.days().filter(|day| {
            (term.starts_on..=term.ends_on).contains(day)
                && !closed.iter().any(|days| days.holds(*day))
        });
        wanted.extend(open.map(|day| Wanted {
            occurrence: (pattern.id, day.monday()),
            starts_at: zone.at(day, weekly.starts_minute),
            ends_at: zone.at(weekly.ends_on(day), weekly.ends_minute),
            room: pattern.room.clone().or_else(|| class.room.clone()),
        }));
    }
    Ok(wanted)
}

fn carry_out(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    plan: Plan,
    known: &HashMap<MeetingId, GeneratedRow>,
) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    for id in plan.remove {
        if let Some(before) = known.get(&id) {
            changes.push(remove(tx, class, before)?);
        }
    }
    for (id, wanted) in plan.change {
        let Some(before) = known.get(&id) else { continue };
        let version = tx.version_over(before.version);
        patterns::move_generated(tx, id, &wanted, version)?;
        let change = Change::new("meeting.change", "meeting", id).on(class);
        let (old, new) = (standing_fields(before), wanted_fields(&wanted));
        changes.push(change.changed(&old, &new, before.version));
    }
    for wanted in plan.add {
        let id: MeetingId = ctx.fresh();
        patterns::insert_generated(tx, id, class, &wanted)?;
        let change = Change::new("meeting.create", "meeting", id).on(class);
        changes.push(change.created(&wanted_fields(&wanted)));
    }
    Ok(changes)
}

fn remove(tx: &mut WriteTx<'_>, class: ClassId, meeting: &GeneratedRow) -> Result<Change> {
    patterns::remove_generated(tx, meeting.id)?;
    let change = Change::new("meeting.remove", "meeting", meeting.id).on(class);
    Ok(change.changed(&standing_fields(meeting), &json!({}), meeting.version))
}

fn wanted_fields(wanted: &Wanted) -> Value {
    let Wanted { occurrence: (pattern, week), starts_at, ends_at, room } = wanted;
    json!({
        "pattern": pattern, "week": week, "starts_at": starts_at, "ends_at": ends_at, "room": room,
    })
}

fn standing_fields(meeting: &GeneratedRow) -> Value {
    let GeneratedRow { pattern, week, starts_at, ends_at, room, .. } = meeting;
    json!({
        "pattern": pattern, "week": week, "starts_at": starts_at, "ends_at": ends_at, "room": room,
    })
}

fn fields(row: &PatternRow) -> Value {
    json!({
        "class": row.class, "weekday": row.weekday.key(), "starts_minute": row.starts_minute,
        "ends_minute": row.ends_minute, "room": row.room, "first_on": row.first_on,
        "last_on": row.last_on,
    })
}
