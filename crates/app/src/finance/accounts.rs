//! Accounts: what a student owes, paid and is cleared for, and the same of a whole term.

use super::clearances::{as_override, clearances as judged};
use super::{Clearances, EVERYTHING, assessments, chosen_term, circumstances};
use crate::people::merge;
use crate::standing::current_term;
use crate::{Ctx, Error, Result};
use muster_domain::auth::{Permission, Target};
use muster_domain::finance::{Account, Clearance, Currency, Share};
use muster_domain::ids::{AssessmentId, PersonId, ProgrammeId, TermId};
use muster_domain::time::Date;
use muster_storage::academics::TermRow;
use muster_storage::accounts::{self, Balance, Search, StudentAccountRow, TermAccountRow};
use muster_storage::assessments::AssessmentRow;
use muster_storage::clearances::ClearanceRow;
use muster_storage::payments::PaymentRow;
use muster_storage::people::PersonRow;
use muster_storage::programmes::ProgrammeRow;
use muster_storage::{ReadTx, academics, clearances, payments, people, programmes};
use std::collections::HashMap;

/// Whether a student is cleared for an assessment, and by whom if it was somebody's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssessmentStanding {
    /// The assessment.
    pub assessment: AssessmentRow,
    /// Whether they are cleared, and why.
    pub clearance: Clearance,
    /// How much more has to be paid for it.
    pub missing: i64,
    /// The word of a finance officer that counts.
    pub word: Option<ClearanceRow>,
}

/// A student's term.
#[derive(Clone, Debug)]
pub struct TermAccount {
    /// What they owe and paid.
    pub row: TermAccountRow,
    /// For what they are cleared.
    pub assessments: Vec<AssessmentStanding>,
}

/// A student's account.
#[derive(Clone, Debug)]
pub struct PersonAccount {
    /// The student.
    pub person: PersonRow,
    /// The institution's currency.
    pub currency: Currency,
    /// The office to which they turn.
    pub office: String,
    /// The day of all this.
    pub today: Date,
    /// The terms in which they owe or paid something and the one that runs now, the latest first.
    pub terms: Vec<TermAccount>,
    /// Every payment, the latest first.
    pub payments: Vec<PaymentRow>,
}

impl PersonAccount {
    /// What they owe and paid in all terms together.
    pub fn total(&self) -> Account {
        let sum = |total: Account, one: &TermAccount| Account {
            fee: Some(total.fee.unwrap_or(0).saturating_add(one.row.fee.unwrap_or(0))),
            paid: total.paid.saturating_add(one.row.paid),
        };
        self.terms.iter().fold(Account::default(), sum)
    }
}

/// A student's account: for finance, and for themself.
pub fn account(tx: &mut ReadTx<'_>, ctx: &Ctx, person: PersonId) -> Result<PersonAccount> {
    ctx.need(Permission::ViewAccount, Target::Person(person))?;
    let row = people::get(tx, person)?.ok_or(Error::NotFound)?;
    merge::need_unmerged(tx, person)?;
    let (settings, today) = circumstances(tx, ctx)?;
    let mut rows = accounts::of_person(tx, person, today)?;
    let all = academics::terms(tx)?;
    let current = current_term(&all, ctx.now());
    let current = all.into_iter().find(|term| Some(term.id) == current);
    if let Some(term) = current.filter(|term| rows.iter().all(|row| row.term != term.id)) {
        rows.insert(0, nothing(term));
    }
    let words = clearances::of_people(tx, &[person], today)?;
    let mut terms = Vec::with_capacity(rows.len());
    for row in rows {
        let of_term = assessments::of_term(tx, row.term)?.into_iter();
        let account = row.account();
        let standing = |assessment: AssessmentRow| {
            let word = words.iter().rev().find(|word| word.assessment == assessment.id);
            let needed = Share(assessment.required_share);
            AssessmentStanding {
                clearance: account.clearance(needed, word.map(as_override), today),
                missing: account.missing(needed),
                word: word.cloned(),
                assessment,
            }
        };
        terms.push(TermAccount { assessments: of_term.map(standing).collect(), row });
    }
    Ok(PersonAccount {
        person: row,
        currency: settings.currency,
        office: settings.finance_office,
        today,
        terms,
        payments: payments::of_person(tx, person)?,
    })
}

fn nothing(term: TermRow) -> TermAccountRow {
    TermAccountRow {
        term: term.id,
        term_name: term.name,
        starts_on: term.starts_on,
        programme: None,
        year: None,
        semester: None,
        fee: None,
        paid: 0,
        pending: 0,
    }
}

/// A term in figures.
#[derive(Clone, Debug)]
pub struct Figures {
    /// The term; none before there is any.
    pub term: Option<TermRow>,
    /// The institution's currency.
    pub currency: Currency,
    /// How many students owe a fee.
    pub students: i64,
    /// What they owe together.
    pub owed: i64,
    /// What they paid of it and above.
    pub paid: i64,
    /// What is left to pay.
    pub left: i64,
    /// How many have something left to pay.
    pub owing: i64,
    /// What was paid too much.
    pub over: i64,
    /// How many are cleared for each assessment.
    pub cleared: Vec<(AssessmentRow, i64)>,
}

