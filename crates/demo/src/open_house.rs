//! The demo's event of today: a day of open doors with two gates, where visitors come, leave and come
//! back, and some are refused.

use crate::events::act;
use crate::names::name;
use crate::rng::Rng;
use muster_app::events::{self, EventInput, PassTypeInput};
use muster_app::passes::{self, HolderInput, IssueInput};
use muster_app::redemptions::{self, DecidedInput, Offered, RedeemInput};
use muster_app::{Ctx, Result, points, verifiers};
use muster_credential::verifier::DeviceKey;
use muster_domain::ids::{EventId, PassId, PassTypeId, PersonId, PointId};
use muster_domain::passes::Payment;
use muster_domain::time::{Span, Timestamp};
use muster_domain::verification::{Direction, Entries, VerdictKind};
use muster_storage::{Store, WriteTx};

/// Families with a pass.
const VISITORS: i64 = 36;
/// How long the doors have been open.
const OPEN_FOR: i64 = 180;

/// What is set up of the event.
#[derive(Clone, Copy)]
struct Stage {
    event: EventId,
    kind: PassTypeId,
    gates: [PointId; 2],
}

/// Enters the event, passes to it, and what was scanned so far.
pub(crate) fn hold(
    store: &Store,
    office: PersonId,
    rng: &mut Rng,
    ctx: &impl Fn() -> Ctx,
) -> Result<()> {
    let stage = act(store, ctx(), office, set_up)?;
    let mut second = None;
    for at in 0..VISITORS {
        let holder = |place: i64, name: String| HolderInput {
            name,
            phone: format!("98460 {:05}", 30_000 + at * 10 + place),
        };
        let input = IssueInput {
            pass_type: stage.kind,
            holders: (0..2).map(|place| holder(place, name(rng))).collect(),
            payment: Payment::Free,
            reference: String::new(),
            email: String::new(),
        };
        let event = stage.event;
        let pass = act(store, ctx(), office, move |tx, ctx| passes::issue(tx, ctx, event, &input))?;
        // One in four has not come yet.
        if at % 4 != 3 {
            come(store, office, (stage, pass, at), (rng, ctx))?;
        }
        if at == 1 {
            second = Some(pass);
        }
    }
    second.map_or(Ok(()), |pass| apart(store, office, (stage, pass), ctx))
}

/// A phone without network, which let a family in once more and was heard of later.
fn apart(
    store: &Store,
    office: PersonId,
    (stage, pass): (Stage, PassId),
    ctx: &impl Fn() -> Ctx,
) -> Result<()> {
    let phone = act(store, ctx(), office, |tx, ctx| {
        let offer = verifiers::offer(tx, ctx, "Library 1", None)?;
        let key = DeviceKey::P256([1; 64]);
        Ok(verifiers::enrol(tx, ctx, &offer.code, (&key, ""))?.row.id)
    })?;
    let [_, library] = stage.gates;
    let mut theirs = ctx();
    theirs.verifier = Some(phone);
    act(store, theirs, office, move |tx, ctx| {
        let began = ctx.now() - Span::minutes(OPEN_FOR);
        let input = RedeemInput {
            offered: Offered::Pass(pass),
            point: library,
            direction: Direction::Entry,
            count: Some(2),
            nonce: "demo-apart".to_owned(),
            at: Some(began + Span::minutes(150)),
            sent_at: None,
            force: false,
            reason: String::new(),
            decided: Some(DecidedInput { verdict: VerdictKind::Admit, pack_issued_at: began }),
        };
        redemptions::redeem(tx, ctx, &input).map(drop)
    })
}

/// A visit: in, sometimes out and in again, now and then once too often.
fn come(
    store: &Store,
    office: PersonId,
    (stage, pass, at): (Stage, PassId, i64),
    (rng, ctx): (&mut Rng, &impl Fn() -> Ctx),
) -> Result<()> {
    let minutes = i64::try_from(rng.below(120)).unwrap_or_default() + 10;
    let [north, library] = stage.gates;
    let gate = if at % 3 == 0 { library } else { north };
    let mut visit = vec![(Direction::Entry, minutes)];
    if at % 5 == 0 {
        visit.push((Direction::Exit, minutes + 15));
    }
    if at % 10 == 0 {
        visit.push((Direction::Entry, minutes + 30));
    }
    if at % 7 == 0 {
        visit.push((Direction::Entry, minutes + 40));
    }
    for (place, (direction, minutes)) in visit.into_iter().enumerate() {
        let nonce = format!("demo-{at}-{place}");
        act(store, ctx(), office, move |tx, ctx| {
            let began = ctx.now() - Span::minutes(OPEN_FOR);
            let input = RedeemInput {
                offered: Offered::Pass(pass),
                point: gate,
                direction,
                count: None,
                nonce: nonce.clone(),
                at: Some(began + Span::minutes(minutes)),
                sent_at: None,
                force: false,
                reason: String::new(),
                decided: None,
            };
            redemptions::redeem(tx, ctx, &input).map(drop)
        })?;
    }
    Ok(())
}

fn set_up(tx: &mut WriteTx<'_>, ctx: &Ctx) -> Result<Stage> {
    let began: Timestamp = ctx.now() - Span::minutes(OPEN_FOR);
    let input = EventInput {
        name: "Open House".to_owned(),
        venue: "Old Campus".to_owned(),
        doors_at: Some(began),
        starts_at: began + Span::minutes(30),
        ends_at: began + Span::hours(24),
        capacity: None,
        currency: "INR".to_owned(),
        entries: Entries::Reentry,
        windows: Vec::new(),
        home: None,
    };
    let event = events::create(tx, ctx, &input)?;
    let visitors = PassTypeInput {
        name: "Visitors".to_owned(),
        price: String::new(),
        admits: 2,
        quota: None,
        on_sale: true,
    };
    let kind = events::add_type(tx, ctx, event, &visitors)?;
    let gates =
        [points::create(tx, ctx, event, "North gate")?, points::create(tx, ctx, event, "Library")?];
    Ok(Stage { event, kind, gates })
}
