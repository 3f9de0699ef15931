//! Rosters of terms: every student with a place in a class of a term, in order of their names.

use crate::finding::{FoundRow, bounds, is_common};
use crate::{ReadTx, Result, args, people, record, row, statements, students};
use muster_domain::academics::EnrolmentStatus;
use muster_domain::finding::asked;
use muster_domain::ids::{ClassId, PersonId, ProgrammeId, TermId};
use muster_domain::text::fold;
use std::collections::HashMap;
use uuid::Uuid;

/// Places of a term up to which its students are gathered and sorted; beyond, people are read in
/// order until the page is full.
const FEW: i64 = 4000;

/// Which students of a term.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Beginnings of words of a name, number, user name or e-mail address.
    pub text: String,
    /// Only of this programme.
    pub programme: Option<ProgrammeId>,
    /// Only of this year.
    pub year: Option<i64>,
    /// Only of this class, which is one of the term.
    pub class: Option<ClassId>,
    /// Student after whom to go on.
    pub after: Option<PersonId>,
    /// At most so many.
    pub limit: i64,
}

/// A student of a term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterRow {
    /// Who.
    pub person: PersonId,
    /// Number.
    pub number: String,
    /// Name.
    pub name: String,
    /// The programme's code, or what was typed where there is no such programme.
    pub programme: Option<String>,
    /// Year of the programme.
    pub year: Option<i64>,
    /// Their places in the term's classes.
    pub places: Vec<TermPlaceRow>,
}

record! {
    /// A student's place in a class of the term.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct TermPlaceRow {
        /// Student.
        pub person: PersonId,
        /// Class.
        pub class: ClassId,
        /// The course's code.
        pub course_code: String,
        /// Section.
        pub section: String,
        /// Roll number.
        pub roll_number: String,
        /// Whether they attend now.
        pub status: EnrolmentStatus,
    }
}

statements! {
    // What narrows most is read; the rest is asked of each person there, as single rows:
    // PostgreSQL would read whole tables for an `exists` beside an `or`.
    OF_CLASS = "select distinct p.name_folded, p.id
        from enrolments e join people p on p.id = e.person
        where e.class = ?1 and e.contested = 0 and (p.name_folded, p.id) > (?2, ?3)
        and (?4 = 0 or (select s.programme from students s where s.person = p.id) = ?5)
        and (?6 = 0 or (select s.year from students s where s.person = p.id) = ?6)
        and (?7 = '' or (select 1 from person_words o
            where o.person = p.id and o.word >= ?7 and o.word < ?8 limit 1) is not null)
        and (?9 = '' or (select 1 from person_words o
            where o.person = p.id and o.word >= ?9 and o.word < ?10 limit 1) is not null)
        and (?11 = '' or (select 1 from person_words o
            where o.person = p.id and o.word >= ?11 and o.word < ?12 limit 1) is not null)
        and (?13 = '' or (select 1 from person_words o
            where o.person = p.id and o.word >= ?13 and o.word < ?14 limit 1) is not null)
        order by p.name_folded, p.id limit ?15";
    OF_PROGRAMME = "select p.name_folded, p.id from students s join people p on p.id = s.person
        where s.programme = ?1 and (?2 = 0 or s.year = ?2) and (p.name_folded, p.id) > (?3, ?4)
        and (select 1 from enrolments e join classes c on c.id = e.class
            where e.person = p.id and e.contested = 0 and c.term = ?5 limit 1) is not null
        and (?6 = '' or (select 1 from person_words o
            where o.person = p.id and o.word >= ?6 and o.word < ?7 limit 1) is not null)
        and (?8 = '' or (select 1 from person_words o
            where o.person = p.id and o.word >= ?8 and o.word < ?9 limit 1) is not null)
        and (?10 = '' or (select 1 from person_words o
            where o.person = p.id and o.word >= ?10 and o.word < ?11 limit 1) is not null)
        and (?12 = '' or (select 1 from person_words o
            where o.person = p.id and o.word >= ?12 and o.word < ?13 limit 1) is not null)
        order by p.name_folded, p.id limit ?14";
    BY_WORDS = "select distinct w.name, w.person from person_words w
        where w.word >= ?1 and w.word < ?2 and (w.name, w.person) > (?3, ?4)
        and (?5 = '' or (select 1 from person_words o
            where o.person = w.person and o.word >= ?5 and o.word < ?6 limit 1) is not null)
        and (?7 = '' or (select 1 from person_words o
            where o.person = w.person and o.word >= ?7 and o.word < ?8 limit 1) is not null)
        and (?9 = '' or (select 1 from person_words o
            where o.person = w.person and o.word >= ?9 and o.word < ?10 limit 1) is not null)
        and (?11 = 0 or (select s.year from students s where s.person = w.person) = ?11)
        and (select 1 from enrolments e join classes c on c.id = e.class
            where e.person = w.person and e.contested = 0 and c.term = ?12 limit 1) is not null
        order by w.name, w.person limit ?13";
    GATHERED = "select distinct p.name_folded, p.id
        from classes c join enrolments e on e.class = c.id and e.contested = 0
        join people p on p.id = e.person
        where c.term = ?1 and (p.name_folded, p.id) > (?2, ?3)
        and (?4 = 0 or (select s.year from students s where s.person = p.id) = ?4)
        and (?5 = '' or (select 1 from person_words o
            where o.person = p.id and o.word >= ?5 and o.word < ?6 limit 1) is not null)
        and (?7 = '' or (select 1 from person_words o
            where o.person = p.id and o.word >= ?7 and o.word < ?8 limit 1) is not null)
        and (?9 = '' or (select 1 from person_words o
            where o.person = p.id and o.word >= ?9 and o.word < ?10 limit 1) is not null)
        and (?11 = '' or (select 1 from person_words o
            where o.person = p.id and o.word >= ?11 and o.word < ?12 limit 1) is not null)
        order by p.name_folded, p.id limit ?13";
    IN_ORDER = "select p.name_folded, p.id from people p
        where (p.name_folded, p.id) > (?2, ?3)
        and (?4 = 0 or (select s.year from students s where s.person = p.id) = ?4)
        and (?5 = '' or (select 1 from person_words o
            where o.person = p.id and o.word >= ?5 and o.word < ?6 limit 1) is not null)
        and (?7 = '' or (select 1 from person_words o
            where o.person = p.id and o.word >= ?7 and o.word < ?8 limit 1) is not null)
        and (?9 = '' or (select 1 from person_words o
            where o.person = p.id and o.word >= ?9 and o.word < ?10 limit 1) is not null)
        and (?11 = '' or (select 1 from person_words o
            where o.person = p.id and o.word >= ?11 and o.word < ?12 limit 1) is not null)
        and (select 1 from enrolments e join classes c on c.id = e.class
            where e.person = p.id and e.contested = 0 and c.term = ?1 limit 1) is not null
        order by p.name_folded, p.id limit ?13";
    ROSTER_SIZE = "select count(*) from (select 1 from classes c
        join enrolments e on e.class = c.id where c.term = ?1 limit ?2) places";
    PLACES = {
        sqlite: "select e.person, e.class, k.code, c.section, e.roll_number, e.status
        from enrolments e join classes c on c.id = e.class join courses k on k.id = c.course
        where e.person = ?1 and e.contested = 0 and c.term = ?2
        order by k.code_folded, c.section_folded",
        postgres: "select e.person, e.class, k.code, c.section, e.roll_number, e.status
        from unnest(?1::uuid[], ?2::uuid[]) as asked (person, term)
        join enrolments e on e.person = asked.person and e.contested = 0
        join classes c on c.id = e.class and c.term = asked.term
        join courses k on k.id = c.course
        order by k.code_folded, c.section_folded",
    };
}

