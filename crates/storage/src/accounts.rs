//! What students owe and paid, counted from fees, payments and where each stood in the term.

use crate::{ReadTx, Result, args, record, row, statements};
use muster_domain::finance::Account;
use muster_domain::ids::{PersonId, ProgrammeId, TermId};
use muster_domain::text::fold;
use muster_domain::time::Date;
use std::collections::{BTreeMap, HashMap, HashSet};

record! {
    /// A student's term: where they stood, what they owe and paid.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct TermAccountRow {
        /// The term.
        pub term: TermId,
        /// Its name.
        pub term_name: String,
        /// Its first day.
        pub starts_on: Date,
        /// The programme's code, where they were in one.
        pub programme: Option<String>,
        /// Year of the programme.
        pub year: Option<i64>,
        /// Semester of the year.
        pub semester: Option<i64>,
        /// What they owe; none where no fee is set, or the term has not begun.
        pub fee: Option<i64>,
        /// What they paid.
        pub paid: i64,
        /// What was announced but is not here yet.
        pub pending: i64,
    }
}

record! {
    /// What a student owes and paid in a term.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct StudentAccountRow {
        /// The student.
        pub person: PersonId,
        /// Their name.
        pub name: String,
        /// Their number.
        pub number: String,
        /// The programme's code.
        pub programme: String,
        /// Year of the programme.
        pub year: i64,
        /// Semester of the year.
        pub semester: i64,
        /// What they owe.
        pub fee: i64,
        /// What they paid.
        pub paid: i64,
    }
}

record! {
    /// How many students owe and paid the same.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct SumRow {
        /// What each owes.
        pub fee: i64,
        /// What each paid.
        pub paid: i64,
        /// How many they are.
        pub students: i64,
    }
}

record! {
    /// What one student owes and paid.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct PlainRow {
        /// The student.
        pub person: PersonId,
        /// What they owe; none where no fee is set, or the term has not begun.
        pub fee: Option<i64>,
        /// What they paid.
        pub paid: i64,
    }
}

impl TermAccountRow {
    /// The account as the rules read it.
    pub fn account(&self) -> Account {
        Account { fee: self.fee, paid: self.paid }
    }
}

impl PlainRow {
    /// The account as the rules read it.
    pub fn account(&self) -> Account {
        Account { fee: self.fee, paid: self.paid }
    }
}

/// Which accounts are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Balance {
    /// All.
    Any,
    /// Where something is left to pay.
    Owing,
    /// Where all is paid, to the unit.
    Settled,
    /// Where too much was paid.
    Over,
}

impl Balance {
    /// Every one of them.
    pub const ALL: [Self; 4] = [Self::Any, Self::Owing, Self::Settled, Self::Over];

    /// The name in addresses and in the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Owing => "owing",
            Self::Settled => "settled",
            Self::Over => "over",
        }
    }

    /// The one of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|balance| balance.key() == key)
    }
}

/// Which accounts of a term are looked for, by name.
#[derive(Clone, Debug)]
pub struct Search {
    /// The term.
    pub term: TermId,
    /// Its last day: where a student stands then decides what they owe.
    pub ends_on: Date,
    /// Of this programme alone.
    pub programme: Option<ProgrammeId>,
    /// With such a balance alone.
    pub balance: Balance,
    /// Name and id of the last one of the page before.
    pub after: Option<(String, PersonId)>,
    /// At most so many.
    pub limit: i64,
}

