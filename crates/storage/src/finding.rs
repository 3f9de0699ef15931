//! Finding people by words, by role, or in order of their names.

use crate::people::{PersonRow, get, get_many};
use crate::{ReadTx, Result, WriteTx, args, record, row, statements};
use muster_domain::auth::Role;
use muster_domain::finding::{Findable, asked, near};
use muster_domain::ids::PersonId;
use muster_domain::text::fold;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Holders of a role up to whom they are gathered and sorted; beyond, people are read in order.
const FEW: i64 = 2000;
/// Rows that a word may have before it is cheaper to read everybody in order and to stop at the
/// end of the page.
const COMMON: i64 = 18_000;
/// Most words near to a misspelt one that are looked for.
const MOST_NEAR: usize = 8;

/// What to search people for.
#[derive(Clone, Debug, Default)]
pub struct Search<'a> {
    /// Beginnings of words of a name, number, user name or e-mail address; or a roll number.
    pub text: &'a str,
    /// Only holders of this role.
    pub role: Option<Role>,
    /// Person after whom to go on.
    pub after: Option<PersonId>,
    /// At most so many.
    pub limit: i64,
}

record! {
    /// Somebody found, with the name by which those found are ordered.
    #[derive(PartialEq, Eq, PartialOrd, Ord)]
    pub(crate) struct FoundRow {
        name: String,
        pub(crate) person: PersonId,
    }
}

record! {
    struct WordRow {
        word: String,
    }
}

statements! {
    // The range of the rarest word is read; the others are asked of each person in it. As single
    // rows: PostgreSQL would read the whole table for an `exists` beside an `or`.
    BY_WORDS = "select distinct w.name, w.person from person_words w
        where w.word >= ?1 and w.word < ?2 and (w.name, w.person) > (?3, ?4)
        and (?5 = '' or (select 1 from role_grants g
            where g.person = w.person and g.role = ?5 and g.ended_at is null limit 1) is not null)
        and (?6 = '' or (select 1 from person_words o
            where o.person = w.person and o.word >= ?6 and o.word < ?7 limit 1) is not null)
        and (?8 = '' or (select 1 from person_words o
            where o.person = w.person and o.word >= ?8 and o.word < ?9 limit 1) is not null)
        and (?10 = '' or (select 1 from person_words o
            where o.person = w.person and o.word >= ?10 and o.word < ?11 limit 1) is not null)
        order by w.name, w.person limit ?12";
    BY_ROLL = "select distinct p.name_folded, e.person
        from enrolments e join people p on p.id = e.person
        where e.roll_folded = ?1 and (p.name_folded, e.person) > (?2, ?3)
        and (?4 = '' or (select 1 from role_grants g
            where g.person = e.person and g.role = ?4 and g.ended_at is null limit 1) is not null)
        order by p.name_folded, e.person limit ?5";
    BY_ROLE = "select distinct p.name_folded, g.person
        from role_grants g join people p on p.id = g.person
        where (p.name_folded, g.person) > (?1, ?2) and g.role = ?3 and g.ended_at is null
        and (?4 = '' or (select 1 from person_words o
            where o.person = g.person and o.word >= ?4 and o.word < ?5 limit 1) is not null)
        and (?6 = '' or (select 1 from person_words o
            where o.person = g.person and o.word >= ?6 and o.word < ?7 limit 1) is not null)
        and (?8 = '' or (select 1 from person_words o
            where o.person = g.person and o.word >= ?8 and o.word < ?9 limit 1) is not null)
        and (?10 = '' or (select 1 from person_words o
            where o.person = g.person and o.word >= ?10 and o.word < ?11 limit 1) is not null)
        order by p.name_folded, g.person limit ?12";
    IN_ORDER = "select p.name_folded, p.id from people p
        where (p.name_folded, p.id) > (?1, ?2) and p.merged_into is null
        and (?3 = '' or (select 1 from role_grants g
            where g.person = p.id and g.role = ?3 and g.ended_at is null limit 1) is not null)
        and (?4 = '' or (select 1 from person_words o
            where o.person = p.id and o.word >= ?4 and o.word < ?5 limit 1) is not null)
        and (?6 = '' or (select 1 from person_words o
            where o.person = p.id and o.word >= ?6 and o.word < ?7 limit 1) is not null)
        and (?8 = '' or (select 1 from person_words o
            where o.person = p.id and o.word >= ?8 and o.word < ?9 limit 1) is not null)
        and (?10 = '' or (select 1 from person_words o
            where o.person = p.id and o.word >= ?10 and o.word < ?11 limit 1) is not null)
        order by p.name_folded, p.id limit ?12";
    HOLDING = "select count(*) from (select 1 from role_grants
        where role = ?1 and ended_at is null limit ?2) held";
    HAVING = "select count(*) from (select 1 from person_words
        where word >= ?1 and word < ?2 limit ?3) had";
    KNOWN = {
        sqlite: "select ?1 where exists (select 1 from person_words where word >= ?1 and word < ?2)",
        postgres: "select a.low from unnest(?1::text[], ?2::text[]) as a (low, high)
        where exists (select 1 from person_words w where w.word >= a.low and w.word < a.high)",
    };
    PUT_WORDS = {
        sqlite: "insert into person_words (word, name, person) values (?1, ?2, ?3)",
        postgres: "insert into person_words (word, name, person)
        select * from unnest(?1::text[], ?2::text[], ?3::uuid[])",
    };
    DROP_WORDS = "delete from person_words where person = ?1";
    ANY_WORDS = "select exists (select 1 from person_words)";
    ALL_PEOPLE = "select id from people";
}

