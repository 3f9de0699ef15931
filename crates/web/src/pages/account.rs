//! A student's account: what they owe and paid in each term, and for what they are cleared.

use super::finance::may_manage;
use super::form::{Choice, Errors};
use super::payments::Item as PaymentItem;
use super::people::people_crumbs;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::times;
use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::finance::{self, AssessmentStanding, OverrideInput, PersonAccount, TermAccount};
use muster_app::{Error, FieldError};
use muster_domain::finance::{Currency, Money, Share, Why};
use muster_domain::ids::{AssessmentId, ClearanceId, PersonId};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "account.html")]
struct Page {
    shell: Shell,
    own: bool,
    may_manage: bool,
    person: PersonId,
    name: String,
    number: String,
    /// The number inside an address.
    number_in_query: String,
    office: String,
    sums: Sums,
    several: bool,
    terms: Vec<TermItem>,
    payments: Vec<PaymentItem>,
    choices: Vec<Choice>,
    decisions: Vec<Choice>,
    form: OverrideForm,
    errors: Errors,
}

/// What is owed, paid and left.
struct Sums {
    fee: String,
    paid: String,
    balance: String,
    /// What the balance is, in words.
    left: &'static str,
    pending: String,
}

impl Sums {
    fn of(currency: Currency, fee: Option<i64>, paid: i64, pending: i64) -> Self {
        let money = |minor| Money::new(minor, currency).to_string();
        let balance = fee.unwrap_or(0).saturating_sub(paid);
        Self {
            fee: fee.map_or_else(|| "–".to_owned(), money),
            paid: money(paid),
            balance: money(balance.saturating_abs()),
            left: if balance < 0 { "Paid above the fee" } else { "Left to pay" },
            pending: if pending > 0 { money(pending) } else { String::new() },
        }
    }
}

struct TermItem {
    id: String,
    name: String,
    place: String,
    sums: Sums,
    assessments: Vec<StandingItem>,
}

struct StandingItem {
    code: String,
    name: String,
    active: bool,
    required: String,
    cleared: bool,
    why: String,
    missing: String,
    /// The word that counts, for who may take it back.
    word: String,
}

impl TermItem {
    fn of(account: &PersonAccount, term: &TermAccount) -> Self {
        let row = &term.row;
        let place = match (&row.programme, row.year, row.semester) {
            (Some(programme), Some(year), Some(semester)) => {
                format!("{programme}, year {year}, semester {semester}")
            }
            _ => String::new(),
        };
        let standings = term.assessments.iter();
        Self {
            id: row.term.to_string(),
            name: row.term_name.clone(),
            place,
            sums: Sums::of(account.currency, row.fee, row.paid, row.pending),
            assessments: standings.map(|one| StandingItem::of(account, one)).collect(),
        }
    }
}

impl StandingItem {
    fn of(account: &PersonAccount, standing: &AssessmentStanding) -> Self {
        let AssessmentStanding { assessment, clearance, missing, word } = standing;
        let why = match clearance.why {
            Why::NothingOwed => "No fee is owed.".to_owned(),
            Why::Paid { share, needed, .. } => format!("{share} paid, {needed} needed."),
            Why::Overridden { until } => {
                format!("Decided by Finance, until {}.", times::date_words(until))
            }
        };
        let money = |minor| Money::new(minor, account.currency).to_string();
        Self {
            code: assessment.code.clone(),
            name: assessment.name.clone(),
            active: assessment.active,
            required: Share(assessment.required_share).to_string(),
            cleared: clearance.cleared,
            why,
            missing: if *missing > 0 { money(*missing) } else { "–".to_owned() },
            word: word.as_ref().map(|word| word.id.to_string()).unwrap_or_default(),
        }
    }

    /// The reasons of words are for finance alone.
    fn told(mut self, standing: &AssessmentStanding) -> Self {
        if let Some(word) = &standing.word {
            let by = word.maker.as_deref().unwrap_or("Finance");
            let until = times::date_words(word.until_on);
            self.why = format!("Decided by {by}, until {until}: {}", word.reason);
        }
        self
    }
}

/// `GET /account`
pub(super) async fn own(caller: Caller) -> Result<Response, PageError> {
    let person = caller.ctx.person().map_err(|error| caller.error(error))?;
    let page = page(&caller, person, OverrideForm::default(), Errors::default()).await?;
    let shell = caller.shell("Your payments");
    Ok(render(&Page { shell, own: true, may_manage: false, ..page }))
}

