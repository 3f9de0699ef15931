//! Events of the demo with passes that were issued and scanned: by the same actions as everywhere,
//! since passes are signed with the node's own keys.

use crate::names::name;
use crate::open_house;
use crate::rng::Rng;
use muster_app::events::{self, EventInput, PassTypeInput};
use muster_app::passes::{self, HolderInput, IssueInput};
use muster_app::people::{self, PersonInput};
use muster_app::{Ctx, Result, points};
use muster_domain::auth::{Actor, Grant, Role, Scope};
use muster_domain::ids::{EventId, PassTypeId, PersonId};
use muster_domain::passes::Payment;
use muster_domain::time::{Date, Span, Timestamp};
use muster_domain::verification::Entries;
use muster_storage::auth::PasswordRow;
use muster_storage::{Store, WriteTx};
use std::sync::Arc;

/// Passes that are issued.
const PASSES: i64 = 60;
/// Name, price, people on a pass, how many there are.
const TYPES: [(&str, &str, i64, i64); 3] =
    [("Single", "549", 1, 400), ("Couple", "999", 2, 150), ("Guest of honour", "", 1, 20)];

/// Enters who runs events and who stands at the gate, an event next week with passes to it, and one
/// of today where people come and go. `ctx` gives the circumstances of one act, with the keys that
/// sign.
pub fn hold_events(store: &Store, password_hash: &str, ctx: impl Fn() -> Ctx) -> Result<()> {
    let office = store.read(|tx| muster_storage::people::by_identifier(tx, "A0001")).wait()?;
    let Some(office) = office.map(|row| row.id) else { return Ok(()) };
    let mut rng = Rng::new(23);
    for (number, role) in [("O0001", Role::Organiser), ("G0001", Role::Gate)] {
        join(store, ctx(), office, (number, name(&mut rng), role, password_hash))?;
    }
    let (event, types) = act(store, ctx(), office, set_up)?;
    for at in 0..PASSES {
        let Some((kind, admits)) = rng_type(&mut rng, &types) else { return Ok(()) };
        let holder = |place: i64, name: String| HolderInput {
            name,
            phone: format!("98450 {:05}", 20_000 + at * 10 + place),
        };
        let input = IssueInput {
            pass_type: kind,
            holders: (0..admits).map(|place| holder(place, name(&mut rng))).collect(),
            payment: if at % 3 == 0 { Payment::Online } else { Payment::Cash },
            reference: if at % 3 == 0 { format!("UPI/{}", 778_100 + at) } else { String::new() },
            email: String::new(),
        };
        act(store, ctx(), office, move |tx, ctx| passes::issue(tx, ctx, event, &input).map(drop))?;
    }
    open_house::hold(store, office, &mut rng, &ctx)
}

fn rng_type(rng: &mut Rng, types: &[(PassTypeId, i64)]) -> Option<(PassTypeId, i64)> {
    // One in ten is a guest, of the others one in three a couple.
    let at = if rng.below(10) == 0 { 2 } else { usize::from(rng.below(3) == 0) };
    types.get(at).copied()
}

fn set_up(tx: &mut WriteTx<'_>, ctx: &Ctx) -> Result<(EventId, Vec<(PassTypeId, i64)>)> {
    let day = Date(ctx.now().0.div_euclid(Span::days(1).0) + 6).midnight();
    let at = |hours| -> Timestamp { day + Span::hours(hours) };
    let input = EventInput {
        name: "Spring Ball".to_owned(),
        venue: "Great Hall".to_owned(),
        doors_at: Some(at(17)),
        starts_at: at(18),
        ends_at: at(23),
        capacity: Some(600),
        currency: "INR".to_owned(),
        entries: Entries::Single,
        windows: Vec::new(),
        home: None,
    };
    let event = events::create(tx, ctx, &input)?;
    for gate in ["Main entrance", "Garden door"] {
        points::create(tx, ctx, event, gate)?;
    }
    let types = TYPES.into_iter().map(|(name, price, admits, quota)| {
        let input = PassTypeInput {
            name: name.to_owned(),
            price: price.to_owned(),
            admits,
            quota: Some(quota),
            on_sale: true,
        };
        Ok((events::add_type(tx, ctx, event, &input)?, admits))
    });
    Ok((event, types.collect::<Result<_>>()?))
}

/// Enters somebody with a role and the password of everybody.
pub(crate) fn join(
    store: &Store,
    ctx: Ctx,
    office: PersonId,
    (number, name, role, password_hash): (&str, String, Role, &str),
) -> Result<PersonId> {
    let input = PersonInput {
        number: number.to_owned(),
        name,
        email: format!("{}@northfield.example", number.to_lowercase()),
        ..PersonInput::default()
    };
    let hash = password_hash.to_owned();
    act(store, ctx, office, move |tx, ctx| {
        let id = people::create(tx, ctx, &input.check()?)?;
        let password = PasswordRow { hash: hash.clone(), must_change: false };
        muster_storage::auth::put_password(tx, id, &password, ctx.now())?;
        people::grant(tx, ctx, id, role, None)?;
        Ok(id)
    })
}

/// Runs an action as somebody of the office.
pub(crate) fn act<T: Send + 'static>(
    store: &Store,
    ctx: Ctx,
    person: PersonId,
    action: impl Fn(&mut WriteTx<'_>, &Ctx) -> Result<T> + Send + 'static,
) -> Result<T> {
    let grants = vec![Grant { role: Role::SuperAdministrator, scope: Scope::Institution }];
    let ctx = ctx.signed_in(Some(Actor { person, login: None, grants, class: None }));
    let act = ctx.act.clone();
    let ctx = Arc::new(ctx);
    store.write(&act, move |tx| action(tx, &ctx)).wait()
}
