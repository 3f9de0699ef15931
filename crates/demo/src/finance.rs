//! Fees of the demo's current term and what its students paid of them: most all, some a part or
//! nothing, a few too much.

use crate::records::{Institution, VERSION, is_current};
use crate::rng::Rng;
use muster_domain::finance::{DEFAULTS, Method, PaymentState};
use muster_domain::ids::{AssessmentId, FeeId, PersonId, TermId};
use muster_domain::time::{Date, Span, Timestamp};
use muster_storage::academics::TermRow;
use muster_storage::assessments::AssessmentRow;
use muster_storage::fees::FeeRow;
use muster_storage::payments::PaymentRow;
use std::collections::HashMap;

/// The assessment for which the demo issues dockets.
const ACTIVE: &str = "CA2";
/// A thousand rupees in paise.
const THOUSAND: i64 = 100_000;
/// Shares of the fee that students paid, in percent: a row for each kind of payer.
const PAID: &[&[i64]] = &[
    &[100],
    &[100],
    &[50, 50],
    &[40, 35, 25],
    &[100],
    &[30, 45],
    &[40, 35],
    &[55],
    &[20],
    &[10],
    &[],
    &[60, 60],
];

/// Fees, payments and assessments.
#[derive(Default)]
pub(crate) struct Finance {
    pub assessments: Vec<AssessmentRow>,
    pub fees: Vec<FeeRow>,
    pub payments: Vec<PaymentRow>,
}

impl Finance {
    pub fn of(made: &Institution, seed: u64, now: Timestamp) -> Self {
        let mut finance = Self::default();
        let mut terms = made.terms.iter().map(|(term, _)| term);
        let Some(term) = terms.find(|term| is_current(term, now)) else { return finance };
        // Numbers of its own: everything else stays as it was without payments.
        let mut rng = Rng::new(seed ^ 0x00fe_e500);
        finance.assess(term.id);
        finance.set_fees(made, term.id);
        let amounts: HashMap<_, _> = finance
            .fees
            .iter()
            .map(|fee| ((fee.programme, fee.year, fee.semester), fee.amount))
            .collect();
        let officer = made.lettered('F').first().copied();
        for (index, student) in made.students.iter().enumerate() {
            let place = student.programme.zip(student.year).zip(student.semester);
            let fee = place.and_then(|((programme, year), semester)| {
                amounts.get(&(programme, year, semester)).copied()
            });
            if let Some(fee) = fee {
                finance.pay(&mut rng, (index, student.person), (term, fee), (officer, now));
            }
        }
        finance
    }

    fn assess(&mut self, term: TermId) {
        for ((code, name, share), position) in DEFAULTS.iter().zip(1..) {
            self.assessments.push(AssessmentRow {
                id: AssessmentId::of(term, code),
                term,
                code: (*code).to_owned(),
                name: (*name).to_owned(),
                required_share: share.0,
                position,
                active: *code == ACTIVE,
                version: VERSION,
            });
        }
    }

    /// Later years cost more, and so do some programmes.
    fn set_fees(&mut self, made: &Institution, term: TermId) {
        for (place, programme) in made.programmes.iter().enumerate() {
            let base = 40 + 5 * i64::try_from(place % 5).unwrap_or(0);
            for year in 1..=programme.total_years {
                for semester in 1..=programme.semesters_per_year {
                    self.fees.push(FeeRow {
                        id: FeeId::of(term, programme.id, year, semester),
                        term,
                        programme: programme.id,
                        year,
                        semester,
                        amount: (base + 2 * year) * THOUSAND,
                        version: VERSION,
                    });
                }
            }
        }
    }

    fn pay(
        &mut self,
        rng: &mut Rng,
        (index, person): (usize, PersonId),
        (term, fee): (&TermRow, i64),
        (officer, now): (Option<PersonId>, Timestamp),
    ) {
        // The demo's student is the one who paid half and a little.
        let kind = if index == 0 { 7 } else { rng.below(PAID.len() as u64) };
        let shares = usize::try_from(kind).ok().and_then(|kind| PAID.get(kind));
        let today = now.0.div_euclid(Span::days(1).0);
        for (part, share) in shares.copied().unwrap_or_default().iter().enumerate() {
            let ago = i64::try_from(rng.below(60)).unwrap_or(0);
            let paid_on = Date((today - ago).max(term.starts_on.0.min(today)));
            let state = match rng.below(100) {
                0 if part > 0 => PaymentState::Pending,
                _ => PaymentState::Completed,
            };
            self.payments.push(PaymentRow {
                id: rng.uuid().into(),
                person,
                name: String::new(),
                number: String::new(),
                term: term.id,
                term_name: term.name.clone(),
                amount: fee * share / 100,
                kind: "Tuition".to_owned(),
                method: method(rng),
                receipt: Some(format!("NC/{:06}", self.payments.len() + 1)),
                paid_on,
                note: None,
                state,
                contested: false,
                recorded_by: officer,
                recorder: None,
                recorded_at: paid_on.midnight() + Span::hours(10),
                reversed_by: None,
                reverser: None,
                reversed_at: None,
                reversal_reason: None,
                version: VERSION,
            });
        }
    }
}

fn method(rng: &mut Rng) -> Method {
    match rng.below(10) {
        0..=3 => Method::Online,
        4..=6 => Method::BankTransfer,
        7 => Method::Card,
        8 => Method::Cheque,
        _ => Method::Cash,
    }
}
