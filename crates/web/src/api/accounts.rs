//! Accounts for programs: what students owe, paid and are cleared for.

use super::payments::{Payment, day};
use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{Amount, Day, Items, Made};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::Error;
use muster_app::finance::{
    self, Accounts, AssessmentStanding, Clearances, OverrideInput, PersonAccount, TermAccount,
};
use muster_domain::finance::{Account as Sums, Currency, Why};
use muster_domain::ids::{AssessmentId, ClearanceId, PersonId, ProgrammeId, TermId};
use muster_storage::accounts::{Balance, StudentAccountRow};
use muster_storage::clearances::ClearanceRow;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Most accounts in one answer.
const MOST: i64 = 200;

/// What a student owes and paid.
#[derive(Serialize, ToSchema)]
pub(super) struct Account {
    person: Uuid,
    name: String,
    number: String,
    /// All fees together.
    total: Amount,
    paid: Amount,
    /// What is left to pay; below zero where too much was paid.
    balance: Amount,
    /// The terms in which something is owed or paid and the one that runs now, the latest first.
    terms: Vec<AccountTerm>,
    /// Every payment, the latest first.
    payments: Vec<Payment>,
}

/// A term of an account.
#[derive(Serialize, ToSchema)]
pub(super) struct AccountTerm {
    term: Uuid,
    name: String,
    /// Null where no fee is set.
    fee: Option<Amount>,
    paid: Amount,
    /// Announced, but not here yet.
    pending: Amount,
    balance: Amount,
    /// The share that is paid in hundredths of a percent, rounded down; null where nothing is owed.
    share: Option<i64>,
    assessments: Vec<AccountClearance>,
}

/// Whether a student is cleared for an assessment.
#[derive(Serialize, ToSchema)]
pub(super) struct AccountClearance {
    assessment: Uuid,
    code: String,
    name: String,
    active: bool,
    /// In hundredths of a percent.
    required_share: i64,
    cleared: bool,
    /// `nothing_owed`, `share_paid` or `override`.
    because: &'static str,
    /// Why not, for the student to read.
    reason: Option<String>,
    /// How much more has to be paid for it.
    missing: Amount,
    /// The word of a finance officer that counts.
    #[serde(rename = "override")]
    word: Option<ClearanceOverride>,
}

/// The word of a finance officer on a clearance.
#[derive(Serialize, ToSchema)]
pub(super) struct ClearanceOverride {
    id: Uuid,
    cleared: bool,
    /// For finance and administrators alone.
    reason: Option<String>,
    /// The last day on which it counts.
    until: Day,
    /// Name of who gave it; for finance and administrators alone.
    made_by: Option<String>,
}

impl ClearanceOverride {
    fn of(row: &ClearanceRow, own: bool) -> Self {
        Self {
            id: row.id.0,
            cleared: row.cleared,
            reason: Some(row.reason.clone()).filter(|_| !own),
            until: Day(row.until_on),
            made_by: row.maker.clone().filter(|_| !own),
        }
    }
}

impl AccountTerm {
    fn of(account: &PersonAccount, term: &TermAccount, own: bool) -> Self {
        let (row, amount) = (&term.row, |minor| Amount::new(minor, account.currency));
        let clearance = |one: &AssessmentStanding| AccountClearance {
            assessment: one.assessment.id.0,
            code: one.assessment.code.clone(),
            name: one.assessment.name.clone(),
            active: one.assessment.active,
            required_share: one.assessment.required_share,
            cleared: one.clearance.cleared,
            because: match one.clearance.why {
                Why::NothingOwed => "nothing_owed",
                Why::Paid { .. } => "share_paid",
                Why::Overridden { .. } => "override",
            },
            reason: one.clearance.reason(&account.office),
            missing: amount(one.missing),
            word: one.word.as_ref().map(|word| ClearanceOverride::of(word, own)),
        };
        Self {
            term: row.term.0,
            name: row.term_name.clone(),
            fee: row.fee.map(amount),
            paid: amount(row.paid),
            pending: amount(row.pending),
            balance: amount(row.account().balance()),
            share: row.account().share().map(|share| share.0),
            assessments: term.assessments.iter().map(clearance).collect(),
        }
    }
}

