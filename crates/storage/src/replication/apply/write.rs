//! Storing what stands: what is needed comes first, what is gone goes last.

use super::changes::MARK;
use super::drafts::{Draft, Drafts, REFERRED};
use super::pending::Waits;
use super::{Id, Pass, counts, derived, holders, leading, news, refers, unique};
use crate::replication::tables::{self, At, Fields, New, Written};
use crate::{Result, WriteTx};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A row of a record that leads to another one.
type Led = (Id, (At, Fields));

/// Stores all of them that can be; which records came or went by it. `led` are those that lead to
/// others since now.
pub(super) fn write(
    tx: &mut WriteTx<'_>,
    pass: &mut Pass<'_>,
    drafts: &mut Drafts,
    led: &BTreeSet<Id>,
) -> Result<BTreeSet<Uuid>> {
    let rows = led_rows(tx, pass)?;
    let counted = counts::before(tx, drafts, &rows)?;
    let opened = opened(tx, drafts)?;
    let mut there: BTreeSet<Id> = BTreeSet::new();
    let mut touched: BTreeSet<&'static str> = BTreeSet::new();
    for kind in refers::ORDER.iter().copied() {
        let mine: Vec<usize> = (0..drafts.all.len())
            .filter(|at| drafts.all.get(*at).is_some_and(|draft| draft.id.0 == kind))
            .collect();
        if mine.is_empty() {
            continue;
        }
        touched.insert(kind);
        let ready = ready(drafts, &mine, &mut there);
        make_room(tx, drafts, &mine)?;
        for (id, (at, fields)) in rows.iter().filter(|(id, _)| id.0 == kind) {
            let stands = (kind, pass.redirects.resolve(*id));
            // Nothing refers to those whose ids follow from others.
            if derived::KINDS.contains(&kind) {
                if there.contains(&stands) || drafts.is_gone(stands) {
                    remove(tx, *id, *at, fields)?;
                }
            } else if there.contains(&stands) {
                leading::park(tx, *id)?;
            }
        }
        put(tx, drafts, (&ready, &opened))?;
    }
    let (mut gone, others): (Vec<Id>, Vec<Led>) =
        (Vec::new(), rows.into_iter().filter(|(id, _)| !derived::KINDS.contains(&id.0)).collect());
    for row in others.iter().filter(|(id, _)| there.contains(&(id.0, pass.redirects.resolve(*id))))
    {
        if give_way(tx, pass, drafts, row)? {
            gone.push(row.0);
        }
    }
    gone.extend(take_away(tx, pass, drafts, &others)?);
    unique::settle(tx, pass, drafts, &touched)?;
    holders::settle(tx, drafts)?;
    counts::after(tx, drafts, counted)?;
    news::note(tx, drafts)?;
    // Who waits for one that leads to another waits no longer, nor who stays while one needs it.
    Ok(there.iter().chain(led).chain(&gone).map(|(_, id)| *id).collect())
}

/// Removes the row of a record that leads to another one, unless a row that can't be written anew
/// still needs it; whether it is removed.
fn give_way(
    tx: &mut WriteTx<'_>,
    pass: &Pass<'_>,
    drafts: &mut Drafts,
    (id, (at, fields)): &Led,
) -> Result<bool> {
    leading::follow(tx, *id, pass.redirects.resolve(*id))?;
    let needing = refers::referrers_of(tx, *id, true, |_, _| ())?;
    match needing.into_iter().find(|other| other != id) {
        None => {
            remove(tx, *id, *at, fields)?;
            Ok(true)
        }
        Some((_, other)) => {
            let why = "it is another record, but something still refers to it".to_owned();
            drafts.noted.insert(*id, Waits { waits_for: Some(other), why });
            Ok(false)
        }
    }
}