/// The students of a term, by name, each with their places in it.
pub fn of_term(tx: &mut ReadTx<'_>, term: TermId, search: &Search) -> Result<Vec<RosterRow>> {
    let ids: Vec<PersonId> = found(tx, term, search)?.into_iter().map(|row| row.person).collect();
    let known = people::get_many(tx, &ids)?.into_iter();
    let mut known: HashMap<_, _> = known.map(|person| (person.id, person)).collect();
    let studies = students::get_many(tx, &ids)?.into_iter();
    let years: HashMap<_, _> = studies.map(|student| (student.person, student.year)).collect();
    let mut places: HashMap<PersonId, Vec<TermPlaceRow>> = HashMap::new();
    let rows: Vec<TermPlaceRow> = tx.all_many(&PLACES, ids.iter().map(|id| row![*id, term]))?;
    for place in rows {
        places.entry(place.person).or_default().push(place);
    }
    let whole = ids.into_iter().filter_map(|id| {
        let person = known.remove(&id)?;
        Some(RosterRow {
            person: id,
            number: person.number,
            name: person.name,
            programme: person.programme,
            year: years.get(&id).copied().flatten(),
            places: places.remove(&id).unwrap_or_default(),
        })
    });
    Ok(whole.collect())
}

/// Who is on the page.
fn found(tx: &mut ReadTx<'_>, term: TermId, search: &Search) -> Result<Vec<FoundRow>> {
    let last = match search.after {
        Some(last) => people::get(tx, last)?,
        None => None,
    };
    let (name, id) =
        last.map_or((String::new(), PersonId(Uuid::nil())), |last| (fold(&last.name), last.id));
    let (words, limit, year) = (asked(&search.text), search.limit, search.year.unwrap_or(0));
    if words.is_empty() && !search.text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let [(low, high), (low2, high2), (low3, high3), (low4, high4)] = bounds(&words);
    if let Some(class) = search.class {
        let programme = search.programme.unwrap_or(ProgrammeId(Uuid::nil()));
        let (of_one, words) = (search.programme.is_some(), args![low, high, low2, high2]);
        let more = args![low3, high3, low4, high4, limit];
        let first = args![class, name, id, of_one, programme, year];
        return tx.all(&OF_CLASS, &[first.as_slice(), words, more].concat());
    }
    if let Some(programme) = search.programme {
        let first = args![programme, year, name, id, term];
        let rest = args![low, high, low2, high2, low3, high3, low4, high4, limit];
        return tx.all(&OF_PROGRAMME, &[first.as_slice(), rest].concat());
    }
    let few = tx.number(&ROSTER_SIZE, args![term, FEW])? < FEW;
    if let Some(word) = words.first()
        && !few
        && !is_common(tx, word)?
    {
        let words = args![low2, high2, low3, high3, low4, high4];
        let first = args![low, high, name, id];
        return tx.all(&BY_WORDS, &[first.as_slice(), words, args![year, term, limit]].concat());
    }
    let rest = args![low, high, low2, high2, low3, high3, low4, high4, limit];
    let asked = [args![term, name, id, year].as_slice(), rest].concat();
    tx.all(if few { &GATHERED } else { &IN_ORDER }, &asked)
}