/// Where a page begins: after whom, by name.
struct Start {
    name: String,
    id: PersonId,
}

/// People that match, by name. When a word is nobody's, those whose names are a slip away.
pub fn search(tx: &mut ReadTx<'_>, search: &Search<'_>) -> Result<Vec<PersonRow>> {
    let last = match search.after {
        Some(last) => get(tx, last)?,
        None => None,
    };
    let (name, id) =
        last.map_or((String::new(), PersonId(Uuid::nil())), |last| (fold(&last.name), last.id));
    let start = Start { name, id };
    let words = asked(search.text);
    let found = if words.is_empty() && search.text.trim().is_empty() {
        in_order(tx, search, &start, &[])?
    } else {
        with_words(tx, search, &start, &words)?
    };
    let ids: Vec<PersonId> = found.into_iter().map(|row| row.person).collect();
    let rows = get_many(tx, &ids)?;
    let mut rows: BTreeMap<PersonId, PersonRow> =
        rows.into_iter().map(|row| (row.id, row)).collect();
    Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
}

/// Those of a role that few hold, or of all people, in order until the page is full.
fn in_order(
    tx: &mut ReadTx<'_>,
    search: &Search<'_>,
    Start { name, id }: &Start,
    words: &[String],
) -> Result<Vec<FoundRow>> {
    let role = search.role.map_or("", Role::key);
    let [(low, high), (low2, high2), (low3, high3), (low4, high4)] = bounds(words);
    let limit = search.limit;
    let asked = args![name, *id, role, low, high, low2, high2, low3, high3, low4, high4, limit];
    if is_rare(tx, search.role)? { tx.all(&BY_ROLE, asked) } else { tx.all(&IN_ORDER, asked) }
}

fn is_rare(tx: &mut ReadTx<'_>, role: Option<Role>) -> Result<bool> {
    let Some(role) = role else { return Ok(false) };
    Ok(tx.number(&HOLDING, args![role, FEW])? < FEW)
}

fn with_words(
    tx: &mut ReadTx<'_>,
    search: &Search<'_>,
    start: &Start,
    words: &[String],
) -> Result<Vec<FoundRow>> {
    let mut found: BTreeSet<FoundRow> = by_words(tx, search, start, words)?.into_iter().collect();
    if let [roll] = words {
        found.extend(by_roll(tx, search, start, roll)?);
    }
    if found.is_empty() && search.after.is_none() {
        for words in meant(tx, words)? {
            found.extend(by_words(tx, search, start, &words)?);
        }
    }
    let most = usize::try_from(search.limit).unwrap_or_default();
    Ok(found.into_iter().take(most).collect())
}

fn by_words(
    tx: &mut ReadTx<'_>,
    search: &Search<'_>,
    start: &Start,
    words: &[String],
) -> Result<Vec<FoundRow>> {
    let mut counted = Vec::with_capacity(words.len());
    for word in words {
        counted.push((tx.number(&HAVING, args![word, beyond(word), COMMON])?, word.clone()));
    }
    counted.sort();
    let rarest = counted.first().map_or(0, |(count, _)| *count);
    let words: Vec<String> = counted.into_iter().map(|(_, word)| word).collect();
    if rarest == 0 {
        return Ok(Vec::new());
    }
    if rarest >= COMMON || is_rare(tx, search.role)? {
        return in_order(tx, search, start, &words);
    }
    let (Start { name, id }, role) = (start, search.role.map_or("", Role::key));
    let [(low, high), (low2, high2), (low3, high3), (low4, high4)] = bounds(&words);
    let limit = search.limit;
    let asked = args![low, high, name, *id, role, low2, high2, low3, high3, low4, high4, limit];
    tx.all(&BY_WORDS, asked)
}

