//! The offline packs of a gate with 10,000 passes and of a room: how long each takes, how large it is, and
//! the same of what changed after some scans.

use crate::outside::{now, random};
use crate::room_packs;
use anyhow::{Context, Result};
use muster_app::events::{self, EventInput, PassTypeInput};
use muster_app::packs::{self, Asked};
use muster_app::passes::{self, HolderInput, IssueInput};
use muster_app::redemptions::{self, Offered, RedeemInput};
use muster_app::{Ctx, points, verifiers};
use muster_credential::keys::MasterKey;
use muster_credential::keys::file::KeyRing;
use muster_credential::keys::public::KeySet;
use muster_credential::keys::signing::SigningKey;
use muster_credential::verifier::DeviceKey;
use muster_domain::auth::{Actor, Grant, Role, Scope};
use muster_domain::ids::{PassId, PersonId, PointId, VerifierDeviceId};
use muster_domain::passes::Payment;
use muster_domain::time::Span;
use muster_domain::verification::{Direction, Entries};
use muster_storage::people::{self, GrantRow, PersonRow};
use muster_storage::{ReadTx, Store, StoreConfig, WriteTx};
use serde_json::Value;
use std::sync::Arc;
use std::time::Instant;
use uuid::Uuid;

const PASSES: usize = 10_000;
/// Passes that are issued in one transaction.
const AT_ONCE: usize = 500;
/// Scans between a pack and what changed since.
const SCANS: usize = 50;
const ORGANISER: PersonId = PersonId(Uuid::from_u128(7));

/// An empty database, and whoever does everything.
pub(crate) struct Place {
    store: Store,
    key: Arc<MasterKey>,
    signing: Arc<KeyRing<SigningKey>>,
}

impl Place {
    fn ctx(&self) -> Result<Ctx> {
        let grants = vec![Grant { role: Role::SuperAdministrator, scope: Scope::Institution }];
        let actor = Actor { person: ORGANISER, login: None, grants, class: None };
        let mut ctx = Ctx::new("bench", now(), random()?, self.key.clone());
        ctx.signing = Some(self.signing.clone());
        Ok(ctx.signed_in(Some(actor)))
    }

    /// Runs an action.
    pub fn act<T: Send + 'static>(
        &self,
        act: impl Fn(&mut WriteTx<'_>, &Ctx) -> muster_app::Result<T> + Send + 'static,
    ) -> Result<T> {
        let ctx = Arc::new(self.ctx()?);
        let own = ctx.clone();
        Ok(self.store.write(&ctx.act, move |tx| act(tx, &own)).wait()?)
    }
}

/// Measures and prints.
pub fn run(database: Option<&str>) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let url = database.map_or_else(
        || format!("sqlite:{}", dir.path().join("muster.db").display()),
        str::to_owned,
    );
    let place = Place {
        store: Store::open(&StoreConfig::new(&url, Uuid::from_u128(1), now()))?,
        key: Arc::new(MasterKey::from_bytes(random()?)),
        signing: Arc::new(KeyRing::from(SigningKey::from_bytes(random()?))),
    };
    people_who_work(&place)?;
    let (gate, passes) = fill(&place)?;
    let phone = phone(&place)?;
    println!("a gate:");
    let cursor = measured(&place, (phone, gate), &Asked::default())?;
    for (at, pass) in passes.iter().take(SCANS).copied().enumerate() {
        let input = scan(gate, Offered::Pass(pass), at);
        place.act(move |tx, ctx| redemptions::redeem(tx, ctx, &input).map(drop))?;
    }
    println!("what changed:");
    measured(&place, (phone, gate), &Asked { since: Some(cursor), ..Asked::default() })?;
    room_packs::run(&place)
}

/// A phone that is enrolled.
pub(crate) fn phone(place: &Place) -> Result<VerifierDeviceId> {
    place.act(|tx, ctx| {
        let offer = verifiers::offer(tx, ctx, "Bench", None)?;
        let key = DeviceKey::P256([1; 64]);
        Ok(verifiers::enrol(tx, ctx, &offer.code, (&key, ""))?.row.id)
    })
}

