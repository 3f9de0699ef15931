//! The offline pack of a gate with 10,000 passes: how long it takes, how large it is, and the same of
//! what changed after some scans.

use crate::outside::{now, random};
use anyhow::{Context, Result};
use muster_app::events::{self, EventInput, PassTypeInput};
use muster_app::passes::{self, HolderInput, IssueInput};
use muster_app::redemptions::{self, Offered, RedeemInput};
use muster_app::{Ctx, packs, points, verifiers};
use muster_credential::keys::MasterKey;
use muster_credential::keys::file::KeyRing;
use muster_credential::keys::signing::SigningKey;
use muster_credential::verifier::DeviceKey;
use muster_domain::auth::{Actor, Grant, Role, Scope};
use muster_domain::ids::{PassId, PersonId, PointId};
use muster_domain::passes::Payment;
use muster_domain::time::Span;
use muster_domain::verification::{Direction, Entries};
use muster_storage::people::{self, GrantRow, PersonRow};
use muster_storage::{ReadTx, Store, StoreConfig, WriteTx};
use std::sync::Arc;
use std::time::Instant;
use uuid::Uuid;

const PASSES: usize = 10_000;
/// Passes that are issued in one transaction.
const AT_ONCE: usize = 500;
/// Scans between a pack and what changed since.
const SCANS: usize = 50;
const ORGANISER: PersonId = PersonId(Uuid::from_u128(7));

struct Place {
    store: Store,
    key: Arc<MasterKey>,
    signing: Arc<KeyRing<SigningKey>>,
}

impl Place {
    fn ctx(&self) -> Result<Ctx> {
        let grants = vec![Grant { role: Role::Organiser, scope: Scope::Institution }];
        let actor = Actor { person: ORGANISER, login: None, grants, class: None };
        let mut ctx = Ctx::new("bench", now(), random()?, self.key.clone());
        ctx.signing = Some(self.signing.clone());
        Ok(ctx.signed_in(Some(actor)))
    }

    fn act<T: Send + 'static>(
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
    let (gate, passes) = fill(&place)?;
    let phone = place.act(|tx, ctx| {
        let offer = verifiers::offer(tx, ctx, "Bench", None)?;
        let key = DeviceKey::P256([1; 64]);
        Ok(verifiers::enrol(tx, ctx, &offer.code, (&key, ""))?.row.id)
    })?;
    let build = |since: Option<String>| -> Result<(String, usize)> {
        let mut ctx = place.ctx()?;
        ctx.verifier = Some(phone);
        let cursor = ctx.now().0.to_string();
        let begun = Instant::now();
        let read = place
            .store
            .read(move |tx: &mut ReadTx<'_>| packs::build(tx, &ctx, gate, since.as_deref()));
        let pack = read.wait()?;
        let (took, size) = (begun.elapsed(), pack.bytes.len());
        println!(
            "{} credentials: {:.3} s, {:.2} MB",
            pack.records,
            took.as_secs_f64(),
            size as f64 / 1e6
        );
        Ok((cursor, pack.records))
    };
    let (cursor, _) = build(None)?;
    for (at, pass) in passes.iter().take(SCANS).copied().enumerate() {
        place.act(move |tx, ctx| redemptions::redeem(tx, ctx, &scan(gate, pass, at)).map(drop))?;
    }
    build(Some(cursor)).map(drop)
}

fn scan(gate: PointId, pass: PassId, at: usize) -> RedeemInput {
    RedeemInput {
        offered: Offered::Pass(pass),
        point: gate,
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

fn fill(place: &Place) -> Result<(PointId, Vec<PassId>)> {
    let (event, gate, kind) = place.act(|tx, ctx| {
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
        let role = Role::Organiser;
        let grant = GrantRow::new(ctx.fresh(), row.id, Grant { role, scope: Scope::Institution });
        people::insert_grant(tx, &grant, None, ctx.now())?;
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