/// The rows of records that lead to others; those of what needs others first.
fn led_rows(tx: &mut WriteTx<'_>, pass: &Pass<'_>) -> Result<Vec<Led>> {
    let place = |id: &Id| refers::ORDER.iter().position(|kind| *kind == id.0);
    let mut ids: Vec<Id> = pass.led.iter().copied().collect();
    ids.sort_by_key(|id| std::cmp::Reverse(place(id)));
    let mut rows = Vec::new();
    for id in ids {
        let Some(table) = tables::table_of(id.0, id.1) else { continue };
        let topic = pass.journal.session(id.1).filter(|_| id.0 == MARK);
        let at = At { id: id.1, topic };
        let mut found = tables::rows(tx, table, &[at])?;
        if let Some(fields) = found.remove(&id.1) {
            rows.push((id, (at, fields)));
        }
    }
    Ok(rows)
}

fn remove(tx: &mut WriteTx<'_>, id: Id, at: At, fields: &Fields) -> Result<()> {
    match tables::table_of(id.0, id.1) {
        Some(table) => tables::remove(tx, table, at, fields),
        None => Ok(()),
    }
}

/// Those of these that can be stored, each after those of its kind that it needs; the others have to
/// wait for a record that is not there.
fn ready(drafts: &mut Drafts, mine: &[usize], there: &mut BTreeSet<Id>) -> Vec<usize> {
    let Drafts { all, waiting, present, .. } = drafts;
    let fit = mine.iter().filter_map(|at| Some((*at, all.get(*at)?)));
    let fit = fit.filter(|(_, draft)| !draft.gone && !waiting.contains_key(&draft.id));
    let (mut left, kept): (Vec<(usize, &Draft)>, Vec<_>) =
        fit.partition(|(_, draft)| draft.is_written());
    there.extend(kept.into_iter().map(|(_, draft)| draft.id));
    let mut ready = Vec::with_capacity(left.len());
    loop {
        let before = ready.len();
        left.retain(|(at, draft)| {
            let lacks = lacks(draft, there, present).is_some();
            if !lacks {
                there.insert(draft.id);
                ready.push(*at);
            }
            lacks
        });
        if ready.len() == before {
            break;
        }
    }
    for (_, draft) in left {
        if let Some((kind, id)) = lacks(draft, there, present) {
            let why = format!("its {kind} is not here");
            waiting.insert(draft.id, Waits { waits_for: Some(id), why });
        }
    }
    ready
}

/// The first record that a row needs and that is not there.
fn lacks(draft: &Draft, there: &BTreeSet<Id>, present: &BTreeSet<Id>) -> Option<Id> {
    let here = |need: &Id| *need == draft.id || there.contains(need) || present.contains(need);
    draft.needs.iter().copied().find(|need| !here(need))
}

/// Lets rows that are about to change or to go give up what one alone may have, so that another
/// one can take it first.
fn make_room(tx: &mut WriteTx<'_>, drafts: &Drafts, mine: &[usize]) -> Result<()> {
    let mine = mine.iter().filter_map(|at| drafts.all.get(*at));
    let mine = mine.filter(|draft| draft.before.is_some() && !unique::concerns(draft.id.0));
    let changes = |draft: &&Draft| {
        draft.unfit().is_none() && (draft.gone || draft.is_written() && draft.is_other())
    };
    for draft in mine.filter(changes).filter(|draft| !drafts.waiting.contains_key(&draft.id)) {
        leading::park(tx, draft.id)?;
    }
    Ok(())
}

/// The sessions that have no row yet, so that no mark can be in the place of one of theirs.
fn opened(tx: &mut WriteTx<'_>, drafts: &Drafts) -> Result<BTreeSet<Uuid>> {
    let new = counts::of_kind(drafts, "session").filter(|draft| draft.before.is_none());
    let new: BTreeSet<Uuid> = new.map(|draft| draft.id.1).collect();
    let there = refers::present(tx, "session", &new)?;
    Ok(&new - &there)
}

/// Stores the rows of these that are new or other than before.
fn put(
    tx: &mut WriteTx<'_>,
    drafts: &Drafts,
    (ready, opened): (&[usize], &BTreeSet<Uuid>),
) -> Result<()> {
    let ready = ready.iter().filter_map(|at| drafts.all.get(*at));
    store(tx, ready.filter(|draft| draft.is_other()), opened)
}

