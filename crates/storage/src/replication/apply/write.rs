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

/// Stores all of them that can be; which records are there now.
pub(super) fn write(
    tx: &mut WriteTx<'_>,
    pass: &mut Pass<'_>,
    drafts: &mut Drafts,
) -> Result<BTreeSet<Uuid>> {
    let led = led_rows(tx, pass)?;
    let counted = counts::before(tx, drafts, &led)?;
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
        wait(drafts, &mine, &mut there);
        for (id, (at, fields)) in led.iter().filter(|(id, _)| id.0 == kind) {
            if !there.contains(&(kind, pass.redirects.resolve(*id))) {
                continue;
            }
            // Nothing refers to those whose ids follow from others.
            if derived::KINDS.contains(&kind) {
                remove(tx, *id, *at, fields)?;
            } else {
                leading::park(tx, *id)?;
            }
        }
        put(tx, drafts, &mine)?;
    }
    let others = led.iter().filter(|(id, _)| !derived::KINDS.contains(&id.0));
    for row in others.filter(|(id, _)| there.contains(&(id.0, pass.redirects.resolve(*id)))) {
        give_way(tx, pass, drafts, row)?;
    }
    let gone = take_away(tx, drafts)?;
    unique::settle(tx, pass, drafts, &touched)?;
    holders::settle(tx, drafts)?;
    counts::after(tx, drafts, counted)?;
    news::note(tx, drafts)?;
    // Who waits for one that leads to another waits no longer, nor who stays while one needs it.
    Ok(there.iter().chain(&pass.led).chain(&gone).map(|(_, id)| *id).collect())
}

/// Removes the row of a record that leads to another one, unless a row that can't be written anew
/// still needs it.
fn give_way(
    tx: &mut WriteTx<'_>,
    pass: &Pass<'_>,
    drafts: &mut Drafts,
    (id, (at, fields)): &Led,
) -> Result<()> {
    leading::follow(tx, *id, pass.redirects.resolve(*id))?;
    let needing = refers::referrers_of(tx, *id, true, |_, _| ())?;
    match needing.into_iter().find(|other| other != id) {
        None => remove(tx, *id, *at, fields),
        Some((_, other)) => {
            let why = "it is another record, but something still refers to it".to_owned();
            drafts.noted.insert(*id, Waits { waits_for: Some(other), why });
            Ok(())
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

/// Finds out which of these have to wait for a record that is not there.
fn wait(drafts: &mut Drafts, mine: &[usize], there: &mut BTreeSet<Id>) {
    let Drafts { all, waiting, present, .. } = drafts;
    let fit = mine.iter().filter_map(|at| all.get(*at)).filter(|draft| !draft.gone);
    let fit: Vec<&Draft> = fit.filter(|draft| !waiting.contains_key(&draft.id)).collect();
    let batch: BTreeSet<Id> = fit.iter().map(|draft| draft.id).collect();
    for draft in fit.iter().filter(|draft| draft.is_written()) {
        let here =
            |need: &Id| there.contains(need) || batch.contains(need) || present.contains(need);
        if let Some((kind, id)) = draft.needs.iter().find(|need| !here(need)) {
            let why = format!("its {kind} is not here");
            waiting.insert(draft.id, Waits { waits_for: Some(*id), why });
        }
    }
    there.extend(batch.into_iter().filter(|id| !waiting.contains_key(id)));
}

/// Stores the rows of these that are new or other than before.
fn put(tx: &mut WriteTx<'_>, drafts: &Drafts, mine: &[usize]) -> Result<()> {
    let ready = mine.iter().filter_map(|at| drafts.all.get(*at));
    let ready = ready.filter(|draft| draft.is_written() && !drafts.waiting.contains_key(&draft.id));
    store(tx, ready.collect())
}

fn store(tx: &mut WriteTx<'_>, drafts: Vec<&Draft>) -> Result<()> {
    // A table whose rows name each other: what others may need comes first.
    let other = |draft: &&Draft| draft.before.as_ref().is_none_or(|row| *row != draft.told());
    let mut ready: Vec<&Draft> = drafts.into_iter().filter(other).collect();
    ready.sort_by_key(|draft| draft.needs.iter().any(|need| need.0 == draft.id.0));
    let mut by_table: BTreeMap<&'static str, Vec<&Draft>> = BTreeMap::new();
    for draft in ready {
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
                New { written, fresh: draft.before.is_none() && !draft.changes.known }
            })
            .collect();
        tables::put_many(tx, table, &rows)?;
    }
    Ok(())
}

/// Removes the rows of records that are gone, unless something needs them; which were removed.
fn take_away(tx: &mut WriteTx<'_>, drafts: &mut Drafts) -> Result<Vec<Id>> {
    let place = |draft: &Draft| refers::ORDER.iter().position(|kind| *kind == draft.id.0);
    let gone = |draft: &&Draft| draft.gone && draft.before.is_some();
    let mut gone: Vec<&Draft> = drafts.all.iter().filter(gone).collect();
    gone.sort_by_key(|draft| std::cmp::Reverse(place(draft)));
    let (mut waits, mut removed) = (Vec::new(), Vec::new());
    for draft in gone {
        let needing = refers::referrers_of(tx, draft.id, true, |_, _| ())?;
        let needing = needing.into_iter().find(|other| *other != draft.id);
        if needing.is_some() || leading::holds(tx, draft.id)? {
            let why = REFERRED.to_owned();
            waits.push((draft.id, Waits { waits_for: needing.map(|(_, id)| id), why }));
            if draft.unfit().is_none() {
                store(tx, vec![draft])?;
            }
            continue;
        }
        leading::drop_beside(tx, draft.id)?;
        let fields = draft.before.as_ref().unwrap_or(&draft.fields);
        tables::remove(tx, draft.table, draft.at, fields)?;
        removed.push(draft.id);
    }
    drafts.noted.extend(waits);
    Ok(removed)
}