/// A term in figures; the one that runs now if none. Before it begins, nothing is owed.
pub fn figures(tx: &mut ReadTx<'_>, ctx: &Ctx, term: Option<TermId>) -> Result<Figures> {
    ctx.need(Permission::ViewFinance, EVERYTHING)?;
    let (settings, today) = circumstances(tx, ctx)?;
    let term = chosen_term(tx, ctx, term)?;
    let mut figures = Figures {
        currency: settings.currency,
        students: 0,
        owed: 0,
        paid: 0,
        left: 0,
        owing: 0,
        over: 0,
        cleared: Vec::new(),
        term,
    };
    let Some(term) = figures.term.clone() else { return Ok(figures) };
    let begun = term.starts_on <= today;
    let sums = if begun { accounts::sums(tx, term.id, term.ends_on)? } else { Vec::new() };
    let account = |fee, paid| Account { fee: Some(fee), paid };
    for sum in &sums {
        let balance = account(sum.fee, sum.paid).balance();
        figures.students += sum.students;
        figures.owed += sum.fee * sum.students;
        figures.paid += sum.paid * sum.students;
        figures.left += balance.max(0) * sum.students;
        figures.owing += if balance > 0 { sum.students } else { 0 };
        figures.over += (-balance).max(0) * sum.students;
    }
    let words = words(tx, &term, today)?;
    for assessment in assessments::of_term(tx, term.id)? {
        let needed = Share(assessment.required_share);
        let paid_enough = |account: Account| account.clearance(needed, None, today).cleared;
        let cleared = sums.iter().filter(|sum| paid_enough(account(sum.fee, sum.paid)));
        let mut count: i64 = cleared.map(|sum| sum.students).sum();
        for (word, account) in words.iter().filter(|(word, _)| word.assessment == assessment.id) {
            count += i64::from(word.cleared) - i64::from(paid_enough(*account));
        }
        figures.cleared.push((assessment, count));
    }
    Ok(figures)
}

/// The words that count in a term, the last on each student and assessment, with what the student
/// owes and paid; of those who owe nothing, none.
fn words(tx: &mut ReadTx<'_>, term: &TermRow, today: Date) -> Result<Vec<(ClearanceRow, Account)>> {
    let mut last: HashMap<(PersonId, AssessmentId), ClearanceRow> = HashMap::new();
    for word in clearances::of_term(tx, term.id, today)? {
        last.insert((word.person, word.assessment), word);
    }
    let mut people: Vec<_> = last.keys().map(|(person, _)| *person).collect();
    people.sort_unstable();
    people.dedup();
    let plain = accounts::in_term(tx, &people, term.id, today)?.into_iter();
    let plain = plain.filter(|row| row.fee.is_some());
    let plain: HashMap<_, _> = plain.map(|row| (row.person, row.account())).collect();
    let of_account = |word: ClearanceRow| plain.get(&word.person).map(|account| (word, *account));
    Ok(last.into_values().filter_map(of_account).collect())
}

/// Accounts of a term that somebody looks for.
#[derive(Clone, Debug)]
pub struct Accounts {
    /// The term; none before there is any.
    pub term: Option<TermRow>,
    /// The institution's currency.
    pub currency: Currency,
    /// By name.
    pub rows: Vec<StudentAccountRow>,
    /// For what they are cleared.
    pub cleared: Clearances,
    /// All programmes.
    pub programmes: Vec<ProgrammeRow>,
}

/// The accounts of a term by name, from the one after `after` on; of the term that runs now if
/// none is chosen.
pub fn accounts(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    (term, programme): (Option<TermId>, Option<ProgrammeId>),
    balance: Balance,
    after: Option<PersonId>,
    limit: i64,
) -> Result<Accounts> {
    ctx.need(Permission::ViewFinance, EVERYTHING)?;
    let (settings, today) = circumstances(tx, ctx)?;
    let term = chosen_term(tx, ctx, term)?;
    let after = match after {
        Some(id) => Some((people::get(tx, id)?.ok_or(Error::NotFound)?.name, id)),
        None => None,
    };
    let rows = match term.as_ref().filter(|term| term.starts_on <= today) {
        Some(term) => {
            let (term, ends_on) = (term.id, term.ends_on);
            let search = Search { term, ends_on, programme, balance, after, limit };
            accounts::of_term(tx, &search)?
        }
        None => Vec::new(),
    };
    let people: Vec<_> = rows.iter().map(|row| row.person).collect();
    let cleared = match &term {
        Some(term) => judged(tx, ctx, term.id, &people)?,
        None => Clearances::default(),
    };
    let programmes = programmes::programmes(tx)?;
    Ok(Accounts { term, currency: settings.currency, rows, cleared, programmes })
}
