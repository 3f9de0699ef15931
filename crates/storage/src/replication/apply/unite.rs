//! Finding records that are one: by their keys, or because what they are about turned out to be
//! one. Each such finding may lead to others, until nothing changes.

use super::changes::MARK;
use super::redirects::Redirects;
use super::{Id, Pass, claims, derived, entity_of, refers};
use crate::replication::tables::{self, At, Fields};
use crate::{ReadTx, Result, WriteTx};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What finding came to.
#[derive(Debug, Default)]
pub(super) struct United {
    /// Records whose rows have to be looked at, each the one that stands.
    pub touched: BTreeSet<Id>,
    /// Records that lead to others since now.
    pub led: BTreeSet<Id>,
    /// Those of the touched that stand for others now, or name some that lead elsewhere.
    pub follows: BTreeSet<Id>,
}

/// Looks at these records, and at all that follows from it.
pub(super) fn unite(
    tx: &mut WriteTx<'_>,
    pass: &mut Pass<'_>,
    first: &BTreeSet<Id>,
) -> Result<United> {
    let mut united = United::default();
    let mut waiting = first.clone();
    while !waiting.is_empty() {
        let batch = std::mem::take(&mut waiting);
        pass.journal.load(tx, batch.iter().copied())?;
        let own = batch.iter().map(|(_, id)| *id);
        let named = batch.iter().filter_map(|id| pass.journal.of(*id)).flat_map(|all| all.ids());
        let ids: Vec<Uuid> = own.chain(named).collect();
        pass.redirects.learn(tx, ids)?;
        let records: Vec<_> =
            batch.iter().filter_map(|id| Some((*id, pass.journal.of(*id)?))).collect();
        let mut pairs = claims::put(tx, &pass.redirects, &records)?;
        pairs.extend(moved(tx, pass, &batch)?);
        for ((entity, one), other) in pairs {
            let session = pass.journal.session(one);
            let found = join(tx, &mut pass.redirects, (entity, one), other, session)?;
            if let Some((from, to)) = found {
                united.led.insert(from);
                united.led.remove(&to);
                united.touched.insert(to);
                united.follows.insert(to);
                let mut follow = refers::referrers_of(tx, from, false, |mark, session| {
                    pass.journal.note(mark, Some(session));
                })?;
                follow.extend(claims::naming(tx, from.1)?);
                united.follows.extend(&follow);
                waiting.extend(follow);
            }
        }
        united.touched.extend(batch.iter().map(|id| (id.0, pass.redirects.resolve(*id))));
    }
    let stand: BTreeSet<Id> =
        united.touched.iter().map(|id| (id.0, pass.redirects.resolve(*id))).collect();
    united.touched = stand;
    let follows: BTreeSet<Id> =
        united.follows.iter().map(|id| (id.0, pass.redirects.resolve(*id))).collect();
    united.follows = follows;
    Ok(united)
}

/// Makes two records one: which leads to which, unless they were one already. Of those with ids of
/// their own the smaller one stands.
fn join(
    tx: &mut WriteTx<'_>,
    redirects: &mut Redirects,
    (entity, one): Id,
    other: Uuid,
    session: Option<Uuid>,
) -> Result<Option<(Id, Id)>> {
    redirects.learn(tx, [one, other])?;
    if derived::KINDS.contains(&entity) {
        if redirects.resolve((entity, one)) == other {
            return Ok(None);
        }
        redirects.lead(tx, (entity, one), other, session)?;
        return Ok(Some(((entity, one), (entity, other))));
    }
    let (one, other) = (redirects.resolve((entity, one)), redirects.resolve((entity, other)));
    if one == other {
        return Ok(None);
    }
    let (from, to) = (one.max(other), one.min(other));
    redirects.lead(tx, (entity, from), to, None)?;
    Ok(Some(((entity, from), (entity, to))))
}

