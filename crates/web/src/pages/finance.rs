//! Finance at a glance: what a term owes, what is paid, who is cleared, and the latest payments.

use super::form::Choice;
use super::look::Tab;
use super::payments::Item as PaymentItem;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use muster_app::finance::{self, Figures};
use muster_domain::auth::{Permission, Target};
use muster_domain::finance::{Account, Money, Share};
use muster_domain::ids::TermId;
use muster_storage::academics::TermRow;
use serde::Deserialize;

/// Payments on the page.
const LATEST: i64 = 10;

#[derive(Template)]
#[template(path = "finance.html")]
struct Page {
    shell: Shell,
    tabs: Vec<Tab>,
    may_manage: bool,
    terms: Vec<Choice>,
    students: i64,
    owed: String,
    paid: String,
    share: String,
    left: String,
    owing: i64,
    over: String,
    term: String,
    cleared: Vec<Cleared>,
    latest: Vec<PaymentItem>,
}

/// How many are cleared for an assessment.
struct Cleared {
    code: String,
    name: String,
    required: String,
    active: bool,
    count: i64,
    share: String,
}

/// The pages of finance.
pub(super) fn tabs(caller: &Caller, current: &str) -> Vec<Tab> {
    if caller.ctx.need(Permission::ViewFinance, Target::Institution).is_err() {
        return Vec::new();
    }
    let tab = |(href, label): (&str, &str)| Tab {
        href: href.to_owned(),
        label: label.to_owned(),
        count: String::new(),
        current: href == current,
    };
    let pages = [
        ("/finance", "Overview"),
        ("/payments", "Payments"),
        ("/accounts", "Accounts"),
        ("/fees", "Fees"),
        ("/assessments", "Assessments"),
    ];
    pages.map(tab).to_vec()
}

/// Whether the person keeps fees and payments, not only reads them.
pub(super) fn may_manage(caller: &Caller) -> bool {
    caller.ctx.need(Permission::ManageFinance, Target::Institution).is_ok()
}

/// The terms to choose from.
pub(super) fn term_choices(terms: Vec<TermRow>, chosen: Option<TermId>) -> Vec<Choice> {
    let chosen = chosen.map(|term| term.to_string()).unwrap_or_default();
    Choice::list(terms.into_iter().map(|row| (row.id.to_string(), row.name)), &chosen)
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    term: String,
}

/// `GET /finance`
pub(super) async fn show(
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let term = wanted.term.parse().ok();
    let read = caller.read(move |tx, ctx| {
        let latest = finance::Filter { limit: LATEST, ..finance::Filter::default() };
        let figures = finance::figures(tx, ctx, term)?;
        Ok((figures, finance::terms(tx, ctx)?, finance::payments(tx, ctx, &latest)?))
    });
    let (figures, terms, latest) = read.await.map_err(|error| caller.error(error))?;
    let Figures { currency, students, owed, paid, left, owing, over, .. } = figures;
    let chosen = figures.term.as_ref().map(|term| term.id);
    let money = |minor| Money::new(minor, currency).to_string();
    let share = Account { fee: Some(owed), paid }.share();
    let cleared = figures.cleared.into_iter().map(|(row, count)| Cleared {
        code: row.code,
        name: row.name,
        required: Share(row.required_share).to_string(),
        active: row.active,
        count,
        share: Account { fee: Some(students), paid: count }
            .share()
            .map(|share| format!("{} %", share.0 / 100))
            .unwrap_or_default(),
    });
    Ok(render(&Page {
        shell: caller.shell("Finance"),
        tabs: tabs(&caller, "/finance"),
        may_manage: may_manage(&caller),
        terms: term_choices(terms, chosen),
        students,
        owed: money(owed),
        paid: money(paid),
        share: share.map(|share| format!("{share} of what is owed")).unwrap_or_default(),
        left: money(left),
        owing,
        over: if over > 0 { format!("{} paid above fees", money(over)) } else { String::new() },
        term: chosen.map(|term| term.to_string()).unwrap_or_default(),
        cleared: cleared.collect(),
        latest: latest.into_iter().map(|row| PaymentItem::of(&caller, row)).collect(),
    }))
}
