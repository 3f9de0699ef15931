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
    fn check(&self, term: &TermRow, id: PatternId, class: ClassId) -> Result<PatternRow> {
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
    let row = PatternRow { version: tx.version(), ..input.check(term, ctx.fresh(), class)? };
    patterns::insert(tx, &row)?;
    let change = Change::new("pattern.create", "pattern", row.id).on(class);
    tx.journal(change.created(&fields(&row)))?;
    Ok(row.id)
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
    let checked = input.check(&term, id, before.class)?;
    let after = PatternRow { version: tx.version_over(seen), ..checked };
    if !patterns::update(tx, &after, seen)? {
        return Err(Error::Stale);
    }
    let change = Change::new("pattern.change", "pattern", id).on(before.class);
    tx.journal(change.changed(&fields(&before), &fields(&after), seen))?;
    regenerate(tx, ctx, before.class)?;
    Ok(before.class)
}

/// Ends a pattern. Its meetings to come go, but for those that somebody moved or cancelled, or of
/// which a session was taken.
pub fn end_pattern(tx: &mut WriteTx<'_>, ctx: &Ctx, id: PatternId) -> Result<ClassId> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let row = patterns::get(tx, id)?.ok_or(Error::NotFound)?;
    let version = tx.version_over(row.version);
    patterns::end(tx, id, ctx.now(), version)?;
    let change = Change::new("pattern.end", "pattern", id).on(row.class);
    tx.journal(change.changed(&fields(&row), &json!({}), row.version))?;
    regenerate(tx, ctx, row.class)?;
    Ok(row.class)
}

/// The patterns of a class.
pub fn patterns(tx: &mut ReadTx<'_>, ctx: &Ctx, class: ClassId) -> Result<Vec<PatternRow>> {
    ctx.need(Permission::ViewClass, Target::Class(class))?;
    academics::class(tx, class)?.ok_or(Error::NotFound)?;
    Ok(patterns::of_class(tx, class)?)
}

/// A pattern.
pub fn pattern(tx: &mut ReadTx<'_>, ctx: &Ctx, id: PatternId) -> Result<PatternRow> {
    let row = patterns::get(tx, id)?;
    let target = row.as_ref().map_or(EVERYTHING, |row| Target::Class(row.class));
    ctx.need(Permission::ViewClass, target)?;
    row.ok_or(Error::NotFound)
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
    let wanted = if row.archived_at.is_some() { Vec::new() } else { wanted(tx, &row, &term)? };
    let taken = patterns::taken(tx, class)?;
    let generated = patterns::generated(tx, class)?;
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
    let changes = carry_out(tx, ctx, class, plan(ctx.now(), wanted, &standing), &known)?;
    let changes = changes.into_iter().map(|change| change.because(reason));
    Ok(tx.journal_many(changes.collect::<Vec<_>>())?)
}

/// The meetings of all weeks, past ones included, as the patterns have them.
fn wanted(tx: &mut ReadTx<'_>, class: &ClassRow, term: &TermRow) -> Result<Vec<Wanted>> {
    let zone = Zone::of(&settings::load(tx)?);
    let closed: Vec<_> = holidays::list(tx)?.iter().map(HolidayRow::closed).collect();
    let mut wanted = Vec::new();
    for pattern in patterns::of_class(tx, class.id)? {
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
        patterns::remove_generated(tx, id)?;
        if let Some(before) = known.get(&id) {
            let change = Change::new("meeting.remove", "meeting", id).on(class);
            changes.push(change.changed(&standing_fields(before), &json!({}), before.version));
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