/// Records whose ids follow from others that lead elsewhere, with the ids that they have by that.
fn moved(
    tx: &mut ReadTx<'_>,
    pass: &mut Pass<'_>,
    batch: &BTreeSet<Id>,
) -> Result<Vec<(Id, Uuid)>> {
    if pass.redirects.is_empty() {
        return Ok(Vec::new());
    }
    let mut moved = Vec::new();
    for id in batch.iter().filter(|(entity, _)| derived::KINDS.contains(entity)) {
        let mut fields = Fields::new();
        for op in pass.journal.of(*id).into_iter().flat_map(|all| all.record.ops()) {
            // Of whom and what a record is, its first change says.
            for (field, value) in &op.values {
                fields.entry(field.clone()).or_insert_with(|| value.clone());
            }
        }
        // A record that others lead to may have no change of its own, and may have to wait.
        let before = if fields.is_empty() {
            fields = row(tx, pass, *id)?;
            if derived::id(id.0, |field| fields.get(field)).is_none() {
                fields = of_members(tx, pass, *id)?;
            }
            Some(id.1)
        } else {
            derived::id(id.0, |field| fields.get(field))
        };
        let mut led = fields.clone();
        lead(id.0, &mut led, &pass.redirects);
        let after = derived::id(id.0, |field| led.get(field));
        if let (Some(before), Some(after)) = (before, after)
            && before != after
        {
            let session = led.get("session").and_then(Json::as_str);
            let session = session.and_then(|text| Uuid::try_parse(text).ok());
            pass.journal.note(after, session.filter(|_| id.0 == MARK));
            moved.push((*id, after));
        }
    }
    Ok(moved)
}

/// What one of those that lead to a record is about.
fn of_members(tx: &mut ReadTx<'_>, pass: &mut Pass<'_>, id: Id) -> Result<Fields> {
    let mut fields = Fields::new();
    let leading = pass.redirects.leading_to(tx, &BTreeSet::from([id]))?;
    for (from, _, session) in &leading {
        pass.journal.note(from.1, *session);
    }
    pass.journal.load(tx, leading.iter().map(|(from, ..)| *from))?;
    let Some(all) = leading.iter().find_map(|(from, ..)| pass.journal.of(*from)) else {
        return Ok(fields);
    };
    for op in all.record.ops() {
        for (field, value) in &op.values {
            fields.entry(field.clone()).or_insert_with(|| value.clone());
        }
    }
    let ids: Vec<Uuid> = all.ids().collect();
    pass.redirects.learn(tx, ids)?;
    Ok(fields)
}

/// A row by its record, with the session of a mark.
fn row(tx: &mut ReadTx<'_>, pass: &Pass<'_>, (entity, id): Id) -> Result<Fields> {
    let Some(table) = tables::table_of(entity, id) else { return Ok(Fields::new()) };
    let topic = pass.journal.session(id).filter(|_| entity == MARK);
    let mut rows = tables::rows(tx, table, &[At { id, topic }])?;
    let mut fields = rows.remove(&id).unwrap_or_default();
    if let Some(topic) = topic {
        fields.insert("session".to_owned(), topic.to_string().into());
    }
    Ok(fields)
}

/// Leads what the fields of a record name to the records that stand.
pub(super) fn lead(entity: &'static str, fields: &mut Fields, redirects: &Redirects) {
    if redirects.is_empty() {
        return;
    }
    for (field, kind) in refers::fields(entity) {
        if let Some(value) = fields.get_mut(field) {
            led(value, kind, redirects);
        }
    }
    for (field, name, kind) in refers::lines(entity) {
        let Some(Json::Array(lines)) = fields.get_mut(field) else { continue };
        for line in lines {
            match line {
                Json::Object(line) => {
                    if let Some(value) = line.get_mut(name) {
                        led(value, kind, redirects);
                    }
                }
                value => led(value, kind, redirects),
            }
        }
    }
}

fn led(value: &mut Json, kind: &str, redirects: &Redirects) {
    let id = value.as_str().and_then(|text| Uuid::try_parse(text).ok());
    if let (Some(entity), Some(id)) = (entity_of(kind), id) {
        let stands = redirects.resolve((entity, id));
        if stands != id {
            *value = stands.to_string().into();
        }
    }
}
