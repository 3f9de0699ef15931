//! What is presented at a place, as it counts for what happened with it there: once all devices have
//! been heard, whatever became of it.

use crate::Result;
use muster_domain::ids::DocketId;
use muster_domain::time::Timestamp;
use muster_domain::verification::{Record, Redemption, Rule, Standing, Window};
use muster_storage::events::EventRow;
use muster_storage::passes::PassRow;
use muster_storage::redemptions::{self, RedemptionRow, heard, standing};
use muster_storage::{ReadTx, events};
use std::num::NonZeroU32;
use uuid::Uuid;

/// A pass at its event, or a docket at a sitting or an assessment's halls.
pub(crate) struct Reviewed {
    /// The record.
    pub id: Uuid,
    /// What one enters there.
    pub scope: Uuid,
    /// As it counts.
    pub record: Record,
    /// The rule of the place.
    pub rule: Rule,
}

impl Reviewed {
    /// A pass at its event.
    pub fn pass(tx: &mut ReadTx<'_>, pass: &PassRow) -> Result<Option<Self>> {
        Ok(events::get(tx, pass.event)?.map(|event| Self::pass_at(pass, &event)))
    }

    /// The same of a pass whose event is known.
    pub fn pass_at(pass: &PassRow, event: &EventRow) -> Self {
        let admits = u32::try_from(pass.admits).ok().and_then(NonZeroU32::new);
        let record = Record {
            standing: Standing::Current,
            validity: crate::passes::validity(event),
            admits: admits.unwrap_or(NonZeroU32::MIN),
            points: None,
        };
        let rule = crate::events::rule(event);
        Self { id: pass.id.0, scope: pass.event.0, record, rule }
    }

    /// A docket at a sitting or an assessment: it admits once.
    pub fn docket(docket: DocketId, scope: Uuid) -> Self {
        let always = Window { from: Timestamp(i64::MIN), until: Timestamp(i64::MAX) };
        let record = Record {
            standing: Standing::Current,
            validity: always,
            admits: NonZeroU32::MIN,
            points: None,
        };
        Self { id: docket.0, scope, record, rule: Rule::default() }
    }

    /// The scans there that count, with what they tell the rule.
    pub fn counted(&self, tx: &mut ReadTx<'_>) -> Result<Vec<(RedemptionRow, Redemption)>> {
        let own = standing(redemptions::of_record(tx, self.id)?, self.scope);
        Ok(own.into_iter().filter_map(|row| heard(&row).map(|one| (row, one))).collect())
    }
}