/// Makes a pack and prints how long that took; a cursor for what changes from then on.
pub(crate) fn measured(
    place: &Place,
    (phone, point): (VerifierDeviceId, PointId),
    asked: &Asked,
) -> Result<String> {
    let mut ctx = place.ctx()?;
    ctx.verifier = Some(phone);
    let (begun, asked) = (Instant::now(), asked.clone());
    let read = place.store.read(move |tx: &mut ReadTx<'_>| packs::build(tx, &ctx, point, &asked));
    let pack = read.wait()?;
    let (took, size) = (begun.elapsed().as_secs_f64(), pack.bytes.len() as f64 / 1e6);
    println!("{} credentials: {took:.3} s, {size:.2} MB", pack.records);
    let keys = KeySet::from(&*place.signing);
    let content: Value =
        serde_json::from_slice(muster_credential::pack::open(&pack.bytes, &keys)?)?;
    Ok(content.get("cursor").and_then(Value::as_str).unwrap_or_default().to_owned())
}

/// A presentation as a phone sends it.
pub(crate) fn scan(point: PointId, offered: Offered, at: usize) -> RedeemInput {
    RedeemInput {
        offered,
        point,
        direction: Direction::Entry,
        count: None,
        nonce: format!("bench {at}"),
        at: None,
        sent_at: None,
        force: false,
        reason: String::new(),
        decided: None,
    }
}

fn people_who_work(place: &Place) -> Result<()> {
    place.act(|tx, ctx| {
        let row = PersonRow {
            id: ORGANISER,
            number: "O1".to_owned(),
            name: "Organiser".to_owned(),
            username: None,
            email: None,
            title: None,
            phone: None,
            programme: None,
            active: true,
            version: 1,
        };
        people::insert(tx, &row, ctx.now())?;
        let role = Role::SuperAdministrator;
        let grant = GrantRow::new(ctx.fresh(), row.id, Grant { role, scope: Scope::Institution });
        Ok(people::insert_grant(tx, &grant, None, ctx.now())?)
    })
}

fn fill(place: &Place) -> Result<(PointId, Vec<PassId>)> {
    let (event, gate, kind) = place.act(|tx, ctx| {
        let input = EventInput {
            name: "Convocation".to_owned(),
            venue: "Stadium".to_owned(),
            doors_at: Some(ctx.now() - Span::hours(1)),
            starts_at: ctx.now() + Span::hours(1),
            ends_at: ctx.now() + Span::hours(9),
            capacity: None,
            currency: "INR".to_owned(),
            entries: Entries::Single,
            windows: Vec::new(),
            home: None,
        };
        let event = events::create(tx, ctx, &input)?;
        let input = PassTypeInput {
            name: "Guest".to_owned(),
            price: String::new(),
            admits: 1,
            quota: None,
            on_sale: true,
        };
        let kind = events::add_type(tx, ctx, event, &input)?;
        Ok((event, points::create(tx, ctx, event, "North gate")?, kind))
    })?;
    let mut all = Vec::with_capacity(PASSES);
    for from in (0..PASSES).step_by(AT_ONCE) {
        let made = place.act(move |tx, ctx| {
            let one = |at: usize| {
                let name = format!("Guest Number {at}");
                let holder = HolderInput { name, phone: format!("98{at:08}") };
                let input = IssueInput {
                    pass_type: kind,
                    holders: vec![holder],
                    payment: Payment::Cash,
                    reference: String::new(),
                    email: String::new(),
                };
                passes::issue(tx, ctx, event, &input)
            };
            (from..from + AT_ONCE).map(one).collect::<muster_app::Result<Vec<PassId>>>()
        });
        all.extend(made.context("passes were not issued")?);
    }
    Ok((gate, all))
}