/// A person's account: for finance, and for themself.
#[utoipa::path(get, path = "/api/v1/people/{id}/account", operation_id = "get_account",
    responses((status = 200, body = Account)))]
pub(super) async fn get(caller: Caller, Path(id): Path<PersonId>) -> ApiResult<Json<Account>> {
    let account = caller.read(move |tx, ctx| finance::account(tx, ctx, id)).await?;
    let (total, currency) = (account.total(), account.currency);
    let own = caller.ctx.person()? == id;
    Ok(Json(Account {
        person: id.0,
        name: account.person.name.clone(),
        number: account.person.number.clone(),
        total: Amount::new(total.fee.unwrap_or(0), currency),
        paid: Amount::new(total.paid, currency),
        balance: Amount::new(total.balance(), currency),
        terms: account.terms.iter().map(|term| AccountTerm::of(&account, term, own)).collect(),
        payments: account.payments.into_iter().map(|row| Payment::of(row, currency)).collect(),
    }))
}

/// What a student owes and paid in a term.
#[derive(Serialize, ToSchema)]
pub(super) struct TermAccountLine {
    person: Uuid,
    name: String,
    number: String,
    /// The programme's code.
    programme: String,
    year: i64,
    semester: i64,
    fee: Amount,
    paid: Amount,
    balance: Amount,
    /// The share that is paid in hundredths of a percent, rounded down; null where nothing is owed.
    share: Option<i64>,
    /// Every assessment of the term.
    clearances: Vec<TermClearance>,
}

/// Whether a student is cleared for an assessment of a term.
#[derive(Serialize, ToSchema)]
pub(super) struct TermClearance {
    assessment: Uuid,
    code: String,
    cleared: bool,
    /// Why not, for the student to read.
    reason: Option<String>,
}

impl TermAccountLine {
    fn of(row: StudentAccountRow, currency: Currency, cleared: &Clearances) -> Self {
        let sums = Sums { fee: Some(row.fee), paid: row.paid };
        let clearances = cleared.of(row.person).map(|(assessment, clearance)| TermClearance {
            assessment: assessment.id.0,
            code: assessment.code.clone(),
            cleared: clearance.cleared,
            reason: clearance.reason(&cleared.office),
        });
        Self {
            person: row.person.0,
            name: row.name,
            number: row.number,
            programme: row.programme,
            year: row.year,
            semester: row.semester,
            fee: Amount::new(row.fee, currency),
            paid: Amount::new(row.paid, currency),
            balance: Amount::new(sums.balance(), currency),
            share: sums.share().map(|share| share.0),
            clearances: clearances.collect(),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// The term; the one that runs now without it.
    #[param(value_type = Option<Uuid>)]
    term: Option<TermId>,
    /// Of this programme alone.
    #[param(value_type = Option<Uuid>)]
    programme: Option<ProgrammeId>,
    /// `any`, `owing`, `settled` or `over`; `any` without it.
    balance: Option<String>,
    /// `next` of the page before.
    #[param(value_type = Option<Uuid>)]
    cursor: Option<PersonId>,
    /// At most so many: 1 to 200, 50 without it.
    limit: Option<i64>,
}

/// The accounts of a term, by name.
#[utoipa::path(get, path = "/api/v1/accounts", operation_id = "list_accounts", params(Wanted),
    responses((status = 200, body = Items<TermAccountLine>)))]