/// `GET /people/{id}/account`
pub(super) async fn show(caller: Caller, Path(id): Path<PersonId>) -> Result<Response, PageError> {
    Ok(render(&page(&caller, id, OverrideForm::default(), Errors::default()).await?))
}

async fn page(
    caller: &Caller,
    person: PersonId,
    form: OverrideForm,
    errors: Errors,
) -> Result<Page, PageError> {
    let read = caller.read(move |tx, ctx| finance::account(tx, ctx, person)).await;
    let account = read.map_err(|error| caller.error(error))?;
    let may_manage = may_manage(caller);
    let mut shell = caller.shell(format!("Account of {}", account.person.name));
    shell.crumbs = people_crumbs(&account.person, "Account");
    let total = account.total();
    let pending = account.terms.iter().map(|term| term.row.pending).sum();
    let mut terms: Vec<TermItem> =
        account.terms.iter().map(|term| TermItem::of(&account, term)).collect();
    if may_manage {
        for (item, term) in terms.iter_mut().zip(&account.terms) {
            let told = std::mem::take(&mut item.assessments).into_iter().zip(&term.assessments);
            item.assessments = told.map(|(item, standing)| item.told(standing)).collect();
        }
    }
    let choices = account.terms.iter().flat_map(|term| {
        let of_term = term.assessments.iter();
        of_term.map(|one| {
            let label = format!("{}, {}", one.assessment.code, term.row.term_name);
            (one.assessment.id.to_string(), label)
        })
    });
    Ok(Page {
        shell,
        own: false,
        may_manage,
        person,
        sums: Sums::of(account.currency, total.fee, total.paid, pending),
        several: account.terms.len() > 1,
        choices: Choice::list(choices, &form.assessment),
        decisions: Choice::list([("true", "Cleared"), ("false", "Not cleared")], &form.cleared),
        terms,
        name: account.person.name,
        number_in_query: times::query_value(&account.person.number),
        number: account.person.number,
        office: account.office,
        payments: account.payments.into_iter().map(|row| PaymentItem::of(caller, row)).collect(),
        form,
        errors,
    })
}

/// A word on a clearance, as typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct OverrideForm {
    assessment: String,
    cleared: String,
    reason: String,
    until: String,
}

impl OverrideForm {
    fn input(&self, person: PersonId) -> Result<OverrideInput, Error> {
        let mut wrong = Vec::new();
        let mut blame = |field, detail: &str| {
            wrong.push(FieldError { field, detail: detail.to_owned() });
        };
        let assessment = self.assessment.parse::<AssessmentId>().ok();
        if assessment.is_none() {
            blame("assessment", "Choose an assessment.");
        }
        let cleared = match self.cleared.as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        };
        if cleared.is_none() {
            blame("cleared", "Say whether the student is cleared.");
        }
        let until = times::parse_date(&self.until);
        if until.is_none() {
            blame("until", "Enter a day, for example 2026-12-24.");
        }
        match (assessment, cleared, until) {
            (Some(assessment), Some(cleared), Some(until)) => {
                let reason = self.reason.clone();
                Ok(OverrideInput { person, assessment, cleared, reason, until })
            }
            _ => Err(Error::Invalid(wrong)),
        }
    }
}

/// `POST /people/{id}/clearances`
pub(super) async fn override_clearance(
    caller: Caller,
    Path(id): Path<PersonId>,
    Form(form): Form<OverrideForm>,
) -> Result<Response, PageError> {
    let done = match form.input(id) {
        Ok(input) => {
            caller.write(move |tx, ctx| finance::override_clearance(tx, ctx, &input)).await
        }
        Err(error) => Err(error),
    };
    let error = match done {
        Ok(_) => return Ok(back(id)),
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let page = page(&caller, id, form, Errors::from_error(&error, "")).await?;
    Ok((status(&error), render(&page)).into_response())
}

/// `POST /clearances/{id}/ending`
pub(super) async fn end_override(
    caller: Caller,
    Path(id): Path<ClearanceId>,
) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| finance::end_override(tx, ctx, id)).await;
    Ok(back(done.map_err(|error| caller.error(error))?))
}

fn back(person: PersonId) -> Response {
    Redirect::to(&format!("/people/{person}/account")).into_response()
}
