//! The demo's exam of today: most students are in their room, one tried another one, some are late.

use crate::events::act;
use muster_app::redemptions::{self, Offered, RedeemInput};
use muster_app::{Ctx, Result, room_lists, sittings};
use muster_domain::ids::{AssessmentId, ClassId, DocketId, PersonId, PointId};
use muster_domain::verification::Direction;
use muster_storage::{ReadTx, Store};

/// One in so many has not come yet.
const LATE: usize = 4;
/// The one who goes to the wrong room first.
const LOST: usize = 2;
/// The one who is scanned twice.
const TWICE: usize = 5;

/// Shares the students of the class that sits now out over its rooms, and lets most of them in.
pub(crate) fn come(
    store: &Store,
    (office, invigilator): (PersonId, PersonId),
    (assessment, class): (AssessmentId, ClassId),
    ctx: &impl Fn() -> Ctx,
) -> Result<()> {
    let stored = move |tx: &mut ReadTx<'_>| muster_storage::sittings::of_class(tx, class);
    let found = store.read(stored).wait()?.into_iter().find(|row| row.assessment == assessment);
    let Some(sitting) = found else { return Ok(()) };
    let id = sitting.id;
    act(store, ctx(), office, move |tx, ctx| sittings::share_out(tx, ctx, id))?;
    let list = act(store, ctx(), invigilator, move |tx, ctx| {
        room_lists::room_list(tx, ctx, room_lists::Place::Sitting(id))
    })?;
    let room = |name: &str| list.rooms.iter().find(|room| room.name == name).map(|room| room.id);
    let with_docket = list.seats.iter().filter(|seat| seat.has_docket);
    for (at, seat) in with_docket.enumerate().filter(|(at, _)| at % LATE != LATE - 1) {
        let Some(own) = room(&seat.assigned) else { continue };
        let mut visits = vec![own];
        if at == LOST {
            visits.extend(list.rooms.iter().map(|room| room.id).find(|other| *other != own));
            visits.reverse();
        }
        if at == TWICE {
            visits.push(own);
        }
        let docket = DocketId::of(seat.person, assessment);
        for (visit, point) in visits.into_iter().enumerate() {
            let input = presented(docket, point, format!("demo-exam-{at}-{visit}"));
            act(store, ctx(), invigilator, move |tx, ctx| {
                redemptions::redeem(tx, ctx, &input).map(drop)
            })?;
        }
    }
    Ok(())
}

fn presented(docket: DocketId, point: PointId, nonce: String) -> RedeemInput {
    RedeemInput {
        offered: Offered::Docket(docket),
        point,
        direction: Direction::Entry,
        count: None,
        nonce,
        at: None,
        sent_at: None,
        force: false,
        decided: None,
        reason: String::new(),
    }
}
