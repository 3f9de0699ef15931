//! Passes that more people hold than there is room for: nodes that are apart may sell the same last
//! place. Both sales stand; whoever runs the event sees the later ones, and is told.

use crate::notices::{Notice, tell_those_who_may};
use crate::{Ctx, Result};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{EventId, PassId};
use muster_domain::notices::NoticeKind;
use muster_domain::passes::Room;
use muster_domain::time::Span;
use muster_journal::sync::{Batch, Item};
use muster_storage::events::{self, EventRow};
use muster_storage::{ReadTx, WriteTx, passes};
use std::collections::BTreeSet;

/// The passes of an event that there is no place for.
pub(crate) fn of_event(tx: &mut ReadTx<'_>, event: &EventRow) -> Result<BTreeSet<PassId>> {
    let types = events::pass_types(tx, event.id)?;
    let too_many = event.capacity.is_some_and(|room| event.taken > room);
    let over_quota = types.iter().any(|kind| kind.quota.is_some_and(|quota| kind.sold > quota));
    if !too_many && !over_quota {
        return Ok(BTreeSet::new());
    }
    let quotas = types.iter().filter_map(|kind| Some((kind.id, kind.quota?))).collect();
    let room = Room { people: event.capacity, quotas };
    Ok(room.oversold(passes::sold(tx, event.id)?).into_iter().collect())
}

/// Tells whoever runs an event of which a batch tells that it is oversold by now: once a day.
pub(crate) fn tell_arrived(tx: &mut WriteTx<'_>, ctx: &Ctx, batch: &Batch) -> Result<()> {
    let of = batch.items.iter().filter_map(|item| match item {
        Item::Entry(sent) if sent.entry.entity == "event" => Some(sent.entry.entity_id),
        Item::Entry(sent) if ["pass", "pass_type"].contains(&&*sent.entry.entity) => {
            sent.entry.topic
        }
        _ => None,
    });
    for id in of.map(EventId).collect::<BTreeSet<EventId>>() {
        let Some(event) = events::get(tx, id)?.filter(|event| event.archived_at.is_none()) else {
            continue;
        };
        let oversold = of_event(tx, &event)?.len();
        if oversold > 0 {
            tell(tx, ctx, &event, oversold)?;
        }
    }
    Ok(())
}

fn tell(tx: &mut WriteTx<'_>, ctx: &Ctx, event: &EventRow, oversold: usize) -> Result<()> {
    let day = ctx.now().0.div_euclid(Span::days(1).0);
    let passes = if oversold == 1 { "1 pass".to_owned() } else { format!("{oversold} passes") };
    let notice = Notice {
        kind: NoticeKind::Oversold,
        occasion: format!("events/{}/oversold/{day}", event.id),
        title: format!("{} is oversold", event.name),
        body: format!(
            "There is no place for {passes}: nodes that were apart sold the same ones. All of them \
            admit until you withdraw them, or make more room."
        ),
        link: Some(format!("/events/{}/passes?state=oversold", event.id)),
    };
    tell_those_who_may(tx, ctx, (Permission::ManageEvents, Target::Event(event.id)), &notice)
}