statements! {
    OF_PERSON = "select t.id, t.name, t.starts_on, g.code, s.year, s.semester,
            case when t.starts_on <= ?2 then f.amount end,
            coalesce((select cast(sum(y.amount) as bigint) from payments y
                where y.person = ?1 and y.term = t.id and y.state = 'completed'), 0),
            coalesce((select cast(sum(y.amount) as bigint) from payments y
                where y.person = ?1 and y.term = t.id and y.state = 'pending'), 0)
        from terms t
        left join study_periods s on s.person = ?1 and s.starts_on = (select max(n.starts_on)
            from study_periods n where n.person = ?1 and n.starts_on <= t.ends_on)
        left join programmes g on g.id = s.programme
        left join fees f on f.term = t.id and f.programme = s.programme and f.year = s.year
            and f.semester = s.semester
        where (f.id is not null and t.starts_on <= ?2)
        or exists (select 1 from payments y where y.person = ?1 and y.term = t.id)
        order by t.starts_on desc, t.id";
    IN_TERM = {
        sqlite: "select p.id, (select f.amount from study_periods s join fees f on f.term = t.id
                and f.programme = s.programme and f.year = s.year and f.semester = s.semester
                where t.starts_on <= ?3 and s.person = p.id and s.starts_on = (
                    select max(n.starts_on) from study_periods n
                    where n.person = p.id and n.starts_on <= t.ends_on)),
            coalesce((select cast(sum(y.amount) as bigint) from payments y
                where y.person = p.id and y.term = t.id and y.state = 'completed'), 0)
        from people p join terms t on t.id = ?2 where p.id = ?1",
        postgres: "select p.id, (select f.amount from study_periods s join fees f on f.term = t.id
                and f.programme = s.programme and f.year = s.year and f.semester = s.semester
                where t.starts_on <= wanted.day and s.person = p.id and s.starts_on = (
                    select max(n.starts_on) from study_periods n
                    where n.person = p.id and n.starts_on <= t.ends_on)),
            coalesce((select cast(sum(y.amount) as bigint) from payments y
                where y.person = p.id and y.term = t.id and y.state = 'completed'), 0)
        from unnest(?1::uuid[], ?2::uuid[], ?3::bigint[]) as wanted (person, term, day)
        join people p on p.id = wanted.person join terms t on t.id = wanted.term",
    };
    // SQLite is told to walk by name: a page then ends after a few people.
    OF_TERM = {
        sqlite: "select a.person, a.name, a.number, a.code, a.year, a.semester, a.fee, a.paid
        from (select p.id as person, p.name, p.name_folded, p.number, g.id as programme, g.code,
                s.year, s.semester, f.amount as fee,
                coalesce((select cast(sum(y.amount) as bigint) from payments y
                    where y.person = p.id and y.term = ?1 and y.state = 'completed'), 0) as paid
            from people p
            cross join study_periods s on s.person = p.id and s.starts_on = (select max(n.starts_on)
                from study_periods n where n.person = p.id and n.starts_on <= ?2)
            join fees f on f.term = ?1 and f.programme = s.programme and f.year = s.year
                and f.semester = s.semester
            join programmes g on g.id = s.programme
            where p.merged_into is null and (p.name_folded, p.id) > (?3, ?4)
            and (?5 = 0 or s.programme = ?6)) a
        where (?7 = 'any' or (?7 = 'owing' and a.fee > a.paid)
            or (?7 = 'settled' and a.fee = a.paid) or (?7 = 'over' and a.fee < a.paid))
        order by a.name_folded, a.person limit ?8",
        // Sub-queries with a limit keep PostgreSQL to the order of names, so that it stops at a page;
        // what they sort out it can't guess to be nearly all.
        postgres: "select p.id, p.name, p.number, g.code, s.year, s.semester, f.amount, y.paid
        from people p
        cross join lateral (select n.programme, n.year, n.semester from study_periods n
            where n.person = p.id and n.starts_on <= ?2
            order by n.starts_on desc limit 1) s
        cross join lateral (select n.amount from fees n where n.term = ?1
            and n.programme = s.programme and n.year = s.year and n.semester = s.semester
            limit 1) f
        cross join lateral (select n.code from programmes n
            where n.id = s.programme and (?5 = 0 or n.id = ?6) limit 1) g
        cross join lateral (select coalesce(cast(sum(n.amount) as bigint), 0) as paid
            from payments n
            where n.person = p.id and n.term = ?1 and n.state = 'completed') y
        cross join lateral (select 1 where (?7 = 'any' or (?7 = 'owing' and f.amount > y.paid)
            or (?7 = 'settled' and f.amount = y.paid) or (?7 = 'over' and f.amount < y.paid))
            limit 1) fitting
        where p.merged_into is null and (p.name_folded, p.id) > (?3, ?4)
        order by p.name_folded, p.id limit ?8",
    };
    FEES = "select programme, year, semester, amount from fees where term = ?1";
    // Added up here: PostgreSQL adds a few payments for each of many students more slowly.
    PAID = "select person, amount from payments where term = ?1 and state = 'completed'";
    MERGED = "select p.id from people p where p.merged_into is not null";
    // Where each student stood on a day. SQLite takes the other columns from the row of the maximum.
    STOOD = {
        sqlite: "select s.person, s.programme, s.year, s.semester, max(s.starts_on)
        from study_periods s where s.starts_on <= ?1 group by s.person",
        postgres: "select distinct on (s.person) s.person, s.programme, s.year, s.semester
        from study_periods s where s.starts_on <= ?1
        order by s.person desc, s.starts_on desc",
    };
}

