//! What another node changed in a record that had been merged meanwhile. Whether the record that stayed
//! should have it is for people to say: the merge chose among what was there then.

use super::arrived::end_of;
use super::fields::{FIELDS, PHOTO, field};
use crate::notices::{Notice, tell_those_who_may};
use crate::people::{PersonInput, studies};
use crate::{Ctx, Result};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{EntryId, PersonId};
use muster_domain::notices::NoticeKind;
use muster_journal::Entry;
use muster_journal::sync::{Batch, Item};
use muster_storage::people::{self, PersonRow};
use muster_storage::{ReadTx, WriteTx, merges, photos};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Longest value that a notice repeats, in characters.
const LONGEST: usize = 120;

/// What came for a merged record: the fields, and the last entry that changed one.
struct Edited {
    fields: BTreeSet<&'static str>,
    last: EntryId,
}

/// Tells those who manage people what a batch changed in records that lead to others.
pub(super) fn tell_edited(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    (batch, came): (&Batch, &BTreeSet<(&'static str, Uuid)>),
) -> Result<()> {
    let mut edited: BTreeMap<PersonId, Edited> = BTreeMap::new();
    for item in &batch.items {
        let Item::Entry(sent) = item else { continue };
        let (entity, id) = (&sent.entry.entity, sent.entry.entity_id);
        if entity == "person" && came.contains(&("person", id)) {
            let fields = changed(&sent.entry);
            if !fields.is_empty() {
                let last = sent.entry.id;
                let new = || Edited { fields: BTreeSet::new(), last };
                let of = edited.entry(PersonId(id)).or_insert_with(new);
                of.fields.extend(fields);
                of.last = last;
            }
        }
    }
    for row in merges::led(tx, edited.keys().copied().collect::<Vec<_>>())? {
        let end = end_of(tx, row.merged, |tx, person| Ok(merges::merged_into(tx, person)?))?;
        if let (Some(kept), Some(edited)) = (end, edited.get(&row.merged)) {
            tell(tx, ctx, [kept, row.merged], edited)?;
        }
    }
    Ok(())
}

/// The fields to which an entry gave other values.
fn changed(entry: &Entry) -> Vec<&'static str> {
    let read = |text: &Option<String>| -> Map<String, Value> {
        text.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    };
    let (before, after) = (read(&entry.before), read(&entry.after));
    let other =
        |key: &str| matches!((before.get(key), after.get(key)), (Some(a), Some(b)) if a != b);
    FIELDS.into_iter().map(|(key, _)| key).chain([PHOTO]).filter(|key| other(key)).collect()
}

fn tell(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    [kept, merged]: [PersonId; 2],
    Edited { fields, last }: &Edited,
) -> Result<()> {
    let (Some((stays, ours)), Some((leads, theirs))) = (input(tx, kept)?, input(tx, merged)?)
    else {
        return Ok(());
    };
    let mut differ = differing(ours, theirs, fields);
    if fields.contains(PHOTO) && picture(tx, kept)? != picture(tx, merged)? {
        differ.push("Photo: another one".to_owned());
    }
    if differ.is_empty() {
        return Ok(());
    }
    let notice = Notice {
        kind: NoticeKind::MergedChanged,
        occasion: format!("people/{merged}/changed/{last}"),
        title: format!("A merged record of {} was changed", stays.name),
        body: format!(
            "A node that had not heard of the merge changed the record {}. {}. Nothing of it was taken \
             over: if it is right, change the record that stayed.",
            leads.number,
            differ.join("; ")
        ),
        link: Some(format!("/people/{kept}")),
    };
    tell_those_who_may(tx, ctx, (Permission::ManagePeople, Target::Institution), &notice)
}

/// The fields of which the two records hold different values, in words.
fn differing(
    mut ours: PersonInput,
    mut theirs: PersonInput,
    fields: &BTreeSet<&'static str>,
) -> Vec<String> {
    let of = |(key, label): (&'static str, &'static str)| {
        let (own, other) = (field(&mut ours, key), field(&mut theirs, key));
        (own != other).then(|| format!("{label}: {} (here {})", shown(other), shown(own)))
    };
    FIELDS.into_iter().filter(|(key, _)| fields.contains(key)).filter_map(of).collect()
}

fn picture(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Option<Vec<u8>>> {
    Ok(photos::state(tx, person)?.map(|state| state.digest))
}

fn input(tx: &mut ReadTx<'_>, person: PersonId) -> Result<Option<(PersonRow, PersonInput)>> {
    let Some(row) = people::get(tx, person)? else { return Ok(None) };
    let input = PersonInput::of(&row, &studies::stored(tx, person)?);
    Ok(Some((row, input)))
}

/// A value as a notice repeats it.
fn shown(value: &str) -> String {
    if value.is_empty() {
        return "none".to_owned();
    }
    let short: String = value.chars().take(LONGEST).collect();
    format!("“{short}”")
}