fn store<'d>(
    tx: &mut WriteTx<'_>,
    drafts: impl IntoIterator<Item = &'d Draft>,
    opened: &BTreeSet<Uuid>,
) -> Result<()> {
    let mut by_table: BTreeMap<&'static str, Vec<&Draft>> = BTreeMap::new();
    for draft in drafts {
        by_table.entry(draft.table.name).or_default().push(draft);
    }
    for drafts in by_table.into_values() {
        let Some(table) = drafts.first().map(|draft| draft.table) else { continue };
        let rows: Vec<New<'_>> = drafts
            .iter()
            .map(|draft| {
                let (at, fields) = (draft.at, &draft.fields);
                let version = draft.standing.version.map_or(0, |version| version.clock);
                // Until it is clear who keeps what one alone may have.
                let contested = unique::concerns(draft.id.0);
                let written = Written { at, fields, version, contested };
                let fresh = draft.before.is_none() && !draft.changes.known;
                let session = draft.at.topic.filter(|_| draft.id.0 == MARK);
                let free = fresh && session.is_some_and(|session| opened.contains(&session));
                New { written, fresh, free }
            })
            .collect();
        tables::put_many(tx, table, &rows)?;
    }
    Ok(())
}

/// Removes the rows of records that are gone, and of those that lead to them, unless something needs
/// one; which were removed.
fn take_away(
    tx: &mut WriteTx<'_>,
    pass: &Pass<'_>,
    drafts: &mut Drafts,
    led: &[Led],
) -> Result<Vec<Id>> {
    let place = |draft: &Draft| refers::ORDER.iter().position(|kind| *kind == draft.id.0);
    let leads_to = |(id, _): &&Led, to: Id| (id.0, pass.redirects.resolve(*id)) == to;
    let mut gone: Vec<&mut Draft> = drafts.all.iter_mut().filter(|draft| draft.gone).collect();
    gone.sort_by_key(|draft| std::cmp::Reverse(place(draft)));
    let (mut waits, mut staying, mut removed) = (Vec::new(), Vec::new(), Vec::new());
    for draft in gone {
        let mine: Vec<&Led> = led.iter().filter(|row| leads_to(row, draft.id)).collect();
        if draft.before.is_none() && mine.is_empty() {
            continue;
        }
        let own: Vec<Id> = std::iter::once(draft.id).chain(mine.iter().map(|row| row.0)).collect();
        if let Some(why) = needed(tx, &own)? {
            waits.push((draft.id, why));
            draft.give_up();
            if draft.unfit().is_none() {
                store(tx, [&*draft], &BTreeSet::new())?;
                staying.extend(mine);
            }
            continue;
        }
        for (id, (at, fields)) in mine {
            leading::drop_beside(tx, *id)?;
            remove(tx, *id, *at, fields)?;
        }
        if let Some(before) = &draft.before {
            leading::drop_beside(tx, draft.id)?;
            tables::remove(tx, draft.table, draft.at, before)?;
        }
        removed.extend(own);
    }
    drafts.noted.extend(waits);
    for row in staying {
        if give_way(tx, pass, drafts, row)? {
            removed.push(row.0);
        }
    }
    Ok(removed)
}

/// What these have to wait for before they go: something but themselves that needs one of them.
fn needed(tx: &mut WriteTx<'_>, own: &[Id]) -> Result<Option<Waits>> {
    let waits = |waits_for| Some(Waits { waits_for, why: REFERRED.to_owned() });
    for id in own {
        let needing = refers::referrers_of(tx, *id, true, |_, _| ())?;
        if let Some((_, by)) = needing.into_iter().find(|other| !own.contains(other)) {
            return Ok(waits(Some(by)));
        }
    }
    for id in own {
        if leading::holds(tx, *id)? {
            return Ok(waits(None));
        }
    }
    Ok(None)
}
