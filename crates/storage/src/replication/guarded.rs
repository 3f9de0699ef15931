//! What staff sign in by, and whether they may, is written on the hub alone. Else an edge in the wrong
//! hands could take over an administrator: by an address of its own for their new password, or by a
//! record of its own that becomes one with theirs.

use super::apply::stands_for;
use crate::merges;
use crate::people::{self, OwnerRow};
use crate::{ReadTx, Result, record, row, statements};
use muster_domain::auth::Role;
use muster_domain::ids::{EntryId, PersonId};
use muster_domain::text::fold;
use muster_journal::Entry;
use muster_journal::kinds::{kind_of, rule_of};
use muster_journal::record::Op;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The fields that are the hub's, of staff.
const OWN: [&str; 5] = ["active", "email", "merged_into", "number", "username"];
/// Those by which somebody is known.
const NAMES: [&str; 3] = ["email", "number", "username"];

record! {
    struct ClaimedRow {
        alias: Uuid,
        record: Uuid,
    }
}

statements! {
    CLAIMED = {
        sqlite: "select alias, record from claims where alias = ?1",
        postgres: "select alias, record from claims where alias = any(?1::uuid[])",
    };
}

/// What an entry says of a person.
struct Said {
    entry: EntryId,
    person: Uuid,
    /// Whether it writes any of their guarded fields, or removes them.
    own: bool,
    /// What they are to be known by, folded.
    names: Vec<String>,
    /// The key that they take: who had it once becomes one with them.
    key: Option<Uuid>,
    /// Into whose record theirs is to lead.
    into: Option<Uuid>,
}

impl Said {
    fn of(entry: &Entry) -> Option<Self> {
        if entry.entity != "person" {
            return None;
        }
        rule_of(entry)?;
        // What can't be read changes nothing.
        let op = Op::of(entry, Uuid::nil()).ok()?;
        let text = |field: &&str| match op.values.get(*field)? {
            Value::String(text) => Some(fold(text)),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let key = kind_of("person")?.alias(|field| op.values.get(field));
        let into = op.values.get("merged_into").and_then(Value::as_str);
        Some(Self {
            entry: entry.id,
            person: entry.entity_id,
            own: op.removes() || OWN.iter().any(|field| op.values.contains_key(*field)),
            names: NAMES.iter().filter_map(text).collect(),
            key: key.map(|key| key.0),
            into: into.and_then(|id| Uuid::try_parse(id).ok()),
        })
    }
}

/// Which of these entries concern what staff sign in by.
pub(crate) fn guarded<'e>(
    tx: &mut ReadTx<'_>,
    entries: impl IntoIterator<Item = &'e Entry>,
) -> Result<BTreeSet<EntryId>> {
    let said: Vec<Said> = entries.into_iter().filter_map(Said::of).collect();
    if said.is_empty() {
        return Ok(BTreeSet::new());
    }
    let (owners, claimed) = (owners(tx, &said)?, claimed(tx, &said)?);
    let concerned = |said: &Said| {
        let mut all: Vec<Uuid> = said.own.then_some(said.person).into_iter().collect();
        all.extend(said.into);
        all.extend(said.names.iter().filter_map(|name| owners.get(name)).flatten());
        all.extend(said.key.and_then(|key| claimed.get(&key)).into_iter().flatten());
        all
    };
    let concerned: Vec<_> = said.iter().map(|said| (said.entry, concerned(said))).collect();
    let staff = staff(tx, concerned.iter().flat_map(|(_, people)| people).copied().collect())?;
    let guarded = concerned.iter().filter(|(_, people)| people.iter().any(|id| staff.contains(id)));
    Ok(guarded.map(|(entry, _)| *entry).collect())
}

/// Who is known by these names.
fn owners(tx: &mut ReadTx<'_>, said: &[Said]) -> Result<BTreeMap<String, Vec<Uuid>>> {
    let names: BTreeSet<&String> = said.iter().flat_map(|said| &said.names).collect();
    let names: Vec<String> = names.into_iter().cloned().collect();
    let mut owners: BTreeMap<String, Vec<Uuid>> = BTreeMap::new();
    for (folded, row) in people::by_numbers(tx, &names)? {
        owners.entry(folded).or_default().push(row.id.0);
    }
    let (emails, usernames) = (people::by_emails(tx, &names)?, people::by_usernames(tx, &names)?);
    for OwnerRow { person, folded } in emails.into_iter().chain(usernames) {
        owners.entry(folded).or_default().push(person.0);
    }
    Ok(owners)
}

/// Who took these keys at any time.
fn claimed(tx: &mut ReadTx<'_>, said: &[Said]) -> Result<BTreeMap<Uuid, Vec<Uuid>>> {
    let keys: BTreeSet<Uuid> = said.iter().filter_map(|said| said.key).collect();
    let rows: Vec<ClaimedRow> = tx.all_many(&CLAIMED, keys.iter().map(|key| row![*key]))?;
    let mut claimed: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for ClaimedRow { alias, record } in rows {
        claimed.entry(alias).or_default().push(record);
    }
    Ok(claimed)
}

/// Those of these people, and of those to whose records theirs lead, who hold a role other than a
/// student's.
fn staff(tx: &mut ReadTx<'_>, people: BTreeSet<Uuid>) -> Result<BTreeSet<Uuid>> {
    let mut led_to: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    let mut front: Vec<Uuid> = people.iter().copied().collect();
    let mut known = people;
    while !front.is_empty() {
        let led = stands_for(tx, &front)?;
        let merged = merges::led(tx, front.drain(..).map(PersonId))?;
        let merged = merged.into_iter().map(|row| (row.merged.0, row.kept.0));
        for (from, to) in led.into_iter().chain(merged) {
            led_to.entry(to).or_default().push(from);
            if known.insert(to) {
                front.push(to);
            }
        }
    }
    let known: Vec<PersonId> = known.into_iter().map(PersonId).collect();
    let grants = people::grants_many(tx, &known)?;
    let grants = grants.into_iter().filter(|grant| grant.role != Role::Student);
    let mut staff: BTreeSet<Uuid> = grants.map(|grant| grant.person.0).collect();
    let mut front: Vec<Uuid> = staff.iter().copied().collect();
    while let Some(to) = front.pop() {
        for from in led_to.get(&to).into_iter().flatten() {
            if staff.insert(*from) {
                front.push(*from);
            }
        }
    }
    Ok(staff)
}
