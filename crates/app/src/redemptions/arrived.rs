//! What came from another node: somebody who was let in on two of them shows once one has heard of both.

use super::review::Reviewed;
use crate::{Ctx, Result, dockets, incidents, passes};
use muster_domain::ids::{DocketId, PassId, RedemptionId};
use muster_storage::redemptions::{self, RedemptionRow};
use muster_storage::{WriteTx, passes as stored};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Looks for double uses among all that is known now of whatever these records, by kind and id, are of:
/// what was presented, passes and dockets.
pub(crate) fn weigh_arrived(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    came: &BTreeSet<(&'static str, Uuid)>,
) -> Result<()> {
    let mut rows = Vec::new();
    for (kind, id) in came {
        match *kind {
            // One that waits for what it refers to has no row yet, and is among those that come with that.
            "redemption" => rows.extend(redemptions::get(tx, RedemptionId(*id))?),
            dockets::KIND | passes::KIND => rows.extend(redemptions::of_record(tx, *id)?),
            _ => {}
        }
    }
    let record = |row: &RedemptionRow| {
        let is_docket = row.kind.as_deref() == Some(dockets::KIND);
        Some(((row.record?, row.scope), is_docket))
    };
    let records: BTreeMap<(Uuid, Uuid), bool> = rows.iter().filter_map(record).collect();
    for ((record, scope), is_docket) in records {
        let reviewed = if is_docket {
            Some(Reviewed::docket(DocketId(record), scope))
        } else {
            let pass = stored::get(tx, PassId(record))?.filter(|pass| pass.event.0 == scope);
            pass.map(|pass| Reviewed::pass(tx, &pass)).transpose()?.flatten()
        };
        if let Some(reviewed) = reviewed {
            incidents::weigh(tx, ctx, &reviewed, None)?;
        }
    }
    Ok(())
}
