//! The leaderboard of a class: of those students who wish to be named, and while the institution
//! has it.

use crate::{Ctx, Error, Result, settings};
use muster_domain::attendance::leaderboard::{Ranked, ranked};
use muster_domain::attendance::{Percentage, Streak};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{ClassId, PersonId};
use muster_journal::Change;
use muster_storage::academics::ClassRow;
use muster_storage::{ReadTx, WriteTx, academics, enrolment, leaderboard, sessions, untold};
use serde_json::json;

/// Most students who are listed.
const MOST: usize = 50;

/// A student on the leaderboard.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Their rank, from 1; equal shares have the same.
    pub rank: usize,
    /// The share attended.
    pub share: Percentage,
    /// Sessions attended in a row up to now.
    pub streak: i64,
}

/// A class's leaderboard.
#[derive(Clone, Debug)]
pub struct Leaderboard {
    /// The class.
    pub class: ClassRow,
    /// Those who wish to be named, the first first.
    pub entries: Vec<Entry>,
    /// Whether whoever looks is named.
    pub named: bool,
}

/// The leaderboard of a class, for its students and its staff.
pub fn of(tx: &mut ReadTx<'_>, ctx: &Ctx, class: ClassId) -> Result<Leaderboard> {
    let person = ctx.person()?;
    if ctx.need(Permission::ViewClass, Target::Class(class)).is_err() {
        ctx.need(Permission::ViewAttendance, Target::Person(person))?;
        enrolment::place(tx, class, person)?.ok_or(Error::NotFound)?;
    }
    let row = academics::class(tx, class)?.ok_or(Error::NotFound)?;
    let settings = settings::load(tx)?;
    if !settings.leaderboard {
        return Err(Error::NotFound);
    }
    let scale = settings.scale(row.weights);
    let members = leaderboard::members(tx, class)?;
    let people: Vec<_> = members.iter().map(|member| member.person).collect();
    let tallies = untold::tallies(tx, class, &people)?;
    let shares = members.into_iter().map(|member| {
        let tally = tallies.get(&member.person).copied().unwrap_or_default();
        (member, scale.percentage(&tally))
    });
    let mut entries = Vec::new();
    for Ranked { rank, who, share } in ranked(shares).into_iter().take(MOST) {
        let streak = streak(tx, who.person, class)?.attended;
        entries.push(Entry { person: who.person, name: who.name, rank, share, streak });
    }
    Ok(Leaderboard { class: row, entries, named: people.contains(&person) })
}

/// Runs of a student's closed sessions of a class.
fn streak(tx: &mut ReadTx<'_>, person: PersonId, class: ClassId) -> Result<Streak> {
    let marks = sessions::marks_in_class(tx, person, class)?;
    let mut held = sessions::of_class(tx, class)?;
    held.retain(|session| session.closed_at.is_some());
    held.sort_by_key(|session| (session.held_at, session.id));
    let of = |session| marks.iter().find(|mark| mark.session == session).map(|mark| mark.status);
    Ok(Streak::of(held.iter().filter_map(|session| of(session.id))))
}

/// Whether the person wishes to be named; none where nobody is, because they are no student or the
/// institution has no leaderboards.
pub fn own(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Option<bool>> {
    let person = ctx.person()?;
    let may = ctx.need(Permission::MarkSelf, Target::Person(person)).is_ok();
    if !may || !settings::load(tx)?.leaderboard {
        return Ok(None);
    }
    Ok(Some(leaderboard::is_member(tx, person)?))
}

/// Wishes to be named, or no more.
pub fn choose(tx: &mut WriteTx<'_>, ctx: &Ctx, named: bool) -> Result<()> {
    let person = ctx.person()?;
    ctx.need(Permission::MarkSelf, Target::Person(person))?;
    let changed = if named {
        leaderboard::join(tx, person, ctx.now())?
    } else {
        leaderboard::leave(tx, person)?
    };
    if !changed {
        return Ok(());
    }
    let change = Change::new("leaderboard.choose", "person", person).on(person);
    let fields = |named: bool| json!({ "leaderboard": named });
    Ok(tx.journal(change.changed(&fields(!named), &fields(named), 0))?)
}
