//! What an event came to: passes, people and money.

use crate::{Ctx, Result};
use muster_domain::ids::EventId;
use muster_domain::passes::{PassState, Payment};
use muster_storage::ReadTx;
use muster_storage::events::{self, PassTypeRow};
use muster_storage::passes::{self, CountRow};

/// A part of an event's passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Valid passes.
    pub passes: i64,
    /// People on them.
    pub people: i64,
    /// People who entered with them.
    pub admitted: i64,
    /// People of valid passes who have not entered yet.
    pub left: i64,
    /// What was paid and not given back, in the smallest unit.
    pub revenue: i64,
    /// Passes that were voided.
    pub void: i64,
    /// Passes that were refunded.
    pub refunded: i64,
}

/// What an event came to.
#[derive(Clone, Debug, Default)]
pub struct EventFigures {
    /// All of it.
    pub whole: Share,
    /// How many valid passes there is no place for.
    pub oversold: usize,
    /// By pass type, the cheapest first.
    pub types: Vec<(PassTypeRow, Share)>,
    /// By payment.
    pub payments: Vec<(Payment, Share)>,
}

impl Share {
    fn of<'r>(rows: impl Iterator<Item = &'r CountRow>) -> Self {
        rows.fold(Self::default(), |mut share, row| {
            match row.state {
                PassState::Valid => {
                    share.passes += row.passes;
                    share.people += row.people;
                    share.left += row.people - row.admitted;
                    share.revenue += row.paid;
                }
                // What was paid stays with the institution until it is refunded.
                PassState::Void => {
                    share.void += row.passes;
                    share.revenue += row.paid;
                }
                PassState::Refunded => share.refunded += row.passes,
            }
            share.admitted += row.admitted;
            share
        })
    }
}

/// What an event came to.
pub fn figures(tx: &mut ReadTx<'_>, ctx: &Ctx, id: EventId) -> Result<EventFigures> {
    let event = super::get(tx, ctx, id)?;
    let oversold = super::oversold(tx, &event)?.len();
    let rows = passes::counts(tx, id)?;
    let types = events::pass_types(tx, id)?.into_iter().map(|kind| {
        let own = rows.iter().filter(|row| row.pass_type == kind.id);
        let share = Share::of(own);
        (kind, share)
    });
    let payments = Payment::ALL.map(|way| {
        let own = rows.iter().filter(|row| row.payment == way);
        (way, Share::of(own))
    });
    Ok(EventFigures {
        whole: Share::of(rows.iter()),
        oversold,
        types: types.collect(),
        payments: payments.to_vec(),
    })
}