pub(super) async fn list(
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> ApiResult<Json<Items<TermAccountLine>>> {
    let Wanted { term, programme, balance, cursor, limit } = wanted;
    let limit = limit.unwrap_or(50).clamp(1, MOST);
    let wrong = || Error::field("balance", "Choose one of any, owing, settled and over.");
    let balance = balance.as_deref().map_or(Some(Balance::Any), Balance::from_key);
    let balance = balance.ok_or_else(wrong)?;
    let read = caller.read(move |tx, ctx| {
        finance::accounts(tx, ctx, (term, programme), balance, cursor, limit + 1)
    });
    let accounts = read.await?;
    let Accounts { currency, cleared, rows, .. } = accounts;
    let rows = rows.into_iter().map(|row| TermAccountLine::of(row, currency, &cleared)).collect();
    Ok(Json(Items::cut(rows, limit, |row: &TermAccountLine| row.person)))
}

#[derive(Deserialize, ToSchema)]
#[schema(as = NewClearanceOverride)]
pub(super) struct OverrideBody {
    #[schema(value_type = Uuid)]
    assessment: AssessmentId,
    cleared: bool,
    reason: String,
    /// The last day on which it counts.
    #[schema(format = Date)]
    until: String,
}

/// Clears a student for an assessment, or holds them back, whatever they paid. An earlier word on
/// the same ends.
#[utoipa::path(post, path = "/api/v1/people/{id}/clearances",
    operation_id = "override_clearance", request_body = OverrideBody,
    responses((status = 201, body = Made)))]
pub(super) async fn override_clearance(
    caller: Caller,
    Path(person): Path<PersonId>,
    Json(body): Json<OverrideBody>,
) -> ApiResult<(StatusCode, Json<Made>)> {
    let OverrideBody { assessment, cleared, reason, until } = body;
    let wrong = || Error::field("until", "Give a day, for example 2026-12-24.");
    let until = day("until", Some(&until))?.ok_or_else(wrong)?;
    let input = OverrideInput { person, assessment, cleared, reason, until };
    let id = caller.write(move |tx, ctx| finance::override_clearance(tx, ctx, &input)).await?;
    Ok((StatusCode::CREATED, Json(Made::new(id))))
}

/// Takes a word on a clearance back: what is paid decides again.
#[utoipa::path(post, path = "/api/v1/clearances/{id}/ending", operation_id = "end_override",
    responses((status = 204)))]
pub(super) async fn end_override(
    caller: Caller,
    Path(id): Path<ClearanceId>,
) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| finance::end_override(tx, ctx, id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A term's finance in figures.
#[derive(Serialize, ToSchema)]
pub(super) struct FinanceFigures {
    /// Null before there is any term.
    term: Option<Uuid>,
    /// How many students owe a fee.
    students: i64,
    owed: Amount,
    paid: Amount,
    /// What is left to pay.
    left: Amount,
    /// How many have something left to pay.
    owing: i64,
    /// What was paid above fees.
    over: Amount,
    assessments: Vec<ClearedFigure>,
}

/// How many students are cleared for an assessment.
#[derive(Serialize, ToSchema)]
pub(super) struct ClearedFigure {
    assessment: Uuid,
    code: String,
    active: bool,
    cleared: i64,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct OfTerm {
    /// The term; the one that runs now without it.
    #[param(value_type = Option<Uuid>)]
    term: Option<TermId>,
}

/// A term's finance in figures.
#[utoipa::path(get, path = "/api/v1/finance", operation_id = "get_finance_figures",
    params(OfTerm), responses((status = 200, body = FinanceFigures)))]
pub(super) async fn figures(
    caller: Caller,
    Query(OfTerm { term }): Query<OfTerm>,
) -> ApiResult<Json<FinanceFigures>> {
    let figures = caller.read(move |tx, ctx| finance::figures(tx, ctx, term)).await?;
    let amount = |minor| Amount::new(minor, figures.currency);
    let cleared = figures.cleared.iter().map(|(row, cleared)| ClearedFigure {
        assessment: row.id.0,
        code: row.code.clone(),
        active: row.active,
        cleared: *cleared,
    });
    Ok(Json(FinanceFigures {
        term: figures.term.as_ref().map(|term| term.id.0),
        students: figures.students,
        owed: amount(figures.owed),
        paid: amount(figures.paid),
        left: amount(figures.left),
        owing: figures.owing,
        over: amount(figures.over),
        assessments: cleared.collect(),
    }))
}
