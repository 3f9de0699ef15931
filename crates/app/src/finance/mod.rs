//! Fees, payments, balances and clearances. What is owed, paid and cleared is counted anew whenever
//! it is asked for.

mod accounts;
mod assessments;
mod clearances;
mod fees;
mod payments;
mod receipt;

use crate::settings::{self, Settings};
use crate::standing::current_term;
use crate::zone::Zone;
use crate::{Ctx, Error, Result};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::TermId;
use muster_domain::time::Date;
use muster_storage::academics::TermRow;
use muster_storage::{ReadTx, academics};

pub use accounts::{
    Accounts, AssessmentStanding, Figures, PersonAccount, TermAccount, account, accounts, figures,
};
pub use assessments::{
    AssessmentInput, activate_assessment, assessment, assessments, change_assessment,
    create_assessment,
};
pub use clearances::{Clearances, OverrideInput, end_override, override_clearance};
pub use fees::{Cell, Fees, copy_fees, fees, set_fees};
pub use payments::{
    Filter, PaymentInput, complete_payment, payer, payment, payments, record_payment,
    reverse_payment,
};
pub use receipt::{Receipt, receipt};

pub(crate) use assessments::{
    find as find_assessment, of_term as assessments_of, stored as stored_assessment,
};
pub(crate) use clearances::clearances;
pub(crate) use fees::{fee_fields, read_fee_place};
pub(crate) use payments::payment_fields;

const EVERYTHING: Target = Target::Institution;

/// Today in the institution's time zone.
fn today(settings: &Settings, ctx: &Ctx) -> Date {
    Zone::of(settings).date(ctx.now())
}

/// The terms that finance works with, the latest first.
pub fn terms(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<TermRow>> {
    ctx.need(Permission::ViewFinance, EVERYTHING)?;
    Ok(academics::terms(tx)?)
}

/// The term that runs now; none before there is any.
pub fn running_term(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Option<TermId>> {
    ctx.need(Permission::ViewFinance, EVERYTHING)?;
    Ok(chosen_term(tx, ctx, None)?.map(|term| term.id))
}

/// That term, or the one that runs now; none before there is any.
pub(crate) fn chosen_term(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    term: Option<TermId>,
) -> Result<Option<TermRow>> {
    let terms = academics::terms(tx)?;
    let wanted = term.or_else(|| current_term(&terms, ctx.now()));
    let found = terms.into_iter().find(|row| Some(row.id) == wanted);
    if term.is_some() && found.is_none() { Err(Error::NotFound) } else { Ok(found) }
}

/// The settings, and what day they say it is.
fn circumstances(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<(Settings, Date)> {
    let settings = settings::load(tx)?;
    let today = today(&settings, ctx);
    Ok((settings, today))
}
