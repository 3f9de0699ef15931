//! Who is likely to be there twice.

use crate::{Ctx, Result};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::PersonId;
use muster_domain::merging::{Likeness, Traits, is_likely, likenesses};
use muster_domain::text::fold;
use muster_storage::finding::Search;
use muster_storage::people::PersonRow;
use muster_storage::students::StudentRow;
use muster_storage::{ReadTx, finding, merges, people, students};
use std::collections::HashMap;

/// Names looked at for one page.
const NAMES: i64 = 50;
/// People of one name that are compared with each other.
const NAMESAKES: i64 = 40;
/// From so many on a name says nothing by itself.
const COMMON: usize = 4;
/// People found by a part of a name that are compared with somebody.
const NEIGHBOURS: i64 = 100;

/// Two records that may be one person.
#[derive(Clone, Debug)]
pub struct Duplicate {
    /// The one that was there first.
    pub one: PersonRow,
    /// The other.
    pub other: PersonRow,
    /// What they have in common.
    pub why: Vec<Likeness>,
}

/// Likely duplicates among people of the same name, in order of names after `after`, and where to
/// go on.
pub fn duplicates(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    after: &str,
) -> Result<(Vec<Duplicate>, Option<String>)> {
    ctx.need(Permission::ManagePeople, Target::Institution)?;
    let names = merges::same_names(tx, after, NAMES)?;
    let full = i64::try_from(names.len()).is_ok_and(|found| found == NAMES);
    let next = names.last().filter(|_| full).cloned();
    let mut found = Vec::new();
    for name in names {
        let ids = merges::named(tx, &name, NAMESAKES)?;
        let known = Known::load(tx, &ids)?;
        for (at, one) in known.people.iter().enumerate() {
            for other in known.people.iter().skip(at + 1) {
                found.extend(known.compare(one, other, known.people.len() >= COMMON));
            }
        }
    }
    Ok((found, next))
}

/// Who may be the same person as this one: those who share most words of the name, or a number or
/// an address.
pub fn lookalikes(tx: &mut ReadTx<'_>, ctx: &Ctx, id: PersonId) -> Result<Vec<Duplicate>> {
    ctx.need(Permission::ManagePeople, Target::Institution)?;
    let Some(person) = people::get(tx, id)? else { return Ok(Vec::new()) };
    let student = students::get(tx, id)?.unwrap_or_else(|| StudentRow::nothing(id));
    let mut ids = Vec::new();
    for text in asked(&person.name) {
        let search = Search { text: &text, role: None, after: None, limit: NEIGHBOURS };
        ids.extend(finding::search(tx, &search)?.into_iter().map(|row| row.id));
    }
    let mut numbers = vec![fold(&person.number)];
    numbers.extend(student.enrolment_number.as_deref().map(fold));
    let owners = students::by_enrolment_numbers(tx, &numbers)?;
    ids.extend(owners.into_iter().map(|row| row.person));
    ids.extend(people::by_numbers(tx, &numbers)?.into_values().map(|row| row.id));
    let emails: Vec<String> = student.second_email.as_deref().map(fold).into_iter().collect();
    ids.extend(people::by_emails(tx, &emails)?.into_iter().map(|row| row.person));
    ids.retain(|other| *other != id);
    ids.sort_unstable();
    ids.dedup();
    ids.push(id);
    let known = Known::load(tx, &ids)?;
    let others = known.people.iter().filter(|row| row.id != id);
    let mut found: Vec<_> =
        others.filter_map(|other| known.compare(&person, other, false)).collect();
    found.sort_by(|a, b| a.why.cmp(&b.why).then_with(|| a.other.name.cmp(&b.other.name)));
    Ok(found)
}

/// The name, and the name without each of its words.
fn asked(name: &str) -> Vec<String> {
    let words: Vec<&str> = name.split_whitespace().collect();
    let mut asked = vec![name.to_owned()];
    if (2..=5).contains(&words.len()) {
        asked.extend((0..words.len()).map(|left_out| {
            let rest = words.iter().enumerate().filter(|(at, _)| *at != left_out);
            rest.map(|(_, word)| *word).collect::<Vec<_>>().join(" ")
        }));
    }
    asked
}

struct Known {
    people: Vec<PersonRow>,
    studies: HashMap<PersonId, StudentRow>,
}

impl Known {
    fn load(tx: &mut ReadTx<'_>, ids: &[PersonId]) -> Result<Self> {
        let mut people = people::get_many(tx, ids)?;
        people.sort_by_key(|row| row.id);
        let studies = students::get_many(tx, ids)?;
        Ok(Self { people, studies: studies.into_iter().map(|row| (row.person, row)).collect() })
    }

    fn traits<'a>(&'a self, row: &'a PersonRow) -> Traits<'a> {
        let text = |text: &'a Option<String>| text.as_deref().unwrap_or_default();
        let student = self.studies.get(&row.id);
        Traits {
            name: &row.name,
            number: &row.number,
            enrolment_number: student.map_or("", |row| text(&row.enrolment_number)),
            emails: [text(&row.email), student.map_or("", |row| text(&row.second_email))],
            phone: text(&row.phone),
            guardian_email: student.map_or("", |row| text(&row.guardian_email)),
        }
    }

    fn compare(&self, one: &PersonRow, other: &PersonRow, common: bool) -> Option<Duplicate> {
        let why = likenesses(&self.traits(one), &self.traits(other));
        let likely = is_likely(&why, common);
        likely.then(|| Duplicate { one: one.clone(), other: other.clone(), why })
    }
}