/// A person's terms in which they owe or paid something, the latest first.
pub fn of_person(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    today: Date,
) -> Result<Vec<TermAccountRow>> {
    tx.all(&OF_PERSON, args![person, today])
}

/// What each of these people owes and paid in a term, as it stands on a day.
pub fn in_term(
    tx: &mut ReadTx<'_>,
    people: &[PersonId],
    term: TermId,
    today: Date,
) -> Result<Vec<PlainRow>> {
    tx.all_many(&IN_TERM, people.iter().map(|person| row![*person, term, today]))
}

/// The accounts of a term, by name.
pub fn of_term(tx: &mut ReadTx<'_>, search: &Search) -> Result<Vec<StudentAccountRow>> {
    let Search { term, ends_on, programme, balance, after, limit } = search;
    let nobody = PersonId(uuid::Uuid::nil());
    let (name, id) = after.as_ref().map_or(("", nobody), |(name, id)| (name.as_str(), *id));
    let narrow = i64::from(programme.is_some());
    tx.all(
        &OF_TERM,
        args![*term, *ends_on, fold(name), id, narrow, *programme, balance.key(), *limit],
    )
}

/// How many students of a term owe and paid what. Who stood where and who paid what are brought
/// together here: all of both is asked for, and a database that has no statistics yet may join them
/// in a way that takes minutes.
pub fn sums(tx: &mut ReadTx<'_>, term: TermId, ends_on: Date) -> Result<Vec<SumRow>> {
    /// A programme, a year and a semester.
    type Stage = (Option<ProgrammeId>, Option<i64>, Option<i64>);
    let mut fees: HashMap<Stage, i64> = HashMap::new();
    tx.each(&FEES, args![term], |row| {
        let mut columns = row.columns();
        fees.insert((columns.next()?, columns.next()?, columns.next()?), columns.next()?);
        Ok(())
    })?;
    let mut paid: HashMap<PersonId, i64> = HashMap::new();
    tx.each(&PAID, args![term], |row| {
        let mut columns = row.columns();
        let all: &mut i64 = paid.entry(columns.next()?).or_default();
        let amount: i64 = columns.next()?;
        *all += amount;
        Ok(())
    })?;
    let mut merged: HashSet<PersonId> = HashSet::new();
    tx.each(&MERGED, args![], |row| {
        merged.insert(row.columns().next()?);
        Ok(())
    })?;
    let mut sums: BTreeMap<(i64, i64), i64> = BTreeMap::new();
    tx.each(&STOOD, args![ends_on], |row| {
        let mut columns = row.columns();
        let person: PersonId = columns.next()?;
        let fee = fees.get(&(columns.next()?, columns.next()?, columns.next()?));
        if let Some(fee) = fee.filter(|_| !merged.contains(&person)) {
            let paid = paid.get(&person).copied().unwrap_or_default();
            *sums.entry((*fee, paid)).or_default() += 1;
        }
        Ok(())
    })?;
    let row = |((fee, paid), students)| SumRow { fee, paid, students };
    Ok(sums.into_iter().map(row).collect())
}
