//! What came from another node: somebody who was let in on two of them shows once one has heard of both.

use super::review::Reviewed;
use crate::{Ctx, Result, dockets, incidents};
use muster_domain::ids::{DocketId, PassId, RedemptionId};
use muster_journal::sync::{Batch, Item};
use muster_storage::{WriteTx, passes, redemptions};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Looks for double uses among all that is known now of whatever a batch tells that was presented.
pub(crate) fn weigh_arrived(tx: &mut WriteTx<'_>, ctx: &Ctx, batch: &Batch) -> Result<()> {
    let told = batch.items.iter().filter_map(|item| match item {
        Item::Entry(sent) if sent.entry.entity == "redemption" => Some(sent.entry.entity_id),
        _ => None,
    });
    let mut records: BTreeMap<(Uuid, Uuid), bool> = BTreeMap::new();
    for id in told.collect::<BTreeSet<Uuid>>() {
        // One that waits for what it refers to has no row yet, and is looked at with the next one.
        let Some(row) = redemptions::get(tx, RedemptionId(id))? else { continue };
        let is_docket = row.kind.as_deref() == Some(dockets::KIND);
        records.extend(row.record.map(|record| ((record, row.scope), is_docket)));
    }
    for ((record, scope), is_docket) in records {
        let reviewed = if is_docket {
            Some(Reviewed::docket(DocketId(record), scope))
        } else {
            let pass = passes::get(tx, PassId(record))?.filter(|pass| pass.event.0 == scope);
            pass.map(|pass| Reviewed::pass(tx, &pass)).transpose()?.flatten()
        };
        if let Some(reviewed) = reviewed {
            incidents::weigh(tx, ctx, &reviewed, None)?;
        }
    }
    Ok(())
}
