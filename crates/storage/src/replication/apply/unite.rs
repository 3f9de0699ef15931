//! Finding records that are one: by their keys, or because what they are about turned out to be
//! one. Each such finding may lead to others, until nothing changes.

use super::changes::{Changes, MARK};
use super::redirects::Redirects;
use super::{Id, Pass, claims, conflicts, derived, entity_of, refers};
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
    let mut following: BTreeSet<Id> = BTreeSet::new();
    while !waiting.is_empty() {
        let batch = std::mem::take(&mut waiting);
        pass.learn(tx, &batch)?;
        let records: Vec<_> =
            batch.iter().filter_map(|id| Some((*id, pass.journal.of(*id)?))).collect();
        let pairs = claims::put(tx, &pass.redirects, &records)?;
        united.join(tx, pass, pairs, &mut waiting)?;
        let follows = |id: &&Id| derived::KINDS.contains(&id.0);
        following.extend(batch.iter().filter(follows));
        united.touched.extend(batch.iter().map(|id| (id.0, pass.redirects.resolve(*id))));
        if waiting.is_empty() {
            // Not before it is clear which those are from which their ids follow.
            let pairs = moved(tx, pass, &following)?;
            united.join(tx, pass, pairs, &mut waiting)?;
        }
    }
    let stand: BTreeSet<Id> =
        united.touched.iter().map(|id| (id.0, pass.redirects.resolve(*id))).collect();
    united.touched = stand;
    let follows: BTreeSet<Id> =
        united.follows.iter().map(|id| (id.0, pass.redirects.resolve(*id))).collect();
    united.follows = follows;
    Ok(united)
}

impl United {
    /// Makes the records of these pairs one; what follows from it is to be looked at.
    fn join(
        &mut self,
        tx: &mut WriteTx<'_>,
        pass: &mut Pass<'_>,
        pairs: Vec<(Id, Uuid)>,
        waiting: &mut BTreeSet<Id>,
    ) -> Result<()> {
        for ((entity, one), other) in pairs {
            let session = pass.journal.session(one);
            let found = join(tx, &mut pass.redirects, (entity, one), other, session)?;
            let Some((from, to)) = found else { continue };
            self.led.insert(from);
            self.led.remove(&to);
            self.touched.insert(to);
            self.follows.insert(to);
            let mut follow = refers::referrers_of(tx, from, false, |mark, session| {
                pass.journal.note(mark, Some(session));
            })?;
            if derived::KINDS.contains(&entity) {
                // It may have to move on.
                waiting.insert(to);
            } else {
                // Keys and values that lost may name any of those that are one now.
                for (name, ..) in pass.redirects.leading_to(tx, &BTreeSet::from([to]))? {
                    follow.extend(claims::naming(tx, name.1)?);
                    follow.extend(conflicts::naming(tx, name.1)?);
                }
            }
            self.follows.extend(&follow);
            waiting.extend(follow);
        }
        Ok(())
    }
}

impl Pass<'_> {
    /// Reads the changes of these, and where what they name leads.
    fn learn(&mut self, tx: &mut ReadTx<'_>, records: &BTreeSet<Id>) -> Result<()> {
        self.journal.load(tx, records.iter().copied())?;
        let own = records.iter().map(|(_, id)| *id);
        let named = records.iter().filter_map(|id| self.journal.of(*id)).flat_map(Changes::ids);
        self.redirects.learn(tx, own.chain(named))
    }
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
    following: &BTreeSet<Id>,
) -> Result<Vec<(Id, Uuid)>> {
    if pass.redirects.is_empty() {
        return Ok(Vec::new());
    }
    pass.learn(tx, following)?;
    let mut moved = Vec::new();
    for id in following {
        let mut fields = Fields::new();
        for op in pass.journal.of(*id).into_iter().flat_map(|all| all.record.ops()) {
            // Of whom and what a record is, its first change says.
            for (field, value) in &op.values {
                fields.entry(field.clone()).or_insert_with(|| value.clone());
            }
        }
        let of = |fields: &Fields| derived::id(id.0, |field| fields.get(field));
        // A record that others lead to may have no change of its own, and may have to wait.
        if fields.is_empty() {
            fields = row(tx, pass, *id)?;
            if of(&fields).is_none() {
                fields = of_members(tx, pass, *id)?;
            }
        } else if of(&fields) != Some(id.1) {
            continue;
        }
        lead(id.0, &mut fields, &pass.redirects);
        let Some(after) = of(&fields) else { continue };
        let session = fields.get("session").and_then(Json::as_str);
        let session = session.and_then(|text| Uuid::try_parse(text).ok());
        pass.journal.note(after, session.filter(|_| id.0 == MARK));
        if after != id.1 {
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
fn row(tx: &mut ReadTx<'_>, pass: &mut Pass<'_>, (entity, id): Id) -> Result<Fields> {
    let Some(table) = tables::table_of(entity, id) else { return Ok(Fields::new()) };
    let topic = pass.journal.session(id).filter(|_| entity == MARK);
    let mut rows = tables::rows(tx, table, &[At { id, topic }])?;
    let mut fields = rows.remove(&id).unwrap_or_default();
    let named = fields.values().filter_map(|value| Uuid::try_parse(value.as_str()?).ok());
    pass.redirects.learn(tx, named.chain(topic))?;
    if let Some(topic) = topic {
        fields.insert("session".to_owned(), topic.to_string().into());
    }
    Ok(fields)
}

/// Leads what the fields of a record name to the records that stand.
pub(in crate::replication) fn lead(
    entity: &'static str,
    fields: &mut Fields,
    redirects: &Redirects,
) {
    if redirects.is_empty() {
        return;
    }
    let names = refers::names(entity);
    for &(field, kind) in &names.fields {
        if let Some(value) = fields.get_mut(field) {
            led(value, kind, redirects);
        }
    }
    for &(field, name, kind) in &names.lines {
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
