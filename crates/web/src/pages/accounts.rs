//! Accounts of a term: who owes, who has paid, who paid too much.

use super::finance::{tabs, term_choices};
use super::form::Choice;
use super::look::Tab;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::export::{Format, column, download_long, money, text};
use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use muster_app::Error;
use muster_app::finance::{self, Accounts, Clearances};
use muster_documents::xlsx::{Cell, Kind, Sheet};
use muster_domain::finance::{Account, Currency, Money};
use muster_domain::ids::PersonId;
use muster_storage::accounts::{Balance, StudentAccountRow};
use serde::Deserialize;

/// Accounts on one page.
const PAGE: usize = 50;
/// Accounts in one file.
const MOST: i64 = 200_000;

#[derive(Template)]
#[template(path = "accounts.html")]
struct Page {
    shell: Shell,
    tabs: Vec<Tab>,
    query: String,
    terms: Vec<Choice>,
    programmes: Vec<Choice>,
    balances: Vec<Choice>,
    items: Vec<Item>,
    first: String,
    next: String,
}

struct Item {
    person: PersonId,
    name: String,
    number: String,
    place: String,
    fee: String,
    paid: String,
    share: String,
    balance: String,
    cleared: String,
}

/// The codes of the assessments for which a student is cleared.
fn codes(cleared: &Clearances, person: PersonId) -> String {
    let codes = cleared.of(person).filter(|(_, clearance)| clearance.cleared);
    codes.map(|(row, _)| row.code.as_str()).collect::<Vec<_>>().join(", ")
}

fn share(row: &StudentAccountRow) -> String {
    let account = Account { fee: Some(row.fee), paid: row.paid };
    account.share().map(|share| share.to_string()).unwrap_or_default()
}

impl Item {
    fn of(currency: Currency, cleared: &Clearances, row: StudentAccountRow) -> Self {
        let money = |minor| Money::new(minor, currency).to_string();
        Self {
            share: share(&row),
            cleared: codes(cleared, row.person),
            person: row.person,
            place: format!("{}, year {}, semester {}", row.programme, row.year, row.semester),
            fee: money(row.fee),
            paid: money(row.paid),
            balance: money(row.fee.saturating_sub(row.paid)),
            name: row.name,
            number: row.number,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Filter {
    term: String,
    programme: String,
    balance: String,
    after: String,
    format: String,
}

/// `GET /accounts`
pub(super) async fn list(
    caller: Caller,
    Query(filter): Query<Filter>,
) -> Result<Response, PageError> {
    let format = Format::parse(&filter.format);
    let after = filter.after.parse::<PersonId>().ok();
    let most = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let limit = if format.is_some() { MOST } else { most };
    let balance = Balance::from_key(&filter.balance).unwrap_or(Balance::Owing);
    let wanted = (filter.term.parse().ok(), filter.programme.parse().ok());
    let read = caller.read(move |tx, ctx| {
        let accounts = finance::accounts(tx, ctx, wanted, balance, after, limit)?;
        Ok((accounts, finance::terms(tx, ctx)?))
    });
    let (accounts, terms) = read.await.map_err(|error| caller.error(error))?;
    if let Some(format) = format {
        return file(&caller, accounts, format).await.map_err(|error| caller.error(error));
    }
    let Accounts { term, currency, mut rows, cleared, programmes } = accounts;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let chosen = term.map(|term| term.id);
    let term = chosen.map(|term| term.to_string()).unwrap_or_default();
    let programme = wanted.1.map(|id| id.to_string()).unwrap_or_default();
    let query = format!("/accounts?term={term}&programme={programme}&balance={}", balance.key());
    let last = rows.last().filter(|_| more).map(|row| row.person);
    let words = |balance: Balance| match balance {
        Balance::Any => "All",
        Balance::Owing => "Something left to pay",
        Balance::Settled => "All paid",
        Balance::Over => "Paid too much",
    };
    let balances = Balance::ALL.map(|balance| (balance.key(), words(balance)));
    let named = programmes.into_iter().map(|row| (row.id.to_string(), row.code));
    Ok(render(&Page {
        shell: caller.shell("Accounts"),
        tabs: tabs(&caller, "/accounts"),
        terms: term_choices(terms, chosen),
        programmes: Choice::list(named, &programme),
        balances: Choice::list(balances, balance.key()),
        first: after.map_or_else(String::new, |_| query.clone()),
        next: last.map(|last| format!("{query}&after={last}")).unwrap_or_default(),
        items: rows.into_iter().map(|row| Item::of(currency, &cleared, row)).collect(),
        query,
    }))
}

async fn file(caller: &Caller, accounts: Accounts, format: Format) -> Result<Response, Error> {
    let Accounts { currency, cleared, .. } = accounts;
    let money = |minor| money(Money::new(minor, currency));
    let columns = vec![
        column("Number", 14, Kind::Text),
        column("Name", 28, Kind::Text),
        column("Programme", 14, Kind::Text),
        column("Year", 8, Kind::Integer),
        column("Semester", 8, Kind::Integer),
        column(format!("Fee ({currency})"), 14, Kind::Decimal),
        column(format!("Paid ({currency})"), 14, Kind::Decimal),
        column("Share paid", 12, Kind::Text),
        column(format!("Left to pay ({currency})"), 16, Kind::Decimal),
        column("Cleared for", 20, Kind::Text),
    ];
    let rows = accounts.rows.into_iter().map(|row| {
        vec![
            text(row.number.clone()),
            text(row.name.clone()),
            text(row.programme.clone()),
            Cell::Integer(row.year),
            Cell::Integer(row.semester),
            money(row.fee),
            money(row.paid),
            text(share(&row)),
            money(row.fee.saturating_sub(row.paid)),
            text(codes(&cleared, row.person)),
        ]
    });
    let sheet = Sheet { name: "Accounts".to_owned(), columns, rows: rows.collect() };
    download_long(caller, "accounts", format, sheet).await
}