fn by_roll(
    tx: &mut ReadTx<'_>,
    search: &Search<'_>,
    Start { name, id }: &Start,
    number: &str,
) -> Result<Vec<FoundRow>> {
    let role = search.role.map_or("", Role::key);
    tx.all(&BY_ROLL, args![number, name, *id, role, search.limit])
}

/// Where the ranges of up to four words begin and end; empty where there is none.
pub(crate) fn bounds(words: &[String]) -> [(String, String); 4] {
    let mut bounds = words.iter().map(|word| (word.clone(), beyond(word)));
    std::array::from_fn(|_| bounds.next().unwrap_or_default())
}

/// Whether so many words begin like that one that reading everybody in order is cheaper.
pub(crate) fn is_common(tx: &mut ReadTx<'_>, word: &str) -> Result<bool> {
    Ok(tx.number(&HAVING, args![word, beyond(word), COMMON])? >= COMMON)
}

/// The first text after all that begin with a word.
fn beyond(word: &str) -> String {
    format!("{word}{}", char::MAX)
}

/// The words again, with the one that nobody has replaced by one near to it that somebody has.
fn meant(tx: &mut ReadTx<'_>, words: &[String]) -> Result<Vec<Vec<String>>> {
    let somebodys = known(tx, words)?;
    let Some(slip) = words.iter().find(|word| !somebodys.contains(word)) else {
        return Ok(Vec::new());
    };
    let near: Vec<String> = near(slip).into_iter().collect();
    let replaced = known(tx, &near)?.into_iter().take(MOST_NEAR).map(|meant| {
        let meant = |word: &String| if word == slip { meant.clone() } else { word.clone() };
        words.iter().map(meant).collect()
    });
    Ok(replaced.collect())
}

/// Those of the words that begin somebody's.
fn known(tx: &mut ReadTx<'_>, words: &[String]) -> Result<Vec<String>> {
    let bounds: Vec<(&String, String)> = words.iter().map(|word| (word, beyond(word))).collect();
    let rows = bounds.iter().map(|(low, high)| row![low.as_str(), high]);
    let known: Vec<WordRow> = tx.all_many(&KNOWN, rows)?;
    Ok(known.into_iter().map(|row| row.word).collect())
}

/// Stores the words of a person who has none yet.
pub(crate) fn enter(tx: &mut WriteTx<'_>, person: &PersonRow) -> Result<()> {
    enter_many(tx, &[person])
}

/// As [`enter`], for many people.
pub(crate) fn enter_many(tx: &mut WriteTx<'_>, people: &[&PersonRow]) -> Result<()> {
    let mut words = Vec::new();
    for person in people {
        let findable = Findable {
            name: &person.name,
            number: &person.number,
            username: person.username.as_deref(),
            email: person.email.as_deref(),
        };
        let (name, id) = (fold(&person.name), person.id);
        words.extend(findable.words().into_iter().map(|word| (word, name.clone(), id)));
    }
    tx.execute_many(&PUT_WORDS, words.iter().map(|(word, name, id)| row![word, name, *id]))?;
    Ok(())
}

/// Stores the words of a person anew.
pub(crate) fn enter_again(tx: &mut WriteTx<'_>, person: &PersonRow) -> Result<()> {
    leave(tx, person.id)?;
    enter(tx, person)
}

/// Drops the words of a person: no search finds them any more.
pub fn leave(tx: &mut WriteTx<'_>, person: PersonId) -> Result<()> {
    tx.execute(&DROP_WORDS, args![person])?;
    Ok(())
}

/// Stores everybody's words in a database that was filled before words were kept; how many.
pub fn enter_all(tx: &mut WriteTx<'_>) -> Result<usize> {
    if tx.number(&ANY_WORDS, args![])? > 0 {
        return Ok(0);
    }
    let mut people: Vec<PersonId> = Vec::new();
    tx.each(&ALL_PEOPLE, args![], |row| {
        people.push(row.columns().next()?);
        Ok(())
    })?;
    for some in people.chunks(500) {
        for person in get_many(tx, some)? {
            enter(tx, &person)?;
        }
    }
    Ok(people.len())
}
